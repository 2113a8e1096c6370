"""Is there a ceiling? A helpline that answers all it can shows no rise, whatever the campaign does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.check.base import CheckResult, Question
from evalkit.check.events import capacity_events
from evalkit.check.ready import ready
from evalkit.design.beside import aligned
from evalkit.errors import UsageError
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.check.context import CheckContext
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit

_ASKED: Final = Question("ceiling", "Could more contacts have been counted than were?")
NEAR, FULL_SHARE, SOME_SHARE = 0.95, 0.25, 0.05
_REPLICATIONS, _SEED, _CUT, _DOUBT, _LEAST = 999, 61, 0.01, 0.025, 6


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
        return _ASKED.not_run("no period from the launch on has a capacity", "Give the capacity for those periods")
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
    unit = vocab.FREQUENCY_NAMES[design.frequency]
    lead = (
        f"In {100 * full:.0f} % of the {unit}s from the launch on, contacts came to 95 % of the capacity or more (at "
        f"most {100 * share.max():.0f} %)"
    )
    return _answer(full, lead, {"near_capacity": full, "highest": float(share.max())}, table)


def _answer(full: float, lead: str, figures: dict[str, float], table: pd.DataFrame) -> CheckResult:
    if full >= FULL_SHARE:
        outcome, tail = Outcome.FAILED, "the count was often as high as it could be"
        meaning = "A rise beyond the capacity could not be counted: the effect may be larger than estimated."
    elif full >= SOME_SHARE:
        outcome, tail = Outcome.INCONCLUSIVE, "some of it may have been cut off"
        meaning = "Some of a rise may not have been counted."
    else:
        outcome, tail = Outcome.PASSED, "there was room for more"
        meaning = "Counts stayed below the capacity that was given; shorter peaks within a period are not seen."
    return _ASKED.answer(outcome, f"{lead}: {tail}.", meaning, figures=figures, table=table)


def _flat(effect: Effect, fit: Fit, context: CheckContext) -> CheckResult:
    design = effect.design
    early, late = design.used & ~design.post, design.used & design.post
    if late.sum() < _LEAST or early.sum() < _LEAST:
        return _ASKED.not_run(
            f"no capacity was given, and {int(late.sum())} periods from the launch on are too few to see a flat top",
            "Give the capacity of the service in CheckContext(capacity=...)",
        )
    made = fit.predictive(_REPLICATIONS, _SEED)
    own = float(_contrast(fit, design.observed[None, :], early, late)[0])
    usual = _contrast(fit, made, early, late)
    tail_share = float(np.mean(usual <= own))
    figures = {"after_over_before": float(np.exp(own)), "tail": tail_share}
    lead = (
        f"No capacity was given. Scatter after launch is {np.exp(own):.2f} times that before ("
        f"{np.exp(np.quantile(usual, 0.025)):.2f} to {np.exp(np.quantile(usual, 0.975)):.2f} in counts made by the "
        "model)"
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
        outcome, end = Outcome.FAILED, "unusually flat, as under a ceiling"
        meaning = (
            "Contacts may have been cut off at a capacity; ask the service. The effect may be larger than estimated."
        )
    elif tail_share < _DOUBT:
        outcome, end = Outcome.INCONCLUSIVE, "flatter than most, which may be chance or a ceiling"
        meaning = "Whether a capacity cut contacts off can be told only with the capacity itself; ask the service."
    elif events:
        outcome, end = Outcome.INCONCLUSIVE, f"no flat top, but capacity changed ({'; '.join(events)})"
        meaning = "Whether capacity kept a rise from being counted can be told only with the capacity itself."
    else:
        outcome, end = Outcome.PASSED, "no sign of a flat top"
        meaning = "Nothing in the counts points to a ceiling; the capacity itself is not known."
    return _ASKED.answer(outcome, f"{lead}: {end}.", meaning, figures=figures, table=table)


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
