"""The specification curve: every combination, each as estimated by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import Choices, Effect, Segmented, estimate_effect, run_checks, specification_curve
from evalkit.check import across_specifications
from evalkit.errors import UsageError
from evalkit.vocab import Outcome

FEW = Choices(season=(0, 1), lag=(0, 1), transition=(0, 2), models={"quasi-Poisson": Segmented()})


def test_the_default_curve_of_eight_years_has_over_two_hundred_specifications(poisson) -> None:
    curve = specification_curve(poisson(months=96, ratio=1.5), "2018-01")
    assert len(curve.table) == 240
    assert len(curve.known) >= 200
    assert set(curve.table["model"]) == {"latent", "forecast", "quasi-Poisson", "negative binomial"}
    assert curve.known["value"].is_monotonic_increasing
    assert curve.range[0] <= curve.median <= curve.range[1]


def test_every_row_is_what_the_same_call_gives_by_itself(poisson) -> None:
    """500 draws against 8,000: value and ends agree to a tenth and a quarter of a standard deviation."""
    series = poisson(ratio=1.5, season=0.3)
    curve = specification_curve(series, "2018-01", choices=FEW)
    options = {"trend": False, "harmonics": 1, "lag": 1, "transition": 2, "end": "2018-12"}
    own = estimate_effect(series, "2018-01", model=Segmented(), second_opinion=False, **options).rate_ratio
    row = curve.table.query("trend == False and season == 1 and lag == 1 and transition == 2 and window != 'all'").iloc[
        0
    ]
    assert row["window"] == "12 periods"
    assert np.log(row["value"] / own.value) == pytest.approx(0, abs=0.1 * row["sd"])
    assert np.log(row["lower"] / own.lower) == pytest.approx(0, abs=0.25 * row["sd"])


def test_the_effect_itself_is_on_its_curve(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(ratio=1.5), model=Segmented(), exposure=5000.0)
    row = (
        specification_curve(effect, choices=FEW)
        .table.query("trend == True and season == 1 and lag == 0 and transition == 0 and window == 'all'")
        .iloc[0]
    )
    assert np.log(row["value"] / effect.rate_ratio.value) == pytest.approx(0, abs=0.1 * row["sd"])


def test_controls_and_covariates_stay_in_every_specification(poisson) -> None:
    rng = np.random.default_rng(5)
    wave = np.exp(0.5 * np.sin(np.arange(72) / 4))
    control = pd.Series(rng.poisson(400 * wave).astype(float), poisson().index)
    series = pd.Series(rng.poisson(80 * wave).astype(float), poisson().index)
    effect = estimate_effect(series, "2018-01", model="segmented", controls=control, second_opinion=False)
    alone = estimate_effect(series, "2018-01", model="segmented", second_opinion=False)
    widths = [specification_curve(one, choices=FEW).known["sd"].median() for one in (effect, alone)]
    assert widths[0] < 0.8 * widths[1]


@pytest.fixture(scope="module")
def beside(poisson) -> Effect:
    """A change that came everywhere at once, and nothing beside it in the region of the campaign."""
    controls = pd.DataFrame({name: poisson(seed, ratio=1.6) for seed, name in enumerate("ABC", start=20)})
    return estimate_effect(poisson(ratio=1.6), "2018-01", model="controlled", controls=controls, second_opinion=False)


def test_the_curve_of_a_controlled_effect_is_net_of_its_comparison_regions(beside) -> None:
    few = Choices(season=(1, 2), transition=(0, 1, 3), window=(None,))
    curve = specification_curve(beside, choices=few)
    assert set(curve.table["model"]) == {"controlled"}
    assert len(curve.known) == 12
    assert curve.share_above == 0  # models of the region alone find 1.6 in every specification
    assert across_specifications(beside, curve).outcome is Outcome.PASSED


def test_a_model_that_leaves_comparison_regions_out_has_no_row_on_their_curve(beside) -> None:
    curve = specification_curve(beside, choices=Choices(season=(1,), transition=(0,), models={"alone": Segmented()}))
    assert curve.known.empty
    assert curve.table["reason"].str.contains("leaves the comparison regions out").all()


def test_what_cannot_be_estimated_keeps_its_row_and_reason(poisson) -> None:
    curve = specification_curve(poisson(months=52), "2018-01", slope=False, choices=FEW)
    missing = curve.table[curve.table["value"].isna()]
    assert len(missing) == 4  # lag 1 with transition 2 leaves one month of four, under two trends and two seasons
    assert (missing["reason"] != "").all()
    assert "cannot be estimated" in curve.summary()


def test_choices_that_the_calendar_does_not_have_are_left_out() -> None:
    years = pd.Series(
        np.random.default_rng(1).poisson(200, 20).astype(float), pd.period_range("2001", periods=20, freq="Y")
    )
    curve = specification_curve(years, "2015", slope=False, choices=Choices(lag=(0,), transition=(0,)))
    assert set(curve.table["season"]) == {0}
    assert set(curve.table["window"]) == {"all"}


def test_bad_choices_are_refused_with_what_is_allowed(poisson, effect_of_series) -> None:
    for wrong in ({"season": ("winter",)}, {"window": (0,)}, {"models": {}}):
        with pytest.raises(UsageError):
            Choices(**wrong)
    with pytest.raises(UsageError, match="launch"):
        specification_curve(poisson())
    with pytest.raises(UsageError, match="already"):
        specification_curve(effect_of_series(poisson()), "2018-01")
    with pytest.raises(UsageError, match="list"):
        specification_curve([1, 2], "2018-01")


def test_a_steady_change_stands_and_an_odd_choice_does_not(poisson, effect_of_series) -> None:
    steady = effect_of_series(poisson(ratio=2), model=Segmented())
    assert across_specifications(steady, specification_curve(steady, choices=FEW)).outcome is Outcome.PASSED
    t = np.arange(72)
    rising = pd.Series(np.random.default_rng(1).poisson(80 * np.exp(0.25 * t / 12)).astype(float), poisson().index)
    odd = effect_of_series(rising, model=Segmented(), trend=False)
    most = Choices(trend=(True,), season=(0, 1, 2), lag=(0, 1), transition=(0,), models={"quasi-Poisson": Segmented()})
    assert across_specifications(odd, specification_curve(odd, choices=most)).outcome is Outcome.FAILED
    both = Choices(season=(0, 1, 2), lag=(0, 1), transition=(0,), models={"quasi-Poisson": Segmented()})
    assert across_specifications(odd, specification_curve(odd, choices=both)).outcome is Outcome.INCONCLUSIVE


def test_a_handful_of_specifications_is_no_curve(poisson, effect_of_series, not_estimable) -> None:
    effect = effect_of_series(poisson(), model=Segmented())
    one = Choices(trend=(True,), season=(1,), lag=(0,), transition=(0,), models={"quasi-Poisson": Segmented()})
    assert across_specifications(effect, specification_curve(effect, choices=one)).outcome is Outcome.NOT_RUN
    assert across_specifications(not_estimable).outcome is Outcome.NOT_RUN


def test_by_choice_counts_every_specification_once_a_choice(poisson) -> None:
    curve = specification_curve(poisson(ratio=1.5), "2018-01", choices=FEW)
    table = curve.by_choice()
    for _, part in table.groupby("choice"):
        assert part["specifications"].sum() == len(curve.known)


def test_all_checks_have_names_of_their_own_and_a_meaning(poisson) -> None:
    effect = estimate_effect(poisson(ratio=1.5), "2018-01", harmonics=1)
    checks = run_checks(effect, full=True)
    assert len({check.name for check in checks}) == len(checks) == 22
    for check in checks:
        assert check.question.endswith("?")
        assert check.outcome is Outcome.NOT_RUN or check.meaning.endswith(".")
        assert np.isfinite(list(check.figures.values())).all()


@pytest.mark.parametrize("missing", [[5], [5, 6, 7], list(range(48, 60))])
def test_checks_survive_missing_periods(missing: list[int], poisson, effect_of_series) -> None:
    series = poisson(season=0.2)
    series.iloc[missing] = np.nan
    for check in run_checks(effect_of_series(series)):
        assert np.isfinite(list(check.figures.values())).all()
