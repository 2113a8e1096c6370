"""Regression with ARIMA noise: its likelihood against statsmodels, its laws, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.arima_process import arma_acovf
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss as statsmodels_kpss

from evalkit import Arima, build_design, estimate_effect, simulate_series
from evalkit.design import Decay, DesignSpec, Flights
from evalkit.effect import Estimate, NotEstimable
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.arima.contrasts import contrasts_everywhere, starting_levels
from evalkit.model.arima.fit import fit_arima
from evalkit.model.arima.likelihood import Regression, log_likelihood, profile
from evalkit.model.arima.maximise import maximise
from evalkit.model.arima.noise import Orders, autocovariance, polynomials, to_coefficients
from evalkit.model.arima.search import choose_orders, kpss

LAUNCH = "2018-01"
SEASONAL = Orders(p=2, d=1, q=1, P=1, D=1, Q=1, s=4)
COEFFICIENTS = np.array([0.5, -0.2, 0.4, 0.3, -0.5])


def _series(seed: int = 1, **options: object) -> pd.Series:
    chosen = {"n": 60, "mean": 40.0, "rho": 0.4, "sigma": 0.25, "level_ratio": 1.5, "launch": LAUNCH, **options}
    return simulate_series(np.random.default_rng(seed), **chosen)


def _regression(orders: Orders, gaps: tuple[int, ...] = (), seed: int = 3) -> Regression:
    rng = np.random.default_rng(seed)
    n = 60
    used = np.ones(n, dtype=bool)
    used[list(gaps)] = False
    matrix = np.column_stack([np.arange(n) >= 40, np.sin(np.arange(n))]).astype(float)
    outcome = np.cumsum(rng.normal(size=n)) + matrix @ [2.0, 1.0]
    return Regression(outcome=outcome, matrix=matrix, used=used, orders=orders)


@pytest.mark.parametrize("orders", [Orders(p=2), Orders(q=2), Orders(p=1, q=2), SEASONAL, Orders(P=1, Q=2, s=12)])
def test_autocovariances_are_those_of_statsmodels(orders: Orders) -> None:
    free = np.random.default_rng(5).normal(0, 0.8, orders.size)
    ar, ma = polynomials(orders, to_coefficients(orders, free))
    np.testing.assert_allclose(autocovariance(ar, ma, 40), arma_acovf(ar, ma, nobs=40), rtol=1e-9, atol=1e-12)


def test_unconstrained_numbers_give_stationary_and_invertible_noise() -> None:
    for seed in range(20):
        free = np.random.default_rng(seed).normal(0, 2, SEASONAL.size)
        for polynomial in polynomials(SEASONAL, to_coefficients(SEASONAL, free)):
            assert np.abs(np.roots(polynomial)).max() < 1


def test_the_likelihood_is_that_of_statsmodels_on_differenced_data() -> None:
    regression = _regression(SEASONAL)
    beta, log_variance = np.array([1.5, 0.7]), 0.3
    model = SARIMAX(
        regression.outcome,
        exog=regression.matrix,
        order=(2, 1, 1),
        seasonal_order=(1, 1, 1, 4),
        simple_differencing=True,
    )
    theirs = model.loglike([*beta, *COEFFICIENTS, np.exp(log_variance)])
    assert log_likelihood(regression, beta, COEFFICIENTS, log_variance)[0] == pytest.approx(theirs, abs=1e-6)


def test_a_gap_in_stationary_noise_is_a_gap_for_statsmodels_too() -> None:
    orders = Orders(p=1, q=1)
    regression = _regression(orders, gaps=(7, 8, 30))
    outcome = np.where(regression.used, regression.outcome, np.nan)
    model = SARIMAX(outcome, exog=regression.matrix, order=(1, 0, 1))
    ours = log_likelihood(regression, np.array([1.0, 0.5]), np.array([0.6, 0.3]), 0.1)[0]
    assert ours == pytest.approx(model.loglike([1.0, 0.5, 0.6, 0.3, np.exp(0.1)]), abs=1e-6)


def test_a_calendar_without_gaps_gives_the_likelihood_of_the_differences() -> None:
    """The two ways to take the starting level out: against anchors, as with gaps, and by differences."""
    regression = _regression(SEASONAL)
    level = starting_levels(60, SEASONAL)
    anchors, everywhere = contrasts_everywhere(regression.used, SEASONAL)
    assert len(anchors) == level.shape[1] == SEASONAL.lost
    gamma = autocovariance(*polynomials(SEASONAL, COEFFICIENTS), everywhere.reach)
    logs = [np.linalg.slogdet(c.covariance(gamma))[1] for c in (everywhere, regression.contrasts)]
    squares = [
        (c.matrix @ regression.outcome) @ np.linalg.solve(c.covariance(gamma), c.matrix @ regression.outcome)
        for c in (everywhere, regression.contrasts)
    ]
    assert logs[0] == pytest.approx(logs[1], abs=1e-8)
    assert squares[0] == pytest.approx(squares[1], rel=1e-8)


def test_a_gap_in_differenced_noise_costs_only_itself() -> None:
    """Against the exact diffuse filter; both leave a constant open, so two parameter points are compared."""
    orders = Orders(p=1, d=1)
    regression = _regression(orders, gaps=(7, 8, 30))
    model = SARIMAX(
        np.where(regression.used, regression.outcome, np.nan),
        exog=regression.matrix,
        order=(1, 1, 0),
        use_exact_diffuse=True,
    )
    points = [(np.array([1.0, 0.5]), 0.4, 0.0), (np.array([2.0, -0.5]), -0.3, 0.5)]
    ours = [log_likelihood(regression, beta, np.array([phi]), v)[0] for beta, phi, v in points]
    theirs = [model.loglike([*beta, phi, np.exp(v)]) for beta, phi, v in points]
    assert ours[1] - ours[0] == pytest.approx(theirs[1] - theirs[0], abs=1e-6)


def test_the_slope_of_the_likelihood_is_its_derivative() -> None:
    regression = _regression(SEASONAL)
    beta, step = np.array([1.5, 0.7]), 1e-5
    slope = log_likelihood(regression, beta, COEFFICIENTS, 0.3)[1]
    for j in range(2):
        shift = step * np.eye(2)[j]
        up, down = (log_likelihood(regression, beta + sign * shift, COEFFICIENTS, 0.3)[0] for sign in (1, -1))
        assert slope[j] == pytest.approx((up - down) / (2 * step), rel=1e-5)


@pytest.mark.slow
def test_no_start_of_statsmodels_finds_a_better_maximum() -> None:
    orders = Orders(p=1, d=1, q=1)
    regression = _regression(orders)
    ours = maximise(regression).log_likelihood
    model = SARIMAX(regression.outcome, exog=regression.matrix, order=(1, 1, 1), simple_differencing=True)
    rng = np.random.default_rng(2)
    starts = [np.concatenate([rng.normal(size=2), rng.uniform(-0.8, 0.8, 2), [1.0]]) for _ in range(6)]
    theirs = max(model.fit(start, method="nm", maxiter=4000, disp=0).llf for start in starts)
    assert ours >= theirs - 1e-4


def test_errors_are_the_inverse_of_the_observed_information() -> None:
    """Second differences of the profile likelihood in one coefficient give the same variance."""
    regression = _regression(Orders(p=1))
    found = maximise(regression)
    best, h = found.coefficients[0], 0.05

    def concentrated(value: float) -> float:
        fixed = Regression(
            outcome=regression.outcome - value * regression.matrix[:, 0],
            matrix=regression.matrix[:, 1:],
            used=regression.used,
            orders=regression.orders,
        )
        return maximise(fixed).log_likelihood

    curvature = (concentrated(best + h) - 2 * concentrated(best) + concentrated(best - h)) / h**2
    assert found.covariance[0, 0] == pytest.approx(-1 / curvature, rel=0.01)


def test_kpss_is_that_of_statsmodels() -> None:
    walk = np.cumsum(np.random.default_rng(1).normal(size=80))
    for series in (walk, np.diff(walk)):
        lags = int(4 * (len(series) / 100) ** 0.25)
        with warnings.catch_warnings():  # of a p-value beyond its table, and of a coming change of what is returned
            warnings.simplefilter("ignore")
            theirs = statsmodels_kpss(series, nlags=lags)[0]
        assert kpss(series) == pytest.approx(theirs)


@pytest.mark.slow
def test_the_search_finds_a_strong_memory_and_a_walk() -> None:
    rng = np.random.default_rng(4)
    shocks = rng.normal(size=120)
    memory = np.zeros(120)
    for t in range(2, 120):
        memory[t] = 1.2 * memory[t - 1] - 0.6 * memory[t - 2] + shocks[t]
    for outcome, expected in ((memory, (2, 0)), (np.cumsum(shocks), (0, 1))):
        matrix = np.ones((120, 1))

        def regression(orders: Orders, outcome=outcome, matrix=matrix) -> Regression:
            columns = matrix if not orders.d else np.zeros((120, 0))
            return Regression(outcome=outcome, matrix=columns, used=np.ones(120, dtype=bool), orders=orders)

        chosen = choose_orders(regression, outcome - outcome.mean(), Orders())
        assert (chosen.p, chosen.d) == expected


def test_without_memory_it_is_least_squares_of_the_log() -> None:
    series = _series()
    ours = estimate_effect(series, LAUNCH, model=Arima(order=(0, 0, 0)), second_opinion=False)
    design = ours.design
    by_hand = np.linalg.lstsq(design.with_campaign, np.log(series + 0.5), rcond=None)[0]
    assert np.log(ours.level_change.value) == pytest.approx(by_hand[design.column("level")], abs=1e-8)
    residual = np.log(series + 0.5) - design.with_campaign @ by_hand
    spread = residual @ residual / (60 - 8)
    error = np.sqrt(spread * np.linalg.inv(design.with_campaign.T @ design.with_campaign)[6, 6])
    assert ours.fit.marginal("level").standard_error == pytest.approx(error, rel=1e-6)


def test_draws_have_the_spread_of_the_marginals_and_the_ratio_of_the_campaigns_part() -> None:
    fit = Arima().fit(build_design(_series(), LAUNCH, DesignSpec(slope=False, harmonics=1)))
    draws = fit.draws(20_000, 1)
    log_ratio = np.log(draws.with_campaign / draws.without_campaign)
    post = fit.design.post
    np.testing.assert_allclose(log_ratio[:, ~post], 0, atol=1e-12)
    marginal = fit.marginal("level")
    spread = marginal.standard_error * np.sqrt(fit.df / (fit.df - 2))
    assert log_ratio[:, -1].mean() == pytest.approx(marginal.centre, abs=5 * spread / np.sqrt(20_000))
    assert log_ratio[:, -1].std() == pytest.approx(spread, rel=0.03)


def test_expected_totals_follow_the_counts() -> None:
    """One-step expectations miss each count, not their sum: allowing for the added half and the log normal's mean."""
    series = _series(mean=8.0, rho=0.0)
    fit = Arima().fit(build_design(series, LAUNCH))
    assert fit.fitted.sum() == pytest.approx(series.sum(), rel=0.03)
    assert (fit.fitted > 0).all()


