"""Does a second method tell the same story?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from evalkit.catalogue import text
from evalkit.check.base import CheckResult, Question
from evalkit.effect import Estimate
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect

_ASKED: Final = Question("second method")


@_ASKED.or_not_run
def second_method(effect: Effect) -> CheckResult:
    """Compare two rate ratios: a concern where either lies outside the interval of the other."""
    other = effect.second_opinion
    if other is None:
        return _ASKED.not_run(text("check.second_method.none"), text("check.second_method.none_remedy"))
    first, second = effect.rate_ratio, other.rate_ratio
    if not (isinstance(first, Estimate) and isinstance(second, Estimate)):
        return _ASKED.not_run(text("check.second_method.not_estimated", label=other.model_label))
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
        text(
            "check.second_method.lead",
            label=other.model_label,
            value=second.value,
            lower=second.lower,
            upper=second.upper,
            first=first.value,
            first_lower=first.lower,
            first_upper=first.upper,
            tail=text("check.second_method.agree") if agree else text("check.second_method.disagree"),
        ),
        text("check.second_method.agree_means") if agree else text("check.second_method.disagree_means"),
        figures={"value": second.value, "lower": second.lower, "upper": second.upper},
        table=table,
    )
