"""The frequency of a file: its names, and the pattern by which dates show it.

A week is the seven days that begin with the date given, so its pandas frequency ends on the day before: dates that are
Mondays are weeks ``W-SUN``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from evalkit.contacts.written import Unreadable, Written
from evalkit.errors import UsageError, unknown
from evalkit.vocab import FREQUENCIES, FREQUENCY_NAMES, Frequency

WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ANCHORS: Final[dict[Frequency, str]] = {"Y": "Y-DEC", "Q": "Q-DEC", "M": "M", "W": "W-SUN", "D": "D"}
ENOUGH_FOR_A_PATTERN: Final = 3
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SUPPORTED: Final = re.compile(rf"(Y|Q)-({'|'.join(_MONTHS)})|W-({'|'.join(WEEKDAYS)})|M|D")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def is_supported(freq: str) -> bool:
    """Whether a pandas frequency is one that contacts may have."""
    return _SUPPORTED.fullmatch(freq) is not None


def full_frequency(frequency: str) -> str:
    """The pandas frequency of a letter, a word or a pandas frequency.

    Parameters
    ----------
    frequency : str
        ``"Y"``, ``"Q"``, ``"M"``, ``"W"``, ``"D"``; a word such as ``"month"``; or with an anchor, such as ``"W-SAT"``
        (weeks that end on a Saturday) or ``"Y-MAR"``. A year without anchor is the calendar year, a week without anchor
        runs from Monday to Sunday.

    Raises
    ------
    UsageError
        For any other frequency.
    """
    text = str(frequency).strip()
    by_word = {name: letter for letter, name in FREQUENCY_NAMES.items()}
    letter = by_word.get(text.casefold(), text.upper())
    if letter in ANCHORS:
        return ANCHORS[letter]
    if is_supported(letter):
        return letter
    raise UsageError(unknown("frequency", frequency, (*FREQUENCIES, "W-SAT", "Y-MAR")))


def letter_of(freq: str) -> Frequency:
    """The letter of a pandas frequency, whatever its anchor: ``"W"`` for ``"W-SAT"``."""
    for letter in FREQUENCIES:
        if freq.partition("-")[0] == letter:
            return letter
    raise UsageError(unknown("frequency", freq, FREQUENCIES))


def period_of(item: Written, freq: str) -> pd.Period | Unreadable:
    """The pandas period of frequency ``freq`` that contains the first day of what was written."""
    letter = letter_of(freq)
    if FREQUENCIES.index(item.kind) < FREQUENCIES.index(letter):
        wanted = FREQUENCY_NAMES[letter]
        return Unreadable(
            code="coarse-period",
            reason=f"it is a {FREQUENCY_NAMES[item.kind]}, and a {wanted} is wanted",
            repair=f"Write the {wanted}.",
        )
    if letter == item.kind == "Y":
        return pd.Period(year=item.start.year, freq=freq)
    if letter == item.kind == "Q":
        return pd.Period(year=item.start.year, quarter=(item.start.month + 2) // 3, freq=freq)
    return pd.Period(item.start, freq=freq)


def pattern_of_dates(distinct: Sequence[dt.date]) -> str | None:
    """The pandas frequency that sorted distinct dates show by their pattern.

    First (or last) days of months are months; only those of one month of the year, years; only those of calendar
    quarters, quarters (at least 3 dates, as for years that begin in another month than January). Dates all on one
    weekday are weeks, the same day of several months are months. One date alone is a month if it is the first of one,
    otherwise a day. None where there is no such pattern.
    """
    months = {date.month for date in distinct}
    if all(map(_is_first, distinct)):
        return _long_pattern(distinct, {month: _MONTHS[month - 2] for month in months}, {1, 4, 7, 10})
    if len(distinct) > 1 and all(map(_is_last, distinct)):
        return _long_pattern(distinct, {month: _MONTHS[month - 1] for month in months}, {3, 6, 9, 12})
    if len(distinct) > 1 and len({date.weekday() for date in distinct}) == 1:
        return f"W-{WEEKDAYS[distinct[0].weekday() - 1]}"
    if len(distinct) >= ENOUGH_FOR_A_PATTERN and len({date.day for date in distinct}) == 1:
        return "M"
    return "D" if len(distinct) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Nearly:
    """A pattern that most dates of a column follow.

    Attributes
    ----------
    name : str
        For the message.
    fits : callable
        Whether a date follows it.
    freq : str
        The pandas frequency it would give.
    most : float
        More than this share of the dates must follow it. Single days are the first of a month one time in thirty, but
        on one weekday one time in seven, and more often over holidays.
    """

    name: str
    fits: Callable[[dt.date], bool]
    freq: str
    most: float


def nearly_pattern(distinct: Sequence[dt.date]) -> Nearly | None:
    """The pattern that most of some distinct dates follow, but not all; None for plain days."""
    modal = Counter(date.weekday() for date in distinct).most_common(1)[0][0]
    for nearly in (
        Nearly(name="first day of a month", fits=_is_first, freq="M", most=1 / 2),
        Nearly(name="last day of a month", fits=_is_last, freq="M", most=1 / 2),
        Nearly(
            name=_DAYS[modal],
            fits=lambda date: date.weekday() == modal,
            freq=f"W-{WEEKDAYS[modal - 1]}",
            most=2 / 3,
        ),
    ):
        if len(distinct) >= ENOUGH_FOR_A_PATTERN and sum(map(nearly.fits, distinct)) > nearly.most * len(distinct):
            return nearly
    return None


def _long_pattern(distinct: Sequence[dt.date], year_ends: dict[int, str], quarters: set[int]) -> str:
    end = next(iter(year_ends.values()))
    if len(year_ends) == 1 and len(distinct) >= (2 if end == "DEC" else ENOUGH_FOR_A_PATTERN):
        return f"Y-{end}"
    if set(year_ends) <= quarters and len(distinct) >= ENOUGH_FOR_A_PATTERN:
        return "Q-DEC"
    return "M"


def _is_first(date: dt.date) -> bool:
    return date.day == 1


def _is_last(date: dt.date) -> bool:
    return (date + dt.timedelta(days=1)).day == 1
