"""Reports go into an output whole, record last; what is no longer current is set aside; one run at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.batch import lock, records, runner
from evalkit.batch.aside import set_aside
from evalkit.batch.manifest import Manifest
from evalkit.batch.store import LocalStore
from evalkit.batch.work import Outcome, Task
from evalkit.errors import BatchError

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
TASK = Task(region="A", slug="a", parameters={"region": "A", "evaluation": "/somewhere/evaluation.toml"}, key="one")
FILES = {"regions/a.html": b"page", "regions/a.pdf": b"print", "internal/notebooks/a.ipynb": b"{}"}


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "out")


def outcome(files: Mapping[str, bytes] = FILES, *, status: str = "done", cause: str = "") -> Outcome:
    return Outcome(region="A", slug="a", status=status, cause=cause, started="", seconds=1.0, files=files)


def test_a_report_that_is_whole_is_kept_and_any_change_makes_it_again(store: LocalStore) -> None:
    written = records.commit(store, TASK, outcome())
    assert records.current(store, TASK) == written
    assert written.parameters["evaluation"] == "evaluation.toml"
    assert records.current(store, replace(TASK, key="two")) is None
    store.write("regions/a.pdf", b"prin")
    assert records.current(store, TASK) is None
    records.commit(store, TASK, outcome())
    store.remove("regions/a.html")
    assert records.current(store, TASK) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"region": "A"}'])
def test_a_record_that_cannot_be_read_is_none(store: LocalStore, content: bytes) -> None:
    store.write("internal/state/a.json", content)
    assert records.current(store, TASK) is None
    assert records.recorded(store) == ["a"]


def test_files_that_a_report_has_no_longer_are_taken_away(store: LocalStore) -> None:
    records.commit(store, TASK, outcome({**FILES, "figures/a-path.svg": b"chart"}))
    records.commit(store, TASK, outcome())
    assert not store.exists("figures/a-path.svg")


def test_a_run_killed_while_writing_leaves_no_finished_report_and_no_stray_file(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.commit(store, TASK, outcome({**FILES, "figures/a-path.svg": b"chart"}))

    def killed(store: LocalStore, files: Mapping[str, bytes]) -> None:
        store.write("regions/a.html", b"newer page")
        raise KeyboardInterrupt

    monkeypatch.setattr(records, "write_all", killed)
    with pytest.raises(KeyboardInterrupt):
        records.commit(store, TASK, outcome({**FILES, "regions/a.html": b"newer page"}))
    monkeypatch.undo()
    assert records.current(store, TASK) is None
    assert json.loads(store.read("internal/state/a.json"))["status"] == "stopped"
    records.commit(store, TASK, outcome())
    assert store.names("figures/") == []


def test_a_report_that_fails_now_sets_the_old_one_aside(store: LocalStore) -> None:
    records.commit(store, TASK, outcome())
    failed = records.commit(
        store, TASK, outcome({"internal/notebooks/a.ipynb": b"bad"}, status="timed out", cause="too long")
    )
    assert failed.what_to_do
    assert store.names("regions/") == []
    assert store.read("internal/earlier/regions/a.html") == b"page"
    assert records.current(store, TASK) is None


def test_a_full_disk_leaves_no_report_and_says_so(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    records.commit(store, TASK, outcome())
    real, left = os.fsync, [2]

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    failed = records.commit(store, TASK, outcome({**FILES, "regions/a.html": b"newer page"}))
    monkeypatch.undo()
    assert (failed.status, failed.files) == ("disk full", {})
    assert store.names("regions/") == []
    assert store.read("internal/earlier/regions/a.html") == b"page"
    assert records.current(store, TASK) is None


def test_one_run_at_a_time_and_a_dead_one_is_cleared_away(store: LocalStore) -> None:
    with lock.held(store) as workspace:
        assert workspace.is_dir()
        with (
            pytest.raises(BatchError, match=rf"Another run writes into .* \(process {os.getpid()}, since 20"),
            lock.held(store),
        ):
            pass
    assert not workspace.exists()
    workspace.mkdir()
    record = json.dumps({"pid": 1, "started": "2020-01-01", "workspace": str(workspace)})
    (store.folder / lock.LOCK).write_text(record, encoding="utf-8")
    with lock.held(store):
        assert not workspace.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"workspace": "/"}', '{"workspace": "/tmp"}'])
def test_a_lock_file_that_is_no_record_removes_nothing(store: LocalStore, text: str) -> None:
    (store.folder / lock.LOCK).write_text(text, encoding="utf-8")
    with lock.held(store) as workspace:
        assert workspace.is_dir()
    assert Path("/tmp").is_dir()


def earlier_run(store: LocalStore, disclosure: dict[str, str]) -> None:
    """An output with one report, pages over all regions, and a file that is nobody's."""
    records.commit(store, TASK, outcome({**FILES, "figures/a-path-1.png": b"raw"}))
    overall = {"index.html": b"raw", "across.html": b"raw", "counts.csv": b"raw", "figures/across-1.png": b"raw"}
    manifest = Manifest(
        evaluation={},
        data_hash="",
        code={},
        packages={},
        seed=1,
        issued="",
        started="",
        finished=None,  # killed: no file of it is listed
        disclosure=disclosure,
        reports=(),
    )
    for name, content in {**overall, "notes.txt": b"mine", "internal/manifest.json": manifest.to_bytes()}.items():
        store.write(name, content)


@pytest.mark.parametrize("present", [{"profile": "default", "plan_hash": "x"}, {"profile": "internal"}])
def test_what_another_plan_published_is_set_aside(store: LocalStore, present: dict[str, str]) -> None:
    earlier_run(store, {"profile": "internal", "plan_hash": "x"})
    assert set_aside(store, present, []) == 7
    outside = [name for name in store.names() if not name.startswith("internal/")]
    assert outside == ["notes.txt"]
    assert store.read("internal/earlier/index.html") == b"raw"
    assert store.read("internal/earlier/regions/a.html") == b"page"
    assert records.recorded(store) == []


def test_what_the_same_plan_published_and_what_is_current_stay(store: LocalStore) -> None:
    plan = {"profile": "default", "plan_hash": "x"}
    earlier_run(store, plan)
    before = store.names()
    assert set_aside(store, plan, []) == 0
    assert store.names() == before
    record = records.read_record(store, "a")
    assert record is not None
    assert set_aside(store, {**plan, "plan_hash": "y"}, [record]) == 4
    assert all(store.exists(name) for name in record.files)
    assert not store.exists("index.html")


def test_a_run_stopped_under_another_profile_leaves_no_raw_page(store: LocalStore, monkeypatch) -> None:
    class Stopped:
        def __init__(self, **_: object) -> None:
            pass

        def drive(self, tasks: object, workspace: object):
            raise KeyboardInterrupt
            yield

    earlier_run(store, {"profile": "internal", "plan_hash": "x"})
    monkeypatch.setattr(runner, "Driver", Stopped)
    with pytest.raises(KeyboardInterrupt):
        ek.run(DEMO, store.folder, regions=["Wathermere"])
    outside = {path.name for path in store.folder.rglob("*") if path.is_file() and "internal" not in path.parts}
    assert outside == {"notes.txt", "manifest.json"}
