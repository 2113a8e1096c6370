"""A season that changes and a trend that wanders are seen under the latent model, and seldom where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import estimate_effect
from evalkit.check import drift, season_changes
from evalkit.check.wandering import wandering_columns
from evalkit.vocab import Outcome

T = np.arange(96)


def _counts(log_rate: np.ndarray, mean: float = 300, seed: int = 1) -> pd.Series:
    counts = np.random.default_rng(seed).poisson(mean * np.exp(log_rate))
    return pd.Series(counts.astype(float), pd.period_range("2012-01", periods=len(counts), freq="M"))


def _effect(series: pd.Series, launch: str = "2016-01", **options: object):
    return estimate_effect(series, launch, second_opinion=False, **({"harmonics": 1} | options))


def _season(amplitude: float, shift: int = 0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * (T - shift) / 12)


def test_a_constant_season_passes() -> None:
    found = season_changes(_effect(_counts(_season(0.3), seed=2)))
    assert found.outcome is Outcome.PASSED
    assert found.table is not None
    assert found.table["earlier"].iloc[3] == pytest.approx(np.exp(0.3), abs=0.06)
    assert len(found.table) == 12


@pytest.mark.slow
def test_a_constant_season_seldom_fails() -> None:
    """5 % nominal: of 60 series at most eight (probability of more: below 0.005)."""
    outcomes = [season_changes(_effect(_counts(_season(0.3), seed=seed))).outcome for seed in range(60)]
    assert outcomes.count(Outcome.FAILED) <= 8


@pytest.mark.parametrize("later", [_season(0.6), _season(0.3, 3), _season(0.0)])
def test_another_amplitude_another_phase_and_no_season_any_more_fail(later: np.ndarray) -> None:
    found = season_changes(_effect(_counts(np.where(T < 48, _season(0.3), later))))
    assert found.outcome is Outcome.FAILED
    assert found.figures["tail"] < 0.05


def test_a_season_change_is_inconclusive_with_a_few_contacts_a_month() -> None:
    found = season_changes(_effect(_counts(_season(0.3)[:48], mean=4), launch="2014-01"))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_season_change_is_not_run_without_a_season_or_without_years() -> None:
    assert season_changes(_effect(_counts(_season(0.0)), harmonics=0)).outcome is Outcome.NOT_RUN
    short = _counts(_season(0.3)[:24])
    found = season_changes(_effect(short, launch="2013-07"))
    assert found.outcome is Outcome.NOT_RUN
    assert "two parts of a year" in found.statement


def test_a_short_window_has_its_season_compared_within_the_time_before() -> None:
    changed = _counts(np.where(T < 24, _season(0.3), _season(0.3, 6)))
    found = season_changes(_effect(changed, launch="2019-07"))
    assert "halves of the time before launch" in found.statement
    assert found.outcome is Outcome.FAILED


def test_a_season_of_indicators_is_checked_too() -> None:
    found = season_changes(_effect(_counts(np.where(T < 48, _season(0.3), _season(0.3, 6))), season="indicators"))
    assert found.outcome is Outcome.FAILED
    same = season_changes(_effect(_counts(_season(0.3)), season="indicators"))
    assert same.table["earlier"].iloc[3] == pytest.approx(np.exp(0.3), abs=0.08)


def test_the_level_of_exposure_does_not_matter() -> None:
    series = _counts(_season(0.3))
    plain, scaled = (season_changes(_effect(series, exposure=exposure)).figures for exposure in (1.0, 40_000.0))
    assert plain["change"] == pytest.approx(scaled["change"], rel=1e-3)


def test_a_straight_trend_passes() -> None:
    found = drift(_effect(_counts(0.1 * T / 12)))
    assert found.outcome is Outcome.PASSED
    assert found.table is not None
    assert ((found.table["lower"] < 1) & (found.table["upper"] > 1)).mean() > 0.9


def test_a_trend_that_bends_up_and_down_fails() -> None:
    found = drift(_effect(_counts(0.3 * np.sin(2 * np.pi * T / 60), mean=800)))
    assert found.outcome is Outcome.FAILED
    assert found.figures["odds"] > 3


def test_strong_autocorrelation_is_inconclusive() -> None:
    """AR(1) with rho 0.9: against a process that forgets it looks like a drift, against the model's own it does not."""
    rng = np.random.default_rng(12)
    u = np.zeros(96)
    for t in range(1, 96):
        u[t] = 0.9 * u[t - 1] + 0.1 * rng.standard_normal()
    assert drift(_effect(_counts(u))).outcome is Outcome.INCONCLUSIVE


def test_a_drift_is_not_looked_for_without_a_fit(not_estimable) -> None:
    assert drift(not_estimable).outcome is Outcome.NOT_RUN
    assert season_changes(not_estimable).outcome is Outcome.NOT_RUN


def test_drift_columns_have_the_covariance_of_a_random_walk() -> None:
    """The variance of the difference over k months is k steps' worth, less what the cut-off at nine cosines loses."""
    design = _effect(_counts(0.0 * T)).design
    columns, sds = wandering_columns(design, yearly=0.1)
    basis = np.column_stack(list(columns.values())) * np.array(list(sds.values()))
    for months in (24, 36, 48):
        difference = basis[24 + months] - basis[24]
        assert difference @ difference == pytest.approx(0.01 * months / 12, rel=0.2)
