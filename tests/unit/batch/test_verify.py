"""An output verified: every kind of damage is named, nothing is written, and what holds is said to hold."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import evalkit as ek
from evalkit.batch import verify
from evalkit.batch.input_hashes import input_hashes
from evalkit.batch.manifest import Manifest, ReportRecord, for_publication, hashes
from evalkit.batch.work import Outcome
from evalkit.errors import BatchError, UsageError
from evalkit.resources import code_hash

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
FILES = {"regions/a.html": b"<p>", "regions/a.json": b"{}", "internal/notebooks/a.ipynb": b"raw"}
OVERVIEW = {"index.html": b"<h1>", "results.csv": b"region\n"}


@cache
def demo_inputs() -> ek.Inputs:
    return ek.read_inputs(DEMO)


def manifest_of(**changes: Any) -> Manifest:
    inputs = demo_inputs()
    done = ReportRecord(region="A", slug="a", status="done", parameters={"region": "A"}, files=hashes(FILES))
    values: dict[str, Any] = {
        "evaluation": {
            "title": "T",
            "fingerprint": inputs.evaluation.fingerprint,
            "settings": inputs.evaluation.settings,
        },
        "data_hash": inputs.contacts.content_hash,
        "code": {"version": ek.__version__, "hash": code_hash()},
        "packages": {},
        "seed": 1,
        "issued": "2024-01-01",
        "started": "",
        "finished": "",
        "disclosure": {"profile": "default"},
        "reports": (done, ReportRecord(region="B", slug="b", status="timed out")),
        "files": hashes(OVERVIEW),
    }
    return Manifest(**{**values, **changes})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    own = {
        "internal/state/a.json": b"{}",
        "internal/run.log": b"",
        "internal/README.txt": b"",
        "internal/run.lock": b"",
    }
    for name, content in {**FILES, **OVERVIEW, **own}.items():
        place = tmp_path / "out" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    put_manifest(tmp_path / "out")
    return tmp_path / "out"


def put_manifest(out: Path, **changes: Any) -> None:
    whole = manifest_of(**changes)
    (out / "internal" / "manifest.json").write_bytes(whole.to_bytes())
    public = for_publication(whole, data_hash="published", fingerprint="asked")
    (out / "manifest.json").write_bytes(public.to_bytes())


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_untouched_output_holds_and_stays_untouched(out: Path) -> None:
    before = snapshot(out)
    found = ek.verify_run(out, evaluation=DEMO)
    assert found.sound
    assert (found.files, found.missing, found.changed, found.extra, found.inputs) == (5, (), (), (), ())
    assert found.failed == ("B",)
    assert "the inputs are those of the run" in found.summary()
    assert snapshot(out) == before
    assert json.loads(json.dumps(found.to_dict()))["sound"] is True


def test_every_kind_of_damage_is_named(out: Path) -> None:
    (out / "regions" / "a.html").write_bytes(b"<p>!")
    (out / "index.html").unlink()
    (out / "regions" / "stray.html").write_bytes(b"")
    found = ek.verify_run(out)
    assert not found.sound
    assert (found.changed, found.missing, found.extra) == (
        ("regions/a.html",),
        ("index.html",),
        ("regions/stray.html",),
    )
    for line in ("changed: regions/a.html", "missing: index.html", "written by no run: regions/stray.html"):
        assert f"  {line}" in found.summary()


def test_a_published_copy_is_compared_without_its_internal_part(out: Path) -> None:
    shutil.rmtree(out / "internal")
    found = ek.verify_run(out)
    assert found.sound
    assert found.files == 4
    assert found.notes == ()
    asked = ek.verify_run(out, evaluation=DEMO)
    assert asked.sound
    assert not asked.compared
    assert asked.notes == (
        "what was published says nothing of the exact counts: the inputs cannot be compared with it",
    )


def test_an_unfinished_run_is_said_to_be_one_and_does_not_hold(out: Path) -> None:
    put_manifest(out, finished=None)
    found = ek.verify_run(out)
    assert "the run was not finished: run it again with --resume" in found.notes
    assert not found.finished
    assert not found.sound
    assert found.summary().endswith("It does not hold.")
    shutil.rmtree(out / "internal")
    assert not ek.verify_run(out).sound


@pytest.mark.parametrize(
    "change",
    [
        {"issued": "2020-01-01"},
        {"files": {}},
        {"reports": []},
        {"disclosure": {"profile": "internal"}},
        {"seed": 2},
        {"evaluation": {"title": "Other", "fingerprint": "asked", "settings": {}}},
    ],
)
def test_a_published_manifest_that_was_changed_is_named(out: Path, change: dict[str, Any]) -> None:
    file = out / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **change}))
    found = ek.verify_run(out)
    assert found.changed == ("manifest.json",)
    assert not found.sound


def test_other_inputs_are_named(out: Path, tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "demo")
    file = tmp_path / "demo" / "evaluation.toml"
    text = file.read_text()
    file.write_text(
        text.replace("[model]", "[model]\nharmonics = 3", 1)
        if "[model]" in text
        else f"{text}\n[model]\nharmonics = 3\n"
    )
    assert ek.verify_run(out, evaluation=file).inputs[0].startswith("the settings of the evaluation are others")
    file.write_text(text)
    contacts = tmp_path / "demo" / "contacts.csv"
    contacts.write_bytes(contacts.read_bytes().replace(b"2015-01,1,", b"2015-01,2,", 1))
    found = ek.verify_run(out, evaluation=file)
    assert found.inputs[0].startswith("the contacts are others")
    assert not found.sound


@pytest.mark.parametrize(
    ("files", "packages", "same", "how"),
    [
        (FILES, {}, True, "same bytes"),
        ({**FILES, "regions/a.html": b"other"}, {}, False, "the numbers are the same, but not the bytes of regions/a"),
        ({**FILES, "regions/a.html": b"other"}, {"numpy": "1.0"}, True, "same numbers within rounding and simulation"),
    ],
)
def test_a_report_made_again_is_compared(
    out: Path, monkeypatch: pytest.MonkeyPatch, files: Any, packages: Any, same: bool, how: str
) -> None:
    put_manifest(out, packages=packages)
    asked = []

    def perform(task, workspace):
        asked.append(task)
        return Outcome(region="A", slug="a", status="done", cause="", started="", seconds=1.0, files=files)

    monkeypatch.setattr(verify, "perform", perform)
    monkeypatch.setattr(verify, "read_inputs", lambda evaluation: demo_inputs())
    monkeypatch.setattr(verify, "_numbers", lambda *_: "")
    (rerun,) = ek.verify_run(out, evaluation=DEMO, rerun=5).reruns
    assert rerun.same is same
    assert rerun.how.startswith(how)
    assert asked[0].region == "A"
    assert Path(asked[0].parameters["evaluation"]).name == "evaluation.toml"


def test_what_cannot_be_verified_is_refused(out: Path, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="There is no folder"):
        ek.verify_run(tmp_path / "nowhere")
    with pytest.raises(BatchError, match=r"has no manifest.json. Name the folder that a run wrote"):
        ek.verify_run(DEMO)
    with pytest.raises(UsageError, match="needs the evaluation file"):
        ek.verify_run(out, rerun=1)
    with pytest.raises(UsageError, match="rerun is -1"):
        ek.verify_run(out, rerun=-1)
    (out / "manifest.json").write_text('{"schema": 99}')
    with pytest.raises(BatchError, match="schema 99"):
        ek.verify_run(out)


def test_hashes_of_inputs_tell_which_count_was_revised(tmp_path: Path) -> None:
    before = input_hashes(demo_inputs())
    shutil.copytree(DEMO, tmp_path / "demo")
    contacts = tmp_path / "demo" / "contacts.csv"
    contacts.write_bytes(
        contacts.read_bytes().replace(b"Arbenfold,helpline,2015-01,1,", b"Arbenfold,helpline,2015-01,2,")
    )
    after = input_hashes(ek.read_inputs(tmp_path / "demo"))
    assert [name for name in before["files"] if before["files"][name] != after["files"][name]] == ["contacts"]
    differing = [name for name in before["series"] if before["series"][name] != after["series"][name]]
    assert differing == ["Arbenfold | helpline"]
    cells = [side["series"]["Arbenfold | helpline"]["cells"] for side in (before, after)]
    assert [period for period in cells[0] if cells[0][period] != cells[1][period]] == ["2015-01"]


def test_the_commands_exit_with_0_1_and_2(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.cli import main

    def code(*arguments: str) -> int:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        return int(left.value.code or 0)

    assert code("verify", str(out)) == 0
    assert code("verify", str(out), "--json") == 0
    assert json.loads("{" + capsys.readouterr().out.partition("{")[2])["sound"] is True
    (out / "index.html").unlink()
    assert code("verify", str(out)) == 1
    assert code("verify", str(DEMO)) == 2
    assert "evalkit: " in capsys.readouterr().err
    assert code("diff", str(out), str(DEMO)) == 2
