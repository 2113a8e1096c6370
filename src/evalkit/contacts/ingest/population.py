"""Exposure: the population of each region at the middle of each period, between its mid-year estimates."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.contacts.cells import folded, listed
from evalkit.contacts.files import load_file
from evalkit.contacts.ingest.mapping import refused
from evalkit.contacts.numbers import is_missing
from evalkit.errors import ContactsError, IngestError, Problem, nearest
from evalkit.vocab import REGION, UNALLOCATED

_YEAR: Final = "year"
_POPULATION: Final = "population"
_MIDDLE: Final = (6, 30)


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure:
    """Populations by region and period.

    Attributes
    ----------
    table : pandas.DataFrame
        Periods by regions; the region of contacts without a place has the population of all others together.
    stated : str
        How values between the estimates were found, for the report.
    """

    table: pd.DataFrame
    stated: str


def exposure(path: Path, regions: Sequence[str], periods: pd.PeriodIndex) -> Exposure:
    """The population of each region at the middle of each period.

    Linear between estimates, each of which stands for 30 June of its year; before the first and after the last estimate
    of a region the nearest one.

    Raises
    ------
    IngestError
        The file lacks a column or a region, or has a cell that is no number.
    """
    estimates = _estimates(path)
    wanted = [region for region in regions if region != UNALLOCATED]
    missing = [region for region in wanted if region not in estimates]
    if missing:
        match = nearest(missing[0], tuple(estimates))
        hint = f" Did you mean {match!r}?" if match else ""
        what = f"{len(missing)} regions have no population: {listed([repr(name) for name in missing])}.{hint}"
        raise refused(str(path), "no-population", what, "Add them, or leave population out of the mapping.")
    middle = _middles(periods)
    table = pd.DataFrame({region: _between(estimates[region], middle) for region in wanted}, index=periods)
    if UNALLOCATED in regions:
        table[UNALLOCATED] = table.sum(axis="columns")
    first = min(min(its) for its in (estimates[region] for region in wanted))
    last = max(max(its) for its in (estimates[region] for region in wanted))
    outside = int(((middle < _mid_year(first)) | (middle > _mid_year(last))).sum())
    held = f"; {outside} of {len(periods)} periods lie outside them and have the nearest estimate" if outside else ""
    stated = (
        f"Population at the middle of each period, linear between the mid-year (30 June) estimates of {first} to "
        f"{last}{held}. "
        f"Contacts without a region have the population of all regions together."
    )
    return Exposure(table=table.round(1), stated=stated)


def _between(its: dict[int, float], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    years = sorted(its)
    return np.interp(middle, [_mid_year(year) for year in years], [its[year] for year in years])


def _middles(periods: pd.PeriodIndex) -> NDArray[np.float64]:
    """The middle of each period in days since 1970."""
    starts = periods.to_timestamp(how="start")
    ends = (periods + 1).to_timestamp(how="start")
    days = [(stamps - pd.Timestamp(0)).days.to_numpy(dtype=np.float64) for stamps in (starts, ends)]
    return np.asarray((days[0] + days[1]) / 2)


def _mid_year(year: int) -> float:
    return float((dt.date(year, *_MIDDLE) - dt.date(1970, 1, 1)).days)


def _estimates(path: Path) -> dict[str, dict[int, float]]:
    try:
        table = load_file(path)
    except ContactsError as error:
        problems = error.problems
    else:
        named = {folded(name): column for column, name in enumerate(table.header)}
        absent = [name for name in (REGION, _YEAR, _POPULATION) if name not in named]
        if absent:
            what = f"The file has no column {' and no column '.join(map(repr, absent))}."
            raise refused(str(path), "missing-column", what, "Give it region, year and population.")
        return _numbers(path, table.cells[[named[name] for name in (REGION, _YEAR, _POPULATION)]])
    raise IngestError(str(path), problems)


def _numbers(path: Path, cells: pd.DataFrame) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    problems = []
    for row, region, year, people in cells.itertuples():
        try:
            number, when = float(str(people).replace(",", "")), int(float(str(year)))
            sound = number > 0 and 1800 < when < 2200 and not is_missing(region)
        except ValueError:
            sound = False
        if not sound:
            what = "A row needs a region, a year and a population above 0."
            problems.append(Problem(code="population", what=what, repair="Mend or remove it.", rows=(row,)))
        elif when in found[str(region).strip()]:
            what = f"{str(region).strip()} has two populations for {when}."
            problems.append(Problem(code="duplicate", what=what, repair="Keep one.", rows=(row,)))
        else:
            found[str(region).strip()][when] = number
    if problems:
        raise IngestError(str(path), problems)
    return dict(found)
