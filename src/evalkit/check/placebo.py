"""Placebo in time: does the same analysis find an effect where there was no campaign?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from evalkit import vocab
from evalkit.check.base import CheckResult
from evalkit.contacts import to_period
from evalkit.effect import Estimate, NotEstimable, effect_of
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.design import Design
    from evalkit.effect import Effect

WIDE: Final = 1.5
"""An interval that holds both 1/WIDE and WIDE leaves open a fall by a third and a rise by half: it says nothing."""
_NAME = "placebo in time"
_QUESTION = "Does the same analysis find an effect at a date when nothing was launched?"


def placebo_in_time(effect: Effect, launch: pd.Period | str | None = None) -> CheckResult:
    """Run the same model on the data before launch, with a false launch in them.

    Parameters
    ----------
    effect : Effect
        The effect to check.
    launch : pandas.Period or str, optional
        The false launch, such as ``"2016-07"``. By default it leaves as long a window before the true launch as the
        true window is, but no more than half of the data before launch.

    Returns
    -------
    CheckResult
        Fail where the interval of the false level change or rate ratio leaves out 1; inconclusive where there is no
        concern and the interval of the false rate ratio holds both 0.67 and 1.5. A pass says that no change was shown,
        not that there was none.

    Raises
    ------
    UsageError
        ``launch`` cannot be read as a period of the series.
    """
    design = effect.design
    if design is None or effect.fit is None or effect.options is None:
        return _not_checked(f"the effect itself is {effect.rate_ratio}")
    false_launch = _false_launch(design) if launch is None else to_period(launch, design.periods.freqstr)
    false_effect = effect_of(design.placebo(false_launch), effect.options, level=effect.level)
    ratio, level_change = false_effect.rate_ratio, false_effect.level_change
    if isinstance(ratio, NotEstimable):
        return _not_checked(f"with a false launch in {false_launch}, {ratio.reason}")
    found = [part for part in (ratio, level_change) if isinstance(part, Estimate) and not part.lower <= 1 <= part.upper]
    shown = found[0] if found else ratio
    what = "level change" if shown.name == vocab.LEVEL_CHANGE else "rate ratio"
    outcome, tail = (Outcome.FAILED, "an effect where there was no campaign") if found else _without_concern(ratio)
    return CheckResult(
        name=_NAME,
        question=_QUESTION,
        outcome=outcome,
        statement=(
            f"With a false launch in {false_launch}, the {what} is {shown.value:.2f} "
            f"({shown.lower:.2f} to {shown.upper:.2f}): {tail}."
        ),
        figures={"value": shown.value, "lower": shown.lower, "upper": shown.upper},
    )


def _without_concern(ratio: Estimate) -> tuple[Outcome, str]:
    """Outcome and words for an interval that holds 1: what it leaves open is said, absence is never claimed."""
    fall, rise = ratio.lower <= 1 / WIDE, ratio.upper >= WIDE
    if fall and rise:
        return Outcome.INCONCLUSIVE, f"too wide to tell, as the interval holds both {1 / WIDE:.2f} and {WIDE:.2f}"
    if fall or rise:
        return (
            Outcome.PASSED,
            f"no change was shown, but {'a fall by a third' if fall else 'a rise by half'} is possible",
        )
    return Outcome.PASSED, "no change was shown"


def _false_launch(design: Design) -> pd.Period:
    pre = np.flatnonzero(~design.post)
    length = min(int(design.post.sum()), len(pre) // 2)
    return cast("pd.Period", design.periods[pre[-1] + 1 - max(length, 1)])


def _not_checked(reason: str) -> CheckResult:
    return CheckResult(name=_NAME, question=_QUESTION, outcome=Outcome.NOT_RUN, statement=f"Not run: {reason}.")
