"""Flights, launches, decay and end of a campaign, as a notebook on simulated counts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_every_part(tmp_path: Path) -> None:
    source = resources.path("notebooks/flights_and_phases.ipynb")
    result = run_notebook(source, tmp_path / "out.ipynb", {"ratio_while_active": 1.5}, engine=default_engine())
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
    for word in ("Simulated data", "flight 3", "launch 2", "half-life", "share that persisted"):
        assert word in text
