"""The log of what was left out: which rule and which cell, never a count."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evalkit.catalogue import term

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Final = ("rule", "region", "channel", "period", "what")
RULES: Final = ("small count", "protects another", "longer periods", "too small for a series", "known already")


def rule_words(rule: str) -> str:
    """What one of ``RULES`` leaves out, and why."""
    return term("disclosure.rules", rule)


@dataclass(frozen=True, kw_only=True, order=True)
class Suppression:
    """One thing that was left out.

    Attributes
    ----------
    region, channel, period : str
        Where; the period is empty where it is about a whole series.
    rule : str
        One of ``RULES``.
    what : str
        What was left out: a count, a total, a path, an estimate.
    """

    region: str
    channel: str
    period: str = ""
    rule: str
    what: str = "count"

    def to_dict(self) -> dict[str, str]:
        """Plain values, in the order of the columns."""
        return {name: getattr(self, name) for name in COLUMNS}


def suppressions_csv(found: Iterable[Suppression]) -> bytes:
    """The log as CSV, in order of region, channel and period, each line once."""
    with io.StringIO(newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_guarded(row.to_dict()) for row in sorted(set(found)))
        return file.getvalue().encode()


def _guarded(row: dict[str, str]) -> dict[str, str]:
    """Text that a spreadsheet would take for a formula begins with an apostrophe."""
    return {name: f"'{cell}" if cell.startswith(_FORMULAS) else cell for name, cell in row.items()}


def unguarded(cell: str) -> str:
    """A cell without the apostrophe of such a text; one of its own, as in 's-Hertogenbosch, stays."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULAS) else cell


def read_suppressions(content: bytes) -> tuple[Suppression, ...]:
    """The log that :func:`suppressions_csv` wrote."""
    with io.StringIO(content.decode()) as file:
        return tuple(Suppression(**{name: unguarded(row[name]) for name in COLUMNS}) for row in csv.DictReader(file))
