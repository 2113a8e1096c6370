"""An attacker with a solver of his own, who knows everything that is published and the rules, finds out nothing.

The attacker's unknowns are the months (or quarters) of every region and channel, whole numbers of 0 or more. He knows
what was published of each count and total, and of every count left out as small that it is one. He asks a solver for
the least and the greatest value of each protected count. This is written apart from the library's own method: all
months at once, both ends sought instead of one example each.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from evalkit.evaluation import DisclosureSettings
from evalkit.report.disclosure.plan import DisclosurePlan, plan_disclosure
from evalkit.report.disclosure.primary import published_level, totals
from evalkit.report.disclosure.profiles import named_profile

ALL = "(all)"
PROFILES = ("default", "midpoint6", "threshold10")
RANGES = {"default": (1, 7), "midpoint6": (1, 6), "threshold10": (1, 9)}
SOME = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "derandomize": True}
FEW = settings(max_examples=5, **SOME)
MANY = settings(max_examples=20, **SOME)


def printed_for(profile: str, value: int) -> tuple[int, int]:
    """The counts that give a printed value, by trying them all."""
    rules = named_profile(profile)
    counts = [count for count in range(max(value - 10, 0), value + 11) if rules.published(count) == value]
    return min(counts), max(counts)


class Attacker:
    """Everything published by one or several plans as inequalities over the finest counts."""

    def __init__(self, series: dict[tuple[str, str], pd.Series], *plans: DisclosurePlan) -> None:
        self.unknowns = [(*key, period) for key, counts in series.items() for period in counts.index]
        self.rows = [np.ones(len(self.unknowns))]
        self.low, self.high = [0.0], [1e6]
        for plan in plans:
            small = {(entry.region, entry.channel, entry.period) for entry in plan.log if entry.rule == "small count"}
            for address, value in plan.cells.items():
                named = tuple(
                    word if part == ALL else part
                    for part, word in zip(address, ("all regions", "all channels", ""), strict=True)
                )
                if value is not None:
                    self.know(address, *printed_for(plan.profile.name, value))
                elif named in small:
                    self.know(address, *RANGES[plan.profile.name])

    def mask(self, address: tuple[str, str, str]) -> np.ndarray:
        region, channel, period = address
        when = pd.Period(period)
        return np.array(
            [
                region in (ALL, own) and channel in (ALL, kind) and when.start_time <= at.start_time <= when.end_time
                for own, kind, at in self.unknowns
            ],
            dtype=float,
        )

    def know(self, address: tuple[str, str, str], low: int, high: int) -> None:
        self.rows.append(self.mask(address))
        self.low.append(low)
        self.high.append(high)

    def range_of(self, address: tuple[str, str, str]) -> tuple[int, int]:
        """Least and greatest value of a count that agree with everything known."""
        wanted = self.mask(address)
        known = LinearConstraint(np.array(self.rows), self.low, self.high)
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * wanted,
                constraints=known,
                integrality=np.ones(len(wanted)),
                bounds=Bounds(0, 5000),
            )
            assert found.x is not None, found.message
            ends.append(round(float(wanted @ found.x)))
        return ends[0], ends[1]


def protected(series: dict[tuple[str, str], pd.Series], plan: DisclosurePlan) -> list[tuple[str, str, str]]:
    """Every count, total and shorter period in the protected range, published by itself or not."""
    least, most = RANGES[plan.profile.name]
    found = []
    for key, counts in series.items():
        for level in dict.fromkeys((published_level(counts, named_profile("internal")), plan.levels[key] or "Y", "Y")):
            at_level = totals(counts, level).dropna()
            found += [(*key, str(period)) for period, count in at_level.items() if least <= count <= most]
    return found


@st.composite
def contacts(draw: st.DrawFn, *, years: int = 1, frequency: str = "Q") -> dict[tuple[str, str], pd.Series]:
    """Two or three regions and one or two channels, with small, middling and no counts."""
    regions = [f"Region {number}" for number in range(draw(st.integers(1, 3)))]
    channels = ["helpline", "website"][: draw(st.integers(1, 2))]
    index = pd.period_range("2018", periods=years * {"Q": 4, "M": 12}[frequency], freq=frequency)
    made = {}
    for region in regions:
        for channel in channels:
            level = draw(st.sampled_from([2, 12, 30, 90]))
            counts = draw(st.lists(st.integers(0, level), min_size=len(index), max_size=len(index)))
            if level >= 12 and draw(st.booleans()):  # few small counts among larger ones: published as they are
                counts = [count + 8 for count in counts]
                counts[draw(st.integers(0, len(counts) - 1))] = draw(st.integers(0, 9))
            made[region, channel] = pd.Series(counts, index, dtype=float)
    return made


@pytest.mark.parametrize("profile", PROFILES)
@FEW
@given(series=contacts(years=3))
def test_no_small_count_is_printed_and_everything_else_is_rounded(profile, series) -> None:
    plan = plan_disclosure(series, DisclosureSettings(profile=profile))
    rules, (least, most) = named_profile(profile), RANGES[profile]
    for (region, channel, period), value in plan.cells.items():
        keys = [key for key in series if region in (ALL, key[0]) and channel in (ALL, key[1])]
        when = pd.Period(period)
        count = sum(
            int(series[key][[when.start_time <= at.start_time <= when.end_time for at in series[key].index]].sum())
            for key in keys
        )
        if profile == "midpoint6":
            assert value is None or value == (6 * -(-count // 6) - 3 if count else 0)
        elif least <= count <= most:
            assert value is None
        else:
            assert value is None or (value % 5 == 0 and abs(value - count) <= 2)
        assert value is None or rules.bounds(count) == printed_for(profile, value)


@pytest.mark.parametrize("profile", PROFILES)
@FEW
@given(series=contacts(years=3))
def test_an_attacker_cannot_narrow_a_protected_count(profile, series) -> None:
    _attack(profile, series)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
@MANY
@given(series=st.one_of(contacts(years=3), contacts(years=2, frequency="M")))
def test_an_attacker_cannot_narrow_a_protected_count_of_many_tables(profile, series) -> None:
    _attack(profile, series)


def _attack(profile: str, series: dict[tuple[str, str], pd.Series]) -> None:
    plan = plan_disclosure(series, DisclosureSettings(profile=profile))
    attacker = Attacker(series, plan)
    least, most = RANGES[profile]
    for address in protected(series, plan):
        low, high = attacker.range_of(address)
        assert low <= least, address
        assert high >= most, address


@FEW
@given(series=contacts(years=2), revised=contacts(years=2), data=st.data())
def test_nor_with_the_help_of_an_earlier_release(series, revised, data) -> None:
    """The same counts with one year more, some of them revised, after a release with other totals and rules."""
    longer = dict(series)
    for key in set(longer) & set(revised):
        if data.draw(st.booleans()):
            more = revised[key].set_axis(revised[key].index + len(revised[key]))
            longer[key] = pd.concat([series[key], more])
    names = data.draw(st.sets(st.sampled_from(["years", "channels", "regions"])))
    profiles = [data.draw(st.sampled_from(PROFILES)) for _ in range(2)]
    first = plan_disclosure(series, DisclosureSettings(profile=profiles[0], totals=tuple(sorted(names))))
    second = plan_disclosure(longer, DisclosureSettings(profile=profiles[1]), previous=first)
    _attack_both(longer, first, second)


def _attack_both(series: dict[tuple[str, str], pd.Series], first: DisclosurePlan, second: DisclosurePlan) -> None:
    """Both releases together narrow no protected count further than the first one alone."""
    alone, both = Attacker(series, first), Attacker(series, first, second)
    least, most = RANGES[second.profile.name]
    for address in protected(series, second):
        low, high = both.range_of(address)
        if low > least or high < most:
            before = alone.range_of(address)
            assert low <= max(least, before[0]), (address, before, (low, high))
            assert high >= min(most, before[1]), (address, before, (low, high))


def test_a_count_that_an_earlier_release_has_narrowed_is_not_narrowed_further() -> None:
    """One end of the range is gone already: the other one, and what lies between, is protected still."""
    index = pd.period_range("2005", periods=12, freq="Y")
    small = {("A", "web"): 5, ("B", "web"): 12, ("A", "chat"): 9, ("B", "chat"): 300}
    series = {key: pd.Series(501.0, index) for key in small}
    for key, count in small.items():
        series[key]["2008"] = count
    first = plan_disclosure(series, DisclosureSettings(totals=("regions",)))
    second = plan_disclosure(series, DisclosureSettings(profile="threshold10"), previous=first)
    _attack_both(series, first, second)
    assert "known already" in {entry.rule for entry in second.log}
    assert second.cells["A", ALL, "2008"] is None


def test_the_attacker_does_find_a_count_where_nothing_but_small_counts_is_left_out() -> None:
    """The attack is a real one: without secondary suppression it succeeds."""
    index = pd.period_range("2018", periods=4, freq="Q")
    series = {("North Vale", "helpline"): pd.Series([0.0, 7, 0, 0], index)}
    plan = DisclosurePlan(
        profile=named_profile("default"),
        levels={("North Vale", "helpline"): "Q"},
        cells={("North Vale", "helpline", str(period)): 0 for period in index[[0, 2, 3]]},
    )
    attacker = Attacker(series, plan)
    attacker.know(("North Vale", ALL, "2018"), 7, 9)
    assert attacker.range_of(("North Vale", "helpline", "2018Q2"))[0] == 7
