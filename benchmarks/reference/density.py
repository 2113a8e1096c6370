r"""Log density of the latent model in coordinates in which NUTS moves easily, with an exact gradient.

The model, from its equations alone (nothing of ``evalkit.model`` is used), for counts y_t, offset o_t, design row x_t::

    y_t | u, b  ~  Poisson(exp(o_t + x_t'b + u_t))          for the used periods t
    u = a + e:     a stationary Gaussian AR(1) with cor(a_t, a_{t-1}) = rho, and e without memory;
                   var(a_t) = sigma^2 (1 - w),  var(e_t) = sigma^2 w
    b           ~  flat
    rho         ~  density proportional to 1 / (1 - rho^2) on RHO, that is atanh(rho) uniform
    sigma       ~  uniform on SIGMA
    w           ~  fixed here; the library's prior has a few values of w, each sampled by itself and weighted by its
                   marginal likelihood (``evidence.py``)

In (rho, sigma, b, u) the posterior is a funnel (sigma near 0) with a long ridge (rho near 1), which no fixed metric
follows. So the sampler moves in ``q = (q_rho, q_sigma, z_b, z_a, z_e)``: atanh(rho) and log(sigma) as logistic
functions of the first two, and (b, a, e) as the affine image of the normal-looking z under the Gaussian approximation
of the posterior given (rho, sigma), with the weights W and working responses r of *one* fixed fit (Christensen, Roberts
and Sköld 2006, J Comput Graph Stat 15:1)::

    tau^2 = sigma^2 w,   V = W / (1 + tau^2 W),   A = Q + V,   M = X'(V - V A^{-1} V)X
    b = m + L_M^{-T} z_b,   a = A^{-1} V (r - X b) + L_A^{-T} z_a
    e = tau^2 V (r - X b - a) + tau (1 + tau^2 W)^{-1/2} z_e

The log Jacobian is ``-log|M|/2 - log|A|/2 - sum log(1 + tau^2 W)/2 + n log(tau)``, so the density is exact whatever W
is; only the ease of moving depends on W. Where w = 0 there is no e and no z_e.
The gradient along z is one transposed solve; along (q_rho, q_sigma) it is a complex step, exact to rounding.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit
from scipy.linalg import qr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design

RHO = (-0.92, 0.99)
SIGMA = (2e-4, 8.0)
STEP = 1e-30

_compiled = njit(cache=True, error_model="numpy")


class Problem(NamedTuple):
    """One design in the sampler's terms: counts (0 where unused), mask, offset, orthogonalised X, W and r."""

    y: NDArray[np.float64]
    used: NDArray[np.bool_]
    offset: NDArray[np.float64]
    X: NDArray[np.float64]
    W: NDArray[np.float64]
    r: NDArray[np.float64]


def problem_of(design: Design) -> tuple[Problem, NDArray[np.float64]]:
    """The problem of a design, and the matrix T with ``b of the design = T @ b of the problem``."""
    used, offset = design.used, design.offset
    y = np.where(used, np.nan_to_num(design.observed), 0.0)
    weight = np.where(used, 1.0 / (1.0 / (y + 0.5) + 0.1**2), 0.0)
    R = qr(np.sqrt(weight)[:, None] * design.with_campaign, mode="economic")[1]
    T = np.linalg.inv(R) * math.sqrt(weight.sum())
    X = np.ascontiguousarray(design.with_campaign @ T)
    W, r = working(y, used, offset, X, rho=0.3, sigma=_rough_sigma(y, used, offset, X))
    return Problem(y=y, used=used, offset=offset, X=X, W=W, r=r), T


