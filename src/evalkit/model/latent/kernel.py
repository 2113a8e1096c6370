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
def precision_times(diagonal, beside, Xt, QX):
    """Rows of X' times the tridiagonal Q, as rows."""
    p, n = Xt.shape
    for j in range(p):
        for t in range(n):
            QX[j, t] = diagonal[t] * Xt[j, t]
        for t in range(1, n):
            QX[j, t] += beside[t] * Xt[j, t - 1]
            QX[j, t - 1] += beside[t] * Xt[j, t]


@compiled
def factorise(W, diagonal, beside, pivot, ratio):
    """LDL' of the tridiagonal A = diag(W) + Q: its pivots, and what lies left of the unit diagonal."""
    ratio[0] = 0.0
    pivot[0] = W[0] + diagonal[0]
    for t in range(1, W.size):
        ratio[t] = beside[t] / pivot[t - 1]
        pivot[t] = W[t] + diagonal[t] - ratio[t] * beside[t]


@compiled
def solve_factorised(pivot, ratio, g, s):
    """Fill s with A^{-1} g."""
    n = g.size
    s[0] = g[0]
    for t in range(1, n):
        s[t] = g[t] - ratio[t] * s[t - 1]
    s[n - 1] /= pivot[n - 1]
    for t in range(n - 2, -1, -1):
        s[t] = s[t] / pivot[t] - ratio[t + 1] * s[t + 1]


@compiled
def solve_factorised_rows(pivot, ratio, QX, D):
    """Each row of D is A^{-1} times that row of QX; side by side, since a step along time waits for the one before."""
    p, n = D.shape
    for j in range(p):
        D[j, 0] = QX[j, 0]
    for t in range(1, n):
        r = ratio[t]
        for j in range(p):
            D[j, t] = QX[j, t] - r * D[j, t - 1]
    for j in range(p):
        D[j, n - 1] /= pivot[n - 1]
    for t in range(n - 2, -1, -1):
        r, inverse = ratio[t + 1], 1.0 / pivot[t]
        for j in range(p):
            D[j, t] = D[j, t] * inverse - r * D[j, t + 1]


@compiled
def sum_of_logs(x):
    """Sum of the logarithms of positive numbers between 1e-38 and 1e38, one logarithm for eight of them."""
    total = 0.0
    product = 1.0
    for t in range(x.size):
        product *= x[t]
        if t % 8 == 7:
            total += math.log(product)
            product = 1.0
    return total + math.log(product)


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
def find_mode(problem, theta, tolerance, eta, u, b, work):
    """Newton's method for the joint mode of (b, a, e) at one theta = (rho, sigma, w).

    ``problem`` is y, used, offset, X, prior mean, prior precision, starts (the first of them True).  ``eta`` is where
    Newton starts and is overwritten by the mode, as are ``u`` (of which only a stays) and ``b``; ``work`` (see
    :func:`workspace`) is left with mu, the factorisation of A, D and the Cholesky factor of M at the mode.

    Returns the Laplace log marginal likelihood and the number of iterations, negative where it did not converge::

        log p(y|eta) + log N(b; m, 1/S) - a'Qa/2 - e'e/(2 tau^2)
        + (log|Q| - log|A| - log|M| + sum_t log k_t)/2 + (p/2) log(2 pi)
    """
    y, used, offset, _, prior_mean, prior_precision, starts = problem
    Xt, constants, Q, mu, W, k, g, step, pivot, ratio, _, q, D, QX, M, v = work[:16]
    n, p = mu.size, b.size
    s = D[p]  # A^{-1} g, solved beside the columns of D
    tau2 = constants[2] = theta[1] * theta[1] * theta[2]
    ar1_precision(starts, theta[0], theta[1] * math.sqrt(1.0 - theta[2]), Q[0], Q[1])
    precision_times(Q[0], Q[1], Xt, QX)
    for iteration in range(1, MAX_ITERATIONS + 1):
        for t in range(n):  # the working right-hand side: g = W z = (mu (eta - offset) + y - mu) k
            m = math.exp(eta[t]) if used[t] else 0.0
            mu[t] = m
        for t in range(n):
            k[t] = 1.0 / (1.0 + tau2 * mu[t])
            W[t] = mu[t] * k[t]
            g[t] = W[t] * (eta[t] - offset[t]) + (y[t] - mu[t]) * k[t]
        factorise(W, Q[0], Q[1], pivot, ratio)
        QX[p] = g
        solve_factorised_rows(pivot, ratio, QX, D)
        for j in range(p):  # M = X'WD + S and v = X'V^{-1}z + Sm
            a = 0.0
            for t in range(n):
                a += Xt[j, t] * (g[t] - W[t] * s[t])
                q[t] = W[t] * Xt[j, t]
            v[j] = a + prior_precision[j] * prior_mean[j]
            for i in range(j + 1):
                a = 0.0
                for t in range(n):
                    a += q[t] * D[i, t]
                M[j, i] = a
            M[j, j] += prior_precision[j]
        if not cholesky_in_place(M):
            return -np.inf, -iteration
        for j in range(p):
            b[j] = v[j]
        solve_cholesky(M, b)
        for t in range(n):
            q[t] = s[t]  # becomes x_t'b + a_t
        for j in range(p):
            for t in range(n):
                q[t] += D[j, t] * b[j]
        largest = 0.0
        for t in range(n):
            moved = offset[t] + q[t] + tau2 * (g[t] - W[t] * q[t]) - eta[t]
            if used[t]:
                moved = min(max(moved, -DOWN), UP)
                largest = max(largest, abs(moved))
            step[t] = moved
            eta[t] += moved
        if not largest < np.inf:
            return -np.inf, -iteration
        if largest < tolerance:
            return laplace(problem, theta, u, b, eta, work), iteration
    return -np.inf, -MAX_ITERATIONS


