r"""The numbers layer of the latent model: arrays in, arrays out, compiled.

The model of one series (:math:`t = 0 … n-1`; a masked period has no count but keeps its place in time)::

    y_t | b, u  ~  Poisson( exp(eta_t) ),   eta_t = offset_t + x_t'b + u_t
    u           ~  stationary Gaussian AR(1):  sd(u_t) = sigma,  cor(u_t, u_{t-1}) = rho
    b_j         ~  Normal(m_j, 1 / s_j);  s_j = 0 means a flat prior

Given (rho, sigma) the precision of ``u`` is the tridiagonal matrix ``Q``; with ``W = diag(mu)``, ``mu_t =
exp(eta_t)`` (0 where masked) the Hessian of the negative log posterior in (u, b) is ``[[A, WX], [X'W, X'WX + S]]``,
``A = W + Q``. Everything below is one LDL' factorisation of ``A`` and sweeps along time, O(n p) for a Newton step:

========  ====================================================================================================
``D``     ``A^{-1} Q X`` (n, p).  It equals ``X - A^{-1} W X``, but is formed without subtracting nearly equal
          numbers, so it stays accurate for counts of 10^9.  ``Cov(eta, b) = D C``.
``M``     ``X' W D + S``, the precision of b with u integrated out (``X'V^{-1}X`` in GLS terms)
``C``     ``M^{-1}``
``G``     ``A^{-1}``, of which only the diagonal and the ratio of neighbours are ever needed
``V_t``   ``Var(eta_t) = G_tt + d_t' C d_t``
========  ====================================================================================================

Corrections beyond the Laplace approximation use the derivatives of the Poisson log-likelihood on the scale of eta,
all of which beyond the first are ``-mu_t``.  With ``c_t = Cov(a'b, eta_t)`` for a linear combination ``a``:

* mean minus mode: ``1/2 sum_t (-mu_t) c_t V_t``
* third cumulant: ``sum_t (-mu_t) c_t^3``

(Tierney, Kass and Kadane 1989, JASA 84:710; Rue, Martino and Chopin 2009, JRSS B 71:319, section 3.2.3.)
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np
from numba import njit

_compiled = njit(nogil=True, cache=True, error_model="numpy")

TOLERANCE = 1e-3
"""Newton stops when no eta moves by more than this.  The mode is then good to its square; the determinant, taken one
step earlier, is carried forward to first order in :func:`moments`."""
MAX_ITERATIONS = 60
CLIMB_TOLERANCE = 1e-2
NEGLIGIBLE = 0.03  # where the second-order correction at the top of the grid is smaller, first order does for the rest
LARGEST_CORRECTION = 0.1
"""Largest correction of the log marginal likelihood for each used period.  Series with a mean of 1 reach 0.04; beyond
0.1 the expansion no longer describes the posterior, so the correction is held there and the caller told."""
UNSEEN, DROPPED = -2, -1
UP, DOWN = 2.0, 4.0  # largest move of one eta in one Newton step: keeps exp(eta) finite from any start


@_compiled
def ar1_precision(n, rho, sigma):
    """Entries of Q for a stationary AR(1) with marginal sd sigma: at the two ends, inside, beside the diagonal."""
    if n == 1:
        return 1.0 / (sigma * sigma), 0.0, 0.0
    scale = 1.0 / (sigma * sigma * (1.0 - rho * rho))
    return scale, scale * (1.0 + rho * rho), -scale * rho


@_compiled
def cholesky_in_place(M):
    """Lower triangle of a symmetric positive definite matrix -> its Cholesky factor.  False where it is not."""
    p = M.shape[0]
    for j in range(p):
        d = M[j, j]
        for k in range(j):
            d -= M[j, k] * M[j, k]
        if not d > 0.0:
            return False
        d = math.sqrt(d)
        M[j, j] = d
        for i in range(j + 1, p):
            a = M[i, j]
            for k in range(j):
                a -= M[i, k] * M[j, k]
            M[i, j] = a / d
    return True


@_compiled
def solve_cholesky(L, b):
    """Overwrite b with the solution x of L L' x = b."""
    p = L.shape[0]
    for j in range(p):
        a = b[j]
        for k in range(j):
            a -= L[j, k] * b[k]
        b[j] = a / L[j, j]
    for j in range(p - 1, -1, -1):
        a = b[j]
        for k in range(j + 1, p):
            a -= L[k, j] * b[k]
        b[j] = a / L[j, j]


