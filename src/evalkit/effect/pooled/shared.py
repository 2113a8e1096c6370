r"""What regions have in common when they are compared with the same regions: errors that go together.

Region r is read relative to the total C_r of its comparison regions. Noise in C_r is part of the region's own latent
process, so each region's interval holds it; but the same noise is in every region that C_r serves, and an average over
regions does not average it away. To first order the error of region r's log effect from it is ``-a_r' z_r``, with z_r
the noise of log C_r and ``a_r = c' (X'V^-1 X)^-1 X'V^-1`` the row of generalised least squares that gives the effect,
V being the region's own working covariance ``sigma^2 rho^|t-s| + 1/mu_t`` at the posterior means. Then ::

    Cov(error_r, error_s) = p_r p_s a_r' Z a_s

where the overlap of the two sets of comparison regions has a share p_r of C_r and p_s of C_s, and Z is the covariance
of the log of its total, from a latent fit to that total. The average with weights w has a variance of
``sum_{r != s} w_r w_s Cov(error_r, error_s)`` beyond what independent errors give.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit.effect.pooled.gather import total_of
from evalkit.errors import CannotEstimate
from evalkit.model import LatentFit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect.pooled.gather import Laid, Region
    from evalkit.model import Latent
    from evalkit.model.latent import LatentPosterior


def shared_variance(
    laid: Laid, rows: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float], model: Latent
) -> float:
    """Variance of the weighted mean log effect that the regions' comparisons have in common; 0 where none do.

    Parameters
    ----------
    laid : Laid
        The regions, their designs and what stands beside each.
    rows : mapping of str to ndarray of shape (n,)
        For each region that counts its :func:`gls_row`, on the periods of its design.
    weights : mapping of str to float
        Adding to 1.
    model : Latent
        What the noise of the comparison regions' total is estimated with.
    """
    names = [name for name in rows if laid.beside.get(name)]
    calendar = _calendar(laid)
    counts = {region.name: region.counts.reindex(calendar).to_numpy(dtype=np.float64) for region in laid.regions}
    beside = {name: frozenset(region.name for region in laid.beside[name]) for name in names}
    placed = {name: _on(calendar, laid.designs[name], rows[name]) for name in names}
    noise: dict[object, tuple[float, float] | None] = {}
    total = 0.0
    for first, second in combinations(names, 2):
        common = beside[first] & beside[second]
        if not common:
            continue
        shorter = min((laid.designs[first], laid.designs[second]), key=lambda design: design.periods[-1])
        key = (common, shorter.launch)
        if key not in noise:
            noise[key] = _noise_of([region for region in laid.regions if region.name in common], shorter, model)
        found = noise[key]
        if found is not None:
            overlap = _sum(counts, common)
            both = (placed[first] != 0) & (placed[second] != 0)
            shares = [overlap[both].sum() / _sum(counts, beside[name])[both].sum() for name in (first, second)]
            z = process_covariance(np.arange(len(calendar)), *found)
            a, b = (np.where(np.isnan(overlap), 0.0, placed[name]) for name in (first, second))
            covariance = a @ z @ b + (a * b) @ (1 / (np.nan_to_num(overlap) + 0.5))
            total += 2 * weights[first] * weights[second] * float(shares[0] * shares[1] * covariance)
    return max(total, 0.0)


def gls_row(
    posterior: LatentPosterior, matrix: NDArray[np.float64], offset: NDArray[np.float64], contrast: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of the log counts in ``contrast' b``, shape (n,), 0 where a period is not used.

    Parameters
    ----------
    posterior : LatentPosterior
        Of the region.
    matrix, offset : ndarray of shape (n, p) and (n,)
        What was fitted.
    contrast : ndarray of shape (p,)
        Which combination of coefficients is the log effect.
    """
    used = posterior.problem[1]
    rho, sigma = _process(posterior)
    mu = np.exp(np.clip(matrix @ posterior.mean + offset, -14.0, 34.0))[used]
    v = process_covariance(np.flatnonzero(used), sigma, rho) + np.diag(1 / mu)
    solved = np.linalg.solve(v, matrix[used])
    row = np.zeros(len(used))
    row[used] = solved @ np.linalg.solve(matrix[used].T @ solved, contrast)
    return row


def process_covariance(place: NDArray[np.intp], sigma: float, rho: float) -> NDArray[np.float64]:
    """``sigma^2 rho^|t - s|`` between periods at the given places."""
    apart = np.abs(place[:, None] - place[None, :])
    return np.asarray(sigma**2 * np.sign(rho) ** apart * np.abs(rho) ** apart)


def _calendar(laid: Laid) -> pd.PeriodIndex:
    indices = [region.counts.index for region in laid.regions]
    first, last = min(index[0] for index in indices), max(index[-1] for index in indices)
    return pd.period_range(first, last, freq=indices[0].freqstr)  # type: ignore[attr-defined]


def _on(calendar: pd.PeriodIndex, design: Design, row: NDArray[np.float64]) -> NDArray[np.float64]:
    placed = np.zeros(len(calendar))
    placed[calendar.get_indexer(design.periods)] = row
    return placed


def _sum(counts: Mapping[str, NDArray[np.float64]], names: frozenset[str]) -> NDArray[np.float64]:
    return np.asarray(np.sum([counts[name] for name in sorted(names)], axis=0))


def _noise_of(regions: Sequence[Region], design: Design, model: Latent) -> tuple[float, float] | None:
    """The sigma and rho of the log total of some regions, from the design of a treated one without its comparison."""
    total = total_of(regions, design.periods)
    own = replace(design, observed=total, offset=np.zeros_like(total), comparison=None)
    try:
        fit = model.fit(own)
    except CannotEstimate:
        return None
    rho, sigma = _process((fit if isinstance(fit, LatentFit) else fit.best).posterior)
    return sigma, rho


def _process(posterior: LatentPosterior) -> tuple[float, float]:
    """Posterior means of rho and sigma."""
    rho, sigma = posterior.weight @ posterior.theta
    return float(rho), float(sigma)