def working(
    y: NDArray[np.float64], used: NDArray[np.bool_], offset: NDArray[np.float64], X: NDArray[np.float64],
    *, rho: float, sigma: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Weights and working responses (less the offset) at the mode of (b, u) for one (rho, sigma), by Newton steps."""
    n = len(y)
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    K = sigma**2 * rho**lag + X @ X.T * 25.0  # covariance of x'b + u with a wide normal prior: only for this start
    e = np.where(used, np.log(y + 0.5) - offset, 0.0)
    for _ in range(100):
        mu = np.where(used, np.exp(np.minimum(offset + e, 50.0)), 0.0)
        root = np.sqrt(mu)
        target = mu * e + np.where(used, y - mu, 0.0)
        B = np.eye(n) + root[:, None] * K * root[None, :]
        new = K @ (target - root * np.linalg.solve(B, root * (K @ target)))
        move = np.clip(new - e, -2, 2)
        e = e + move
        if np.abs(move).max() < 1e-8:
            break
    mu = np.where(used, np.exp(offset + e), 0.0)
    return mu, np.where(used, e + (y - mu) / np.maximum(mu, 1e-300), 0.0)


def _rough_sigma(
    y: NDArray[np.float64], used: NDArray[np.bool_], offset: NDArray[np.float64], X: NDArray[np.float64]
) -> float:
    z = (np.log(y + 0.5) - offset)[used]
    residual = z - X[used] @ np.linalg.lstsq(X[used], z, rcond=None)[0]
    freedom = max(len(z) - X.shape[1], 1)
    return math.sqrt(max(residual @ residual / freedom - np.mean(1 / (y[used] + 1)), 0.1**2))


@_compiled
def _evaluate(q_rho, q_sigma, z, y, used, offset, X, W, r, bounds, pivot, ratio, D, M, b, u, e, V, eta):
    """Log density at complex (q_rho, q_sigma) and real z; leaves the factors and (b, a, e, eta) in the work arrays.

    ``u`` holds a; ``D = A^{-1} V X`` (n, p); ``M`` holds the Cholesky factor of M; ``bounds[4]`` is w.
    """
    n, p = X.shape
    # (rho, sigma) and the log prior of q
    s1, s2 = 1.0 / (1.0 + np.exp(-q_rho)), 1.0 / (1.0 + np.exp(-q_sigma))
    rho = np.tanh(bounds[0] + (bounds[1] - bounds[0]) * s1)
    sigma = np.exp(bounds[2] + (bounds[3] - bounds[2]) * s2)
    value = np.log(s1) + np.log(1.0 - s1) + np.log(s2) + np.log(1.0 - s2) + np.log(sigma)
    white = bounds[4]
    unit = 1.0 / (sigma * sigma * (1.0 - white) * (1.0 - rho * rho))
    tau2 = sigma * sigma * white
    q_mid, q_off = unit * (1.0 + rho * rho), -unit * rho
    for t in range(n):
        V[t] = W[t] / (1.0 + tau2 * W[t])
    # A = L diag(pivot) L'; solve A (D, s) = (V X, V r)
    for t in range(n):
        q = unit if t == 0 or t == n - 1 else q_mid
        ratio[t] = 0.0 if t == 0 else q_off / pivot[t - 1]
        pivot[t] = V[t] + q - (ratio[t] * q_off if t > 0 else 0.0)
        u[t] = V[t] * r[t] - (ratio[t] * u[t - 1] if t > 0 else 0.0)
        for j in range(p):
            D[t, j] = V[t] * X[t, j] - (ratio[t] * D[t - 1, j] if t > 0 else 0.0)
    for t in range(n - 1, -1, -1):
        u[t] = u[t] / pivot[t] - (ratio[t + 1] * u[t + 1] if t < n - 1 else 0.0)
        for j in range(p):
            D[t, j] = D[t, j] / pivot[t] - (ratio[t + 1] * D[t + 1, j] if t < n - 1 else 0.0)
        value -= 0.5 * np.log(pivot[t])
    # M and its Cholesky factor, m = M^{-1} v
    for j in range(p):
        b[j] = 0.0
        for k in range(j + 1):
            M[j, k] = 0.0
    for t in range(n):
        if used[t]:
            for j in range(p):
                wx = V[t] * X[t, j]
                b[j] += wx * (r[t] - u[t])
                for k in range(j + 1):
                    M[j, k] += wx * (X[t, k] - D[t, k])
    for j in range(p):
        d = M[j, j]
        for k in range(j):
            d -= M[j, k] * M[j, k]
        M[j, j] = np.sqrt(d)
        value -= np.log(M[j, j])
        for i in range(j + 1, p):
            a = M[i, j]
            for k in range(j):
                a -= M[i, k] * M[j, k]
            M[i, j] = a / M[j, j]
    for j in range(p):
        a = b[j]
        for k in range(j):
            a -= M[j, k] * b[k]
        b[j] = a / M[j, j]
    for j in range(p - 1, -1, -1):  # L_M^{-T} (L_M^{-1} v + z_b)
        a = b[j] + z[j]
        for k in range(j + 1, p):
            a -= M[k, j] * b[k]
        b[j] = a / M[j, j]
    # a and e, then the density of (b, a, e) itself
    noise = 0.0 * unit
    for t in range(n - 1, -1, -1):
        noise = z[p + t] / np.sqrt(pivot[t]) - (ratio[t + 1] * noise if t < n - 1 else 0.0)
        u[t] += noise
        eta[t] = offset[t] + 0.0 * unit
        e[t] = V[t] * r[t]
        for j in range(p):
            u[t] -= D[t, j] * b[j]
            eta[t] += X[t, j] * b[j]
            e[t] -= V[t] * X[t, j] * b[j]
        eta[t] += u[t]
        e[t] = tau2 * (e[t] - V[t] * u[t])
        if white > 0.0:
            gain = 1.0 + tau2 * W[t]
            e[t] += np.sqrt(tau2 / gain) * z[p + n + t]
            value -= 0.5 * (np.log(gain) + e[t] * e[t] / tau2)
        eta[t] += e[t]
        if used[t]:
            value += y[t] * eta[t] - np.exp(eta[t])
    innovations = u[0] * u[0] * (1.0 - rho * rho)
    for t in range(1, n):
        step = u[t] - rho * u[t - 1]
        innovations += step * step
    log_sd = np.log(sigma) + 0.5 * np.log(1.0 - white)
    return value - 0.5 * unit * innovations - n * log_sd - 0.5 * (n - 1) * np.log(1.0 - rho * rho)


@_compiled
def log_density(q, y, used, offset, X, W, r, bounds):
    """Log density of q = (q_rho, q_sigma, z_b, z_a, z_e), and its gradient.

    Up to the constant ``-(n_used) sum lgamma(y + 1) - (n / 2) log(2 pi)``, the same for every w, with z_e's own
    ``-(n / 2) log(2 pi)`` left out where there is one.
    """
    n, p = X.shape
    e, V = np.empty(n, np.complex128), np.empty(n, np.complex128)
    pivot, ratio = np.empty(n, np.complex128), np.empty(n, np.complex128)
    D, M = np.empty((n, p), np.complex128), np.zeros((p, p), np.complex128)
    b, u, eta = np.empty(p, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
    gradient = np.empty(q.size)
    step = complex(0.0, STEP)
    z = q[2:]
    along = _evaluate(
        complex(q[0]), q[1] + step, z, y, used, offset, X, W, r, bounds, pivot, ratio, D, M, b, u, e, V, eta
    )
    gradient[1] = along.imag / STEP
    along = _evaluate(
        q[0] + step, complex(q[1]), z, y, used, offset, X, W, r, bounds, pivot, ratio, D, M, b, u, e, V, eta
    )
    gradient[0] = along.imag / STEP
    # derivatives with respect to e and a, then through the map to z
    rho = math.tanh(bounds[0] + (bounds[1] - bounds[0]) / (1.0 + math.exp(-q[0])))
    sigma = math.exp(bounds[2] + (bounds[3] - bounds[2]) / (1.0 + math.exp(-q[1])))
    white = bounds[4]
    unit = 1.0 / (sigma * sigma * (1.0 - white) * (1.0 - rho * rho))
    tau2 = sigma * sigma * white
    g_b = np.zeros(p)
    last = 0.0
    for t in range(n):
        fit = y[t] - math.exp(eta[t].real) if used[t] else 0.0
        diagonal = 1.0 if t == 0 or t == n - 1 else 1.0 + rho * rho
        if n == 1:
            diagonal = 1.0 - rho * rho
        Qu = diagonal * u[t].real
        if t > 0:
            Qu -= rho * u[t - 1].real
        if t < n - 1:
            Qu -= rho * u[t + 1].real
        direct = fit
        if white > 0.0:
            g_e = fit - e[t].real / tau2
            gradient[2 + p + n + t] = math.sqrt(tau2 / (1.0 + tau2 * W[t])) * g_e
            direct -= tau2 * V[t].real * g_e
        g_u = direct - unit * Qu
        for j in range(p):
            g_b[j] += X[t, j] * direct - D[t, j].real * g_u
        last = g_u - ratio[t].real * last  # L^{-1} g_u
        gradient[2 + p + t] = last / math.sqrt(pivot[t].real)
    for j in range(p):
        a = g_b[j]
        for k in range(j):
            a -= M[j, k].real * gradient[2 + k]
        gradient[2 + j] = a / M[j, j].real
    return along.real, gradient


@_compiled
def unpack(qs, y, used, offset, X, W, r, bounds):
    """(rho, sigma) of shape (S, 2), b (S, p) of the orthogonalised X, a and e (S, n), of the draws qs (S, size)."""
    n, p = X.shape
    S = qs.shape[0]
    e, V = np.empty(n, np.complex128), np.empty(n, np.complex128)
    theta, bs, memory, noise = np.empty((S, 2)), np.empty((S, p)), np.empty((S, n)), np.empty((S, n))
    pivot, ratio = np.empty(n, np.complex128), np.empty(n, np.complex128)
    D, M = np.empty((n, p), np.complex128), np.zeros((p, p), np.complex128)
    b, u, eta = np.empty(p, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
    for i in range(S):
        q = qs[i]
        _evaluate(
            complex(q[0]), complex(q[1]), q[2:], y, used, offset, X, W, r, bounds, pivot, ratio, D, M, b, u, e, V, eta
        )
        theta[i, 0] = math.tanh(bounds[0] + (bounds[1] - bounds[0]) / (1.0 + math.exp(-q[0])))
        theta[i, 1] = math.exp(bounds[2] + (bounds[3] - bounds[2]) / (1.0 + math.exp(-q[1])))
        for j in range(p):
            bs[i, j] = b[j].real
        for t in range(n):
            memory[i, t], noise[i, t] = u[t].real, e[t].real
    return theta, bs, memory, noise


def bounds_of(white: float) -> NDArray[np.float64]:
    """What the density reads: the limits of atanh(rho) and log(sigma), and w, 0 <= w < 1."""
    return np.array([math.atanh(RHO[0]), math.atanh(RHO[1]), math.log(SIGMA[0]), math.log(SIGMA[1]), white])


def size_of(problem: Problem, white: float) -> int:
    """Length of q: two for rho and sigma, p for b, n for a, and n for e where w is above 0."""
    n, p = problem.X.shape
    return 2 + p + n + (n if white > 0 else 0)
