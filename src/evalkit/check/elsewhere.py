"""What does the same analysis find where the campaign was not? Other regions, and counts it should not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.check.base import WIDE, CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.refit import leaves_out_one, ratio_row, refitted, says_nothing
from evalkit.design import build_design
from evalkit.errors import DesignError
from evalkit.model import Compares, Latent
from evalkit.model.latest import Latest
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.check.context import CheckContext
    from evalkit.design import Comparison, Design, DesignSpec
    from evalkit.effect import Effect
    from evalkit.model import Model

_SPACE: Final = Question("placebo in space")
_NEGATIVE: Final = Question("negative control")
_SPILL: Final = Question("spill-over")
_CHANCE: Final = 0.05
_RARE: Final = 0.1
_LATEST = Latest()


@_SPACE.or_not_run
def placebo_in_space(effect: Effect, context: CheckContext) -> CheckResult:
    """The same analysis of each comparison region at the same date, and the rank of the true effect among them.

    Where the model reads comparison regions side by side, each of them takes the place of the treated region in turn,
    beside the others; otherwise they are those of the context.

    Ranks are of the log ratio over its standard deviation, in absolute value; the share is rank / (regions + 1), the
    chance of such a rank where no region changed and all are alike (Abadie, Diamond and Hainmueller 2010, J Am Stat
    Assoc 105:493).

    Returns
    -------
    CheckResult
        Fail where more regions have an interval that leaves out 1 than chance gives (binomial, 5 %), or where the
        effect leaves out 1 but its share is above 0.1 and it does not rank first; inconclusive where it ranks first
        among too few regions for a share of 0.1, or where the effect holds 1 and most of the regions' intervals hold
        both 0.67 and 1.5. ``table`` has a row a region, the true one first.
    """
    if not context.regions and effect.design.comparison is None:
        return _SPACE.not_run(text("check.no_regions"), text("check.no_regions_remedy"))
    parts = ready(effect)
    if isinstance(parts, str):
        return _SPACE.not_run(parts)
    table = _regions(effect, parts.options, context)
    known = table[table["value"].notna()]
    if len(known) < 2:
        return _SPACE.not_run(text("check.none_analysed", reason=table["reason"].iloc[-1]))
    from scipy.stats import binom

    others = known.iloc[1:]
    size = (np.log(known["value"]) / known["sd"]).abs().to_numpy()
    rank, total = int(np.sum(size[1:] >= size[0])) + 1, len(size)
    found = int(leaves_out_one(others).sum())
    too_many = found > 0 and float(binom.sf(found - 1, len(others), 1 - effect.level)) < _CHANCE
    share = rank / total
    own = bool(leaves_out_one(known).iloc[0])
    lead = text(
        "check.placebo_in_space.lead",
        regions=len(others),
        found=found,
        has=text("words.has" if found == 1 else "words.have"),
        expected=len(others) * (1 - effect.level),
        rank=rank,
        total=total,
    )
    if too_many:
        outcome, tail = Outcome.FAILED, text("check.placebo_in_space.too_many")
        meaning = text("check.placebo_in_space.too_many_means")
    elif own and share > _RARE and rank > 1:
        outcome, tail = Outcome.FAILED, text("check.placebo_in_space.as_large")
        meaning = text("check.placebo_in_space.as_large_means")
    elif own and share > _RARE:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.placebo_in_space.too_few")
        meaning = text("check.placebo_in_space.too_few_means")
    elif not own and says_nothing(others, WIDE).sum() * 2 > len(others):
        outcome, tail = (
            Outcome.INCONCLUSIVE,
            text("check.too_wide_most", lower=1 / WIDE, upper=WIDE),
        )
        meaning = text("check.placebo_in_space.too_wide_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.placebo_in_space.passed")
        meaning = (
            text("check.placebo_in_space.passed_found_means") if own else text("check.placebo_in_space.passed_means")
        )
    figures = {"rank": float(rank), "of": float(total), "share": share, "found": float(found)}
    return _SPACE.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=table)


@_NEGATIVE.or_not_run
def negative_control(effect: Effect, context: CheckContext) -> CheckResult:
    """The same analysis of counts that the campaign should not change.

    Returns
    -------
    CheckResult
        Fail where the interval of any leaves out 1, at a level raised for their number (Bonferroni); inconclusive where
        none does but all hold both 0.67 and 1.5.
    """
    if not context.negative_controls:
        return _NEGATIVE.not_run(
            text("check.negative_control.none"),
            text("check.negative_control.none_remedy"),
        )
    parts = ready(effect)
    if isinstance(parts, str):
        return _NEGATIVE.not_run(parts)
    level = 1 - (1 - effect.level) / len(context.negative_controls)
    table = _analysed(effect, parts.options, context.negative_controls, {}, level)
    known = table[table["value"].notna()]
    if known.empty:
        return _NEGATIVE.not_run(text("check.negative_control.not_analysed", reason=table["reason"].iloc[0]))
    farthest = known.iloc[int((np.log(known["value"]).abs() / known["sd"]).to_numpy().argmax())]
    shown = text(
        "check.negative_control.farthest",
        region=farthest["region"],
        value=farthest["value"],
        lower=farthest["lower"],
        upper=farthest["upper"],
    )
    found = int(leaves_out_one(known).sum())
    if found:
        outcome, tail = Outcome.FAILED, text("check.also")
        meaning = text("check.negative_control.changed_means")
    elif says_nothing(known, WIDE).all():
        outcome, tail = Outcome.INCONCLUSIVE, text("check.too_wide")
        meaning = text("check.negative_control.too_wide_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.no_change")
        meaning = text("check.negative_control.passed_means")
    return _NEGATIVE.answer(
        outcome,
        text("check.negative_control.lead", number=len(known), farthest=shown, tail=tail),
        meaning,
        figures={"found": float(found), "value": float(farthest["value"])},
        table=table,
    )


@_SPILL.or_not_run
def spill_over(effect: Effect, context: CheckContext) -> CheckResult:
    """The common change of the comparison regions at the launch; of the neighbours alone where they are named.

    Log ratios are combined by random effects (DerSimonian and Laird 1986) with the interval of Hartung and Knapp
    (2001, Stat Med 20:3875), t with one degree of freedom fewer than regions; one region stands with its own interval.

    Returns
    -------
    CheckResult
        Fail where the interval of the common ratio leaves out 1; inconclusive where it holds both 0.67 and 1.5.
    """
    if not context.regions:
        return _SPILL.not_run(text("check.no_regions"), text("check.no_regions_remedy"))
    parts = ready(effect)
    if isinstance(parts, str):
        return _SPILL.not_run(parts)
    table = _elsewhere(effect, parts.options, context, context.neighbours or tuple(context.regions))
    known = table[table["value"].notna()]
    if known.empty:
        return _SPILL.not_run(text("check.none_analysed", reason=table["reason"].iloc[0]))
    value, lower, upper = combined(known, effect.level)
    who = text("check.spill_over.neighbours") if context.neighbours else text("check.spill_over.regions")
    lead = text("check.spill_over.lead", number=len(known), who=who, value=value, lower=lower, upper=upper)
    if lower > 1 or upper < 1:
        outcome, tail = Outcome.FAILED, text("check.also")
        meaning = text("check.spill_over.changed_means")
    elif lower <= 1 / WIDE and upper >= WIDE:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.too_wide")
        meaning = text("check.spill_over.too_wide_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.spill_over.no_change")
        meaning = text("check.spill_over.passed_means")
    figures = {"value": value, "lower": lower, "upper": upper, "regions": float(len(known))}
    return _SPILL.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=table)


def combined(table: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Common ratio of rows with ``value`` and ``sd`` (log scale), with its interval; see :func:`spill_over`."""
    from scipy.stats import t

    y, v = np.log(table["value"].to_numpy()), table["sd"].to_numpy() ** 2
    k = len(y)
    if k == 1:
        return tuple(float(table[name].iloc[0]) for name in ("value", "lower", "upper"))  # type: ignore[return-value]
    w = 1 / v
    fixed = w @ y / w.sum()
    spread = w @ (y - fixed) ** 2
    tau2 = max(0.0, (spread - (k - 1)) / (w.sum() - (w @ w) / w.sum()))
    w = 1 / (v + tau2)
    centre = w @ y / w.sum()
    error = np.sqrt(max(w @ (y - centre) ** 2 / (k - 1), 1.0) / w.sum())  # never narrower than without Knapp's factor
    half = t.ppf((1 + level) / 2, k - 1) * error
    value, lower, upper = np.exp([centre, centre - half, centre + half])
    return float(value), float(lower), float(upper)


