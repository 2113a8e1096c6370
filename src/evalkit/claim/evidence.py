"""What a published figure can show of an effect, on the Maryland scale, and what would settle it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evalkit.claim.claim import Claim
from evalkit.claim.finding import AuditClass, Finding

__all__ = ["evidence_level", "evidence_sentence", "settles"]

_HIGHEST: Final = 5


def evidence_level(claim: Claim, findings: Sequence[Finding]) -> int:
    """Level of the Maryland scale (0 to 5) that a published figure reaches as evidence for an effect of a campaign.

    0: it ends before the launch, or gives no figure. 1: one count or share, with nothing to compare it with. 2: a
    change from before to after; other regions that were published beside it were not chosen to be alike, so they do
    not lift it to 3. No published figure of this kind reaches more.
    """
    if _rules(claim, findings) & {"before-launch"} or claim.value is None:
        return 0
    return 2 if claim.asserts_change or claim.baseline_value is not None else 1


def evidence_sentence(claim: Claim, findings: Sequence[Finding]) -> str:
    """The level in words, with its reason."""
    rules = _rules(claim, findings)
    level = evidence_level(claim, findings)
    if level == 0:
        why = "the period ends before the launch" if "before-launch" in rules else "no figure is given"
        return f"Strength of evidence for an effect: none ({why})."
    if level == 1:
        why = "one figure at one time, with nothing to compare it with"
    elif "elsewhere" in rules:
        why = "before and after, beside other regions that were not chosen to be alike"
    else:
        why = "before and after, without comparison regions"
    return f"Strength of evidence for an effect: at most level {level} of {_HIGHEST} on the Maryland scale ({why})."


def settles(claim: Claim, audit_class: AuditClass, findings: Sequence[Finding]) -> str:
    """What evidence would settle the figure, or, where its arithmetic is settled, what the campaign did."""
    rules = _rules(claim, findings)
    if audit_class is AuditClass.CONTRADICTED:
        return _CONTRADICTED.get(next((rule for rule in _CONTRADICTED if rule in rules), ""), _BOTH_SOURCES)
    if audit_class is AuditClass.IMPLIED:
        return "The figure that it implies, from whoever counted it, would settle the arithmetic."
    if audit_class is AuditClass.CONSISTENT:
        return _MONTHLY
    return _UNCHECKED["change" if claim.asserts_change else claim.statistic.value]


def _rules(claim: Claim, findings: Sequence[Finding]) -> set[str]:
    return {found.rule for found in findings if claim.claim_id in found.claims}


_BOTH_SOURCES = "The counts behind both figures, with their dates and definitions, would show which one is right."
_MONTHLY = (
    "The published figures agree. What a campaign changed would be settled by monthly counts before and after its "
    "launch, here and in regions without a campaign."
)
_CONTRADICTED = {
    "undated": "The two counts, and the dates of the window that the source had in mind, would settle it.",
    "unit": "The source's own definition of what it counted would settle it.",
    "unit-elsewhere": "The source's own definition of what it counted would settle it.",
    "before-channel-opened": "The dates of the period, from whoever counted it, would settle it.",
}
_UNCHECKED = {
    "change": "The counts of both periods, with their dates, would settle the arithmetic.",
    "count": "A second source for the same quantity and period would settle it.",
    "share": "The two counts behind the share would settle it.",
    "qualitative": "A figure, with its two periods, would settle it.",
}
