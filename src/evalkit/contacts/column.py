"""A column of periods: read every value, and find the frequency that the column has as a whole."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.contacts.cells import listed, shown, unique_codes
from evalkit.contacts.frequency import (
    ANCHORS,
    ENOUGH_FOR_A_PATTERN,
    full_frequency,
    is_supported,
    letter_of,
    nearly_pattern,
    pattern_of_dates,
    period_of,
)
from evalkit.contacts.written import FORMS, Parsed, Slashed, Unreadable, Written, parse_period
from evalkit.errors import Problem
from evalkit.vocab import FREQUENCY_NAMES

_LAST_MONTH: Final = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class PeriodColumn:
    """A column of periods as read.

    Attributes
    ----------
    freq : str or None
        The pandas frequency of the whole column, or of most of it where it is mixed; None where it was not found.
    periods : pandas.PeriodIndex or None
        One entry for each value, ``NaT`` where it could not be read; None where ``freq`` is None.
    problems : tuple of Problem
        What could not be read, and (not fatal) how forms that needed a rule were read.
    """

    freq: str | None
    periods: pd.PeriodIndex | None
    problems: tuple[Problem, ...]


def read_periods(
    values: Sequence[object], *, rows: Sequence[int] | None = None, frequency: str | None = None
) -> PeriodColumn:
    """Read a column of periods and find the frequency it has as a whole.

    Parameters
    ----------
    values : sequence
        One value for each row, in any readable form.
    rows : sequence of int, optional
        Spreadsheet row of each value, for the problems.
    frequency : str, optional
        Frequency to hold the column to, where it is known; otherwise it is found.

    Returns
    -------
    PeriodColumn
    """
    if not len(values):
        return PeriodColumn(freq=None, periods=None, problems=(_no_periods(),))
    uniques, codes = unique_codes(values)
    parsed, problems = _in_one_order([parse_period(value) for value in uniques], uniques)
    freq, trouble = _frequency(parsed, uniques, codes, frequency)
    problems += trouble
    odd = {place for draft in trouble if draft.problem.fatal for place in draft.places}
    made = [
        period_of(item, freq) if freq is not None and isinstance(item, Written) and place not in odd else item
        for place, item in enumerate(parsed)
    ]
    problems = _unreadable(uniques, made) + problems
    periods = None
    if freq is not None:
        known = pd.PeriodIndex([p if isinstance(p, pd.Period) else pd.NaT for p in made], freq=freq)
        periods = known.take(codes)
    return PeriodColumn(freq=freq, periods=periods, problems=_placed(problems, codes, rows))


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A problem of some distinct values, before it is known in which rows they stand."""

    problem: Problem
    places: tuple[int, ...]


def _placed(drafts: list[_Draft], codes: NDArray[np.intp], rows: Sequence[int] | None) -> tuple[Problem, ...]:
    if rows is None:
        return tuple(draft.problem for draft in drafts)
    numbers = np.asarray(rows)
    return tuple(
        replace(draft.problem, rows=tuple(dict.fromkeys(numbers[np.isin(codes, draft.places)].tolist())))
        for draft in drafts
    )


def _no_periods() -> Problem:
    return Problem(code="no-periods", what="There are no periods.", repair=FORMS)


def _unreadable(uniques: Sequence[Any], made: Sequence[object]) -> list[_Draft]:
    groups: dict[Unreadable, list[int]] = {}
    for place, item in enumerate(made):
        if isinstance(item, Unreadable):
            groups.setdefault(item, []).append(place)
    return [_unreadable_draft(fault, places, uniques) for fault, places in groups.items()]


def _unreadable_draft(fault: Unreadable, places: list[int], uniques: Sequence[Any]) -> _Draft:
    if fault.code == "empty-period":
        what = "period is empty."
    else:
        values = listed([shown(uniques[place]) for place in places])
        what = f"period{'s' if len(places) > 1 else ''} {values} cannot be read: {fault.reason}."
    return _Draft(problem=Problem(code=fault.code, what=what, repair=fault.repair), places=tuple(places))


