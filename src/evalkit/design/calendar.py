"""What the calendar itself does to counts: weekdays, bank holidays, and the number of days a service is open.

Bank holidays come from the ``holidays`` package. Only those on a Monday to Friday are taken, as on the lists of gov.uk:
a holiday at a weekend counts on its substitute day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.design.season import frequency_of
from evalkit.display import Displayed
from evalkit.errors import DesignError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design.spec import DesignSpec

WEEKDAYS: Final = vocab.WEEKDAYS
SUBDIVISIONS: Final[dict[str, str | None]] = {
    "England": "ENG",
    "Wales": "WLS",
    "Scotland": "SCT",
    "Northern Ireland": "NIR",
    "United Kingdom": None,
}
HOLIDAY: Final = "bank holiday"
_SATURDAY: Final = 5
_FURTHEST: Final = 7


@dataclass(frozen=True)
class BankHolidays(Displayed):
    """The bank holidays of one nation, as columns of the design.

    Attributes
    ----------
    nation : str
        England, Wales, Scotland, Northern Ireland, or United Kingdom: the days that all four share.
    before, after : int
        In daily data, so many days before and after each bank holiday have a column of their own, 0 to 7.
    """

    nation: str = "England"
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        if self.nation not in vocab.NATIONS:
            raise DesignError(unknown("nation of bank holidays", self.nation, vocab.NATIONS))
        for name in ("before", "after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _FURTHEST:
                raise DesignError(f"{name} is {value!r}. Allowed: a whole number of days from 0 to {_FURTHEST}.")


@dataclass(frozen=True)
class Opening(Displayed):
    """When a service is open, so that contacts are counted per open day.

    Attributes
    ----------
    days : tuple of str
        Weekdays by their English names; all seven unless said otherwise.
    closed_on : str, optional
        Nation whose bank holidays the service is closed on (:class:`BankHolidays`).

    Examples
    --------
    >>> Opening(("Monday", "Tuesday")).closed_on is None
    True
    """

    days: tuple[str, ...] = WEEKDAYS
    closed_on: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.days, str) or not isinstance(self.days, Iterable):
            raise DesignError(f"The opening days are {self.days!r}. Allowed: a list of weekdays.")
        object.__setattr__(self, "days", tuple(self.days))
        for day in self.days:
            if day not in WEEKDAYS:
                raise DesignError(unknown("weekday", day, WEEKDAYS))
        if not self.days or len(set(self.days)) < len(self.days):
            raise DesignError(f"The opening days are {self.days!r}. Allowed: at least one weekday, each once.")
        if self.closed_on is not None:
            BankHolidays(self.closed_on)


def read_holidays(value: Any) -> BankHolidays | None:
    """Bank holidays from the name of a nation."""
    return value if value is None or isinstance(value, BankHolidays) else BankHolidays(value)


def read_opening(value: Any) -> Opening | None:
    """Opening days from a pattern in words ("Monday to Friday") or a list of weekdays."""
    if value is None or isinstance(value, Opening):
        return value
    if isinstance(value, str) and "," in value:
        return Opening(tuple(day.strip() for day in value.split(",")))
    if isinstance(value, str):
        patterns: dict[str, tuple[str, ...]] = {str(name): days for name, days in vocab.OPENING_DAYS.items()}
        if value not in patterns:
            raise DesignError(unknown("opening pattern", value, tuple(patterns)) + " Or give a list of weekdays.")
        return Opening(patterns[value])
    return Opening(value)


def calendar_columns(
    spec: DesignSpec, periods: pd.PeriodIndex, counted: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.float64]]]:
    """Columns for weekdays (daily data) and bank holidays.

    Parameters
    ----------
    counted : ndarray of bool, shape (n,)
        Periods with a count and exposure: a weekday without any has no column, and the first of the others is the one
        that they are compared with.

    Raises
    ------
    DesignError
        Weekdays asked of data that are not daily; days before and after bank holidays likewise.
    """
    daily = frequency_of(periods) == "D"
    if spec.weekday and not daily:
        raise DesignError(
            f"weekday is True, and the data are by the {_unit(periods)}. Weekdays need daily data: leave weekday out."
        )
    columns = _weekdays(periods, counted) if daily and spec.weekday is not False else []
    return columns + (_holidays(spec.holidays, periods, daily=daily) if spec.holidays is not None else [])


def unseen_weekdays(spec: DesignSpec, periods: pd.PeriodIndex, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Days of the week that the series never counted and that so have no ratio of their own, shape (n,)."""
    if frequency_of(periods) != "D" or spec.weekday is False:
        return np.zeros(len(periods), dtype=np.bool_)
    number = np.asarray(periods.day_of_week)
    return ~np.isin(number, number[counted])


