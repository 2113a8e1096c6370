"""A forked kernel gives what a new interpreter gives: every output of every cell, and every byte of the reports."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

import evalkit as ek
from evalkit.batch.tasks import Planner
from evalkit.batch.work import Outcome, perform

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone"),
]
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(inputs=ek.read_inputs(DEMO), evaluation=DEMO / "evaluation.toml")


def cells(outcome: Outcome) -> list[dict[str, Any]]:
    """Sources and outputs of the executed notebook; what times were recorded does not count."""
    book = json.loads(outcome.files[f"internal/notebooks/{outcome.slug}.ipynb"])
    return [{name: cell.get(name) for name in ("source", "outputs", "execution_count")} for cell in book["cells"]]


@pytest.mark.parametrize("region", ["Wathermere", "Ashvarrow"])
def test_a_forked_kernel_gives_what_a_new_one_gives(planner: Planner, tmp_path: Path, region: str) -> None:
    task = planner.task(region, dt.date(2026, 1, 5).isoformat())
    plain, warm = (perform(task, tmp_path / engine, engine=engine) for engine in ("plain", "warm"))
    assert (plain.status, warm.status) == ("done", "done"), (plain.cause, warm.cause)
    assert cells(warm) == cells(plain)
    images = [
        output for cell in cells(plain) for output in cell["outputs"] or [] if "image/png" in output.get("data", {})
    ]
    assert len(images) >= 2
    assert warm.files.keys() == plain.files.keys()
    for name, content in plain.files.items():
        assert name.endswith(".ipynb") or warm.files[name] == content, name
    (document,) = (content for name, content in plain.files.items() if name.endswith(".pdf"))
    assert 2 <= len(pypdf.PdfReader(io.BytesIO(document)).pages) <= 4


PROBE = """
import json, os, sys, threading, multiprocessing
import matplotlib, numpy, pandas
json.dumps({
    "path": [entry for entry in sys.path if entry.endswith((".zip", "site-packages")) or not entry],
    "columns": pandas.get_option("display.max_columns"),
    "backend": matplotlib.get_backend(),
    "interactive": matplotlib.is_interactive(),
    "main": sys.modules["__main__"].__dict__.get("__name__"),
    "daemon": multiprocessing.current_process().daemon,
    "stdin": sys.stdin is not None,
    "threads": {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")},
})
"""
RANDOM = "import random, numpy as np\n(random.random(), np.random.rand())"
PARALLEL = """
import numba, numpy as np
@numba.njit(parallel=True)
def total(x):
    s = 0.0
    for i in numba.prange(x.size):
        s += x[i]
    return s
total(np.arange(1000.0))
"""


def outputs(folder: Path, engine: str, *sources: str) -> list[str]:
    """The last value of each cell in a notebook of these cells."""
    import nbformat

    from evalkit.batch import run_notebook
    from evalkit.batch.notebook import one_thread_per_kernel

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in sources])
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, folder / "book.ipynb")
    with one_thread_per_kernel():
        run = run_notebook(folder / "book.ipynb", folder / "out.ipynb", {}, engine=engine)
    assert run.status == "done", run.cause
    done = nbformat.read(folder / "out.ipynb", as_version=4)
    return [cell.outputs[-1].data["text/plain"] for cell in done.cells]


def test_the_state_of_a_forked_kernel_is_that_of_a_new_one(tmp_path: Path) -> None:
    assert outputs(tmp_path, "warm", PROBE) == outputs(tmp_path, "plain", PROBE)


def test_two_forked_kernels_draw_different_numbers_and_may_compile_parallel_code(tmp_path: Path) -> None:
    first, second = (outputs(tmp_path, "warm", RANDOM, PARALLEL) for _ in range(2))
    assert first[0] != second[0]
    assert first[1] == second[1] == "499500.0"


AHEAD = f"""
from evalkit import read_inputs
from evalkit.batch import ahead
held = len(ahead._held)
inputs = read_inputs({str(DEMO)!r})
(held, len(ahead._held), inputs.contacts.content_hash)
"""
SCRIPT = """
import sys
from pathlib import Path
from evalkit.batch.engine import start_ahead
from tests.faults.test_warm_equals_plain import AHEAD, DEMO, outputs

start_ahead("warm", str(DEMO / "evaluation.toml"))
folder = Path(sys.argv[1])
print(*outputs(folder, "warm", AHEAD), *outputs(folder, "warm", AHEAD), sep="\\n")
"""


def test_every_kernel_of_a_run_has_the_contacts_that_its_fork_server_read(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root
    )
    hashed = ek.read_inputs(DEMO).contacts.content_hash
    assert made.stdout.splitlines() == [f"(1, 0, {hashed!r})"] * 2
