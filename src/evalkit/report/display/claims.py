"""How claims, verdicts and audits show themselves."""

from __future__ import annotations

from evalkit.claim import Audit, Claim, ClaimAudit, Verdict
from evalkit.report import numbers, wording
from evalkit.report.disclosure.words import INTERNAL_FILE_NOTE
from evalkit.report.display.shown import Shown, shown, table

_FIELDS = (
    ("statistic", "What is asserted"),
    ("value", "Figure"),
    ("region", "Region"),
    ("channel", "Channel"),
    ("unit_text", "Counted, in the source's words"),
    ("unit", "Counted"),
    ("period_text", "Period, as published"),
    ("period", "Period"),
    ("baseline_text", "Compared with, as published"),
    ("baseline", "Compared with"),
    ("campaign", "Campaign"),
    ("source", "Source"),
    ("note", "Remark"),
)


@shown.register
def _(result: Claim) -> Shown:
    ratio = result.ratio
    means = ""
    if result.stated_ratio is not None and ratio is not None:
        upper = f" to {ratio.upper:.4g}" if ratio.upper != float("inf") else " times or more"
        means = f"As a ratio: {result.stated_ratio:.3g}; with its rounding and wording, {ratio.lower:.4g}{upper}."
    rows = [(words, _text(getattr(result, name))) for name, words in _FIELDS if getattr(result, name) not in (None, "")]
    return Shown(
        title=f"Claim{f' {result.claim_id}' if result.claim_id else ''}: {wording.claim_statement(result)}",
        sentence=means,
        tables=(table("What the claim asserts.", ("Field", "Value"), rows),),
    )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


@shown.register
def _(result: Verdict) -> Shown:
    return Shown(
        title=f"Verdict: {result.kind}",
        sentence=f"Claim: {wording.claim_statement(result.claim)}\n{wording.VERDICT_MEANINGS[result.kind]}",
        points=result.reasons,
        notes=(wording.HOW_TO_READ_VERDICT,),
    )


@shown.register
def _(result: ClaimAudit) -> Shown:
    claim = result.claim
    where = ", ".join(part for part in (claim.claim_id, claim.region) if part)
    return Shown(
        title=f"{wording.sentence_case(result.audit_class.value)}{f': {where}' if where else ''}",
        sentence=wording.claim_statement(claim),
        points=(*result.reasons, *filter(None, (result.evidence, result.settles))),
        notes=(f"Source: {claim.source}",) if claim.source else (),
    )


@shown.register
def _(result: Audit) -> Shown:
    counts = [f"{numbers.whole(number)} {one.value}" for one, number in result.counts.items() if number]
    rows = [
        (
            audit.claim.claim_id or "–",
            audit.claim.region or "–",
            wording.claim_statement(audit.claim),
            audit.reasons[0] if audit.reasons else "–",
            wording.sentence_case(audit.audit_class.value),
        )
        for audit in result
    ]
    return Shown(
        title=f"Audit of {numbers.plural(len(result), 'published claim')}",
        sentence=wording.sentence_case(f"{wording.listed(counts)}.") if counts else "",
        tables=(
            table(
                "Each claim with the weightiest reason.",
                ("Number", "Region", "Claim", "Reason", "Class"),
                rows,
                where="to_frame()",
            ),
        ),
        notes=(INTERNAL_FILE_NOTE,) if result.own_contacts else (),
        simulated=result.simulated,
    )
