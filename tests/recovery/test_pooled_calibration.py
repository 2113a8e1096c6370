"""Regions with staggered launches and different effects: coverage of the average and of a new region, and the null.

The full study is ``python -m benchmarks.pooled``; this one fails when something breaks. Sixty tables a cell: a true
rate of 95 % leaves three binomial standard errors at 86.6 %, below which one cell in 700 falls by chance. The share of
new regions that the prediction interval holds is exact for each table, so its mean over tables varies less. Seeds are
fixed, so a pass stays a pass.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

import evalkit as ek

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.pooled.cells import Cell
from benchmarks.pooled.methods import rows

pytestmark = pytest.mark.slow

TABLES = 60
LOWEST = 0.95 - 3 * math.sqrt(0.95 * 0.05 / TABLES)


def results(cell: Cell) -> dict[tuple[str, str], dict[str, float]]:
    """Coverage of the true mean, mean share of new regions held, by kind of comparison and method."""
    rng = np.random.default_rng([2018, cell.regions, int(10 * cell.tau), len(cell.shock)])
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(TABLES):
        for row in rows(cell, *cell.simulate(rng)):
            found.setdefault((row["comparisons"], row["method"]), []).append(row)
    truth = math.log(cell.ratio)
    return {
        key: {
            "coverage": float(np.mean([row["lower"] <= truth <= row["upper"] for row in group])),
            "new_region": float(np.mean([row["new_region"] for row in group])),
        }
        for key, group in found.items()
    }


@pytest.fixture(scope="module")
def quiet() -> dict[tuple[str, str], dict[str, float]]:
    return results(Cell(regions=8, tau=0.3))


@pytest.mark.parametrize("comparisons", ["none", "not-yet-launched"])
def test_the_average_and_a_new_region_are_covered(quiet, comparisons: str) -> None:
    one = quiet[comparisons, "one-stage"]
    assert one["coverage"] >= LOWEST
    assert one["new_region"] >= 0.90  # nominal 0.95; see the page for the cells of the study
    assert quiet[comparisons, "hartung-knapp"]["coverage"] >= LOWEST


def test_a_fixed_effect_is_over_confident_where_regions_differ(quiet) -> None:
    assert quiet["none", "fixed"]["coverage"] < 0.85


def test_a_common_change_is_an_effect_only_without_comparison_regions() -> None:
    found = results(Cell(regions=6, tau=0.0, shock="step"))
    assert found["not-yet-launched", "one-stage"]["coverage"] >= LOWEST
    assert found["none", "fixed"]["coverage"] < 0.9


def test_no_effect_is_found_where_there_is_none() -> None:
    rng = np.random.default_rng(41)
    cell = Cell(regions=4, tau=0.0)
    outside = 0
    for _ in range(TABLES):
        table, launches = cell.simulate(rng)
        pooled = ek.estimate_pooled(table, launches)
        outside += not pooled.effect.lower <= 1 <= pooled.effect.upper
    assert outside <= TABLES * (1 - LOWEST)
