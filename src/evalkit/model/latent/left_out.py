r"""How probable each count is given everything but itself, in each joint draw: compiled.

With ``u_t = eta_t - offset_t - x_t'b`` and K its covariance given theta, what the other periods say of ``u_t`` in one
draw is normal with precision ``q_t = (K^{-1})_tt`` and mean ``u_t - (K^{-1} u)_t / q_t``. The density of the count is
the Poisson probability averaged over that. At the mode of the product, x from that mean, with mu the expected count
there and ``c = mu + q_t``, it is by the Laplace approximation and the next terms of the same expansion::

    log p = y eta - mu - q_t x^2 / 2  -  log(c / q_t) / 2  -  mu / (8 c^2)  +  5 mu^2 / (24 c^3)

One over the density is the weight that turns draws given all counts into draws given all but this one (Gelfand, Dey
and Chang 1992, Bayesian Statistics 4:147). That the period's own ``u_t`` is averaged over, rather than taken as drawn,
keeps the weights steady: it is the part of a draw that its own count has pinned down (Vehtari, Mononen, Tolvanen,
Sivula and Winther 2016, JMLR 17(103), section 3.6).

With memory alone ``K^{-1}`` is the tridiagonal Q; with noise of variance tau^2 beside it, ``K^{-1} = (1 - A^{-1} /
tau^2) / tau^2``, ``A = Q + 1 / tau^2``.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import compiled, in_place
from evalkit.model.latent.kernel import DOWN, UP, precision, workspace
from evalkit.model.latent.tridiagonal import add_rows, exponential, factorise, solve

STEPS = 3  # of Newton's method, from the drawn u_t, which lies where the density is high


@compiled
def log_density_left_out(problem, theta, b, eta):
    """Log density of each count given the rest of each draw, without the term ``-log y!``; ``eta`` is overwritten.

    Parameters
    ----------
    problem : tuple
        As in :func:`evalkit.model.latent.kernel.find_mode`.
    theta, b, eta : ndarray of shape (S, 3), (S, p), (S, n)
        Joint draws; neighbours with the same theta are done together.

    Returns
    -------
    ndarray of shape (S, n)
        0 where a period has no count.
    """
    y, used, offset, X, _, _, _ = problem
    n, p = X.shape
    out = np.zeros(eta.shape)
    work = workspace(problem)
    u, own, x = np.empty(n), np.empty(n), np.empty(n)
    for s in range(eta.shape[0]):
        tau2 = theta[s, 1] * theta[s, 1] * theta[s, 2]
        if s == 0 or not (theta[s] == theta[s - 1]).all():
            precision(theta[s], p, work)
            own_precision(tau2, own, work)
        for j in range(p):
            work.v[j] = -b[s, j]
        for t in range(n):
            u[t] = eta[s, t] - offset[t]
        add_rows(work.v, work.Xt, p, u)
        times_precision(tau2, u, x, work)
        for t in range(n):  # how far the drawn u_t is from what the others say of it
            x[t] /= own[t]
        averaged_poisson(y, used, eta[s], own, x, out[s], work)
    return out


@in_place
def own_precision(tau2, own, work):
    """Fill the diagonal of ``K^{-1}``, and the factorisation of A where there is noise."""
    n = own.size
    for t in range(n):
        own[t], work.W[t] = work.diagonal[t], 1.0 / tau2 if tau2 > 0.0 else 0.0
    if tau2 > 0.0:
        factorise(work.W, work.diagonal, work.beside, work.pivot, work.inverse, work.ratio)
        r, last = 0.0, 0.0
        for t in range(n - 1, -1, -1):
            last = work.inverse[t] + r * r * last
            own[t], r = (1.0 - last / tau2) / tau2, work.ratio[t]


@in_place
def times_precision(tau2, u, out, work):
    """Fill ``K^{-1} u``."""
    n = u.size
    if tau2 > 0.0:
        for t in range(n):
            out[t] = u[t] / tau2
        solve(work.inverse, work.ratio, out)
        for t in range(n):
            out[t] = (u[t] - out[t]) / tau2
        return
    for t in range(n):
        out[t] = work.diagonal[t] * u[t]
        if t > 0:
            out[t] += work.beside[t] * u[t - 1]
        if t < n - 1:
            out[t] += work.beside[t + 1] * u[t + 1]


@in_place
def averaged_poisson(y, used, eta, own, x, out, work):
    """Fill ``out`` with the log densities, from ``eta`` that lies x beyond its mean; both are overwritten."""
    mu = work.mu
    for step in range(STEPS + 1):
        exponential(eta, mu, work.spare)
        for t in range(y.size):
            moved = (y[t] - mu[t] - own[t] * x[t]) / (mu[t] + own[t])
            moved = min(max(moved, -DOWN), UP) if step < STEPS and used[t] else 0.0
            eta[t] += moved
            x[t] += moved
    for t in range(y.size):
        if used[t]:
            c = mu[t] + own[t]
            slope = y[t] - mu[t] - own[t] * x[t]  # what the last step left
            value = y[t] * eta[t] - mu[t] - 0.5 * own[t] * x[t] * x[t] + 0.5 * slope * slope / c
            value -= 0.5 * math.log(c / own[t]) + 0.125 * mu[t] / (c * c)
            out[t] = value + 5.0 * mu[t] * mu[t] / (24.0 * c * c * c)
