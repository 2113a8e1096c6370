"""A verdict said again with other counts behind its before/after ratio: those that may be published."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.claim import verdict_wording
from evalkit.claim.arithmetic import DISPERSION, ratio_interval
from evalkit.claim.verdict import BeforeAfterRatio, Verdict, before_after_ratio, plain_figures
from evalkit.vocab import VerdictKind

if TYPE_CHECKING:
    from evalkit.claim.bounds import Bounds
    from evalkit.claim.finding import Figure
    from evalkit.effect import Effect

__all__ = ["restated"]

Total = Callable[[str], float | None]


def restated(
    verdict: Verdict,
    effect: Effect,
    total: Total,
    *,
    rounded: Callable[[float], float],
    unquoted: Callable[[str], str],
) -> Verdict:
    """The same verdict, its before/after ratio from other totals.

    Parameters
    ----------
    verdict : Verdict
        Its kind stays as it is.
    effect : Effect
        The effect that it was reached with.
    total : callable
        The total to use for a window written ``"first to last"``; None where there is none. Then no before/after ratio
        is given.
    rounded : callable
        What every ratio and probability is rounded by.
    unquoted : callable
        What takes counts out of a reason that a model gave.
    """
    said = {name: unquoted(value) if isinstance(value, str) else value for name, value in verdict.figures.items()}
    verdict = replace(verdict, figures=said)
    if verdict.kind is VerdictKind.CANNOT_BE_CHECKED or "net" not in verdict.figures:
        return replace(verdict, reasons=tuple(unquoted(reason) for reason in verdict.reasons))
    plain = before_after_ratio(effect, verdict.claim)
    own = plain_figures(plain)
    figures = {name: value for name, value in verdict.figures.items() if name not in own}
    shown = None if plain is None else _with_totals(plain, total(plain.window_before), total(plain.window_after))
    if shown is not None:
        figures |= plain_figures(shown)
    elif plain is not None:
        figures["before_after_withheld"] = True
    figures = {name: _rounded(name, value, rounded) for name, value in figures.items()}
    return replace(verdict, figures=figures, reasons=verdict_wording.reasons(verdict.kind, figures))


def _with_totals(plain: BeforeAfterRatio, before: float | None, after: float | None) -> BeforeAfterRatio | None:
    if before is None or after is None or before <= 0:
        return None
    scale = plain.periods_before / plain.periods_after

    def interval(dispersion: float) -> Bounds:
        ends = ratio_interval(after, before, dispersion=dispersion)
        return replace(ends, lower=ends.lower * scale, upper=ends.upper * scale)

    return replace(
        plain,
        value=after / before * scale,
        before=before / plain.periods_before,
        after=after / plain.periods_after,
        poisson=interval(1.0),
        dispersed=interval(DISPERSION),
        own=None if plain.own is None or plain.dispersion is None else interval(plain.dispersion),
    )


def _rounded(name: str, value: Figure, rounded: Callable[[float], float]) -> Figure:
    if isinstance(value, bool) or not isinstance(value, float) or name.startswith("claimed") or math.isinf(value):
        return value
    return value if name in ("level", "dispersion", "evidence_level") else rounded(value)
