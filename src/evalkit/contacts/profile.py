"""The quality of a contacts file in numbers: what is missing, what stands out, what jumps, what begins or ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.contacts.periods import period_texts
from evalkit.contacts.shifts import Shift, level_shift
from evalkit.contacts.table import Contacts
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, PERIOD, REGION, UNALLOCATED

AUDIT_SUFFIX: Final = ".ingest.json"
NEIGHBOURS: Final = 6
FEWEST_NEIGHBOURS: Final = 6
OUTLYING: Final = 5.0
EXPOSURE_JUMP: Final = 0.1
_MEDIAN_OF_CHI_SQUARE: Final = 0.4549


@dataclass(frozen=True, kw_only=True)
class Outlier:
    """A count far from those around it.

    Attributes
    ----------
    region, channel, period : str
        Which one.
    contacts, usual : float
        The count, and the median of the (up to) six counts on either side.
    distance : float
        Their difference in units of the usual fluctuation of that series.
    """

    region: str
    channel: str
    period: str
    contacts: float
    usual: float
    distance: float


@dataclass(frozen=True, kw_only=True, eq=False)
class DataProfile:
    """What is worth knowing about a contacts file before it is evaluated.

    Attributes
    ----------
    contacts : Contacts
        The counts.
    counted : dict of str to pandas.DataFrame
        For each channel regions by periods: the count, NaN where it is missing.
    outliers : tuple of Outlier
        Counts that stand out, the furthest first.
    zeros : dict of str to Shift
        For each channel in which the share of zeros among the counts jumps, where and how far.
    unallocated, duplicates : Shift or None
        Jumps of the share of contacts without a region, and of rows that repeat a contact; None also where it is not
        known, as no audit trail stands beside the file.
    begins, ends : tuple of (str, str, str)
        Region, channel and period of series that begin after, or end before, the others.
    exposure_jumps : tuple of (str, str, float)
        Region, period and ratio where the exposure changes by more than a tenth from one period to the next.
    audit : dict or None
        The audit trail of the ingest that made the counts; None where there is none that belongs to them.
    """

    contacts: Contacts
    counted: dict[str, pd.DataFrame]
    outliers: tuple[Outlier, ...]
    zeros: dict[str, Shift]
    unallocated: Shift | None
    duplicates: Shift | None
    begins: tuple[tuple[str, str, str], ...]
    ends: tuple[tuple[str, str, str], ...]
    exposure_jumps: tuple[tuple[str, str, float], ...]
    audit: dict[str, Any] | None

    @property
    def missing(self) -> int:
        """Cells without a count, of series that have any."""
        return int(sum(table.isna().to_numpy().sum() for table in self.counted.values()))

    @property
    def cells(self) -> int:
        """Cells in all, of series that have any count."""
        return int(sum(table.size for table in self.counted.values()))


def read_audit(path: str | Path) -> dict[str, Any] | None:
    """The audit trail that stands beside a contacts file, None where there is none that can be read."""
    file = Path(path)
    beside = file.with_name(file.stem + AUDIT_SUFFIX)
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def profile_contacts(contacts: Contacts, audit: Mapping[str, Any] | None = None) -> DataProfile:
    """Profile a contacts file.

    Parameters
    ----------
    contacts : Contacts
        The counts.
    audit : mapping, optional
        The audit trail of the ingest that made them; one that belongs to other counts is not used.

    Returns
    -------
    DataProfile
        An outlier lies 5 times the usual fluctuation from the median of its neighbours: with y the count and m that
        median (at least 1), ``(y − m) / √(φ m)``, where φ is the median of ``(y − m)² / m`` over the series divided by
        0.4549, the median of χ² with one degree of freedom, and at least 1. Jumps of shares are those of
        :func:`~evalkit.contacts.shifts.level_shift`.
    """
    own = dict(audit) if audit is not None and audit.get("content_hash") == contacts.content_hash else None
    counted = {channel: contacts.wide(channel).T for channel in contacts.channels}
    rows = own["by_period"] if own else []
    whole = [row[CONTACTS] for row in rows]
    return DataProfile(
        contacts=contacts,
        counted=counted,
        outliers=_outliers(counted, contacts.periods),
        zeros=_zeros(counted),
        unallocated=level_shift([row[UNALLOCATED] for row in rows], whole) if rows else None,
        duplicates=level_shift([row["duplicates"] for row in rows], [row[CONTACTS] + row["duplicates"] for row in rows])
        if rows
        else None,
        begins=_edges(counted, contacts.periods, last=False),
        ends=_edges(counted, contacts.periods, last=True),
        exposure_jumps=_exposure_jumps(contacts),
        audit=own,
    )


def _outliers(counted: Mapping[str, pd.DataFrame], periods: pd.PeriodIndex) -> tuple[Outlier, ...]:
    texts = period_texts(periods)
    found = []
    for channel, table in counted.items():
        for region, series in zip(table.index, table.to_numpy(dtype=np.float64), strict=True):
            usual, distance = _distances(series)
            found += [
                Outlier(
                    region=str(region),
                    channel=channel,
                    period=texts[place],
                    contacts=float(series[place]),
                    usual=float(usual[place]),
                    distance=float(distance[place]),
                )
                for place in np.flatnonzero(np.abs(distance) > OUTLYING)
            ]
    return tuple(sorted(found, key=lambda one: (-abs(one.distance), one.region, one.channel, one.period)))


def _distances(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each count the median of its neighbours, and the distance from it; NaN where there are too few."""
    usual = np.full(len(series), np.nan)
    for place in np.flatnonzero(np.isfinite(series)):
        near = np.r_[series[max(place - NEIGHBOURS, 0) : place], series[place + 1 : place + 1 + NEIGHBOURS]]
        near = near[np.isfinite(near)]
        if len(near) >= FEWEST_NEIGHBOURS:
            usual[place] = max(float(np.median(near)), 1.0)
    squares = (series - usual) ** 2 / usual
    known = np.isfinite(squares)
    spread = max(float(np.median(squares[known])) / _MEDIAN_OF_CHI_SQUARE, 1.0) if known.any() else 1.0
    distance = (series - usual) / np.sqrt(spread * usual)
    return usual, np.nan_to_num(distance)