@_compiled
def invert_cholesky(L, C):
    """C = (L L')^{-1}, full and symmetric."""
    p = L.shape[0]
    for j in range(p):
        for i in range(p):
            C[i, j] = 0.0
        C[j, j] = 1.0 / L[j, j]
        for i in range(j + 1, p):
            a = 0.0
            for k in range(j, i):
                a -= L[i, k] * C[k, j]
            C[i, j] = a / L[i, i]
    for j in range(p):  # C holds L^{-1} (lower); form L^{-T} L^{-1} row by row
        for i in range(j, p):
            a = 0.0
            for k in range(i, p):
                a += C[k, i] * C[k, j]
            C[j, i] = a
    for j in range(p):
        for i in range(j):
            C[j, i] = C[i, j]


@_compiled
def find_mode(problem, rho, sigma, tolerance, eta, u, b, work):
    """Newton's method for the joint mode of (b, u) at one (rho, sigma).

    ``problem`` is y, used, offset, X, prior mean and prior precision.  ``eta`` is the start and is overwritten by the
    mode, as are ``u`` and ``b``; ``work`` (see :func:`workspace`) is left with mu, the factorisation of A, D and the
    Cholesky factor of M at the mode.

    Returns the Laplace log marginal likelihood and the number of iterations, negative where it did not converge::

        log p(y|eta) + log N(b; m, 1/S) - u'Qu/2 + (log|Q| - log|A| - log|M|)/2 + (p/2) log(2 pi)
    """
    y, used, offset, X, prior_mean, prior_precision = problem
    mu, g, pivot, ratio, s, D, M, v = work[:8]
    n, p = X.shape
    q_end, q_mid, q_off = ar1_precision(n, rho, sigma)
    iterations = -MAX_ITERATIONS
    for iteration in range(1, MAX_ITERATIONS + 1):
        # forward: factorise A, solve L(s, D) = (g, QX), where g is the working right-hand side W(eta - offset) + y - mu
        for t in range(n):
            q = q_end if t == 0 or t == n - 1 else q_mid
            if used[t]:
                m = math.exp(eta[t])
                g[t] = m * (eta[t] - offset[t]) + y[t] - m
            else:
                m = 0.0
                g[t] = 0.0
            mu[t] = m
            if t == 0:
                pivot[0] = m + q
                ratio[0] = 0.0
                s[0] = g[0]
                for j in range(p):
                    D[0, j] = q * X[0, j]
            else:
                r = q_off / pivot[t - 1]
                ratio[t] = r
                pivot[t] = m + q - r * q_off
                s[t] = g[t] - r * s[t - 1]
                for j in range(p):
                    D[t, j] = q * X[t, j] + q_off * X[t - 1, j] - r * D[t - 1, j]
            if t < n - 1:
                for j in range(p):
                    D[t, j] += q_off * X[t + 1, j]
        # backward: finish the solves, gather M = X'WD + S and v = X'V^{-1}z + Sm
        for j in range(p):
            v[j] = prior_precision[j] * prior_mean[j]
            for k in range(j + 1):
                M[j, k] = 0.0
            M[j, j] = prior_precision[j]
        for t in range(n - 1, -1, -1):
            inverse = 1.0 / pivot[t]
            if t == n - 1:
                s[t] *= inverse
                for j in range(p):
                    D[t, j] *= inverse
            else:
                r = ratio[t + 1]
                s[t] = s[t] * inverse - r * s[t + 1]
                for j in range(p):
                    D[t, j] = D[t, j] * inverse - r * D[t + 1, j]
            if used[t]:
                rest = g[t] - mu[t] * s[t]
                for j in range(p):
                    v[j] += X[t, j] * rest
                    wx = mu[t] * X[t, j]
                    for k in range(j + 1):
                        M[j, k] += wx * D[t, k]
        if not cholesky_in_place(M):
            return -np.inf, -iteration
        for j in range(p):
            b[j] = v[j]
        solve_cholesky(M, b)
        largest = 0.0
        for t in range(n):
            new = offset[t] + s[t]
            for j in range(p):
                new += D[t, j] * b[j]
            step = min(max(new - eta[t], -DOWN), UP)
            eta[t] += step
            g[t] = step
            if used[t]:
                largest = max(largest, abs(step))
        if not largest < np.inf:
            return -np.inf, -iteration
        if largest < tolerance:
            iterations = iteration
            break
    return laplace(problem, rho, sigma, eta, u, b, work), iterations


