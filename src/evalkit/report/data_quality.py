"""One page on the quality of a contacts file: a heat map of what is missing, outliers, jumps, changes of definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit import __version__
from evalkit.catalogue import words
from evalkit.contacts.profile import DataProfile, profile_contacts
from evalkit.report import heatmap, html, numbers, parts, wording
from evalkit.report.files import write_atomically
from evalkit.report.tables import Table
from evalkit.vocab import EventKind

if TYPE_CHECKING:
    from evalkit.contacts import Contacts
    from evalkit.contacts.shifts import Shift
    from evalkit.registers import Event

TITLE: Final = "Quality of the counts"
SHOWN: Final = 12
_DEFINITIONS: Final = (EventKind.DEFINITION, EventKind.CHANNEL_OPENS, EventKind.CAPACITY)
_NO_TRAIL: Final = (
    "No audit trail of an ingest stands beside the file (or it belongs to other counts), so that nothing can be said "
    "about duplicates, contacts without a region and the logs behind the counts."
)


def data_quality_html(
    contacts: Contacts,
    *,
    audit: dict[str, Any] | None = None,
    events: Sequence[Event] = (),
    issued: dt.date | None = None,
) -> str:
    """The page as HTML that needs nothing but itself; it shows exact counts, and is marked as internal.

    Parameters
    ----------
    contacts : Contacts
        The counts, as read.
    audit : dict, optional
        The audit trail of the ingest that made them.
    events : sequence of Event, optional
        What else happened; changes of definition, of channels and of capacity are listed.
    issued : datetime.date, optional
        Date on the page; today unless given.
    """
    profile = profile_contacts(contacts, audit)
    return html.render("data-quality.html.j2", _page(profile, events, issued or dt.date.today()))  # noqa: DTZ011


def write_data_quality(
    contacts: Contacts,
    path: str | Path,
    *,
    audit: dict[str, Any] | None = None,
    events: Sequence[Event] = (),
    issued: dt.date | None = None,
) -> Path:
    """Write the page on the quality of a contacts file; parameters are those of :func:`data_quality_html`."""
    content = data_quality_html(contacts, audit=audit, events=events, issued=issued)
    return write_atomically(Path(path), content.encode())


def _page(profile: DataProfile, events: Sequence[Event], issued: dt.date) -> dict[str, Any]:
    contacts = profile.contacts
    share = profile.missing / profile.cells if profile.cells else 0.0
    jumps = _jumps(profile)
    return {
        **parts.plain_front(TITLE, issued, simulated=contacts.simulated),
        "w": words("data_quality"),
        "disclosure": parts.internal_mark(),
        "footer": f"evalkit {__version__} · data {contacts.content_hash[:12]}",
        "counts": _what(profile),
        "tiles": [
            _tile(
                numbers.percent(share, 1),
                "Missing cells",
                f"{numbers.whole(profile.missing)} of {numbers.whole(profile.cells)}",
            ),
            _tile(str(len(profile.outliers)), "Outliers", "counts far from those around them"),
            _tile(str(len(jumps)), "Jumps", "of the share of zeros, duplicates or contacts without a region"),
        ],
        "notes": [str(note) for note in contacts.notes],
        "maps": [
            {
                "heading": wording.sentence_case(channel),
                "svg": heatmap.heat_map(table, channel),
                "gaps": heatmap.gaps(table),
            }
            for channel, table in profile.counted.items()
        ],
        "outliers": _outliers(profile).to_dict() if profile.outliers else None,
        "more_outliers": max(len(profile.outliers) - SHOWN, 0),
        "jumps": jumps,
        "changes": _changes(profile, events),
        "trail": _trail(profile),
        "provenance": [
            ["Unit counted", contacts.unit],
            ["Sha256 of the counts", contacts.content_hash],
            ["Made with", f"evalkit {__version__}"],
            ["Issued", numbers.day_text(issued)],
        ],
    }


def _what(profile: DataProfile) -> str:
    contacts = profile.contacts
    first, last = (numbers.period_text(contacts.periods[place]) for place in (0, -1))
    regions, channels = len(contacts.regions), len(contacts.channels)
    return (
        f"{numbers.plural(regions, 'region')}, {numbers.plural(channels, 'channel')}, {first} to {last}; "
        f"unit counted: {contacts.unit}"
    )


def _tile(value: str, label: str, note: str) -> dict[str, str]:
    return {"value": value, "label": label, "note": note}


def _outliers(profile: DataProfile) -> Table:
    return Table(
        caption=(
            "Counts that lie more than 5 times the usual fluctuation of their series from the median of the six counts "
            "on either side, the furthest first. A campaign can be the reason, and so can an error."
        ),
        header=("Region", "Channel", "Period", "Count", "Usual", "Distance"),
        rows=tuple(
            (
                one.region,
                one.channel,
                one.period,
                numbers.whole(one.contacts),
                numbers.whole(one.usual),
                f"{one.distance:+.1f}".replace("-", "−"),
            )
            for one in profile.outliers[:SHOWN]
        ),
        align=("left", "left", "left", "right", "right", "right"),
    )


def _jumps(profile: DataProfile) -> list[str]:
    texts = list(profile.audit["by_period"]) if profile.audit else []
    periods = [str(row["period"]) for row in texts]
    found = []
    if profile.unallocated is not None:
        found.append(
            _jump("The share of contacts without a region", profile.unallocated, periods)
            + " If a campaign began then, this looks like an effect."
        )
    if profile.duplicates is not None:
        found.append(_jump("The share of rows that repeat a contact", profile.duplicates, periods))
    every = [heatmap.label(period) for period in profile.contacts.periods]
    found += [
        _jump(f"The share of zeros among the counts of the channel {channel}", shift, every)
        for channel, shift in profile.zeros.items()
    ]
    return found


def _jump(what: str, shift: Shift, periods: Sequence[str]) -> str:
    return (
        f"{what} goes from {numbers.percent(shift.before)} to {numbers.percent(shift.after)} in "
        f"{periods[shift.place]}, {shift.errors:.0f} standard errors."
    )


def _changes(profile: DataProfile, events: Sequence[Event]) -> list[str]:
    """What may have changed the meaning of the counts, one sentence each."""
    found = [
        f"{event.start}: {event.title or event.event} ({event.kind}). {event.effect_on_counting}".strip()
        for event in events
        if event.kind in _DEFINITIONS
    ]
    for edges, verb in ((profile.begins, "begins"), (profile.ends, "ends")):
        by_place: dict[tuple[str, str], list[str]] = {}
        for region, channel, period in edges:
            by_place.setdefault((channel, period), []).append(region)
        found += [
            f"{wording.sentence_case(channel)} {verb} in {period} in {wording.listed(regions[:6])}"
            f"{f' and {len(regions) - 6} more regions' if len(regions) > 6 else ''}."
            for (channel, period), regions in by_place.items()
        ]
    found += [
        f"The exposure of {region} changes by {numbers.percent_change(ratio)} in {period}."
        for region, period, ratio in profile.exposure_jumps[:SHOWN]
    ]
    return found


def _trail(profile: DataProfile) -> dict[str, Any]:
    audit = profile.audit
    if audit is None:
        return {"text": [_NO_TRAIL], "tables": [], "allocation": None, "ignored": [], "revisions": ""}
    rows = audit["rows"]
    counted = (
        f"{numbers.whole(rows['counted'])} {audit['unit']} counted from {numbers.whole(rows['read'])} rows of "
        f"{numbers.plural(len(audit['logs']), 'log')} from {audit['first_day']} to {audit['last_day']} "
        f"({audit['report_zone']})."
    )
    text = [
        counted,
        audit["duplicates"],
        *([audit["exposure"]] if audit["exposure"] else []),
        *(f"{note['what']} {note['repair']}" for note in audit["notes"]),
    ]
    ignored = {each["column"]: each["personal"] for log in audit["logs"] for each in log["ignored"]}
    names = [f"{name}{' (by its name personal)' if personal else ''}" for name, personal in ignored.items()]
    return {
        "text": text,
        "tables": [table.to_dict() for table in (_fates(rows), _reasons(audit), _logs(audit)) if table.rows],
        "allocation": heatmap.share_line(audit["by_period"]),
        "ignored": names,
        "revisions": _revisions(audit),
    }


_FATES: Final = {
    "counted": "Counted",
    "filtered": "Left out by a filter",
    "duplicates": "Repeat a contact",
    "unreadable": "Time not readable, left out",
    "unlisted": "Channel not listed, left out",
    "left_out": "In a first or last period that is not whole",
    "outside": "Outside the days covered",
}


def _fates(rows: dict[str, int]) -> Table:
    return Table(
        caption="What became of the rows of the logs.",
        header=("Rows", "Number"),
        rows=tuple((words, numbers.whole(rows[name])) for name, words in _FATES.items() if rows[name]),
        align=("left", "right"),
    )


def _reasons(audit: dict[str, Any]) -> Table:
    total = max(audit["rows"]["counted"], 1)
    return Table(
        caption="Why contacts have no region: the commonest reasons.",
        header=("Place", "Contacts", "Share of all"),
        rows=tuple(
            (
                wording.sentence_case(each["reason"]),
                numbers.whole(each["contacts"]),
                numbers.percent(each["contacts"] / total, 1),
            )
            for each in audit["reasons"]
        ),
        align=("left", "right", "right"),
    )


def _logs(audit: dict[str, Any]) -> Table:
    return Table(
        caption="The logs behind the counts.",
        header=("Log", "Rows", "First day", "Last day", "Sha256"),
        rows=tuple(
            (
                log["name"],
                numbers.whole(log["rows"]),
                log["first_day"] or "–",
                log["last_day"] or "–",
                (log["sha256"] or "–")[:12],
            )
            for log in audit["logs"][:60]
        ),
        align=("left", "right", "left", "left", "left"),
    )


def _revisions(audit: dict[str, Any]) -> str:
    number = len(audit["revisions"])
    if not number:
        return "No count of an earlier period changed when the logs were last read."
    cells = [f"{each['region']}, {each['channel']}, {each['period']}" for each in audit["revisions"][:SHOWN]]
    more = f" and {number - SHOWN} more" if number > SHOWN else ""
    said = f"{numbers.plural(number, 'count')} of earlier periods changed when the logs were last read"
    return f"{said}: {'; '.join(cells)}{more}."
