"""Beyond the Laplace approximation: moments of the coefficients and the next terms of the evidence, compiled.

Symbols as in :mod:`evalkit.model.latent.kernel`.  Needed are the derivatives of the Poisson log-likelihood on the scale
of eta, all of which beyond the first are ``-mu_t``.  With ``c_t = Cov(a'b, eta_t)`` for a linear combination ``a``:

* mean minus mode: ``1/2 sum_t (-mu_t) c_t V_t``
* third cumulant: ``sum_t (-mu_t) c_t^3``

(Tierney, Kass and Kadane 1989, JASA 84:710; Rue, Martino and Chopin 2009, JRSS B 71:319, section 3.2.3.)
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from evalkit.model.latent.compiled import in_place
from evalkit.model.latent.kernel import TAU2
from evalkit.model.latent.tridiagonal import add_rows, products, solve, solve_rows


@in_place
def moments(contrasts, order, mean, variance, third, extra, work):
    """Mean shift, variance and third cumulant of each linear combination ``contrasts @ b`` at the mode just found.

    ``order`` 1 adds the first-order corrections of the module's docstring.  ``order`` 2 adds the next terms of the same
    expansion: to the variance, and to the log marginal likelihood.  Returned is what the last Newton step and what the
    next terms add to the log marginal likelihood.  With ``f_t = -mu_t`` and V = Cov(eta)::

        variance:  1/2 sum_t f_t c_t^2 (V_tt + h_t)  +  1/2 sum_ts f_t f_s c_t c_s V_ts^2,     h = V (f * diag V)
        log marginal likelihood:  1/8 sum_t f_t V_tt^2 + 1/8 sum_t f_t V_tt h_t + 1/12 sum_ts f_t f_s V_ts^3

    With ``e_t = L^{-1} d_t`` and ``M = L L'``: ``V_ts = k_t k_s (G_ts + e_t'e_s)`` for t != s.  The factorisations are
    those of ``work.step`` before the mode; variance and evidence are taken from there to the first order.
    """
    mu, k, V, step, c, E = work.mu, work.k, work.V, work.step, work.c, work.E
    L, root, B, turned = work.M, work.root, work.B, work.v
    p, n = contrasts.shape[1], mu.size
    evidence = last_step(p, work)
    second = beyond_first_order(p, work) if order > 1 else 0.0
    for i in range(contrasts.shape[0]):
        of_b = 0.0
        for j in range(p):  # L^{-1} times the contrast: in the coordinates e
            a = contrasts[i, j]
            for o in range(j):
                a -= L[j, o] * turned[o]
            turned[j] = a * root[j]
            of_b += turned[j] * turned[j]
        for t in range(n):
            c[t] = 0.0
        add_rows(turned, E, p, c)
        of_mean, of_third, of_variance = 0.0, 0.0, 0.0
        for t in range(n):
            a = k[t] * c[t]
            weighted = mu[t] * a
            of_mean += weighted * V[t]
            of_variance += weighted * a * step[t]
            of_third += weighted * a * a
        mean[i], variance[i], third[i], extra[i] = -0.5 * of_mean, of_b - of_variance, -of_third, 0.0
        if order > 1:
            for j in range(p):
                a = 0.0
                for o in range(p):
                    a += B[j, o] * turned[o]
                extra[i] += 0.5 * turned[j] * a
    return evidence, second


@in_place
def last_step(p, work):
    """What the last step adds to the log marginal likelihood: ``d log|H| / d eta_t = mu_t V_t``; fills V, G and E."""
    mu, V, step = work.mu, work.V, work.step
    variances(p, work)
    evidence = 0.0
    for t in range(mu.size):
        evidence -= 0.5 * mu[t] * V[t] * step[t]
    return evidence


@in_place
def variances(p, work):
    """Fill diag V, the diagonal of G and the rows of ``E = L^{-1} D'``."""
    inverse, ratio, k, less = work.inverse, work.ratio, work.k, work.v
    G, V, D, E, L, row = work.G, work.V, work.D, work.E, work.M, work.c
    n, tau2 = k.size, work.numbers[TAU2]
    r, last = 0.0, 0.0
    for t in range(n - 1, -1, -1):
        last = inverse[t] + r * r * last
        G[t], V[t], r = last, last, ratio[t]
    for j in range(p):
        for i in range(j):
            less[i] = -L[j, i]
        for t in range(n):
            row[t] = D[j, t]
        add_rows(less, E, j, row)
        of_row = work.root[j]
        for t in range(n):
            e = of_row * row[t]
            E[j, t] = e
            V[t] += e * e
    for t in range(n):
        V[t] = k[t] * (k[t] * V[t] + tau2)


