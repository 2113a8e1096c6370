"""Effects that were estimated region by region, combined by random effects."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from evalkit import vocab
from evalkit.catalogue import term, text
from evalkit.effect.effect import Effect
from evalkit.effect.estimate import Estimate, NotEstimable, Result, Window
from evalkit.effect.pooled.assemble import (
    Part,
    common_warnings,
    fixed_of,
    heterogeneity_of,
    part_of,
    ratio_from,
    regions_frame,
    require_distinct,
    require_estimand,
    span,
    too_few,
)
from evalkit.effect.pooled.pooled import LeftOut, Pooled
from evalkit.errors import DesignError, ModelError
from evalkit.model import StudentMarginal
from evalkit.model.pooled import RandomEffects, combine

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.effect.estimation import Effects
    from evalkit.model.pooled import Combination

_RATIO: Final = "rate ratio"


@dataclass(frozen=True, kw_only=True)
class RegionEstimate:
    """A stored result of one region: its labels, its launch, and the ratio or why there is none."""

    region: str
    channel: str
    launch: pd.Period
    result: Result


def pool_effects(
    effects: Effects | Iterable[Effect],
    *,
    estimand: str = vocab.RATE_RATIO,
    level: float = 0.95,
    options: RandomEffects | None = None,
) -> Pooled:
    """Combine the effects of many regions by random effects, on the log scale.

    Each effect enters as the logarithm of its value, with half the width of its log interval over the normal quantile
    of its level as standard error: what a reader of the published interval would use. For a posterior that is skewed on
    the log scale this is an approximation; :func:`estimate_pooled` uses the whole posterior instead.

    Parameters
    ----------
    effects : Effects or iterable of Effect
        One for each region, of one channel; what :func:`estimate_effects` gives. Effects that are not estimable are
        listed in ``left_out`` with their reasons.
    estimand : {"rate_ratio", "level_change"}
        What to combine.
    level : float, optional
        Probability content of the intervals of the result, from 0.5 up to but not including 1.
    options : RandomEffects, optional
        Estimator of the variance between regions, kind of interval, degrees of freedom of the prediction.

    Returns
    -------
    Pooled
        A ``NotEstimable`` in the place of each result where fewer than two regions could be estimated.

    Raises
    ------
    ModelError
        Not effects, an estimand that is no ratio, an unknown option.
    DesignError
        A region twice, several channels, different frequencies, or the same series under two names.

    Notes
    -----
    Equations and reference values: ``docs/methods/pooled.md``. Hartung and Knapp 2001 (Statist Med 20:1771, 3875);
    Higgins, Thompson and Spiegelhalter 2009 (J R Statist Soc A 172:137); Viechtbauer 2007 (Statist Med 26:37).
    """
    require_estimand(estimand, level)
    options = options or RandomEffects()
    given = _listed(effects)
    _require_one_each(given)
    require_distinct((name, effect.design) for name, effect in given)
    parts, left_out = _parts([(name, effect, getattr(effect, estimand)) for name, effect in given])
    simulated = any(effect.simulated for _, effect in given)
    pooled = _pooled(parts, left_out, estimand, level=level, options=options, simulated=simulated)
    if pooled.heterogeneity is None:
        return pooled
    return replace(pooled, warnings=(*pooled.warnings, *_warnings([effect for _, effect in given])))


def pool_estimates(
    estimates: Iterable[RegionEstimate],
    *,
    estimand: str = vocab.RATE_RATIO,
    level: float = 0.95,
    options: RandomEffects | None = None,
    simulated: bool = False,
) -> Pooled:
    """Combine results that were estimated, stored and read back, as :func:`pool_effects` combines live effects.

    Whether two regions are one series under two names cannot be seen here, and is not checked.

    Parameters
    ----------
    estimates : iterable of RegionEstimate
        One for each region, of one channel.
    estimand, level, options
        As in :func:`pool_effects`.
    simulated : bool, optional
        Whether any series was made up.

    Raises
    ------
    ModelError, DesignError
        As :func:`pool_effects`.
    """
    require_estimand(estimand, level)
    given = list(estimates)
    if not given:
        raise ModelError("There are no estimates to pool. Give those of two or more regions.")
    _require_once([(one.region, one.launch) for one in given], {one.channel for one in given})
    parts, left_out = _parts([(one.region, one, one.result) for one in given])
    return _pooled(parts, left_out, estimand, level=level, options=options or RandomEffects(), simulated=simulated)


def _pooled(
    parts: list[Part],
    left_out: tuple[LeftOut, ...],
    estimand: str,
    *,
    level: float,
    options: RandomEffects,
    simulated: bool,
) -> Pooled:
    method = text(
        "effect.pooled.random_effects",
        estimator=term("effect.pooled.estimators", options.tau2),
        interval=term("effect.pooled.interval_words", options.interval),
    )
    if len(parts) < 2:
        why = too_few(parts, left_out)
        return Pooled(
            stage="two-stage",
            method=method,
            estimand=estimand,
            level=level,
            effect=why,
            new_region=why,
            tau=why,
            fixed=why,
            heterogeneity=None,
            regions=regions_frame(parts, [1.0] * len(parts)),
            left_out=left_out,
            simulated=simulated,
            options=options,
        )
    combined = _combine(parts, level, options)
    window = span(parts)
    common, ahead = _references(combined, level, options, len(parts))
    new_region: Result = NotEstimable(
        text("effect.pooled.prediction", df=options.prediction),
        text("effect.pooled.prediction_remedy"),
    )
    if ahead is not None:
        new_region = ratio_from(ahead, "new region", level, window)
    widened = text("effect.pooled.agree")
    return Pooled(
        stage="two-stage",
        method=method,
        estimand=estimand,
        level=level,
        effect=ratio_from(common, "average effect", level, window),
        new_region=new_region,
        tau=_tau(combined, level, window),
        fixed=fixed_of(combined, level, window),
        heterogeneity=heterogeneity_of(combined),
        regions=regions_frame(parts, list(combined.weights)),
        left_out=left_out,
        warnings=(
            *common_warnings(parts, estimand),
            *((widened,) if combined.widened else ()),
            *((text("effect.pooled.too_narrow"),) if isinstance(new_region, Estimate) else ()),
        ),
        simulated=simulated,
        options=options,
        common=common,
        ahead=ahead,
    )


def _listed(effects: Effects | Iterable[Effect]) -> list[tuple[str, Effect]]:
    items = list(effects.items()) if isinstance(effects, Mapping) else [(None, effect) for effect in effects]
    found = []
    for place, (key, effect) in enumerate(items, 1):
        if not isinstance(effect, Effect):
            raise ModelError(
                f"Item {place} to pool is a {type(effect).__name__}. Allowed: effects, as estimate_effect and "
                f"estimate_effects return them."
            )
        fallback = text("effect.pooled.series", place=place) if key is None else str(key)
        found.append((effect.region or fallback, effect))
    if not found:
        raise ModelError("There are no effects to pool. Give the effects of two or more regions.")
    return found


def _require_one_each(given: list[tuple[str, Effect]]) -> None:
    _require_once([(name, effect.launch) for name, effect in given], {effect.channel for _, effect in given})


def _require_once(given: list[tuple[str, pd.Period]], channels: set[str]) -> None:
    """One channel, and each region once."""
    if len(channels) > 1:
        raise DesignError(
            f"The effects are of {len(channels)} channels ({', '.join(map(repr, sorted(channels)))}); the channels of "
            f"one region are not independent. Pool one channel at a time."
        )
    seen: dict[str, pd.Period] = {}
    for name, launch in given:
        if name in seen:
            raise DesignError(
                f"Region {name!r} comes twice, with launches {seen[name]} and {launch}; two effects of "
                f"one series are not independent. Keep one."
            )
        seen[name] = launch


def _parts(given: list[tuple[str, Effect | RegionEstimate, Result]]) -> tuple[list[Part], tuple[LeftOut, ...]]:
    parts, left_out = [], []
    for name, effect, result in given:
        if isinstance(result, NotEstimable):
            left_out.append(LeftOut(region=name, reason=result.reason, remedy=result.remedy))
        elif result.unit != _RATIO:
            reason = text("effect.pooled.no_logarithm", unit=result.unit)
            left_out.append(LeftOut(region=name, reason=reason, remedy=text("effect.pooled.no_logarithm_remedy")))
        elif not 0 < result.lower <= result.value <= result.upper:
            reason = text("effect.pooled.reaches_zero", lower=result.lower, upper=result.upper)
            left_out.append(LeftOut(region=name, reason=reason, remedy=text("effect.pooled.reaches_zero_remedy")))
        elif result.lower == result.upper:
            left_out.append(
                LeftOut(
                    region=name, reason=text("effect.pooled.no_width"), remedy=text("effect.pooled.no_width_remedy")
                )
            )
        else:
            ends = (result.value, result.lower, result.upper)
            parts.append(part_of(effect.launch, result.window, ends, result.level, (name, effect.channel)))
    return parts, tuple(left_out)


def _combine(parts: list[Part], level: float, options: RandomEffects) -> Combination:
    y, s = np.array([part.log_value for part in parts]), np.array([part.log_se for part in parts])
    return combine(y, s, level=level, options=options)


def _references(
    combined: Combination, level: float, options: RandomEffects, k: int
) -> tuple[StudentMarginal, StudentMarginal | None]:
    """The t (or normal) distributions whose central intervals are the reported ones."""
    tail = (1 + level) / 2
    df = float(k - 1) if options.interval == "hartung-knapp" and not combined.widened else math.inf
    reach = float(scipy.stats.norm.ppf(tail) if math.isinf(df) else scipy.stats.t.ppf(tail, df))
    common = StudentMarginal(combined.value, (combined.upper - combined.value) / reach, df)
    if combined.prediction is None:
        return common, None
    df = k - int(options.prediction[-1])
    spread = (combined.prediction[1] - combined.value) / float(scipy.stats.t.ppf(tail, df))
    return common, StudentMarginal(combined.value, spread, df)


def _tau(combined: Combination, level: float, window: Window) -> Result:
    if math.isinf(combined.tau2_upper):
        return NotEstimable(text("effect.pooled.no_upper"), text("effect.pooled.add"))
    ends = [math.sqrt(value) for value in (combined.tau2, combined.tau2_lower, combined.tau2_upper)]
    return Estimate("spread between regions", ends[0], ends[1], ends[2], level, "log ratio", window)


def _warnings(effects: list[Effect]) -> tuple[str, ...]:
    found = []
    models = sorted({effect.model for effect in effects if effect.estimable})
    if len(models) > 1:
        found.append(text("effect.pooled.models", models=", ".join(models)))
    if any(effect.design.controlled for effect in effects):
        found.append(text("effect.pooled.rest_on_comparison"))
    return tuple(found)
