"""What a table does not cover: gaps, and a last period that may not be over.

These are notes, not errors: a missing count stays missing, and the models know what to do with it. But a reader should
know, and a last month exported before its end looks like a fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.catalogue import text
from evalkit.contacts.cells import listed
from evalkit.contacts.frequency import letter_of
from evalkit.contacts.periods import period_text, period_texts
from evalkit.errors import Problem
from evalkit.vocab import CHANNEL, CONTACTS, FREQUENCY_NAMES, PERIOD, REGION, Frequency

PARTIAL_BELOW: Final = 0.6
NOISE: Final = 3.0
# how far back one same-season period lies, and how many of them are looked at
_SEASON_STEP: Final[dict[Frequency, int]] = {"Y": 1, "Q": 4, "M": 12, "W": 1, "D": 7}
_SEASONS: Final[dict[Frequency, int]] = {"Y": 3, "Q": 3, "M": 3, "W": 8, "D": 8}
_SEASON_WORDS: Final[dict[Frequency, str]] = {
    "Y": "the 3 years before",
    "Q": "the same quarter in the 3 years before",
    "M": "the same month in the 3 years before",
    "W": "the 8 weeks before",
    "D": "the same weekday in the 8 weeks before",
}


def coverage_notes(parsed: pd.DataFrame) -> list[Problem]:
    """Notes on the gaps of a table and on its last period.

    Parameters
    ----------
    parsed : pandas.DataFrame
        Columns region, channel, period (Period dtype, NaT where unreadable) and contacts (NaN where missing,
        infinite where a cell cannot be read). Rows that come twice count once (the first).

    Returns
    -------
    list of Problem
        None of them fatal. A gap names region, channel and periods; series with the same gap share a note. The last
        period is called partial where series lack it, or where the total of a channel lies below 60 % of the median of
        the same season in recent years by more than chance: by more than three square roots of that level.
    """
    keyed = parsed[[REGION, CHANNEL, PERIOD]].notna().all(axis="columns")
    rows = parsed[keyed].drop_duplicates([REGION, CHANNEL, PERIOD])
    counted = rows[rows[CONTACTS].notna()]
    if not len(counted):
        return []
    freq = pd.PeriodIndex(counted[PERIOD]).freqstr
    everything = pd.period_range(counted[PERIOD].min(), counted[PERIOD].max(), freq=freq)
    indexed = counted.set_index([PERIOD, REGION, CHANNEL])[CONTACTS]
    wide = indexed.unstack([REGION, CHANNEL]).reindex(everything)  # noqa: PD010
    wide = wide.sort_index(axis="columns")
    return _gaps(wide) + _without_last(wide) + _low_last(wide)


def ranges_text(periods: pd.PeriodIndex) -> str:
    """Sorted periods as text, neighbours joined: ``2019-05 to 2019-07, 2020-01``."""
    if not len(periods):
        return ""
    breaks = np.flatnonzero(np.diff(periods.asi8) > 1) + 1
    parts = []
    for run in np.split(np.arange(len(periods)), breaks):
        first, last = period_text(periods[run[0]]), period_text(periods[run[-1]])
        parts.append(first if first == last else text("words.span", first=first, last=last))
    return listed(parts, 6)


def _gaps(wide: pd.DataFrame) -> list[Problem]:
    """One note for each distinct set of missing periods; the last period has a note of its own."""
    absent: NDArray[np.bool_] = wide.isna().to_numpy()[:-1]
    groups: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(absent.any(axis=0)):
        groups.setdefault(absent[:, column].tobytes(), []).append(int(column))
    periods = pd.PeriodIndex(wide.index)
    return [
        _gap(periods[:-1][absent[:, columns[0]]], [wide.columns[c] for c in columns]) for columns in groups.values()
    ]


def _gap(periods: pd.PeriodIndex, series: Sequence[Any]) -> Problem:
    unit = FREQUENCY_NAMES[letter_of(periods.freqstr)]
    ranges = ranges_text(periods)
    what = (
        f"{series_text(series)}: {len(periods)} {unit}{'s' * (len(periods) != 1)} without a count ({ranges}); "
        "missing is not zero."
    )
    repair = "Nothing to do if the counts are not known; add rows with 0 if there were no contacts."
    return Problem(code="gap", what=what, repair=repair, fatal=False, series=tuple(series), periods=ranges)


def series_text(series: Sequence[Any]) -> str:
    """Series as text: ``Kent (helpline), Kent (chat)``."""
    return listed([f"{region} ({channel})" for region, channel in series], 6)


def _without_last(wide: pd.DataFrame) -> list[Problem]:
    absent = cast("list[tuple[str, str]]", list(wide.columns[wide.iloc[-1].isna()]))
    if not absent:
        return []
    last = period_texts(pd.PeriodIndex(wide.index[-1:]))[0]
    what = f"The last period, {last}, has no count for {len(absent)} of {wide.shape[1]} series: {series_text(absent)}."
    repair = "Add the rows, or end the file at the last complete period."
    return [
        Problem(code="partial-last-period", what=what, repair=repair, fatal=False, series=tuple(absent), periods=last),
    ]


def _low_last(wide: pd.DataFrame) -> list[Problem]:
    letter = letter_of(pd.PeriodIndex(wide.index).freqstr)
    notes = []
    for channel in dict.fromkeys(wide.columns.get_level_values(CHANNEL)):
        table = cast("pd.DataFrame", wide.xs(channel, axis="columns", level=CHANNEL))
        note = _low_channel(table, str(channel), letter)
        notes += [note] if note else []
    return notes


def _low_channel(table: pd.DataFrame, channel: str, letter: Frequency) -> Problem | None:
    steps = _SEASON_STEP[letter] * np.arange(1, _SEASONS[letter] + 1)
    places = len(table) - 1 - steps
    recent = table.iloc[places[places >= 0]]
    both = np.isfinite(table.iloc[-1].to_numpy()) & np.isfinite(recent.to_numpy()).all(axis=0)
    if not len(recent) or not both.any():
        return None
    total = float(table.iloc[-1].to_numpy()[both].sum())
    level = float(recent.loc[:, both].sum(axis="columns").median())
    if total >= PARTIAL_BELOW * level or level - total <= NOISE * np.sqrt(level):
        return None
    last = period_texts(pd.PeriodIndex(table.index[-1:]))[0]
    what = (
        f"The last period, {last}, may not be complete: {channel} has {total:.0f} contacts in all, "
        f"{total / level:.0%} of {level:.0f}, the median of {_SEASON_WORDS[letter]} "
        f"(below {PARTIAL_BELOW:.0%} is reported)."
    )
    repair = "If the file was made before the period was over, end it at the last complete period."
    return Problem(code="partial-last-period", what=what, repair=repair, fatal=False)