def _weekdays(periods: pd.PeriodIndex, counted: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.float64]]]:
    number = np.asarray(periods.day_of_week)
    present = np.unique(number[counted])
    return [(WEEKDAYS[day], (number == day).astype(np.float64)) for day in present[1:]]


def _holidays(asked: BankHolidays, periods: pd.PeriodIndex, *, daily: bool) -> list[tuple[str, NDArray[np.float64]]]:
    if frequency_of(periods) == "Y":
        raise DesignError("Bank holidays say nothing in annual data. Leave holidays out.")
    if not daily:
        if asked.before or asked.after:
            raise DesignError(
                f"Days before or after bank holidays were asked for, and the data are by the {_unit(periods)}. "
                f"Leave before and after out, or give daily data."
            )
        return [(f"{HOLIDAY}s", _holidays_in(periods, asked.nation))]
    days = periods.asi8
    away = _margin(periods, asked.nation)
    is_holiday = np.isin(days, away)
    columns = [(HOLIDAY, is_holiday.astype(np.float64))]
    taken = is_holiday
    for word, distances, sign in (("before", range(1, asked.before + 1), -1), ("after", range(1, asked.after + 1), 1)):
        for distance in distances:
            near = np.isin(days, away + sign * distance) & ~taken
            taken = taken | near
            unit = "day" if distance == 1 else f"{distance} days"
            columns.append((f"{unit} {word} {HOLIDAY}", near.astype(np.float64)))
    return columns


def _margin(periods: pd.PeriodIndex, nation: str) -> NDArray[np.int64]:
    """Bank holidays from shortly before to shortly after daily periods, as days since 1970."""
    first, last = periods[0].start_time.date(), periods[-1].end_time.date()
    margin = dt.timedelta(days=_FURTHEST)
    return np.asarray(
        [(day - dt.date(1970, 1, 1)).days for day in bank_holidays(nation, first - margin, last + margin)], np.int64
    )


def bank_holidays(nation: str, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """The bank holidays of a nation (see :class:`BankHolidays`) from one day to another, both inclusive, in order."""
    import holidays

    BankHolidays(nation)
    found = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation], years=range(first.year, last.year + 1))
    return tuple(day for day in sorted(found) if first <= day <= last and day.weekday() < _SATURDAY)


def days_open(opening: Opening, periods: pd.PeriodIndex) -> NDArray[np.float64]:
    """Number of days in each period on which a service is open, shape (n,)."""
    days = pd.period_range(periods[0].start_time, periods[-1].end_time, freq="D")
    chosen = [WEEKDAYS.index(day) for day in opening.days]
    is_open = np.isin(np.asarray(days.day_of_week), chosen)
    if opening.closed_on is not None:
        is_open &= ~np.isin(days.asi8, _margin(periods, opening.closed_on))
    return _summed(is_open, days, periods)


def _holidays_in(periods: pd.PeriodIndex, nation: str) -> NDArray[np.float64]:
    days = pd.period_range(periods[0].start_time, periods[-1].end_time, freq="D")
    return _summed(np.isin(days.asi8, _margin(periods, nation)), days, periods)


def _summed(flags: NDArray[np.bool_], days: pd.PeriodIndex, periods: pd.PeriodIndex) -> NDArray[np.float64]:
    """How many of the days of each period have the flag, shape (n,); the days cover the periods exactly."""
    starts = periods.asfreq("D", how="S").asi8 - days.asi8[0]
    return np.add.reduceat(flags.astype(np.float64), starts)


def _unit(periods: pd.PeriodIndex) -> str:
    return vocab.FREQUENCY_NAMES[frequency_of(periods)]