@_compiled
def laplace(problem, rho, sigma, eta, u, b, work):
    """Laplace log marginal likelihood at the mode just found (fills ``u``); the terms are in :func:`find_mode`."""
    y, used, offset, X, prior_mean, prior_precision = problem
    pivot, M = work[2], work[6]
    n, p = X.shape
    value = 0.0
    for t in range(n):
        u[t] = eta[t] - offset[t]
        for j in range(p):
            u[t] -= X[t, j] * b[j]
        if used[t]:
            value += y[t] * eta[t] - math.exp(eta[t]) - math.lgamma(y[t] + 1.0)
        value -= 0.5 * math.log(pivot[t])
    innovations = u[0] * u[0] * (1.0 - rho * rho)
    for t in range(1, n):
        innovations += (u[t] - rho * u[t - 1]) ** 2
    value -= 0.5 * innovations / (sigma * sigma * (1.0 - rho * rho))
    value -= n * math.log(sigma) + 0.5 * (n - 1) * math.log(1.0 - rho * rho)
    for j in range(p):
        value += 0.5 * math.log(2.0 * math.pi) - math.log(M[j, j])
        if prior_precision[j] > 0.0:
            value += 0.5 * math.log(prior_precision[j] / (2.0 * math.pi))
            value -= 0.5 * prior_precision[j] * (b[j] - prior_mean[j]) ** 2
    return value


@_compiled
def workspace(n, p):
    """Arrays that the functions of this module fill: mu, g, pivot, ratio, s, D, M, v, then those of the corrections."""
    return (
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
        np.empty((n, p)), np.empty((p, p)), np.empty(p),
        np.empty(n), np.empty(n), np.empty(n), np.empty((n, p)),
        np.empty((p, p)), np.empty((p, p)), np.empty((p, p, p)), np.empty(p),
    )  # fmt: skip


