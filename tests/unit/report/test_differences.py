"""A model of differences: nothing that a reader sees calls a difference a ratio, or a measure contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.check import sparse_data
from evalkit.claim import check_claim
from evalkit.claim.net import explained
from evalkit.effect import Effect, Estimate, estimate_effect
from evalkit.model import Arima, Controlled, Segmented, Synthetic
from evalkit.report import (
    describe_counterfactual,
    describe_effect,
    finding_sentence,
    plot_counterfactual,
    plot_effect,
    tables,
)
from evalkit.report.content import ChannelResult
from evalkit.vocab import Outcome, VerdictKind

PERIODS = pd.period_range("2014-01", periods=60, freq="M")
LAUNCH = "2017-03"


def _counts(seed: int, ratio: float = 1.0) -> pd.Series:
    rng = np.random.default_rng(seed)
    season = 0.3 * np.cos(2 * np.pi * np.arange(60) / 12)
    post = pd.Period(LAUNCH) <= PERIODS
    return pd.Series(rng.poisson(90 * np.exp(season) * ratio**post), PERIODS, dtype=float)


@pytest.fixture(scope="module")
def difference() -> Effect:
    return estimate_effect(_counts(1, 1.4), LAUNCH, model=Arima(scale="identity"), second_opinion=False)


def _measure(model: Segmented | Controlled | Synthetic) -> Effect:
    controls = pd.DataFrame({f"region {j}": _counts(10 + j) / 8 for j in range(4)})
    beside = None if isinstance(model, Segmented) else controls
    return estimate_effect(_counts(1, 1.4) / 8, LAUNCH, model=model, controls=beside)


@pytest.fixture(
    scope="module",
    params=[Segmented(family="gaussian"), Controlled(family="gaussian"), Synthetic(kind="measure")],
    ids=["segmented", "controlled", "synthetic"],
)
def measured(request: pytest.FixtureRequest) -> Effect:
    return _measure(request.param)


def test_a_change_of_level_in_contacts_says_so(difference: Effect) -> None:
    table = tables.estimates_table([ChannelResult(channel="helpline", effect=difference)], "contacts")
    quantities = [row[1] for row in table.rows]
    assert "Change of level at launch (contacts)" in quantities
    assert "Change of slope, per year (contacts)" in quantities
    assert "Rate ratio over the whole window" in quantities


def test_the_part_of_the_season_is_not_read_off_coefficients_that_add(difference: Effect) -> None:
    """Their exponential would be a factor of thousands."""
    early, late = PERIODS[pd.Period(LAUNCH) > PERIODS], PERIODS[pd.Period(LAUNCH) <= PERIODS]
    found = explained(difference, early[-5:], late[:5])
    assert found is not None
    assert found.season is None
    on_logs = estimate_effect(_counts(1, 1.4), LAUNCH, model="arima", second_opinion=False)
    same = explained(on_logs, early[-5:], late[:5])
    assert same is not None
    assert same.season is not None


def test_no_sentence_calls_a_measure_contacts(measured: Effect) -> None:
    texts = [
        measured.summary(),
        finding_sentence(measured),
        describe_counterfactual(measured),
        describe_effect(measured),
        plot_counterfactual(measured).get_ylabel(),
        plot_effect(measured)[0].get_ylabel(),
    ]
    for text in texts:
        assert "contact" not in text.lower()
    assert "units of the measure" in texts[1]


def test_a_small_total_of_a_measure_keeps_its_decimals() -> None:
    effect = estimate_effect(_counts(1, 1.4) / 5000, LAUNCH, model=Segmented(family="gaussian"))
    assert isinstance(effect.cumulative_effect, Estimate)
    assert 0 < effect.cumulative_effect.value < 1
    assert "about 0 " not in finding_sentence(effect)


def test_a_claim_about_contacts_is_not_held_against_a_measure(measured: Effect) -> None:
    verdict = check_claim("threefold", measured)
    assert verdict.kind is VerdictKind.CANNOT_BE_CHECKED
    assert verdict.reasons[0] == "The effect is on a measure that is no count, and the claim is about contacts."


def test_a_measure_is_not_judged_by_its_number_of_contacts(measured: Effect) -> None:
    result = sparse_data(measured)
    assert result.outcome is Outcome.NOT_RUN