@pytest.mark.parametrize("order", [(1, 0, 0), (0, 1, 1), (2, 1, 0)])
def test_predictions_are_those_of_statsmodels(order: tuple[int, int, int]) -> None:
    series = _series()
    fit = Arima(order=order, scale="identity").fit(build_design(series, LAUNCH, DesignSpec(harmonics=1)))
    columns = fit.design.with_campaign[:, fit.kept]
    model = SARIMAX(series.to_numpy(), exog=columns, order=order, simple_differencing=True)
    result = model.filter([*fit.maximum.coefficients, *fit.maximum.noise, fit.maximum.variance])
    expected = np.asarray(result.fittedvalues)
    if order[1]:
        expected = expected + series.to_numpy()[:-1]
    np.testing.assert_allclose(fit.fitted[order[1] :], expected, rtol=1e-6)


def test_a_missing_period_is_foretold_from_what_came_before() -> None:
    series = _series()
    series.iloc[20] = np.nan
    fit = Arima(scale="identity").fit(build_design(series, LAUNCH, DesignSpec(harmonics=0)))
    line = fit.design.with_campaign @ fit.maximum.coefficients
    phi = fit.maximum.noise[0]
    assert fit.fitted[20] == pytest.approx(line[20] + phi * (series.iloc[19] - line[19]))
    assert fit.fitted[21] == pytest.approx(line[21] + phi**2 * (series.iloc[19] - line[19]))