def _regions(effect: Effect, options: Model, context: CheckContext) -> pd.DataFrame:
    """The true effect, then every comparison region; side by side only those that entered the fit."""
    beside = effect.design.comparison
    if beside is not None and isinstance(effect.fit, Compares):
        beside = beside.columns(effect.fit.compared)
    own = pd.DataFrame(
        [(effect.region or text("check.placebo_in_space.this_region"), *ratio_row(effect.rate_ratio))],
        columns=["region", "value", "lower", "upper", "sd", "reason"],
    )
    if beside is None:
        others = _elsewhere(effect, options, context, tuple(context.regions))
    else:
        designs = [_in_its_place(effect.design, beside, name) for name in beside.names]
        others = refitted(designs, options, effect.level)
        others.insert(0, "region", list(beside.names))
    return pd.concat([own, others], ignore_index=True)


def _elsewhere(effect: Effect, options: Model, context: CheckContext, names: tuple[str, ...]) -> pd.DataFrame:
    """The analysis of some comparison regions: placebo in space and spill-over read the same table."""

    def analysed() -> pd.DataFrame:
        return _analysed(effect, options, {name: context.regions[name] for name in names}, context.exposures)

    return _LATEST.of((effect, context), names, analysed)


def _in_its_place(design: Design, beside: Comparison, name: str) -> Design:
    """The design with one comparison region in the place of the treated one, beside the others."""
    chosen = beside.columns([name])
    observed, offset = chosen.observed[:, 0], chosen.offset[:, 0]
    counted = ~np.isnan(observed)
    return replace(
        design,
        observed=observed,
        offset=offset,
        used=design.used & counted,
        window=design.window & counted,
        comparison=beside.columns([other for other in beside.names if other != name]),
        parts=(),
    )


def _analysed(
    effect: Effect,
    options: Model,
    series: Mapping[str, pd.Series],
    exposures: Mapping[str, pd.Series],
    level: float | None = None,
) -> pd.DataFrame:
    """The analysis of the effect on other series, one row each; the events of the design are left out of theirs.

    A model that needs comparison regions gives way to the latent model.
    """
    alone = options if options.controls_as == "covariate" else Latent()
    designs: dict[str, Design] = {}
    reasons: dict[str, str] = {}
    for name, counts in series.items():
        try:
            designs[name] = build_design(
                counts.loc[: effect.design.periods[-1]] if isinstance(counts.index, pd.PeriodIndex) else counts,
                effect.launch,
                _without_events(effect),
                exposure=exposures.get(name),
            )
        except DesignError as problem:
            reasons[name] = str(problem)
    table = refitted(list(designs.values()), alone, level or effect.level)
    table.insert(0, "region", list(designs))
    missing = [(name, np.nan, np.nan, np.nan, np.nan, reason) for name, reason in reasons.items()]
    return pd.concat([table, pd.DataFrame(missing, columns=table.columns)], ignore_index=True) if missing else table


def _without_events(effect: Effect) -> DesignSpec:
    return replace(effect.design.spec, events=())
