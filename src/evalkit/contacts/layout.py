"""Long or wide: find out how a table is laid out and bring it to one row for each count.

Headings are matched without regard to case, spaces and underscores. A heading that is only nearly right is reported,
never taken for the right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from evalkit.contacts.cells import folded, listed, shown
from evalkit.contacts.files import RawTable
from evalkit.contacts.numbers import is_missing
from evalkit.contacts.written import Unreadable, parse_period
from evalkit.errors import Problem, nearest
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, OPTIONAL_COLUMNS, PERIOD, REGION, REQUIRED_COLUMNS, SIMULATED

ROW: Final = "row"
COLUMN: Final = "column"
REGION_ROW: Final = "region row"
PERIOD_ROW: Final = "period row"
_KNOWN: Final = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
# headings that mean one of ours; used to suggest a new name, never to accept one
_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    REGION: ("area", "force", "police force", "police force area", "county", "place", "district", "area name"),
    CHANNEL: ("service", "medium", "route", "source", "contact type", "mode"),
    PERIOD: ("month", "date", "week", "day", "year", "quarter", "time", "week beginning", "week commencing"),
    CONTACTS: ("count", "counts", "calls", "number", "n", "value", "total contacts", "no of contacts", "visits"),
    EXPOSURE: ("population", "pop", "person-time", "persontime", "denominator"),
}
_NEARLY: Final = 0.75


@dataclass(frozen=True, kw_only=True, eq=False)
class LongTable:
    """One row for each cell that may hold a count.

    Attributes
    ----------
    cells : pandas.DataFrame or None
        Columns ``row`` (spreadsheet row), ``column`` (heading the count stands under, for messages), ``region row`` and
        ``period row`` (where these stand: the row of the headings, if they are headings), ``region``, ``channel``,
        ``period``, ``contacts`` and, where given, ``exposure`` and ``simulated``; all as written. None
        where the headings do not say which is which.
    layout : {"long", "wide by region", "wide by period"}
        What was found.
    problems : tuple of Problem
        Missing, repeated or unused columns.
    """

    cells: pd.DataFrame | None
    layout: str
    problems: tuple[Problem, ...]


def to_long(table: RawTable, channel: str | None = None) -> LongTable:
    """Bring a table of cells to one row for each count.

    Parameters
    ----------
    table : RawTable
        Cells as they stand in the file.
    channel : str, optional
        Channel of all rows, for a file without a column that says it.

    Returns
    -------
    LongTable
        Long layout: region, channel, period and contacts are headings. Wide by region: period is a heading, and every
        other heading a region. Wide by period: region is a heading, and every other heading a period.
    """
    named, problems = _named(table)
    if any(problem.fatal for problem in problems):
        return LongTable(cells=None, layout="long", problems=tuple(problems))
    others = [place for place in range(len(table.header)) if place not in named.values()]
    layout = _layout(named, [table.header[place] for place in others])
    if channel is not None and CHANNEL in named:
        problems.append(_two_channels(channel))
    needed = {"long": REQUIRED_COLUMNS, "wide by region": (CHANNEL, PERIOD), "wide by period": (REGION, CHANNEL)}[
        layout
    ]
    absent = [name for name in needed if name not in named and not (name == CHANNEL and channel is not None)]
    problems += [_absent(name, table, [table.header[place] for place in others]) for name in absent]
    if absent:
        return LongTable(cells=None, layout=layout, problems=tuple(problems))
    if layout == "long":
        cells = _long(table, named)
        problems += _unused([table.header[place] for place in others])
    else:
        cells, trouble = _wide(table, named, others, PERIOD if layout == "wide by period" else REGION)
        problems += trouble
    if CHANNEL not in cells.columns:
        cells[CHANNEL] = channel
    cells[REGION_ROW] = table.header_row if layout == "wide by region" else cells[ROW]
    cells[PERIOD_ROW] = table.header_row if layout == "wide by period" else cells[ROW]
    return LongTable(cells=cells, layout=layout, problems=tuple(problems))


def _named(table: RawTable) -> tuple[dict[str, int], list[Problem]]:
    """Places of the headings we know, and the problems of headings that are empty or repeated."""
    problems = []
    places: dict[str, list[int]] = {}
    for place, heading in enumerate(table.header):
        places.setdefault(folded(heading) if not is_missing(heading) else "", []).append(place)
    for text, its in places.items():
        if text and len(its) > 1:
            problems.append(
                Problem(
                    code="duplicate-column",
                    what=f"{len(its)} columns are headed {str(table.header[its[0]]).strip()!r}.",
                    repair="Keep one of them, or give them different names.",
                    rows=(table.header_row,),
                )
            )
    problems += [
        Problem(
            code="unnamed-column",
            what=f"column {place + 1} has content and no heading.",
            repair="Give it a heading or remove it.",
            rows=(table.header_row,),
        )
        for place in places.get("", [])
        if not table.cells[place].map(is_missing).all()
    ]
    return {name: places[name][0] for name in _KNOWN if name in places}, problems


def _layout(named: Mapping[str, int], others: Sequence[object]) -> str:
    if CONTACTS in named or not others:
        return "long"
    if REGION in named and PERIOD not in named:
        readable = sum(not isinstance(parse_period(heading), Unreadable) for heading in others)
        return "wide by period" if 2 * readable > len(others) else "long"
    if PERIOD in named and REGION not in named:
        return "long" if any(_nearly(name, others) for name in (REGION, CONTACTS)) else "wide by region"
    return "long"


def _nearly(name: str, headings: Sequence[object]) -> str | None:
    """The heading that was probably meant to be ``name``: another word for it, or a slip of the pen."""
    for heading in headings:
        if folded(heading) in _OTHER_NAMES.get(name, ()):
            return str(heading).strip()
    return _misspelt(name, headings)


def _misspelt(name: str, headings: Sequence[object]) -> str | None:
    import difflib

    by_folded = {folded(heading): str(heading).strip() for heading in headings}
    found = difflib.get_close_matches(name, by_folded, n=1, cutoff=_NEARLY)
    return by_folded[found[0]] if found else None


def _absent(name: str, table: RawTable, others: Sequence[object]) -> Problem:
    found = _misspelt(name, others) or _nearly(name, others)
    headings = listed([str(heading).strip() for heading in table.header if not is_missing(heading)], 8)
    if found:
        what, repair = f"missing column {name!r}; found {found!r}.", f"Rename {found!r} to {name!r}."
    else:
        what = f"missing column {name!r}; the headings are: {headings}."
        repair = f"Add a column {name!r}."
    if name == CHANNEL:
        repair += " If all rows have the same channel, give it instead: channel='helpline'."
    return Problem(code="missing-column", what=what, repair=repair, rows=(table.header_row,))


def _two_channels(channel: str) -> Problem:
    return Problem(
        code="two-channels",
        what=f"channel={channel!r} was given, but the file has a column 'channel'.",
        repair="Leave out one of the two.",
    )


def _unused(headings: Sequence[object]) -> list[Problem]:
    problems = []
    unknown = [str(heading).strip() for heading in headings if not is_missing(heading)]
    meant = {name: nearest(name, [text for text in unknown if _misspelt(name, [text])]) for name in OPTIONAL_COLUMNS}
    for name, found in meant.items():
        if found:
            problems.append(
                Problem(
                    code="misspelt-column",
                    what=f"column {found!r} is nearly {name!r}.",
                    repair=f"Rename it to {name!r}, or give it a name that is not so close.",
                )
            )
    unused = [text for text in unknown if text not in meant.values()]
    if unused:
        what = f"column{'s' * (len(unused) > 1)} not used: {', '.join(map(repr, unused))}."
        repair = "Nothing to do unless one of them was meant to be used."
        problems.append(Problem(code="unused-column", what=what, repair=repair, fatal=False))
    return problems


def _long(table: RawTable, named: Mapping[str, int]) -> pd.DataFrame:
    cells = pd.DataFrame({name: table.cells[place] for name, place in named.items()})
    cells.insert(0, ROW, table.cells.index)
    cells.insert(1, COLUMN, "")
    return cells.reset_index(drop=True)


def _wide(
    table: RawTable, named: Mapping[str, int], others: Sequence[int], melted: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Each count of a wide table in a row of its own; ``melted`` (region or period) is what the headings say."""
    headed = [place for place in others if not is_missing(table.header[place])]
    problems = [
        Problem(
            code="misplaced-column",
            what=f"a wide table cannot have a column {name!r}.",
            repair="Give the table in long form: region, channel, period, contacts, exposure.",
            rows=(table.header_row,),
        )
        for name in (EXPOSURE,)
        if name in named
    ]
    if melted == PERIOD:
        headed, trouble = _only_periods(table, headed)
        problems += trouble
    kept = {name: place for name, place in named.items() if name in {REGION, CHANNEL, PERIOD, SIMULATED} - {melted}}
    count = len(table.cells)
    data: dict[str, Any] = {
        ROW: np.tile(table.cells.index.to_numpy(), len(headed)),
        COLUMN: np.repeat(np.array([str(table.header[place]).strip() for place in headed], dtype=object), count),
    }
    for name, place in kept.items():
        data[name] = np.tile(table.cells[place].to_numpy(dtype=object), len(headed))
    headings = np.empty(len(headed), dtype=object)
    headings[:] = [table.header[place] for place in headed]
    data[melted] = np.repeat(headings, count)
    data[CONTACTS] = np.concatenate([table.cells[place].to_numpy(dtype=object) for place in headed])
    return pd.DataFrame({name: pd.Series(values) for name, values in data.items()}), problems


def _only_periods(table: RawTable, places: Sequence[int]) -> tuple[list[int], list[Problem]]:
    """The places whose headings are periods, and one problem for those that are not."""
    wrong = [place for place in places if isinstance(parse_period(table.header[place]), Unreadable)]
    if not wrong:
        return list(places), []
    problem = Problem(
        code="not-a-period-column",
        what=f"column{'s' * (len(wrong) > 1)} {listed([shown(table.header[place]) for place in wrong])} "
        f"{'are' if len(wrong) > 1 else 'is'} no period, unlike the other headings.",
        repair="Remove totals and remarks, or correct the heading.",
        rows=(table.header_row,),
    )
    return [place for place in places if place not in wrong], [problem]
