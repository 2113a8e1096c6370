"""Does a second method tell the same story?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.check.base import CheckResult
from evalkit.effect import Estimate
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect

_NAME = "second method"
_QUESTION = "Does segmented regression, the tutorial standard, tell the same story?"


def second_method(effect: Effect) -> CheckResult:
    """Compare two rate ratios: a concern where either lies outside the interval of the other."""
    other = effect.second_opinion
    if other is None:
        return _not_checked("no second method was run")
    first, second = effect.rate_ratio, other.rate_ratio
    if not (isinstance(first, Estimate) and isinstance(second, Estimate)):
        return _not_checked(f"{other.model_label} or the main model could not be estimated")
    agree = first.lower <= second.value <= first.upper and second.lower <= first.value <= second.upper
    return CheckResult(
        name=_NAME,
        question=_QUESTION,
        outcome=Outcome.PASSED if agree else Outcome.FAILED,
        statement=(
            f"{other.model_label} gives a rate ratio of {second.value:.2f} ({second.lower:.2f} to {second.upper:.2f}) "
            f"beside {first.value:.2f} ({first.lower:.2f} to {first.upper:.2f}): "
            f"{'the two agree' if agree else 'the two disagree'}."
        ),
        figures={"value": second.value, "lower": second.lower, "upper": second.upper},
    )


def _not_checked(reason: str) -> CheckResult:
    return CheckResult(name=_NAME, question=_QUESTION, outcome=Outcome.NOT_RUN, statement=f"Not run: {reason}.")