def test_replications_have_the_noise_of_the_model() -> None:
    fit = Arima(scale="identity").fit(build_design(_series(mean=400.0), LAUNCH, DesignSpec(harmonics=1)))
    noise = fit.predictive(20_000, 1) - fit.design.with_campaign @ fit.maximum.coefficients
    phi, variance = fit.maximum.noise[0], fit.maximum.variance
    np.testing.assert_allclose(noise.var(axis=0), variance / (1 - phi**2), rtol=0.06)
    lag_one = (noise[:, 1:] * noise[:, :-1]).mean() / (noise**2).mean()
    assert lag_one == pytest.approx(phi, abs=0.02)


def test_a_gradual_response_is_found_again() -> None:
    """Omega 0.3, delta 0.7: the log ratio rises to 1; the counts are large, so little is left to chance."""
    periods = pd.period_range("2013-01", periods=96, freq="M")
    since = np.arange(96) - 60
    change = np.where(since >= 0, (1 - 0.7 ** (since + 1.0)), 0.0)
    rng = np.random.default_rng(6)
    series = pd.Series(rng.poisson(2000 * np.exp(change + 0.03 * rng.normal(size=96))).astype(float), periods)
    model = Arima(response="gradual", ratio_after=(0, 6, 12, 600))
    effect = estimate_effect(series, LAUNCH, model=model, slope=False, harmonics=1)
    assert effect.fit.parameters["delta"] == pytest.approx(0.7, abs=0.08)
    assert list(effect.components) == [f"ratio {k} months after launch" for k in (0, 6, 12)]
    for after in (0, 6, 12):
        part = effect.components[f"ratio {after} months after launch"]
        assert part.lower < np.exp(1 - 0.7 ** (after + 1)) < part.upper
        assert np.log(part.value) == pytest.approx(float(effect.fit.change_after(after).centre), abs=1e-3)
    assert effect.components["ratio 0 months after launch"].value == pytest.approx(effect.level_change.value, rel=1e-3)
    assert effect.rate_ratio.lower < np.exp(change[60:]).mean() < effect.rate_ratio.upper


