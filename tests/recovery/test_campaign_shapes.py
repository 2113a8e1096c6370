"""Recovery with coverage for campaigns as they run, and for daily data: small, fixed seeds.

Of 60 intervals at 95 % at least 52 hold the truth (probability of fewer: 0.005). Larger runs are in
``docs/methods/design.md``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import Decay, Estimate, Flights, Latent, build_design, estimate_effect
from evalkit.design import DesignSpec
from evalkit.effect import Effect, Sampling

SERIES, ENOUGH = 60, 52
N, L, LAUNCH = 72, 36, "2018-01"
MONTHS = pd.period_range("2015-01", periods=N, freq="M")
SINCE = np.arange(N) - L


def _latent(rng: np.random.Generator, n: int, rho: float = 0.3, sigma: float = 0.15) -> np.ndarray:
    u = np.empty(n)
    u[0] = sigma * rng.standard_normal()
    for t in range(1, n):
        u[t] = rho * u[t - 1] + sigma * np.sqrt(1 - rho**2) * rng.standard_normal()
    return u


def _effects(added: np.ndarray, seed: int, **options: Any) -> list[tuple[Effect, np.ndarray]]:
    """Effects of 60 series with a known addition on the log scale, with their expected contacts without it."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SERIES):
        base = np.exp(np.log(60) + _latent(rng, N) + 0.15 * np.sin(2 * np.pi * np.arange(N) / 12))
        series = pd.Series(rng.poisson(base * np.exp(added)), MONTHS)
        defaults = {"harmonics": 1, "second_opinion": False, "sampling": Sampling(draws=1000)}
        found.append((estimate_effect(series, LAUNCH, **(defaults | options)), base))
    return found


def _held(effects: list[tuple[Effect, np.ndarray]], name: str, truth: Any) -> int:
    """How many intervals of an estimand or component hold the truth, a number or a function of the base."""
    held = 0
    for effect, base in effects:
        estimate = {**effect.estimates, **effect.components}[name]
        true = truth(base) if callable(truth) else truth
        held += isinstance(estimate, Estimate) and estimate.lower <= true <= estimate.upper
    return held


def _active(*flights: tuple[str, str]) -> np.ndarray:
    return np.sum([MONTHS.isin(pd.period_range(*flight, freq="M")) for flight in flights], axis=0).astype(float)


FLIGHTS = (("2018-01", "2018-03"), ("2018-10", "2019-01"), ("2020-02", "2020-05"))


def test_flights_with_ratios_of_their_own() -> None:
    sizes = np.log([1.5, 1.0, 2.0])
    added = np.sum([size * _active(flight) for size, flight in zip(sizes, FLIGHTS, strict=True)], axis=0)
    effects = _effects(added, 1, flights=Flights(FLIGHTS, separate=True))
    for number, size in enumerate(sizes, 1):
        assert _held(effects, f"flight {number}", np.exp(size)) >= ENOUGH
    on = _active(*FLIGHTS) > 0
    whole = lambda base: (base * np.exp(added))[on].sum() / base[on].sum()  # noqa: E731
    assert _held(effects, "active over inactive", whole) >= ENOUGH


def test_flights_without_an_effect() -> None:
    effects = _effects(np.zeros(N), 2, flights=FLIGHTS)
    assert _held(effects, "level_change", 1.0) >= ENOUGH
    assert _held(effects, "active over inactive", 1.0) >= ENOUGH


def test_two_launches() -> None:
    second = (SINCE >= 18).astype(float)
    effects = _effects(np.log(1.4) * (SINCE >= 0) + np.log(1.6) * second, 3, launches=["2019-07"], slope=False)
    assert _held(effects, "launch 1", 1.4) >= ENOUGH
    assert _held(effects, "launch 2", 1.6) >= ENOUGH


def test_a_second_launch_without_an_effect() -> None:
    effects = _effects(np.log(1.4) * (SINCE >= 0), 4, launches=["2019-07"], slope=False)
    assert _held(effects, "launch 2", 1.0) >= ENOUGH


def test_end_of_campaign_and_what_persisted() -> None:
    running, after = (SINCE >= 0) & (SINCE < 18), SINCE >= 18
    added = np.log(2.0) * running + np.log(1.5) * after
    effects = _effects(added, 5, off="2019-06", slope=False)
    assert _held(effects, "while running", 2.0) >= ENOUGH
    assert _held(effects, "after the end", 1.5) >= ENOUGH
    shares = [effect.components["share that persisted"] for effect, _ in effects]
    given = [share for share in shares if isinstance(share, Estimate)]
    assert len(given) >= 0.9 * SERIES
    assert sum(share.lower <= 0.5 <= share.upper for share in given) >= ENOUGH - (SERIES - len(given))


@pytest.mark.parametrize("decay", [0.7, "estimate"])
@pytest.mark.parametrize(("ratio", "rate"), [(2.0, 0.7), (1.0, 0.7)])
def test_a_fading_pulse_of_known_and_unknown_rate(decay: Any, ratio: float, rate: float) -> None:
    added = np.where(SINCE >= 0, np.log(ratio) * rate ** np.maximum(SINCE, 0), 0.0)
    effects = _effects(added, 6, decay=decay)
    whole = lambda base: (base * np.exp(added))[L:].sum() / base[L:].sum()  # noqa: E731
    assert _held(effects, "rate_ratio", whole) >= ENOUGH
    assert _held(effects, "level_change", ratio) >= ENOUGH
    if decay == "estimate":
        assert _held(effects, "share left a period later", rate) >= ENOUGH


def test_a_step_that_builds_up() -> None:
    added = np.where(SINCE >= 0, np.log(1.6) * (1 - 0.7 ** (np.maximum(SINCE, 0) + 1)), 0.0)
    effects = _effects(added, 7, decay=Decay(0.7, form="step"))
    assert _held(effects, "builds up to", 1.6) >= ENOUGH


@pytest.mark.parametrize("ratio", [1.0, 1.3])
def test_two_years_of_days_with_a_strong_week(ratio: float) -> None:
    """Sundays have a fifth of the contacts of Mondays, bank holidays half; the level change keeps its coverage."""
    days = pd.period_range("2021-01-01", periods=730, freq="D")
    week = np.log([1.0, 0.9, 0.9, 0.85, 0.8, 0.3, 0.2])[np.asarray(days.day_of_week)]
    rng = np.random.default_rng(8)
    launch = np.asarray(days >= "2022-03-01")
    held = weekday = 0
    for _ in range(SERIES):
        series = pd.Series(0.0, days)
        spec = DesignSpec(harmonics=1, slope=False)
        log_mean = np.log(20) + _latent(rng, 730, 0.4, 0.2) + week + np.log(ratio) * launch
        series[:] = rng.poisson(np.exp(log_mean))
        fit = Latent().fit(build_design(series, "2022-03-01", spec))
        lower, upper = np.exp(fit.marginal("level").quantile([0.025, 0.975]))
        held += lower <= ratio <= upper
        lower, upper = np.exp(fit.marginal("Sunday").quantile([0.025, 0.975]))
        weekday += lower <= 0.2 <= upper
    assert held >= ENOUGH
    assert weekday >= ENOUGH
