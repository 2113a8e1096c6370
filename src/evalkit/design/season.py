"""Columns that are there with and without the campaign: season and known events."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.contacts import to_period
from evalkit.errors import DesignError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design.spec import DesignSpec, EventTerm


def frequency_of(periods: pd.PeriodIndex) -> vocab.Frequency:
    """The frequency letter of a PeriodIndex, whatever day its weeks or years end on."""
    return cast("vocab.Frequency", periods.freqstr.split("-")[0].lstrip("0123456789")[:1])


def season_columns(spec: DesignSpec, periods: pd.PeriodIndex) -> list[tuple[str, NDArray[np.float64]]]:
    """Annual pairs of sine and cosine, or indicators; names and values of shape (n,)."""
    frequency = frequency_of(periods)
    if frequency == "Y":
        return []
    if spec.season == "indicators":
        return _season_indicators(periods, frequency)
    angle = 2 * np.pi * _position_in_year(periods, frequency)
    half = vocab.PERIODS_PER_YEAR[frequency] / 2
    pairs: list[tuple[str, NDArray[np.float64]]] = []
    for k in range(1, min(spec.harmonics, int(half)) + 1):
        if k < half:  # at k = s/2 the sine is zero everywhere
            pairs.append((f"sin {k}", np.sin(k * angle)))
        pairs.append((f"cos {k}", np.cos(k * angle)))
    return pairs


def _season_indicators(periods: pd.PeriodIndex, frequency: str) -> list[tuple[str, NDArray[np.float64]]]:
    if frequency not in {"M", "Q"}:
        raise DesignError(
            "Season indicators need monthly or quarterly data; these are weekly or daily. Use season='harmonics'."
        )
    number = np.asarray(periods.month if frequency == "M" else periods.quarter)
    name = vocab.FREQUENCY_NAMES[cast("vocab.Frequency", frequency)]
    return [(f"{name} {k}", (number == k).astype(np.float64)) for k in np.unique(number)[1:]]


def _position_in_year(periods: pd.PeriodIndex, frequency: str) -> NDArray[np.float64]:
    if frequency == "M":
        return (np.asarray(periods.month, dtype=np.float64) - 1) / 12
    if frequency == "Q":
        return (np.asarray(periods.quarter, dtype=np.float64) - 1) / 4
    middle = periods.to_timestamp(how="start") + (periods.to_timestamp(how="end") - periods.to_timestamp()) / 2
    return (np.asarray(middle.day_of_year, dtype=np.float64) - 1) / vocab.DAYS_PER_YEAR


def event_column(event: EventTerm, periods: pd.PeriodIndex) -> NDArray[np.float64]:
    """1 in the affected periods, shape (n,); ``DesignError`` where these are none or all of the data."""
    frequency = periods.freqstr
    first = to_period(event.start, frequency)
    column = np.asarray(periods >= first)
    if event.end is not None:
        last = to_period(event.end, frequency)
        if last < first:
            raise DesignError(f"Event {event.name!r} ends in {last}, before it starts in {first}.")
        column &= np.asarray(periods <= last)
    if not column.any() or column.all():
        raise DesignError(
            f"Event {event.name!r} covers {'every period' if column.all() else 'no period'} of the data "
            f"({periods[0]} to {periods[-1]}), so it says nothing. "
            f"Leave it out or correct its dates."
        )
    return column.astype(np.float64)
