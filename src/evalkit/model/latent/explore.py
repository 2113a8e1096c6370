"""The grid over (rho, sigma) of one series: found from its highest point, filled outward from there, compiled."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import compiled
from evalkit.model.latent.kernel import find_mode, moments, restart, workspace

CLIMB_TOLERANCE = 1e-2
NEGLIGIBLE = 0.03  # where the second-order correction at the top of the grid is smaller, first order does for the rest
LARGEST_CORRECTION = 0.1
"""Largest correction of the log marginal likelihood for each used period.  Series with a mean of 1 reach 0.04; beyond
0.1 the expansion no longer describes the posterior, so the correction is held there and the caller told."""
UNSEEN, DROPPED = -2, -1
FULL = -1  # returned for the number of points where the store had no room for the next one


@compiled
def log_prior(z, v, scale, hyper):
    """Log prior density of the grid coordinates: rho = tanh(z), sigma = scale (exp(v) - 1)."""
    rho, sigma = math.tanh(z), scale * math.expm1(v)
    return (1.0 - hyper[5]) * math.log(1.0 - rho * rho) - hyper[4] * sigma + math.log(sigma + scale) + hyper[6]


@compiled
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


@compiled
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
            if a >= 0 and c >= 0 and a < nz and c < nv and slot[a + 1, c + 1] == UNSEEN:
                if count == capacity:
                    return FULL, failures, iterations, hz, hv
                slot[a + 1, c + 1] = DROPPED
                cell[count, 0], cell[count, 1], parent[count] = a, c, kept
                count += 1
        kept += 1
    return kept, failures, iterations, hz, hv


@compiled
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


@compiled
def cell_log_width(i, cells, width):
    """Log weight of a cell: its width, with the end correction of the midpoint rule (h^2/24 times the end slope)."""
    if i == 0 or i == cells - 1:
        return math.log(width * 25.0 / 24.0)
    if i == 1 or i == cells - 2:
        return math.log(width * 23.0 / 24.0)
    return math.log(width)


@compiled
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