# --- day and month, or month and day ---------------------------------------------------------------------------------


def _in_one_order(parsed: list[Parsed], uniques: Sequence[Any]) -> tuple[list[Parsed], list[_Draft]]:
    places = [place for place, item in enumerate(parsed) if isinstance(item, Slashed)]
    if not places:
        return parsed, []
    slashed = [item for item in parsed if isinstance(item, Slashed)]
    order, reason = _order(slashed)
    example = shown(uniques[places[0]])
    if order is None:
        fault = Unreadable(
            code="ambiguous-period",
            reason=reason,
            repair="Write the year first: 2019-05 for a month, 2019-05-01 for a day or a week.",
        )
        return [fault if isinstance(item, Slashed) else item for item in parsed], []
    read: list[Parsed] = [in_order(item, order) for item in parsed]
    first = read[places[0]]
    start = first.start.isoformat() if isinstance(first, Written) else "?"
    note = Problem(
        code="date-order",
        what=f"Dates such as {example} were read {order} ({start}): {reason}.",
        repair="Nothing to do if that is right; otherwise write the year first.",
        fatal=False,
    )
    return read, [_Draft(problem=note, places=tuple(places))]


def _order(slashed: Sequence[Slashed]) -> tuple[str | None, str]:
    """Whether the column is written day first or month first, and why; None where it cannot be told."""
    firsts, seconds = {s.first for s in slashed}, {s.second for s in slashed}
    years = {s.year for s in slashed}
    if max(firsts) > _LAST_MONTH and max(seconds) > _LAST_MONTH:
        return None, "some values of the column are day/month/year and some month/day/year"
    if max(firsts) > _LAST_MONTH:
        return "day first", f"no month has the number {max(firsts)}"
    if max(seconds) > _LAST_MONTH:
        return "month first", f"no month has the number {max(seconds)}"
    if all(s.first == s.second for s in slashed):
        return "day first", "day and month are the same number"
    if firsts == {1} and len(seconds) >= ENOUGH_FOR_A_PATTERN and len(years) > 1:
        return "day first", "every date is then the first of a month"
    if seconds == {1} and len(firsts) >= ENOUGH_FOR_A_PATTERN and len(years) > 1:
        return "month first", "every date is then the first of a month"
    return None, "it may be day/month/year or month/day/year, and nothing in the column tells which"


def in_order(item: Parsed, order: str | None) -> Written | Unreadable:
    """A slashed date read in the given order, or, without one, in the only order that makes it a date."""
    if not isinstance(item, Slashed):
        return item
    if order is None:
        order, reason = _order([item])
        if order is None:
            return Unreadable(code="ambiguous-period", reason=reason, repair="Write the year first.")
    day, month = (item.first, item.second) if order == "day first" else (item.second, item.first)
    written = parse_period(f"{item.year}-{month}-{day}")
    return written if isinstance(written, Written | Unreadable) else _no_date()


def _no_date() -> Unreadable:
    return Unreadable(code="unreadable-period", reason="no such date in the calendar")


# --- the frequency of a column ---------------------------------------------------------------------------------------


def _frequency(
    parsed: Sequence[Parsed], uniques: Sequence[Any], codes: NDArray[np.intp], wanted: str | None
) -> tuple[str | None, list[_Draft]]:
    if wanted is not None:
        return full_frequency(wanted), []
    common = {value.freqstr if isinstance(value, pd.Period) else None for value in uniques}
    if len(common) == 1 and (only := common.pop()) is not None:
        return (only, []) if is_supported(only) else (None, [])
    written = {place: item for place, item in enumerate(parsed) if isinstance(item, Written)}
    kinds = {item.kind for item in written.values()}
    if not kinds:
        return None, []
    if len(kinds) > 1:
        return _of_most(written, uniques, codes)
    kind = kinds.pop()
    if kind != "D":
        return ANCHORS[kind], []
    return _frequency_of_dates({place: item.start for place, item in written.items()}, uniques, codes)


