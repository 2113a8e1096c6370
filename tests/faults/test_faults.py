"""Single faults, one after another: each is told apart, the other regions go on, and mending makes it whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from evalkit.errors import BatchError
from faults import small

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone"),
]
FAULTS = {"Aldermere": "error", "Brackenby": "kill", "Coldwater": "endless", "Dunmarsh": "memory", "Elmstow": "exit"}
STATUS = {
    "Aldermere": "error in a cell",
    "Brackenby": "out of memory",
    "Coldwater": "timed out",
    "Dunmarsh": "out of memory",
    "Elmstow": "kernel died",
    "Fernley": "done",
}


@pytest.fixture
def evaluation(tmp_path: Path) -> Path:
    return small.write_evaluation(tmp_path / "evaluation")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a run leaves to which nothing happens."""
    folder = tmp_path_factory.mktemp("quiet")
    assert small.run_small(small.write_evaluation(folder / "evaluation"), folder / "out").complete
    return small.without_times(folder / "out")


def marks(path: Path) -> list[tuple[str, bool | None]]:
    book = nbformat.read(path, as_version=4)
    return [(cell.metadata.papermill.status, cell.metadata.papermill.exception) for cell in book.cells]


def test_every_cause_is_told_apart_and_mending_makes_it_whole(evaluation: Path, tmp_path: Path, quiet) -> None:
    small.set_faults(evaluation, FAULTS)
    out = tmp_path / "out"
    failed = small.run_small(evaluation, out, timeout=4, memory=4000)
    assert {row.region: row.status for row in failed.regions} == STATUS
    assert not failed.complete
    assert all(row.cause and row.what_to_do for row in failed.failed)
    assert {path.stem for path in (out / "regions").glob("*.html")} == {"fernley"}

    manifest = json.loads((out / "manifest.json").read_text())
    assert {row["region"]: row["status"] for row in manifest["reports"]} == STATUS
    assert manifest["finished"] is not None
    public = (out / "manifest.json").read_text() + (out / "index.html").read_text()
    assert "a count of 3" not in public
    assert "a count of 3" in (out / "internal" / "run.log").read_text()
    assert str(tmp_path) not in public

    # papermill says "completed" of cells that never ran; the injected parameters are the second cell
    executed = out / "internal" / "notebooks"
    assert marks(executed / "coldwater.ipynb") == [
        *[("completed", False)] * 3,
        ("failed", True),
        ("pending", None),
    ]
    assert marks(executed / "brackenby.ipynb")[3:] == [("failed", True), ("pending", None)]

    small.set_faults(evaluation, {})
    mended = small.run_small(evaluation, out, resume=True)
    assert mended.complete
    assert [row.region for row in mended.kept] == ["Fernley"]
    assert small.without_times(out) == quiet


def test_only_what_is_missing_spoilt_or_changed_is_made_again(evaluation: Path, tmp_path: Path, quiet) -> None:
    out = tmp_path / "out"
    small.run_small(evaluation, out)
    again = small.run_small(evaluation, out, resume=True)
    assert len(again.kept) == len(small.REGIONS)

    page = out / "regions" / "aldermere.html"
    page.write_bytes(page.read_bytes()[:-1] + b"x")
    (out / "regions" / "brackenby.pdf").unlink()
    (out / "internal" / "state" / "coldwater.json").write_text("{")
    mended = small.run_small(evaluation, out, resume=True)
    assert {row.region for row in mended.regions if not row.kept} == {"Aldermere", "Brackenby", "Coldwater"}
    assert small.without_times(out) == quiet

    contacts = evaluation.with_name("contacts.csv")
    before = contacts.read_text()
    contacts.write_text(before.replace("Dunmarsh,helpline,2019-01,", "Dunmarsh,helpline,2019-01,1"))
    revised = small.run_small(evaluation, out, resume=True)
    assert [row.region for row in revised.regions if not row.kept] == ["Dunmarsh"]
    evaluation.write_text(evaluation.read_text() + "[model]\nharmonics = 1\n")
    assert small.run_small(evaluation, out, resume=True).kept == ()

    notebook = evaluation.with_name("small.ipynb")
    notebook.write_text(notebook.read_text().replace("0.03", "0.01"))
    assert small.run_small(evaluation, out, resume=True).kept == ()


