"""One period as somebody wrote it, before anything is known about the rest of its column."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from evalkit.contacts.numbers import is_missing
from evalkit.vocab import FREQUENCIES, Frequency

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
_EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 80_000)
_MONTH_NAMES: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS: Final = {
    **{name: number for number, name in enumerate(_MONTH_NAMES, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)},
    "sept": 9,
}
_LAST_MONTH: Final = 12
FORMS: Final = "Write periods as 2019, 2019-Q2, 2019-05 or 2019-05-01 (weeks and days by date)."


@dataclass(frozen=True, kw_only=True)
class Written:
    """A period that can be read on its own: its precision and its first day (for a week or a day, the date given)."""

    kind: Frequency
    start: dt.date


@dataclass(frozen=True, kw_only=True)
class Slashed:
    """A date such as 01/05/2019, whose first two numbers may be day and month or month and day."""

    first: int
    second: int
    year: int


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A value that is no period, and why."""

    code: str
    reason: str
    repair: str = FORMS


Parsed: TypeAlias = Written | Slashed | Unreadable


def parse_period(value: object) -> Parsed:
    """Read one value as a period.

    Parameters
    ----------
    value : object
        Text (``2019``, ``2019-05``, ``2019-05-01``, ``2019-Q2``, ``2019-W05``, ``May 2019``, ``2019/05``, ``05/2019``,
        ``1 May 2019``, ``01/05/2019``), a whole number (a year), a date or timestamp at midnight, or a pandas Period.

    Returns
    -------
    Written, Slashed or Unreadable
        ``Slashed`` where only the rest of the column can tell day from month. Years outside 1900-2100 are unreadable.
    """
    if isinstance(value, pd.Period):
        return _from_pandas(value)
    if is_missing(value):
        return Unreadable(code="empty-period", reason="empty")
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.datetime):
        if value.time() != dt.time():
            return Unreadable(code="unreadable-period", reason="a moment with a time of day, not a period")
        return _dated("D", value.year, value.month, value.day)
    if isinstance(value, dt.date):
        return _dated("D", value.year, value.month, value.day)
    if isinstance(value, bool | np.bool_):
        return _unreadable()
    if isinstance(value, int | float | np.integer | np.floating):
        number = float(value)
        return _parse_text(str(int(number))) if number.is_integer() else _decimal(number)
    return _parse_text(str(value))


def _from_pandas(value: pd.Period) -> Parsed:
    letter = next((known for known in FREQUENCIES if value.freqstr.partition("-")[0] == known), None)
    if letter is None:
        return Unreadable(code="unreadable-period", reason=f"a period of frequency {value.freqstr!r}")
    if letter == "Y":
        return _dated("Y", value.year, 1, 1)
    if letter == "Q":
        return _dated("Q", value.qyear, 3 * value.quarter - 2, 1)
    start = value.start_time
    return _dated(letter, start.year, start.month, start.day)


def _parse_text(raw: str) -> Parsed:
    text = re.sub(r"\s+", " ", raw.replace("–", "-").replace("‑", "-")).strip()
    text = re.sub(r"[T ]00:00(:00(\.0+)?)?(Z|\+00:00)?$", "", text)
    for pattern, build in _FORMS:
        if found := pattern.fullmatch(text):
            return build(found)
    return _unreadable()


def _dated(kind: Frequency, year: int, month: int, day: int) -> Parsed:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unreadable(
            code="unreadable-period",
            reason=f"the year {year} is outside {FIRST_YEAR}-{LAST_YEAR}",
            repair="Correct the year.",
        )
    try:
        return Written(kind=kind, start=dt.date(year, month, day))
    except ValueError:
        return Unreadable(code="unreadable-period", reason="no such date in the calendar")


def _year(found: re.Match[str]) -> Parsed:
    return _dated("Y", int(found["y"]), 1, 1)


def _month(found: re.Match[str]) -> Parsed:
    month, year = int(found["m"]), int(found["y"])
    if month == (year + 1) % 100 and month > _LAST_MONTH:
        return Unreadable(
            code="unreadable-period",
            reason="looks like a financial year",
            repair="Write the months or quarters it is made of, or one calendar year.",
        )
    return _dated("M", year, month, 1) if 1 <= month <= _LAST_MONTH else _no_month(month)