@_compiled
def moments(used, contrasts, order, mean, variance, third, extra, work):
    """Mean shift, variance and third cumulant of each linear combination ``contrasts @ b`` at the mode just found.

    ``order`` 1 adds the first-order corrections of the module's docstring.  ``order`` 2 adds the next terms of the same
    expansion: to the variance, and (returned) to the log marginal likelihood.  With ``f_t = -mu_t`` and V = Cov(eta)::

        variance:  1/2 sum_t f_t c_t^2 (V_tt + h_t)  +  1/2 sum_ts f_t f_s c_t c_s V_ts^2,     h = V (f * diag V)
        log marginal likelihood:  1/8 sum_t f_t V_tt^2 + 1/8 sum_t f_t V_tt h_t + 1/12 sum_ts f_t f_s V_ts^3

    The double sums are O(n) because G is semiseparable (G_ts = -ratio_{t+1} G_{t+1,s} for s > t) and the rest of V has
    rank p: ``V_ts = G_ts + e_t'e_s`` with ``e_t = L^{-1} d_t`` and ``M = L L'``.
    """
    mu, last_step, pivot, ratio, _, D, L, v = work[:8]
    G, V, h, E, C, F1, T, F2 = work[8:16]
    n, p = D.shape
    m = contrasts.shape[0]
    invert_cholesky(L, C)
    evidence = 0.0
    K = np.zeros((m, p))  # contrasts @ L^{-T}: the contrast in the coordinates e
    for i in range(m):
        for j in range(p):
            v[j] = contrasts[i, j]
        for j in range(p):
            a = v[j]
            for k in range(j):
                a -= L[j, k] * K[i, k]
            K[i, j] = a / L[j, j]
        a = 0.0
        for j in range(p):
            a += K[i, j] * K[i, j]
        mean[i] = 0.0
        variance[i] = a
        third[i] = 0.0
        extra[i] = 0.0
    for t in range(n - 1, -1, -1):
        G[t] = 1.0 / pivot[t]
        if t < n - 1:
            G[t] += ratio[t + 1] * ratio[t + 1] * G[t + 1]
        V[t] = G[t]
        for j in range(p):
            a = D[t, j]
            for k in range(j):
                a -= L[j, k] * E[t, k]
            a /= L[j, j]
            E[t, j] = a
            V[t] += a * a
        if used[t]:
            evidence -= 0.5 * mu[t] * V[t] * last_step[t]  # d log|H| / d eta_t = mu_t V_t
            for i in range(m):
                c = 0.0
                for j in range(p):
                    c += K[i, j] * E[t, j]
                mean[i] -= 0.5 * mu[t] * c * V[t]
                third[i] -= mu[t] * c * c * c
    if order < 2:
        return evidence
    # h = V w,  w = f * diag(V): one tridiagonal solve and the low-rank part
    for j in range(p):
        v[j] = 0.0
    for t in range(n):
        w = -mu[t] * V[t]
        h[t] = w - (ratio[t] * h[t - 1] if t > 0 else 0.0)
        for j in range(p):
            v[j] += w * E[t, j]
    for t in range(n - 1, -1, -1):
        h[t] = h[t] / pivot[t] - (ratio[t + 1] * h[t + 1] if t < n - 1 else 0.0)
    T[:] = 0.0
    F1[:] = 0.0
    F2[:] = 0.0
    F3 = 0.0
    Fc = np.zeros(m)
    y1 = np.empty(p)
    for t in range(n - 1, -1, -1):
        f = -mu[t]
        if t < n - 1:
            r = -ratio[t + 1]
            g, fn = G[t + 1], -mu[t + 1]
            F3 = r * r * r * (F3 + g * g * g * fn)
            for j in range(p):
                F2[j] = r * r * (F2[j] + g * g * fn * E[t + 1, j])
                x = g * fn * E[t + 1, j]
                for k in range(j + 1):
                    F1[j, k] = r * (F1[j, k] + x * E[t + 1, k])
        total = h[t]
        for j in range(p):
            total += v[j] * E[t, j]
        ee = 0.0
        eF2 = 0.0
        for j in range(p):
            ee += E[t, j] * E[t, j]
            eF2 += E[t, j] * F2[j]
            a = 0.0
            for k in range(j + 1):
                a += F1[j, k] * E[t, k]
            for k in range(j + 1, p):
                a += F1[k, j] * E[t, k]
            y1[j] = a
        eF1e = 0.0
        for j in range(p):
            eF1e += E[t, j] * y1[j]
        g = G[t]
        evidence += 0.125 * f * V[t] * (V[t] + total)
        evidence += f / 12.0 * (f * g * g * g + 2.0 * F3 + 3.0 * (f * g * g * ee + 2.0 * eF2))
        evidence += 0.25 * f * (f * g * ee * ee + 2.0 * eF1e)
        for j in range(p):
            x = f * E[t, j]
            for k in range(j + 1):
                xk = x * E[t, k]
                for c3 in range(k + 1):
                    T[j, k, c3] += xk * E[t, c3]
        for i in range(m):
            c = 0.0
            cy = 0.0
            for j in range(p):
                c += K[i, j] * E[t, j]
                cy += K[i, j] * y1[j]
            extra[i] += 0.5 * f * c * c * (V[t] + total) + 0.5 * f * c * (f * c * g * g + 2.0 * f * c * g * ee)
            extra[i] += 0.5 * f * c * 2.0 * Fc[i] + 2.0 * f * c * cy
        for i in range(m):  # Fc_i = sum_{s>=t} G_{t-1,s}^2 f_s c_s, for the next t
            c = 0.0
            for j in range(p):
                c += K[i, j] * E[t, j]
            Fc[i] = ratio[t] * ratio[t] * (Fc[i] + g * g * f * c)
    for j in range(p):
        for k in range(j + 1):
            for i in range(k + 1):
                x = T[j, k, i]
                copies = 6.0
                if j == k or k == i:
                    copies = 1.0 if j == i else 3.0
                evidence += copies * x * x / 12.0
                T[j, i, k] = T[k, j, i] = T[k, i, j] = T[i, j, k] = T[i, k, j] = x
    for i in range(m):
        for j in range(p):
            for k in range(j + 1):
                a = 0.0
                for c3 in range(p):
                    a += K[i, c3] * T[j, k, c3]
                extra[i] += (0.5 if j == k else 1.0) * a * a
    return evidence


@_compiled
def log_prior(z, v, scale, hyper):
    """Log prior density of the grid coordinates: rho = tanh(z), sigma = scale (exp(v) - 1)."""
    rho, sigma = math.tanh(z), scale * math.expm1(v)
    return (1.0 - hyper[5]) * math.log(1.0 - rho * rho) - hyper[4] * sigma + math.log(sigma + scale) + hyper[6]


