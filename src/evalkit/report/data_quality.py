"""One page on the quality of a contacts file: a heat map of what is missing, outliers, jumps, changes of definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit import __version__
from evalkit.catalogue import in_its_language, term, text, texts, words
from evalkit.contacts.profile import DataProfile, profile_contacts
from evalkit.report import heatmap, html, numbers, parts, wording
from evalkit.report.disclosure.apart import require_apart
from evalkit.report.files import write_atomically
from evalkit.report.tables import Table
from evalkit.vocab import EventKind

if TYPE_CHECKING:
    from evalkit.contacts import Contacts
    from evalkit.contacts.shifts import Shift
    from evalkit.registers import Event

SHOWN: Final = 12
_DEFINITIONS: Final = (EventKind.DEFINITION, EventKind.CHANNEL_OPENS, EventKind.CAPACITY)


@in_its_language
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


@in_its_language
def write_data_quality(
    contacts: Contacts,
    path: str | Path,
    *,
    audit: dict[str, Any] | None = None,
    events: Sequence[Event] = (),
    issued: dt.date | None = None,
) -> Path:
    """Write the page on the quality of a contacts file; parameters are those of :func:`data_quality_html`.

    Raises
    ------
    ReportError
        The place lies in the published part of a run's folder: the page shows exact counts.
    """
    require_apart(path)
    content = data_quality_html(contacts, audit=audit, events=events, issued=issued)
    return write_atomically(Path(path), content.encode())


def _page(profile: DataProfile, events: Sequence[Event], issued: dt.date) -> dict[str, Any]:
    contacts = profile.contacts
    share = profile.missing / profile.cells if profile.cells else 0.0
    jumps, rest = _jumps(profile), len(profile.outliers) - SHOWN
    return {
        **parts.plain_front(text("data_quality.title"), issued, simulated=contacts.simulated),
        "w": words("data_quality"),
        "disclosure": parts.internal_mark(),
        "footer": text("data_quality.footer", version=__version__, hash=contacts.content_hash[:12]),
        "counts": _what(profile),
        "tiles": [
            _tile(
                numbers.percent(share, 1),
                text("data_quality.tile.missing"),
                text("words.of", number=numbers.whole(profile.missing), all=numbers.whole(profile.cells)),
            ),
            _tile(str(len(profile.outliers)), text("data_quality.outliers"), text("data_quality.tile.outliers")),
            _tile(str(len(jumps)), text("data_quality.jumps"), text("data_quality.tile.jumps")),
        ],
        "notes": [str(note) for note in contacts.notes],
        "maps": [
            {
                "heading": wording.channel_title(channel),
                "svg": heatmap.heat_map(table, channel),
                "gaps": heatmap.gaps(table),
            }
            for channel, table in profile.counted.items()
        ],
        "outliers": _outliers(profile).to_dict() if profile.outliers else None,
        "more_outliers": text("data_quality.outliers_more", number=rest) if rest > 0 else "",
        "jumps": jumps,
        "changes": _changes(profile, events),
        "trail": _trail(profile),
        "provenance": [
            [text("data_quality.unit"), wording.unit_words(contacts.unit)],
            [text("data_quality.hash"), contacts.content_hash],
            [text("provenance.made_with"), f"evalkit {__version__}"],
            [text("page.issued"), numbers.day_text(issued)],
        ],
    }


def _what(profile: DataProfile) -> str:
    contacts = profile.contacts
    first, last = (numbers.period_text(contacts.periods[place]) for place in (0, -1))
    regions, channels = len(contacts.regions), len(contacts.channels)
    return text(
        "data_quality.what",
        regions=numbers.plural(regions, "region"),
        channels=numbers.plural(channels, "channel"),
        span=numbers.interval(first, last),
        unit=wording.unit_words(contacts.unit),
    )


def _tile(value: str, label: str, note: str) -> dict[str, str]:
    return {"value": value, "label": label, "note": note}


def _outliers(profile: DataProfile) -> Table:
    return Table(
        caption=text("data_quality.outliers_caption"),
        header=texts("data_quality.outliers_header"),
        rows=tuple(
            (
                one.region,
                wording.channel_name(one.channel),
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
    rows = list(profile.audit["by_period"]) if profile.audit else []
    periods = [str(row["period"]) for row in rows]
    found = []
    if profile.unallocated is not None:
        said = _jump(text("data_quality.jump.unallocated"), profile.unallocated, periods)
        found.append(f"{said} {text('data_quality.jump.like_an_effect')}")
    if profile.duplicates is not None:
        found.append(_jump(text("data_quality.jump.duplicates"), profile.duplicates, periods))
    every = [heatmap.label(period) for period in profile.contacts.periods]
    found += [
        _jump(text("data_quality.jump.zeros", channel=wording.channel_name(channel)), shift, every)
        for channel, shift in profile.zeros.items()
    ]
    return found


def _jump(what: str, shift: Shift, periods: Sequence[str]) -> str:
    return text(
        "data_quality.jump.goes",
        what=what,
        before=numbers.percent(shift.before),
        after=numbers.percent(shift.after),
        period=periods[shift.place],
        errors=f"{shift.errors:.0f}",
    )


def _changes(profile: DataProfile, events: Sequence[Event]) -> list[str]:
    """What may have changed the meaning of the counts, one sentence each."""
    found = [
        text(
            "data_quality.event",
            start=event.start,
            title=event.title or event.event,
            kind=term("event_kinds", event.kind),
            effect=event.effect_on_counting,
        ).strip()
        for event in events
        if event.kind in _DEFINITIONS
    ]
    for edges, key in ((profile.begins, "data_quality.begins"), (profile.ends, "data_quality.ends")):
        by_place: dict[tuple[str, str], list[str]] = {}
        for region, channel, period in edges:
            by_place.setdefault((channel, period), []).append(region)
        found += [
            text(key, channel=wording.channel_title(channel), period=period, regions=_regions(regions))
            for (channel, period), regions in by_place.items()
        ]
    found += [
        text("data_quality.exposure", region=region, change=numbers.percent_change(ratio), period=period)
        for region, period, ratio in profile.exposure_jumps[:SHOWN]
    ]
    return found


def _regions(names: Sequence[str]) -> str:
    named, rest = wording.listed(names[:6]), len(names) - 6
    return text("data_quality.more_regions", named=named, number=rest) if rest > 0 else named


def _trail(profile: DataProfile) -> dict[str, Any]:
    audit = profile.audit
    if audit is None:
        return {
            "text": [text("data_quality.no_trail")],
            "tables": [],
            "allocation": None,
            "ignored": [],
            "revisions": "",
        }
    rows = audit["rows"]
    counted = text(
        "data_quality.counted_from",
        number=numbers.whole(rows["counted"]),
        unit=wording.unit_words(audit["unit"]),
        rows=numbers.whole(rows["read"]),
        logs=numbers.plural(len(audit["logs"]), "log"),
        first=audit["first_day"],
        last=audit["last_day"],
        zone=audit["report_zone"],
    )
    said = [
        counted,
        audit["duplicates"],
        *([audit["exposure"]] if audit["exposure"] else []),
        *(f"{note['what']} {note['repair']}" for note in audit["notes"]),
    ]
    ignored = {each["column"]: each["personal"] for log in audit["logs"] for each in log["ignored"]}
    names = [text("data_quality.personal", name=name) if personal else name for name, personal in ignored.items()]
    return {
        "text": said,
        "tables": [table.to_dict() for table in (_fates(rows), _reasons(audit), _logs(audit)) if table.rows],
        "allocation": heatmap.share_line(audit["by_period"]),
        "ignored": names,
        "revisions": _revisions(audit),
    }


_FATES: Final = ("counted", "filtered", "duplicates", "unreadable", "unlisted", "left_out", "outside")


def _fates(rows: dict[str, int]) -> Table:
    return Table(
        caption=text("data_quality.fates_caption"),
        header=texts("data_quality.fates_header"),
        rows=tuple((text(f"data_quality.fate.{name}"), numbers.whole(rows[name])) for name in _FATES if rows[name]),
        align=("left", "right"),
    )


def _reasons(audit: dict[str, Any]) -> Table:
    total = max(audit["rows"]["counted"], 1)
    return Table(
        caption=text("data_quality.reasons_caption"),
        header=texts("data_quality.reasons_header"),
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
        caption=text("data_quality.logs_caption"),
        header=texts("data_quality.logs_header"),
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
        return text("data_quality.not_revised")
    cells = "; ".join(f"{each['region']}, {each['channel']}, {each['period']}" for each in audit["revisions"][:SHOWN])
    named = text("figure.heat_map.and_more", named=cells, number=number - SHOWN) if number > SHOWN else cells
    return text("data_quality.revised", counts=numbers.plural(number, "count"), cells=named)
