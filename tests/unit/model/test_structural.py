"""Structural time series: the filter of statsmodels as the measure, laws, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import Structural, build_design, estimate_effect, simulate_series
from evalkit.design import DesignSpec
from evalkit.effect import Estimate, NotEstimable
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.structural.components import components_of
from evalkit.model.structural.fit import _signal
from evalkit.model.structural.posterior import Posterior, estimate

LAUNCH = "2018-01"


def _series(seed: int = 1, **options: object) -> pd.Series:
    chosen = {"n": 60, "mean": 40.0, "rho": 0.4, "sigma": 0.25, "level_ratio": 1.5, "launch": LAUNCH, **options}
    return simulate_series(np.random.default_rng(seed), **chosen)


def _walking(seed: int = 2, n: int = 96, step: float = 0.06, change: float = 0.5) -> pd.Series:
    """Log contacts around a random walk, with a change of level in the 60th month."""
    rng = np.random.default_rng(seed)
    log_rate = np.log(500) + np.cumsum(step * rng.standard_normal(n)) + 0.05 * rng.standard_normal(n)
    counts = np.exp(log_rate + change * (np.arange(n) >= 60))
    return pd.Series(np.round(counts), pd.period_range("2013-01", periods=n, freq="M"))


KINDS = [
    {"level": "local level", "season": "design"},
    {"level": "local level", "season": "fixed"},
    {"level": "local linear trend", "season": "design"},
    {"level": "smooth trend", "season": "stochastic"},
    {"level": "deterministic trend", "season": "fixed"},
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_signal_is_the_one_that_statsmodels_smooths(kind: dict[str, str]) -> None:
    """Given the same parameters: the smoothed state of its filter, in the space of the outcome."""
    fit = Structural(**kind, estimation="maximum").fit(build_design(_walking(), LAUNCH, DesignSpec(slope=False)))
    theirs = fit.statsmodels()
    design = np.array(theirs.model.ssm["design"])[0]
    signal = design @ theirs.smoothed_state + fit.signal.matrix @ fit.solved.coefficients[-len(fit.kept) :]
    np.testing.assert_allclose(
        fit._posterior.mean, signal, atol=1e-5
    )  # their diffuse start has a large finite variance


@pytest.mark.parametrize("kind", KINDS[:4])
def test_the_likelihood_rises_and_falls_with_that_of_statsmodels(kind: dict[str, str]) -> None:
    """Away from the maximum both fall by the same amount; each leaves a constant open."""
    design = build_design(_walking(), LAUNCH, DesignSpec(slope=False, harmonics=1))
    fit = Structural(**kind, estimation="maximum").fit(design)
    model, best = fit.statsmodels().model, fit.statsmodels()
    moved = np.maximum(fit.solved.log_ratios, -6) + 0.7
    elsewhere = fit.signal.solved(moved)
    variances = elsewhere.variance * np.append(1.0, np.exp(moved))
    theirs = model.loglike(np.append(variances, elsewhere.coefficients[-len(fit.kept) :]))
    assert fit.solved.log_likelihood - elsewhere.log_likelihood == pytest.approx(best.llf - theirs, abs=2e-3)


def test_no_start_of_statsmodels_finds_a_better_maximum() -> None:
    fit = Structural(estimation="maximum").fit(build_design(_walking(), LAUNCH, DesignSpec(slope=False, harmonics=1)))
    ours = fit.statsmodels()
    rng = np.random.default_rng(1)
    for _ in range(3):
        start = ours.params * np.exp(0.3 * rng.standard_normal(len(ours.params)))
        assert ours.model.fit(start, method="lbfgs", disp=0, maxiter=2000).llf <= ours.llf + 1e-3


def test_restricted_coefficients_are_the_diffuse_states_of_statsmodels() -> None:
    """Regression coefficients as states with a diffuse start: mean and variance at the end of the data."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    fit = Structural().fit(build_design(_walking(), LAUNCH, DesignSpec(slope=False, harmonics=1)))
    model = UnobservedComponents(fit.signal.outcome, level="local level", exog=fit.signal.matrix, mle_regression=False)
    theirs = model.filter(fit.solved.variance * np.append(1.0, np.exp(fit.solved.log_ratios)))
    p = len(fit.kept)
    np.testing.assert_allclose(fit.solved.coefficients[-p:], theirs.filtered_state[-p:, -1], atol=1e-4)
    variances = np.diag(theirs.filtered_state_cov[-p:, -p:, -1])
    np.testing.assert_allclose(np.diag(fit.covariance), variances, rtol=1e-3)