@_compiled
def climb(problem, hyper, scale, z_axis, v_axis, i, j, eta, u, b, work):
    """From cell (i, j) to the highest cell of a grid, by steps to the highest neighbour.

    An axis is (lower end, cell width, number of cells).  Returns the cell, its value, those of its four neighbours (NaN
    outside the grid) in the order left, right, below, above, and the number of Newton iterations.
    """
    nz, nv = int(z_axis[2]), int(v_axis[2])
    values = np.full((nz + 2, nv + 2), np.nan)
    best = -np.inf
    iterations = 0
    moved = True
    while moved:
        moved = False
        ci, cj = i, j
        for k in range(5):
            a = ci + (k == 1) - (k == 2)
            c = cj + (k == 3) - (k == 4)
            if a < 0 or c < 0 or a >= nz or c >= nv or not math.isnan(values[a + 1, c + 1]):
                continue
            z, v = z_axis[0] + (a + 0.5) * z_axis[1], v_axis[0] + (c + 0.5) * v_axis[1]
            value, its = find_mode(problem, math.tanh(z), scale * math.expm1(v), CLIMB_TOLERANCE, eta, u, b, work)
            iterations += abs(its)
            if its < 0:
                value = -1e300
                restart(problem, eta)
            value += log_prior(z, v, scale, hyper)
            values[a + 1, c + 1] = value
            if value > best:
                best, i, j, moved = value, a, c, True
    return i, j, best, values[i, j + 1], values[i + 2, j + 1], values[i + 1, j], values[i + 1, j + 2], iterations


@_compiled
def restart(problem, eta):
    """Put eta at the data: where Newton starts from when there is no neighbour to start from."""
    y, used, offset = problem[0], problem[1], problem[2]
    for t in range(y.size):
        eta[t] = math.log(y[t] + 0.5) if used[t] else offset[t]


@_compiled
def explore(problem, contrasts, hyper, control, store):
    """Laplace at every point of a grid over (rho, sigma) that matters for one series.

    The grid has equal cells in z = atanh(rho) and v = log(1 + sigma / scale), points at their centres (midpoint rule).
    A climb on a coarse grid finds the highest cell; its curvature sets the number of cells; then the grid is filled
    outward from the top, each point started from its neighbours' modes, and not beyond points below ``cutoff`` of the
    peak.

    ``hyper``: rho_lower, rho_upper, sigma_lower, sigma_upper, rate, power, log normalising constant.
    ``control``: cutoff (log), step (in posterior sd), order, tolerance, scale, cells of the coarse grid in z and in v,
    sigma to start from.
    ``store``: theta (g, 2), log weight with its parts beyond Laplace and from prior and cell (g, 3), b (g, p), mean
    shift, variance, third cumulant, extra variance (g, m), eta (g, n); filled from 0.

    Returns the number of points, Newton failures, Newton iterations, and the width of a cell in z and v.
    """
    theta, weight, bs, mean, variance, third, extra, etas = store
    used, X = problem[1], problem[3]
    n, p = X.shape
    cutoff, step, order, tolerance, scale = control[0], control[1], int(control[2]), control[3], control[4]
    nz, nv = int(control[5]), int(control[6])
    z0, z_range = math.atanh(hyper[0]), math.atanh(hyper[1]) - math.atanh(hyper[0])
    v0 = math.log1p(hyper[2] / scale)
    v_range = math.log1p(hyper[3] / scale) - v0
    most = LARGEST_CORRECTION * np.sum(used)
    capacity = theta.shape[0]
    work = workspace(n, p)
    eta, u, b = np.empty(n), np.empty(n), np.empty(p)
    restart(problem, eta)
    # --- the top, on the coarse grid and, where that is much too coarse, on the fine one
    hz, hv = z_range / nz, v_range / nv
    i, j = nz // 3, min(max(int((math.log1p(control[7] / scale) - v0) / hv), 0), nv - 1)
    i, j, top, left, right, below, above, iterations = climb(
        problem, hyper, scale, (z0, hz, nz), (v0, hv, nv), i, j, eta, u, b, work
    )
    z, v = z0 + (i + 0.5) * hz, v0 + (j + 0.5) * hv
    coarse = nz * nv
    nz, nv = refine(nz, left, top, right, step), refine(nv, below, top, above, step)
    hz, hv = z_range / nz, v_range / nv
    i, j = min(int((z - z0) / hz), nz - 1), min(int((v - v0) / hv), nv - 1)
    if nz * nv > 6 * coarse:
        i, j, top, left, right, below, above, its = climb(
            problem, hyper, scale, (z0, hz, nz), (v0, hv, nv), i, j, eta, u, b, work
        )
        iterations += its
    # --- fill outward
    slot = np.full((nz + 2, nv + 2), UNSEEN)  # of the point in the store, with a margin of one cell all round
    cell = np.empty((capacity, 2), np.int64)
    cell_of = np.empty((capacity, 2), np.int64)
    parent = np.full(capacity, -1)
    slot[i + 1, j + 1] = DROPPED
    cell[0, 0], cell[0, 1] = i, j
    count, head, kept, failures = 1, 0, 0, 0
    best = -np.inf
    while head < count:
        i, j, near = cell[head, 0], cell[head, 1], parent[head]
        head += 1
        z, v = z0 + (i + 0.5) * hz, v0 + (j + 0.5) * hv
        rho, sigma = math.tanh(z), scale * math.expm1(v)
        if near >= 0:
            far = slot[2 * cell_of[near, 0] - i + 1, 2 * cell_of[near, 1] - j + 1]  # beyond the neighbour: extrapolate
            for t in range(n):
                eta[t] = 2.0 * etas[near, t] - etas[far, t] if far >= 0 else etas[near, t]
        value, its = find_mode(problem, rho, sigma, tolerance, eta, u, b, work)
        iterations += abs(its)
        if its < 0:
            restart(problem, eta)
            value, its = find_mode(problem, rho, sigma, tolerance, eta, u, b, work)
            iterations += abs(its)
        if its < 0:
            failures += 1
            continue
        if not value + log_prior(z, v, scale, hyper) >= best - cutoff:
            continue
        beyond = moments(used, contrasts, order, mean[kept], variance[kept], third[kept], extra[kept], work)
        if kept == 0 and order == 2 and beyond < NEGLIGIBLE:
            order = 1
            beyond = moments(used, contrasts, order, mean[kept], variance[kept], third[kept], extra[kept], work)
        correction = min(beyond, most)
        best = max(best, value + log_prior(z, v, scale, hyper))
        slot[i + 1, j + 1] = kept
        cell_of[kept, 0], cell_of[kept, 1] = i, j
        theta[kept, 0], theta[kept, 1] = rho, sigma
        width = cell_log_width(i, nz, hz) + cell_log_width(j, nv, hv)
        width += log_prior(z, v, scale, hyper)
        weight[kept, 0], weight[kept, 1], weight[kept, 2] = value + width + correction, beyond, width
        for k in range(p):
            bs[kept, k] = b[k]
        for t in range(n):
            etas[kept, t] = eta[t]
        for k in range(4):
            a = i + (k == 0) - (k == 1)
            c = j + (k == 2) - (k == 3)
            if a >= 0 and c >= 0 and a < nz and c < nv and slot[a + 1, c + 1] == UNSEEN and count < capacity:
                slot[a + 1, c + 1] = DROPPED
                cell[count, 0], cell[count, 1], parent[count] = a, c, kept
                count += 1
        kept += 1
    return kept, failures, iterations, hz, hv


