"""Daily counts with weekdays and bank holidays, and the same by week, as a notebook on simulated counts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_for_days_weeks_and_open_days(tmp_path: Path) -> None:
    source = resources.path("notebooks/daily_and_weekly.ipynb")
    result = run_notebook(source, tmp_path / "out.ipynb", {"nation": "Scotland"}, engine=default_engine())
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    for word in ("Simulated data", "without an open day", "2022-03-07/2022-03-13"):
        assert word in text
