r"""The numbers layer of the latent model: arrays in, arrays out, compiled.

The model of one series (:math:`t = 0 … n-1`; a masked period has no count but keeps its place in time)::

    y_t | b, u  ~  Poisson( exp(eta_t) ),   eta_t = offset_t + x_t'b + u_t,   u_t = a_t + e_t
    a           ~  stationary Gaussian AR(1):  var(a_t) = sigma^2 (1 - w),  cor(a_t, a_{t-1}) = rho,
                   begun anew, independent of what lies before, wherever starts_t (several series end to end)
    e_t         ~  Normal(0, tau^2),  tau^2 = sigma^2 w:  the part of the variation that has no memory
    b_j         ~  Normal(m_j, 1 / s_j);  s_j = 0 means a flat prior

Given theta = (rho, sigma, w) the precision of ``a`` is the tridiagonal matrix ``Q``.  With ``mu_t = exp(eta_t)`` (0
where masked) and ``k_t = 1 / (1 + tau^2 mu_t)``, e is integrated out of the quadratic expansion in closed form: what is
left for (a, b) has the weights ``W = diag(mu k)`` and the Hessian ``[[A, WX], [X'W, X'WX + S]]``, ``A = W + Q``; and
``e_t | a, b ~ Normal(tau^2 W_t (z_t - x_t'b - a_t), tau^2 k_t)``, z the working observation.  With w = 0 all k are 1.
Everything below is one LDL' factorisation of ``A`` and sweeps along time, O(n p) for a Newton step:

========  ====================================================================================================
``D``     ``A^{-1} Q X`` (n, p).  It equals ``X - A^{-1} W X``, but is formed without subtracting nearly equal
          numbers, so it stays accurate for counts of 10^9.  ``Cov(eta_t, b) = k_t d_t'C``.
``M``     ``X' W D + S``, the precision of b with a and e integrated out (``X'V^{-1}X`` in GLS terms)
``C``     ``M^{-1} = (L L')^{-1}``
``G``     ``A^{-1}``, of which only the diagonal and the ratio of neighbours are ever needed
``V_ts``  ``Cov(eta_t, eta_s) = k_t k_s (G_ts + d_t' C d_s)``, and on the diagonal ``tau^2 k_t`` more
========  ====================================================================================================
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evalkit.model.latent.compiled import compiled, in_place, inlined
from evalkit.model.latent.tridiagonal import (
    add_rows,
    cholesky,
    exponential,
    exponential_series,
    factorise,
    products,
    solve,
    solve_cholesky,
    solve_rows,
    sum_of_logs,
    whole_blocks,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

MAX_ITERATIONS = 60
UP, DOWN = 2.0, 4.0  # largest move of one eta in one Newton step: keeps exp(eta) finite from any start
KEEP = 0.25  # after a step that moves no eta further than this, the next one uses the same Hessian
TAU2 = 2  # place of tau^2 in the numbers of a workspace


class Workspace(NamedTuple):
    """What is fixed for one series, and arrays to fill; n periods, p columns, P the next multiple of four above p."""

    Xt: Vector
    """X', shape (P, n)."""
    neighbours: Vector
    """Sum of the neighbours of each entry of X' within its chain, shape (P, n)."""
    linked: Vector
    """1 where a period follows on the one before, 0 where a chain starts; shape (n,)."""
    inner: Vector
    """Number of neighbours less one, shape (n,)."""
    numbers: Vector
    """Sum of log y!, number of chains, tau^2."""
    diagonal: Vector
    beside: Vector
    """Q: its diagonal, and what lies left of it."""
    mu: Vector
    W: Vector
    k: Vector
    g: Vector
    """Right-hand side W z, then what is left of the data at the mode: e_t = tau^2 (g_t - W_t q_t)."""
    q: Vector
    """x_t'b + a_t."""
    step: Vector
    """How far the last step took eta from where mu, W, k and all that follows from them were computed."""
    pivot: Vector
    inverse: Vector
    ratio: Vector
    """The factorisation of A."""
    QX: Vector
    D: Vector
    """Q X and A^{-1} Q X as rows, shape (P, n)."""
    M: Vector
    """Lower triangle, then its Cholesky factor, shape (P, P)."""
    root: Vector
    """One over the diagonal of the factor, shape (P,)."""
    v: Vector
    """Shape (P,)."""
    spare: Vector
    """Shape (n,), as all that has no shape here."""
    other: Vector
    sums: Vector
    """Shape (P,): a series may have fewer periods than that."""
    # filled by the corrections
    V: Vector
    """diag V, shape (n,)."""
    E: Vector
    """Rows of L^{-1} D', shape (P, n)."""
    G: Vector
    c: Vector
    h: Vector
    x: Vector
    B: Vector
    """Quadratic form of the second-order variances in the coordinates e, shape (p, p)."""
    T: Vector
    pairs: Vector
    solved_pairs: Vector
    twice_solved: Vector


