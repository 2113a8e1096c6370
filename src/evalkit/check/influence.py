"""Does the finding hang on one month, or on one comparison region?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import period, periods, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.moves import conclusion, judged, moved
from evalkit.check.ready import ready
from evalkit.check.refit import base_row, most_refits, refitted, without_periods
from evalkit.check.reweighted import without_each
from evalkit.design.beside import CONTROLS, control_column
from evalkit.effect import Estimate
from evalkit.model.latent import LatentFit
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evalkit.check.context import CheckContext
    from evalkit.check.ready import Ready
    from evalkit.design import Design
    from evalkit.effect import Effect

_PERIOD: Final = Question("leave one period out")
_CONTROL: Final = Question("leave one comparison region out")


@_PERIOD.or_not_run
def leave_one_period_out(effect: Effect) -> CheckResult:
    """Estimate the rate ratio again without each used period in turn.

    Series of more than 120 periods (24 for models that are slow to fit) are left out in runs of neighbouring ones, as
    many as make that number of refits at most. The latent model is fitted again only without those single periods that
    its draws cannot be weighted for (:mod:`evalkit.check.reweighted`).

    Returns
    -------
    CheckResult
        Fail where leaving out one period moves the log ratio by a standard deviation or more, or by half of one or more
        so that the interval no longer says the same of 1; inconclusive where it says otherwise after a smaller move, as
        it ends close to 1. ``table`` has a row a period.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _PERIOD.not_run(parts)
    design, ratio = parts.design, parts.ratio
    used = np.flatnonzero(design.used)
    length = -(-len(used) // most_refits(parts.options))
    blocks = [used[start : start + length] for start in range(0, len(used), length)]
    table = _without_each(parts, blocks)
    table.insert(0, "period", [_named(design, block) for block in blocks])
    unit = period(design.frequency)
    if length > 1:
        unit = text("check.leave_one_out.run", length=length, periods=periods(design.frequency))
    return _answer(_PERIOD, table, ratio, unit)


def _without_each(parts: Ready, blocks: Sequence[NDArray[np.int64]]) -> pd.DataFrame:
    """The moves of the rate ratio without each block of periods, each measured from a base with the same draws."""
    fit, ratio = parts.fit, parts.ratio
    if not isinstance(fit, LatentFit) or max(len(block) for block in blocks) > 1:
        return _refitted_moves(parts, blocks)
    found = without_each(fit, np.concatenate(blocks), ratio.level)
    value, sd = found.base
    table = moved(found.table, (value, ratio.lower, ratio.upper, sd))
    if found.steady.all():
        return table
    again = np.flatnonzero(~found.steady)
    refits = _refitted_moves(parts, [blocks[int(row)] for row in again]).set_axis(again)
    return pd.concat([table[found.steady], refits]).sort_index()


def _refitted_moves(parts: Ready, blocks: Sequence[NDArray[np.int64]]) -> pd.DataFrame:
    designs = [without_periods(parts.design, block) for block in blocks]
    table = refitted(designs, parts.options, parts.ratio.level)
    return moved(table, base_row(parts.design, parts.options, parts.ratio))


@_CONTROL.or_not_run
def leave_one_control_out(effect: Effect, context: CheckContext) -> CheckResult:
    """Estimate the rate ratio again without each comparison region in turn.

    Regions that a model reads side by side are taken from the design; for the log total as a covariate their counts
    have to be given in ``context.controls``. Outcomes as in :func:`leave_one_period_out`.
    """
    design = effect.design
    if not design.controlled:
        return _CONTROL.not_run(text("check.leave_one_out.no_regions"), text("check.leave_one_out.no_regions_remedy"))
    parts = ready(effect)
    if isinstance(parts, str):
        return _CONTROL.not_run(parts)
    ratio = parts.ratio
    names, designs = _without_each_region(design, context)
    if len(names) < 2:
        found = text("check.leave_one_out.no_counts") if not names else text("check.leave_one_out.only_one")
        return _CONTROL.not_run(found, text("check.leave_one_out.no_counts_remedy"))
    table = refitted(designs, parts.options, effect.level)
    table.insert(0, "region", names)
    return _answer(_CONTROL, moved(table, base_row(design, parts.options, ratio)), ratio, text("words.region"))


def _answer(asked: Question, table: pd.DataFrame, ratio: Estimate, unit: str) -> CheckResult:
    outcome = judged(table)
    if outcome is Outcome.NOT_RUN:
        return asked.not_run(text("check.leave_one_out.not_estimable", unit=unit, reason=table["reason"].iloc[0]))
    known = table[table["value"].notna()]
    label = table.columns[0]
    worst = known.iloc[int(known["move"].abs().to_numpy().argmax())]
    changing = known[known["changes"]]
    named = ", ".join(changing[label].iloc[:3]) + (
        text("check.and_more", number=len(changing) - 3) if len(changing) > 3 else ""
    )
    lead = text(
        "check.leave_one_out.lead",
        unit=unit,
        ratio=ratio.value,
        move=abs(worst["move"]),
        which=worst[label],
        value=worst["value"],
        lower=worst["lower"],
        upper=worst["upper"],
    )
    own = conclusion(ratio.lower, ratio.upper)
    tail = text("check.leave_one_out.always", own=own)
    if len(changing):
        tail = text("check.leave_one_out.changes", own=own, named=named)
    meaning = {
        Outcome.PASSED: text("check.leave_one_out.passed_means", unit=unit),
        Outcome.INCONCLUSIVE: text("check.leave_one_out.close_means", unit=unit),
        Outcome.FAILED: text("check.leave_one_out.carries_means", unit=unit),
    }[outcome]
    figures = {"largest_move": float(abs(worst["move"])), "changing": float(len(changing)), "refits": float(len(known))}
    return asked.answer(
        outcome, text("check.said_further", lead=lead, tail=tail), meaning, figures=figures, table=table
    )


def _without_each_region(design: Design, context: CheckContext) -> tuple[list[str], list[Design]]:
    """The comparison regions, and the design without each of them."""
    if design.comparison is not None:
        names = list(design.comparison.names)
        rest = [[other for other in names if other != name] for name in names]
        kept = [design.comparison.columns(others) for others in rest if others]
        return names, [replace(design, comparison=comparison) for comparison in kept]
    if context.controls is None or CONTROLS not in design.columns:
        return [], []
    names = [str(name) for name in context.controls.columns]
    designs = []
    for position in range(len(names) if len(names) > 1 else 0):
        chosen = [other for other in range(len(names)) if other != position]
        column, ok = control_column(context.controls.iloc[:, chosen], design.periods)
        designs.append(_with_control(design, column, ok))
    return names, designs


def _with_control(design: Design, column: np.ndarray, ok: np.ndarray) -> Design:
    where = design.column(CONTROLS)
    with_campaign, without = design.with_campaign.copy(), design.without_campaign.copy()
    with_campaign[:, where] = without[:, where] = column
    return replace(
        design,
        with_campaign=with_campaign,
        without_campaign=without,
        used=design.used & ok,
        window=design.window & ok,
    )


def _named(design: Design, block: NDArray[np.int64]) -> str:
    first, last = str(design.periods[int(block[0])]), str(design.periods[int(block[-1])])
    return first if first == last else text("check.leave_one_out.span", first=first, last=last)
