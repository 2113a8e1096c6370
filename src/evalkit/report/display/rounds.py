"""How rounds of an evaluation, and what differs between two, show themselves."""

from __future__ import annotations

from evalkit.catalogue import text, texts
from evalkit.report import numbers, wording
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.rounds.compare import Round
from evalkit.report.rounds.difference import RoundsDifference
from evalkit.report.rounds.text import difference_text


@shown.register
def _(result: Round) -> Shown:
    return Shown(
        title=text("display.round.title", name=result.name),
        sentence=text("display.round.sentence", regions=numbers.plural(len(result.regions), "region")),
        warnings=tuple(text("display.round.no_report", region=region) for region in result.failed),
    )


@shown.register
def _(result: RoundsDifference) -> Shown:
    rows = [
        *((region.region, numbers.plural(len(region.changes), "change")) for region in result.changed),
        *((region, text("display.round.only_second")) for region in result.added),
        *((region, text("display.round.only_first")) for region in result.removed),
        *((region, text("display.round.not_in_one")) for region in result.failed),
    ]
    what = table(text("display.round.caption"), texts("display.round.header"), rows, where="to_dict()")
    return Shown(
        title=wording.listed((result.first, result.second)),
        sentence=difference_text(result),
        tables=(what,) if rows else (),
    )
