"""The notebook that plans an evaluation."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_chances_charts_and_smallest_changes(tmp_path: Path) -> None:
    small = {"after": [6, 12], "mean": [60], "replicates": 50}
    result = run_notebook(
        resources.path("notebooks/plan_evaluation.ipynb"), tmp_path / "out.ipynb", small, engine=default_engine()
    )
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    for words in ("60 contacts a month", "Where nothing changed", "at least 3 times as many", "Claim refuted"):
        assert words in text