def test_a_report_keeps_its_date_until_another_is_asked_for(evaluation: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    small.run_small(evaluation, out, regions=["Aldermere"])
    more = small.run_small(evaluation, out, regions=["Aldermere", "Brackenby"], resume=True, issued=None)
    assert [row.kept for row in more.regions] == [True, False]
    records = [
        json.loads((out / "internal" / "state" / f"{name}.json").read_text()) for name in ("aldermere", "brackenby")
    ]
    assert [record["parameters"]["issued"] for record in records] == [small.ISSUED] * 2
    other = small.run_small(evaluation, out, regions=["Aldermere"], resume=True, issued="2026-02-01")
    assert other.kept == ()


def test_reports_that_are_no_longer_current_are_set_aside(evaluation: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    small.run_small(evaluation, out, regions=["Aldermere", "Brackenby"])
    old = (out / "regions" / "aldermere.html").read_bytes()
    contacts = evaluation.with_name("contacts.csv")
    contacts.write_text(contacts.read_text().replace("Aldermere,helpline,2019-01,", "Aldermere,helpline,2019-01,1"))
    small.run_small(evaluation, out, regions=["Coldwater"], resume=True)
    assert sorted(path.stem for path in (out / "regions").glob("*.html")) == ["brackenby", "coldwater"]
    assert (out / "internal" / "earlier" / "regions" / "aldermere.html").read_bytes() == old
    manifest = json.loads((out / "manifest.json").read_text())
    assert [row["region"] for row in manifest["reports"]] == ["Brackenby", "Coldwater"]

    small.set_faults(evaluation, {"Brackenby": "error"})
    old = (out / "regions" / "brackenby.html").read_bytes()
    small.run_small(evaluation, out, regions=["Brackenby"])
    assert not (out / "regions" / "brackenby.html").exists()
    assert (out / "internal" / "earlier" / "regions" / "brackenby.html").read_bytes() == old


def test_the_second_of_two_runs_into_one_folder_refuses(evaluation: Path, tmp_path: Path) -> None:
    small.set_faults(evaluation, dict.fromkeys(small.REGIONS, "sleep20"))
    out, temporary = tmp_path / "out", tempfile.mkdtemp(prefix="f-")
    first = small.start(evaluation, out, mark="first", temporary=temporary, shared=True)
    until = time.monotonic() + 60
    written = out / "internal" / "inputs.json"  # the last file before the first report
    while not written.exists() and time.monotonic() < until:
        time.sleep(0.05)
    before = sorted(out.rglob("*"))
    try:
        with pytest.raises(BatchError, match=f"Another run writes into .* .process {first.pid}, since 20"):
            small.run_small(evaluation, out)
        assert [path for path in sorted(out.rglob("*")) if path not in before and "part" not in path.parts] == []
    finally:
        first.kill()
        first.join(10)
    assert small.wait_for_none("first") == []
    small.set_faults(evaluation, {})
    assert small.run_small(evaluation, out, resume=True).complete  # the lock of a dead run is none
    shutil.rmtree(temporary)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1.4 megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1400k", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_so_and_nothing_is_half_written(evaluation: Path, small_disk: Path, quiet) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(os.urandom(900_000))
    out = small_disk / "out"
    full = small.run_small(evaluation, out)
    statuses = {row.status for row in full.regions}
    assert statuses == {"done", "disk full"}
    assert not full.complete
    assert all("room on the disk" in row.what_to_do for row in full.failed)
    for row in full.regions:
        written = [path for path in (out / "regions").iterdir() if path.stem == row.region.lower()]
        assert len(written) == (3 if row.status == "done" else 0)
    for name, digest in small.published(out).items():
        if name.startswith("regions/"):
            assert quiet["published"][name] == digest
    filler.unlink()
    assert small.run_small(evaluation, out, resume=True).complete
    assert small.without_times(out) == quiet


def test_a_plain_kernel_ends_with_its_run_too(evaluation: Path, tmp_path: Path) -> None:
    small.set_faults(evaluation, dict.fromkeys(small.REGIONS, "sleep20"))
    temporary = tempfile.mkdtemp(prefix="f-")
    run = small.start(evaluation, tmp_path / "out", mark="plain", temporary=temporary, engine="plain")
    until = time.monotonic() + 60
    while len(small.of_run("plain")) < 3 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(2)
    run.kill()
    run.join(10)
    assert small.wait_for_none("plain") == []
    shutil.rmtree(temporary)
