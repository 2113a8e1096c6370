"""The notebook of the arima model runs and shows what its prose speaks of."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

pytestmark = pytest.mark.slow


def test_it_runs_and_shows_effect_orders_gradual_response_and_checks(tmp_path: Path) -> None:
    source = resources.path("notebooks/arima.ipynb")
    result = run_notebook(source, tmp_path / "out.ipynb", {"ratio_after": [0, 3]}, engine=default_engine())
    assert (result.status, result.cause) == ("done", "")
    book = nbformat.read(result.notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs
    )
    assert any("image/png" in output.get("data", {}) for output in outputs)
    for word in ("Simulated data", "ARIMA(1,0,0)", "orders chosen by AICc", "ratio 3 months after launch", "'ar 1'"):
        assert word in text
