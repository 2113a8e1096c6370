"""Weekdays, bank holidays and open days as columns and exposure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.design import BankHolidays, Design, Opening, build_design, days_open, design_spec
from evalkit.errors import DesignError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _series(freq: str, n: int, start: str = "2021-01-01") -> pd.Series:
    periods = pd.period_range(start, periods=n, freq=freq)
    return pd.Series(np.full(n, 20.0), periods)


def _design(series: pd.Series, launch: str = "2022-07-01", **options: Any) -> Design:
    return build_design(series, launch, design_spec(options))


def _ones(design: Design, column: str) -> list[str]:
    frame = design.to_frame()
    return [str(period) for period in frame.index[frame[column] == 1]]


def test_daily_data_have_weekdays_unless_told_otherwise() -> None:
    design = _design(_series("D", 730))
    assert design.columns[6:12] == WEEKDAYS[1:]
    days = design.periods.day_of_week
    for name in WEEKDAYS[1:]:
        np.testing.assert_array_equal(design.with_campaign[:, design.column(name)] == 1, days == WEEKDAYS.index(name))
    assert "Sunday" not in _design(_series("D", 730), weekday=False).columns
    assert "Sunday" not in _design(_series("W-SUN", 150)).columns


def test_a_weekday_without_counts_has_no_column() -> None:
    series = _series("D", 730)
    series[series.index.day_of_week >= 5] = np.nan
    design = _design(series)
    assert [name for name in design.columns if name in WEEKDAYS] == ["Tuesday", "Wednesday", "Thursday", "Friday"]
    series[series.index.day_of_week == 0] = np.nan
    assert [name for name in _design(series).columns if name in WEEKDAYS] == ["Wednesday", "Thursday", "Friday"]


def test_bank_holidays_and_the_days_around_them() -> None:
    design = _design(_series("D", 730), holidays=BankHolidays("England", before=1, after=2))
    easter = [day for day in _ones(design, "bank holiday") if day.startswith("2022-04")]
    assert easter == ["2022-04-15", "2022-04-18"]
    assert [d for d in _ones(design, "day before bank holiday") if d[:7] == "2022-04"] == ["2022-04-14", "2022-04-17"]
    assert [d for d in _ones(design, "day after bank holiday") if d[:7] == "2022-04"] == ["2022-04-16", "2022-04-19"]
    # the 17th lies two days after Good Friday but is already the day before Easter Monday
    assert [d for d in _ones(design, "2 days after bank holiday") if d[:7] == "2022-04"] == ["2022-04-20"]


def test_the_day_before_a_holiday_that_the_data_do_not_reach() -> None:
    design = _design(_series("D", 365 + 364), holidays=BankHolidays("England", before=2))
    assert str(design.periods[-1]) == "2022-12-30"
    assert "2022-12-31" not in _ones(design, "2 days before bank holiday")
    reaching = _design(_series("D", 365 + 365), holidays=BankHolidays("England", before=2))
    assert "2022-12-31" in _ones(reaching, "2 days before bank holiday")  # Monday 2 January 2023


def test_weeks_and_months_have_their_number_of_bank_holidays() -> None:
    monthly = _design(_series("M", 24, "2021-01"), "2022-01", holidays="England").to_frame()
    assert monthly["bank holidays"].tolist() == [
        1, 0, 0, 2, 2, 0, 0, 1, 0, 0, 0, 2,
        1, 0, 0, 2, 1, 2, 0, 1, 1, 0, 0, 2,
    ]  # fmt: skip
    weekly = _design(_series("W-SUN", 104, "2021-01-04"), holidays="England").to_frame()["bank holidays"]
    assert weekly[weekly == 2].index.start_time.strftime("%Y-%m-%d").tolist() == [
        "2021-12-27", "2022-05-30", "2022-12-26",
    ]  # fmt: skip
    assert weekly.sum() == 7 + 10  # 1 January 2021 lies before the first week


def test_open_days_by_month_are_counted_by_hand() -> None:
    months = pd.period_range("2021-12", periods=3, freq="M")
    np.testing.assert_array_equal(days_open(Opening(), months), [31, 31, 28])
    weekdays = Opening(WEEKDAYS[:5])
    np.testing.assert_array_equal(days_open(weekdays, months), [23, 21, 20])
    closed = Opening(WEEKDAYS[:5], closed_on="England")
    np.testing.assert_array_equal(days_open(closed, months), [21, 20, 20])


def test_open_days_multiply_the_exposure() -> None:
    series = _series("M", 24, "2021-01")
    population = pd.Series(1000.0, series.index)
    plain = _design(series, "2022-01", opening="Monday to Friday")
    np.testing.assert_allclose(np.exp(plain.offset[:3]), [21, 20, 23])
    both = build_design(series, "2022-01", design_spec({"opening": "Monday to Friday"}), exposure=population)
    np.testing.assert_allclose(both.offset, plain.offset + np.log(1000))
    length = build_design(series, "2022-01", exposure="days")
    np.testing.assert_allclose(np.exp(length.offset[:3]), [31, 28, 31])
    named = build_design(series, "2022-01", design_spec({"opening": "Monday to Friday"}), exposure="opening days")
    np.testing.assert_allclose(named.offset, plain.offset)


def test_contacts_on_closed_days_are_left_out_and_said() -> None:
    design = _design(_series("D", 730), opening=Opening(WEEKDAYS[:5], closed_on="England"))
    assert not design.used[np.asarray(design.periods.day_of_week) >= 5].any()
    assert "Saturday" not in design.columns
    assert any("without an open day are left out" in warning for warning in design.warnings)


def test_placebo_and_forecast_keep_the_calendar() -> None:
    design = _design(_series("D", 730), holidays="England")
    early = design.before_launch()
    assert "bank holiday" in early.columns
    false = design.placebo(pd.Period("2022-03-01", "D"))
    assert {"Sunday", "bank holiday"} <= set(false.columns)
    assert len(false.periods) == 546


@pytest.mark.parametrize(
    ("freq", "options", "message"),
    [
        ("M", {"weekday": True}, "weekday is True, and the data are by the month"),
        ("W-SUN", {"weekday": True}, "by the week"),
        ("D", {"weekday": "yes"}, "weekday is 'yes'. Allowed: True, False, or None"),
        ("D", {"holidays": "Enland"}, "Did you mean 'England'"),
        ("M", {"holidays": BankHolidays(before=1)}, "by the month. Leave before and after out"),
        ("D", {"opening": "Monday to friday"}, "Did you mean 'Monday to Friday'"),
        ("D", {"opening": ["Mondy"]}, "Did you mean 'Monday'"),
        ("D", {"opening": []}, "at least one weekday"),
    ],
)
def test_what_the_calendar_cannot_give_is_refused(freq: str, options: dict[str, Any], message: str) -> None:
    start = "2019-01" if freq == "M" else "2019-01-01"
    with pytest.raises(DesignError, match=message):
        _design(_series(freq, 1500 if freq == "D" else 200, start), "2021-01-01", **options)


def test_options_of_the_calendar_are_checked() -> None:
    with pytest.raises(DesignError, match="from 0 to 7"):
        BankHolidays(after=9)
    with pytest.raises(DesignError, match="Did you mean 'Scotland'"):
        Opening(closed_on="scotland")
    with pytest.raises(DesignError, match="annual data"):
        _design(_series("Y", 30, "1990"), "2010", holidays="England")
    with pytest.raises(DesignError, match="Did you mean 'days'"):
        build_design(_series("M", 24, "2021-01"), "2022-01", exposure="day")
    with pytest.raises(DesignError, match="no opening days are given"):
        build_design(_series("M", 24, "2021-01"), "2022-01", exposure="opening days")
