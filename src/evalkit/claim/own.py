"""Claims checked against one's own contacts: the counts of a claim's period and baseline, as rows of a series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.claim.audit import Audit, audit_claims
from evalkit.contacts import Contacts, read_contacts
from evalkit.registers import ClaimRow, Interval, SeriesRow, read_claims
from evalkit.registers.rows import Source
from evalkit.vocab import Channel

__all__ = ["audit_file", "counts_of_claims"]


def audit_file(claims: str | Path, *, contacts: str | Path | None = None) -> Audit:
    """Audit a register of claims, against the contacts that it speaks of where they are given.

    Parameters
    ----------
    claims : str or Path
        Register of claims.
    contacts : str or Path, optional
        Contacts of the same regions. For each claim the contacts of its period and of its baseline are counted.

    Raises
    ------
    RegisterError, ContactsError
        With all problems of the file.
    """
    rows = read_claims(claims)
    counts = counts_of_claims(rows, read_contacts(contacts)) if contacts is not None else ()
    return audit_claims(rows, counts)


def counts_of_claims(claims: Iterable[ClaimRow], contacts: Contacts) -> tuple[SeriesRow, ...]:
    """Contacts counted in the period and the baseline of each claim.

    A count is given only where the periods of the contacts tile the claim's interval exactly and none is missing. The
    combined channel is the sum of all channels of the file, unless the file has a channel of that name.
    """
    wanted = {
        (row.region, str(row.channel), interval.start, interval.end): interval
        for row in claims
        if row.region in contacts.regions
        for interval in (row.period, row.baseline)
        if interval is not None
    }
    return tuple(_rows(wanted, contacts))


def _rows(wanted: dict[tuple[str, str, dt.date, dt.date], Interval], contacts: Contacts) -> Iterator[SeriesRow]:
    for number, ((region, channel, start, end), interval) in enumerate(wanted.items(), 1):
        value = _counted(contacts, region, channel, start, end)
        if value is not None:
            yield SeriesRow(
                series_id=f"own-{number}",
                series="own contacts",
                region=region,
                channel=channel,
                value=value,
                period=interval,
                source=Source(citation=Path(contacts.source).name),
            )


def _counted(contacts: Contacts, region: str, channel: str, start: dt.date, end: dt.date) -> float | None:
    channels: tuple[str, ...] = (channel,) if channel in contacts.channels else ()
    if not channels and channel == Channel.COMBINED:
        channels = contacts.channels
    totals = []
    for one in channels:
        if (region, one) not in set(contacts.keys()):
            return None
        series = contacts.series(region, one)
        periods = pd.PeriodIndex(series.index)
        mask = (periods.start_time.date >= start) & (periods.end_time.date <= end)
        inside, held = series[mask], periods[mask]
        whole = len(held) > 0 and (held[0].start_time.date(), held[-1].end_time.date()) == (start, end)
        if not whole or bool(np.isnan(inside.to_numpy()).any()):
            return None
        totals.append(float(inside.sum()))
    return sum(totals) if totals else None
