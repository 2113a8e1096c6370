r"""Joint draws of (b, a, e), compiled: Gaussian proposals at the grid points, corrected by importance weights.

At each grid point the proposal is the Gaussian closest to the conditional posterior in Kullback–Leibler divergence: the
Laplace approximation of the model whose mean is ``exp(eta_t + h_t)`` with ``h_t = Var(eta_t) / 2`` (a fixed point,
reached in a few steps from that of the grid point before; Opper and Archambeau 2009, Neural Computation 21:786).  With
centre m, ``W_t = exp(m_t + h_t)`` and ``delta = eta - m`` the exact density over the proposal density is::

    log w = L + sum_t [ W_t (1 + delta_t + delta_t^2 / 2) - exp(m_t + delta_t) - y_t h_t ]

where L is the Laplace log marginal likelihood of that model; the prior of (b, a, e) cancels.  With h = 0 this is the
error of the quadratic expansion of the Poisson log-likelihood and nothing else.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import compiled
from evalkit.model.latent.corrections import moments
from evalkit.model.latent.kernel import TAU2, find_mode, restart, workspace
from evalkit.model.latent.tridiagonal import add_rows, exponential

TIGHT = 1e-4  # the mode is then known, and mu with it, to about 1e-6: less than that moves no weight by a thousandth
VARIATIONAL_STEPS = 3
CLOSE = 0.02  # of h, in log units


@compiled
def propose(problem, theta, log_weight, counts, normals):
    """Draws from the proposals, node by node.

    Parameters
    ----------
    problem : tuple
        As in :func:`evalkit.model.latent.kernel.find_mode`.
    theta, log_weight : ndarray of shape (g, 3) and (g,)
        Grid points; their log share in the proposal, and what the exact joint density adds to L (prior, cell width).
    counts : ndarray of int, shape (g,)
        How many draws each grid point gives.
    normals : ndarray of shape (S, p + n) or (S, p + 2 n)
        Standard normal numbers for b, a and (needed where a grid point has w > 0) e; S = counts.sum().

    Returns
    -------
    b, eta, log_w, node : ndarray of shape (S, p), (S, n), (S,), (S,)
    """
    y, used, offset, X, prior_mean, prior_precision, starts = problem
    n, p = X.shape
    size = normals.shape[0]
    bs, etas, log_w, node = np.empty((size, p)), np.empty((size, n)), np.empty(size), np.empty(size, np.int64)
    work = workspace(problem)
    eta, u, b = np.empty(n), np.empty(n), np.empty(p)
    mu, keep, pivot, ratio, D, L, V = work.mu, work.k, work.pivot, work.ratio, work.D, work.M, work.V
    nothing = np.empty(0)
    no_contrasts = np.empty((0, p))
    h = np.zeros(n)
    shifted = offset.copy()
    m, root, spread, drawn = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    db, delta, expected = work.v, work.c, work.x
    done = 0
    restart(problem, eta)
    for g in range(theta.shape[0]):
        if counts[g] == 0:
            continue
        model = (y, used, shifted, X, prior_mean, prior_precision, starts)
        laplace, _ = find_mode(model, theta[g], 1e-2, eta, u, b, work)
        for _ in range(VARIATIONAL_STEPS):
            moments(no_contrasts, 1, nothing, nothing, nothing, nothing, work)
            moved = 0.0
            for t in range(n):
                new = 0.5 * min(V[t], 4.0)
                moved = max(moved, abs(new - h[t]))
                eta[t] += new - h[t]
                h[t] = new
                shifted[t] = offset[t] + new
            if moved < CLOSE:  # near enough for a proposal; the mode is found below
                break
            laplace, _ = find_mode(model, theta[g], 1e-2, eta, u, b, work)
        for _ in range(2):  # the second begins at the mode, so that mu and the factorisations are of the mode itself
            laplace, _ = find_mode(model, theta[g], TIGHT, eta, u, b, work)
        tau2 = work.numbers[TAU2]
        for t in range(n):
            m[t] = eta[t] - h[t]
            root[t] = 1.0 / math.sqrt(pivot[t])
            spread[t] = math.sqrt(tau2 * keep[t])
        of_h = 0.0
        for t in range(n):
            of_h += y[t] * h[t] if used[t] else 0.0
        for _ in range(counts[g]):
            for j in range(p):
                db[j] = normals[done, j]
            for j in range(p - 1, -1, -1):  # b = centre + L^{-T} z
                db[j] *= work.root[j]
                for k in range(j):
                    db[k] -= L[j, k] * db[j]
            r, last = 0.0, 0.0
            for t in range(n - 1, -1, -1):  # eta - m = k (D (b - centre) + a draw with precision A) + rest of e
                last = normals[done, p + t] * root[t] - r * last
                delta[t], r = last, ratio[t]
            add_rows(db, D, p, delta)
            if tau2 > 0.0:
                for t in range(n):
                    delta[t] = keep[t] * delta[t] + spread[t] * normals[done, p + n + t]
            for t in range(n):
                drawn[t] = m[t] + delta[t]
            exponential(drawn, expected, work.spare)
            total = 0.0
            for t in range(n):  # mu is 0 where masked
                total += mu[t] * (1.0 + delta[t] + 0.5 * delta[t] * delta[t]) - (expected[t] if used[t] else 0.0)
            for t in range(n):
                etas[done, t] = drawn[t]
            for j in range(p):
                bs[done, j] = b[j] + db[j]
            log_w[done] = laplace + log_weight[g] - of_h + total
            node[done] = g
            done += 1
    return bs, etas, log_w, node


@compiled
def systematic(weights, size, start):
    """Systematic resampling: how often each of the weights is taken, ``size`` in all; 0 <= start < 1."""
    counts = np.zeros(weights.size, np.int64)
    total = 0.0
    for i in range(weights.size):
        total += weights[i]
    step = total / size
    position = start * step
    cumulative = 0.0
    taken = 0
    for i in range(weights.size):
        cumulative += weights[i]
        while position < cumulative and taken < size:
            counts[i] += 1
            taken += 1
            position += step
    i = weights.size - 1
    while taken < size:  # rounding at the end
        counts[i] += 1
        taken += 1
    return counts
