"""The notebook of the synthetic control, on the demonstration data."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_donors_figures_and_rank(tmp_path: Path) -> None:
    result = run_notebook(
        resources.path("notebooks/synthetic_control.ipynb"), tmp_path / "out.ipynb", {}, engine=default_engine()
    )
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    for word in ("Simulated data", "rate ratio", "had a campaign from 2018-09", "rmspe_average", "rank=1"):
        assert word in text
