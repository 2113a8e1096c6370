"""From counts by day to contacts by period: what is zero, what is missing, which ends are not whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.contacts.frequency import full_frequency, letter_of
from evalkit.contacts.ingest.mapping import Mapping, refused
from evalkit.contacts.ingest.opening import day_of, number_of, open_days
from evalkit.contacts.ingest.part import Cells
from evalkit.contacts.ingest.places import REASONS, Lookup
from evalkit.contacts.ingest.population import exposure
from evalkit.contacts.periods import period_text, period_texts
from evalkit.contacts.table import Contacts
from evalkit.errors import Problem
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, PERIOD, REGION, UNALLOCATED

_LOGS = "logs"
_REPAIR_UNCOVERED = "Add the export, if there is one; or give covers under [time] where they are known to be zero."
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Assembled:
    """Contacts by period, with what is worth knowing about how they came about.

    Attributes
    ----------
    contacts : Contacts
        The counts.
    by_period : pandas.DataFrame
        For each period: ``contacts``, ``unallocated``, ``duplicates`` (rows that repeat a contact counted in it).
    reasons : dict of str to int
        Contacts without a region, by reason.
    first, last : int
        The days that the logs cover, since 1970, both inclusive.
    incomplete : tuple of str
        First or last periods that are not covered in full.
    outside, left_out : int
        Contacts outside the days that the mapping says are covered, and in periods left out as incomplete.
    closed : int
        Contacts on days on which the mapping says that the service was closed.
    stated : str
        How the exposure was found; empty where there is none.
    notes : tuple of Problem
        What a reader should know.
    """

    contacts: Contacts
    by_period: pd.DataFrame
    reasons: dict[str, int]
    first: int
    last: int
    incomplete: tuple[str, ...]
    outside: int
    left_out: int
    closed: int
    stated: str
    notes: tuple[Problem, ...]


def assemble(cells: Cells, mapping: Mapping, lookup: Lookup, channels: Sequence[str]) -> Assembled:
    """Contacts by period from counts by day.

    Parameters
    ----------
    cells : Cells
        Counts by day, region (or reason) and channel, of all logs together.
    mapping : Mapping
        Length of a period, cover, opening, population, and what to do with incomplete ends.
    lookup : Lookup
        The regions.
    channels : sequence of str
        The channels.

    Raises
    ------
    IngestError
        Nothing is left to count, or a region has no population.
    """
    first, last = _cover(cells, mapping)
    inside = (cells.day >= first) & (cells.day <= last)
    days = np.arange(first, last + 1)
    freq = full_frequency(mapping.frequency)
    period_of_day = pd.PeriodIndex(pd.to_datetime(days, unit="D"), freq=freq)
    periods = period_of_day.unique()
    place = period_of_day.asi8 - periods.asi8[0]
    used = [channels[c] for c in np.unique(cells.channel)]
    incomplete = _incomplete(periods, days, mapping, used)
    kept = np.ones(len(periods), dtype=bool)
    if mapping.incomplete == "leave out":
        kept &= ~periods.isin(incomplete)
    if not kept.any():
        names = " and ".join(period_text(period) for period in incomplete)
        what = (
            f"No {mapping.frequency} is covered in full: the logs run from {day_of(first)} to {day_of(last)} ({names})."
        )
        raise refused(
            _LOGS, "nothing-complete", what, 'Give a longer log, covers under [time], or incomplete = "keep".'
        )
    when = place[(cells.day - first).clip(0, len(days) - 1)]
    counted = inside & kept[when]
    tensor = _tensor(cells, when, counted, (len(periods), len(lookup.regions) + 1, len(channels)))
    frame, notes = _frame(tensor, mapping, (*lookup.regions, UNALLOCATED), channels, days=days, place=place, kept=kept)
    frame[PERIOD] = periods[frame[PERIOD].to_numpy()]
    stated = ""
    if mapping.population is not None:
        found = exposure(mapping.population, sorted(set(frame[REGION])), periods)
        stated = found.stated
        rows = found.table.index.get_indexer(pd.PeriodIndex(frame[PERIOD]))
        frame[EXPOSURE] = found.table.to_numpy()[rows, found.table.columns.get_indexer(pd.Index(frame[REGION]))]
    contacts = Contacts(
        frame=frame,
        frequency=letter_of(freq),
        simulated=mapping.simulated,
        unit=str(mapping.unit),
        source="contact logs",
        title=mapping.title,
        notes=tuple(notes),
    )
    return Assembled(
        contacts=contacts,
        by_period=_by_period(cells, when, counted, periods[kept], np.flatnonzero(kept), len(lookup.regions)),
        reasons=_reasons(cells, counted, len(lookup.regions)),
        first=first,
        last=last,
        incomplete=tuple(period_text(period) for period in incomplete),
        outside=int(cells.count[~inside].sum()),
        left_out=int(cells.count[inside & ~kept[when]].sum()),
        closed=_on_closed_days(cells, counted, mapping, lookup, channels, first=first, days=days),
        stated=stated,
        notes=tuple(notes),
    )


def _cover(cells: Cells, mapping: Mapping) -> tuple[int, int]:
    if mapping.time.covers is not None:
        return number_of(mapping.time.covers[0]), number_of(mapping.time.covers[1])
    if not len(cells.day):
        what = "There is no contact in the logs that counts."
        raise refused(_LOGS, "no-contacts", what, "Check the filters and the logs, or give covers under [time].")
    return int(cells.day.min()), int(cells.day.max())


def _incomplete(periods: pd.PeriodIndex, days: Whole, mapping: Mapping, used: Sequence[str]) -> list[pd.Period]:
    """The first and the last period where an open day of theirs lies outside the cover."""
    first_day = int((periods[0].start_time - pd.Timestamp(0)).days)
    last_day = int((periods[-1].end_time - pd.Timestamp(0)).days)
    before, after = np.arange(first_day, days[0]), np.arange(days[-1] + 1, last_day + 1)
    found = [periods[0]] if _any_open(before, mapping, used) else []
    return found + ([periods[-1]] if _any_open(after, mapping, used) and periods[-1] not in found else [])


def _any_open(days: Whole, mapping: Mapping, used: Sequence[str]) -> bool:
    """Whether any service may have been open on some days; one without a calendar always may."""
    if not len(days):
        return False
    declared = {each.channel for each in mapping.service}
    if not declared or set(used) - declared:
        return True
    regions = {region for each in mapping.service for region in each.regions} | {""}
    opened = [open_days(mapping, channel, region, days) for channel in declared for region in regions]
    return any(bool(its.any()) for its in opened if its is not None)


def _tensor(cells: Cells, when: Whole, counted: NDArray[np.bool_], shape: tuple[int, int, int]) -> Whole:
    """Counts by period, region (the last one: unallocated) and channel."""
    region = np.minimum(cells.region, shape[1] - 1)
    flat = np.ravel_multi_index((when[counted], region[counted], cells.channel[counted]), shape)
    return np.bincount(flat, cells.count[counted], int(np.prod(shape))).astype(np.int64).reshape(shape)


def _frame(
    tensor: Whole,
    mapping: Mapping,
    regions: Sequence[str],
    channels: Sequence[str],
    *,
    days: Whole,
    place: Whole,
    kept: NDArray[np.bool_],
) -> tuple[pd.DataFrame, list[Problem]]:
    """Rows for what was counted and for what is known to be zero; everything else is missing and has no row."""
    covered = (tensor.sum(axis=(1, 2)) > 0) | (mapping.time.covers is not None)
    rows, notes = [], []
    for c, channel in enumerate(channels):
        active = tensor[:, :, c].sum(axis=1) > 0
        declared = any(each.channel == channel for each in mapping.service)
        if not active.any() and not declared:
            continue
        silent = np.zeros(len(kept), dtype=bool)
        for r, region in enumerate(regions):
            counts = tensor[:, r, c]
            if region == UNALLOCATED and not tensor[:, r, :].any():
                continue
            opened = open_days(mapping, channel, region, days)
            if opened is None:
                is_zero = active
            else:
                is_zero = (np.bincount(place, opened, len(kept)) > 0) & covered
                silent |= is_zero & ~active
            present = kept & ((counts > 0) | is_zero)
            rows += [(region, channel, p, counts[p]) for p in np.flatnonzero(present)]
        if (silent & kept).any():
            notes.append(_silent(channel, np.flatnonzero(silent & kept), mapping))
    if (kept & ~covered).any():
        notes.append(_uncovered(int((kept & ~covered).sum()), mapping))
    if not rows:
        raise refused(_LOGS, "no-contacts", "Nothing is left to count.", "Check the mapping and the logs.")
    return pd.DataFrame(rows, columns=[REGION, CHANNEL, PERIOD, CONTACTS]), notes


def _silent(channel: str, places: Whole, mapping: Mapping) -> Problem:
    number = len(places)
    what = (
        f"{channel}: in {number} {mapping.frequency}{'s' * (number != 1)} no region has a contact, although the "
        "service was open; they are zeros."
    )
    return Problem(code="silent-channel", what=what, repair="Check that no export is missing.", fatal=False)


def _uncovered(number: int, mapping: Mapping) -> Problem:
    what = f"In {number} {mapping.frequency}{'s' * (number != 1)} no log has any contact; they are missing, not zero."
    return Problem(code="uncovered", what=what, repair=_REPAIR_UNCOVERED, fatal=False)


def _by_period(
    cells: Cells, when: Whole, counted: NDArray[np.bool_], periods: pd.PeriodIndex, places: Whole, regions: int
) -> pd.DataFrame:
    size = int(places[-1]) + 1
    lost = counted & (cells.region >= regions)
    columns = {
        CONTACTS: np.bincount(when[counted], cells.count[counted], size),
        UNALLOCATED: np.bincount(when[lost], cells.count[lost], size),
        "duplicates": np.bincount(when[counted], cells.repeats[counted], size),
    }
    table = pd.DataFrame({name: values[places].astype(np.int64) for name, values in columns.items()})
    return table.set_axis(pd.Index(period_texts(periods), name=PERIOD))


def _reasons(cells: Cells, counted: NDArray[np.bool_], regions: int) -> dict[str, int]:
    numbers = {reason: counted & (cells.region == regions + place) for place, reason in enumerate(REASONS)}
    totals = {reason: int(cells.count[which].sum()) for reason, which in numbers.items()}
    return {reason: total for reason, total in sorted(totals.items(), key=lambda pair: -pair[1]) if total}


def _on_closed_days(
    cells: Cells,
    counted: NDArray[np.bool_],
    mapping: Mapping,
    lookup: Lookup,
    channels: Sequence[str],
    *,
    first: int,
    days: Whole,
) -> int:
    total = 0
    for c, channel in enumerate(channels):
        if not any(each.channel == channel for each in mapping.service):
            continue
        for r, region in enumerate((*lookup.regions, UNALLOCATED)):
            its = counted & (cells.channel == c) & (np.minimum(cells.region, len(lookup.regions)) == r)
            opened = open_days(mapping, channel, region, days)
            if opened is not None and its.any():
                total += int(cells.count[its][~opened[cells.day[its] - first]].sum())
    return total