def test_a_shock_to_the_level_stays_and_one_to_a_fixed_season_is_none() -> None:
    parts = components_of(24, "local level", 12, False)
    assert list(parts.shocks) == ["level"]
    np.testing.assert_allclose(parts.shocks["level"], np.minimum.outer(np.arange(24), np.arange(24)))
    assert np.linalg.matrix_rank(parts.basis) == 12
    assert list(components_of(24, "local linear trend", 12, True).shocks) == ["level", "trend", "seasonal"]


def test_what_level_and_season_contain_leaves_the_regression() -> None:
    design = build_design(_walking(), LAUNCH)
    assert Structural().fit(design).terms == ("trend", "sin 1", "cos 1", "sin 2", "cos 2", "level", "slope")
    assert Structural(season="fixed").fit(design).terms == ("trend", "level", "slope")
    fit = Structural(level="local linear trend", season="fixed").fit(design)
    assert fit.terms == ("level", "slope")
    with pytest.raises(ModelError, match=r"local linear trend holds the 'trend' term"):
        fit.marginal("trend")


@pytest.mark.slow
def test_a_level_change_on_a_walk_is_found_with_an_honest_interval() -> None:
    held = 0
    for seed in range(25):
        change = estimate_effect(
            _walking(seed), LAUNCH, model="structural", slope=False, trend=False, harmonics=0, second_opinion=False
        ).level_change
        held += change.lower <= np.exp(0.5) <= change.upper
    assert held >= 21  # of 25 at 95 %: fewer has a probability of 0.007


@pytest.mark.slow
def test_the_projection_holds_the_truth_where_nothing_happened() -> None:
    held = 0
    for seed in range(25):
        ratio = estimate_effect(
            _walking(seed, change=0.0),
            LAUNCH,
            model=Structural(form="counterfactual"),
            trend=False,
            harmonics=0,
            second_opinion=False,
        ).rate_ratio
        held += ratio.lower <= 1 <= ratio.upper
    assert held >= 21


def test_draws_have_the_spread_of_the_marginals() -> None:
    fit = Structural().fit(build_design(_walking(), LAUNCH, DesignSpec(slope=False, harmonics=1)))
    draws = fit.draws(20_000, 1)
    log_ratio = np.log(draws.with_campaign / draws.without_campaign)
    np.testing.assert_allclose(log_ratio[:, ~fit.design.post], 0, atol=1e-12)
    marginal = fit.marginal("level")
    spread = marginal.standard_error * np.sqrt(fit.df / (fit.df - 2))
    assert log_ratio[:, -1].mean() == pytest.approx(marginal.centre, abs=5 * spread / np.sqrt(20_000))
    assert log_ratio[:, -1].std() == pytest.approx(spread, rel=0.03)


def test_drawn_signals_have_the_variance_that_statsmodels_smooths() -> None:
    """In the maximum form, with no regression but the campaign: variance of the level, given the coefficients."""
    series = _walking()
    fit = Structural(estimation="maximum").fit(
        build_design(series, LAUNCH, DesignSpec(slope=False, trend=False, harmonics=0))
    )
    theirs = fit.statsmodels()
    rng = np.random.default_rng(3)
    posterior = Posterior(signal=fit.signal, solved=fit.solved)
    moved = np.zeros((20_000, 2))  # the starting level given the campaign's coefficient
    plain = fit.solved.covariance
    left = plain[0, 0] - plain[0, 1] ** 2 / plain[1, 1]
    moved[:, 0] = np.sqrt(left) * rng.standard_normal(20_000)
    coefficients = fit.solved.coefficients + moved
    paths = coefficients @ posterior.columns.T + posterior.moved(coefficients)
    paths = paths + posterior.around(rng, 20_000) * np.sqrt(fit.solved.variance)
    np.testing.assert_allclose(paths.var(axis=0), theirs.smoothed_state_cov[0, 0], rtol=0.06)


def test_missing_periods_are_bridged_and_not_counted() -> None:
    series = _walking()
    series.iloc[[20, 21, 70]] = np.nan
    effect = estimate_effect(series, LAUNCH, model="structural", slope=False)
    assert isinstance(effect.level_change, Estimate)
    assert (effect.n_pre, effect.n_post) == (58, 35)
    assert np.isfinite(effect.fit.fitted).all()
    design = build_design(series, LAUNCH, DesignSpec(slope=False))
    theirs = Structural(estimation="maximum").fit(design).statsmodels()
    assert np.isnan(theirs.model.endog[20]).all()