def test_a_gradual_response_is_that_of_one_level() -> None:
    """After the end of a flight nothing is approached, and what decays cannot decay twice."""
    series, gradual = _series(seed=4), Arima(response="gradual", ratio_after=(2, 6))
    flights = [("2018-01", "2018-04"), ("2019-01", "2019-04")]
    effect = estimate_effect(series, LAUNCH, model=gradual, flights=flights, second_opinion=False)
    assert "ratio 2 months after launch" in effect.components
    assert "ratio 6 months after launch" not in effect.components
    for options in ({"decay": 0.5}, {"decay": Decay(0.5, form="step")}, {"flights": Flights(flights, separate=True)}):
        with pytest.raises(ModelError, match="approach to one new level"):
            estimate_effect(series, LAUNCH, model=gradual, second_opinion=False, **options)


def test_the_gradual_response_with_a_fast_pace_is_the_step() -> None:
    """Delta near 0 in the truth: the two forms agree about the window."""
    series = _series(mean=400.0, sigma=0.05, rho=0.0, level_ratio=2.0)
    step = estimate_effect(series, LAUNCH, model=Arima(), slope=False)
    gradual = estimate_effect(series, LAUNCH, model=Arima(response="gradual"), slope=False)
    assert gradual.rate_ratio.value == pytest.approx(step.rate_ratio.value, rel=0.02)


