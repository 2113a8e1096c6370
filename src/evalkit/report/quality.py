"""The quality statement and the plan, as readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from evalkit.catalogue import term, text, texts
from evalkit.report import numbers, wording
from evalkit.report.tables import Table
from evalkit.vocab import Answer

if TYPE_CHECKING:
    from evalkit.check.quality import Level, QualityItem, QualityStatement
    from evalkit.evaluation import PlanReview
    from evalkit.report.content import ChannelResult
    from evalkit.report.release import ChannelView

_TONES: Final = {Answer.MET: "pass", Answer.NOT_MET: "fail"}
_OPEN: Final = (Answer.NOT_MET, Answer.PARTLY, Answer.NOT_DECLARED)


def quality_part(results: Sequence[ChannelResult | ChannelView]) -> dict[str, Any] | None:
    """What a page says of the quality of the evidence: that of its first channel, and how the others differ.

    Returns None where no statement was made, as for a comparison region.
    """
    stated = [result for result in results if result.quality is not None]
    if not stated:
        return None
    lead, *others = ((result, cast("QualityStatement", result.quality)) for result in stated)
    return {
        "channel": wording.channel_title(lead[0].channel),
        "levels": [level_sentence(level) for level in (lead[1].level_maryland, lead[1].level_nesta)],
        "counts": counts_table(lead[1]).to_dict(),
        "counts_text": counts_text(lead[1]),
        "questions": items_table(lead[1]).to_dict(),
        "open": [open_sentence(lead[1], answer) for answer in _OPEN if lead[1].with_answer(answer)],
        "others": [
            f"{wording.channel_title(result.channel)}: {_difference(lead[1], statement)}."
            for result, statement in others
        ],
        "how": text("quality.how_to_read"),
    }


def topic_words(topic: str) -> str:
    """What a question is about, in a word or two."""
    return term("quality.topic_words", topic)


def _source_name(source: str) -> str:
    return term("quality.source_names", source)


def level_sentence(level: Level) -> list[str]:
    """Where the evidence stands, and why, as two texts."""
    if level.value is None:
        return [text("quality.no_level", scale=level.scale), level.reason]
    return [text("quality.level", scale=level.scale, level=level.value, highest=level.highest), level.reason]


def counts_table(statement: QualityStatement) -> Table:
    """How many items of each list came to which answer."""
    answers = tuple(Answer)
    return Table(
        caption=text("quality.counts_table_caption"),
        header=(text("quality.list"), *(wording.sentence_case(wording.answer_word(answer)) for answer in answers)),
        rows=tuple(
            (_source_name(source), *(str(statement.count(answer, source)) for answer in answers))
            for source in statement.sources
        ),
        align=("left", *("right",) * len(answers)),  # type: ignore[arg-type]  # a tuple of literals, of any length
        widths=(1, *(0,) * len(answers)),
    )


def counts_text(statement: QualityStatement) -> str:
    """The same in one sentence a list, without zeros."""
    parts = []
    for source in statement.sources:
        counted = [
            text("quality.count", number=statement.count(answer, source), answer=wording.answer_word(answer))
            for answer in Answer
            if statement.count(answer, source)
        ]
        parts.append(f"{_source_name(source)}: {', '.join(counted)}.")
    return " ".join(parts)


def items_table(statement: QualityStatement) -> Table:
    """Every item with its evidence."""
    return Table(
        caption=text("quality.items_table_caption"),
        header=texts("quality.items_table_header"),
        rows=tuple(
            (
                f"{_list_name(item)} {item.number}",
                item.question,
                wording.finished(item.evidence),
                wording.sentence_case(wording.answer_word(item.answer)),
            )
            for item in statement.items
        ),
        align=("left",) * 4,
        tone=tuple(_TONES.get(item.answer, "open") for item in statement.items),
        widths=(0, 1, 1.4, 0),
    )


def open_sentence(statement: QualityStatement, answer: Answer) -> list[str]:
    """What has one answer, each once however many lists ask it: the answer, and the topics with their places."""
    asked: dict[str, list[QualityItem]] = {}
    for item in statement.with_answer(answer):
        asked.setdefault(item.topic, []).append(item)
    parts = [f"{topic_words(topic)} ({', '.join(map(_place, items))})" for topic, items in asked.items()]
    return [wording.sentence_case(wording.answer_word(answer)), f"{'; '.join(parts)}."]


def _list_name(item: QualityItem) -> str:
    """The list of an item: the proper name of a published one, or a word for our own."""
    return text("quality.further") if item.source == "Further" else item.source


def _place(item: QualityItem) -> str:
    return f"{item.source.split()[0]} {item.number}" if item.source != "Further" else item.number


def _difference(first: QualityStatement, second: QualityStatement) -> str:
    """How the statement on another channel differs from that on the first."""
    differing = [
        f"{_place(mine)} {wording.answer_word(mine.answer)}"
        for theirs, mine in zip(first.items, second.items, strict=True)
        if theirs.answer is not mine.answer
    ]
    levels = [
        text("quality.level_none_on", scale=mine.scale)
        if mine.value is None
        else text("quality.level_on", level=mine.value, scale=mine.scale)
        for theirs, mine in ((first.level_maryland, second.level_maryland), (first.level_nesta, second.level_nesta))
        if theirs.value != mine.value
    ]
    return wording.listed([*levels, *differing]) if levels or differing else text("quality.same_answers")


# --- the plan ---------------------------------------------------------------------------------------------------------


def plan_part(plan: PlanReview | None) -> dict[str, Any]:
    """What a page says of the plan: a sentence, and a table of every deviation."""
    return {
        "sentence": plan_sentence(plan),
        "deviations": deviations_table(plan).to_dict() if plan is not None and plan.deviations else None,
    }


def plan_sentence(plan: PlanReview | None) -> str:
    """Whether there was a plan, of which day, and how many deviations there are from it."""
    if plan is None:
        return text("quality.no_plan")
    late = {True: "in_time", False: "late", None: "no_end"}[plan.before_data_end]
    named = text("quality.plan.named", hash=plan.hash[:12]) if plan.hash else ""
    frozen = text(f"quality.plan.{late}", day=numbers.day_text(plan.frozen_on), named=named)
    number = len(plan.deviations)
    if not number:
        return f"{frozen} {text('quality.plan.kept')}"
    key = "quality.plan.deviation" if number == 1 else "quality.plan.deviations"
    return f"{frozen} {text(key, deviations=numbers.plural(number, 'deviation'))}"


def deviations_table(plan: PlanReview) -> Table:
    """Every deviation from the plan."""
    return Table(
        caption=text("quality.deviations_table_caption"),
        header=texts("quality.deviations_table_header"),
        rows=tuple(
            (wording.sentence_case(term("deviations", found.kind)), found.what, found.planned, found.found)
            for found in plan.deviations
        ),
        align=("left",) * 4,
        widths=(0, 1, 1, 1),
    )
