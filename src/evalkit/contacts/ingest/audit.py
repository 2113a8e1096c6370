"""The audit trail of an ingest: which logs were read, what was counted, what was not, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from evalkit.contacts.ingest.assemble import Assembled
from evalkit.contacts.ingest.mapping import Mapping
from evalkit.contacts.ingest.opening import day_of
from evalkit.contacts.ingest.part import Part
from evalkit.contacts.periods import period_text
from evalkit.contacts.shifts import Shift, level_shift
from evalkit.contacts.table import Contacts
from evalkit.display import Displayed
from evalkit.errors import Problem
from evalkit.vocab import CHANNEL, CONTACTS, PERIOD, REGION, UNALLOCATED

SCHEMA: Final = 1
DUPLICATES: Final = "duplicates"
_KEYS: Final = [REGION, CHANNEL, PERIOD]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ingested(Displayed):
    """Contacts counted from logs, with their audit trail.

    Attributes
    ----------
    contacts : Contacts
        The counts; contacts without a region are in the region ``"unallocated"``.
    audit : dict
        Plain values: ``logs`` (each with its hash, rows, days and columns that were not read), ``rows`` (what became of
        them), ``reasons`` (why contacts have no region), ``by_period``, ``incomplete``, ``revisions``, ``notes`` and
        ``content_hash``, which ties the trail to the counts.
    notes : tuple of Problem
        What a reader should know; none of it stopped the ingest.
    """

    contacts: Contacts
    audit: dict[str, Any]
    notes: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The audit trail."""
        return dict(self.audit)


def audit_of(
    assembled: Assembled, parts: Sequence[Part], mapping: Mapping, *, read: Sequence[str], before: Contacts | None
) -> Ingested:
    """The audit trail.

    Parameters
    ----------
    assembled : Assembled
        The contacts and how they came about.
    parts : sequence of Part
        All logs behind them.
    mapping : Mapping
        How they were read.
    read : sequence of str
        Identities of the logs that were read in this run.
    before : Contacts or None
        The counts as they were before this run.
    """
    table, contacts = assembled.by_period, assembled.contacts
    shift = level_shift(table[UNALLOCATED].to_numpy(), table[CONTACTS].to_numpy())
    notes = [*assembled.notes, *_notes(assembled, parts, mapping), *([_jump(shift, table)] if shift else [])]
    revisions, added = revisions_of(before, contacts)
    total = {
        name: sum(getattr(part, name) for part in parts) for name in ("rows", "filtered", "unreadable", "unlisted")
    }
    audit = {
        "schema": SCHEMA,
        "content_hash": contacts.content_hash,
        "mapping": mapping.reading,
        "title": mapping.title,
        "unit": str(mapping.unit),
        "frequency": contacts.freq,
        "zone": mapping.time.zone,
        "report_zone": mapping.report_zone,
        "simulated": mapping.simulated,
        "first_day": day_of(assembled.first).isoformat(),
        "last_day": day_of(assembled.last).isoformat(),
        "logs": [_log(part, part.identity in read) for part in parts],
        "rows": {
            "read": total["rows"],
            "filtered": total["filtered"],
            "unreadable": total["unreadable"],
            "unlisted": total["unlisted"],
            "duplicates": int(table[DUPLICATES].sum()),
            "without_key": sum(part.without_key for part in parts),
            "outside": assembled.outside,
            "left_out": assembled.left_out,
            "counted": int(table[CONTACTS].sum()),
            "on_closed_days": assembled.closed,
        },
        "duplicates": _rule(mapping),
        "reasons": [{"reason": reason, "contacts": number} for reason, number in assembled.reasons.items()],
        "by_period": [{PERIOD: period, **row} for period, row in table.to_dict("index").items()],
        "allocation_shift": _shift(shift, table),
        "incomplete": {"periods": list(assembled.incomplete), "rule": mapping.incomplete},
        "exposure": assembled.stated,
        "revisions": revisions,
        "added": added,
        "notes": [note.to_dict() for note in notes],
    }
    return Ingested(contacts=contacts, audit=audit, notes=tuple(notes))


