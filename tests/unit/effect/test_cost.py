"""Cost per additional contact: the interval turned over, and no figure where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.effect import Estimate, NotEstimable, Window, cost_per_contact

WINDOW = Window(start=pd.Period("2019-05", "M"), end=pd.Period("2020-12", "M"), periods=20)


def total(value: float, lower: float, upper: float) -> Estimate:
    return Estimate(
        name="cumulative_effect", value=value, lower=lower, upper=upper, level=0.95, unit="contacts", window=WINDOW
    )


def test_the_interval_is_turned_over() -> None:
    found = cost_per_contact(total(200, 100, 400), 10_000, currency="GBP")
    assert isinstance(found, Estimate)
    assert (found.value, found.lower, found.upper) == (50, 25, 100)
    assert (found.unit, found.level, found.window) == ("GBP per contact", 0.95, WINDOW)


def test_the_interval_keeps_its_content() -> None:
    draws = np.random.default_rng(1).gamma(20, 10, 4000)
    ends = np.quantile(draws, [0.025, 0.5, 0.975], method="inverted_cdf")
    found = cost_per_contact(total(ends[1], ends[0], ends[2]), 5000, currency="EUR")
    assert isinstance(found, Estimate)
    inside = ((5000 / draws >= found.lower) & (5000 / draws <= found.upper)).mean()
    assert inside == pytest.approx(((draws >= ends[0]) & (draws <= ends[2])).mean())


@pytest.mark.parametrize(
    ("lower", "value", "upper", "why"),
    [(-50, 20, 90, "includes none"), (0, 20, 90, "includes none"), (-90, -50, -10, "fewer"), (-9, -4, 0, "includes")],
)
def test_an_interval_that_holds_none_has_no_cost(lower: float, value: float, upper: float, why: str) -> None:
    found = cost_per_contact(total(value, lower, upper), 10_000, currency="GBP")
    assert isinstance(found, NotEstimable)
    assert why in found.reason


@pytest.mark.parametrize("unit", ["people", "offences"])
def test_there_is_no_cost_per_person_or_offence(unit: str) -> None:
    found = cost_per_contact(total(200, 100, 400), 10_000, currency="GBP", unit=unit)
    assert isinstance(found, NotEstimable)
    assert unit in found.reason


def test_what_cannot_be_estimated_costs_nothing_that_can_be_said() -> None:
    assert isinstance(cost_per_contact(NotEstimable("why"), 1, currency="GBP"), NotEstimable)


def test_a_campaign_that_cost_nothing_costs_nothing_a_contact() -> None:
    found = cost_per_contact(total(200, 100, 400), 0, currency="GBP")
    assert isinstance(found, Estimate)
    assert (found.value, found.upper) == (0, 0)
