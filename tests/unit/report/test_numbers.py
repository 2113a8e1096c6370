"""Rounding that an interval can carry, and dates in words."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit import vocab
from evalkit.report import numbers


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((1.62, 1.21, 2.14), ("1.6", "1.2", "2.1")),
        ((0.894, 0.865, 0.925), ("0.89", "0.86", "0.93")),
        ((12.34, 4.1, 35.2), ("12.3", "4.1", "35.2")),
        ((1.3, 1.02, 1.9), ("1.30", "1.02", "1.90")),
    ],
)
def test_ratios_have_the_decimals_that_their_interval_carries(values, texts, make_estimate):
    assert numbers.ratio_texts(make_estimate(vocab.RATE_RATIO, *values)) == texts


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((343.2, 112.4, 561.0), ("340", "110", "560")),
        ((4127.0, 160.0, 6538.0), ("4,100", "200", "6,500")),
        ((12.0, 3.0, 21.0), ("12", "3", "21")),
        ((-50.0, -123.0, 4.0), ("−50", "−123", "4")),
    ],
)
def test_counts_are_rounded_like_their_interval(values, texts, make_estimate):
    assert numbers.count_texts(make_estimate(vocab.CUMULATIVE_EFFECT, *values)) == texts


@given(value=st.floats(0.05, 20), down=st.floats(1.001, 5), up=st.floats(1.001, 5))
def test_an_interval_that_leaves_out_1_never_prints_an_end_of_1(make_estimate, value, down, up):
    lower, upper = value / down, value * up
    if (lower > 1.0005 or upper < 0.9995) and not lower <= 1 <= upper:
        _, low, high = numbers.ratio_texts(make_estimate(vocab.RATE_RATIO, value, lower, upper))
        assert float(low) != 1
        assert float(high.replace(",", "")) != 1


@given(value=st.floats(-1e5, 1e5), down=st.floats(0, 1e4), up=st.floats(0, 1e4))
def test_rounded_ends_keep_their_order_and_sign(make_estimate, value, down, up):
    shown = numbers.count_texts(make_estimate(vocab.CUMULATIVE_EFFECT, value, value - down, value + up))
    centre, low, high = (float(text.replace(",", "").replace("−", "-")) for text in shown)
    assert low <= centre <= high
    assert abs(centre - value) <= max(1.0, (down + up) / 20)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (pd.Period("2019-05", "M"), "May 2019"),
        (pd.Period("2019", "Y"), "2019"),
        (pd.Period("2019Q2", "Q"), "2019 Q2"),
        (pd.Period("2019-05-06", "D"), "6 May 2019"),
        (pd.Period("2019-05-06", "W-SUN"), "week of 6 May 2019"),
    ],
)
def test_periods_in_words(period, text):
    assert numbers.period_text(period) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.92, "8\u00a0% fewer"),
        (1.35, "35\u00a0% more"),
        (3.2, "3.2 times as many"),
        (1.0, "no change"),
        (1.004, "0.4\u00a0% more"),
    ],
)
def test_changes_in_words(ratio, text):
    assert numbers.percent_change(ratio) == text


@pytest.mark.parametrize(
    ("level", "text"), [(0.95, "95"), (0.995, "99.5"), (0.999, "99.9"), (0.9999999, "99.99999"), (0.5, "50")]
)
def test_a_level_below_one_never_prints_as_100_percent(level, text):
    assert numbers.level_text(level) == f"{text}\u00a0%"
