"""Cells as written to names, numbers and marks, with the problems of those that cannot be read."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from evalkit.contacts.cells import each_once, listed, shown, unique_codes
from evalkit.contacts.layout import COLUMN, ROW
from evalkit.contacts.numbers import NotANumber, is_missing, parse_number
from evalkit.errors import Problem
from evalkit.vocab import CONTACTS, SIMULATED

_TRUE: Final = frozenset({"true", "yes", "1", "1.0"})
_FALSE: Final = frozenset({"false", "no", "0", "0.0"})


def row_numbers(rows: Any) -> tuple[int, ...]:
    """Distinct spreadsheet rows, sorted."""
    return tuple(sorted({int(row) for row in rows}))


def to_name(value: object) -> str | None:
    """A cell as a name without spaces around it; None where it is empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text.strip() or None


def to_names(values: pd.Series) -> pd.Series:
    """A column of cells as names; None where empty."""
    uniques, codes = unique_codes(list(values))
    names = np.array([*map(to_name, uniques), None], dtype=object)
    return pd.Series(names[codes], index=values.index, dtype=object)


def to_numbers(cells: pd.DataFrame, column: str) -> tuple[Any, list[Problem]]:
    """A column of cells as float64, NaN where missing or unreadable, and the problems of what is unreadable.

    Parameters
    ----------
    cells : pandas.DataFrame
        See :class:`~evalkit.contacts.layout.LongTable`.
    column : str
        ``"contacts"`` or ``"exposure"``.
    """
    uniques, codes = unique_codes(list(cells[column]))
    read = [parse_number(value) for value in uniques]
    values = np.array([np.nan if isinstance(item, NotANumber) else item for item in read], dtype=np.float64)
    groups: dict[tuple[str, str], list[int]] = {}
    for place, item in enumerate(read):
        if isinstance(item, NotANumber):
            groups.setdefault((item.code, item.reason), []).append(place)
    problems = []
    for (code, reason), places in groups.items():
        at = np.flatnonzero(np.isin(codes, places))
        first = read[places[0]]
        received = listed([shown(uniques[place]) + under(cells, codes == place) for place in places])
        problems.append(
            Problem(
                code=code,
                what=f"{column} must be {'a whole number' if column == CONTACTS else 'a number'}; "
                f"received {received}: {reason}.",
                repair=first.repair if isinstance(first, NotANumber) else "",
                rows=row_numbers(cells[ROW].to_numpy()[at]),
            )
        )
    return values[codes], problems


def _word(value: object) -> str:
    return "" if is_missing(value) else str(value).strip().casefold()


def under(cells: pd.DataFrame, at: Any) -> str:
    """The headings that some cells of a wide table stand under."""
    headings = [heading for heading in dict.fromkeys(cells.loc[at, COLUMN]) if heading]
    return f" (column {listed([repr(heading) for heading in headings], 2)})" if headings else ""


def to_mark(cells: pd.DataFrame) -> tuple[bool, list[Problem]]:
    """Whether any row says it is simulated; what is neither true nor false is a problem."""
    if SIMULATED not in cells.columns:
        return False, []
    words = pd.Series(each_once(list(cells[SIMULATED]), _word), index=cells.index, dtype=object)
    wrong = ~words.isin([*_TRUE, *_FALSE, ""])
    problems = []
    if wrong.any():
        received = listed([shown(value) for value in dict.fromkeys(cells.loc[wrong, SIMULATED])])
        problems.append(
            Problem(
                code="simulated-mark",
                what=f"simulated must be true or false; received {received}.",
                repair="Write true for simulated counts; leave the cell empty otherwise.",
                rows=row_numbers(cells.loc[wrong, ROW]),
            )
        )
    marked = words.isin(_TRUE)
    if marked.any() and not marked.all():
        problems.append(
            Problem(
                code="partly-simulated",
                what=f"{int(marked.sum())} of {len(marked)} counts are marked as simulated.",
                repair="All of the file is treated as simulated; keep real and simulated counts in separate files.",
                fatal=False,
            )
        )
    return bool(marked.any()), problems
