"""The controlled design on the simulated regions of the demonstration."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_both_changes_and_the_figure(tmp_path: Path) -> None:
    result = run_notebook(
        resources.path("notebooks/controlled.ipynb"),
        tmp_path / "out.ipynb",
        {"end": "2019-12"},
        engine=default_engine(),
    )
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert any("image/png" in output.get("data", {}) for output in outputs)
    for word in (
        "Simulated data",
        "12 regions without a campaign",
        "treated change",
        "comparison change",
        "shared trend",
    ):
        assert word in text
