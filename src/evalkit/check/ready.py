"""What every check of an estimate needs first: a fit of counts, and an estimate to check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.catalogue import text
from evalkit.effect import Estimate, NotEstimable

if TYPE_CHECKING:
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit, Model


@dataclass(frozen=True, kw_only=True, eq=False)
class Ready:
    """The parts of an effect that was estimated from counts; none of them is missing."""

    design: Design
    fit: Fit
    options: Model
    ratio: Estimate


def ready(effect: Effect) -> Ready | str:
    """The parts of an effect that checks work on, or why there are none."""
    if effect.design.kind != "counts":
        return text("check.not_counts")
    if effect.fit is None or effect.options is None or isinstance(effect.rate_ratio, NotEstimable):
        return text("check.no_effect", state=effect.rate_ratio)
    return Ready(design=effect.design, fit=effect.fit, options=effect.options, ratio=effect.rate_ratio)
