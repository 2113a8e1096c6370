"""Does a second method tell the same story?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from evalkit.check.base import CheckResult, Question
from evalkit.effect import Estimate
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect

_ASKED: Final = Question("second method", "Does segmented regression, the tutorial standard, tell the same story?")


@_ASKED.or_not_run
def second_method(effect: Effect) -> CheckResult:
    """Compare two rate ratios: a concern where either lies outside the interval of the other."""
    other = effect.second_opinion
    if other is None:
        return _ASKED.not_run("no second method was run", "Ask for one with second_opinion=True")
    first, second = effect.rate_ratio, other.rate_ratio
    if not (isinstance(first, Estimate) and isinstance(second, Estimate)):
        return _ASKED.not_run(f"{other.model_label} or the main model could not be estimated")
    agree = first.lower <= second.value <= first.upper and second.lower <= first.value <= second.upper
    table = pd.DataFrame(
        {
            "model": [effect.model_label, other.model_label],
            "value": [first.value, second.value],
            "lower": [first.lower, second.lower],
            "upper": [first.upper, second.upper],
        }
    )
    return _ASKED.answer(
        Outcome.PASSED if agree else Outcome.FAILED,
        f"{other.model_label} gives a rate ratio of {second.value:.2f} ({second.lower:.2f} to {second.upper:.2f}) "
        f"beside {first.value:.2f} ({first.lower:.2f} to {first.upper:.2f}): "
        f"{'the two agree' if agree else 'the two disagree'}.",
        "The finding does not rest on the choice between the two methods."
        if agree
        else "The finding depends on the method: report both.",
        figures={"value": second.value, "lower": second.lower, "upper": second.upper},
        table=table,
    )
