"""Many regions and channels at once: how many of the changes that stand out would stand out by chance?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import Spoken, in_its_language, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.refit import side
from evalkit.display import Displayed
from evalkit.effect import Effect, Estimate
from evalkit.errors import UsageError
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evalkit.check.context import CheckContext

_ASKED: Final = Question("many effects")


@dataclass(frozen=True, kw_only=True, eq=False)
class Multiplicity(Spoken, Displayed):
    """Many effects with tail areas adjusted for their number.

    Attributes
    ----------
    table : pandas.DataFrame
        One row an effect: region, channel, value, lower, upper, ``tail`` (twice the smaller of the posterior
        probabilities of a rate ratio above and below 1), ``adjusted``, ``stands_out`` (adjusted at most ``rate``).
    rate : float
        False-discovery rate that is accepted: the expected share of changes that are none among those that stand out.
    """

    table: pd.DataFrame
    rate: float

    @property
    def found(self) -> int:
        """How many effects stand out at the rate."""
        return int(self.table["stands_out"].sum())

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    @in_its_language
    def summary(self) -> str:
        """One sentence."""
        known = self.table["tail"].notna().sum()
        alone = int((self.table["tail"] <= self.rate).sum())
        return text("check.many_effects.headline", known=known, alone=alone, found=self.found, rate=100 * self.rate)

    def __repr__(self) -> str:
        return self.summary()


def multiplicity(effects: Mapping[object, Effect] | Iterable[Effect], *, rate: float = 0.05) -> Multiplicity:
    """Adjust the tail areas of many effects by the step-up rule of Benjamini and Hochberg.

    The adjusted value of the i-th smallest of m tail areas is ``min over j >= i of m tail_j / j`` (Benjamini and
    Hochberg 1995, J R Stat Soc B 57:289). The rate is held where the tail areas are uniform in the absence of an effect
    (the calibration study says how nearly) and the effects are independent or positively dependent (Benjamini and
    Yekutieli 2001, Ann Stat 29:1165), as effects that share a common shock are.

    Parameters
    ----------
    effects : Effects, mapping or iterable of Effect
        Every effect that was looked at, not only those that are reported.
    rate : float
        Between 0 and 1.

    Raises
    ------
    UsageError
        No effects, or a rate outside (0, 1).
    """
    chosen = list(effects.values()) if isinstance(effects, Mapping) else list(effects)
    if not chosen:
        raise UsageError("No effects were given. Give all that were looked at.")
    if not 0 < rate < 1:
        raise UsageError(f"The rate is {rate!r}. Allowed: a number between 0 and 1.")
    rows = []
    for effect in chosen:
        ratio = effect.rate_ratio
        numbers = (ratio.value, ratio.lower, ratio.upper) if isinstance(ratio, Estimate) else (np.nan,) * 3
        rows.append((effect.region, effect.channel, *numbers, tail_area(effect)))
    table = pd.DataFrame(rows, columns=["region", "channel", "value", "lower", "upper", "tail"])
    table["adjusted"] = adjusted(table["tail"].to_numpy())
    table["stands_out"] = table["adjusted"] <= rate
    return Multiplicity(table=table, rate=rate)


def adjusted(tails: ArrayLike) -> NDArray[np.float64]:
    """Benjamini–Hochberg adjusted values of tail areas, same shape; NaN stays and is not counted."""
    values = np.asarray(tails, dtype=np.float64)
    found = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known])[::-1]]
    total = len(order)
    stepped = values[order] * total / np.arange(total, 0, -1)
    found[order] = np.minimum(np.minimum.accumulate(stepped), 1.0)
    return found


def tail_area(effect: Effect) -> float:
    """Twice the smaller posterior probability of a rate ratio above and below 1; NaN where not estimable.

    From the joint draws, so that it is at least 2 / (number of draws + 1).
    """
    draws = effect.ratio_draws
    if not isinstance(effect.rate_ratio, Estimate) or not len(draws):
        return float("nan")
    above, below = (float(np.sum(side_)) for side_ in (draws >= 1, draws <= 1))
    return float(min(2 * (min(above, below) + 1) / (len(draws) + 1), 1.0))


@_ASKED.or_not_run
def many_effects(effect: Effect, context: CheckContext) -> CheckResult:
    """Whether the effect stands out among all that are reported together.

    Returns
    -------
    CheckResult
        Fail where the interval leaves out 1 but the adjusted tail area is above 1 − level, inconclusive where it is
        above half of that; pass otherwise, also where the interval holds 1 and nothing is to be adjusted. Not run
        where the effect is the only one.
    """
    if not isinstance(effect.rate_ratio, Estimate):
        return _ASKED.not_run(text("check.no_effect", state=effect.rate_ratio))
    if not context.others:
        return _ASKED.not_run(text("check.many_effects.none"), text("check.many_effects.none_remedy"))
    rate = 1 - effect.level
    found = multiplicity([effect, *context.others.values()], rate=rate)
    own = found.table.iloc[0]
    figures = {"tail": float(own["tail"]), "adjusted": float(own["adjusted"]), "effects": float(len(found.table))}
    lead = text("check.many_effects.lead", tail=own["tail"], number=len(found.table), adjusted=own["adjusted"])
    if side(effect.rate_ratio.lower, effect.rate_ratio.upper) == 0:
        outcome, tail, meaning = (
            Outcome.PASSED,
            text("check.many_effects.not_alone"),
            text("check.many_effects.not_alone_means"),
        )
    elif own["adjusted"] > rate:
        outcome, tail = Outcome.FAILED, text("check.many_effects.no_longer")
        meaning = text("check.many_effects.no_longer_means")
    elif own["adjusted"] > rate / 2:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.many_effects.barely")
        meaning = text("check.many_effects.barely_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.many_effects.still")
        meaning = text("check.many_effects.still_means")
    return _ASKED.answer(
        outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=found.to_frame()
    )
