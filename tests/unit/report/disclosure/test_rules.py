"""The rules of each profile, count by count, and what is left of a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import evalkit as ek
from evalkit.batch.disclosure import read_previous
from evalkit.effect import Estimate, Window
from evalkit.errors import EvalkitError, EvaluationError, ReportError
from evalkit.evaluation import DisclosureSettings
from evalkit.report import numbers
from evalkit.report.costs import why_not
from evalkit.report.disclosure import named_profile, rounding, words
from evalkit.report.disclosure.earlier import plan_from_counts, told_by_value
from evalkit.report.disclosure.log import read_suppressions, suppressions_csv
from evalkit.report.disclosure.plan import DisclosurePlan, plan_disclosure
from evalkit.report.disclosure.primary import published_level, totals
from evalkit.report.exports import csv_bytes

# NHS England, disclosure control for Hospital Episode Statistics since 2018: 0 shown, 1 to 7 left out, others rounded
NHS = {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 102: 100, 103: 105}
# OpenSAFELY, midpoint 6 rounding: the table of its documentation
OPENSAFELY = {0: 0, 1: 3, 6: 3, 7: 9, 12: 9, 13: 15, 18: 15, 19: 21}
# ONS, "10-5 rule": below ten left out, others to the nearest five
ONS = {0: 0, 1: None, 9: None, 10: 10, 12: 10, 13: 15}
YEAR = pd.period_range("2018-01", periods=12, freq="M")


@pytest.mark.parametrize(
    ("profile", "table"), [("default", NHS), ("midpoint6", OPENSAFELY), ("threshold10", ONS), ("internal", {3: 3})]
)
def test_counts_are_published_as_the_sources_say(profile, table) -> None:
    rules = named_profile(profile)
    assert {count: rules.published(count) for count in table} == table


def test_zeros_are_left_out_where_the_evaluation_says_so() -> None:
    rules = named_profile("default", zeros=False)
    assert rules.published(0) is None
    assert rules.bounds(0) == (0, 7)
    assert rules.bounds(5) == (0, 7)


@pytest.mark.parametrize("profile", ["default", "midpoint6", "threshold10"])
def test_bounds_are_the_counts_with_the_same_print(profile) -> None:
    rules = named_profile(profile)
    for count in range(60):
        low, high = rules.bounds(count)
        same = [other for other in range(80) if rules.published(other) == rules.published(count)]
        assert (low, high) == (min(same), max(same))
        if rules.published(count) is not None:
            assert told_by_value(rules, rules.published(count)) == (low, high)


def test_an_unknown_profile_names_the_nearest(tmp_path) -> None:
    with pytest.raises(EvalkitError, match="midpoint6"):
        named_profile("midpoint")
    (tmp_path / "evaluation.toml").write_text(
        'contacts = "c.csv"\ncampaigns = "d.csv"\n[disclosure]\nprofil = "default"'
    )
    with pytest.raises(EvaluationError, match="Did you mean 'profile'"):
        ek.read_inputs(tmp_path)


def test_ratios_keep_three_digits_and_their_side_of_one() -> None:
    assert rounding.ratio(1.23456) == 1.23
    assert rounding.ratio(12345.6) == 12300
    assert rounding.ratio(1.0004) == 1.0004
    assert rounding.ratio(0.99996) < 1


def test_ends_of_differences_are_rounded_outward() -> None:
    rules = named_profile("default")
    ends = (0.0, 1.2, -1.2, 7.4, 7.6, -413.0, 10.0)
    assert [rounding.downward(value, rules) for value in ends] == [0, 0, -5, 5, 5, -415, 10]
    assert [rounding.upward(value, rules) for value in ends] == [0, 5, 0, 10, 10, -410, 10]


@pytest.mark.parametrize("profile", ["default", "midpoint6", "threshold10"])
@pytest.mark.parametrize(("lower", "upper"), [(1.0, 80.0), (13.1, 42.0), (-80.0, -1.0), (-3.0, 3.0), (6.0, 30.0)])
def test_a_published_interval_of_contacts_is_never_narrower_nor_is_the_cost_made_of_it(profile, lower, upper) -> None:
    """12 000 for 1 to 80 contacts is 150 to 12 000 a contact, not 150 to 2 400."""
    middle = (lower + upper) / 2
    window = Window(start=pd.Period("2019-01"), end=pd.Period("2019-12"), periods=12)
    exact = ek.Estimate(
        name="cumulative_effect", value=middle, lower=lower, upper=upper, level=0.95, unit="contacts", window=window
    )
    shown = rounding.estimate(exact, named_profile(profile))
    assert shown.lower <= lower
    assert shown.upper >= upper
    assert shown.upper - shown.lower < upper - lower + 12
    true, published = (ek.cost_per_contact(one, 12_000.0, currency="GBP") for one in (exact, shown))
    if isinstance(published, ek.Estimate):
        assert published.lower <= true.lower
        assert published.upper >= true.upper
    elif lower > 0:
        assert why_not(shown, "contacts") == (
            "the interval of additional contacts, its ends rounded outward for publication, begins at 0, so that the "
            "cost has no upper end"
        )


def test_numbers_of_contacts_go_from_notes_and_the_rest_stays() -> None:
    assert words.unquoted("3 contacts in 2 periods without an open day are left out of the fit") == (
        "contacts in 2 periods without an open day are left out of the fit"
    )
    said = "The last period, 2020-08, may not be complete: chat has 1,231 contacts in all, 60% of 2,052, the median of"
    assert not {"1,231", "2,052"} & set(words.unquoted(said).replace(",", " ,").split())
    assert "2,052" not in words.unquoted(said)
    assert words.unquoted("24 periods have no count") == "24 periods have no count"
    assert words.unquoted("52.5 contacts a month") == "contacts a month"
    assert words.unquoted("8 months before launch with contacts counted; needs at least 12").endswith("at least 12")


def test_reasons_lose_the_count_and_what_bounds_it() -> None:
    said = "no region can be analysed (5 contacts for 4 terms of the design; needs at least 8)"
    assert words.unquoted(said) == "no region can be analysed (too few contacts for 4 terms of the design)"
    assert words.unquoted("1,234 periods have no contacts, and") == "some periods have no contacts, and"
    none = "no contacts were counted from the launch on. Check the file: is zero here really missing?"
    assert words.unquoted(none, named_profile("default")) == none
    hidden = words.unquoted(none, named_profile("default", zeros=False))
    assert hidden == "too few contacts were counted from the launch on. Check the file"
    claim = "They had 40 contacts"
    assert words.unquoted_beside(f"The claim ({claim}): 3 contacts.", claim) == f"The claim ({claim}): contacts."


# --- periods ----------------------------------------------------------------------------------------------------------


def test_a_total_is_missing_where_a_part_is_missing_and_not_given_at_the_ends() -> None:
    series = pd.Series(1.0, index=pd.period_range("2018-02", "2019-05", freq="M"))
    series["2018-08"] = float("nan")
    assert totals(series, "Q").to_dict() == {
        pd.Period("2018Q2"): 3.0,
        pd.Period("2018Q3"): pytest.approx(float("nan"), nan_ok=True),
        pd.Period("2018Q4"): 3.0,
        pd.Period("2019Q1"): 3.0,
    }
    assert totals(series, "Y").empty


@pytest.mark.parametrize(
    ("counts", "level"),
    [([20] * 36, "M"), ([20] * 33 + [3] * 3, "M"), ([4] * 36, "Q"), ([1] * 36, "Y"), ([0, 0, 0, 1] * 9, "Y")],
)
def test_a_series_moves_to_longer_periods_until_few_counts_are_small(counts, level) -> None:
    series = pd.Series(counts, index=pd.period_range("2018-01", periods=36, freq="M"), dtype=float)
    expected = {"Y": "" if sum(counts[:12]) <= 7 else "Y"}.get(level, level)
    assert published_level(series, named_profile("default")) == expected


def test_weeks_go_to_quarters_and_days_to_months() -> None:
    weeks = pd.Series(1.0, index=pd.period_range("2018-01-01", periods=104, freq="W"))
    days = pd.Series(1.0, index=pd.period_range("2018-01-01", periods=730, freq="D"))
    rules = named_profile("default")
    assert (published_level(weeks, rules), published_level(days, rules)) == ("Q", "M")
    assert totals(days, "M").iloc[0] == 31


# --- plans ------------------------------------------------------------------------------------------------------------


def _table(**counts: list[int]) -> dict[tuple[str, str], pd.Series]:
    return {
        (region, "helpline"): pd.Series(
            values, index=pd.period_range("2018", periods=len(values), freq="Q"), dtype=float
        )
        for region, values in counts.items()
    }


def test_a_total_that_would_give_a_small_count_away_is_left_out_and_logged() -> None:
    series = _table(North=[0, 0, 3, 0, *[30] * 36], South=[40] * 40)
    plan = plan_disclosure(series)
    assert plan.level("North", "helpline") == "Q"
    assert plan.cells["North", "helpline", "2018"] is None
    assert plan.cells["(all)", "helpline", "2018"] is None or plan.cells["(all)", "helpline", "2018"] % 5 == 0
    rules = {(entry.region, entry.period): entry.rule for entry in plan.log}
    assert rules["North", "2018Q3"] == "small count"
    assert not any(str(value) == "3" for entry in plan.log for value in entry.to_dict().values())


def test_totals_are_published_where_they_are_safe() -> None:
    plan = plan_disclosure(_table(North=[30, 3, 31, 33, *[30] * 36], South=[40] * 40))
    assert plan.cells["North", "helpline", "2018"] == 95
    assert plan.cells["(all)", "helpline", "2019"] == 280
    assert plan_disclosure(_table(North=[30] * 8), DisclosureSettings(totals=())).cells.keys() == {
        ("North", "helpline", f"{year}Q{quarter}") for year in (2018, 2019) for quarter in (1, 2, 3, 4)
    }


def test_a_plan_survives_its_file_and_its_published_part_does_as_far_as_it_goes() -> None:
    plan = plan_disclosure(_table(North=[30, 3, 31, 33, *[30] * 36], South=[40] * 40))
    back = DisclosurePlan.from_json(plan.to_json())
    assert (back.cells, back.levels, back.log, back.hash) == (plan.cells, plan.levels, plan.log, plan.hash)
    public = plan_from_counts(
        plan.counts_frame().astype("string").fillna(""), read_suppressions(suppressions_csv(plan.log))
    )
    assert (public.cells, sorted(public.log)) == (plan.cells, sorted(plan.log))


def test_what_is_no_plan_is_refused() -> None:
    for content in (b"{}", b"not json", b'{"schema": 9}'):
        with pytest.raises(ReportError, match="disclosure plan"):
            DisclosurePlan.from_json(content)
    with pytest.raises(ReportError, match="has no series"):
        plan_disclosure(_table(North=[30] * 8)).level("West", "helpline")


def test_a_count_that_an_earlier_round_published_in_a_total_stays_protected() -> None:
    """A year was published while its quarters were not; now the quarters must not add up to what it hides."""
    quarters = _table(North=[2, 30, 31, 33, *[30] * 36])
    first = DisclosurePlan(profile=named_profile("default"), levels={}, cells={("North", "helpline", "2018"): 95})
    exact = DisclosurePlan(
        profile=named_profile("default"),
        levels={},
        cells={("North", "helpline", "2018"): 95, **{("North", "helpline", f"2018Q{number}"): 30 for number in (2, 3)}},
    )
    for earlier in (first, exact):
        plan = plan_disclosure(quarters, previous=earlier)
        assert plan.cells["North", "helpline", "2018Q1"] is None
        assert not [entry for entry in plan.log if entry.rule == "known already"]


def test_log_cells_cannot_become_formulas() -> None:
    plan = plan_disclosure({("=cmd()", "helpline"): pd.Series([1.0] * 8, index=YEAR[:8])})
    content = suppressions_csv(plan.log).decode()
    assert "'=cmd()" in content
    assert "\n=cmd()" not in content


@pytest.mark.parametrize("region", ["'s-Hertogenbosch", "=cmd()", "North"])
def test_a_round_finds_its_regions_again_in_what_the_round_before_published(region: str, tmp_path: Path) -> None:
    series = {
        (region, "helpline"): pd.Series([30.0, 3, 31, 33, *[30] * 20], pd.period_range("2018-01", periods=24, freq="M"))
    }
    plan = plan_disclosure(series)
    (tmp_path / "counts.csv").write_bytes(csv_bytes(plan.counts_frame()))
    (tmp_path / "suppressions.csv").write_bytes(suppressions_csv(plan.log))
    before = read_previous(tmp_path)
    assert (before.cells, sorted(before.log)) == (plan.cells, sorted(plan.log))


def test_a_controlled_total_is_printed_as_the_files_have_it():
    window = Window(start=pd.Period("2020-01", "M"), end=pd.Period("2020-12", "M"), periods=12)
    raw = Estimate("cumulative effect", -6.2, -188.0, 16.4, 0.95, "contacts", window)
    controlled = rounding.estimate(raw, named_profile("default"))
    assert (controlled.value, controlled.lower, controlled.upper) == (-5, -190, 20)
    assert numbers.count_texts(controlled) == ("−5", "−190", "20")
    assert numbers.count_texts(raw)[0] == "−10"
    assert controlled.to_dict() == replace(raw, value=-5, lower=-190, upper=20).to_dict()
