"""One period from what somebody wrote, one period as text, and the frequency of many."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evalkit.contacts.column import in_order, read_periods
from evalkit.contacts.frequency import full_frequency, letter_of, period_of
from evalkit.contacts.written import Unreadable, Written, parse_period
from evalkit.errors import ContactsError, UsageError


def to_period(value: object, frequency: str) -> pd.Period:
    """One period of the given frequency.

    Parameters
    ----------
    value : object
        Anything :func:`~evalkit.contacts.written.parse_period` reads. What is finer than the frequency gives the period
        that contains its first day: ``"2019-05-10"`` is 2019-05 for months.
    frequency : str
        See :func:`full_frequency`.

    Returns
    -------
    pandas.Period

    Raises
    ------
    UsageError
        The value cannot be read, is coarser than the frequency (a year where months are wanted), or may be day and
        month or month and day.
    """
    freq = full_frequency(frequency)
    if isinstance(value, pd.Period) and value.freqstr == freq:
        return value
    parsed = in_order(parse_period(value), None)
    made = period_of(parsed, freq) if isinstance(parsed, Written) else parsed
    if isinstance(made, Unreadable):
        raise UsageError(f"The period {value!r} cannot be used: {made.reason}. {made.repair}")
    return made


def period_texts(periods: pd.PeriodIndex) -> list[str]:
    """Periods as a contacts file writes them: ``2019``, ``2019-Q2``, ``2019-05``; weeks and days by their first day."""
    letter = letter_of(periods.freqstr)
    if letter == "Q":
        return [f"{year}-Q{quarter}" for year, quarter in zip(periods.qyear, periods.quarter, strict=True)]
    if letter == "Y":
        return [str(year) for year in periods.year]
    pattern = "%Y-%m" if letter == "M" else "%Y-%m-%d"
    return [str(text) for text in periods.to_timestamp(how="start").strftime(pattern)]


def period_text(period: pd.Period) -> str:
    """One period as a contacts file writes it."""
    return period_texts(pd.PeriodIndex([period]))[0]


def infer_frequency(values: Iterable[object]) -> str:
    """The pandas frequency of a column of periods.

    Parameters
    ----------
    values : iterable
        Periods in any readable form, in any order; repeats are allowed.

    Returns
    -------
    str
        ``"Y-DEC"``, ``"Q-DEC"``, ``"M"``, ``"W-SUN"`` (or another last day of the week), or ``"D"``.

    Raises
    ------
    ContactsError
        A value cannot be read, or the values are of mixed precision.
    """
    column = read_periods(list(values))
    fatal = tuple(problem for problem in column.problems if problem.fatal)
    if fatal or column.freq is None:
        raise ContactsError("periods", fatal)
    return column.freq
