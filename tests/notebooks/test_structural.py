"""The notebook of the structural model runs and shows what its prose speaks of."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_both_forms_and_the_moving_level(tmp_path: Path) -> None:
    result = run_notebook(
        resources.path("notebooks/structural.ipynb"),
        tmp_path / "out.ipynb",
        {"level_ratio": 1.5},
        engine=default_engine(),
    )
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    for word in ("Simulated data", "local level", "projected from before launch", "'irregular'", "rate ratio"):
        assert word in text