@compiled
def laplace(problem, theta, u, b, eta, work):
    """Laplace log marginal likelihood at the mode just found (fills ``u``); the terms are in :func:`find_mode`."""
    y, used, _, _, prior_mean, prior_precision, starts = problem
    Xt, constants, _, mu, W, k, g, step, pivot, _, _, q, _, _, M, _ = work[:16]
    n, p = mu.size, b.size
    log_factorials, chains, tau2 = constants
    rho, variance = theta[0], theta[1] * theta[1] * (1.0 - theta[2])
    value = -log_factorials
    for t in range(n):  # exp(eta) from mu: the last step is small
        d = step[t]
        m = mu[t] * (1.0 + d * (1.0 + d / 2.0 * (1.0 + d / 3.0 * (1.0 + d / 4.0 * (1.0 + d / 5.0)))))
        value += y[t] * eta[t] - m if used[t] else 0.0
        u[t] = q[t]
    for j in range(p):
        for t in range(n):
            u[t] -= Xt[j, t] * b[j]
    if tau2 > 0.0:
        for t in range(n):
            e = g[t] - W[t] * q[t]  # e_t / tau^2
            value -= 0.5 * tau2 * e * e
    innovations = 0.0
    for t in range(n):
        past = 0.0 if starts[t] else rho * u[t - 1]
        innovations += (u[t] - past) ** 2 * (1.0 - rho * rho if starts[t] else 1.0)
    value -= 0.5 * innovations / (variance * (1.0 - rho * rho))
    value -= 0.5 * n * math.log(variance) + 0.5 * (n - chains) * math.log(1.0 - rho * rho)
    value -= 0.5 * (sum_of_logs(pivot) - sum_of_logs(k))
    for j in range(p):
        value += 0.5 * math.log(2.0 * math.pi) - math.log(M[j, j])
        if prior_precision[j] > 0.0:
            value += 0.5 * math.log(prior_precision[j] / (2.0 * math.pi))
            value -= 0.5 * prior_precision[j] * (b[j] - prior_mean[j]) ** 2
    return value


@compiled
def workspace(problem):
    """What is fixed for one series (X', sum of log y!, number of chains; tau^2 is set later), and arrays to fill.

    In the order of the assignments in :func:`find_mode`, then those of :func:`moments`.
    """
    y, used, _, X, _, _, starts = problem
    n, p = X.shape
    constants = np.zeros(3)
    for t in range(n):
        constants[0] += math.lgamma(y[t] + 1.0) if used[t] else 0.0
        constants[1] += starts[t]
    return (
        np.ascontiguousarray(X.T), constants, np.empty((2, n)),
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
        np.empty(n), np.empty(n), np.empty((p + 1, n)), np.empty((p + 1, n)), np.empty((p, p)), np.empty(p),
        np.empty(n), np.empty(n), np.empty(n), np.empty((p, n)), np.empty(n), np.empty(n), np.empty(n),
    )  # fmt: skip


