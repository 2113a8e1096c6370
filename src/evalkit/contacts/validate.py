"""Every rule a contacts table must keep, all checked together, each failure with its rows and a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from evalkit.contacts.cells import each_once
from evalkit.contacts.column import read_periods
from evalkit.contacts.coverage import coverage_notes
from evalkit.contacts.launches import Launches, launch_problems
from evalkit.contacts.layout import COLUMN, PERIOD_ROW, REGION_ROW, ROW
from evalkit.contacts.names import name_notes, region_problems, spelling_problems
from evalkit.contacts.numbers import is_missing
from evalkit.contacts.schema import rule_problems
from evalkit.contacts.values import row_numbers, to_mark, to_names, to_numbers
from evalkit.errors import Problem
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, PERIOD, REGION

_KEYS: Final = [REGION, CHANNEL, PERIOD]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is known about a contacts table beforehand.

    Attributes
    ----------
    regions : tuple of str, optional
        Every name that may stand in the table, as a register spells it.
    launches : mapping, optional
        For a region its launch, or a sequence of launches.
    frequency : str, optional
        Length of a period, where the dates alone do not show it.
    """

    regions: tuple[str, ...] | None = None
    launches: Launches | None = None
    frequency: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Checked:
    """A table after all checks.

    Attributes
    ----------
    frame : pandas.DataFrame or None
        Tidy contacts; None where a problem is fatal.
    freq : str or None
        Pandas frequency of the periods.
    simulated : bool
        True where any row says so.
    problems : tuple of Problem
        Fatal ones first.
    """

    frame: pd.DataFrame | None
    freq: str | None
    simulated: bool
    problems: tuple[Problem, ...]


def check_cells(cells: pd.DataFrame, expected: Expected) -> Checked:
    """Check a long table of cells as written.

    Parameters
    ----------
    cells : pandas.DataFrame
        See :class:`~evalkit.contacts.layout.LongTable`.
    expected : Expected
        What is known beforehand.

    Returns
    -------
    Checked
    """
    parsed = cells[[ROW, COLUMN, REGION_ROW]].copy()
    problems: list[Problem] = []
    for column, rows in ((REGION, REGION_ROW), (CHANNEL, ROW)):
        parsed[column] = to_names(cells[column])
        problems += spelling_problems(cells[column], cells[rows].to_numpy(), column)
    column_of_periods = read_periods(list(cells[PERIOD]), rows=cells[PERIOD_ROW].tolist(), frequency=expected.frequency)
    problems += column_of_periods.problems
    parsed[PERIOD] = pd.NaT if column_of_periods.periods is None else column_of_periods.periods
    for column in (CONTACTS, EXPOSURE):
        if column in cells.columns:
            parsed[column], trouble = to_numbers(cells, column)
            problems += trouble
    simulated, trouble = to_mark(cells)
    problems += trouble
    problems += rule_problems(parsed)
    problems += _missing(cells)
    problems += region_problems(parsed, expected.regions)
    problems += name_notes(parsed)
    if column_of_periods.freq is not None:
        problems += launch_problems(parsed, column_of_periods.freq, expected.launches)
        problems += coverage_notes(parsed.assign(**{CONTACTS: _present(cells, parsed)}))
    if _empty(cells).all() and not any(problem.fatal for problem in problems):
        problems.append(Problem(code="no-data", what="Every count is missing.", repair="Give at least one count."))
    ordered = tuple(sorted(problems, key=lambda problem: not problem.fatal))
    fatal = any(problem.fatal for problem in ordered)
    return Checked(
        frame=None if fatal else _tidy(parsed), freq=column_of_periods.freq, simulated=simulated, problems=ordered
    )


def _tidy(parsed: pd.DataFrame) -> pd.DataFrame:
    kept = [*_KEYS, CONTACTS, *([EXPOSURE] if EXPOSURE in parsed.columns else [])]
    return parsed.loc[parsed[CONTACTS].notna(), kept]


def _empty(cells: pd.DataFrame) -> pd.Series:
    return pd.Series(each_once(list(cells[CONTACTS]), is_missing), index=cells.index, dtype=bool)


def _present(cells: pd.DataFrame, parsed: pd.DataFrame) -> pd.Series:
    """Counts, with infinity where something stands in the cell that is no number: there, but not known."""
    unreadable = parsed[CONTACTS].isna() & ~_empty(cells)
    return parsed[CONTACTS].mask(unreadable, np.inf)


def _missing(cells: pd.DataFrame) -> list[Problem]:
    """Empty count cells of a long table: they are missing, and that is said."""
    empty = _empty(cells) & (cells[COLUMN] == "")
    if not empty.any() or empty.all():
        return []
    return [
        Problem(
            code="empty-count",
            what="contacts is empty: these counts are missing, not zero.",
            repair="Write 0 where there were no contacts; nothing to do where the count is not known.",
            rows=row_numbers(cells.loc[empty, ROW]),
            fatal=False,
        )
    ]
