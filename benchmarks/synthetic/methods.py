"""Ways to an interval for the window rate ratio, each from the same index-matched weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from evalkit.model.latent import fit_latent
from evalkit.model.synthetic.panel import Form, Panel, synthesise
from evalkit.model.synthetic.placebo import error_scale, misses_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.synthetic.panels import Simulated

Interval = tuple[float, float]
_LEVEL: Final = 0.95
_TAILS: Final = (0.025, 0.975)
_DRAWS: Final = 1500


def standardised_placebo(simulated: Simulated, form: Form = "classic") -> Interval:
    """The library's: errors of placebo regions in units of their own error before launch, t distribution."""
    panel = simulated.panel
    treated = synthesise(panel, 0, range(1, len(panel.names)), form)
    misses = misses_of(panel, treated, form)
    scale = error_scale(panel, misses)
    half = float(stats.t.ppf(_TAILS[1], scale.df)) * scale.total
    return _around(misses.window[0], half)


def augmented(simulated: Simulated) -> Interval:
    """The same with the augmented weights."""
    return standardised_placebo(simulated, "augmented")


def plain_placebo(simulated: Simulated) -> Interval:
    """Errors of placebo regions as they are: no region's own error before launch is looked at."""
    panel = simulated.panel
    misses = misses_of(panel, synthesise(panel, 0, range(1, len(panel.names)), "classic"), "classic")
    errors = misses.window[1:]
    return _around(misses.window[0], float(stats.t.ppf(_TAILS[1], len(errors) - 1) * np.sqrt(np.mean(errors**2))))


