"""Launches against the data: each must name a region that has counts, and lie among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import pandas as pd

from evalkit.contacts.periods import period_text, to_period
from evalkit.errors import Problem, UsageError, nearest
from evalkit.vocab import CONTACTS, PERIOD, REGION

Launches = Mapping[str, object]


def launch_problems(parsed: pd.DataFrame, freq: str, launches: Launches | None) -> list[Problem]:
    """Launches that cannot be read, lie outside the counts of their region, or name a region without counts.

    Parameters
    ----------
    parsed : pandas.DataFrame
        Columns region, period (Period dtype, NaT where unreadable) and contacts (NaN where missing).
    freq : str
        Pandas frequency of the periods.
    launches : mapping or None
        For a region its first exposed period, or a sequence of them. The first and the last period of the data are
        inside.

    Returns
    -------
    list of Problem
        All fatal.
    """
    problems: list[Problem] = []
    counted = parsed[parsed[CONTACTS].notna() & parsed[PERIOD].notna() & parsed[REGION].notna()]
    ranges = counted.groupby(REGION)[PERIOD].agg(["min", "max"])
    for region, given in (launches or {}).items():
        if region not in ranges.index:
            match = nearest(region, list(ranges.index))
            hint = f"; did you mean {match!r}?" if match else "."
            what = f"a launch is given for {region!r}, which has no counts{hint}"
            repair = "Correct the name, or leave out the launch."
            problems.append(Problem(code="launch-without-region", what=what, repair=repair))
            continue
        first, last = (cast("pd.Period", end) for end in ranges.loc[region])
        several = isinstance(given, Sequence) and not isinstance(given, str)
        for launch in cast("Iterable[object]", given) if several else (given,):
            problems += _launch(region, launch, freq, (first, last))
    return problems


def _launch(region: str, launch: object, freq: str, data: tuple[pd.Period, pd.Period]) -> list[Problem]:
    try:
        period = to_period(launch, freq)
    except UsageError as error:
        what = f"the launch of {region!r} cannot be read. {error}"
        return [Problem(code="unreadable-launch", what=what, repair="Correct the launch.")]
    first, last = data
    if first <= period <= last:
        return []
    side = "before" if period < first else "after"
    what = (
        f"the launch of {region!r}, {period_text(period)}, lies {side} the data, "
        f"which run from {period_text(first)} to {period_text(last)}."
    )
    return [Problem(code="launch-outside-data", what=what, repair="Correct the launch, or add the periods around it.")]
