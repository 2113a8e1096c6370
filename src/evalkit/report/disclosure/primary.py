"""At which period a series is published, and its counts there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from evalkit.report.disclosure.profiles import Profile

MOST_SMALL: Final = 0.1
"""Share of protected counts, among those that are not 0, above which a series is published by longer periods."""
FEWEST: Final = 2
"""Periods that a series must have to be published at all."""
LADDERS: Final = {"D": ("D", "M", "Q", "Y"), "W": ("W", "Q", "Y"), "M": ("M", "Q", "Y"), "Q": ("Q", "Y"), "Y": ("Y",)}


def native_level(index: pd.PeriodIndex) -> str:
    """The frequency of a series as one letter: ``D``, ``W``, ``M``, ``Q`` or ``Y``."""
    return index.freqstr.split("-")[0][0].replace("A", "Y")


def level_of(period: str) -> str:
    """The same of a period as text: ``2018``, ``2018Q1``, ``2018-03``, ``2018-03-05`` or ``2018-03-05/2018-03-11``."""
    if "/" in period:
        return "W"
    if "Q" in period:
        return "Q"
    return {4: "Y", 7: "M"}.get(len(period), "D")


def groups_of(index: pd.PeriodIndex, level: str) -> pd.PeriodIndex:
    """The longer period in which each period begins; the periods themselves at their own level."""
    return index if native_level(index) == level else index.start_time.to_period(level)


def totals(series: pd.Series, level: str) -> pd.Series:
    """Totals by longer periods; missing where a part was not counted or lies outside the data, and not at the ends.

    Parameters
    ----------
    series : pandas.Series
        Counts with a PeriodIndex; NaN is missing.
    level : {"D", "W", "M", "Q", "Y"}
        The longer period; weeks belong to the one in which they begin.
    """
    index = cast("pd.PeriodIndex", series.index)
    if native_level(index) == level:
        return series
    groups = groups_of(index, level)
    first, last = groups[0].start_time, groups[-1].end_time
    whole = pd.period_range(first, last, freq=index.freqstr)
    whole = whole[(whole.start_time >= first) & (whole.start_time <= last)]
    grouped = series.reindex(whole).groupby(groups_of(whole, level))
    summed = grouped.sum().where(grouped.count() == grouped.size())
    known = np.flatnonzero(summed.notna().to_numpy())
    return summed.iloc[known[0] : known[-1] + 1] if len(known) else summed.iloc[:0]


def published_level(series: pd.Series, profile: Profile) -> str:
    """The shortest period at which at most a tenth of the counts above 0 is protected; empty where there is none."""
    ladder = LADDERS[native_level(cast("pd.PeriodIndex", series.index))]
    if profile.off:
        return ladder[0]
    for level in ladder:
        known = [round(count) for count in totals(series, level).dropna()]
        counted = [count for count in known if count or profile.is_small(0)]
        small = sum(map(profile.is_small, counted))
        if len(known) >= FEWEST and small <= MOST_SMALL * len(counted):
            return level
    return ""
