"""The arithmetic of published figures: values known from elsewhere, properties that must always hold, refusals."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalkit.claim import (
    Bounds,
    bounds_of,
    implied_baseline,
    implied_current,
    percent_from_ratio,
    rate_per_100k,
    ratio_bounds_from_percent,
    ratio_from_percent,
    ratio_interval,
    ratio_of_counts,
    ratio_of_ratios,
    share,
    total,
)
from evalkit.errors import ClaimError
from evalkit.vocab import Qualifier, StatisticType

COUNT, PERCENT, RATIO, SHARE = (
    StatisticType.COUNT,
    StatisticType.PERCENT_CHANGE,
    StatisticType.RATIO,
    StatisticType.SHARE,
)
EXACT = Qualifier.EXACT
counts = st.integers(min_value=1, max_value=1_000_000)
large_counts = st.integers(min_value=300, max_value=1_000_000)


# --- what a figure leaves open ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "qualifier", "statistic", "lower", "upper"),
    [
        (69, EXACT, PERCENT, 68.5, 69.5),
        (-24, EXACT, PERCENT, -24.5, -23.5),
        (12.5, EXACT, PERCENT, 12.45, 12.55),
        (4776, EXACT, COUNT, 4776, 4776),
        (3, EXACT, RATIO, 2.5, 3.5),
        (2.15, EXACT, RATIO, 2.145, 2.155),
        (300, Qualifier.MORE_THAN, COUNT, 300, math.inf),
        (150, Qualifier.AT_LEAST, PERCENT, 150, math.inf),
        (500, Qualifier.LESS_THAN, COUNT, 0, 500),
        (20, Qualifier.AT_MOST, PERCENT, -100, 20),
        (3, Qualifier.ALMOST, RATIO, 2.5, 3),
        (600, Qualifier.ALMOST, COUNT, 540, 600),
        (1600, Qualifier.AROUND, COUNT, 1520, 1680),
        (30, Qualifier.AROUND, COUNT, 25, 35),
        (0, Qualifier.AROUND, COUNT, 0, 0),
        (-100, EXACT, PERCENT, -100, -99.5),
        (82, EXACT, SHARE, 81.5, 82.5),
    ],
)
def test_rounding_and_the_word_before_a_figure(
    value: float, qualifier: Qualifier, statistic: StatisticType, lower: float, upper: float
) -> None:
    found = bounds_of(value, qualifier, statistic)
    assert (found.lower, found.upper) == pytest.approx((lower, upper))


@given(st.floats(min_value=-100, max_value=1e6), st.sampled_from(Qualifier), st.sampled_from([PERCENT]))
def test_bounds_hold_the_figure_itself(value: float, qualifier: Qualifier, statistic: StatisticType) -> None:
    assert bounds_of(value, qualifier, statistic).contains(value)


# --- values known from elsewhere --------------------------------------------------------------------------------------
def test_plus_two_hundred_per_cent_is_threefold() -> None:
    assert ratio_from_percent(200) == 3
    assert percent_from_ratio(3) == 200


def test_implied_baseline_of_the_south_east() -> None:
    ratio = ratio_bounds_from_percent(bounds_of(69, EXACT, PERCENT))
    assert implied_baseline(Bounds.exactly(383 + 4393), ratio) == Bounds(2818, 2834)


def test_no_baseline_fits_where_figures_exclude_each_other() -> None:
    assert implied_baseline(Bounds.exactly(3), Bounds(1.985, 1.995)) is None


def test_sum_over_channels() -> None:
    assert total([Bounds.exactly(285), Bounds.exactly(38)]) == Bounds.exactly(323)


@pytest.mark.parametrize(
    ("current", "baseline", "dispersion", "lower", "upper"),
    [(139, 84, 1, 1.26, 2.17), (139, 84, 5, 0.90, 3.03), (55, 30, 1, 1.18, 2.86), (3549, 1747, 1, 1.92, 2.15)],
)
def test_interval_of_a_ratio(current: float, baseline: float, dispersion: float, lower: float, upper: float) -> None:
    found = ratio_interval(current, baseline, dispersion=dispersion)
    # the published intervals are rounded to two decimals
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=0.005)


def test_exact_interval_against_the_binomial_it_is_made_of() -> None:
    from scipy.stats import binomtest

    share_interval = binomtest(139, 139 + 84).proportion_ci(method="exact")
    found = ratio_interval(139, 84, method="exact")
    assert found.lower == pytest.approx(share_interval.low / (1 - share_interval.low))
    assert found.upper == pytest.approx(share_interval.high / (1 - share_interval.high))


def test_zero_counts_have_one_open_end() -> None:
    assert ratio_interval(0, 5).lower == 0
    assert ratio_interval(5, 0).upper == math.inf
    assert ratio_interval(5, 0).lower > 0


def test_a_ratio_of_ratios() -> None:
    value, interval = ratio_of_ratios((891, 668), (94342, 43019))
    assert value == pytest.approx((891 / 668) / (94342 / 43019))
    assert interval.lower < value < interval.upper < 1


def test_rate_and_share() -> None:
    assert rate_per_100k(792, 1_845_312) == pytest.approx(42.9, abs=0.05)
    assert share(158, 490) == pytest.approx(0.322, abs=0.001)


# --- properties -------------------------------------------------------------------------------------------------------
@given(counts, counts)
def test_percent_and_ratio_are_one(current: int, baseline: int) -> None:
    ratio = current / baseline
    assert ratio_from_percent(percent_from_ratio(ratio)) == pytest.approx(ratio)


@given(large_counts, large_counts)
def test_count_and_percent_give_the_other_count_within_rounding(current: int, baseline: int) -> None:
    percent = round(100 * (current / baseline - 1))
    assume(percent > -99)
    ratio = ratio_bounds_from_percent(bounds_of(percent, EXACT, PERCENT))
    before = implied_baseline(Bounds.exactly(current), ratio)
    after = implied_current(Bounds.exactly(baseline), ratio)
    assert before is not None
    assert before.contains(baseline)
    assert after is not None
    assert after.contains(current)


@given(counts, counts)
def test_two_counts_give_the_published_percentage_within_rounding(current: int, baseline: int) -> None:
    percent = bounds_of(round(100 * (current / baseline - 1)), EXACT, PERCENT)
    ratio = ratio_of_counts(Bounds.exactly(current), Bounds.exactly(baseline))
    assert ratio_bounds_from_percent(percent).overlaps(ratio)


@given(counts, counts, st.floats(1, 20), st.floats(1, 20))
def test_more_dispersion_gives_a_wider_interval(current: int, baseline: int, one: float, two: float) -> None:
    narrow, wide = (ratio_interval(current, baseline, dispersion=phi) for phi in sorted((one, two)))
    assert wide.lower <= narrow.lower <= current / baseline <= narrow.upper <= wide.upper


@given(counts, counts)
def test_exchanging_the_counts_inverts_the_interval(current: int, baseline: int) -> None:
    forth, back = ratio_interval(current, baseline), ratio_interval(baseline, current)
    assert (1 / back.upper, 1 / back.lower) == pytest.approx((forth.lower, forth.upper))


@given(counts, counts, st.integers(2, 50))
def test_the_exact_interval_is_no_narrower_than_the_ratio_and_scales(current: int, baseline: int, factor: int) -> None:
    found = ratio_interval(current, baseline, method="exact")
    more = ratio_interval(current * factor, baseline * factor, method="exact")
    assert found.lower <= current / baseline <= found.upper
    assert more.upper - more.lower <= found.upper - found.lower + 1e-9


# --- refusals ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ratio_from_percent(-150), "nothing falls by more than 100 %"),
        (lambda: percent_from_ratio(-1), "counts are not negative"),
        (lambda: ratio_interval(-1, 3), "Counts cannot be negative"),
        (lambda: ratio_interval(0, 0), "have no ratio"),
        (lambda: ratio_interval(1, 3, dispersion=0), "must be above 0"),
        (lambda: ratio_interval(1, 3, level=95), "between 0 and 1"),
        (lambda: ratio_of_ratios((1, 0), (1, 1)), "four counts above 0"),
        (lambda: rate_per_100k(5, 0), "must be above 0"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(call: object, words: str) -> None:
    with pytest.raises(ClaimError, match=words):
        call()  # type: ignore[operator]


def test_an_interval_wider_than_a_float_can_hold_is_cut_off() -> None:
    found = ratio_interval(2, 1, dispersion=1e6)
    assert 0 < found.lower < 1e-300
    assert found.upper > 1e300
    _, beside = ratio_of_ratios((2, 1), (3, 1), dispersion=1e6)
    assert beside.upper > 1e300
