"""What many regions say together: the common effect, what a new region may expect, and how far regions differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from evalkit.catalogue import Spoken, counted, in_its_language, text
from evalkit.display import Displayed
from evalkit.effect.estimate import Estimate, NotEstimable, Result
from evalkit.effect.names import shown_name
from evalkit.errors import ModelError

if TYPE_CHECKING:
    from evalkit.model import Marginal
    from evalkit.model.pooled import Hierarchy, HierarchyPosterior, RandomEffects

Stage = Literal["two-stage", "one-stage"]
Comparisons = Literal["not-yet-launched"]


@dataclass(frozen=True, kw_only=True)
class LeftOut(Displayed):
    """A region that was asked for and does not count, and why.

    Attributes
    ----------
    region : str
        As it was named.
    reason, remedy : str
        As in :class:`evalkit.NotEstimable`.
    """

    region: str
    reason: str
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain values: ``region``, ``reason``, ``remedy``."""
        return {"region": self.region, "reason": self.reason, "remedy": self.remedy}


@dataclass(frozen=True, kw_only=True)
class Heterogeneity(Displayed):
    """How far the effects of regions differ, from their estimates and standard errors.

    Attributes
    ----------
    q, df : float and int
        Cochran's Q and its degrees of freedom: about equal where regions differ by chance alone.
    i2 : float
        Share of the variance of the estimates that lies between regions, from 0 to 1.
    tau2, tau2_lower, tau2_upper : float
        Variance between regions on the log scale with its Q-profile interval; the upper end may be infinite.
    """

    q: float
    df: int
    i2: float
    tau2: float
    tau2_lower: float
    tau2_upper: float

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain values; an infinite upper end is None."""
        upper = self.tau2_upper if np.isfinite(self.tau2_upper) else None
        return {
            "q": self.q,
            "df": self.df,
            "i2": self.i2,
            "tau2": self.tau2,
            "tau2_lower": self.tau2_lower,
            "tau2_upper": upper,
        }


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pooled(Spoken, Displayed):
    """The effects of many regions taken together.

    Attributes
    ----------
    stage : {"two-stage", "one-stage"}
        Estimates combined afterwards, or one hierarchical model for all regions.
    method : str
        The same in words, for captions.
    estimand : str
        ``"rate_ratio"`` or ``"level_change"``.
    level : float
        Probability content of every interval.
    effect : Estimate or NotEstimable
        The average effect over regions such as these (a ratio; averaged on the log scale). The window of this and of
        the next two runs from the first period of the first region's window to the last of the last.
    new_region : Estimate or NotEstimable
        The effect in one further region of the same kind; its interval is the prediction interval.
    tau : Estimate or NotEstimable
        Standard deviation of the effects between regions, on the log scale.
    fixed : Estimate or NotEstimable
        The inverse-variance combination that takes all regions to have one and the same effect; for comparison only.
    heterogeneity : Heterogeneity, optional
        None where fewer than two regions could be estimated.
    regions : pandas.DataFrame
        One row a region that counts, index ``region``: channel, launch, periods (of the window), value, lower, upper
        (the region on its own), weight (adding to 1); from the one-stage model also pooled_value, pooled_lower,
        pooled_upper: the region's effect drawn towards the common one.
    left_out : tuple of LeftOut
        The regions that were asked for and do not count, each with its reason.
    comparisons : str, optional
        ``"not-yet-launched"``, or None where each region is compared with its own past.
    window : int, optional
        Periods from the launch on that the effects refer to; None for all there are.
    warnings : tuple of str
        What the reader should know first.
    simulated : bool
        Whether any series said of itself that its counts were made up.
    options : RandomEffects or Hierarchy
        How the regions were put together.
    common, ahead : Marginal, optional
        Distribution of the average effect and of that in a new region (log scale): posteriors, or the t distributions
        behind the intervals.
    posterior : HierarchyPosterior, optional
        Everything the one-stage model knows, before any error that the regions share is added.
    """

    stage: Stage
    method: str
    estimand: str
    level: float
    effect: Result
    new_region: Result
    tau: Result
    fixed: Result
    heterogeneity: Heterogeneity | None
    regions: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    comparisons: str | None = None
    window: int | None = None
    warnings: tuple[str, ...] = ()
    simulated: bool = False
    options: RandomEffects | Hierarchy
    common: Marginal | None = field(default=None)
    ahead: Marginal | None = field(default=None)
    posterior: HierarchyPosterior | None = field(default=None)

    @property
    def estimable(self) -> bool:
        """Whether an average effect could be estimated."""
        return isinstance(self.effect, Estimate)

    def prob_at_least(self, ratio: float, *, new_region: bool = False) -> float | NotEstimable:
        """Probability that the average effect, or that in a new region, is at least ``ratio``.

        A posterior probability for the one-stage model; for the two-stage combination the same area of its reference
        distribution.

        Raises
        ------
        ModelError
            ``ratio`` is not a number above 0.
        """
        if not (np.isfinite(ratio) and ratio > 0):
            raise ModelError(f"A ratio of {ratio!r} was asked for. Allowed: a number above 0.")
        result, marginal = (self.new_region, self.ahead) if new_region else (self.effect, self.common)
        if isinstance(result, NotEstimable) or marginal is None:
            return result if isinstance(result, NotEstimable) else NotEstimable(text("effect.pooled.not_kept"))
        return float(1 - marginal.cdf(np.log(ratio)))

    def to_frame(self) -> pd.DataFrame:
        """The regions, then the average, the new region and the fixed effect: value, lower, upper, weight, reason."""
        rows: list[dict[str, object]] = []
        for region, row in self.regions.iterrows():
            numbers = {name: row[name] for name in ("value", "lower", "upper", "weight")}
            rows.append({"row": region, **numbers, "reason": ""})
        rows += [{"row": left.region, "reason": left.reason} for left in self.left_out]
        for name, result in (("average", self.effect), ("new region", self.new_region), ("fixed effect", self.fixed)):
            if isinstance(result, Estimate):
                rows.append(
                    {"row": name, "value": result.value, "lower": result.lower, "upper": result.upper, "reason": ""}
                )
            else:
                rows.append({"row": name, "reason": result.reason})
        columns = ["row", "value", "lower", "upper", "weight", "reason"]
        return pd.DataFrame(rows).reindex(columns=columns).set_index("row")

    def to_dict(self, ratios: tuple[float, ...] = ()) -> dict[str, object]:
        """Plain values for JSON; ``ratios`` are those whose probabilities are wanted."""
        probabilities = {f"{ratio:g}": _plain(self.prob_at_least(ratio)) for ratio in ratios}
        ahead = {f"{ratio:g}": _plain(self.prob_at_least(ratio, new_region=True)) for ratio in ratios}
        regions = [{"region": str(region), **row.to_dict()} for region, row in self.regions.iterrows()]
        return {
            "method": self.method,
            "stage": self.stage,
            "estimand": self.estimand,
            "level": self.level,
            "comparisons": self.comparisons,
            "window": self.window,
            "effect": self.effect.to_dict(),
            "new_region": self.new_region.to_dict(),
            "tau": self.tau.to_dict(),
            "fixed": self.fixed.to_dict(),
            "heterogeneity": None if self.heterogeneity is None else self.heterogeneity.to_dict(),
            "prob_at_least": probabilities,
            "prob_at_least_new_region": ahead,
            "regions": regions,
            "left_out": [left.to_dict() for left in self.left_out],
            "warnings": list(self.warnings),
            "simulated": self.simulated,
        }

    @in_its_language
    def summary(self) -> str:
        """The pooled estimates as plain text, one line each, warnings first."""
        count = len(self.regions)
        lines = [text("wording.simulated")] if self.simulated else []
        lines.append(
            text(
                "effect.pooled.heading",
                estimand=shown_name(self.estimand),
                regions=counted(count, "region"),
                method=self.method,
            )
        )
        lines += [text("effect.shown.warning", warning=warning) for warning in self.warnings]
        lines += [
            text("effect.pooled.average_line", effect=self.effect),
            text("effect.pooled.new_line", new_region=self.new_region),
        ]
        lines.append(text("effect.pooled.spread_line", tau=self.tau))
        if self.heterogeneity is not None:
            h = self.heterogeneity
            lines.append(text("effect.pooled.heterogeneity", q=h.q, df=h.df, i2=100 * h.i2))
        lines += [text("effect.event_study.left_out", region=left.region, reason=left.reason) for left in self.left_out]
        if self.estimable:
            beside = text("effect.pooled.regions_without") if self.comparisons else text("effect.pooled.own_pasts")
            lines.append(text("effect.pooled.intervals", level=100 * self.level, beside=beside))
        return "\n".join(lines)


def _plain(value: float | NotEstimable) -> object:
    return value.to_dict() if isinstance(value, NotEstimable) else value
