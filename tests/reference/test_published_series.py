"""Published estimates, reproduced through the library's own design code.

The series are other people's and are not part of the product; these tests skip where they are absent. Each published
value is printed with three or four digits, so the tolerance is half a unit of the last digit unless said otherwise.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit import Controlled, Segmented, estimate_effect


def _series(folder: Path, name: str, column: str, exposure: str) -> tuple[pd.Series, pd.Series]:
    table = pd.read_csv(folder / f"{name}.csv")
    index = pd.PeriodIndex(table["period"], freq="M")
    return pd.Series(table[column].to_numpy(), index), pd.Series(table[exposure].to_numpy(), index)


@pytest.fixture
def sicily(shared_series: Path) -> tuple[pd.Series, pd.Series]:
    return _series(shared_series, "sicily_smoking_ban", "count", "stdpop")


@pytest.fixture
def kilifi(shared_series: Path) -> tuple[pd.Series, pd.Series]:
    return _series(shared_series, "kilifi_pneumonia_pcv", "count", "population")


def test_sicily_poisson_step_without_season(sicily: tuple[pd.Series, pd.Series]) -> None:
    counts, population = sicily
    effect = estimate_effect(
        counts,
        "2005-01",
        model=Segmented(family="poisson", reference="normal"),
        exposure=population,
        slope=False,
        harmonics=0,
    )
    change = effect.level_change
    assert (change.value, change.lower, change.upper) == pytest.approx((0.894, 0.865, 0.925), abs=0.0005)


def test_sicily_quasi_poisson_step_with_two_harmonics(sicily: tuple[pd.Series, pd.Series]) -> None:
    counts, population = sicily
    effect = estimate_effect(
        counts,
        "2005-01",
        model=Segmented(family="quasi-poisson", reference="normal"),
        exposure=population,
        slope=False,
        harmonics=2,
    )
    change = effect.level_change
    assert (change.value, change.lower, change.upper) == pytest.approx((0.885, 0.839, 0.933), abs=0.0005)
    assert effect.fit.dispersion == pytest.approx(2.262, abs=0.0005)


def test_sicily_step_and_slope_are_centred_at_launch(sicily: tuple[pd.Series, pd.Series]) -> None:
    """Uncentred, the level would be 0.831, the effect at the start of the data."""
    counts, population = sicily
    effect = estimate_effect(counts, "2005-01", model="segmented", exposure=population, slope=True, harmonics=2)
    assert effect.level_change.value == pytest.approx(0.8765, abs=0.00005)
    per_month = effect.slope_change.value ** (1 / 12)
    assert per_month == pytest.approx(1.0015, abs=0.00005)


def test_kilifi_ordinary_least_squares_percentage(kilifi: tuple[pd.Series, pd.Series]) -> None:
    """The log rate on month, two strikes, the roll-out as a phase of its own, and the step after it."""
    counts, population = kilifi
    assert _kilifi_fall(counts, population, Segmented(family="log-normal", reference="normal")) == pytest.approx(
        (27.016, 11.521, 39.798), abs=0.0006
    )


def test_kilifi_newey_west_interval(kilifi: tuple[pd.Series, pd.Series]) -> None:
    """Nine lags; the authors' R code uses a fractional bandwidth just above 9, hence its 6.4 to 43.1.

    The value compared with is the published specification at bandwidth 9, which rounds its last digit.
    """
    counts, population = kilifi
    model = Segmented(family="log-normal", covariance="hac", lags=9, reference="normal")
    assert _kilifi_fall(counts, population, model) == pytest.approx((27.0163, 5.4803, 43.6454), abs=0.0011)


def _kilifi_fall(counts: pd.Series, population: pd.Series, model: Segmented) -> tuple[float, ...]:
    effect = estimate_effect(
        counts,
        "2011-01",
        model=model,
        exposure=population,
        season="indicators",
        slope=False,
        transition=3,
        transition_handling="model",
        events={"strike 1": ("2012-12", "2012-12"), "strike 2": ("2013-12", "2013-12")},
    )
    change = effect.level_change
    return tuple(100 * (1 - end) for end in (change.value, change.upper, change.lower))


@pytest.fixture
def cigarettes(shared_series: Path) -> pd.DataFrame:
    """Packs sold a head, years by states."""
    table = pd.read_csv(shared_series / "prop99_cigsales.csv").pivot_table(
        index="period", columns="region", values="packs_per_capita"
    )
    return table.set_axis(pd.PeriodIndex(table.index.astype(str), freq="Y"))


def test_proposition_99_single_group(cigarettes: pd.DataFrame) -> None:
    """Stata's itsa, Newey–West with one lag (Linden 2015, Stata J 15:480).

    Points to all published digits; its standard errors to seven, of data stored in single precision.  Its step lies in
    the first year after launch, where our slope term has already run for one year: step = level + slope.
    """
    model = Segmented(family="gaussian", covariance="hac", lags=1)
    fit = estimate_effect(cigarettes["California"], "1989", model=model).fit
    trend = fit.marginal("trend")
    step = fit.linear([term in {"level", "slope"} for term in fit.terms])
    slope = fit.marginal("slope")
    assert trend.estimate == pytest.approx(-1.779474, abs=5e-7)
    assert step.estimate == pytest.approx(-20.0581, abs=5e-5)
    assert slope.estimate == pytest.approx(-1.494652, abs=5e-7)
    errors = [part.standard_error for part in (trend, step, slope)]
    assert errors == pytest.approx([0.3834188, 4.724395, 0.4368201], rel=5e-7)


def test_proposition_99_against_the_other_states(cigarettes: pd.DataFrame) -> None:
    """California against 38 states as one group, ordinary least squares, Newey–West with one lag, n/(n − k), t.

    The published p-values are those of lags along the whole stack of states (0.631 and 0.136); with lags inside each
    state they are 0.631 and 0.137.  Points are the same.
    """
    others = cigarettes.drop(columns="California")
    found = {}
    for covariance in ("hac-stacked", "hac"):
        model = Controlled(family="gaussian", pooled=True, covariance=covariance, lags=1)
        fit = estimate_effect(cigarettes["California"], "1989", model=model, controls=others).fit
        step = fit.linear({"level": 1.0, "slope": 1.0})
        trend = fit.marginal("slope")
        found[covariance] = [2 * (1 - float(part.cdf(0.0))) for part in (step, trend)]
        assert step.estimate == pytest.approx(-2.806417, abs=5e-7)
        assert trend.estimate == pytest.approx(-0.9911434710, abs=5e-9)
        common = fit.linear({"comparison level": 1.0, "comparison slope": 1.0})
        assert common.estimate == pytest.approx(-17.25168, abs=5e-6)
    assert found["hac-stacked"] == pytest.approx([0.631, 0.136], abs=0.0005)
    assert found["hac"] == pytest.approx([0.6310, 0.1368], abs=0.0001)


@pytest.mark.parametrize("covariance", ["hac", "hac-stacked", "model"])
def test_proposition_99_does_not_depend_on_the_order_of_states_or_years(
    cigarettes: pd.DataFrame, covariance: str
) -> None:
    model = Controlled(family="gaussian", pooled=True, covariance=covariance, lags=1)
    mixed = cigarettes.sample(frac=1, random_state=5).sample(frac=1, axis=1, random_state=6)
    errors = [
        estimate_effect(table["California"], "1989", model=model, controls=table.drop(columns="California"))
        .fit.marginal("level")
        .standard_error
        for table in (cigarettes, mixed)
    ]
    assert errors[0] == pytest.approx(errors[1], rel=1e-10)


def test_order_of_rows_does_not_matter(sicily: tuple[pd.Series, pd.Series]) -> None:
    counts, population = sicily
    mixed = counts.sample(frac=1, random_state=3)
    straight = estimate_effect(counts, "2005-01", model="segmented", exposure=population)
    shuffled = estimate_effect(mixed, "2005-01", model="segmented", exposure=population)
    assert shuffled.rate_ratio.value == straight.rate_ratio.value