@compiled
def moments(contrasts, order, mean, variance, third, extra, work):
    """Mean shift, variance and third cumulant of each linear combination ``contrasts @ b`` at the mode just found.

    ``order`` 1 adds the first-order corrections of the module's docstring.  ``order`` 2 adds the next terms of the same
    expansion: to the variance, and to the log marginal likelihood.  Returned is what the last Newton step and what the
    next terms add to the log marginal likelihood.  With ``f_t = -mu_t`` and V = Cov(eta)::

        variance:  1/2 sum_t f_t c_t^2 (V_tt + h_t)  +  1/2 sum_ts f_t f_s c_t c_s V_ts^2,     h = V (f * diag V)
        log marginal likelihood:  1/8 sum_t f_t V_tt^2 + 1/8 sum_t f_t V_tt h_t + 1/12 sum_ts f_t f_s V_ts^3

    With ``e_t = L^{-1} d_t`` and ``M = L L'``: ``V_ts = k_t k_s (G_ts + e_t'e_s)`` for t != s.
    """
    constants = work[1]
    mu, k, last_step, pivot, ratio = work[3], work[5], work[7], work[8], work[9]
    D, L = work[12], work[14]
    G, V, _, E, c = work[16:21]
    p, n = E.shape
    m = contrasts.shape[0]
    tau2 = constants[2]
    G[n - 1] = 1.0 / pivot[n - 1]
    for t in range(n - 2, -1, -1):
        G[t] = 1.0 / pivot[t] + ratio[t + 1] * ratio[t + 1] * G[t + 1]
    V[:] = G
    for j in range(p):
        for t in range(n):
            E[j, t] = D[j, t]
        for i in range(j):
            for t in range(n):
                E[j, t] -= L[j, i] * E[i, t]
        inverse = 1.0 / L[j, j]
        for t in range(n):
            E[j, t] *= inverse
            V[t] += E[j, t] * E[j, t]
    evidence = 0.0
    for t in range(n):
        V[t] = k[t] * (k[t] * V[t] + tau2)
        evidence -= 0.5 * mu[t] * V[t] * last_step[t]  # d log|H| / d eta_t = mu_t V_t
    K = np.empty((m, p))  # contrasts @ L^{-T}: the contrast in the coordinates e
    for i in range(m):
        for j in range(p):
            a = contrasts[i, j]
            for o in range(j):
                a -= L[j, o] * K[i, o]
            K[i, j] = a / L[j, j]
    second = beyond_first_order(K, extra, work) if order > 1 else 0.0
    for i in range(m):
        covariance(K[i], k, E, c)
        of_mean, of_third, of_b = 0.0, 0.0, 0.0
        for t in range(n):
            of_mean += mu[t] * V[t] * c[t]
            of_third += mu[t] * c[t] * c[t] * c[t]
        for j in range(p):
            of_b += K[i, j] * K[i, j]
        mean[i], variance[i], third[i] = -0.5 * of_mean, of_b, -of_third
        if order < 2:
            extra[i] = 0.0
    return evidence, second


@compiled
def covariance(of_contrast, k, E, c):
    """Fill c_t = Cov(a'b, eta_t) from the contrast in the coordinates e."""
    c[:] = 0.0
    for j in range(of_contrast.size):
        if of_contrast[j] != 0.0:
            for t in range(c.size):
                c[t] += of_contrast[j] * E[j, t]
    for t in range(c.size):
        c[t] *= k[t]