def _no_month(month: int) -> Unreadable:
    return Unreadable(code="unreadable-period", reason=f"there is no month {month}")


def _named_month(found: re.Match[str]) -> Parsed:
    month = _MONTHS.get(found["name"].casefold())
    return _dated("M", int(found["y"]), month, 1) if month else _unreadable()


def _named_day(found: re.Match[str]) -> Parsed:
    month = _MONTHS.get(found["name"].casefold())
    return _dated("D", int(found["y"]), month, int(found["d"])) if month else _unreadable()


def _day(found: re.Match[str]) -> Parsed:
    return _dated("D", int(found["y"]), int(found["m"]), int(found["d"]))


def _quarter(found: re.Match[str]) -> Parsed:
    return _dated("Q", int(found["y"]), 3 * int(found["q"]) - 2, 1)


def _iso_week(found: re.Match[str]) -> Parsed:
    try:
        monday = dt.date.fromisocalendar(int(found["y"]), int(found["w"]), 1)
    except ValueError:
        return Unreadable(code="unreadable-period", reason="no such week in the ISO calendar")
    return _dated("W", monday.year, monday.month, monday.day)


def _slashed(found: re.Match[str]) -> Parsed:
    return Slashed(first=int(found["a"]), second=int(found["b"]), year=int(found["y"]))


def _short_year(found: re.Match[str]) -> Parsed:
    name, digits = found["name"], found["s"]
    return Unreadable(
        code="unreadable-period",
        reason=f"may be {name} of the year 20{digits}, or day {digits} of {name}",
        repair="Write the year in full, as in 2019-05 (in a spreadsheet, format the column as text or yyyy-mm-dd).",
    )


def _serial(found: re.Match[str]) -> Parsed:
    days = int(found["n"])
    if days not in _EXCEL_DAYS:
        return _unreadable()
    return Unreadable(
        code="unreadable-period",
        reason=f"looks like a spreadsheet's day number for {_EXCEL_EPOCH + dt.timedelta(days=days)}",
        repair="Format the column as dates (yyyy-mm-dd) and save again.",
    )


def _decimal(number: float) -> Unreadable:
    return Unreadable(
        code="unreadable-period",
        reason="a decimal number (a spreadsheet turns 2019.10 into 2019.1)" if 0 < number < LAST_YEAR else "no period",
    )


def _unreadable() -> Unreadable:
    return Unreadable(code="unreadable-period", reason="not a period")


_Y = r"(?P<y>[0-9]{4})"
_FORMS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), build)
    for pattern, build in (
        (_Y, _year),
        (_Y + r" ?[-/] ?(?P<m>[0-9]{1,2})", _month),
        (_Y + r"M(?P<m>[0-9]{2})", _month),
        (_Y + r"(?P<m>[0-9]{2})", _month),
        (r"(?P<m>[0-9]{1,2}) ?[-/] ?" + _Y, _month),
        (_Y + r"-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})", _day),
        (_Y + r"/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})", _day),
        (_Y + r"(?P<m>[0-9]{2})(?P<d>[0-9]{2})", _day),
        (_Y + r"[- ]?Q(?P<q>[1-4])", _quarter),
        (r"Q(?P<q>[1-4])[- /]?" + _Y, _quarter),
        (_Y + r"-?W(?P<w>[0-9]{2})", _iso_week),
        (r"(?P<name>[a-z]{3,9})\.?[ -]" + _Y, _named_month),
        (_Y + r"[ -](?P<name>[a-z]{3,9})", _named_month),
        (r"(?P<d>[0-9]{1,2})[ -](?P<name>[a-z]{3,9})\.?[ -]" + _Y, _named_day),
        (r"(?P<name>[a-z]{3,9})\.? (?P<d>[0-9]{1,2}),? " + _Y, _named_day),
        (r"(?P<a>[0-9]{1,2})[/.-](?P<b>[0-9]{1,2})[/.-]" + _Y, _slashed),
        (r"(?P<name>[a-z]{3,9})[ '-](?P<s>[0-9]{2})", _short_year),
        (r"(?P<n>[0-9]{5})", _serial),
    )
)