def revisions_of(before: Contacts | None, after: Contacts) -> tuple[list[dict[str, Any]], int]:
    """Cells that changed within the periods that were there before, and the number of cells of new periods."""
    if before is None or before.freq != after.freq:
        return [], 0
    old, new = (contacts.frame.set_index(_KEYS)[CONTACTS] for contacts in (before, after))
    joined = pd.concat([old.rename("before"), new.rename("after")], axis="columns")
    known = set(before.periods)
    within = joined.index.get_level_values(PERIOD).isin(known)
    changed = joined[within & ~(joined["before"] == joined["after"])].sort_index()
    values = zip(changed.index, changed["before"].tolist(), changed["after"].tolist(), strict=True)
    listed = [_revision(key, _whole(old_value), _whole(new_value)) for key, old_value, new_value in values]
    return listed, int((~within & joined["after"].notna()).sum())


def _revision(key: tuple[str, str, pd.Period], before: int | None, after: int | None) -> dict[str, Any]:
    region, channel, period = key
    return {
        REGION: region,
        CHANNEL: channel,
        PERIOD: period_text(period),
        "before": before,
        "after": after,
        "change": None if before is None or after is None else after - before,
    }


def _whole(value: float) -> int | None:
    return None if pd.isna(value) else int(value)


def _log(part: Part, read: bool) -> dict[str, Any]:
    return {
        "name": part.name,
        "sha256": part.content if part.of_bytes else None,
        "rows": part.rows,
        "first_day": None if part.first_day is None else day_of(part.first_day).isoformat(),
        "last_day": None if part.last_day is None else day_of(part.last_day).isoformat(),
        "filtered": part.filtered,
        "unreadable": part.unreadable,
        "unlisted": part.unlisted,
        "read_now": read,
        "ignored": [{"column": name, "personal": personal} for name, personal in part.ignored],
    }


def _rule(mapping: Mapping) -> str:
    if mapping.deduplicate is None:
        return "Every row counts; duplicates were not looked for."
    where = "in all logs together" if mapping.deduplicate.across == "all files" else "within each log"
    how = "on its first day" if mapping.deduplicate.per == "log" else "a period, region and channel"
    keys = ", ".join(map(repr, mapping.deduplicate.keys))
    return f"Rows that agree in {keys} count once, {how}; they were looked for {where}."


def _shift(shift: Shift | None, table: pd.DataFrame) -> dict[str, Any] | None:
    if shift is None:
        return None
    return {PERIOD: table.index[shift.place], "before": shift.before, "after": shift.after, "errors": shift.errors}


def _jump(shift: Shift, table: pd.DataFrame) -> Problem:
    what = (
        f"The share of contacts without a region jumps in {table.index[shift.place]}: {shift.before:.0%} in the "
        f"periods before, {shift.after:.0%} from then on. If a campaign began then, the jump looks like an effect."
    )
    repair = "Find out what changed in how places are recorded, and add it to the register of events."
    return Problem(code="allocation-shift", what=what, repair=repair, fatal=False)


def _notes(assembled: Assembled, parts: Sequence[Part], mapping: Mapping) -> list[Problem]:
    notes = []
    if assembled.incomplete:
        periods = " and ".join(assembled.incomplete)
        done = "left out" if mapping.incomplete == "leave out" else "kept, and must not be read as a whole one"
        what = (
            f"{periods} {'are' if len(assembled.incomplete) > 1 else 'is'} not covered in full by the logs and {done}."
        )
        repair = "Give covers under [time] where the logs cover more days than have contacts."
        notes.append(Problem(code="incomplete-period", what=what, repair=repair, fatal=False))
    if mapping.deduplicate is None:
        notes += _overlaps(parts)
    if assembled.outside:
        what = (
            f"{assembled.outside} contacts lie outside the days that the mapping says are covered; they do not count."
        )
        notes.append(Problem(code="outside-cover", what=what, repair="Check covers under [time].", fatal=False))
    if assembled.closed:
        what = f"{assembled.closed} contacts are on days on which the service was closed; they count."
        notes.append(Problem(code="closed-day", what=what, repair="Check [[service]] and the zone.", fatal=False))
    return notes


def _overlaps(parts: Sequence[Part]) -> list[Problem]:
    """Pairs of logs that share days, where nothing would notice a contact that is in both."""
    dated = sorted((part for part in parts if part.first_day is not None), key=lambda part: part.first_day or 0)
    pairs = [
        (one.name, two.name)
        for one, two in pairwise(dated)
        if one.last_day is not None and two.first_day is not None and two.first_day < one.last_day
    ]
    if not pairs:
        return []
    what = f"{len(pairs)} pairs of logs overlap in time, such as {' and '.join(pairs[0])}; every row of both counts."
    repair = "Nothing to do if they hold different contacts; otherwise give the keys of a contact under [deduplicate]."
    return [Problem(code="overlap", what=what, repair=repair, fatal=False)]