@compiled
def workspace(problem):
    """The workspace of one series, ``problem`` as in :func:`find_mode`."""
    y, used, _, X, _, _, starts = problem
    n, p = X.shape
    P, pairs = whole_blocks(p), whole_blocks(p * (p + 1) // 2)
    Xt, neighbours = np.zeros((P, n)), np.zeros((P, n))
    linked, inner, numbers = np.zeros(n), np.empty(n), np.zeros(3)
    for t in range(n):
        linked[t] = 0.0 if starts[t] else 1.0
        numbers[0] += math.lgamma(y[t] + 1.0) if used[t] else 0.0
        numbers[1] += starts[t]
        for j in range(p):
            Xt[j, t] = X[t, j]
    for t in range(n):
        after = linked[t + 1] if t < n - 1 else 0.0
        inner[t] = linked[t] + after - 1.0
        for j in range(p):
            neighbours[j, t] = (X[t - 1, j] if linked[t] else 0.0) + (X[t + 1, j] if after else 0.0)
    return Workspace(
        Xt, neighbours, linked, inner, numbers, np.empty(n), np.empty(n),
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
        np.empty(n), np.empty(n), np.empty(n), np.zeros((P, n)), np.zeros((P, n)), np.zeros((P, P)),
        np.ones(P), np.zeros(P), np.empty(n), np.empty(n), np.empty(P),
        np.empty(n), np.zeros((P, n)), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
        np.empty((p, p)), np.zeros((P, p * p)), np.zeros((pairs, n)), np.empty((pairs, n)), np.empty((P, n)),
    )  # fmt: skip


@inlined
def precision(theta, p, work):
    """Fill Q, the precision of stationary AR(1) chains with marginal variance sigma^2 (1 - w), and Q X.

    ``beside[t]`` is Q_{t,t-1}: 0 where a chain starts.  An inner period has two neighbours, the ends of a chain one.
    """
    rho, variance = theta[0], theta[1] * theta[1] * (1.0 - theta[2])
    scale = 1.0 / (variance * (1.0 - rho * rho))
    diagonal, beside, linked, inner = work.diagonal, work.beside, work.linked, work.inner
    for t in range(diagonal.size):
        diagonal[t] = scale * (1.0 + inner[t] * rho * rho)
        beside[t] = -scale * rho * linked[t]
    QX, Xt, neighbours = work.QX, work.Xt, work.neighbours
    for j in range(p):
        for t in range(diagonal.size):
            QX[j, t] = diagonal[t] * Xt[j, t] - scale * rho * neighbours[j, t]


@in_place
def find_mode(problem, theta, tolerance, eta, u, b, work):
    """Newton's method for the joint mode of (b, a, e) at one theta = (rho, sigma, w).

    ``problem`` is y, used, offset, X, prior mean, prior precision, starts (the first of them True).  ``eta`` is where
    Newton starts and is overwritten by the mode, as are ``u`` (of which only a stays) and ``b``; ``work`` is left with
    mu, the factorisation of A, D and the Cholesky factor of M as they were ``work.step`` before the mode.

    A step with a new Hessian is followed by one with the same Hessian (:func:`again`): a quarter of the work, and
    together they leave the third power of the distance.  Newton stops when the latter moves no eta by more than
    ``tolerance``; what is left is then a small part of that.

    Returns the Laplace log marginal likelihood and the number of Hessians, negative where it did not converge::

        log p(y|eta) + log N(b; m, 1/S) - a'Qa/2 - e'e/(2 tau^2)
        + (log|Q| - log|A| - log|M| + sum_t log k_t)/2 + (p/2) log(2 pi)
    """
    n, p = eta.size, b.size
    offset, used, prior_mean, prior_precision = problem[2], problem[1], problem[4], problem[5]
    g, q, W, step, v = work.g, work.q, work.W, work.step, work.v
    tau2 = work.numbers[TAU2] = theta[1] * theta[1] * theta[2]
    precision(theta, p, work)
    for iteration in range(1, MAX_ITERATIONS + 1):
        expand(problem, eta, work)
        if not gather(prior_precision, work):
            return -np.inf, -iteration
        for j in range(p):
            v[j] = prior_precision[j] * prior_mean[j]
        answer(g, v, q, p, work)
        for j in range(p):
            b[j] = v[j]
        largest, finite = 0.0, 0.0
        for t in range(n):
            moved = offset[t] + q[t] + tau2 * (g[t] - W[t] * q[t]) - eta[t]
            finite += moved * moved
            moved = min(max(moved, -DOWN), UP) if used[t] else moved
            largest = max(largest, abs(moved) if used[t] else 0.0)
            step[t] = moved
            eta[t] += moved
        if not finite < np.inf:
            return -np.inf, -iteration
        if largest < KEEP and again(used, eta, b, work) < tolerance:
            return laplace(problem, theta, u, b, eta, work), iteration
    return -np.inf, -MAX_ITERATIONS


@inlined
def expand(problem, eta, work):
    """The quadratic expansion at eta: mu, k, W and the right-hand side ``g = W z = (mu (eta - offset) + y - mu) k``."""
    y, used, offset = problem[0], problem[1], problem[2]
    mu, k, W, g, tau2 = work.mu, work.k, work.W, work.g, work.numbers[TAU2]
    exponential(eta, mu, work.spare)
    for t in range(eta.size):
        m = mu[t] if used[t] else 0.0
        mu[t] = m
        k[t] = 1.0 / (1.0 + tau2 * m)
        W[t] = m * k[t]
        g[t] = W[t] * (eta[t] - offset[t]) + (y[t] - m) * k[t]


@inlined
def gather(prior_precision, work):
    """Factorise A, fill D and the Cholesky factor of ``M = X'WD + S``.  False where M is not positive definite."""
    W, weighted, Xt, M = work.W, work.spare, work.Xt, work.M
    p = prior_precision.size
    factorise(W, work.diagonal, work.beside, work.pivot, work.inverse, work.ratio)
    solve_rows(work.inverse, work.ratio, work.QX, work.D)
    for j in range(p):
        for t in range(W.size):
            weighted[t] = W[t] * Xt[j, t]
        products(weighted, work.D, j + 1, M[j])
        M[j, j] += prior_precision[j]
    return cholesky(M, p, work.root)


@inlined
def answer(g, v, q, p, work):
    """The minimum of the quadratic expansion: ``v`` (of the prior) becomes ``b = M^{-1} (D'g + v)``, q the fit.

    ``q = X b + a = A^{-1} (g + Q X b)``, since ``a = A^{-1} (g - W X b)``.
    """
    sums = work.sums
    products(g, work.D, p, sums)
    for j in range(p):
        v[j] += sums[j]
    solve_cholesky(work.M, work.root, v, p)
    for t in range(g.size):
        q[t] = g[t]
    add_rows(v, work.QX, p, q)
    solve(work.inverse, work.ratio, q)


@inlined
def again(used, eta, b, work):
    """A step with the Hessian of the step before; returns the largest move of an eta.

    What the quadratic expansion left out of the slope at the new eta is ``-mu (exp(d) - 1 - d)``, d the step before, in
    the equations of a, of e and (times X) of b alike; at the minimum of the expansion all else is 0.
    """
    mu, k, W, g, q, step, tau2 = work.mu, work.k, work.W, work.g, work.q, work.step, work.numbers[TAU2]
    rest, fit, v = work.x, work.c, work.v
    for t in range(eta.size):
        d = step[t]
        rest[t] = -k[t] * mu[t] * (exponential_series(d) - 1.0 - d)
    for j in range(v.size):
        v[j] = 0.0
    answer(rest, v, fit, b.size, work)
    for j in range(b.size):
        b[j] += v[j]
    largest = 0.0
    for t in range(eta.size):
        moved = fit[t] + tau2 * (rest[t] - W[t] * fit[t])
        largest = max(largest, abs(moved) if used[t] else 0.0)
        step[t] += moved
        eta[t] += moved
        g[t] += rest[t]
        q[t] += fit[t]
    return largest


@inlined
def laplace(problem, theta, u, b, eta, work):
    """Laplace log marginal likelihood at the mode just found (fills ``u``); the terms are in :func:`find_mode`."""
    y, used, prior_mean, prior_precision = problem[0], problem[1], problem[4], problem[5]
    mu, step, g, W, q, linked, less = work.mu, work.step, work.g, work.W, work.q, work.linked, work.v
    n, p = eta.size, b.size
    tau2 = work.numbers[TAU2]
    rho, variance = theta[0], theta[1] * theta[1] * (1.0 - theta[2])
    value = -work.numbers[0]
    for t in range(n):
        value += y[t] * eta[t] - mu[t] * exponential_series(step[t]) if used[t] else 0.0
        u[t] = q[t]
    for j in range(p):
        less[j] = -b[j]
    add_rows(less, work.Xt, p, u)
    if tau2 > 0.0:
        for t in range(n):
            e = g[t] - W[t] * q[t]  # e_t / tau^2
            value -= 0.5 * tau2 * e * e
        value += 0.5 * sum_of_logs(work.k)
    innovations = (1.0 - rho * rho) * u[0] * u[0]
    for t in range(n - 1):
        innovation = u[t + 1] - rho * linked[t + 1] * u[t]
        innovations += innovation * innovation * (1.0 - rho * rho * (1.0 - linked[t + 1]))
    value -= 0.5 * innovations / (variance * (1.0 - rho * rho))
    value -= 0.5 * n * math.log(variance) + 0.5 * (n - work.numbers[1]) * math.log(1.0 - rho * rho)
    value -= 0.5 * sum_of_logs(work.pivot)
    value += 0.5 * p * math.log(2.0 * math.pi) + sum_of_logs(work.root)
    for j in range(p):
        if prior_precision[j] > 0.0:
            value += 0.5 * math.log(prior_precision[j] / (2.0 * math.pi))
            value -= 0.5 * prior_precision[j] * (b[j] - prior_mean[j]) ** 2
    return value


@compiled
def restart(problem, eta):
    """Put eta at the data: where Newton starts from when there is no neighbour to start from."""
    y, used, offset = problem[0], problem[1], problem[2]
    for t in range(y.size):
        eta[t] = math.log(y[t] + 0.5) if used[t] else offset[t]
