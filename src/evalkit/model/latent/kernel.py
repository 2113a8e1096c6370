r"""The numbers layer of the latent model: arrays in, arrays out, compiled.

The model of one series (:math:`t = 0 … n-1`; a masked period has no count but keeps its place in time)::

    y_t | b, u  ~  Poisson( exp(eta_t) ),   eta_t = offset_t + x_t'b + u_t
    u           ~  stationary Gaussian AR(1):  sd(u_t) = sigma,  cor(u_t, u_{t-1}) = rho,
                   begun anew, independent of what lies before, wherever starts_t (several series end to end)
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

from evalkit.model.latent.compiled import compiled

TOLERANCE = 1e-3
"""Newton stops when no eta moves by more than this.  The mode is then good to its square; the determinant, taken one
step earlier, is carried forward to first order in :func:`moments`."""
MAX_ITERATIONS = 60
UP, DOWN = 2.0, 4.0  # largest move of one eta in one Newton step: keeps exp(eta) finite from any start


@compiled
def ar1_precision(starts, rho, sigma, diagonal, beside):
    """Fill Q for stationary AR(1) chains with marginal sd sigma: its diagonal, and what lies left of the diagonal.

    ``beside[t]`` is Q_{t,t-1}: 0 where a chain starts.  An inner period has two neighbours, the ends of a chain one.
    """
    n = starts.size
    scale = 1.0 / (sigma * sigma * (1.0 - rho * rho))
    for t in range(n):
        neighbours = (not starts[t]) + (t < n - 1 and not starts[t + 1])
        diagonal[t] = scale * (1.0 + (neighbours - 1) * rho * rho)
        beside[t] = 0.0 if starts[t] else -scale * rho


@compiled
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


@compiled
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


@compiled
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


@compiled
def find_mode(problem, rho, sigma, tolerance, eta, u, b, work):
    """Newton's method for the joint mode of (b, u) at one (rho, sigma).

    ``problem`` is y, used, offset, X, prior mean, prior precision, starts (the first of them True).  ``eta`` is where
    Newton starts and is overwritten by the mode, as are ``u`` and ``b``; ``work`` (see :func:`workspace`) is left with
    mu, the factorisation of A, D and the Cholesky factor of M at the mode.

    Returns the Laplace log marginal likelihood and the number of iterations, negative where it did not converge::

        log p(y|eta) + log N(b; m, 1/S) - u'Qu/2 + (log|Q| - log|A| - log|M|)/2 + (p/2) log(2 pi)
    """
    y, used, offset, X, prior_mean, prior_precision, starts = problem
    mu, g, pivot, ratio, s, D, M, v = work[:8]
    diagonal, beside = work[16:18]
    n, p = X.shape
    ar1_precision(starts, rho, sigma, diagonal, beside)
    iterations = -MAX_ITERATIONS
    for iteration in range(1, MAX_ITERATIONS + 1):
        # forward: factorise A, solve L(s, D) = (g, QX), where g is the working right-hand side W(eta - offset) + y - mu
        for t in range(n):
            q, q_left = diagonal[t], beside[t]
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
                r = q_left / pivot[t - 1]
                ratio[t] = r
                pivot[t] = m + q - r * q_left
                s[t] = g[t] - r * s[t - 1]
                for j in range(p):
                    D[t, j] = q * X[t, j] + q_left * X[t - 1, j] - r * D[t - 1, j]
            if t < n - 1:
                q_right = beside[t + 1]
                for j in range(p):
                    D[t, j] += q_right * X[t + 1, j]
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


@compiled
def laplace(problem, rho, sigma, eta, u, b, work):
    """Laplace log marginal likelihood at the mode just found (fills ``u``); the terms are in :func:`find_mode`."""
    y, used, offset, X, prior_mean, prior_precision, starts = problem
    pivot, M = work[2], work[6]
    n, p = X.shape
    value = 0.0
    innovations = 0.0
    chains = 0
    for t in range(n):
        u[t] = eta[t] - offset[t]
        for j in range(p):
            u[t] -= X[t, j] * b[j]
        if used[t]:
            value += y[t] * eta[t] - math.exp(eta[t]) - math.lgamma(y[t] + 1.0)
        value -= 0.5 * math.log(pivot[t])
        if starts[t]:
            chains += 1
            innovations += u[t] * u[t] * (1.0 - rho * rho)
        else:
            innovations += (u[t] - rho * u[t - 1]) ** 2
    value -= 0.5 * innovations / (sigma * sigma * (1.0 - rho * rho))
    value -= n * math.log(sigma) + 0.5 * (n - chains) * math.log(1.0 - rho * rho)
    for j in range(p):
        value += 0.5 * math.log(2.0 * math.pi) - math.log(M[j, j])
        if prior_precision[j] > 0.0:
            value += 0.5 * math.log(prior_precision[j] / (2.0 * math.pi))
            value -= 0.5 * prior_precision[j] * (b[j] - prior_mean[j]) ** 2
    return value


@compiled
def workspace(n, p):
    """Arrays that the functions of this module fill: mu, g, pivot, ratio, s, D, M, v; corrections; Q."""
    return (
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
        np.empty((n, p)), np.empty((p, p)), np.empty(p),
        np.empty(n), np.empty(n), np.empty(n), np.empty((n, p)),
        np.empty((p, p)), np.empty((p, p)), np.empty((p, p, p)), np.empty(p),
        np.empty(n), np.empty(n),
    )  # fmt: skip


@compiled
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


@compiled
def restart(problem, eta):
    """Put eta at the data: where Newton starts from when there is no neighbour to start from."""
    y, used, offset = problem[0], problem[1], problem[2]
    for t in range(y.size):
        eta[t] = math.log(y[t] + 0.5) if used[t] else offset[t]
