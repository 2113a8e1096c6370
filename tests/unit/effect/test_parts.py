"""Parts of an effect: the same arithmetic as the whole, with some of the campaign's columns switched off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import Effect, Estimate, Forecast, Latent, NotEstimable, Segmented, estimate_effect
from evalkit.design import Design, Flights
from evalkit.model import Model

LAUNCH = "2017-01"
FLIGHTS = [("2017-01", "2017-03"), ("2017-10", "2017-11"), ("2018-05", "2018-08")]
MODELS = pytest.mark.parametrize("model", [Latent(), Segmented()], ids=["latent", "segmented"])


def _series(log_effect: np.ndarray | float = 0.0, mean: float = 400.0, seed: int = 1) -> pd.Series:
    periods = pd.period_range("2014-01", periods=60, freq="M")
    rng = np.random.default_rng(seed)
    return pd.Series(rng.poisson(mean * np.exp(log_effect) * np.ones(60)), periods)


def _effect(series: pd.Series, model: Model, **options: Any) -> Effect:
    defaults = {"harmonics": 1, "second_opinion": False, "level": 0.99}
    return estimate_effect(series, LAUNCH, model=model, **(defaults | options))


def _estimate(effect: Effect, name: str) -> Estimate:
    found = effect.components[name]
    assert isinstance(found, Estimate), found
    return found


def _on(*flights: tuple[str, str]) -> np.ndarray:
    periods = pd.period_range("2014-01", periods=60, freq="M")
    return np.sum([(periods >= first) & (periods <= last) for first, last in flights], axis=0)


@MODELS
def test_flights_are_told_apart_and_together_are_the_rate_ratio(model: Model) -> None:
    series = _series(0.2 * _on(FLIGHTS[0]) + 0.4 * _on(FLIGHTS[1]) + 0.6 * _on(FLIGHTS[2]))
    effect = _effect(series, model, flights=Flights(FLIGHTS, separate=True))
    for name, truth in {"flight 1": 0.2, "flight 2": 0.4, "flight 3": 0.6}.items():
        found = _estimate(effect, name)
        assert found.lower < np.exp(truth) < found.upper
        marginal = np.exp(effect.fit.marginal(name).quantile([0.005, 0.995]))  # type: ignore[union-attr]
        np.testing.assert_allclose([found.lower, found.upper], marginal, rtol=0.03)  # 8,000 draws
    assert _estimate(effect, "active over inactive").value == effect.rate_ratio.value  # type: ignore[union-attr]
    assert isinstance(effect.slope_change, NotEstimable)
    assert _estimate(effect, "flight 2").window.periods == 2


@MODELS
def test_common_ratio_of_flights_is_the_level_change(model: Model) -> None:
    effect = _effect(_series(0.4 * _on(*FLIGHTS)), model, flights=FLIGHTS)
    ratio, level = _estimate(effect, "active over inactive"), effect.level_change
    assert isinstance(level, Estimate)
    np.testing.assert_allclose([ratio.lower, ratio.upper], [level.lower, level.upper], rtol=0.03)
    assert effect.n_post == 9


@MODELS
def test_launches_multiply_to_the_whole_where_both_are_at_work(model: Model) -> None:
    """With levels only: the whole over the second window is the product of the two."""
    first, second = _on(("2017-01", "2018-12")), _on(("2018-01", "2018-12"))
    effect = _effect(_series(0.3 * first + 0.5 * second), model, launches=["2018-01"], slope=False)
    assert effect.fit is not None
    draws = effect.fit.draws(effect.sampling.draws, effect.sampling.seed)
    late = second.astype(bool)
    whole = draws.with_campaign[:, late].sum(axis=1) / draws.without_campaign[:, late].sum(axis=1)
    assert draws.campaign is not None
    both = draws.campaign.of(("level", "level 2"), late)[:, 0]
    np.testing.assert_allclose(np.log(whole), both, rtol=1e-9)
    for name, truth in {"launch 1": 0.3, "launch 2": 0.5}.items():
        assert _estimate(effect, name).lower < np.exp(truth) < _estimate(effect, name).upper
    assert str(_estimate(effect, "launch 2").window) == "2018-01 to 2018-12"


@MODELS
def test_what_persists_is_a_share_of_the_change_while_running(model: Model) -> None:
    running, after = _on(("2017-01", "2017-12")), _on(("2018-01", "2018-12"))
    series = _series(np.log(1.8) * running + np.log(1.4) * after, mean=2000)
    effect = _effect(series, model, off="2017-12", slope=False)
    share = _estimate(effect, "share that persisted")
    assert share.unit == "share"
    assert share.lower < 0.5 < share.upper
    assert share.upper - share.lower < 0.3
    lower = _estimate(effect, "after the end").lower - 1
    assert share.value == pytest.approx(0.5, abs=0.15)
    assert lower > 0


@pytest.mark.parametrize("model", ["arima", "structural"])
def test_models_of_log_counts_tell_launches_apart_too(model: Any) -> None:
    series = _series(0.3 * _on(("2017-01", "2018-12")) + 0.5 * _on(("2018-01", "2018-12")))
    effect = _effect(series, model, launches=["2018-01"], slope=False)
    for name, truth in {"launch 1": 0.3, "launch 2": 0.5}.items():
        assert _estimate(effect, name).lower < np.exp(truth) < _estimate(effect, name).upper
    level = np.exp(effect.fit.marginal("level 2").quantile([0.005, 0.995]))  # type: ignore[union-attr]
    second = _estimate(effect, "launch 2")
    np.testing.assert_allclose([second.lower, second.upper], level, rtol=0.03)


def test_no_share_of_a_change_that_may_be_none() -> None:
    share = _effect(_series(), Latent(), off="2017-12", slope=False).components["share that persisted"]
    assert isinstance(share, NotEstimable)
    assert "its interval holds 1" in share.reason


def test_a_forecast_answers_for_parts_that_stand_alone_and_says_so_for_the_others() -> None:
    alone = _effect(_series(0.5 * _on(*FLIGHTS)), Forecast(), flights=Flights(FLIGHTS, separate=True))
    assert _estimate(alone, "flight 3").lower < np.exp(0.5) < _estimate(alone, "flight 3").upper
    assert alone.rate_ratio.window.periods == 9  # type: ignore[union-attr]
    together = _effect(_series(0.5 * _on(("2017-01", "2018-12"))), Forecast(), launches=["2018-01"])
    second = together.components["launch 2"]
    assert isinstance(second, NotEstimable)
    assert "does not tell 'launch 2' from the rest" in second.reason
    assert isinstance(together.rate_ratio, Estimate)


def test_rows_in_another_order_give_the_same_parts() -> None:
    series = _series(0.4 * _on(*FLIGHTS))
    options = {"flights": Flights(FLIGHTS, separate=True)}
    one, other = (
        _effect(series, Latent(), **options),
        _effect(series.sample(frac=1, random_state=2), Latent(), **options),
    )
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


def test_parts_do_not_change_with_the_unit_of_exposure() -> None:
    series = _series(0.4 * _on(*FLIGHTS))
    one = _effect(series, Segmented(), flights=FLIGHTS, exposure=1.0)
    other = _effect(series, Segmented(), flights=FLIGHTS, exposure=1000.0)
    name = "active over inactive"
    assert _estimate(one, name).value == pytest.approx(_estimate(other, name).value, rel=1e-9)


def test_a_second_launch_too_close_to_the_first_is_named() -> None:
    effect = _effect(_series(), Latent(), launches=["2017-02"])
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert "'slope 2' cannot be told from the terms before it" in effect.rate_ratio.reason


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"launches": ["2018-12"]}, "1 month for 'launch 2' with contacts counted; needs at least 2"),
        ({"lag": 23}, "1 month in which the campaign could have an effect"),
        ({"flights": [("2017-01", "2017-01")]}, "1 month in which the campaign could have an effect"),
        (
            {"flights": Flights([("2017-01", "2017-03"), ("2018-01", "2018-01")], separate=True)},
            "1 month for 'flight 2'",
        ),
    ],
)
def test_too_little_of_a_part_is_said(options: dict[str, Any], reason: str) -> None:
    effect = _effect(_series(), Latent(), **({"slope": False} | options))
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert reason in effect.rate_ratio.reason


def test_a_placebo_of_flights_runs_through_the_model() -> None:
    effect = _effect(_series(0.4 * _on(*FLIGHTS)), Latent(), flights=FLIGHTS)
    design: Design = effect.design.placebo(pd.Period("2015-07", "M"))
    fit = Latent().fit(design)
    interval = np.exp(fit.marginal("level").quantile([0.005, 0.995]))
    assert interval[0] < 1 < interval[1]
