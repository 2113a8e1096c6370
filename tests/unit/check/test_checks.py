"""Each check passes where the model holds and raises a concern where it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit import Segmented, estimate_effect, run_checks
from evalkit.check import overdispersion, placebo_in_time, residual_autocorrelation, second_method
from evalkit.errors import UsageError
from evalkit.vocab import Outcome


def _series(counts: np.ndarray) -> pd.Series:
    return pd.Series(counts.astype(float), pd.period_range("2014-01", periods=len(counts), freq="M"))


def _poisson(seed: int = 3, mean: float = 80) -> pd.Series:
    return _series(np.random.default_rng(seed).poisson(mean, 72))


def _autocorrelated(seed: int = 3) -> pd.Series:
    rng = np.random.default_rng(seed)
    u = np.zeros(72)
    for t in range(1, 72):
        u[t] = 0.85 * u[t - 1] + 0.2 * rng.standard_normal()
    return _series(rng.poisson(80 * np.exp(u)))


def _effect(series: pd.Series, **options: object):
    model = Segmented(family="poisson")
    return estimate_effect(series, "2018-01", **({"model": model, "slope": False} | options))


def test_poisson_counts_pass_the_residual_checks() -> None:
    effect = _effect(_poisson())
    assert residual_autocorrelation(effect).outcome is Outcome.PASSED
    assert overdispersion(effect).outcome is Outcome.PASSED


def test_autocorrelated_counts_raise_both_concerns() -> None:
    effect = _effect(_autocorrelated())
    check = residual_autocorrelation(effect)
    assert check.outcome is Outcome.FAILED
    assert check.figures["autocorrelation"] > check.figures["upper"]
    assert f"{check.figures['autocorrelation']:.2f}" in check.statement
    assert overdispersion(effect).outcome is Outcome.FAILED


def test_quasi_poisson_answers_the_overdispersion_but_not_the_autocorrelation() -> None:
    effect = _effect(_autocorrelated(), model=Segmented(family="quasi-poisson"))
    assert overdispersion(effect).outcome is Outcome.PASSED
    assert residual_autocorrelation(effect).outcome is Outcome.FAILED


def test_residual_checks_are_rarely_wrong_on_counts_that_fit() -> None:
    """One-sided at 2.5 %: of 60 series at most six may raise a concern (probability of more: below 0.001)."""
    concerns = sum(residual_autocorrelation(_effect(_poisson(seed))).outcome is Outcome.FAILED for seed in range(60))
    assert concerns <= 6


def test_placebo_passes_where_nothing_happened_and_warns_of_an_earlier_jump() -> None:
    quiet = _poisson()
    assert placebo_in_time(_effect(quiet)).outcome is Outcome.PASSED
    jump = quiet.copy()
    jump.iloc[30:] *= 2
    check = placebo_in_time(_effect(jump), launch=pd.Period("2016-07", "M"))
    assert check.outcome is Outcome.FAILED
    assert "2016-07" in check.statement
    assert check.figures["lower"] > 1


def test_placebo_never_sees_the_data_after_the_true_launch() -> None:
    quiet = _poisson()
    loud = quiet.copy()
    loud.iloc[48:] *= 30
    assert placebo_in_time(_effect(loud)).figures == placebo_in_time(_effect(quiet)).figures


def _with_placebo(monkeypatch: pytest.MonkeyPatch, value: float, lower: float, upper: float):
    """The check of a quiet series whose false launch gives this rate ratio."""
    effect = _effect(_poisson())
    false = replace(effect, rate_ratio=replace(effect.rate_ratio, value=value, lower=lower, upper=upper))
    false = replace(false, level_change=replace(effect.level_change, value=1.0, lower=0.5, upper=2.0))
    monkeypatch.setattr("evalkit.check.placebo.effect_of", lambda *_, **__: false)
    return placebo_in_time(effect)


@pytest.mark.parametrize(
    ("ratio", "outcome", "words"),
    [
        ((1.02, 0.90, 1.15), Outcome.PASSED, ": no change was shown."),
        ((0.42, 0.07, 1.42), Outcome.PASSED, ": no change was shown, but a fall by a third is possible."),
        ((1.40, 0.90, 2.20), Outcome.PASSED, ": no change was shown, but a rise by half is possible."),
        ((0.90, 0.30, 2.70), Outcome.INCONCLUSIVE, ": too wide to tell, as the interval holds both 0.67 and 1.50."),
        ((1.60, 1.10, 2.30), Outcome.FAILED, ": an effect where there was no campaign."),
    ],
)
def test_a_placebo_that_shows_nothing_is_not_called_no_effect(monkeypatch, ratio, outcome, words) -> None:
    check = _with_placebo(monkeypatch, *ratio)
    assert check.outcome is outcome
    assert check.statement.endswith(words)
    assert "no effect" not in check.statement


def test_a_false_launch_may_be_written_as_text() -> None:
    effect = _effect(_poisson())
    assert placebo_in_time(effect, "2016-07") == placebo_in_time(effect, pd.Period("2016-07", "M"))
    with pytest.raises(UsageError, match="2016"):
        placebo_in_time(effect, "2016")


def test_residual_checks_of_a_forecast_look_at_what_it_was_fitted_to() -> None:
    quiet = _poisson()
    loud = quiet.copy()
    loud.iloc[48:] *= np.where(np.arange(24) % 2, 30, 3)
    for check in (residual_autocorrelation, overdispersion):
        before = check(_effect(quiet, model="forecast"))
        after = check(_effect(loud, model="forecast"))
        assert after.figures == before.figures
        assert after.outcome is Outcome.PASSED


def test_false_launch_leaves_as_long_a_window_as_the_true_one() -> None:
    assert "2016-01" in placebo_in_time(_effect(_poisson())).statement


def test_second_method_states_agreement_and_disagreement() -> None:
    effect = _effect(_poisson())
    assert second_method(effect).outcome is Outcome.NOT_RUN
    agreeing = replace(effect, second_opinion=effect)
    assert second_method(agreeing).outcome is Outcome.PASSED
    louder = _poisson()
    louder.iloc[48:] *= 3
    opposed = replace(effect, second_opinion=_effect(louder))
    check = second_method(opposed)
    assert check.outcome is Outcome.FAILED
    assert "disagree" in check.statement


def test_nothing_is_checked_where_nothing_is_estimable() -> None:
    effect = estimate_effect(_poisson(), "2014-04", model="segmented")
    outcomes = {check.outcome for check in run_checks(effect)}
    assert outcomes == {Outcome.NOT_RUN}
    assert all("needs at least 12" in c.statement or "no second method" in c.statement for c in run_checks(effect))


@pytest.mark.parametrize("missing", [[5], [5, 6, 7], list(range(48, 60))])
def test_checks_survive_missing_periods(missing: list[int]) -> None:
    series = _poisson()
    series.iloc[missing] = np.nan
    for check in run_checks(_effect(series)):
        assert np.isfinite(list(check.figures.values())).all()
