"""A small evaluation whose notebook makes a report of bytes alone, and runs of it that can be killed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import forkserver as servers
from pathlib import Path
from typing import Any

import nbformat
import psutil

ISSUED = "2026-01-05"
REGIONS = ("Aldermere", "Brackenby", "Coldwater", "Dunmarsh", "Elmstow", "Fernley")
MARK = "EVALKIT_FAULT_TEST"
PARAMETERS = 'evaluation = ""\nregion = ""\nout = ""\nissued = ""\nplan = ""\n'
SIZE = 60_000
WRITES = """
import hashlib, json, os, pathlib, signal, time
folder = pathlib.Path(out)
folder.mkdir()
fault = pathlib.Path(evaluation).with_name("faults.json")
fault = json.loads(fault.read_text()).get(region, "") if fault.exists() else ""
time.sleep(float(fault[5:]) if fault.startswith("sleep") else 0.03)
"""
FAULTS = """
if fault == "error":
    raise ValueError("a count of 3 is too small")
if fault == "exit":
    os._exit(3)
if fault == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if fault == "endless":
    while True:
        time.sleep(0.01)
if fault == "memory":
    taken = bytearray(8 * 2**30)
if fault == "disk":
    raise OSError(28, "No space left on device")
"""
REPORT = f"""
for kind in ("html", "pdf"):
    seed = hashlib.sha256(f"{{region}} {{issued}} {{kind}}".encode()).hexdigest()
    (folder / f"{{region.lower()}}.{{kind}}").write_text(seed * ({SIZE} // 64))
values = {{"region": region, "provenance": {{"issued": issued}}, "results": [], "notes": ["of " + region]}}
(folder / f"{{region.lower()}}.json").write_text(json.dumps(values))
sorted(path.name for path in folder.iterdir())
"""


def write_evaluation(folder: Path) -> Path:
    """Six regions by one channel over two years, and the notebook beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    months = [f"{2019 + n // 12}-{n % 12 + 1:02d}" for n in range(24)]
    rows = [
        f"{r},helpline,{m},{20 + (7 * n + 3 * k) % 11}" for k, r in enumerate(REGIONS) for n, m in enumerate(months)
    ]
    (folder / "contacts.csv").write_text("region,channel,period,contacts\n" + "\n".join(rows) + "\n")
    campaigns = [f"c{number},{region},2020-03-01" for number, region in enumerate(REGIONS)]
    (folder / "campaigns.csv").write_text("campaign,region,launch\n" + "\n".join(campaigns) + "\n")
    file = folder / "evaluation.toml"
    file.write_text('contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\ntitle = "Small"\n')
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    book.cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameters")]
    for number, text in enumerate((WRITES, FAULTS, REPORT)):
        book.cells.append(nbformat.v4.new_code_cell(text.strip(), id=f"cell-{number}"))
    nbformat.write(book, folder / "small.ipynb")
    return file


def set_faults(evaluation: Path, faults: Mapping[str, str]) -> None:
    """What goes wrong in which region; the notebook reads it."""
    evaluation.with_name("faults.json").write_text(json.dumps(dict(faults)))


def summary_of_bytes(reports: Sequence[Mapping[str, Any]], failures: Any, folder: Path, **_: Any) -> None:
    """Stands for the pages over all regions, which take long to make."""
    lines = [f"{report['region']} {report['provenance']['data_hash']}" for report in reports]
    (folder / "index.html").write_text("\n".join([*lines, *map(str, failures)]))


@contextlib.contextmanager
def small_runs(evaluation: Path) -> Iterator[None]:
    """Let runs use the small notebook, the small pages, and a fork server of their own with little in it."""
    from evalkit.batch import overview, runner
    from evalkit.batch.engine import forkserver

    before = (runner.NOTEBOOK, overview.write_summary, forkserver.PRELOAD, servers._forkserver)
    runner.NOTEBOOK = str(evaluation.with_name("small.ipynb"))
    overview.write_summary = summary_of_bytes
    forkserver.PRELOAD = "faults.light"
    try:
        yield
    finally:
        runner.NOTEBOOK, overview.write_summary, forkserver.PRELOAD, _ = before


def run_small(evaluation: Path, out: Path, **options: Any) -> Any:
    """One run in this process."""
    from evalkit.batch import run

    with small_runs(evaluation):
        return run(evaluation, out, **{"issued": ISSUED, "workers": 2, "engine": "warm", **options})


def _drive(evaluation: Path, out: Path, mark: str, temporary: str, options: dict[str, Any]) -> None:
    """A run in a process of its own, as the command line does it; what it starts carries the mark.

    With ``shared`` its kernels are forked from the server that it was forked from itself, which costs less than to
    start another one.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update({MARK: mark, "TMPDIR": temporary, "PYTHONPATH": os.pathsep.join(sys.path)})
    import tempfile

    tempfile.tempdir = temporary
    if options.pop("shared", False):
        servers._forkserver.ensure_running = lambda: None
    try:
        summary = run_small(evaluation, out, **options)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if summary.complete else 1)


def start(evaluation: Path, out: Path, *, mark: str, temporary: str, **options: Any) -> Any:
    """Start a run in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["faults.ready", "faults.light"])
    process = context.Process(target=_drive, args=(evaluation, out, mark, temporary, options))
    process.start()
    return process


def of_run(mark: str) -> list[psutil.Process]:
    """Living processes that a run started: those with its mark, and those forked from the server of the tests."""
    server = servers._forkserver._forkserver_pid
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            its_own = process.ppid() == server or process.environ().get(MARK) == mark
            if its_own and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_for_none(mark: str, seconds: float = 60.0) -> list[psutil.Process]:
    """Processes of a run that are still there after a while; empty as soon as none is."""
    until = time.monotonic() + seconds
    while (left := of_run(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def published(out: Path) -> dict[str, str]:
    """Hashes of what may be published, but for the manifest, which holds times."""
    files = (path for path in out.rglob("*") if path.is_file())
    names = {path.relative_to(out).as_posix(): path for path in files}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not name.startswith("internal/") and name != "manifest.json"
    }


def without_times(out: Path) -> dict[str, Any]:
    """Everything that a run left, without the times that it recorded: equal for equal results."""
    manifest = json.loads((out / "manifest.json").read_text())
    state = [json.loads(path.read_text()) for path in sorted((out / "internal" / "state").iterdir())]
    for record in (*manifest["reports"], *state):
        for name in ("started", "seconds"):
            record.pop(name)
        record["files"] = {name: digest for name, digest in record["files"].items() if not name.endswith(".ipynb")}
    finished = manifest.pop("finished") is not None
    manifest.pop("started")
    return {
        "finished": finished,
        "manifest": manifest,
        "state": state,
        "published": published(out),
        "notebooks": {path.name: _timeless(path) for path in sorted((out / "internal" / "notebooks").iterdir())},
    }


def _timeless(path: Path) -> Any:
    book = json.loads(re.sub(r"[^\"]*/evaluation.toml", "evaluation.toml", path.read_text()))
    for part in (book, *book["cells"]):
        for name in ("start_time", "end_time", "duration"):
            part["metadata"].get("papermill", {}).pop(name, None)
        part["metadata"].pop("execution", None)
        if "id" in part:
            part["id"] = ""
    return book