def test_exposure_only_moves_the_intercept() -> None:
    series = _series()
    plain = estimate_effect(series, LAUNCH, model="arima")
    rated = estimate_effect(series, LAUNCH, model="arima", exposure=250_000.0)
    assert rated.level_change.value == pytest.approx(plain.level_change.value, rel=1e-6)
    assert rated.cumulative_effect.value == pytest.approx(plain.cumulative_effect.value, rel=1e-4)


def test_the_unit_of_the_counts_does_not_matter_without_the_added_half() -> None:
    series = _series(mean=200.0)
    plain = estimate_effect(series, LAUNCH, model=Arima(added=0))
    tenfold = estimate_effect(10 * series, LAUNCH, model=Arima(added=0))
    assert tenfold.level_change.upper == pytest.approx(plain.level_change.upper, rel=1e-5)
    assert tenfold.cumulative_effect.value == pytest.approx(10 * plain.cumulative_effect.value, rel=1e-4)


def test_a_later_year_gives_the_same_answer() -> None:
    series = _series()
    later = series.copy()
    later.index = series.index + 48
    here = estimate_effect(series, LAUNCH, model="arima")
    there = estimate_effect(later, "2022-01", model="arima")
    assert there.level_change.value == pytest.approx(here.level_change.value, rel=1e-9)


def test_order_of_rows_does_not_matter() -> None:
    series = _series()
    mixed = estimate_effect(series.sample(frac=1, random_state=1), LAUNCH, model="arima")
    assert mixed.level_change.value == estimate_effect(series, LAUNCH, model="arima").level_change.value


def test_the_label_and_parameters_state_the_orders() -> None:
    fit = Arima(order="auto").fit(build_design(_series(), LAUNCH))
    assert "orders chosen by AICc" in fit.label
    assert f"ARIMA({fit.parameters['p']:.0f},{fit.parameters['d']:.0f},{fit.parameters['q']:.0f})" in fit.label
    assert {"sigma", "aicc", "log_likelihood"} <= set(fit.parameters)


def test_differencing_takes_the_columns_that_it_makes_nothing_of() -> None:
    fit = Arima(order=(0, 1, 0)).fit(build_design(_series(), LAUNCH))
    assert "intercept" not in fit.terms
    assert "trend" in fit.terms
    seasonal = Arima(order=(0, 1, 0), seasonal_order=(0, 1, 0, 12)).fit(build_design(_series(), LAUNCH))
    assert seasonal.terms == ("level", "slope")
    with pytest.raises(ModelError, match=r"leaves nothing of the 'trend' term"):
        seasonal.marginal("trend")


def test_noise_at_its_edge_is_said() -> None:
    """An over-differenced series: the moving average runs to -1."""
    series = _series(4, rho=0.0, sigma=0.05, mean=400.0)
    fit = Arima(order=(0, 1, 1)).fit(build_design(series, LAUNCH))
    assert fit.parameters["ma 1"] < -0.98
    assert any("lies at the edge" in warning for warning in fit.warnings)


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        ({"values": 0.0}, {}, r"no contacts were counted in any period"),
        ({"values": 25.0}, {}, r"explain every count exactly, so there is no noise"),
        ({"zero": True}, {"added": 0}, r"some periods have no contacts, and the log of 0"),
        ({"first": 40}, {}, r"8 months before launch .* needs at least 12"),
        (
            {"first": 21, "last": 40},
            {"seasonal_order": (0, 1, 1, 12)},
            r"19 used periods, of which ARIMA\(1,0,0\)\(0,1,1\)12 takes 12 .* for 6 parameters; needs at least 20",
        ),
    ],
)
def test_what_the_data_cannot_say(change: dict[str, object], options: dict[str, object], reason: str) -> None:
    series = _series()
    if "values" in change:
        series[:] = change["values"]
    if "zero" in change:
        series.iloc[3] = 0
    series = series.iloc[change.get("first", 0) : change.get("last", 60)]
    launch = series.index[8] if "first" in change and change["first"] == 40 else LAUNCH
    effect = estimate_effect(series, launch, model=Arima(**options), harmonics=0, second_opinion=False)
    assert isinstance(effect.level_change, NotEstimable)
    assert re.search(reason, effect.level_change.reason)


