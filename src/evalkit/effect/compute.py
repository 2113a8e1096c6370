"""From a fit to its estimands. Every reported number is computed here, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit import catalogue, vocab
from evalkit.catalogue import text
from evalkit.effect.effect import Effect
from evalkit.effect.estimate import Estimate, NotEstimable, Result, Window
from evalkit.effect.names import shown_name
from evalkit.effect.parts import UNITS, counted_window, parts_of
from evalkit.effect.path import Sampling, default_sampling, require_room
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model import HasComponents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model import Fit, Model
    from evalkit.model.base import Draws


def effect_of(design: Design, model: Model, *, level: float = 0.95, sampling: Sampling | None = None) -> Effect:
    """Fit ``model`` to ``design`` and compute every estimand; a ``NotEstimable`` each where the data cannot say."""
    if not 0.5 <= level < 1:
        raise ModelError(f"The level is {level!r}. Allowed: a probability from 0.5 up to, but not including, 1.")
    try:
        fit: Fit | CannotEstimate = model.fit(design)
    except CannotEstimate as problem:
        fit = problem
    return effect_or_reason(design, model, fit, level=level, sampling=sampling)


def effect_or_reason(
    design: Design, model: Model, fit: Fit | CannotEstimate, *, level: float, sampling: Sampling | None = None
) -> Effect:
    """The effect of a fit, or, where there is none, an effect that gives the reason for every estimand."""
    try:
        if isinstance(fit, CannotEstimate):
            raise fit
        return replace(effect_from_fit(fit, level=level, sampling=sampling), options=model)
    except CannotEstimate as problem:
        why = NotEstimable(problem.reason, problem.remedy)
        return replace(not_estimable(design, model.name, why, level), options=model)


def ratio_or_reason(fit: Fit | CannotEstimate, *, level: float, sampling: Sampling) -> Result:
    """The rate ratio of a fit alone, as :func:`effect_from_fit` has it, or why there is none: for many refits."""
    if isinstance(fit, CannotEstimate):
        return NotEstimable(fit.reason, fit.remedy)
    try:
        window = _counted_window(fit.design)
        with_total, without_total = _totals(fit.draws(sampling.draws, sampling.seed), fit.design)
    except CannotEstimate as problem:
        return NotEstimable(problem.reason, problem.remedy)
    return _ratio(_divided(with_total, without_total), without_total, level, _tails(level), window)


def effect_from_fit(fit: Fit, *, level: float, sampling: Sampling | None = None) -> Effect:
    """Every estimand of a fit. Window totals come from joint draws: the sum of quantiles is not a quantile of sums."""
    design = fit.design
    sampling = sampling or default_sampling(len(design.periods))
    require_room(sampling, len(design.periods))
    window = _counted_window(design)
    tails = _tails(level)
    draws = fit.draws(sampling.draws, sampling.seed)
    with_total, without_total = _totals(draws, design)
    ratio = _divided(with_total, without_total)
    difference = with_total - without_total
    return Effect(
        launch=design.launch,
        model=fit.name,
        model_label=fit.label,
        n_pre=design.n_pre,
        n_post=int(design.window.sum()),
        level=level,
        level_change=_from_marginal(fit, vocab.LEVEL, vocab.LEVEL_CHANGE, "rate ratio", level, tails),
        slope_change=_from_marginal(fit, vocab.SLOPE, vocab.SLOPE_CHANGE, "rate ratio per year", level, tails),
        rate_ratio=_ratio(ratio, without_total, level, tails, window),
        cumulative_effect=_from_draws(difference, vocab.CUMULATIVE_EFFECT, design.unit, level, tails, window),
        window=window,
        components=_parts(fit, draws, level, tails) | _components(fit, level, tails, sampling),
        warnings=(*design.warnings, *fit.warnings),
        numerator=fit.numerator,
        design=design,
        fit=fit,
        ratio_draws=ratio,
        total_draws=difference,
        sampling=sampling,
    )


def _counted_window(design: Design) -> Window:
    if not design.window.any():
        raise CannotEstimate(text("cannot.no_window"), text("cannot.no_window_remedy"))
    return window_of(design)


def _tails(level: float) -> NDArray[np.float64]:
    return np.array([(1 - level) / 2, (1 + level) / 2])


def _totals(draws: Draws, design: Design) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected contacts over the window with and without the campaign, (S,) each."""
    with_campaign = draws.with_campaign[:, design.window].sum(axis=1)
    return with_campaign, draws.without_campaign[:, design.window].sum(axis=1)


