r"""What regions have in common when they are compared with each other: errors that go together.

Region r is read relative to the total C_r of its comparison regions. Noise in C_r is part of the region's own latent
process, so each region's interval holds it; but the same noise is in every region that C_r serves, and an average over
regions does not average it away. A region that serves before its own launch is in both places, with opposite signs.

To first order the error of region r's log effect is linear in the noise e_j of the log counts of all regions::

    error_r = a_r' e_r - sum_{j beside r} a_r' (p_rj * e_j),   p_rj = y_j / C_r by period

with ``a_r = c' (X'V^-1 X)^-1 X'V^-1`` the row of generalised least squares that gives the effect c'b, V being the
region's working covariance ``E[sigma^2 rho^|t-s|] + 1/mu_t`` over its posterior. With Z_j the same covariance from a
latent fit to region j by itself, ``S_rs = sum_j l_rj' Z_j l_sj``, l_rj being region j's row in error_r. The posterior
of a standard deviation in a short series reaches far up, so S is too large as a whole; its correlations are not. They
are taken with the standard deviations v_r^(1/2) of the regions' own posteriors: the average with weights w has a
variance of ::

    sum_{r != s} w_r w_s v_r^(1/2) v_s^(1/2) S_rs / (S_rr S_ss)^(1/2)

beyond what independent errors give.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit.design import build_design
from evalkit.effect.pooled.gather import total_of
from evalkit.errors import CannotEstimate, DesignError
from evalkit.model.latent import LatentModel, fit_latent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect.pooled.gather import Laid, Region
    from evalkit.model import Latent
    from evalkit.model.latent import LatentPosterior


def shared_variance(
    laid: Laid, rows: Mapping[str, NDArray[np.float64]], sizes: Mapping[str, float], model: Latent
) -> float:
    """Variance of the weighted mean log effect beyond that of independent errors; 0 where it is not positive.

    Parameters
    ----------
    laid : Laid
        The regions, their designs and what stands beside each.
    rows : mapping of str to ndarray of shape (n,)
        For each region that counts its :func:`gls_row`, on the periods of its design.
    sizes : mapping of str to float
        For each of them its weight times the standard deviation of its log effect.
    model : Latent
        What the noise of single regions is estimated with.
    """
    names, calendar = list(rows), _calendar(laid)
    loads = {region.name: np.zeros((len(names), len(calendar))) for region in laid.regions}
    for place, name in enumerate(names):
        own = _on(calendar, laid.designs[name], rows[name])
        loads[name][place] += own
        beside = laid.beside.get(name, ())
        total = total_of(beside, calendar) if beside else np.ones(len(calendar))
        for other in beside:
            share = other.counts.reindex(calendar).to_numpy(dtype=np.float64) / np.where(total > 0, total, np.nan)
            loads[other.name][place] -= own * np.nan_to_num(share)
    s = np.zeros((len(names), len(names)))
    for region in laid.regions:
        load = loads[region.name]
        if load.any():
            s += load @ _noise_of(region, laid, calendar, model) @ load.T
    sd = np.sqrt(np.diag(s))
    size = np.array([sizes[name] for name in names])
    correlation = s / np.outer(sd, sd)
    np.fill_diagonal(correlation, 0.0)  # exactly: rounding must not become an error in common
    return max(float(size @ correlation @ size), 0.0)


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
    mu = _expected(posterior, matrix, offset)[used]
    v = covariance(np.flatnonzero(used), posterior) + np.diag(1 / mu)
    solved = np.linalg.solve(v, matrix[used])
    row = np.zeros(len(used))
    row[used] = solved @ np.linalg.solve(matrix[used].T @ solved, contrast)
    return row


def covariance(place: NDArray[np.intp], posterior: LatentPosterior) -> NDArray[np.float64]:
    """``sigma^2 rho^|t - s|`` between periods at the given places, averaged over the posterior of rho and sigma."""
    rho, sigma, white = posterior.theta.T
    apart = np.abs(place[:, None] - place[None, :])
    lags = np.arange(int(apart.max(initial=0)) + 1)
    kept = np.where(lags == 0, 1.0, 1.0 - white[:, None])  # a memoryless share is in the variance only
    by_lag = (posterior.weight * sigma**2) @ (kept * np.sign(rho)[:, None] ** lags * np.abs(rho)[:, None] ** lags)
    return np.asarray(by_lag[apart])


def _noise_of(region: Region, laid: Laid, calendar: pd.PeriodIndex, model: Latent) -> NDArray[np.float64]:
    """Covariance of the log counts of one region about its own trend, season and campaign, on the calendar."""
    counts = region.counts.reindex(calendar).to_numpy(dtype=np.float64)
    try:
        design = _by_itself(region, laid)
        posterior = fit_latent(
            design.observed,
            design.with_campaign,
            offset=design.offset,
            used=design.used,
            model=LatentModel(prior=model.prior, grid=model.grid),
        )
    except (CannotEstimate, DesignError):  # too little to tell noise from trend: counted as noise in full
        logs = np.log(counts + 0.5)
        return np.eye(len(calendar)) * float(np.nanvar(logs))
    expected = np.maximum(np.where(np.isnan(counts), np.nanmean(counts), counts), 0.5)
    expected[calendar.get_indexer(design.periods)] = _expected(posterior, design.with_campaign, design.offset)
    return covariance(np.arange(len(calendar)), posterior) + np.diag(1 / expected)


def _by_itself(region: Region, laid: Laid) -> Design:
    """The design of a region with its own exposure only; without a campaign where none falls into its data."""
    like = laid.designs.get(region.name)
    if like is not None:
        return build_design(region.counts, like.launch, like.spec, exposure=region.exposure)
    before = region.counts if region.launch is None else region.counts.loc[: region.launch - 1]
    if not len(before):
        raise DesignError(f"{region.name!r} has no data before its launch.")
    spec = next(iter(laid.designs.values())).spec
    plain = replace(spec, end=None, slope=False, events=(), transition=0)
    design = build_design(before, before.index[len(before) // 2], plain, exposure=region.exposure)
    keep = [j for j, name in enumerate(design.columns) if name not in design.campaign_terms]
    return replace(design, columns=tuple(design.columns[j] for j in keep), with_campaign=design.with_campaign[:, keep])


def _calendar(laid: Laid) -> pd.PeriodIndex:
    indices = [region.counts.index for region in laid.regions]
    first, last = min(index[0] for index in indices), max(index[-1] for index in indices)
    return pd.period_range(first, last, freq=indices[0].freqstr)  # type: ignore[attr-defined]


def _on(calendar: pd.PeriodIndex, design: Design, row: NDArray[np.float64]) -> NDArray[np.float64]:
    placed = np.zeros(len(calendar))
    placed[calendar.get_indexer(design.periods)] = row
    return placed


def _expected(
    posterior: LatentPosterior, matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.exp(np.clip(matrix @ posterior.mean + offset, -14.0, 34.0)))