def _of_most(
    written: dict[int, Written], uniques: Sequence[Any], codes: NDArray[np.intp]
) -> tuple[str | None, list[_Draft]]:
    """The frequency of the most frequent kind, and the problem of the others."""
    mixed = _mixed({place: FREQUENCY_NAMES[item.kind] for place, item in written.items()}, uniques, codes)
    most = {place: item for place, item in written.items() if place not in mixed.places}
    kind = next(iter(most.values())).kind
    if kind != "D":
        return ANCHORS[kind], [mixed]
    freq, trouble = _frequency_of_dates({place: item.start for place, item in most.items()}, uniques, codes)
    return freq, [mixed, *trouble]


def _mixed(names: dict[int, str], uniques: Sequence[Any], codes: NDArray[np.intp]) -> _Draft:
    """The problem of values of several kinds, at the rows of all but the most frequent kind."""
    counts = np.bincount(codes, minlength=len(uniques))
    rows: Counter[str] = Counter()
    for place, name in names.items():
        rows[name] += int(counts[place])
    ranked = [name for name, _ in rows.most_common()]
    parts = [
        f"{rows[name]} {name}{'s' if rows[name] != 1 else ''} "
        f"({listed([shown(uniques[place]) for place, its in names.items() if its == name], 2)})"
        for name in ranked
    ]
    problem = Problem(
        code="mixed-periods",
        what=f"periods are mixed: {', '.join(parts[:-1])} and {parts[-1]}.",
        repair=f"Write every period of the file the same way, such as all by {ranked[0]}.",
    )
    return _Draft(problem=problem, places=tuple(place for place, name in names.items() if name != ranked[0]))


def _frequency_of_dates(
    dates: dict[int, dt.date], uniques: Sequence[Any], codes: NDArray[np.intp]
) -> tuple[str | None, list[_Draft]]:
    """Dates may stand for days, or name the first (or last) day of a longer period: the pattern tells."""
    distinct = sorted(set(dates.values()))
    if freq := pattern_of_dates(distinct):
        return freq, [_dates_note(freq, dates)] if freq not in ("M", "D") else []
    if nearly := nearly_pattern(distinct):
        others = [place for place, date in dates.items() if not nearly.fits(date)]
        return nearly.freq, [_mixed_dates(others, nearly.name, uniques, codes)]
    return "D", []


def _mixed_dates(others: list[int], name: str, uniques: Sequence[Any], codes: NDArray[np.intp]) -> _Draft:
    counts = np.bincount(codes, minlength=len(uniques))
    rows = int(counts[others].sum())
    values = listed([shown(uniques[place]) for place in others])
    problem = Problem(
        code="mixed-periods",
        what=f"periods are mixed: {values} ({rows} row{'s' if rows != 1 else ''}) "
        f"{'is' if len(others) == 1 else 'are'} not a {name}, as most periods are.",
        repair="Correct these dates; if the file does hold single days, say so with frequency='D'.",
    )
    return _Draft(problem=problem, places=tuple(others))


def _dates_note(freq: str, dates: dict[int, dt.date]) -> _Draft:
    first = min(dates.values())
    period = pd.Period(first, freq=freq)
    start, end = period.start_time.date(), period.end_time.date()
    word = FREQUENCY_NAMES[letter_of(freq)]
    problem = Problem(
        code="dates-as-periods",
        what=f"Each date was read as a {word}: {first} as the {word} from {start:%A} {start} to {end:%A} {end}.",
        repair=f"Nothing to do if that is right; otherwise write the first day of each {word}, or give frequency='…'.",
        fatal=False,
    )
    return _Draft(problem=problem, places=())
