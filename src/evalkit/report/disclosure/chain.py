"""Which earlier rounds a plan was held against, so that a round that was held against none says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, order=True)
class EarlierRound:
    """A round that was published before.

    Attributes
    ----------
    issued : str
        Date on its reports (ISO 8601); empty where its manifest was not at hand.
    plan_hash : str
        Hash of its disclosure plan, as its manifest has it.
    """

    issued: str = ""
    plan_hash: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"issued": self.issued, "plan_hash": self.plan_hash}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EarlierRound:
        """The round that ``to_dict`` wrote; ``KeyError`` or ``TypeError`` for anything else."""
        return cls(issued=str(values["issued"]), plan_hash=str(values["plan_hash"]))


def in_order(rounds: Iterable[EarlierRound]) -> tuple[EarlierRound, ...]:
    """Each round once, the earliest first."""
    return tuple(sorted(set(rounds)))
