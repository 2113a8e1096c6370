"""Leaving something out, other priors, other designs: how far the estimate moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit import estimate_effect
from evalkit.check import (
    CheckContext,
    leave_one_control_out,
    leave_one_period_out,
    model_probability,
    prior_sensitivity,
    second_method,
)
from evalkit.check.moves import judged, moved
from evalkit.check.refit import base_row
from evalkit.vocab import Outcome

NOTHING = CheckContext()


def _table(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["value", "lower", "upper"]).assign(sd=0.1, reason="")


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ((1.31, 1.08, 1.58), Outcome.PASSED),
        ((1.23, 0.99, 1.60), Outcome.FAILED),  # moves by 0.55 sd, and its lower end across 1
        ((1.48, 1.22, 1.78), Outcome.FAILED),  # moves by 1.3 sd
    ],
)
def test_one_rule_for_every_move(row: tuple[float, float, float], outcome: Outcome) -> None:
    assert judged(moved(_table(row), (1.30, 1.08, 1.57, 0.1))) is outcome


def test_an_interval_that_just_crosses_is_inconclusive() -> None:
    assert judged(moved(_table((1.25, 0.99, 1.58)), (1.26, 1.01, 1.58, 0.1))) is Outcome.INCONCLUSIVE


def test_no_single_month_carries_a_steady_change(poisson, effect_of_series) -> None:
    found = leave_one_period_out(effect_of_series(poisson(ratio=1.5)))
    assert found.outcome is Outcome.PASSED
    assert len(found.table) == 72
    assert found.figures["largest_move"] < 1


def test_one_enormous_month_carries_the_finding_and_is_named(poisson, effect_of_series) -> None:
    series = poisson()
    series.iloc[50] *= 8
    found = leave_one_period_out(effect_of_series(series, model="segmented"))
    assert found.outcome is Outcome.FAILED
    assert "2018-03" in found.statement


def test_a_finding_that_hangs_by_a_thread_is_inconclusive(poisson, effect_of_series) -> None:
    """A true ratio of 1.06, and a seed whose interval ends just above 1."""
    found = leave_one_period_out(effect_of_series(poisson(10, ratio=1.06)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "and" in found.statement
    assert "more" in found.statement


def test_what_changes_is_measured_against_the_reported_interval(poisson, effect_of_series) -> None:
    """The same model with few draws may end on the other side of 1; "not without" must not name periods that agree."""
    effect = effect_of_series(poisson(10, ratio=1.06))
    own = effect.rate_ratio
    assert base_row(effect.design, effect.options, own)[1:3] == (own.lower, own.upper)
    table = leave_one_period_out(effect).table
    assert own.lower > 1
    assert (table.loc[table["changes"], "lower"] <= 1).all()
    assert (table.loc[~table["changes"], "lower"] > 1).all()


def test_long_series_are_left_out_in_runs(effect_of_series) -> None:
    days = pd.period_range("2019-01-01", periods=400, freq="D")
    counts = pd.Series(np.random.default_rng(4).poisson(20, 400).astype(float), days)
    found = leave_one_period_out(effect_of_series(counts, launch="2020-01-01", model="segmented"))
    assert len(found.table) == 100
    assert found.table["period"].iloc[0] == "2019-01-01 to 2019-01-04"


def _controlled(poisson, **options: object):
    rng = np.random.default_rng(8)
    index = poisson().index
    common = np.exp(0.3 * np.sin(np.arange(72) / 5))
    controls = pd.DataFrame({name: rng.poisson(100 * common).astype(float) for name in "ABC"}, index=index)
    series = pd.Series(rng.poisson(80 * common).astype(float), index)
    effect = estimate_effect(
        series, "2018-01", model="segmented", controls=controls, slope=False, second_opinion=False, **options
    )
    return effect, controls


def test_no_comparison_region_carries_the_finding(poisson) -> None:
    effect, controls = _controlled(poisson)
    found = leave_one_control_out(effect, CheckContext(controls=controls))
    assert found.outcome is Outcome.PASSED
    assert list(found.table["region"]) == ["A", "B", "C"]


def test_a_comparison_region_that_broke_is_named(poisson) -> None:
    """One region that trebles at the launch drags the total: without it the estimate moves by a standard deviation."""
    effect, controls = _controlled(poisson)
    series = effect.path["observed"]
    broken = controls.assign(C=controls["C"] * np.where(np.arange(72) >= 48, 3.0, 1.0))
    effect = estimate_effect(series, "2018-01", model="segmented", controls=broken, slope=False, second_opinion=False)
    found = leave_one_control_out(effect, CheckContext(controls=broken))
    assert found.outcome is Outcome.FAILED
    assert "C" in found.statement


def test_comparison_regions_are_not_left_out_where_there_are_none_or_one(poisson, effect_of_series) -> None:
    assert leave_one_control_out(effect_of_series(poisson()), NOTHING).outcome is Outcome.NOT_RUN
    effect, controls = _controlled(poisson)
    assert "were not given" in leave_one_control_out(effect, NOTHING).statement
    assert "only one" in leave_one_control_out(effect, CheckContext(controls=controls[["A"]])).statement


def test_priors_do_not_carry_a_large_change_and_are_asked_of_the_latent_model_only(poisson, effect_of_series) -> None:
    found = prior_sensitivity(effect_of_series(poisson(ratio=2), model="latent"))
    assert found.outcome is Outcome.PASSED
    assert len(found.table) == 6
    assert prior_sensitivity(effect_of_series(poisson())).outcome is Outcome.NOT_RUN


def test_designs_are_weighed_by_their_marginal_likelihood(poisson, effect_of_series) -> None:
    quiet = model_probability(effect_of_series(poisson(ratio=1.5, season=0.3), model="latent"))
    assert quiet.outcome is Outcome.PASSED
    assert quiet.table["probability"].iloc[:-1].sum() == pytest.approx(1)
    bent = poisson(mean=400)
    bent.iloc[24:] *= np.exp(0.4 * np.arange(48) / 12)
    found = model_probability(effect_of_series(bent.round(), model="latent"))
    probability = found.table.set_index("design")["probability"]
    assert probability["a bend of the trend"] > probability["as asked"]
    assert model_probability(effect_of_series(poisson())).outcome is Outcome.NOT_RUN


def test_a_change_that_is_a_bend_of_the_trend_does_not_stay(poisson, effect_of_series) -> None:
    """Contacts rise steadily from the middle of the time before launch on, and the design has no such bend."""
    t = np.arange(72)
    rate = 400 * np.exp(0.5 * np.maximum(t - 24, 0) / 12)
    counts = pd.Series(np.random.default_rng(3).poisson(rate).astype(float), poisson().index)
    found = model_probability(effect_of_series(counts, model="latent", trend=False))
    assert found.outcome is Outcome.FAILED


def test_second_method_states_agreement_and_disagreement(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    assert second_method(effect).outcome is Outcome.NOT_RUN
    assert second_method(replace(effect, second_opinion=effect)).outcome is Outcome.PASSED
    found = second_method(replace(effect, second_opinion=effect_of_series(poisson(ratio=3))))
    assert found.outcome is Outcome.FAILED
    assert "disagree" in found.statement
