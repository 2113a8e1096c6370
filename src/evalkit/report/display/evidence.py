"""How checks, quality statements, suggestions, curves and power studies show themselves."""

from __future__ import annotations

from evalkit import vocab
from evalkit.catalogue import term, text, texts
from evalkit.check import (
    CheckResult,
    CheckResults,
    Level,
    Multiplicity,
    Power,
    QualityItem,
    QualityStatement,
    SpecificationCurve,
    Suggestion,
    Suggestions,
)
from evalkit.report import numbers, power, quality, wording
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.tables import Table

_NONE = "–"


@shown.register
def _(result: CheckResult) -> Shown:
    return Shown(
        title=f"{wording.sentence_case(wording.check_name(result.name))}: {wording.outcome_word(result.outcome)}",
        sentence=result.question,
        points=tuple(filter(None, (wording.finished(result.statement), result.meaning))),
    )


@shown.register
def _(checks: CheckResults) -> Shown:
    counts = [(outcome, sum(check.outcome == outcome for check in checks)) for outcome in vocab.Outcome]
    order = (vocab.Outcome.FAILED, vocab.Outcome.INCONCLUSIVE, vocab.Outcome.PASSED, vocab.Outcome.NOT_RUN)
    ordered = sorted(checks, key=lambda check: order.index(check.outcome))
    said = wording.listed(
        [
            text("words.counted", number=numbers.whole(number), noun=wording.outcome_word(one))
            for one, number in counts
            if number
        ]
    )
    return Shown(
        title=f"{numbers.plural(len(checks), 'check')}: {said}" if checks else text("display.checks.none"),
        sentence=text("display.checks.sentence"),
        tables=(
            table(
                text("display.checks.caption"),
                texts("display.checks.header"),
                [
                    (
                        check.question,
                        " ".join(filter(None, (wording.finished(check.statement), check.meaning))),
                        wording.outcome_title(check.outcome),
                    )
                    for check in ordered
                ],
            ),
        ),
    )


@shown.register
def _(result: Multiplicity) -> Shown:
    rows = [
        (
            str(row["region"] or _NONE),
            wording.channel_name(str(row["channel"] or _NONE)),
            _number(row["value"]),
            _number(row["tail"], 4),
            _number(row["adjusted"], 4),
            _yes_or_no(row["stands_out"]),
        )
        for row in result.table.to_dict("records")
    ]
    return Shown(
        title=text("display.many.title"),
        sentence=result.summary(),
        tables=(
            table(
                text("display.many.caption"),
                texts("display.many.header"),
                rows,
                right=(2, 3, 4),
                where="to_frame()",
            ),
        ),
    )


def _yes_or_no(value: bool) -> str:
    return text("display.yes" if value else "display.no")


def _number(value: float, places: int = 2) -> str:
    return _NONE if value != value else f"{value:.{places}f}"  # NaN: not estimable


@shown.register
def _(result: SpecificationCurve) -> Shown:
    rows = [
        (
            term("display.curve.choice", str(row["choice"])),
            term("display.curve.value", str(row["value"])),
            numbers.whole(row["specifications"]),
            f"{row['median']:.2f}",
            numbers.percent(row["share_above"]),
            numbers.percent(row["share_below"]),
        )
        for row in result.by_choice().to_dict("records")
    ]
    return Shown(
        title=text("display.curve.title"),
        sentence=result.summary().removeprefix(f"{wording.simulated_mark()}. "),
        tables=(
            table(
                text("display.curve.caption"),
                texts("display.curve.header"),
                rows,
                right=(2, 3, 4, 5),
            ),
        ),
        notes=(text("display.curve.note"),),
        simulated=result.simulated,
    )


@shown.register
def _(result: QualityItem) -> Shown:
    return Shown(
        title=f"{result.source} {result.number}: {wording.answer_word(result.answer)}",
        sentence=result.question,
        points=(wording.finished(result.evidence),),
    )


@shown.register
def _(result: Level) -> Shown:
    place, reason = quality.level_sentence(result)
    return Shown(title=place, sentence=reason)


@shown.register
def _(result: QualityStatement) -> Shown:
    where = ", ".join(part for part in (result.region, result.channel) if part)
    levels = (result.level_maryland, result.level_nesta)
    return Shown(
        title=": ".join(filter(None, (text("page.quality"), where))),
        sentence="\n".join(". ".join(quality.level_sentence(level)) for level in levels),
        tables=(quality.counts_table(result), quality.items_table(result)),
        simulated=result.simulated,
    )


@shown.register
def _(result: Suggestion) -> Shown:
    return Shown(
        title=text(
            "display.design_ready" if result.ready else "display.design_not",
            design=wording.sentence_case(term("suggest.designs", result.design)),
        ),
        sentence=text("display.at_most_level", level=result.maryland),
        points=(*result.reasons, *([result.call] if result.call else [])),
    )


@shown.register
def _(result: Suggestions) -> Shown:
    best = result.best
    said = (
        text("display.suggestions.best", design=term("suggest.designs", best.design), call=best.call)
        if best is not None
        else text("display.suggestions.none")
    )
    return Shown(
        title=text("display.suggestions.title", region=result.region, channel=result.channel, launch=result.launch),
        sentence=said,
        warnings=result.notes,
        tables=(_designs(result), *([_not_compared(result)] if result.left_out else [])),
        simulated=result.simulated,
    )


def _designs(result: Suggestions) -> Table:
    rows = [
        (
            term("suggest.designs", item.design),
            _yes_or_no(item.ready),
            str(item.maryland),
            " ".join(item.reasons),
            item.call or _NONE,
        )
        for item in result
    ]
    return table(
        text("display.suggestions.caption"),
        texts("display.suggestions.header"),
        rows,
        right=(2,),
    )


def _not_compared(result: Suggestions) -> Table:
    return table(text("display.suggestions.not_compared"), texts("display.left_out.header"), result.left_out.items())


@shown.register
def _(result: Power) -> Shown:
    frame = power.power_table(result)
    return Shown(
        title=text("display.power.title"),
        sentence=power.power_text(result),
        tables=(
            table(
                text("display.power.caption"),
                [str(column) for column in frame.columns],
                [[str(cell) for cell in row] for row in frame.itertuples(index=False, name=None)],
                right=range(len(frame.columns)),
                where="power_table",
            ),
        ),
        notes=(text("display.power.note"),),
    )
