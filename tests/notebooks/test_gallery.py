"""Notebooks of the gallery that have no test of their own: they run from parameters and show what they promise."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.engine import default_engine

LONGEST_SECONDS = 60 * 3  # under a minute on a quiet machine

pytestmark = pytest.mark.slow


def run(tmp_path: Path, name: str, **parameters: Any) -> tuple[str, str, int]:
    """The plain text and the HTML that an execution shows, and its number of charts."""
    started = time.monotonic()
    result = run_notebook(
        resources.path(f"notebooks/{name}.ipynb"), tmp_path / "out.ipynb", parameters, engine=default_engine()
    )
    assert (result.status, result.cause) == ("done", "")
    assert time.monotonic() - started < LONGEST_SECONDS
    book = nbformat.read(result.notebook, as_version=4)
    shown = [output.get("data", {}) for cell in book.cells for output in cell.get("outputs", [])]
    texts, pages = (" ".join(str(one.get(kind, "")) for one in shown) for kind in ("text/plain", "text/html"))
    return texts, pages, sum("image/png" in one for one in shown)


def test_contacts_are_explored_without_a_browser(tmp_path: Path) -> None:
    text, page, _ = run(tmp_path, "explore_contacts", region="Belmarrow", claim="twofold")
    assert "Belmarrow, website, launch" in text
    assert "<svg" in page
    assert "missing is not zero" in page


def test_a_finding_is_put_to_placebos_and_to_other_choices(tmp_path: Path) -> None:
    text, page, charts = run(tmp_path, "sensitivity_and_placebo", channel="helpline")
    assert charts == 5
    for words in ("Placebo in time", "Placebo in space", "Leave one period out", "Prior sensitivity"):
        assert words in page
    assert "specifications" in text


def test_intervals_hold_a_known_truth_about_as_often_as_they_say(tmp_path: Path) -> None:
    _, page, charts = run(tmp_path, "calibration", replicates=100)
    rows = re.findall(
        r"<td>(latent[^<]*|Poisson[^<]*)</td>\s*<td>([\d.]+)</td>\s*<td>\d+</td>\s*<td>([\d.]+)</td>", page
    )
    covered = {(model.split()[0], float(ratio)): float(share) for model, ratio, share in rows}
    assert len(covered) == 4
    error = (0.95 * 0.05 / 100) ** 0.5
    assert all(abs(covered["latent", ratio] - 0.95) < 4 * error for ratio in (1.0, 1.5))
    assert covered["Poisson", 1.5] < 0.85
    assert charts == 1
