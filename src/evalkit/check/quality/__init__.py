"""How good is the evidence? A statement computed from the run, item by item, by published criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.check.quality.facts import Facts
from evalkit.check.quality.items import ITEMS
from evalkit.check.quality.judge import judge
from evalkit.check.quality.levels import maryland_level, nesta_level
from evalkit.check.quality.statement import Level, QualityItem, QualityStatement
from evalkit.evaluation import Declarations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalkit.check.base import CheckResult
    from evalkit.effect import Effect
    from evalkit.evaluation import PlanReview
    from evalkit.registers import Event

__all__ = ["Level", "QualityItem", "QualityStatement", "maryland_level", "nesta_level", "quality_statement"]


def quality_statement(
    effect: Effect,
    checks: Sequence[CheckResult],
    *,
    declarations: Declarations | None = None,
    events: Sequence[Event] = (),
    plan: PlanReview | None = None,
) -> QualityStatement:
    """State how good the evidence of one effect is.

    What the data and the run can answer is computed; what only a person can answer comes from ``declarations``, and is
    "not declared" where it is not said. A declared "yes" that a known event or the data contradict, or that gives no
    evidence, counts as "partly met". The rule of each item stands in ``docs/methods/quality.md``.

    Parameters
    ----------
    effect : Effect
        The effect.
    checks : sequence of CheckResult
        The checks that were made of it, by :func:`evalkit.run_checks`.
    declarations : Declarations, optional
        From the evaluation file; nothing is declared by default.
    events : sequence of Event, optional
        What else is known to have happened in the region.
    plan : PlanReview, optional
        The plan that was frozen before the data ended, with the deviations from it.

    Returns
    -------
    QualityStatement
        Items in the order of their sources, and the levels on two scales.
    """
    facts = Facts(
        effect=effect,
        checks=tuple(checks),
        declarations=declarations or Declarations(),
        events=tuple(events),
        plan=plan,
    )
    maryland = maryland_level(facts)
    return QualityStatement(
        items=tuple(judge(item, facts) for item in ITEMS),
        level_maryland=maryland,
        level_nesta=nesta_level(facts, maryland),
        region=effect.region,
        channel=effect.channel,
        simulated=effect.simulated,
    )