def cross_fitted(simulated: Simulated, folds: int = 3) -> Interval:
    """The cross-fitted t test of Chernozhukov, Wüthrich and Zhu (2018, arXiv:1812.10820) with three folds, on logs."""
    y, before = simulated.counts, simulated.before
    pre, post = np.arange(before), np.arange(before, len(y))
    found = []
    for fold in np.array_split(pre, folds):
        series = _series(y, np.setdiff1d(pre, fold), np.arange(len(y)))
        found.append(_log_ratio(y[post, 0], series[post]) - _log_ratio(y[fold, 0], series[fold]))
    length = min(before // folds, len(post))
    error = np.sqrt(1 + folds * length / len(post)) * np.std(found, ddof=1) / np.sqrt(folds)
    return _around(float(np.mean(found)), float(stats.t.ppf(_TAILS[1], folds - 1) * error))


def conformal(simulated: Simulated) -> Interval:
    """Moving-block permutations with weights fitted to all months under each null ratio (the same authors, 2021)."""
    y, before = simulated.counts, simulated.before
    everything = np.arange(len(y))
    length = len(y) - before

    def p_value(log_ratio: float) -> float:
        z = y.copy()
        z[before:, 0] /= np.exp(log_ratio)
        residual = z[:, 0] - _series(z, everything, everything)
        sums = np.convolve(np.concatenate([residual, residual[: length - 1]]), np.ones(length), "valid")
        return float(np.mean(np.abs(sums) >= abs(sums[before]) - 1e-12))

    pre, post = everything[:before], everything[before:]
    centre = _log_ratio(y[post, 0], _series(y, pre, post))
    return np.exp(centre + _edge(p_value, centre, -1)), np.exp(centre + _edge(p_value, centre, 1))


def _edge(p_value: Callable[[float], float], centre: float, sign: int) -> float:
    low, high = 0.0, 1.5
    if p_value(centre + sign * high) > 1 - _LEVEL:
        return sign * high
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (middle, high) if p_value(centre + sign * middle) > 1 - _LEVEL else (low, middle)
    return sign * high


def latent_in_sample(simulated: Simulated) -> Interval:
    """Log of the synthetic series as offset of the latent model, fitted before launch and projected."""
    y, before = simulated.counts, simulated.before
    return _projected(y, before, _series(y, np.arange(before), np.arange(len(y))))


def latent_held_out(simulated: Simulated) -> Interval:
    """The same with each month before launch from weights that have not seen it."""
    return _projected(simulated.counts, simulated.before, _held_out(simulated, 0))


def latent_terms(simulated: Simulated) -> Interval:
    """Held out with both neighbours; level and slope of the campaign as terms of the latent model."""
    y, before = simulated.counts[:, 0], simulated.before
    t = np.arange(len(y))
    campaign = np.column_stack([t >= before, np.where(t >= before, t - before + 1, 0) / 12]).astype(float)
    matrix = np.column_stack([np.ones(len(y)), campaign])
    draws = fit_latent(y, matrix, offset=_log(_held_out(simulated, 1))).draws(_DRAWS, 1)
    without = np.exp(draws.eta - draws.b[:, 1:] @ campaign.T)[:, before:].sum(axis=1)
    return _ends(np.exp(draws.eta[:, before:]).sum(axis=1) / without)


def latent_level(simulated: Simulated) -> Interval:
    """The same with a level term only: assumes one ratio throughout the window."""
    y, before = simulated.counts[:, 0], simulated.before
    matrix = np.column_stack([np.ones(len(y)), np.arange(len(y)) >= before]).astype(float)
    ends = fit_latent(y, matrix, offset=_log(_held_out(simulated, 1))).coefficient(1).quantile(_TAILS)
    return float(np.exp(ends[0])), float(np.exp(ends[1]))


def _projected(y: NDArray[np.float64], before: int, series: NDArray[np.float64]) -> Interval:
    used = np.arange(len(y)) < before
    posterior = fit_latent(np.where(used, y[:, 0], 0), np.ones((len(y), 1)), offset=_log(series), used=used)
    expected = np.exp(posterior.draws(_DRAWS, 1).eta[:, before:]).sum(axis=1)
    counted = np.random.default_rng(3).standard_gamma(y[before:, 0].sum() + 0.5, _DRAWS)
    return _ends(counted / expected)


def _held_out(simulated: Simulated, neighbours: int) -> NDArray[np.float64]:
    y, before = simulated.counts, simulated.before
    pre = np.arange(before)
    series = np.empty(len(y))
    for t in pre:
        series[t] = _series(y, pre[np.abs(pre - t) > neighbours], np.array([t]))[0]
    series[before:] = _series(y, pre, np.arange(before, len(y)))
    return series


def _series(y: NDArray[np.float64], fitted_to: NDArray[np.intp], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """The synthetic series at some months, with weights and means from others."""
    rows = np.concatenate([fitted_to, at])
    counts = y[rows]
    pre = np.arange(len(rows)) < len(fitted_to)
    level = counts[pre].mean(axis=0)
    panel = Panel(
        names=("",) * y.shape[1],
        values=counts,
        exposure=np.ones_like(counts),
        scaled=counts / level,
        level=level,
        pre=pre,
        window=~pre,
        available=np.ones(len(rows), dtype=np.bool_),
        match="index",
        kind="counts",
    )
    return synthesise(panel, 0, range(1, y.shape[1]), "classic").series[len(fitted_to) :]


def _log(series: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(series, 0.1 * series.mean())))


def _log_ratio(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    return float(np.log((observed.sum() + 0.5) / (expected.sum() + 0.5)))


def _around(centre: float, half: float) -> Interval:
    return float(np.exp(centre - half)), float(np.exp(centre + half))


def _ends(draws: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(draws, _TAILS)
    return float(low), float(high)


METHODS: Final[dict[str, Callable[[Simulated], Interval]]] = {
    "standardised placebo": standardised_placebo,
    "standardised placebo, augmented": augmented,
    "plain placebo": plain_placebo,
    "cross-fitted t": cross_fitted,
    "conformal": conformal,
    "latent, in sample": latent_in_sample,
    "latent, held out": latent_held_out,
    "latent, level and slope": latent_terms,
    "latent, level": latent_level,
}
QUICK: Final = ("standardised placebo", "plain placebo", "cross-fitted t")
