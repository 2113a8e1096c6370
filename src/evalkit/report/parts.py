"""What every page has: head, provenance, how counts were protected, and tables and charts as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.report import (
    numbers,
    tables,
    theme,
    wording,
)
from evalkit.report.charts import Chart
from evalkit.report.content import Control
from evalkit.report.disclosure import words
from evalkit.report.signature import citation
from evalkit.report.stamp import hashed, stamp_words

if TYPE_CHECKING:
    from evalkit.report.content import Provenance
    from evalkit.report.overview import Summary
    from evalkit.report.release import ChannelView, RegionRelease

Page = dict[str, Any]
Built = tuple[Page, tuple[Chart, ...]]


def disclosure_part(control: Control, results: Sequence[ChannelView] = ()) -> dict[str, Any]:
    """How counts were protected: the mark of an internal page with its note, the rules, and what they did here."""
    notes = [f"{wording.channel_title(view.channel)}: {note}" for view in results for note in view.shown_by]
    return {
        "mark": words.internal_mark() if control.internal else "",
        "note": words.internal_note() if control.internal else "",
        "rules": [] if control.internal else list(control.sentences),
        "notes": notes,
    }


def internal_mark() -> dict[str, str]:
    """The mark of a page that shows counts as they were counted and knows no disclosure control, with its note."""
    return {"mark": words.internal_mark(), "note": words.internal_file_note()}


def front(
    report: RegionRelease | Summary,
    *,
    about: str,
    provenance: Provenance | None = None,
    simulated: bool | None = None,
) -> Page:
    """What every page has: title, whose it is, date, provenance, how to cite, where people find help."""
    provenance = provenance or getattr(report, "provenance", None)
    marked = bool(getattr(report, "simulated", False)) if simulated is None else simulated
    signature, commissioner = report.signature, report.commissioner
    held = [getattr(one, "control", None) for one in (report, *getattr(report, "regions", ()))]
    exact = next((control.internal for control in held if control is not None), False)
    return {
        **plain_front(report.title, provenance.issued if provenance else dt.date(1970, 1, 1), simulated=marked),
        "commissioner": commissioner,
        "signed": " · ".join(dict.fromkeys(filter(None, (signature.organisation, commissioner)))),
        "logo": {"file": signature.logo_file, "address": signature.logo_address, "alt": signature.logo_alt}
        if signature.logo
        else None,
        "accent": signature.accent,
        "signposting": signature.signposting,
        "cite": citation(report.title, about, signature, provenance, commissioner, exact=exact),
        "provenance": provenance_rows(provenance, exact=exact) if provenance else [],
        "stamp": list(stamp_words(provenance, exact=exact)) if provenance else [],
        "footer": _footer(provenance, exact=exact) if provenance else "",
    }


def plain_front(title: str, issued: dt.date, *, simulated: bool) -> Page:
    """The same for a page that nobody signs: the audit of published claims."""
    return {
        "title": title,
        "commissioner": "",
        "signed": "",
        "logo": None,
        "accent": theme.BLUE,
        "signposting": "",
        "cite": "",
        "issued": numbers.day_text(issued),
        "issued_iso": issued.isoformat(),
        "simulated": wording.simulated_mark() if simulated else "",
        "simulated_note": wording.simulated_note() if simulated else "",
    }


def provenance_rows(provenance: Provenance, *, exact: bool = False) -> list[list[str]]:
    """Where the numbers come from, as label and value; ``exact`` where nothing was controlled, as in :func:`hashed`."""
    return [
        [text("provenance.hash_of", what=wording.sentence_case(hashed(exact=exact))), provenance.data_hash],
        [text("provenance.hash_of", what=text("provenance.asked")), provenance.evaluation_fingerprint],
        [text("provenance.made_with"), f"evalkit {provenance.code_version}"],
        [text("provenance.seed"), str(provenance.seed)],
        [text("page.issued"), numbers.day_text(provenance.issued)],
    ]


def _footer(provenance: Provenance, *, exact: bool) -> str:
    return (
        f"{wording.sentence_case(hashed(exact=exact))} {provenance.data_hash[:12]} · evalkit {provenance.code_version}"
    )


def chart_dict(chart: Chart) -> dict[str, str]:
    """The words of a chart and the name of its file, for a template."""
    return {
        "name": chart.name,
        "file": chart.file,
        "heading": chart.heading,
        "caption": chart.caption,
        "alt": chart.alt,
    }


def filled(table: tables.Table | None) -> dict[str, Any] | None:
    """A table as plain values; None where there is none, or no row in it."""
    return table.to_dict() if table is not None and table.rows else None


def meanings(kinds: Iterable[vocab.VerdictKind]) -> list[list[str]]:
    """What each verdict that occurs means, in the order of the vocabulary."""
    present = set(kinds)
    return [
        [wording.verdict_title(kind), wording.verdict_meaning(kind)] for kind in vocab.VerdictKind if kind in present
    ]
