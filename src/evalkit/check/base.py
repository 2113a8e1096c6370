"""What a check hands on: one question, what it came to, and the figures behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Final, ParamSpec

import pandas as pd

from evalkit import vocab
from evalkit.catalogue import Spoken, in_its_language, term, text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate

_P = ParamSpec("_P")
WIDE: Final = 1.5
"""An interval that holds both 1/WIDE and WIDE leaves open a fall by a third and a rise by half: it says nothing."""
SMALL_MOVE, LARGE_MOVE = 0.5, 1.0
"""Moves of an estimate, in its own standard deviations on the log scale, that are small and large."""


@dataclass(frozen=True)
class Question:
    """What one check asks: its short stable name, and the question.

    The questions of evalkit's own checks stand in the catalogue under their names; another check brings its own.
    """

    name: str
    asked: str = ""

    @property
    def text(self) -> str:
        """The question in plain words."""
        return self.asked or text(f"check.{_key(self.name)}.question")

    def answer(
        self,
        outcome: vocab.Outcome,
        statement: str,
        meaning: str,
        *,
        figures: Mapping[str, float] | None = None,
        table: pd.DataFrame | None = None,
    ) -> CheckResult:
        """The result of the check."""
        return CheckResult(
            name=self.name,
            question=self.text,
            outcome=outcome,
            statement=statement,
            meaning=meaning,
            figures=figures or {},
            table=table,
        )

    def not_run(self, reason: str, remedy: str = "") -> CheckResult:
        """The result of a check that could not be made: why, and what would make it possible."""
        return self.answer(
            vocab.Outcome.NOT_RUN,
            text("check.not_run", reason=reason),
            text("check.remedy", remedy=remedy) if remedy else "",
        )

    def or_not_run(self, check: Callable[_P, CheckResult]) -> Callable[_P, CheckResult]:
        """The check, "not run" with the reason where a model of its own cannot be fitted: the others still say theirs.

        Only ``CannotEstimate`` is an answer; any other exception is a fault, and goes on.
        """

        @wraps(check)
        def made(*args: _P.args, **kwargs: _P.kwargs) -> CheckResult:
            try:
                return check(*args, **kwargs)
            except CannotEstimate as problem:
                return self.not_run(text("check.in_model", reason=problem.reason), problem.remedy)

        return made


def outcome_word(outcome: vocab.Outcome) -> str:
    """An outcome as readers see it: ``"not run"``."""
    return term("outcomes", outcome)


def _key(name: str) -> str:
    """The table of a check in the catalogue: ``"placebo_in_time"`` of ``"placebo in time"``."""
    return name.replace(" ", "_").replace("-", "_")


def title_of(name: str) -> str:
    """The name of a check as readers see it; a name that the catalogue does not have stands as it is."""
    return term("check_names", name)


@dataclass(frozen=True, kw_only=True)
class CheckResult(Spoken, Displayed):
    """The answer of one check.

    Attributes
    ----------
    name : str
        Short stable name, such as ``"placebo in time"``.
    question : str
        The question in plain English.
    outcome : Outcome
        Pass, fail, inconclusive (the data cannot tell), or not run (with the reason in ``statement``).
    statement : str
        One sentence with the figures.
    meaning : str
        What the outcome means for the conclusion, in one sentence.
    figures : mapping
        The numbers of the statement by name.
    table : pandas.DataFrame, optional
        The numbers behind the check, one row a false launch, a period, a model; what its chart is drawn from.
    """

    name: str
    question: str
    outcome: vocab.Outcome
    statement: str
    meaning: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    table: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    @in_its_language
    def title(self) -> str:
        """The name as readers see it, in the language of the catalogue."""
        return title_of(self.name)

    @in_its_language
    def __str__(self) -> str:
        return f"{self.title}: {outcome_word(self.outcome)}. {self.statement}"

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "question": self.question,
            "outcome": str(self.outcome),
            "statement": self.statement,
            "meaning": self.meaning,
            "figures": dict(self.figures),
        }


class CheckResults(Displayed, tuple[CheckResult, ...]):
    """The answers of several checks: a tuple that shows itself as a table, fails first."""

    __slots__ = ()

    def with_outcome(self, *outcomes: vocab.Outcome) -> CheckResults:
        """The answers with one of some outcomes, in order."""
        return CheckResults(check for check in self if check.outcome in outcomes)
