"""Dates and periods as published: with their precision, and with the words that stood there."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from evalkit.vocab import DAYS_PER_YEAR, DatePrecision, PeriodPrecision

__all__ = ["ImpreciseDate", "Interval", "parse_date"]

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_YEAR = re.compile(r"(\d{4})")
_ALLOWED = "'2019-05-02', '2019-05', '2019', a range '2022-03-07/2022-03-08', or 'unknown'"
_DAYS_IN_WEEK, _LONGEST_MONTH = 7, 31


@dataclass(frozen=True, kw_only=True)
class ImpreciseDate:
    """A date known to the day, week, month or year, or not at all.

    Attributes
    ----------
    start, end : datetime.date or None
        First and last day on which it may have been (both inclusive); None where nothing is known.
    precision : DatePrecision
        ``day``, ``week``, ``month``, ``year`` or ``unknown``.
    text : str
        As published.
    """

    start: dt.date | None
    end: dt.date | None
    precision: DatePrecision
    text: str = ""

    @property
    def known(self) -> bool:
        """Whether anything is known of the date."""
        return self.start is not None

    @property
    def iso(self) -> str:
        """The date at its own precision: ``2019-05-02``, ``2019-05``, ``2019``, ``2022-03-07/2022-03-08`` or empty."""
        if self.start is None or self.end is None:
            return ""
        if self.start == self.end:
            return self.start.isoformat()
        whole = {DatePrecision.MONTH: self.start.strftime("%Y-%m"), DatePrecision.YEAR: self.start.strftime("%Y")}
        return whole.get(self.precision, f"{self.start}/{self.end}")

    def __str__(self) -> str:
        return self.iso or "unknown"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A closed interval of days.

    Attributes
    ----------
    start, end : datetime.date
        First and last day, both inclusive.
    precision : PeriodPrecision
        ``exact``, or ``approximate`` where an end was read from the context.
    text : str
        The period as published.
    note : str
        What else is known of it.
    stated_months : float or None
        Length in months where the source states one that the days do not show ("six months", July to January).
    """

    start: dt.date
    end: dt.date
    precision: PeriodPrecision = PeriodPrecision.EXACT
    text: str = ""
    note: str = ""
    stated_months: float | None = None

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    @property
    def months(self) -> float:
        """Length in months: as stated by the source, otherwise days divided by the mean length of a month."""
        return self.stated_months or round(self.days * 12 / DAYS_PER_YEAR, 1)

    def same_days(self, other: Interval) -> bool:
        """Whether both cover exactly the same days."""
        return (self.start, self.end) == (other.start, other.end)

    def contains(self, other: Interval) -> bool:
        """Whether every day of ``other`` lies inside."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Interval) -> int:
        """Number of days in both."""
        return max(0, (min(self.end, other.end) - max(self.start, other.start)).days + 1)

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


def parse_date(text: str) -> ImpreciseDate:
    """Read a date written at any precision.

    Parameters
    ----------
    text : str
        ``2019-05-02``, ``2019-05``, ``2019``, a range of days ``2022-03-07/2022-03-08``, or ``unknown``.

    Raises
    ------
    ValueError
        With a sentence that says what is allowed, where ``text`` is none of these or no date of the calendar.
    """
    word = text.strip()
    if not word or word.casefold() == DatePrecision.UNKNOWN:
        return ImpreciseDate(start=None, end=None, precision=DatePrecision.UNKNOWN, text=text)
    if "/" in word:
        return _range(word)
    start, end, precision = _bounds(word)
    return ImpreciseDate(start=start, end=end, precision=precision, text=text)


def _range(word: str) -> ImpreciseDate:
    first, _, second = word.partition("/")
    start, end = _bounds(first.strip())[0], _bounds(second.strip())[1]
    if end < start:
        raise ValueError(f"The range {word!r} ends before it starts; write the earlier date first.")
    return ImpreciseDate(start=start, end=end, precision=_precision((end - start).days + 1), text=word)


def _precision(days: int) -> DatePrecision:
    if days == 1:
        return DatePrecision.DAY
    if days <= _DAYS_IN_WEEK:
        return DatePrecision.WEEK
    return DatePrecision.MONTH if days <= _LONGEST_MONTH else DatePrecision.YEAR


def _bounds(word: str) -> tuple[dt.date, dt.date, DatePrecision]:
    try:
        if found := _DAY.fullmatch(word):
            day = dt.date(*map(int, found.groups()))
            return day, day, DatePrecision.DAY
        if found := _MONTH.fullmatch(word):
            year, month = map(int, found.groups())
            last = dt.date(year, month, calendar.monthrange(year, month)[1])
            return last.replace(day=1), last, DatePrecision.MONTH
        if found := _YEAR.fullmatch(word):
            year = int(found[1])
            return dt.date(year, 1, 1), dt.date(year, 12, 31), DatePrecision.YEAR
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError(f"{word!r} is not a date of the calendar; allowed are {_ALLOWED}.") from None
    raise ValueError(f"Cannot read the date {word!r}; allowed are {_ALLOWED}.")