def _zeros(counted: Mapping[str, pd.DataFrame]) -> dict[str, Shift]:
    found = {}
    for channel, table in counted.items():
        shift = level_shift((table == 0).sum().to_numpy(), table.notna().sum().to_numpy())
        if shift is not None:
            found[channel] = shift
    return found


def _edges(
    counted: Mapping[str, pd.DataFrame], periods: pd.PeriodIndex, *, last: bool
) -> tuple[tuple[str, str, str], ...]:
    texts = period_texts(periods)
    found = []
    for channel, table in counted.items():
        for region, there in zip(table.index, table.notna().to_numpy(), strict=True):
            places = np.flatnonzero(there)
            edge = places[-1] if last else places[0]
            if edge != (len(texts) - 1 if last else 0):
                found.append((str(region), channel, texts[edge]))
    return tuple(found)


def _exposure_jumps(contacts: Contacts) -> tuple[tuple[str, str, float], ...]:
    if EXPOSURE not in contacts.frame.columns:
        return ()
    found: dict[tuple[str, str], float] = {}
    for (region, _), its in contacts.frame.groupby([REGION, CHANNEL]):
        values = its[EXPOSURE].to_numpy(dtype=np.float64)
        ratios = values[1:] / values[:-1]
        texts = period_texts(pd.PeriodIndex(its[PERIOD]))
        for place in np.flatnonzero(np.abs(ratios - 1) > EXPOSURE_JUMP):
            found[str(region), texts[place + 1]] = float(ratios[place])
    return tuple((region, period, ratio) for (region, period), ratio in sorted(found.items()))
