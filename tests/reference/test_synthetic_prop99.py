"""Proposition 99: another package's synthetic control, and the published one.

``synthetic/make_prop99.py`` made the numbers, with pysyncon 1.7.0. The data are other people's; the tests skip where
they are absent.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.effect import estimate_effect
from evalkit.model import Synthetic, SyntheticFit, placebo_in_space

REFERENCE = Path(__file__).parent / "synthetic"
PENALTY = 429.837582813449  # the reference's own choice, from its grid


@pytest.fixture(scope="module")
def cigarettes(shared_series: Path) -> pd.DataFrame:
    """Packs sold a head, years by states."""
    table = pd.read_csv(shared_series / "prop99_cigsales.csv").pivot_table(
        index="period", columns="region", values="packs_per_capita"
    )
    return table.set_axis(pd.PeriodIndex(table.index.astype(str), freq="Y"))


def _fit(table: pd.DataFrame, model: Synthetic) -> SyntheticFit:
    controls = table.drop(columns="California")
    fit = estimate_effect(table["California"], "1989", model=model, controls=controls).fit
    assert isinstance(fit, SyntheticFit)
    return fit


@pytest.mark.parametrize(
    ("form", "weight_tolerance", "gap_tolerance"),
    # The reference stops its sequential quadratic programming where the sum of squares no longer falls: its weights are
    # good to about 1e-4, and ours leave the smaller sum of squares (tested below). The augmented form starts from them.
    [("classic", 1e-4, 0.005), ("augmented", 1e-4, 0.005)],
)
def test_weights_and_gaps_of_another_package(
    cigarettes: pd.DataFrame, form: str, weight_tolerance: float, gap_tolerance: float
) -> None:
    penalty = PENALTY if form == "augmented" else None
    fit = _fit(cigarettes, Synthetic(kind="measure", form=form, penalty=penalty))  # type: ignore[arg-type]
    weights = pd.read_csv(REFERENCE / "prop99_weights.csv", index_col="donor")[form]
    gaps = pd.read_csv(REFERENCE / "prop99_gaps.csv", index_col="year")[form]
    ours = fit.donors.set_index("donor")["weight"]
    np.testing.assert_allclose(ours[weights.index], weights, atol=weight_tolerance)
    np.testing.assert_allclose(fit.gaps["gap"], gaps, atol=gap_tolerance)


def test_sum_of_squares_is_no_larger_than_the_reference(cigarettes: pd.DataFrame) -> None:
    fit = _fit(cigarettes, Synthetic(kind="measure"))
    theirs = pd.read_csv(REFERENCE / "prop99_gaps.csv", index_col="year")["classic"].loc[:1988]
    ours = fit.gaps.loc[fit.gaps["pre"], "gap"]
    assert (ours**2).sum() <= (theirs**2).sum() + 1e-6


def test_published_gap(cigarettes: pd.DataFrame) -> None:
    """Abadie, Diamond and Hainmueller 2010: about 26 packs a head fewer in 2000, about 20 on average over 1989-2000.

    They match four covariates and three outcomes, we the 19 outcomes: agreement within a pack and a half is what is
    asked.
    """
    gaps = _fit(cigarettes, Synthetic(kind="measure")).gaps
    assert gaps["gap"].iloc[-1] == pytest.approx(-26, abs=1.5)
    assert gaps.loc[gaps["window"], "gap"].mean() == pytest.approx(-20, abs=1.5)


def test_rank_of_california(cigarettes: pd.DataFrame) -> None:
    """Published: first of 39 by the ratio of errors after to before, p = 0.026.

    Of the 38 placebo states 34 are kept there at 20 times California's mean squared error before launch.

    With outcomes as the only predictors California is third of 39 (behind Missouri and Virginia, which the other states
    match still more closely before 1989): p = 0.077. Recorded as it is. At 20 times, 34 placebo states are kept as
    published.
    """
    fit = _fit(cigarettes, Synthetic(kind="measure"))
    found = placebo_in_space(fit)
    assert (found.rank, found.of) == (3, 39)
    assert found.p_value == pytest.approx(3 / 39)
    assert found.of_kept - 1 == 34
    ahead = found.table.sort_values("rank")["region"].head(2)
    assert set(ahead) == {"Missouri", "Virginia"}


def test_38_placebos_take_well_under_a_second(cigarettes: pd.DataFrame) -> None:
    _fit(cigarettes, Synthetic(kind="measure"))
    start = time.perf_counter()
    placebo_in_space(_fit(cigarettes, Synthetic(kind="measure")))
    assert time.perf_counter() - start < 1.0