def _divided(with_total: NDArray[np.float64], without_total: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):  # a measure may come to nothing: see _ratio
        return np.asarray(with_total / without_total)


def not_estimable(design: Design, model: str, why: NotEstimable, level: float) -> Effect:
    """An effect that says, for every estimand, why it cannot be estimated."""
    return Effect(
        launch=design.launch,
        model=model,
        model_label=model,
        n_pre=design.n_pre,
        n_post=design.n_post,
        level=level,
        level_change=why,
        slope_change=why,
        rate_ratio=why,
        cumulative_effect=why,
        window=window_of(design) if design.window.any() else None,
        warnings=design.warnings,
        design=design,
    )


def window_of(design: Design, mask: NDArray[np.bool_] | None = None) -> Window:
    """First and last period of a mask, by default the counted periods from the launch on, and how many they are."""
    inside = np.flatnonzero(design.window if mask is None else mask)
    return Window(start=design.periods[inside[0]], end=design.periods[inside[-1]], periods=len(inside))


def _parts(fit: Fit, draws: Draws, level: float, tails: NDArray[np.float64]) -> dict[str, Result]:
    design = fit.design
    found: dict[str, Result] = {}
    quantities = parts_of(fit, draws, level)
    for part in design.parts:
        quantity = quantities[part.name]
        if isinstance(quantity, NotEstimable):
            found[part.name] = quantity
            continue
        unit = design.unit if part.measure == "coefficient" and fit.link == "identity" else UNITS[part.measure]
        window = window_of(design, counted_window(part, design))
        found[part.name] = _from_draws(quantity, part.name, unit, level, tails, window)
    return found


def _components(fit: Fit, level: float, tails: NDArray[np.float64], sampling: Sampling) -> dict[str, Result]:
    if not isinstance(fit, HasComponents):
        return {}
    return {
        part.name: _from_draws(part.draws, part.name, part.unit, level, tails, window_of(fit.design, part.window))
        for part in fit.components(sampling.draws, sampling.seed)
    }


def _at_work(design: Design, term: str) -> Window:
    """The periods of the window in which a term is at work: after the transition, up to the end of the campaign."""
    if term not in design.columns:
        return window_of(design)
    return window_of(design, design.window & (design.with_campaign[:, design.column(term)] != 0))


_BEYOND_COUNTING = 1e12
_SAYS_NOTHING = float(np.log(1e6))


def _from_marginal(fit: Fit, term: str, name: str, unit: str, level: float, tails: NDArray[np.float64]) -> Result:
    said = catalogue.term("effect.terms", term)
    if term not in fit.terms:
        return NotEstimable(
            text("effect.no_term", label=fit.label, term=said),
            text("effect.no_term_remedy"),
        )
    window = _at_work(fit.design, term)
    marginal = fit.marginal(term)
    ends = marginal.quantile(tails)
    if fit.link == "identity":
        per = " per year" if unit.endswith("per year") else ""
        lower, upper = (float(end) for end in ends)
        return Estimate(name, float(marginal.centre), lower, upper, level, f"{fit.design.unit}{per}", window)
    if not np.isfinite(ends).all() or ends[1] - ends[0] > _SAYS_NOTHING:
        return NotEstimable(
            text("effect.too_wide", term=said),
            text("effect.simpler"),
        )
    lower, upper = np.exp(ends)
    return Estimate(name, float(np.exp(marginal.centre)), float(lower), float(upper), level, unit, window)


def _ratio(
    ratio: NDArray[np.float64],
    without_total: NDArray[np.float64],
    level: float,
    tails: NDArray[np.float64],
    window: Window,
) -> Result:
    if not (without_total > 0).all():  # counts cannot get here: their expectations are above 0
        return NotEstimable(
            text("effect.no_ratio"),
            text("effect.no_ratio_remedy"),
        )
    return _from_draws(ratio, vocab.RATE_RATIO, "rate ratio", level, tails, window)


def _from_draws(
    draws: NDArray[np.float64], name: str, unit: str, level: float, tails: NDArray[np.float64], window: Window
) -> Result:
    lower, upper = np.quantile(draws, tails)
    unbounded = not (np.isfinite(lower) and np.isfinite(upper)) or max(abs(lower), abs(upper)) > _BEYOND_COUNTING
    if unbounded or (unit == "rate ratio" and upper > lower * np.exp(_SAYS_NOTHING)):
        return NotEstimable(
            text("effect.no_bounds", name=shown_name(name)),
            text("effect.simpler"),
        )
    return Estimate(name, float(np.median(draws)), float(lower), float(upper), level, unit, window)
