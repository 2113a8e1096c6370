"""Every check of one effect, in reporting order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.check.agreement import second_method
from evalkit.check.base import CheckResults
from evalkit.check.capacity import ceiling
from evalkit.check.confounding import launch_and_season
from evalkit.check.context import CheckContext
from evalkit.check.elsewhere import negative_control, placebo_in_space, spill_over
from evalkit.check.events import other_events, what_is_counted
from evalkit.check.influence import leave_one_control_out, leave_one_period_out
from evalkit.check.many import many_effects
from evalkit.check.placebo import placebo_in_time
from evalkit.check.quantiles import longer_lags, predictive_distribution
from evalkit.check.residuals import overdispersion, residual_autocorrelation
from evalkit.check.season import season_changes
from evalkit.check.sensitivity import model_probability, prior_sensitivity
from evalkit.check.sparse import sparse_data
from evalkit.check.specification import across_specifications
from evalkit.check.wandering import drift

if TYPE_CHECKING:
    from evalkit.effect import Effect


def run_checks(effect: Effect, *, context: CheckContext | None = None, full: bool = False) -> CheckResults:
    """Every check of one effect, in reporting order.

    Parameters
    ----------
    effect : Effect
        The effect to check.
    context : CheckContext, optional
        Events, comparison regions, capacity and what else a check may need; those that lack it come out "not run", with
        what would enable them.
    full : bool, optional
        Also those that take seconds: the specification curve, and the sensitivity to priors and to the design.
    """
    known = context or CheckContext()
    checks = CheckResults(
        (
            sparse_data(effect),
            placebo_in_time(effect),
            season_changes(effect),
            drift(effect),
            launch_and_season(effect),
            other_events(effect, known),
            what_is_counted(effect, known),
            ceiling(effect, known),
            placebo_in_space(effect, known),
            spill_over(effect, known),
            negative_control(effect, known),
            leave_one_period_out(effect),
            leave_one_control_out(effect, known),
            second_method(effect),
            residual_autocorrelation(effect),
            longer_lags(effect),
            overdispersion(effect),
            predictive_distribution(effect),
            many_effects(effect, known),
        )
    )
    if not full:
        return checks
    longer = (prior_sensitivity(effect), model_probability(effect), across_specifications(effect))
    return CheckResults((*checks, *longer))
