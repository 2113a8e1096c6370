"""What a quality statement is: items with their evidence, and levels with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalkit.catalogue import Spoken, in_its_language, text
from evalkit.display import Displayed
from evalkit.vocab import Answer

_COLUMNS = ("source", "number", "question", "answer", "evidence")


def answer_word(answer: Answer) -> str:
    """An answer as readers see it: ``"partly met"``."""
    return text(f"words.answer.{answer.name.lower()}")


@dataclass(frozen=True, kw_only=True)
class QualityItem(Displayed):
    """One question of one published list.

    Attributes
    ----------
    source, number : str
        The list and the place in it; numbers that start with a letter are ours, where the list has none.
    topic : str
        What it asks, as a short stable name; lists that ask the same share it.
    question : str
        The question in our own words.
    answer : Answer
        How far it is met.
    evidence : str
        What the answer rests on, in a sentence or two.
    """

    source: str
    number: str
    topic: str
    question: str
    answer: Answer
    evidence: str

    def __str__(self) -> str:
        return text(
            "quality.shown.item",
            source=self.source,
            number=self.number,
            question=self.question,
            answer=answer_word(self.answer),
            evidence=self.evidence,
        )

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {
            "source": self.source,
            "number": self.number,
            "topic": self.topic,
            "question": self.question,
            "answer": str(self.answer),
            "evidence": self.evidence,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> QualityItem:
        """The item that ``to_dict`` wrote."""
        return cls(**{**values, "answer": Answer(values["answer"])})  # type: ignore[arg-type]  # all other values are text


@dataclass(frozen=True, kw_only=True)
class Level(Displayed):
    """A place on a scale of evidence.

    Attributes
    ----------
    scale : str
        Name of the scale.
    value : int or None
        The level, None where the scale has none for this.
    highest : int
        The highest level of the scale.
    reason : str
        Why this level and not the next, in a sentence or two.
    """

    scale: str
    value: int | None
    highest: int
    reason: str

    def __str__(self) -> str:
        place = (
            text("quality.shown.no_level")
            if self.value is None
            else text("quality.shown.level", value=self.value, highest=self.highest)
        )
        return text("quality.shown.line", scale=self.scale, place=place, reason=self.reason)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"scale": self.scale, "value": self.value, "highest": self.highest, "reason": self.reason}


@dataclass(frozen=True, kw_only=True, repr=False)
class QualityStatement(Spoken, Displayed):
    """How good the evidence of one effect is.

    Attributes
    ----------
    items : tuple of QualityItem
        In the order of their sources.
    level_maryland, level_nesta : Level
        On the Maryland Scientific Methods Scale and on Nesta's Standards of Evidence.
    region, channel : str
        Of the effect.
    simulated : bool
        Whether the contacts are simulated.
    """

    items: tuple[QualityItem, ...]
    level_maryland: Level
    level_nesta: Level
    region: str = ""
    channel: str = ""
    simulated: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the lists, in order."""
        return tuple(dict.fromkeys(item.source for item in self.items))

    def count(self, answer: Answer, source: str | None = None) -> int:
        """Number of items with an answer, of one list or of all."""
        return sum(item.answer is answer and source in (None, item.source) for item in self.items)

    def with_answer(self, *answers: Answer) -> tuple[QualityItem, ...]:
        """Items with one of some answers, in order."""
        return tuple(item for item in self.items if item.answer in answers)

    def to_frame(self) -> pd.DataFrame:
        """One row an item: source, number, question, answer, evidence."""
        return pd.DataFrame([item.to_dict() for item in self.items], columns=list(_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "items": [item.to_dict() for item in self.items],
            "maryland": self.level_maryland.to_dict(),
            "nesta": self.level_nesta.to_dict(),
            "counts": {
                source: {str(answer): self.count(answer, source) for answer in Answer} for source in self.sources
            },
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> QualityStatement:
        """The statement that ``to_dict`` wrote; labels are not stored in it."""
        return cls(
            items=tuple(QualityItem.from_dict(item) for item in values["items"]),
            level_maryland=Level(**values["maryland"]),
            level_nesta=Level(**values["nesta"]),
        )

    @in_its_language
    def summary(self) -> str:
        """Levels, counts and every item as plain text."""
        where = ", ".join(part for part in (self.region, self.channel) if part)
        heading = text("quality.shown.title", where=text("quality.shown.of", where=where) if where else "")
        lines = [text("wording.simulated")] if self.simulated else []
        lines += [heading, f"  {self.level_maryland}", f"  {self.level_nesta}"]
        for source in self.sources:
            counts = [
                f"{self.count(answer, source)} {answer_word(answer)}" for answer in Answer if self.count(answer, source)
            ]
            lines.append(f"{source}: {', '.join(counts)}")
            lines += [
                f"  {item.number} {item.question} {answer_word(item.answer).upper()}. {item.evidence}"
                for item in self.items
                if item.source == source
            ]
        return "\n".join(lines)
