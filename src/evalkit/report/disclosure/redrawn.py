"""Lines and bands of a chart made from published counts, where some of the exact ones are left out.

The path of a model has six numbers a period. Each is rounded, but each rounding also says on which side of an edge the
number lay, and a few hundred such edges can leave one single value for a count that was left out, for a reader who
fits the same model himself. So where a series has such counts, its model is fitted once more to what is published of
it, and the path is of that fit: whatever is made of published numbers adds nothing to them. Estimates stay as they are.

A series that is shown by longer periods has all its own counts left out. Each published total is spread over the
periods in it by chance, with a seed that is always the same, so that they vary as counts of that size do; the total in
which the launch falls is on neither side of it, and is left out of the fit. Exact counts may vary by more: where the
published interval of the rate ratio is wider than that of this fit, every band is widened as much.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit.check.refit import without_periods
from evalkit.effect import Estimate
from evalkit.effect.compute import ratio_or_reason
from evalkit.effect.path import path_by, path_of
from evalkit.errors import CannotEstimate
from evalkit.report.disclosure import rounding

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit
    from evalkit.report.disclosure.profiles import Profile

_SEED: Final = 20190502
"""Of the chance by which totals are spread over their periods."""


def path_of_published(effect: Effect, cells: pd.Series, profile: Profile) -> pd.DataFrame:
    """The path of the same model, fitted to published counts; without its lines where these cannot be fitted.

    Parameters
    ----------
    effect : Effect
        What was estimated from exact counts.
    cells : pandas.Series
        The published count of each period of the design, NaN where it is missing or left out.
    profile : Profile
        The rules: of a count left out as small the middle of its range is taken, one left out to protect another is
        taken as missing.
    """
    fit = _fitted(effect, published_design(effect.design, cells.to_numpy(dtype=float), profile))
    return _ending_as_published(_or_without_lines(path_of, effect, fit), effect)


def path_by_published(effect: Effect, cells: pd.Series, groups: pd.PeriodIndex, profile: Profile) -> pd.DataFrame:
    """The path by longer periods of the same model, fitted to their published totals, each spread over its periods.

    Parameters
    ----------
    effect : Effect
        What was estimated from exact counts.
    cells : pandas.Series
        The published total of each longer period by its name, NaN where it is left out; other periods have none.
    groups : pandas.PeriodIndex
        For each period of the design, the longer one that it belongs to.
    profile : Profile
        The rules, as for :func:`path_of_published`.
    """
    spread = _spread(effect.design, cells, groups, profile)
    beside_launch = np.where(_holding_launch(effect.design, groups), np.nan, spread)
    fit = _fitted(effect, _published_alone(effect.design, beside_launch))
    path = _or_without_lines(path_by, effect, fit, groups)
    if path["fitted"].notna().any():
        path = _widened(path, _missing_width(effect, spread))
    return _ending_as_published(path, effect)


def _or_without_lines(made: Callable[..., pd.DataFrame], effect: Effect, fit: Fit | None, *by: Any) -> pd.DataFrame:
    """A path of a fit; without lines where there is none, or no draws of it that are worth enough."""
    design = effect.design if fit is None or by else fit.design
    try:
        return made(design, fit, effect.level, effect.sampling, *by)
    except CannotEstimate:
        return made(effect.design, None, effect.level, effect.sampling, *by)


def _missing_width(effect: Effect, spread: NDArray[np.float64]) -> float:
    """How much wider the published interval of the rate ratio is than one from counts spread by chance; at least 1.

    Both are of as many periods, that in which the launch falls included, so that nothing but their variation differs.
    """
    fit = _fitted(effect, _published_alone(effect.design, spread))
    if fit is None:
        return 1.0
    own = ratio_or_reason(fit, level=effect.level, sampling=effect.sampling)
    if not (isinstance(own, Estimate) and isinstance(effect.rate_ratio, Estimate)):
        return 1.0
    lower, upper = (rounding.ratio(end) for end in (effect.rate_ratio.lower, effect.rate_ratio.upper))
    if min(own.lower, lower) <= 0 or not own.lower < own.upper:
        return 1.0
    return max(1.0, math.log(upper / lower) / math.log(own.upper / own.lower))


def _widened(path: pd.DataFrame, factor: float) -> pd.DataFrame:
    """The path with its intervals stretched about their middle; what is expected stays 0 or more."""
    for name in ("counterfactual", "effect", "cumulative_effect"):
        for end in ("lower", "upper"):
            path[f"{name}_{end}"] = path[name] + factor * (path[f"{name}_{end}"] - path[name])
    path["counterfactual_lower"] = path["counterfactual_lower"].clip(lower=0)
    return path


def _fitted(effect: Effect, design: Design) -> Fit | None:
    """The model of an effect fitted to another design; None where it cannot be."""
    if effect.fit is None or effect.options is None:
        return None
    try:
        return effect.options.fit(design)
    except CannotEstimate:
        return None


def _ending_as_published(path: pd.DataFrame, effect: Effect) -> pd.DataFrame:
    """The path with the cumulative effect at its end, which is published beside it and is the same."""
    last = path["cumulative_effect"].last_valid_index()
    if last is not None and isinstance(effect.cumulative_effect, Estimate):
        total = effect.cumulative_effect
        columns = ["cumulative_effect", "cumulative_effect_lower", "cumulative_effect_upper"]
        path.loc[last, columns] = [total.value, total.lower, total.upper]
    return path


def _spread(design: Design, cells: pd.Series, groups: pd.PeriodIndex, profile: Profile) -> NDArray[np.float64]:
    """Each published total spread over its periods; NaN where none is published, or none is to stand for it."""
    counted = ~np.isnan(design.observed)
    shown = np.full(len(design.observed), np.nan)
    for number, group in enumerate(groups.unique()):
        inside = np.asarray(groups == group)
        total = cells.get(str(group))
        if total is None or not counted[inside].any() or not _is_whole(group, int(inside.sum()), design):
            continue
        inside &= counted
        if np.isnan(total):
            if not profile.is_small(round(design.observed[inside].sum())):
                continue
            total = _middle(profile)
        size = int(inside.sum())
        shown[inside] = np.random.default_rng([_SEED, number]).multinomial(int(total), [1 / size] * size)
    return shown


def _is_whole(group: pd.Period, periods: int, design: Design) -> bool:
    """Whether the data of a design hold all of a longer period, and not the part of it that a window ends in."""
    whole = pd.period_range(group.start_time, group.end_time, freq=design.periods.freqstr)
    return periods == int((whole.start_time >= group.start_time).sum())  # a week belongs to where it begins


def _holding_launch(design: Design, groups: pd.PeriodIndex) -> NDArray[np.bool_]:
    """Which periods belong to a longer one that has some before the launch and some from it on."""
    post = pd.Series(np.asarray(design.post, dtype=float)).groupby(np.asarray(groups.astype(str))).transform("mean")
    return np.asarray((post > 0) & (post < 1))


def _published_alone(design: Design, shown: NDArray[np.float64]) -> Design:
    """The design with other counts, without the periods that have none and the events that fell into these alone."""
    without = np.flatnonzero(~np.isnan(design.observed) & np.isnan(shown))
    left = without_periods(replace(design, observed=shown, parts=()), without)
    held = left.with_campaign[left.used].any(axis=0) | np.isin(left.columns, left.campaign_terms)
    return replace(
        left,
        columns=tuple(name for name, kept in zip(left.columns, held, strict=True) if kept),
        with_campaign=left.with_campaign[:, held],
        without_campaign=left.without_campaign[:, held],
    )


def _middle(profile: Profile) -> int:
    """What stands for a count left out as small: the middle of its range."""
    return (profile.least + profile.small) // 2


def published_design(design: Design, cells: np.ndarray, profile: Profile) -> Design:
    """The design with what is published of its counts in their place."""
    hidden = np.isnan(cells) & ~np.isnan(design.observed)
    small = hidden & np.array([profile.is_small(round(count)) for count in np.nan_to_num(design.observed)])
    return _published_alone(design, np.where(small, _middle(profile), cells))