def test_a_season_that_repeats_itself_exactly_leaves_nothing_after_differencing() -> None:
    series = _series()
    series[:] = np.where(series.index.month % 2, 7, 5)
    effect = estimate_effect(series, LAUNCH, model=Arima(seasonal_order=(0, 1, 1, 12)), harmonics=0)
    assert "explain every count exactly" in effect.level_change.reason


def test_noise_at_its_edge_can_still_be_drawn() -> None:
    """Counts that alternate: the moving average and the memory both run to their edge, the covariance is singular."""
    series = pd.Series(np.where(np.arange(40) % 2, 7.0, 5.0), pd.period_range("2015-01", periods=40, freq="M"))
    fit = Arima(order=(2, 1, 2)).fit(build_design(series, "2017-01", DesignSpec(harmonics=1)))
    assert np.isfinite(fit.predictive(20, 1)).all()
    assert np.isfinite(fit.fitted).all()


def test_a_difference_that_may_be_a_fall_below_nothing_has_a_density() -> None:
    series = _series(mean=3.0, sigma=0.8, level_ratio=0.2)
    effect = estimate_effect(series, LAUNCH, model=Arima(scale="identity"), second_opinion=False)
    assert (effect.ratio_draws <= 0).any()
    density = effect.density("rate_ratio")
    assert isinstance(density, NotEstimable) or np.isfinite(density["density"]).all()


def test_many_periods_are_refused_with_the_limit() -> None:
    days = pd.Series(5.0, pd.period_range("2015-01-01", periods=1600, freq="D"))
    days.iloc[::2] = 7
    with pytest.raises(CannotEstimate, match=r"1600 periods; this model takes at most 1500"):
        Arima().fit(build_design(days, "2018-01-01"))


def test_counts_with_an_exposure_have_no_identity_scale() -> None:
    with pytest.raises(ModelError, match=r"models counts, and an exposure was given"):
        fit_arima(Arima(scale="identity"), build_design(_series(), LAUNCH, exposure=1000.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": (1, 0)}, r"order is \(1, 0\)\. Allowed: \"auto\", or \(p, d, q\)"),
        ({"order": (9, 0, 0)}, r"order is \(9, 0, 0\)"),
        ({"order": "automatic"}, r"Unknown order 'automatic'\. Did you mean 'auto'"),
        ({"seasonal_order": (0, 1, 1, 1)}, r"seasonal lag is 1\. Allowed: 2 or more"),
        ({"seasonal_order": "auto"}, r"needs order=\"auto\""),
        ({"scale": "logs"}, r"Unknown scale 'logs'\. Did you mean 'log'"),
        ({"response": "slow"}, r"Unknown response 'slow'"),
        ({"reference": "z"}, r"Unknown reference 'z'"),
        ({"added": -1}, r"added is -1"),
        ({"ratio_after": (1.5,)}, r"ratio_after is \(1\.5,\)"),
    ],
)
def test_options_check_themselves(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Arima(**options)


def test_noise_that_explains_nothing_more_has_a_lower_profile() -> None:
    regression = _regression(Orders(p=1))
    best = maximise(regression)
    for phi in (-0.5, 0.0, 0.3):
        assert profile(regression, np.array([phi]), 0.0).log_likelihood <= best.log_likelihood


def test_the_other_models_do_not_load_what_these_need() -> None:
    """State space models and what runs them take seconds to load; they are loaded by the fits that use them."""
    heavy = "('statsmodels.tsa.statespace', 'evalkit.model.arima.fit', 'evalkit.model.structural.fit')"
    code = f"import evalkit.effect, sys; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_missing_periods_are_kept_missing() -> None:
    series = _series()
    series.iloc[[5, 30, 50]] = np.nan
    effect = estimate_effect(series, LAUNCH, model=Arima(order=(1, 1, 0), seasonal_order=(0, 0, 0, 0)))
    assert isinstance(effect.level_change, Estimate)
    assert (effect.n_pre, effect.n_post) == (34, 23)
    assert np.isnan(effect.path["observed"].iloc[5])
    assert np.isfinite(effect.path["counterfactual"]).all()
