"""How rounds of an evaluation, and what differs between two, show themselves."""

from __future__ import annotations

from evalkit.report import numbers, wording
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.rounds.compare import Round
from evalkit.report.rounds.difference import RoundsDifference


@shown.register
def _(result: Round) -> Shown:
    return Shown(
        title=f"Round {result.name}",
        sentence=f"{numbers.plural(len(result.regions), 'region')} reported.",
        warnings=tuple(f"{region} has no report" for region in result.failed),
    )


@shown.register
def _(result: RoundsDifference) -> Shown:
    changed = len(result.changed)
    said = (
        "Both rounds say the same of the same regions."
        if result.same
        else f"Of {numbers.plural(len(result.regions), 'region')} in both, {numbers.how_many(changed)} changed."
    )
    rows = [
        *((region.region, "; ".join(map(str, region.changes))) for region in result.changed),
        *((region, "only in the second round") for region in result.added),
        *((region, "only in the first round") for region in result.removed),
        *((region, "could not be reported in one of them") for region in result.failed),
    ]
    return Shown(
        title=f"{result.first} and {result.second}",
        sentence=said,
        points=tuple(wording.finished(reason) for reason in result.reasons),
        tables=(table("What differs.", ("Region", "What"), rows, where="to_dict()"),) if rows else (),
    )