@compiled
def beyond_first_order(K, extra, work):
    """Second-order terms of :func:`moments`: fills ``extra``, returns what they add to the log marginal likelihood.

    Every sum over contrasts is a quadratic form in the coordinates e, ``extra_i = 1/2 K_i' B K_i``.  The double sums
    over periods are O(n) because off the diagonal ``V_ts = k_t k_s (G_ts + e_t'e_s)``, of which G is the inverse of a
    tridiagonal matrix and the rest has rank p.  With ``x_t = f_t k_t^3``, and what the diagonal has more added apart::

        sum_ts x_t x_s (G + e'e)^3 = GGG + 3 GG(e'e) + 3 G(e'e)^2 + sum_jkl T_jkl^2,     T_jkl = sum_t x_t e_j e_k e_l
    """
    tau2, mu, k, pivot, ratio = work[1][2], work[3], work[5], work[8], work[9]
    G, V, h, E, _, x, w = work[16:23]
    p, n = E.shape
    pairs = p * (p + 1) // 2
    xEE, GxEE, GGxE = np.empty((pairs, n)), np.empty((pairs, n)), np.empty((p, n))
    B, T, y = np.zeros((p, p)), np.empty((p, p, p)), np.empty(n)
    for t in range(n):
        w[t] = -k[t] * mu[t] * V[t]
    solve_factorised(pivot, ratio, w, h)  # h = V (f * diag V)
    for j in range(p):
        a = 0.0
        for t in range(n):
            a += w[t] * E[j, t]
        for t in range(n):
            h[t] += a * E[j, t]
    evidence = 0.0
    for t in range(n):
        f = -mu[t]
        h[t] = k[t] * (h[t] + tau2 * f * V[t])
        x[t] = f * k[t] * k[t] * k[t]
        bare = V[t] / (k[t] * k[t]) - tau2 / k[t]  # (G + e'e) on the diagonal
        evidence += 0.125 * f * V[t] * (V[t] + h[t])
        evidence += (f * f * V[t] * V[t] * V[t] - x[t] * x[t] * bare * bare * bare) / 12.0
        w[t] = f * k[t] * k[t] * (V[t] + h[t] + f * V[t] * V[t]) - x[t] * x[t] * bare * bare
    squares(G, ratio, x, E, GGxE)
    evidence += cubes(G, ratio, x) / 12.0
    row = 0
    for j in range(p):
        for i in range(j + 1):
            for t in range(n):
                xEE[row, t] = x[t] * E[j, t] * E[i, t]
            row += 1
    solve_factorised_rows(pivot, ratio, xEE, GxEE)
    row = 0
    for j in range(p):
        for i in range(j + 1):
            a = 0.0
            for t in range(n):
                a += xEE[row, t] * GxEE[row, t]
            evidence += (0.25 if i == j else 0.5) * a
            for o in range(i + 1):
                a = 0.0
                for t in range(n):
                    a += xEE[row, t] * E[o, t]
                T[j, i, o] = T[j, o, i] = T[i, j, o] = T[i, o, j] = T[o, i, j] = T[o, j, i] = a
            row += 1
    for j in range(p):
        for t in range(n):  # twice the part of G(e'e), then GG
            y[t] = 0.0
        for i in range(p):
            row = j * (j + 1) // 2 + i if i <= j else i * (i + 1) // 2 + j
            for t in range(n):
                y[t] += GxEE[row, t] * E[i, t]
        a = 0.0
        for t in range(n):
            a += x[t] * E[j, t] * GGxE[j, t]
            y[t] = x[t] * (2.0 * y[t] + GGxE[j, t]) + w[t] * E[j, t]
        evidence += 0.25 * a
        for i in range(p):
            a = 0.0
            for t in range(n):
                a += y[t] * E[i, t]
            B[j, i] += a
        for i in range(j + 1):
            a = 0.0
            for o in range(p):
                for q in range(p):
                    a += T[j, o, q] * T[i, o, q]
            B[j, i] += a
            if i == j:
                evidence += a / 12.0
            else:
                B[i, j] += a
    for i in range(K.shape[0]):
        a = 0.0
        for j in range(p):
            for o in range(p):
                a += K[i, j] * B[j, o] * K[i, o]
        extra[i] = 0.5 * a
    return evidence


@compiled
def squares(G, ratio, x, E, GGxE):
    """Rows ``sum_s G_ts^2 x_s E_js``: ``G_ts = -ratio_{t+1} G_{t+1,s}`` for s > t, and G is symmetric."""
    p, n = E.shape
    for j in range(p):
        GGxE[j, n - 1] = 0.0
    for t in range(n - 2, -1, -1):  # later periods
        r, g = ratio[t + 1] * ratio[t + 1], G[t + 1] * G[t + 1] * x[t + 1]
        for j in range(p):
            GGxE[j, t] = r * (GGxE[j, t + 1] + g * E[j, t + 1])
    earlier = np.zeros(p)  # sum_{s<t} (G_ts / G_tt)^2 x_s E_js
    for t in range(n):
        g = G[t] * G[t]
        if t > 0:
            r = ratio[t] * ratio[t]
            for j in range(p):
                earlier[j] = r * (earlier[j] + x[t - 1] * E[j, t - 1])
        for j in range(p):
            GGxE[j, t] += g * (earlier[j] + x[t] * E[j, t])


@compiled
def cubes(G, ratio, x):
    """Double sum ``sum_ts x_t x_s G_ts^3``."""
    total, later = 0.0, 0.0
    for t in range(x.size - 1, -1, -1):
        g = G[t] * G[t] * G[t] * x[t]
        total += x[t] * (g + 2.0 * later)
        if t > 0:
            later = -ratio[t] * ratio[t] * ratio[t] * (later + g)
    return total


@compiled
def restart(problem, eta):
    """Put eta at the data: where Newton starts from when there is no neighbour to start from."""
    y, used, offset = problem[0], problem[1], problem[2]
    for t in range(y.size):
        eta[t] = math.log(y[t] + 0.5) if used[t] else offset[t]
