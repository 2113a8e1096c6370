"""Any pandas Series a researcher has."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from evalkit.contacts import complete_series
from evalkit.errors import ContactsError, UsageError

MONTHS = ["2019-01", "2019-02", "2019-04"]


@pytest.mark.parametrize(
    "index",
    [
        pd.PeriodIndex(MONTHS, freq="M"),
        pd.DatetimeIndex([f"{month}-01" for month in MONTHS]),
        pd.DatetimeIndex(["2019-01-31", "2019-02-28", "2019-04-30"]),
        pd.DatetimeIndex([f"{month}-01" for month in MONTHS], tz="Europe/London"),
        pd.Index(MONTHS),
        pd.Index(["Jan 2019", "Feb 2019", "Apr 2019"]),
        pd.Index(list(pd.PeriodIndex(MONTHS, freq="M")), dtype=object),
        pd.CategoricalIndex(MONTHS),
    ],
)
def test_every_kind_of_index(index):
    got = complete_series(pd.Series([1, 2, 4], index=index))
    wanted = pd.Series([1, 2, np.nan, 4], index=pd.period_range("2019-01", "2019-04", freq="M"), name="contacts")
    pd.testing.assert_series_equal(got, wanted)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([3, None, 5], dtype="Int64"),
        pd.array([3, None, 5], dtype="Float64"),
        np.array([3, np.nan, 5]),
        [3, None, 5],
        ["3", "", "5"],
        [Decimal(3), pd.NA, 5.0],
    ],
)
def test_every_kind_of_value(values):
    series = pd.Series(values, index=["2019-01", "2019-02", "2019-03"])
    np.testing.assert_array_equal(complete_series(series), [3, np.nan, 5])


def test_order_name_and_argument():
    series = pd.Series([4, 1], index=["2019-02", "2019-01"], name="Kent")
    before = series.copy()
    got = complete_series(series)
    assert (got.tolist(), got.name) == ([1, 4], "Kent")
    pd.testing.assert_series_equal(series, before)


@pytest.mark.parametrize("freq", ["W-SUN", "W-WED", "Y-MAR", "Q-JAN", "D"])
def test_anchor_of_a_period_index_is_kept(freq):
    index = pd.period_range("2019-01-01", periods=4, freq=freq)
    got = complete_series(pd.Series([1, 2, 3, 4], index=index).drop(index[1]))
    assert got.index.equals(index)
    np.testing.assert_array_equal(got, [1, np.nan, 3, 4])


def test_years_as_numbers():
    got = complete_series(pd.Series([7, 9], index=[2018, 2020]))
    assert list(got.index.year) == [2018, 2019, 2020]


def test_pandas_labels_weeks_by_their_last_day():
    daily = pd.Series(1, index=pd.date_range("2019-01-07", periods=21, freq="D"))
    weekly = daily.resample("W").sum()
    whole = complete_series(weekly)
    assert whole.index.freqstr == "W-SUN"
    assert whole.index[0].start_time == pd.Timestamp("2019-01-07")
    with_gap = complete_series(weekly.drop(weekly.index[1]))
    assert with_gap.index.equals(whole.index)


def test_weekly_dates_without_a_frequency_are_first_days():
    got = complete_series(pd.Series([1, 2], index=pd.DatetimeIndex(["2019-01-07", "2019-01-14"])))
    assert got.index[0].start_time == pd.Timestamp("2019-01-07")


def test_business_days_are_days_and_weekends_are_missing():
    got = complete_series(pd.Series(range(6), index=pd.date_range("2019-01-07", periods=6, freq="B")))
    assert got.index.freqstr == "D"
    assert got.isna().sum() == 2


def test_counts_beyond_any_service_are_still_counts():
    assert complete_series(pd.Series([10**9, 0], index=["2019-01", "2019-02"])).tolist() == [1e9, 0]


@pytest.mark.parametrize(
    ("series", "says"),
    [
        (pd.Series([], dtype=float), "It is empty"),
        (pd.Series([np.nan, np.nan], index=["2019-01", "2019-02"]), "Every value is missing"),
        (pd.Series([1, 2]), "The index counts rows (0, 1, …)"),
        (pd.Series([1, 2], index=[1, 2]), "The index counts rows (1, 2, …)"),
        (pd.Series([1, 2], index=["a", "b"]), "periods 'a', 'b' cannot be read"),
        (pd.Series([1, 2], index=["2019-01", "2019"]), "periods are mixed"),
        (pd.Series([1, 2], index=["2019-01", "2019-01"]), "periods come more than once: 2019-01 (1, 2)"),
        (pd.Series([1, -2], index=["2019-01", "2019-02"]), "0 or more; received -2 in '2019-02'"),
        (pd.Series([1, 2.5], index=["2019-01", "2019-02"]), "whole number; received 2.5 in '2019-02'"),
        (pd.Series([1, np.inf], index=["2019-01", "2019-02"]), "finite number; received inf in '2019-02'"),
        (pd.Series([1, "x"], index=["2019-01", "2019-02"]), "must be numbers; received 'x' in '2019-02'"),
        (pd.Series([True, False], index=["2019-01", "2019-02"]), "must be numbers; received True in '2019-01'"),
        (pd.Series([1j, 2], index=["2019-01", "2019-02"]), "must be numbers; received 1j"),
        (pd.Series([1, 2], index=pd.MultiIndex.from_product([["a"], [1, 2]])), "The index has 2 levels"),
        (pd.Series([1, 2], index=pd.period_range("2019", periods=2, freq="h")), "frequency 'h'"),
        (pd.Series([1, 2], index=pd.period_range("2019", periods=2, freq="2M")), "frequency '2M'"),
        (pd.Series([1, 2], index=pd.PeriodIndex(["2019-01", None], freq="M")), "A period is missing (NaT)"),
        (pd.Series([1, 2], index=pd.DatetimeIndex(["2019-01-01", None])), "period is empty"),
        (pd.Series([1, 2], index=pd.date_range("2019-01-01 09:00", periods=2)), "a moment with a time of day"),
    ],
)
def test_series_that_is_none(series, says):
    with pytest.raises(ContactsError) as caught:
        complete_series(series)
    assert says in str(caught.value)
    assert caught.value.problems[0].repair


def test_all_problems_of_a_series_come_together():
    series = pd.Series([1, -2, 3.5, np.inf, 5], index=["2019-01", "2019-01", "2019-03", "x", "2019"], name="Kent")
    with pytest.raises(ContactsError, match="series 'Kent'") as caught:
        complete_series(series)
    assert {problem.code for problem in caught.value.problems} == {
        "infinite-count",
        "negative-count",
        "fractional-count",
        "unreadable-period",
        "mixed-periods",
        "duplicate",
    }


@pytest.mark.parametrize("wrong", [[1, 2], np.array([1, 2]), pd.DataFrame({"a": [1]}), None])
def test_something_else_than_a_series(wrong):
    with pytest.raises(UsageError, match=rf"Series of counts is needed, received {type(wrong).__name__}"):
        complete_series(wrong)


def test_real_series_of_others_are_read(shared_series):
    frame = pd.read_csv(shared_series / "sicily_smoking_ban.csv")
    got = complete_series(frame.set_index("period")["count"])
    assert (got.index.freqstr, len(got), got.sum()) == ("M", 59, frame["count"].sum())
    assert not got.isna().any()


def test_a_measure_may_be_any_finite_number() -> None:
    index = pd.period_range("2019-01", periods=4, freq="M")
    got = complete_series(pd.Series([-1.5, 0.25, np.nan, 7], index=index), kind="measure")
    np.testing.assert_array_equal(got, [-1.5, 0.25, np.nan, 7])
    with pytest.raises(ContactsError, match="finite"):
        complete_series(pd.Series([1.0, np.inf, 2, 3], index=index), kind="measure")
    with pytest.raises(UsageError, match="Did you mean 'measure'"):
        complete_series(pd.Series([1.0, 2, 2, 3], index=index), kind="measures")