@_compiled
def revisit(problem, contrasts, order, tolerance, theta):
    """Moments of further linear combinations ``contrasts @ b`` at grid points already found, and their modes."""
    used, X = problem[1], problem[3]
    n, p = X.shape
    m = contrasts.shape[0]
    out = np.empty((5, theta.shape[0], m))
    work = workspace(n, p)
    eta, u, b = np.empty(n), np.empty(n), np.empty(p)
    restart(problem, eta)
    for g in range(theta.shape[0]):
        find_mode(problem, theta[g, 0], theta[g, 1], tolerance, eta, u, b, work)
        moments(used, contrasts, order, out[1, g], out[2, g], out[3, g], out[4, g], work)
        for i in range(m):
            a = 0.0
            for j in range(p):
                a += contrasts[i, j] * b[j]
            out[0, g, i] = a
    return out


@_compiled
def cell_log_width(i, cells, width):
    """Log weight of a cell: its width, with the end correction of the midpoint rule (h^2/24 times the end slope)."""
    if i == 0 or i == cells - 1:
        return math.log(width * 25.0 / 24.0)
    if i == 1 or i == cells - 2:
        return math.log(width * 23.0 / 24.0)
    return math.log(width)


@_compiled
def refine(cells, left, top, right, step):
    """Number of cells, at least the present one, so that a cell is no wider than ``step`` times the posterior sd."""
    drop = 0.0
    sides = 0
    if not math.isnan(left):
        drop += top - left
        sides += 1
    if not math.isnan(right):
        drop += top - right
        sides += 1
    if sides == 0 or not drop > 0.0:
        return cells
    width = math.sqrt(2.0 * min(drop / sides, 1e4))  # of a cell, in posterior sd
    return max(cells, math.ceil(cells * width / step))
