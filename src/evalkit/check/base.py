"""What a check hands on: one question, what it came to, and the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit import vocab


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The answer of one check.

    Attributes
    ----------
    name : str
        Short stable name, such as ``"placebo in time"``.
    question : str
        The question in plain English.
    outcome : Outcome
        Passed, a concern, or not checked (with the reason in ``statement``).
    statement : str
        One sentence with the figures.
    figures : mapping
        The numbers of the statement by name.
    """

    name: str
    question: str
    outcome: vocab.Outcome
    statement: str
    figures: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}. {self.statement}"

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "question": self.question,
            "outcome": str(self.outcome),
            "statement": self.statement,
            "figures": dict(self.figures),
        }
