"""From combined numbers to a ``Pooled``: what the two-stage and the one-stage way share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import counted, text
from evalkit.effect.estimate import Estimate, NotEstimable, Result, Window
from evalkit.effect.names import shown_name
from evalkit.effect.pooled.pooled import Heterogeneity, LeftOut
from evalkit.errors import DesignError, ModelError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evalkit.design import Design
    from evalkit.model import Marginal
    from evalkit.model.pooled import Combination

POOLED_ESTIMANDS: Final = (vocab.RATE_RATIO, vocab.LEVEL_CHANGE)
FEW_REGIONS: Final = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One region's own result, ready to be put together with others.

    Attributes
    ----------
    region, channel : str
        Labels.
    launch : pandas.Period
        First exposed period.
    window : Window
        The periods that it speaks of.
    value, lower, upper : float
        The ratio with its interval.
    log_value, log_se : float
        Its logarithm, and half the width of the log interval over the normal quantile of the level.
    """

    region: str
    channel: str
    launch: pd.Period
    window: Window
    value: float
    lower: float
    upper: float
    log_value: float
    log_se: float


def part_of(launch: pd.Period, window: Window, ends: Sequence[float], level: float, labels: tuple[str, str]) -> Part:
    """A part from the value and the two ends of the interval of a ratio, all above 0."""
    from scipy.special import ndtri

    value, lower, upper = (float(end) for end in ends)
    return Part(
        region=labels[0],
        channel=labels[1],
        launch=launch,
        window=window,
        value=value,
        lower=lower,
        upper=upper,
        log_value=math.log(value),
        log_se=(math.log(upper) - math.log(lower)) / (2 * float(ndtri((1 + level) / 2))),
    )


def require_estimand(estimand: str, level: float) -> None:
    """``ModelError`` for an estimand that is no ratio, or a level that is no probability."""
    if estimand not in POOLED_ESTIMANDS:
        raise ModelError(unknown("estimand to pool", estimand, POOLED_ESTIMANDS))
    if not 0.5 <= level < 1:
        raise ModelError(f"The level is {level!r}. Allowed: a probability from 0.5 up to, but not including, 1.")


def require_distinct(parts: Iterable[tuple[str, Design]]) -> None:
    """``DesignError`` where two regions are one series under two names: that would count the same contacts twice."""
    seen: dict[tuple[object, ...], str] = {}
    for region, design in parts:
        counts = design.observed
        key = (design.periods[0], len(counts), counts[~np.isnan(counts)].tobytes(), np.isnan(counts).tobytes())
        if key in seen:
            raise DesignError(
                f"{seen[key]!r} and {region!r} have the same count in every period: one series under two names would "
                f"be counted twice. Keep one of them."
            )
        seen[key] = region


def regions_frame(parts: Sequence[Part], weights: Sequence[float]) -> pd.DataFrame:
    """The table of ``Pooled.regions``."""
    rows = [
        {
            "region": part.region,
            "channel": part.channel,
            "launch": str(part.launch),
            "periods": part.window.periods,
            "value": part.value,
            "lower": part.lower,
            "upper": part.upper,
            "weight": float(weight),
        }
        for part, weight in zip(parts, weights, strict=True)
    ]
    columns = ["region", "channel", "launch", "periods", "value", "lower", "upper", "weight"]
    return pd.DataFrame(rows, columns=columns).set_index("region")


def span(parts: Sequence[Part]) -> Window:
    """From the first period of the first window to the last of the last; counted periods of all regions added up."""
    windows = [part.window for part in parts]
    if len({window.start.freqstr for window in windows}) > 1:
        found = ", ".join(sorted({window.start.freqstr for window in windows}))
        raise DesignError(
            f"The effects come from data of different frequencies ({found}). Pool one frequency at a time."
        )
    return Window(
        start=min(window.start for window in windows),
        end=max(window.end for window in windows),
        periods=sum(window.periods for window in windows),
    )


def too_few(parts: Sequence[object], left_out: Sequence[LeftOut]) -> NotEstimable:
    """Why nothing can be pooled."""
    asked = len(parts) + len(left_out)
    regions = counted(asked, "region")
    return NotEstimable(
        text("effect.pooled.few", number=len(parts), regions=regions),
        text("effect.pooled.few_remedy"),
    )


def heterogeneity_of(combined: Combination) -> Heterogeneity:
    """The part of a combination that says how far regions differ."""
    return Heterogeneity(
        q=combined.q,
        df=combined.df,
        i2=combined.i2,
        tau2=combined.tau2,
        tau2_lower=combined.tau2_lower,
        tau2_upper=combined.tau2_upper,
    )


def fixed_of(combined: Combination, level: float, window: Window) -> Estimate:
    """The naive combination."""
    value, lower, upper = (math.exp(end) for end in combined.fixed)
    return Estimate("fixed effect", value, lower, upper, level, "rate ratio", window)


def ratio_from(marginal: Marginal, name: str, level: float, window: Window) -> Result:
    """A ratio from a distribution on the log scale."""
    lower, upper = (float(end) for end in marginal.quantile([(1 - level) / 2, (1 + level) / 2]))
    if max(abs(lower), abs(upper)) > _BEYOND:
        return NotEstimable(text("effect.pooled.too_wide", name=shown_name(name)), text("effect.pooled.add"))
    return Estimate(
        name, math.exp(float(marginal.centre)), math.exp(lower), math.exp(upper), level, "rate ratio", window
    )


_BEYOND: Final = math.log(1e6)


def common_warnings(parts: Sequence[Part], estimand: str) -> tuple[str, ...]:
    """What is worth knowing of the regions whichever way they are put together."""
    found = []
    if 2 <= len(parts) < FEW_REGIONS:
        found.append(text("effect.pooled.little", number=len(parts)))
    lengths = {part.window.periods for part in parts}
    if estimand == vocab.RATE_RATIO and len(lengths) > 1:
        found.append(text("effect.pooled.windows", least=min(lengths), most=max(lengths)))
    return tuple(found)
