"""An estimate over a short window gives the count in it away; such a one is not published."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evalkit as ek
from evalkit.catalogue import text
from evalkit.check.agreement import second_method
from evalkit.effect import Effect
from evalkit.effect.estimation import with_second_opinion
from evalkit.report import ChannelResult, RegionReport, numbers, region_html
from evalkit.report.content import Withheld
from evalkit.report.disclosure import control, gate, plan_disclosure, rounding, words
from evalkit.report.disclosure.profiles import Profile
from evalkit.report.disclosure.windows import Windows
from evalkit.report.release import raw_release
from unit.report.disclosure.test_gate import INDEX, report_of

KEY = ("North Vale", "helpline")


def windows_of(counts: pd.Series) -> Windows:
    return Windows(counts, plan_disclosure({KEY: counts}), KEY)


def monthly(**small: int) -> pd.Series:
    index = pd.period_range("2018-01", periods=36, freq="M")
    counts = pd.Series(np.random.default_rng(3).integers(40, 60, 36).astype(float), index)
    for period, count in small.items():
        counts[period.removeprefix("m").replace("_", "-")] = count
    return counts


@pytest.mark.parametrize(
    ("window", "safe"),
    [
        (("2020-01", "2020-12"), True),
        (("2020-03", "2020-08"), True),
        (("2020-03", "2020-03"), False),  # the count itself
        (("2020-03", "2020-04"), False),  # one that is printed as 45 beside it
        (("2020-09", "2020-12"), True),
        (("2018-01", "2020-02"), True),
    ],
)
def test_a_window_is_taken_where_every_count_keeps_its_range(window: tuple[str, str], safe: bool) -> None:
    first, last = (pd.Period(end) for end in window)
    assert windows_of(monthly(m2020_03=4)).take(first, last) is safe


def test_two_windows_that_differ_by_a_single_month_are_not_both_taken() -> None:
    windows = windows_of(monthly(m2020_03=4))
    assert windows.take(pd.Period("2020-01"), pd.Period("2020-12"))
    assert not windows.take(pd.Period("2020-04"), pd.Period("2020-12")) or not windows.take(
        pd.Period("2020-03"), pd.Period("2020-12")
    )
    assert windows.take(pd.Period("2020-01"), pd.Period("2020-12")), "the same one again tells nothing new"


def test_a_period_that_is_set_aside_enters_the_published_year_all_the_same() -> None:
    """103 to 107 in the year, 43 to 47 set aside and 53 in the window leave at least 3 of the 4 that are left out."""
    index = pd.period_range("2018Q1", periods=24, freq="Q")
    counts = pd.Series([4.0, 47.0, 20.0, 33.0, *[51.0] * 20], index)
    plan = plan_disclosure({KEY: counts})
    published = [plan.cells[*KEY, period] for period in ("2018", "2018Q1", "2018Q2")]
    assert published == [105, None, 45]
    assert not Windows(counts, plan, KEY, used=np.arange(24) != 1).take(index[2], index[3])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_by_trying_every_table_a_taken_window_leaves_both_ends_open(data: st.DataObject) -> None:
    """Four quarters of one year, every table tried: the total of the window known exactly, the year as printed."""
    counts = data.draw(st.lists(st.integers(0, 30), min_size=4, max_size=4))
    index = pd.period_range("2018Q1", periods=24, freq="Q")
    series = pd.Series([*map(float, counts), *[51.0] * 20], index)
    plan = plan_disclosure({KEY: series})
    length = data.draw(st.integers(1, 3))
    if plan.level(*KEY) != "Q" or not Windows(series, plan, KEY).take(index[0], index[length - 1]):
        return
    rules, cells = plan.profile, plan.published(*KEY)
    ranges = [
        [one for one in range(34) if shows(rules, one, counts[place], cells[str(index[place])])] for place in range(4)
    ]
    same = [
        table
        for table in product(*ranges)
        if sum(table[:length]) == sum(counts[:length])
        and shows(rules, sum(table), sum(counts), plan.cells[*KEY, "2018"])
    ]
    for place, count in enumerate(counts):
        if rules.is_small(count):
            assert {1, 7} <= {table[place] for table in same}


def shows(rules: Profile, other: int, count: int, cell: float | None) -> bool:
    """Whether another count would be printed as this one was: of one left out to protect another nothing is known."""
    if cell is None or np.isnan(cell):
        return rules.is_small(other) or not rules.is_small(count)
    return rules.published(other) == cell


def test_an_estimate_over_a_telling_window_is_withheld_and_a_claim_about_one_not_judged() -> None:
    """A forecast of 50 beside a count of 4: 0.08 times and 46 fewer would be the count itself."""
    counts = np.random.default_rng(8).poisson(50, 60)
    counts[-1] = 4
    report = report_of(counts[:60], model="forecast")
    (result,) = report.results
    short = ek.estimate_effect(
        pd.Series(counts.astype(float), INDEX), "2020-11", model="forecast", region="North Vale", channel="helpline"
    )
    (view,) = control(replace(report, results=(ChannelResult(channel="helpline", effect=short, verdicts=()),))).results
    assert isinstance(short.rate_ratio, ek.Estimate)
    assert isinstance(view.rate_ratio, Withheld)
    assert view.rate_ratio.reason == text("disclosure.telling_window")
    assert isinstance(view.cumulative_effect, Withheld)
    assert not isinstance(control(report).results[0].rate_ratio, Withheld), "a year and more hides it among others"
    assert result.effect.estimable


def _second_over(launch: str, **masked: object) -> tuple[RegionReport, Effect]:
    """A report whose second method speaks of the months from ``launch`` on, and the first of others, or of none."""
    counts = np.random.default_rng(8).poisson(50, 60)
    counts[-1] = 4
    report = report_of(counts, model="latent")
    (result,) = report.results
    other = ek.estimate_effect(
        pd.Series(counts.astype(float), INDEX), launch, model="segmented", harmonics=0, slope=False, **masked
    )
    assert isinstance(other.rate_ratio, ek.Estimate)
    effect = with_second_opinion(replace(result.effect, second_opinion=None, warnings=()), other)
    checks = (second_method(effect),)
    return replace(report, results=(replace(result, effect=effect, checks=checks),)), other


def test_the_ratio_of_the_second_method_over_a_telling_window_is_withheld() -> None:
    """And whatever else quotes it: the check that compares the two, the warning that they disagree, the page."""
    report, other = _second_over("2020-11")
    (view,) = control(report).results
    assert isinstance(view.rate_ratio, ek.Estimate), "that of the first method is over a year and more"
    assert view.second_opinion is not None
    assert isinstance(view.second_opinion.rate_ratio, Withheld)
    assert report.results[0].effect.warnings
    (check,) = view.checks
    assert (check.statement, check.figures) == (text("disclosure.no_check_figures"), {})
    page = region_html(control(report))
    _, lower, upper = numbers.ratio_texts(other.rate_ratio, fewest=2)
    assert numbers.interval(lower, upper) in region_html(raw_release(report))
    assert numbers.interval(lower, upper) not in page
    assert "the rate ratio of the second method" in page
    assert "is not published: a count that is left out" in page


def test_the_second_method_is_guarded_where_the_first_could_not_be_estimated() -> None:
    report, _ = _second_over("2020-11")
    (result,) = report.results
    nothing = dict.fromkeys(result.effect.estimates, ek.NotEstimable("no reason"))
    effect = replace(result.effect, fit=None, ratio_draws=np.empty(0), total_draws=np.empty(0), **nothing)
    (view,) = control(replace(report, results=(replace(result, effect=effect),))).results
    assert view.second_opinion is not None
    assert isinstance(view.second_opinion.rate_ratio, Withheld)


def test_the_ratio_of_the_second_method_over_the_same_window_is_published() -> None:
    report, other = _second_over("2019-03")
    (view,) = control(report).results
    assert view.second_opinion is not None
    shown = view.second_opinion.rate_ratio
    assert isinstance(shown, ek.Estimate)
    assert shown.value == pytest.approx(other.rate_ratio.value, rel=0.005)
    (check,) = view.checks
    assert check.figures


def test_checks_give_no_figures_where_counts_are_left_out() -> None:
    """The month that moves the ratio most is the one whose count is small; nor is it named."""
    counts = np.random.default_rng(9).integers(60, 70, 60)
    counts[-1] = 2
    report = report_of(counts, model="segmented")
    (result,) = report.results
    checks = ek.run_checks(result.effect)
    (view,) = control(replace(report, results=(replace(result, checks=checks),))).results
    exact, shown = ({check.name: check for check in of} for of in (checks, view.checks))
    assert "2020-12" in exact[gate.BY_PERIOD].statement
    assert not [check for check in view.checks if "2020-12" in check.statement]
    for name in (gate.BY_PERIOD, "overdispersion", "residual autocorrelation"):
        assert exact[name].figures
        assert (shown[name].statement, shown[name].figures) == (text("disclosure.no_check_figures"), {})
        assert (shown[name].outcome, shown[name].meaning) == (exact[name].outcome, exact[name].meaning)
    assert [shown[name].statement for name in shown if exact[name].outcome == "not run"] == [
        check.statement for check in checks if check.outcome == "not run"
    ]


def test_checks_give_figures_at_three_digits_where_every_count_is_published() -> None:
    report = report_of(np.random.default_rng(9).integers(60, 70, 60), model="segmented")
    (result,) = report.results
    checks = ek.run_checks(result.effect)
    (view,) = control(replace(report, results=(replace(result, checks=checks),))).results
    for exact, shown in zip(checks, view.checks, strict=True):
        if exact.name != gate.SPARSE:
            assert shown.figures == pytest.approx(exact.figures, rel=0.01, abs=0.05)


def test_a_period_whose_count_is_left_out_is_not_named_by_the_check_that_leaves_it_out() -> None:
    said = "Leaving out one month moves the ratio by at most 0.4 (2020-03: 0.94, 0.40 to 2.13); not without 2020-03."
    assert words.without_periods(said, ["2020-03"]) == (
        "Leaving out one month moves the ratio by at most 0.4; not without a period whose count is not published."
    )
    assert words.without_periods(said, ["2020-04"]) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Variance over mean is 4924.8 (3109.5 to 87.64).", "Variance over mean is 4,920 (3,110 to 87.6)."),
        ("0.4501 of 1.906, 12 months, 2018-03, 0.05 and 73.5", "0.450 of 1.91, 12 months, 2018-03, 0.05 and 73.5"),
        ("−0.1234 and 0.001234 (99.95)", "−0.123 and 0.00123 (100.0)"),
    ],
)
def test_statements_have_three_digits(said: str, shown: str) -> None:
    assert words.at_three_digits(said) == shown


def test_a_density_has_the_published_interval_and_the_same_area() -> None:
    value = np.exp(np.linspace(-1, 1, 201))
    frame = pd.DataFrame({"value": value, "density": np.exp(-0.5 * (np.log(value) / 0.3) ** 2) / value})
    found = rounding.density(frame, (0.5553, 1.8007), (0.556, 1.80))
    area = [float(np.trapezoid(one["density"], one["value"])) for one in (frame, found)]
    assert area[1] == pytest.approx(area[0], rel=1e-3)
    at_end = np.interp(0.5553, frame["value"], found["value"])
    assert at_end == pytest.approx(0.556, abs=2e-4)
