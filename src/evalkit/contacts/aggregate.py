"""Coarser periods from complete finer ones. Zero is not missing, and a sum with a missing part is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.contacts.coverage import ranges_text, series_text
from evalkit.contacts.frequency import full_frequency, letter_of
from evalkit.contacts.table import Contacts
from evalkit.errors import ContactsError, Problem, UsageError
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, FREQUENCIES, FREQUENCY_NAMES, PERIOD, REGION

_DAYS = "days"


def aggregate(contacts: Contacts, frequency: str) -> Contacts:
    """Contacts by longer periods.

    Parameters
    ----------
    contacts : Contacts
        By months, say.
    frequency : str
        ``"Y"``, ``"Q"``, ``"M"``, ``"W"``, or with an anchor: ``"Y-MAR"`` for financial years that end in March,
        ``"W-SAT"`` for weeks that end on a Saturday. Its periods must be made of whole periods of ``contacts``.

    Returns
    -------
    Contacts
        For each region, channel and longer period of which every part was counted, the sum of contacts and the mean of
        exposure (a population; multiply by the number of parts for person-time). A longer period with a missing part is
        missing, with a note that names it. ``contacts`` itself where it already has that frequency.

    Raises
    ------
    UsageError
        The frequency is unknown, finer than that of ``contacts``, or not made of whole periods (weeks cross the ends of
        months).
    ContactsError
        No longer period is complete.
    """
    freq = full_frequency(frequency)
    if freq == contacts.freq:
        return contacts
    frame = contacts.frame.copy()
    frame[_DAYS] = _days(pd.PeriodIndex(frame[PERIOD]))
    frame[PERIOD] = _coarser(contacts, freq).take(frame[PERIOD].array.asi8 - contacts.periods.asi8[0])
    how = {CONTACTS: "sum", _DAYS: "sum"} | ({EXPOSURE: "mean"} if EXPOSURE in frame.columns else {})
    summed = frame.groupby([REGION, CHANNEL, PERIOD], as_index=False, observed=True).agg(how)
    whole = summed[_DAYS].to_numpy() == _days(pd.PeriodIndex(summed[PERIOD]))
    notes = _incomplete(summed[~whole])
    if not whole.any():
        raise ContactsError(contacts.source, [replace(note, fatal=True) for note in notes])
    return replace(
        contacts,
        frame=summed[whole].drop(columns=_DAYS),
        frequency=letter_of(freq),
        notes=(*contacts.notes, *notes),
    )


def _days(periods: pd.PeriodIndex) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    length = (periods + 1).to_timestamp(how="start") - periods.to_timestamp(how="start")
    return np.asarray(length.days, dtype=np.int64)


def _coarser(contacts: Contacts, freq: str) -> pd.PeriodIndex:
    """The longer period of every period of the contacts; refused where one would be cut."""
    fine = contacts.periods
    letter = letter_of(freq)
    finer = FREQUENCIES.index(letter) > FREQUENCIES.index(contacts.frequency)
    cut = contacts.frequency == "W" and letter != "W"
    starts = fine.to_timestamp(how="start").to_period(freq)
    ends = ((fine + 1).to_timestamp(how="start") - pd.Timedelta(days=1)).to_period(freq)
    if finer or cut or not starts.equals(ends):
        why = "is shorter" if finer else "is not made of whole ones"
        raise UsageError(
            f"Contacts by {FREQUENCY_NAMES[contacts.frequency]} ({contacts.freq}) cannot be given by "
            f"{FREQUENCY_NAMES[letter]} ({freq}), which {why}. Choose a longer period, or start from finer contacts."
        )
    return starts


def _incomplete(parts: pd.DataFrame) -> tuple[Problem, ...]:
    """One note for each set of incomplete periods, naming the series that share it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for (region, channel), its in parts.groupby([REGION, CHANNEL]):
        groups.setdefault(ranges_text(pd.PeriodIndex(its[PERIOD])), []).append((str(region), str(channel)))
    return tuple(
        Problem(
            code="incomplete-period",
            what=f"{series_text(series)}: not every part of {periods} was counted, so it is missing.",
            repair="Add the missing counts; a part without contacts is a row with 0.",
            fatal=False,
            series=tuple(series),
            periods=periods,
        )
        for periods, series in groups.items()
    )