def test_exposure_only_moves_the_level() -> None:
    plain = estimate_effect(_walking(), LAUNCH, model="structural")
    rated = estimate_effect(_walking(), LAUNCH, model="structural", exposure=250_000.0)
    assert rated.level_change.value == pytest.approx(plain.level_change.value, rel=1e-5)
    assert rated.cumulative_effect.value == pytest.approx(plain.cumulative_effect.value, rel=1e-3)


def test_a_later_year_gives_the_same_answer() -> None:
    later = _walking()
    later.index = later.index + 48
    here = estimate_effect(_walking(), LAUNCH, model="structural")
    there = estimate_effect(later, "2022-01", model="structural")
    assert there.level_change.value == pytest.approx(here.level_change.value, rel=1e-9)


def test_order_of_rows_does_not_matter() -> None:
    mixed = estimate_effect(_walking().sample(frac=1, random_state=1), LAUNCH, model="structural")
    assert mixed.level_change.value == estimate_effect(_walking(), LAUNCH, model="structural").level_change.value


def test_a_part_that_does_not_move_is_said() -> None:
    series = _series(2, rho=0.0, sigma=0.1, mean=400.0)
    effect = estimate_effect(series, LAUNCH, model="structural")
    assert any("no movement of the level was found" in warning for warning in effect.warnings)


@pytest.mark.parametrize(
    ("last", "options", "reason"),
    [
        (40, {"season": "fixed", "level": "local linear trend"}, r"19 used periods for 18 parameters .* at least 20"),
        (60, {"added": 0}, r"some periods have no contacts"),
    ],
)
def test_what_the_data_cannot_say(last: int, options: dict[str, object], reason: str) -> None:
    series = _series().iloc[21 if last == 40 else 0 : last]
    series.iloc[3] = 0 if "added" in options else series.iloc[3]
    effect = estimate_effect(series, LAUNCH, model=Structural(**options), second_opinion=False, harmonics=0)
    assert isinstance(effect.level_change, NotEstimable)
    with pytest.raises(CannotEstimate, match=reason):
        Structural(**options).fit(effect.design)


def test_constant_and_empty_series_are_refused() -> None:
    for value, reason in ((25.0, "no noise to judge a change by"), (0.0, "no contacts were counted in any period")):
        series = _series()
        series[:] = value
        effect = estimate_effect(series, LAUNCH, model="structural")
        assert reason in effect.rate_ratio.reason


def test_a_season_of_the_model_needs_months_or_quarters() -> None:
    days = pd.Series(5.0, pd.period_range("2015-01-01", periods=800, freq="D"))
    days.iloc[::2] = 7
    with pytest.raises(ModelError, match=r"these are by day"):
        Structural(season="fixed").fit(build_design(days, "2016-06-01"))


def test_the_slope_of_the_campaign_stays_beside_a_trend_that_moves() -> None:
    design = build_design(_walking(), LAUNCH)
    signal, kept = _signal(Structural(level="smooth trend"), design, np.log(design.observed))
    assert {design.columns[j] for j in kept} >= {"level", "slope"}
    assert np.isfinite(estimate(signal)[0].log_likelihood)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "local levels"}, r"Unknown level 'local levels'\. Did you mean 'local level'"),
        ({"season": "months"}, r"Unknown season 'months'"),
        ({"form": "forecast"}, r"Unknown form 'forecast'"),
        ({"estimation": "reml"}, r"Unknown estimation 'reml'"),
        ({"added": 2}, r"added is 2"),
        ({"estimation": "maximum", "form": "counterfactual"}, r"a projection has no campaign term"),
    ],
)
def test_options_check_themselves(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Structural(**options)


def test_a_projection_with_nothing_counted_after_launch_is_refused() -> None:
    series = _series()
    series.loc[LAUNCH:] = 0
    refused = estimate_effect(series, LAUNCH, model=Structural(form="counterfactual"), second_opinion=False)
    assert isinstance(refused.rate_ratio, NotEstimable)
    assert refused.rate_ratio.reason.startswith("no contacts were counted from the launch on")
    series.iloc[-1] = 1
    assert estimate_effect(series, LAUNCH, model=Structural(form="counterfactual"), second_opinion=False).estimable
