"""Is there a ceiling? A helpline that answers all it can shows no rise, whatever the campaign does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import periods, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.events import capacity_events
from evalkit.check.ready import ready
from evalkit.check.replicates import replicates
from evalkit.design.beside import aligned
from evalkit.errors import UsageError
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.check.context import CheckContext
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit

_ASKED: Final = Question("ceiling")
NEAR, FULL_SHARE, SOME_SHARE = 0.95, 0.25, 0.05
_CUT, _DOUBT, _LEAST = 0.01, 0.025, 6


@_ASKED.or_not_run
def ceiling(effect: Effect, context: CheckContext) -> CheckResult:
    """How often contacts come near the capacity; without a capacity, whether they are flat after launch.

    With a capacity: the share of the periods from the launch on with 95 % of it or more. Without one: the scatter
    around the fit after launch over that before, ``log(S_after / S_before)`` with S the mean of ``m r^2``, beside the
    same of counts made by the fitted model. Counts cut off at a ceiling scatter less than before.

    Returns
    -------
    CheckResult
        With a capacity: fail where a quarter of the periods or more are near it, inconclusive from one in twenty.
        Without: fail where fewer than 1 % of the replicates are as flat; inconclusive where fewer than 2.5 % are, or
        where an event of the kind "capacity" falls into the data.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    if context.capacity is not None:
        return _against(effect.design, context.capacity)
    return _flat(effect, parts.fit, context)


def _against(design: Design, capacity: float | pd.Series) -> CheckResult:
    limit = _limits(design, capacity)
    after = design.window & ~np.isnan(limit)
    if not after.any():
        return _ASKED.not_run(text("check.ceiling.no_capacity"), text("check.ceiling.no_capacity_remedy"))
    share = design.observed[after] / limit[after]
    full = float(np.mean(share >= NEAR))
    table = pd.DataFrame(
        {
            "period": [str(period) for period in design.periods],
            "observed": design.observed,
            "capacity": limit,
            "after": design.window,
        }
    )
    lead = text("check.ceiling.near", share=100 * full, periods=periods(design.frequency), most=100 * share.max())
    return _answer(full, lead, {"near_capacity": full, "highest": float(share.max())}, table)


def _answer(full: float, lead: str, figures: dict[str, float], table: pd.DataFrame) -> CheckResult:
    if full >= FULL_SHARE:
        outcome, tail = Outcome.FAILED, text("check.ceiling.full")
        meaning = text("check.ceiling.full_means")
    elif full >= SOME_SHARE:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.ceiling.some")
        meaning = text("check.ceiling.some_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.ceiling.room")
        meaning = text("check.ceiling.room_means")
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=table)


def _flat(effect: Effect, fit: Fit, context: CheckContext) -> CheckResult:
    design = effect.design
    early, late = design.used & ~design.post, design.used & design.post
    if late.sum() < _LEAST or early.sum() < _LEAST:
        return _ASKED.not_run(
            text("check.ceiling.too_short", periods=int(late.sum())),
            text("check.ceiling.too_short_remedy"),
        )
    own = float(_contrast(fit, design.observed[None, :], early, late)[0])
    usual = _contrast(fit, replicates(fit), early, late)
    tail_share = float(np.mean(usual <= own))
    figures = {"after_over_before": float(np.exp(own)), "tail": tail_share}
    lead = text(
        "check.ceiling.flat",
        ratio=np.exp(own),
        lower=np.exp(np.quantile(usual, 0.025)),
        upper=np.exp(np.quantile(usual, 0.975)),
    )
    table = pd.DataFrame(
        {
            "period": [str(period) for period in design.periods],
            "observed": design.observed,
            "capacity": np.nan,
            "after": design.window,
        }
    )
    events = capacity_events(effect, context)
    if tail_share < _CUT:
        outcome, end = Outcome.FAILED, text("check.ceiling.unusual")
        meaning = text("check.ceiling.unusual_means")
    elif tail_share < _DOUBT:
        outcome, end = Outcome.INCONCLUSIVE, text("check.ceiling.flatter")
        meaning = text("check.ceiling.flatter_means")
    elif events:
        outcome, end = Outcome.INCONCLUSIVE, text("check.ceiling.changed", events="; ".join(events))
        meaning = text("check.ceiling.changed_means")
    else:
        outcome, end = Outcome.PASSED, text("check.ceiling.nothing")
        meaning = text("check.ceiling.nothing_means")
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=end), meaning, figures=figures, table=table)


def _contrast(
    fit: Fit, counts: NDArray[np.float64], early: NDArray[np.bool_], late: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Log scatter after launch less that before, of each row of counts; each side about its own mean and line."""
    mean = np.maximum(fit.systematic, 1e-9)
    scaled = np.log((counts + 0.5) / (mean + 0.5)) * np.sqrt(mean)
    scatter = []
    for side in (early, late):
        rows = scaled[:, side]
        root = np.sqrt(mean[side])
        basis = np.linalg.qr(np.column_stack([root, root * np.linspace(-1, 1, len(root))]))[0]
        left = rows - (rows @ basis) @ basis.T
        scatter.append(np.log(np.maximum((left**2).mean(axis=1), 1e-12)))
    return np.asarray(scatter[1] - scatter[0])


def _limits(design: Design, capacity: float | pd.Series) -> NDArray[np.float64]:
    if isinstance(capacity, pd.Series):
        values = aligned(capacity, design.periods, "capacity").to_numpy(dtype=np.float64)
    else:
        values = np.full(len(design.periods), float(capacity))
    if (values <= 0).any():
        raise UsageError(f"The capacity is {np.nanmin(values):g}. Allowed: contacts a period, above 0, or nothing.")
    return values
