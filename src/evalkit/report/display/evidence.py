"""How checks, quality statements, suggestions, curves and power studies show themselves."""

from __future__ import annotations

from evalkit import vocab
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
from evalkit.report.tables import OUTCOME_WORDS, Table

_NONE = "–"


@shown.register
def _(result: CheckResult) -> Shown:
    return Shown(
        title=f"{wording.sentence_case(result.name)}: {OUTCOME_WORDS[result.outcome].lower()}",
        sentence=result.question,
        points=tuple(filter(None, (wording.finished(result.statement), result.meaning))),
    )


@shown.register
def _(checks: CheckResults) -> Shown:
    counts = [(outcome, sum(check.outcome == outcome for check in checks)) for outcome in OUTCOME_WORDS]
    order = (vocab.Outcome.FAILED, vocab.Outcome.INCONCLUSIVE, vocab.Outcome.PASSED, vocab.Outcome.NOT_RUN)
    ordered = sorted(checks, key=lambda check: order.index(check.outcome))
    said = wording.listed([f"{numbers.whole(number)} {OUTCOME_WORDS[one].lower()}" for one, number in counts if number])
    return Shown(
        title=f"{numbers.plural(len(checks), 'check')}: {said}" if checks else "No checks",
        sentence="A fail is a reason to look; inconclusive is not a pass; about one check in twenty fails by chance.",
        tables=(
            table(
                "Each check, with what came out and what it means.",
                ("Question", "What came out", "Outcome"),
                [
                    (
                        check.question,
                        " ".join(filter(None, (wording.finished(check.statement), check.meaning))),
                        OUTCOME_WORDS[check.outcome],
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
            str(row["channel"] or _NONE),
            _number(row["value"]),
            _number(row["tail"], 4),
            _number(row["adjusted"], 4),
            "yes" if row["stands_out"] else "no",
        )
        for row in result.table.to_dict("records")
    ]
    return Shown(
        title="Many effects looked at together",
        sentence=result.summary(),
        tables=(
            table(
                "Tail areas beyond 1, alone and adjusted for their number.",
                ("Region", "Channel", "Rate ratio", "Tail area", "Adjusted", "Stands out"),
                rows,
                right=(2, 3, 4),
                where="to_frame()",
            ),
        ),
    )


def _number(value: float, places: int = 2) -> str:
    return _NONE if value != value else f"{value:.{places}f}"  # NaN: not estimable


@shown.register
def _(result: SpecificationCurve) -> Shown:
    rows = [
        (
            str(row["choice"]),
            str(row["value"]),
            numbers.whole(row["specifications"]),
            f"{row['median']:.2f}",
            numbers.percent(row["share_above"]),
            numbers.percent(row["share_below"]),
        )
        for row in result.by_choice().to_dict("records")
    ]
    return Shown(
        title="Specification curve: the same question under other choices",
        sentence=result.summary().removeprefix("Simulated data. "),
        tables=(
            table(
                "What each choice does: the rows of one choice should agree.",
                ("Choice", "Value", "Specifications", "Median ratio", "Interval above 1", "Interval below 1"),
                rows,
                right=(2, 3, 4, 5),
            ),
        ),
        notes=("The estimates share their data: they show how much rests on choices, not how many studies agree.",),
        simulated=result.simulated,
    )


@shown.register
def _(result: QualityItem) -> Shown:
    return Shown(
        title=f"{result.source} {result.number}: {result.answer}",
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
        title=f"Quality of the evidence{f': {where}' if where else ''}",
        sentence="\n".join(". ".join(quality.level_sentence(level)) for level in levels),
        tables=(quality.counts_table(result), quality.items_table(result)),
        simulated=result.simulated,
    )


@shown.register
def _(result: Suggestion) -> Shown:
    return Shown(
        title=f"{wording.sentence_case(result.design)}: {'ready' if result.ready else 'not possible with these data'}",
        sentence=f"At most level {result.maryland} on the Maryland Scientific Methods Scale.",
        points=(*result.reasons, *([result.call] if result.call else [])),
    )


@shown.register
def _(result: Suggestions) -> Shown:
    best = result.best
    said = (
        f"The strongest design that these data allow is {best.design}: {best.call}"
        if best is not None
        else "These data allow none of the designs."
    )
    return Shown(
        title=f"{result.region}, {result.channel}, launch {result.launch}: designs, strongest first",
        sentence=said,
        warnings=result.notes,
        tables=(_designs(result), *([_not_compared(result)] if result.left_out else [])),
        simulated=result.simulated,
    )


def _designs(result: Suggestions) -> Table:
    rows = [
        (item.design, "yes" if item.ready else "no", str(item.maryland), " ".join(item.reasons), item.call or _NONE)
        for item in result
    ]
    return table(
        "Which designs the data allow, and what the others lack.",
        ("Design", "Possible", "Highest level", "Why, or what it lacks", "Call"),
        rows,
        right=(2,),
    )


def _not_compared(result: Suggestions) -> Table:
    return table("Regions that cannot be compared with.", ("Region", "Why"), result.left_out.items())


@shown.register
def _(result: Power) -> Shown:
    frame = power.power_table(result)
    return Shown(
        title="What the planned evaluation could show",
        sentence=power.power_text(result),
        tables=(
            table(
                "How often each conclusion would be reached, with its Monte-Carlo error in percentage points.",
                [str(column) for column in frame.columns],
                [[str(cell) for cell in row] for row in frame.itertuples(index=False, name=None)],
                right=range(len(frame.columns)),
                where="power_table",
            ),
        ),
        notes=("Simulated evaluations, not data.",),
    )
