"""Dates and periods keep the precision they were published with."""

from __future__ import annotations

import datetime as dt

import pytest

from evalkit.registers import ImpreciseDate, Interval, parse_date


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("2019-05-02", dt.date(2019, 5, 2), dt.date(2019, 5, 2), "day"),
        ("2016-02", dt.date(2016, 2, 1), dt.date(2016, 2, 29), "month"),
        ("2020", dt.date(2020, 1, 1), dt.date(2020, 12, 31), "year"),
        ("2022-03-07/2022-03-08", dt.date(2022, 3, 7), dt.date(2022, 3, 8), "week"),
        ("2022-03-01/2022-03-20", dt.date(2022, 3, 1), dt.date(2022, 3, 20), "month"),
        ("2022-03/2022-05", dt.date(2022, 3, 1), dt.date(2022, 5, 31), "year"),
        ("unknown", None, None, "unknown"),
        ("", None, None, "unknown"),
    ],
)
def test_each_precision_is_read(text: str, start: dt.date | None, end: dt.date | None, precision: str) -> None:
    found = parse_date(text)
    assert (found.start, found.end, found.precision) == (start, end, precision)
    assert found.known == (start is not None)


@pytest.mark.parametrize("text", ["2019-05-02", "2016-02", "2020", "2022-03-07/2022-03-08"])
def test_iso_gives_back_what_was_read(text: str) -> None:
    assert parse_date(text).iso == text
    assert str(parse_date(text)) == text


@pytest.mark.parametrize("text", ["02/05/2019", "May 2019", "2019-13", "2019-02-30", "soon", "19-05"])
def test_what_cannot_be_read_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed are '2019-05-02'"):
        parse_date(text)


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        parse_date("2022-03-08/2022-03-07")


def test_an_unknown_date_says_so() -> None:
    assert str(parse_date("unknown")) == "unknown"


def _interval(start: str, end: str, **options: float) -> Interval:
    return Interval(start=dt.date.fromisoformat(start), end=dt.date.fromisoformat(end), stated_months=options.get("m"))


def test_both_ends_of_an_interval_count() -> None:
    assert _interval("2018-01-01", "2018-12-31").days == 365
    assert _interval("2018-01-01", "2018-01-01").days == 1


def test_length_in_months_is_the_stated_one_where_there_is_one() -> None:
    assert _interval("2018-01-01", "2018-12-31").months == 12
    assert _interval("2017-07-01", "2018-01-31").months == 7.1
    assert _interval("2017-07-01", "2018-01-31", m=6).months == 6


def test_overlap_and_containment() -> None:
    year, half, other = (
        _interval("2018-01-01", "2018-12-31"),
        _interval("2018-01-01", "2018-06-30"),
        _interval("2018-12-31", "2019-02-01"),
    )
    assert year.contains(half)
    assert not half.contains(year)
    assert year.overlap(half) == half.days
    assert year.overlap(other) == 1
    assert half.overlap(other) == 0
    assert year.same_days(year)
    assert not year.same_days(half)


def test_dates_are_frozen() -> None:
    with pytest.raises(AttributeError):
        parse_date("2019").start = None  # type: ignore[misc]
    assert ImpreciseDate(start=None, end=None, precision=parse_date("").precision) == parse_date("")
