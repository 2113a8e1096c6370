"""One series through all checks, as a notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_every_check_with_a_chart_and_the_curve(tmp_path: Path) -> None:
    result = run_notebook(
        resources.path("notebooks/checks.ipynb"),
        tmp_path / "out.ipynb",
        {"channel": "helpline"},
        engine=default_engine(),
    )
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 18
    for word in ("Simulated data", "Not run", "specifications", "share_above"):
        assert word in text
