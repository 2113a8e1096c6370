"""Placebo in time: does the same analysis find an effect where there was no campaign?"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from evalkit import vocab
from evalkit.check.base import CheckResult
from evalkit.effect import Estimate, NotEstimable, effect_of
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.design import Design
    from evalkit.effect import Effect

_NAME = "placebo in time"
_QUESTION = "Does the same analysis find an effect at a date when nothing was launched?"


def placebo_in_time(effect: Effect, launch: pd.Period | None = None) -> CheckResult:
    """Run the same model on the data before launch, with a false launch in them.

    Parameters
    ----------
    effect : Effect
        The effect to check.
    launch : pandas.Period, optional
        The false launch. By default it leaves as long a window before the true launch as the true window is, but no
        more than half of the data before launch.

    Returns
    -------
    CheckResult
        A concern where the interval of the false level change or rate ratio leaves out 1.
    """
    design = effect.design
    if design is None or effect.fit is None or effect.options is None:
        return _not_checked(f"the effect itself is {effect.rate_ratio}")
    false_launch = launch or _false_launch(design)
    false_effect = effect_of(design.placebo(false_launch), effect.options, level=effect.level)
    ratio, level_change = false_effect.rate_ratio, false_effect.level_change
    if isinstance(ratio, NotEstimable):
        return _not_checked(f"with a false launch in {false_launch}, {ratio.reason}")
    found = [part for part in (ratio, level_change) if isinstance(part, Estimate) and not part.lower <= 1 <= part.upper]
    shown = found[0] if found else ratio
    what = "level change" if shown.name == vocab.LEVEL_CHANGE else "rate ratio"
    tail = "an effect where there was no campaign" if found else "no effect, as it should be"
    return CheckResult(
        name=_NAME,
        question=_QUESTION,
        outcome=Outcome.CONCERN if found else Outcome.PASSED,
        statement=(
            f"With a false launch in {false_launch}, the {what} is {shown.value:.2f} "
            f"({shown.lower:.2f} to {shown.upper:.2f}): {tail}."
        ),
        figures={"value": shown.value, "lower": shown.lower, "upper": shown.upper},
    )


def _false_launch(design: Design) -> pd.Period:
    pre = np.flatnonzero(~design.post)
    length = min(int(design.post.sum()), len(pre) // 2)
    return cast("pd.Period", design.periods[pre[-1] + 1 - max(length, 1)])


def _not_checked(reason: str) -> CheckResult:
    return CheckResult(name=_NAME, question=_QUESTION, outcome=Outcome.NOT_CHECKED, statement=f"Not checked: {reason}.")