@in_place
def beyond_first_order(p, work):
    """Second-order terms of :func:`moments`: fills B, returns what they add to the log marginal likelihood.

    The correction of a variance is a quadratic form in the coordinates e, ``1/2 K'BK`` for a contrast that is K there.
    The double sums over periods are O(n) because off the diagonal ``V_ts = k_t k_s (G_ts + e_t'e_s)``, of which G is
    the inverse of a tridiagonal matrix and the rest has rank p.  With ``x_t = f_t k_t^3``, and what the diagonal has
    more added apart::

        sum_ts x_t x_s (G + e'e)^3 = GGG + 3 GG(e'e) + 3 G(e'e)^2 + sum_jkl T_jkl^2,     T_jkl = sum_t x_t e_j e_k e_l
    """
    mu, k, inverse, ratio = work.mu, work.k, work.inverse, work.ratio
    G, V, E, h, x, w, y = work.G, work.V, work.E, work.h, work.x, work.spare, work.other
    n, tau2 = mu.size, work.numbers[TAU2]
    own, raised = work.g, work.q  # not needed any more
    xEE, GxEE, GGxE, B, T, a_row = work.pairs, work.solved_pairs, work.twice_solved, work.B, work.T, work.v
    for j in range(p):
        for i in range(p):
            B[j, i] = 0.0
    for t in range(n):
        w[t] = -k[t] * mu[t] * V[t]
    for t in range(n):
        h[t] = w[t]
    solve(inverse, ratio, h)  # h = V (f * diag V)
    products(w, E, p, a_row)
    add_rows(a_row, E, p, h)
    evidence = 0.0
    for t in range(n):
        f = -mu[t]
        h[t] = k[t] * (h[t] + tau2 * f * V[t])
        x[t] = f * k[t] * k[t] * k[t]
        bare = V[t] / (k[t] * k[t]) - tau2 / k[t]  # (G + e'e) on the diagonal
        evidence += 0.125 * f * V[t] * (V[t] + h[t])
        evidence += (f * f * V[t] * V[t] * V[t] - x[t] * x[t] * bare * bare * bare) / 12.0
        w[t] = f * k[t] * k[t] * (V[t] + h[t] + f * V[t] * V[t]) - x[t] * x[t] * bare * bare
    power(3, inverse, ratio, G, own, raised)
    for t in range(n):
        y[t] = x[t]
    solve(own, raised, y)
    for t in range(n):
        evidence += x[t] * y[t] / 12.0
    power(2, inverse, ratio, G, own, raised)
    for j in range(p):
        for t in range(n):
            xEE[j, t] = x[t] * E[j, t]
    solve_rows(own, raised, xEE, GGxE)
    row = 0
    for j in range(p):
        for i in range(j + 1):
            for t in range(n):
                xEE[row, t] = x[t] * E[j, t] * E[i, t]
            row += 1
    solve_rows(inverse, ratio, xEE, GxEE)
    row = 0
    for j in range(p):
        for i in range(j + 1):
            a = 0.0
            for t in range(n):
                a += xEE[row, t] * GxEE[row, t]
            evidence += (0.25 if i == j else 0.5) * a
            products(xEE[row], E, i + 1, a_row)
            for o in range(i + 1):
                a = a_row[o]
                T[j, i * p + o] = T[j, o * p + i] = T[i, j * p + o] = a
                T[i, o * p + j] = T[o, i * p + j] = T[o, j * p + i] = a
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
        products(y, E, p, a_row)
        for i in range(p):
            B[j, i] += a_row[i]
        products(T[j], T, j + 1, a_row)
        for i in range(j + 1):
            a = a_row[i]
            B[j, i] += a
            if i == j:
                evidence += a / 12.0
            else:
                B[i, j] += a
    return evidence


@in_place
def power(exponent, inverse, ratio, G, own, raised):
    """Fill what :func:`solve` needs to multiply with the matrix of the second or third powers of the entries of G.

    ``G_ts = -ratio_{t+1} G_{t+1,s}`` for s > t, hence ``G_ts^q = (-ratio_{t+1})^q G_{t+1,s}^q``: that matrix is again
    the inverse of a tridiagonal one.  One over its pivots is ``G_tt^q - (ratio_{t+1}^2 G_{t+1,t+1})^q``, of which the
    difference ``G_tt - ratio_{t+1}^2 G_{t+1,t+1}`` is ``inverse_t``.
    """
    n = G.size
    for t in range(n):
        r = ratio[t]
        raised[t] = -r * r if exponent == 2 else r * r * r
    for t in range(n):
        later = ratio[t + 1] * ratio[t + 1] * G[t + 1] if t < n - 1 else 0.0
        rest = G[t] + later if exponent == 2 else G[t] * G[t] + later * (G[t] + later)
        own[t] = inverse[t] * rest
