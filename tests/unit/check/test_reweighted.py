"""Weighted draws in the place of refits: what they say, and when they are not used."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit import Effect
from evalkit.check import elsewhere
from evalkit.check.context import CheckContext
from evalkit.check.elsewhere import placebo_in_space, spill_over
from evalkit.check.influence import leave_one_period_out
from evalkit.check.refit import log_sd, without_periods
from evalkit.check.reweighted import without_each
from evalkit.effect import Estimate, Sampling
from evalkit.effect.compute import ratio_or_reason


@pytest.fixture(scope="module")
def effect(poisson, effect_of_series) -> Effect:
    rng = np.random.default_rng(3)
    series = poisson(mean=40, ratio=1.3)
    series[:] = rng.poisson(series * np.exp(0.15 * rng.standard_normal(72)))
    return effect_of_series(series, model="latent", slope=True, events={"visit": ("2016-03", "2016-03")})


def test_weighted_draws_say_what_a_refit_says(effect: Effect) -> None:
    """Against refits on the full grid with 16 times as many draws as a refit of the checks; in standard deviations."""
    used = np.flatnonzero(effect.design.used)
    found = without_each(effect.fit, used, 0.95)
    assert found.steady.sum() > 60
    away = []
    for row in np.flatnonzero(found.steady)[::9]:
        fit = effect.options.fit(without_periods(effect.design, used[[row]]))
        wanted = ratio_or_reason(fit, level=0.95, sampling=Sampling(seed=1))
        assert isinstance(wanted, Estimate)
        own = found.table.loc[row, ["value", "lower", "upper"]].to_numpy(dtype=float)
        away.append(np.log(own / [wanted.value, wanted.lower, wanted.upper]) / log_sd(wanted))
    size = np.sqrt(np.mean(np.square(away), axis=0))
    assert (size < [0.05, 0.15, 0.15]).all()  # the ends of refits with 500 draws are off by 0.2


def test_a_month_with_a_term_of_its_own_is_left_to_a_refit_that_says_why(effect: Effect) -> None:
    table = leave_one_period_out(effect).table
    assert table is not None
    row = table.set_index("period").loc["2016-03"]
    assert np.isnan(row["value"])
    assert "visit" in row["reason"]
    assert table["value"].notna().sum() == 71
    assert list(table["period"]) == [str(period) for period in effect.design.periods]


def test_months_without_contacts_are_looked_at_one_by_one(poisson, effect_of_series) -> None:
    series = poisson(mean=30, ratio=1.3)
    series.iloc[[5, 60]] = 0
    table = leave_one_period_out(effect_of_series(series, model="latent")).table
    assert table is not None
    assert table["value"].notna().all()


def test_regions_are_analysed_once_for_both_checks(poisson, effect_of_series, monkeypatch) -> None:
    asked = []
    real = elsewhere.refitted
    monkeypatch.setattr(elsewhere, "refitted", lambda *given: asked.append(1) or real(*given))
    context = CheckContext(regions={f"Region {k}": poisson(100 + k) for k in range(3)})
    effect = effect_of_series(poisson(ratio=1.5))
    placebo_in_space(effect, context)
    spill_over(effect, context)
    assert len(asked) == 1
    spill_over(effect, CheckContext(regions=context.regions, neighbours=("Region 1",)))
    assert len(asked) == 2
