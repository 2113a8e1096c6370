"""What a published figure can show of an effect, on the Maryland scale, and what would settle it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evalkit.catalogue import text
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
        why = text("claim.evidence.before_launch" if "before-launch" in rules else "claim.evidence.no_figure")
        return text("claim.evidence.none", why=why)
    if level == 1:
        why = text("claim.evidence.one_figure")
    elif "elsewhere" in rules:
        why = text("claim.evidence.beside_others")
    else:
        why = text("claim.evidence.before_and_after")
    return text("claim.evidence.at_most", level=level, highest=_HIGHEST, why=why)


def settles(claim: Claim, audit_class: AuditClass, findings: Sequence[Finding]) -> str:
    """What evidence would settle the figure, or, where its arithmetic is settled, what the campaign did."""
    rules = _rules(claim, findings)
    if audit_class is AuditClass.CONTRADICTED:
        rule = next((rule for rule in _CONTRADICTED if rule in rules), "both-sources")
        return text(f"claim.evidence.contradicted.{rule.replace('-', '_')}")
    if audit_class is AuditClass.IMPLIED:
        return text("claim.evidence.implied")
    if audit_class is AuditClass.CONSISTENT:
        return text("claim.evidence.monthly")
    return text(f"claim.evidence.unchecked.{'change' if claim.asserts_change else claim.statistic.value}")


def _rules(claim: Claim, findings: Sequence[Finding]) -> set[str]:
    return {found.rule for found in findings if claim.claim_id in found.claims}


_CONTRADICTED: Final = ("undated", "unit", "unit-elsewhere", "before-channel-opened")
"""Rules whose contradictions something of their own would settle, the first that is there counting."""
