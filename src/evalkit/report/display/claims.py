"""How claims, verdicts and audits show themselves."""

from __future__ import annotations

from evalkit.catalogue import term, text, texts
from evalkit.claim import Audit, Claim, ClaimAudit, Verdict
from evalkit.report import numbers, wording
from evalkit.report.disclosure.words import internal_file_note
from evalkit.report.display.shown import Shown, shown, table

_FIELDS = (
    "statistic",
    "value",
    "region",
    "channel",
    "unit_text",
    "unit",
    "period_text",
    "period",
    "baseline_text",
    "baseline",
    "campaign",
    "source",
    "note",
)


@shown.register
def _(result: Claim) -> Shown:
    ratio = result.ratio
    means = ""
    if result.stated_ratio is not None and ratio is not None:
        said = {"stated": f"{result.stated_ratio:.3g}", "lower": f"{ratio.lower:.4g}"}
        if ratio.upper == float("inf"):
            means = text("display.claim.ratio_or_more", **said)
        else:
            means = text("display.claim.ratio", upper=f"{ratio.upper:.4g}", **said)
    known = [name for name in _FIELDS if getattr(result, name) not in (None, "")]
    rows = [(text(f"display.claim.field.{name}"), _value(name, getattr(result, name))) for name in known]
    said = {"claim": wording.claim_statement(result)}
    named = text("display.claim.title_named", name=result.claim_id, **said) if result.claim_id else ""
    return Shown(
        title=named or text("display.claim.title", **said),
        sentence=means,
        tables=(table(text("display.claim.caption"), texts("display.claim.header"), rows),),
    )


def _value(name: str, value: object) -> str:
    if name == "statistic":
        return term("statistics", str(value))
    if name == "unit":
        return wording.unit_words(str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


@shown.register
def _(result: Verdict) -> Shown:
    return Shown(
        title=text("display.verdict.title", verdict=wording.verdict_word(result.kind)),
        sentence="\n".join(
            (
                text("display.verdict.claim", claim=wording.claim_statement(result.claim)),
                wording.verdict_meaning(result.kind),
            )
        ),
        points=result.reasons,
        notes=(wording.how_to_read_verdict(),),
    )


@shown.register
def _(result: ClaimAudit) -> Shown:
    claim = result.claim
    where = ", ".join(part for part in (claim.claim_id, claim.region) if part)
    return Shown(
        title=": ".join(filter(None, (wording.audit_class_title(result.audit_class), where))),
        sentence=wording.claim_statement(claim),
        points=(*result.reasons, *filter(None, (result.evidence, result.settles))),
        notes=(text("display.claim.source", source=claim.source),) if claim.source else (),
    )


@shown.register
def _(result: Audit) -> Shown:
    counts = [
        text("words.counted", number=numbers.whole(number), noun=wording.audit_class_word(one))
        for one, number in result.counts.items()
        if number
    ]
    rows = [
        (
            audit.claim.claim_id or "–",
            audit.claim.region or "–",
            wording.claim_statement(audit.claim),
            audit.reasons[0] if audit.reasons else "–",
            wording.audit_class_title(audit.audit_class),
        )
        for audit in result
    ]
    return Shown(
        title=text("display.audit.title", claims=numbers.plural(len(result), "published claim")),
        sentence=wording.sentence_case(f"{wording.listed(counts)}.") if counts else "",
        tables=(
            table(
                text("display.audit.caption"),
                texts("display.audit.header"),
                rows,
                where="to_frame()",
            ),
        ),
        notes=(internal_file_note(),) if result.own_contacts else (),
        simulated=result.simulated,
    )
