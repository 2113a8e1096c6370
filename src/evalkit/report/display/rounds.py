"""How rounds of an evaluation, and what differs between two, show themselves."""

from __future__ import annotations

from evalkit.report import numbers
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.rounds.compare import Round
from evalkit.report.rounds.difference import RoundsDifference
from evalkit.report.rounds.text import difference_text


@shown.register
def _(result: Round) -> Shown:
    return Shown(
        title=f"Round {result.name}",
        sentence=f"{numbers.plural(len(result.regions), 'region')} reported.",
        warnings=tuple(f"{region} has no report" for region in result.failed),
    )


@shown.register
def _(result: RoundsDifference) -> Shown:
    rows = [
        *((region.region, f"{numbers.plural(len(region.changes), 'change')}") for region in result.changed),
        *((region, "only in the second round") for region in result.added),
        *((region, "only in the first round") for region in result.removed),
        *((region, "could not be reported in one of them") for region in result.failed),
    ]
    return Shown(
        title=f"{result.first} and {result.second}",
        sentence=difference_text(result),
        tables=(table("What differs.", ("Region", "What"), rows, where="to_dict()"),) if rows else (),
    )
