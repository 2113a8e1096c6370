"""Choosing a design, estimating by it and stating the quality of the evidence, as a notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow
BOOK = "notebooks/which_design.ipynb"


def executed(tmp_path: Path, **parameters: str) -> tuple[str, bool]:
    """Everything that the notebook printed, and whether it drew a figure."""
    asked = {"evaluation": str(resources.path("data/demo/evaluation.toml")), **parameters}
    result = run_notebook(resources.path(BOOK), tmp_path / "out.ipynb", asked, engine=default_engine())
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    return text, any("image/png" in output.get("data", {}) for output in outputs)


def test_it_suggests_estimates_and_states_the_quality(tmp_path: Path) -> None:
    text, drawn = executed(tmp_path)
    assert drawn
    for words in (
        "Simulated data",
        "synthetic (suggested",
        "model='synthetic'",
        "rate ratio",
        "Quality of the evidence",
    ):
        assert words in text
    assert "Maryland Scientific Methods Scale: level" in text
