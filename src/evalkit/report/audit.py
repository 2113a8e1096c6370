"""The audit of a register of claims, as text, as a table, as a web page and as a PDF."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit import __version__
from evalkit.catalogue import in_its_language, term, text, texts, words
from evalkit.claim import AuditClass, Comparison, Exposure, Verdict
from evalkit.claim.wording import change, count, ratio, when
from evalkit.report import charts, html, numbers, parts, pdf, theme
from evalkit.report.charts import Chart
from evalkit.report.disclosure.apart import require_apart
from evalkit.report.disclosure.words import internal_mark
from evalkit.report.figures import claims as figures
from evalkit.report.figures.axes import bare_axes
from evalkit.report.files import write_atomically
from evalkit.report.wording import (
    audit_class_title,
    audit_class_word,
    sentence_case,
    simulated_mark,
    unit_words,
    verdict_title,
    verdict_word,
)
from evalkit.vocab import Qualifier, StatisticType, VerdictKind

if TYPE_CHECKING:
    from evalkit.claim import Audit, Claim, ClaimAudit

_MOST_COMPARED: Final = 2
_REASONS_SHOWN: Mapping[AuditClass, int] = {
    AuditClass.CONTRADICTED: 3,
    AuditClass.CONSISTENT: 2,
    AuditClass.IMPLIED: 2,
    AuditClass.UNCHECKED: 1,
}


@in_its_language
def audit_text(audit: Audit) -> str:
    """The audit as plain text: counts by class, then every contradicted figure with its reason, then the verdicts."""
    lines = [f"{internal_mark()}."] if audit.own_contacts else []
    lines.append(text("claims_audit.text.figures", number=len(audit)))
    lines += [f"  {number:4d}  {audit_class_word(one)}" for one, number in audit.counts.items()]
    contradicted = [one for one in audit if one.audit_class is AuditClass.CONTRADICTED]
    if contradicted:
        lines.append(text("claims_audit.text.contradicted"))
        lines += [f"  {one.claim.claim_id} {one.claim.region}: {one.reasons[0]}" for one in contradicted]
    if audit.verdicts:
        lines.append(text("claims_audit.text.verdicts"))
        lines += [f"  {name} {audit.by_id[name].claim.region}: {_verdict_line(one)}" for name, one in _verdicts(audit)]
    return "\n".join(lines)


def audit_values(audit: Audit) -> dict[str, Any]:
    """The audit as plain values for JSON; ``mark`` says where it quotes counts that are not for publication."""
    return {**({"mark": internal_mark()} if audit.own_contacts else {}), **audit.to_dict()}


@in_its_language
def write_claims_audit(
    audit: Audit, folder: str | Path, *, issued: dt.date | None = None, simulated: bool | None = None
) -> dict[str, Path]:
    """Write the audit as a web page, a PDF, a table and JSON.

    Where the audit rests on contacts of one's own, it quotes their counts as they were counted: each of the four files
    is then marked as internal, the table by a column ``mark``.

    Parameters
    ----------
    audit : Audit
        From :func:`evalkit.audit_published` or :func:`evalkit.audit_file`.
    folder : str or Path
        Where to; made where it does not exist.
    issued : datetime.date, optional
        Date on the page; today unless said otherwise.
    simulated : bool, optional
        Whether the claims are about simulated contacts; by default as the contacts' own metadata say.

    Returns
    -------
    dict of str to Path
        ``page`` (claims.html), ``pdf`` (claims.pdf), ``table`` (claims.csv), ``json`` (claims.json). All contents are
        made before the first file is written.

    Raises
    ------
    ReportError
        The PDF could not be set; or the audit rests on contacts of one's own, and the folder is the published part of a
        run's.
    """
    if audit.own_contacts:
        require_apart(Path(folder) / "claims.html")
    made_up = audit.simulated if simulated is None else simulated
    page, shown = audit_page(audit, issued=issued, simulated=made_up)
    plain = json.dumps(audit_values(audit), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    contents = {
        "page": ("claims.html", _html(page, shown).encode()),
        "pdf": ("claims.pdf", pdf.document("claims.typ", page, shown)),
        "table": ("claims.csv", _csv(audit)),
        "json": ("claims.json", plain.encode()),
    }
    return {kind: write_atomically(Path(folder) / name, content) for kind, (name, content) in contents.items()}


def audit_page(
    audit: Audit, *, issued: dt.date | None = None, simulated: bool = False
) -> tuple[dict[str, Any], tuple[Chart, ...]]:
    """What the web page and the PDF say, as plain values, and their charts."""
    date = issued or dt.datetime.now(tz=dt.UTC).date()
    compared = _compared(audit)
    overview = _overview_charts(audit, simulated=simulated)
    beside = [_comparison_chart(one, number, simulated=simulated) for number, one in enumerate(compared, 1)]
    shown = (*overview.values(), *beside)
    page = {
        **_front(audit, date, simulated=simulated),
        "headline": _headline(audit),
        "findings": _findings(audit),
        "tiles": [
            {
                "value": str(audit.counts[one]),
                "label": audit_class_title(one),
                "note": text(f"claims_audit.explained.{one.name.lower()}"),
            }
            for one in _REASONS_SHOWN
        ],
        "how": list(texts("claims_audit.how")),
        "interval_chart": parts.chart_dict(overview["claims"]) if "claims" in overview else None,
        "implied_chart": parts.chart_dict(overview["implied"]) if "implied" in overview else None,
        "comparison_charts": [parts.chart_dict(chart) for chart in beside],
        "comparisons": _comparison_rows(audit),
        "sections": [_section(audit, kind) for kind in _REASONS_SHOWN if audit.counts[kind]],
        "verdicts": [_verdict_row(audit, name, one) for name, one in _verdicts(audit)],
        "limits": list(texts("claims_audit.limits")),
    }
    return page, shown


def _front(audit: Audit, issued: dt.date, *, simulated: bool) -> dict[str, Any]:
    digest = hashlib.sha256(_csv(audit)).hexdigest()
    note = text("claims_audit.simulated_note", mark=simulated_mark()) if simulated else ""
    return {
        **parts.plain_front(text("claims_audit.title"), issued, simulated=simulated),
        "audit_words": words("audit"),
        "disclosure": parts.internal_mark() if audit.own_contacts else {"mark": "", "note": ""},
        "simulated_note": note,
        "footer": text("claims_audit.footer", version=__version__, hash=digest[:12]),
        "counts": text(
            "claims_audit.held_own" if audit.verdicts else "claims_audit.held",
            figures=numbers.plural(len(audit), "published figure"),
        ),
        "provenance": [
            [text("claims_audit.figures"), numbers.whole(len(audit))],
            [text("claims_audit.sources"), numbers.whole(len({one.claim.source for one in audit}))],
            [text("claims_audit.hash"), digest],
            [text("provenance.made_with"), f"evalkit {__version__}"],
            [text("page.issued"), numbers.day_text(issued)],
        ],
    }


def _headline(audit: Audit) -> str:
    held = audit.counts
    checked = len(audit) - held[AuditClass.UNCHECKED]
    return text(
        "claims_audit.headline_own" if audit.verdicts else "claims_audit.headline",
        figures=numbers.plural(len(audit), "published figure"),
        checked=numbers.how_many(checked),
        confirmed=numbers.how_many(held[AuditClass.CONSISTENT]),
        contradicted=numbers.how_many(held[AuditClass.CONTRADICTED]),
        implied=numbers.how_many(held[AuditClass.IMPLIED]),
        unchecked=numbers.how_many(held[AuditClass.UNCHECKED]),
    )


def _findings(audit: Audit) -> list[str]:
    """What a reader should take away beside the counts, each only where the register has it."""
    found = []
    kinds = Counter(one.kind.value for one in audit.verdicts.values() if isinstance(one, Verdict))
    if kinds:
        counted = ", ".join(
            text("words.counted", number=numbers.in_words(number), noun=verdict_word(kind))
            for kind, number in kinds.most_common()
        )
        found.append(text("claims_audit.finding.verdicts", counted=counted))
    spans = [pair for one in audit if (pair := one.interval("dispersed"))]
    if spans:
        open_ones = sum(lower <= 1 <= upper for lower, upper in spans)
        found.append(
            text(
                "claims_audit.finding.recomputed",
                changes=sentence_case(numbers.plural(len(spans), "change", words=True)),
                number=numbers.how_many(open_ones),
            )
        )
    exposed = [one for one in _with_pool(audit) if one.exposure is Exposure.DURING]
    if exposed:
        more = sum(one.pool.relative_dispersed.lower > 1 for one in exposed if one.pool)
        found.append(
            text(
                "claims_audit.finding.elsewhere",
                changes=numbers.plural(len(exposed), "change", words=True),
                number=numbers.how_many(more),
            )
        )
    early = sum(any(found.rule == "before-launch" for found in one.findings) for one in audit)
    if early:
        found.append(text("claims_audit.finding.early", figures=sentence_case(numbers.plural(early, "figure"))))
    return found


# --- tables -----------------------------------------------------------------------------------------------------------


def published_words(claim: Claim) -> str:
    """What was published, in a few words: ``+46 %, 2018 against 2016``, ``more than 300, 2018``."""
    value = _value_words(claim)
    period = when(str(claim.period)) if claim.period else claim.period_text
    baseline = when(str(claim.baseline)) if claim.baseline else claim.baseline_text
    dated = claim.baseline is not None or claim.period is not None
    if not period:
        return value
    both = baseline and dated and claim.asserts_change
    return f"{value}, {text('claim_words.against', period=period, baseline=baseline) if both else period}"


def _value_words(claim: Claim) -> str:
    if claim.value is None:
        return text("claim_words.in_words")
    figure = _figure_words(claim, claim.value)
    if claim.qualifier is Qualifier.EXACT:
        return figure
    return text("claim.number.qualified", qualifier=term("claim.qualifiers", claim.qualifier), figure=figure)


def _figure_words(claim: Claim, value: float) -> str:
    if claim.statistic is StatisticType.PERCENT_CHANGE:
        return change(1 + value / 100, as_stated=True)
    if claim.statistic is StatisticType.RATIO:
        return text("claim.number.times_stated", ratio=value)
    if claim.statistic is StatisticType.SHARE:
        return text("claim.number.percent", percent=f"{value:g}")
    unit = claim.unit_text or unit_words(claim.unit)
    return text("words.counted", number=count(value), noun=unit)


def recomputed_words(one: ClaimAudit) -> str:
    """The recomputed ratio with its two intervals, or the implied figure with its range; a dash where there is none."""
    main = one.main
    if main is None or one.recomputed is None or one.lower is None or one.upper is None:
        return "–"
    if "implied" in main.figures:
        ends = [count(one.lower), count(one.upper)]
        if not math.isfinite(one.upper):
            return text("claim_words.or_more", count=ends[0])
        return ends[0] if ends[0] == ends[1] else numbers.interval(*ends)
    poisson, dispersed = one.interval("poisson"), one.interval("dispersed")
    if poisson is None or dispersed is None:
        return ratio(one.recomputed)
    spans = (numbers.interval(ratio(lower), ratio(upper)) for lower, upper in (poisson, dispersed))
    return f"{ratio(one.recomputed)} ({'; '.join(spans)})"


def _section(audit: Audit, kind: AuditClass) -> dict[str, Any]:
    held = [one for one in audit if one.audit_class is kind]
    settles = {one.settles for one in held}
    said: dict[str, str] = {}
    return {
        "settles": settles.pop() if len(settles) == 1 else "",
        "name": kind.value,
        "heading": text(f"claims_audit.headings.{kind.name.lower()}"),
        "explained": text(f"claims_audit.explained.{kind.name.lower()}"),
        "caption": text(
            "claims_audit.caption",
            figures=sentence_case(numbers.plural(len(held), "published figure")),
            found=audit_class_word(kind),
        ),
        "rows": [_row(one, _REASONS_SHOWN[kind], said) for one in held],
    }


def _row(one: ClaimAudit, shown: int, said: dict[str, str]) -> dict[str, Any]:
    """One figure; ``brief`` points to an earlier row of the section (``said``) where the reason is the same."""
    reasons = one.reasons[:shown]
    brief = reasons if one.audit_class is AuditClass.UNCHECKED else _brief(reasons, said)
    said |= {reason: one.claim.claim_id for reason in reasons if reason not in said}
    return {
        "brief": list(brief),
        "id": one.claim.claim_id,
        "region": one.claim.region,
        "claim": one.claim.text,
        "source": one.claim.source,
        "published": published_words(one.claim),
        "recomputed": recomputed_words(one),
        "reasons": list(reasons),
        "more": [*one.reasons[shown:], one.evidence],
        "settles": one.settles,
    }


def _brief(reasons: Sequence[str], said: Mapping[str, str]) -> list[str]:
    """The reasons, those said before replaced by a reference to where they stand."""
    before = list(dict.fromkeys(said[reason] for reason in reasons if reason in said))
    own = [reason for reason in reasons if reason not in said]
    return [*([text("claims_audit.as_for", figures=text("words.and").join(before))] if before else []), *own]


def _comparison_rows(audit: Audit) -> list[list[str]]:
    """A line for each change that other regions can be set beside; those with a known campaign first."""
    ordered = sorted(_with_pool(audit), key=lambda one: (one.exposure is not Exposure.DURING, one.region))
    return [
        [
            f"{one.region} ({one.claim_id})",
            text("claim_words.against", period=when(str(one.period)), baseline=when(str(one.baseline))),
            change(one.ratio),
            f"{change(one.pool.ratio)} ({len(one.unexposed)})",
            ratio(one.pool.relative),
            numbers.interval(ratio(one.pool.relative_dispersed.lower), ratio(one.pool.relative_dispersed.upper)),
            one.campaign or text("claims_audit.none_known"),
        ]
        for one in ordered
        if one.pool is not None
    ]


def _with_pool(audit: Audit) -> list[Comparison]:
    return [one.comparison for one in audit if one.comparison is not None and one.comparison.pool is not None]


def _verdicts(audit: Audit) -> list[tuple[str, Any]]:
    return [
        (one.claim.claim_id, audit.verdicts[one.claim.claim_id])
        for one in audit
        if one.claim.claim_id in audit.verdicts
    ]


def _verdict_line(verdict: Any) -> str:
    return f"{verdict_word(verdict.kind)}. {verdict.reasons[1]}" if isinstance(verdict, Verdict) else str(verdict)


def _verdict_row(audit: Audit, name: str, verdict: Any) -> dict[str, Any]:
    claim = audit.by_id[name].claim
    row = {"id": name, "region": claim.region, "claim": claim.text, "published": published_words(claim)}
    if isinstance(verdict, Verdict):
        return {**row, **_verdict_words(verdict.kind), "reasons": list(verdict.reasons)}
    unchecked = _verdict_words(VerdictKind.CANNOT_BE_CHECKED)
    return {**row, **unchecked, "reasons": [sentence_case(str(verdict)) + "."]}


def _verdict_words(kind: VerdictKind) -> dict[str, str]:
    """A verdict as a key, by which it is coloured, and as readers see it inside a sentence and in a cell."""
    return {"verdict": kind.value, "verdict_word": verdict_word(kind), "verdict_title": verdict_title(kind)}


def _csv(audit: Audit) -> bytes:
    frame = audit.to_frame()
    if audit.verdicts:
        known = {name: one.kind.value if isinstance(one, Verdict) else str(one) for name, one in _verdicts(audit)}
        frame["verdict"] = frame["claim_id"].map(known)
    if audit.own_contacts:
        frame["mark"] = internal_mark()
    return frame.to_csv(index=False, lineterminator="\n").encode()


# --- charts -----------------------------------------------------------------------------------------------------------


def _compared(audit: Audit) -> list[Comparison]:
    """Of the changes in campaign regions that several regions can be set beside, the least and the most favourable."""
    found = [one for one in _with_pool(audit) if one.exposure is Exposure.DURING and len(one.unexposed) > 1]
    ordered = sorted(found, key=lambda one: one.pool.relative if one.pool else 1.0)
    return ordered if len(ordered) <= _MOST_COMPARED else [ordered[0], ordered[-1]]


def _overview_charts(audit: Audit, *, simulated: bool) -> dict[str, Chart]:
    found = {}
    if rows := figures.claim_rows(audit):
        (ax,) = bare_axes(figures.rows_frame(len(rows)))
        figures.plot_claims(audit, ax=ax, simulated=simulated)
        alt = figures.describe_claims(audit, simulated=simulated)
        found["claims"] = _chart("claims", ax, text("claims_audit.interval_chart"), text("figure.claims.caption"), alt)
    if implied := figures.implied_rows(audit):
        (ax,) = bare_axes(figures.rows_frame(len(implied)))
        figures.plot_implied(audit, ax=ax, simulated=simulated)
        alt = figures.describe_implied(audit, simulated=simulated)
        found["implied"] = _chart(
            "implied", ax, text("claims_audit.implied_chart"), text("figure.claims.implied_caption"), alt
        )
    return found


def _comparison_chart(one: Comparison, number: int, *, simulated: bool) -> Chart:
    (ax,) = bare_axes(figures.rows_frame(len(figures.comparison_rows(one))))
    figures.plot_comparison(one, ax=ax, simulated=simulated)
    heading = text(
        "claims_audit.comparison_chart",
        region=one.region,
        periods=text("claim_words.against", period=when(str(one.period)), baseline=when(str(one.baseline))),
        change=change(one.ratio),
        counts=numbers.interval(count(one.earlier), count(one.current)),
    )
    alt = figures.describe_comparison(one, simulated=simulated)
    return _chart(f"comparison-{number}", ax, heading, text("figure.claims.comparison_caption"), alt)


def _chart(name: str, ax: Any, heading: str, caption: str, alt: str) -> Chart:
    return Chart(name=name, svg=theme.to_svg(ax.figure), heading=heading, caption=caption, alt=alt)


def _html(page: dict[str, Any], shown: Sequence[Chart]) -> str:
    inline = {chart.name: charts.inline_svg(chart) for chart in shown}
    own = {"svg": inline, "a": words("audit"), "files": words("files")}
    return html.render("claims.html.j2", {**page, **own})
