"""Other quantities by period, from a file: what may stand beside contacts in a model."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from evalkit.contacts.files import load_file
from evalkit.contacts.numbers import NotANumber, parse_number
from evalkit.errors import ContactsError, Problem
from evalkit.vocab import PERIOD


def read_covariates(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read covariates: a column ``period`` and one column of numbers for each quantity; CSV, Excel or Parquet.

    Returns
    -------
    pandas.DataFrame
        Periods as they are written in the index, one float column each, NaN where a cell is empty; for
        ``covariates=`` of :func:`evalkit.estimate_effect`.

    Raises
    ------
    ContactsError
        The file cannot be read, has no ``period`` column or no other, or holds cells that are not numbers; all
        together, with rows.
    """
    raw = load_file(path)
    names = [str(name).strip() for name in raw.header]
    problems = [problem for problem in raw.problems if problem.fatal]
    if names.count(PERIOD) != 1 or len(names) < 2:
        problems.append(
            Problem(
                code="covariate-columns",
                what=f"The columns are {', '.join(map(repr, names))}; allowed: one 'period' and at least one other.",
                repair="Name the column of periods 'period', and give each quantity a column of its own.",
                rows=(raw.header_row,),
            )
        )
        raise ContactsError(str(path), problems)
    columns: dict[str, list[float]] = {}
    for position, name in enumerate(names):
        if name != PERIOD:
            columns[name], found = _numbers(raw.cells[position], name)
            problems += found
    if problems:
        raise ContactsError(str(path), problems)
    index = pd.Index([str(cell).strip() for cell in raw.cells[names.index(PERIOD)]], name=PERIOD)
    return pd.DataFrame(columns, index=index)


def _numbers(cells: pd.Series[Any], name: str) -> tuple[list[float], list[Problem]]:
    values, problems = [], []
    for row, cell in cells.items():
        read = parse_number(cell)
        if isinstance(read, NotANumber):
            what = f"{name!r} is {cell!r}: {read.reason}."
            problems.append(Problem(code=read.code, what=what, repair=read.repair, rows=(int(str(row)),)))
            read = float("nan")
        values.append(read)
    return values, problems
