"""What a rule found about one or several claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["AuditClass", "Figure", "Finding", "FindingKind"]

Figure = float | str | bool


class FindingKind(StrEnum):
    """What a finding means for the figures it speaks of."""

    CONSISTENT = "consistent"
    CONTRADICTED = "contradicted"
    IMPLIED = "implied value"
    TENSION = "tension"
    CONTEXT = "context"


class AuditClass(StrEnum):
    """What recomputing a published figure came to."""

    CONSISTENT = "recomputed and consistent"
    CONTRADICTED = "recomputed and contradicted"
    IMPLIED = "implied value only"
    UNCHECKED = "cannot be checked"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule's result.

    Attributes
    ----------
    rule : str
        Name of the rule; ``wording`` has its sentence.
    kind : FindingKind
        What it means.
    claims : tuple of str
        Claims that it speaks of. Of a contradiction between two published figures, those that another recomputation
        confirms are not charged with it.
    against : tuple of str
        Other figures that it rests on.
    figures : dict
        Numbers and names that the sentence needs.
    """

    rule: str
    kind: FindingKind
    claims: tuple[str, ...]
    against: tuple[str, ...] = ()
    figures: dict[str, Figure] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The finding as plain values."""
        return {
            "rule": self.rule,
            "kind": self.kind.value,
            "claims": list(self.claims),
            "against": list(self.against),
            "figures": dict(self.figures),
        }
