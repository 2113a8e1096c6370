"""Pages are filled between their markers, and the figures in them are those of the tables."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from benchmarks import pages
from benchmarks.calibration import page as calibration
from benchmarks.rivals import RIVALS
from benchmarks.speed.series import REGIONS, design_of, series_of

TEXT = "Prose.\n<!-- a -->\nold\n<!-- end of a -->\nMore.\n"


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TEXT)
    pages.fill(page, {"a": "new \\1"})
    assert page.read_text() == "Prose.\n<!-- a -->\nnew \\1\n<!-- end of a -->\nMore.\n"


def test_a_marker_without_its_block_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TEXT)
    with pytest.raises(ValueError, match="markers for"):
        pages.fill(page, {"b": "new"})


def test_shares_are_written_as_percentages() -> None:
    assert pages.percent(0.9512) == "95.1"
    assert pages.percent(float("nan")) == "–"
    assert pages.spread([0.9, 0.95, 0.97]) == "90.0 – 95.0 – 97.0"
    assert pages.table(["a", "b"], [[1, 2]]) == "| a | b |\n|:--|--:|\n| 1 | 2 |"


def test_cells_outside_the_target_are_listed_and_only_those() -> None:
    cell = {"method": "latent", "generator": "latent", "n": 24, "launch": "half", "rho": 0.0, "mean": 5.0}
    figures = {"coverage_mcse": 0.005, "fp_mcse": 0.005, "bias": 0.0, "median_width": 1.0}
    rows = pd.DataFrame(
        [
            {**cell, **figures, "coverage": 0.95, "false_positive": 0.05},
            {**cell, **figures, "coverage": 0.921, "false_positive": 0.05},
            {**cell, **figures, "coverage": 0.95, "false_positive": 0.082},
            {**cell, **figures, "coverage": 0.80, "false_positive": 0.2, "generator": "random-walk"},
            {**cell, **figures, "coverage": 0.95, "false_positive": np.nan},
        ]
    )
    listed = calibration.outside(rows)
    assert "92.1 ± 0.5" in listed
    assert "8.2 ± 0.5" in listed
    assert "80.0" not in listed
    assert len(listed.splitlines()) == 4
    assert calibration.outside(rows.head(1)).startswith("No cell")


def test_the_timed_series_are_the_same_every_time() -> None:
    counts = series_of(72, REGIONS)
    assert counts.shape == (45, 72)
    series_of.cache_clear()
    assert np.array_equal(counts, series_of(72, REGIONS))
    assert design_of(48).with_campaign.shape == (48, 8)


def test_every_rival_has_a_program_and_a_pinned_release() -> None:
    folder = Path(pages.__file__).parent / "rivals"
    for rival in RIVALS.values():
        assert (folder / rival.script).is_file()
        assert "==" in rival.requirements[0]
