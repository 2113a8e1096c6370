"""The grid over (rho, sigma, w) of one series: found from its highest point, filled outward from there, compiled.

w, the memoryless share of the variance, takes the few values of its prior: one plane of (rho, sigma) for each.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import compiled
from evalkit.model.latent.corrections import last_step, moments
from evalkit.model.latent.kernel import find_mode, restart, workspace

CLIMB_TOLERANCE = 5e-2
NEGLIGIBLE = 0.03  # where the second-order correction at the top of the grid is smaller, first order does for the rest
LARGEST_CORRECTION = 0.1
"""Largest correction of the log marginal likelihood for each used period.  Series with a mean of 1 reach 0.04; beyond
0.1 the expansion no longer describes the posterior, so the correction is held there and the caller told."""
NEAR_TOP = 3.0
"""Log units below the peak within which the second-order terms are computed; further out they are its neighbour's."""
MARGIN = 0.5  # a cell is left out unseen where the slope so far would put it this many log units below the cutoff
WIDE = 13.0  # of a coarse cell, in squares of a posterior sd: a grid of such cells says little of so narrow peaks
UNSEEN, DROPPED = -2, -1
FULL = -1  # returned for the number of points where the store had no room for the next one


@compiled
def log_prior(z, v, scale, hyper):
    """Log prior density of the grid coordinates: rho = tanh(z), sigma = scale (exp(v) - 1)."""
    rho, sigma = math.tanh(z), scale * math.expm1(v)
    return (1.0 - hyper[5]) * math.log(1.0 - rho * rho) - hyper[4] * sigma + math.log(sigma + scale) + hyper[6]


@compiled
def point(axes, i, j, scale, theta):
    """Put rho and sigma of cell (i, j) into ``theta``; returns the grid coordinates z and v."""
    z, v = axes[0, 0] + (i + 0.5) * axes[0, 1], axes[1, 0] + (j + 0.5) * axes[1, 1]
    theta[0], theta[1] = math.tanh(z), scale * math.expm1(v)
    return z, v


@compiled
def climb(problem, hyper, scale, axes, top, theta, eta, u, b, work):
    """From the cell of ``top`` to the highest cell of a plane, by steps to the highest neighbour.

    A row of ``axes`` (z, then v) is lower end, cell width, number of cells.  ``top`` is the cell (2), its value, those
    of its four neighbours (NaN outside the grid) in the order left, right, below, above; all overwritten.  Returns the
    number of Newton iterations; ``eta`` is left at the mode of the highest cell.
    """
    nz, nv = int(axes[0, 2]), int(axes[1, 2])
    values = np.full((nz + 2, nv + 2), np.nan)
    highest = eta.copy()
    i, j = int(top[0]), int(top[1])
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
            z, v = point(axes, a, c, scale, theta)
            value, its = find_mode(problem, theta, CLIMB_TOLERANCE, eta, u, b, work)
            iterations += abs(its)
            if its < 0:
                value = -1e300
                restart(problem, eta)
            else:
                value += last_step(b.size, work)
            value += log_prior(z, v, scale, hyper)
            values[a + 1, c + 1] = value
            if value > best:
                best, i, j, moved = value, a, c, True
                highest[:] = eta
    top[0], top[1], top[2] = i, j, best
    top[3], top[4], top[5], top[6] = values[i, j + 1], values[i + 2, j + 1], values[i + 1, j], values[i + 1, j + 2]
    eta[:] = highest
    return iterations


@compiled
def explore(problem, contrasts, hyper, whites, control, store):
    """Laplace at every point of a grid over (rho, sigma, w) that matters for one series.

    A plane of the grid has equal cells in z = atanh(rho) and v = log(1 + sigma / scale), points at their centres
    (midpoint rule).  In each plane a climb on a coarse grid finds the highest cell; the curvature there sets the number
    of cells; then the plane is filled outward from its top.

    ``hyper``: rho_lower, rho_upper, sigma_lower, sigma_upper, rate, power, log normalising constant.
    ``whites``: value and log prior mass of each w, shape (planes, 2).
    ``control``: cutoff (log), step (in posterior sd), order, tolerance, scale, cells of the coarse grid in z and in v,
    sigma to start from.
    ``store``: theta (g, 3), log weight with its parts beyond Laplace and from prior and cell (g, 3), b (g, p), mean
    shift, variance, third cumulant, extra variance (g, m), eta (g, n); filled from 0.

    Returns the number of points, Newton failures, Newton iterations, and the width of a cell in z and v.
    """
    n, p = problem[3].shape
    planes = whites.shape[0]
    scale = control[4]
    work = workspace(problem)
    eta, u, b, theta = np.empty(n), np.empty(n), np.empty(p), np.empty(3)
    restart(problem, eta)
    axes = np.empty((2, 3))
    axes[0, 0], axes[1, 0] = math.atanh(hyper[0]), math.log1p(hyper[2] / scale)
    ranges = (math.atanh(hyper[1]) - axes[0, 0], math.log1p(hyper[3] / scale) - axes[1, 0])
    for k in range(2):
        axes[k, 2] = control[5 + k]
        axes[k, 1] = ranges[k] / axes[k, 2]
    # --- the top of each plane on the coarse grid, and the cells that its curvature asks for
    coarse = axes.copy()
    tops, modes = np.empty((planes, 7)), np.empty((planes, n))
    iterations = 0
    nz, nv = int(axes[0, 2]), int(axes[1, 2])
    start = (math.log1p(control[7] / scale) - axes[1, 0]) / axes[1, 1]
    tops[0, 0], tops[0, 1] = nz // 2, min(max(int(start), 0), nv - 1)
    best = -np.inf
    for k in range(planes):
        theta[2] = whites[k, 0]
        if k > 0:
            tops[k] = np.nan
            tops[k, :2] = tops[k - 1, :2]
            z, v = point(coarse, int(tops[k, 0]), int(tops[k, 1]), scale, theta)
            value, its = find_mode(problem, theta, CLIMB_TOLERANCE, eta, u, b, work)
            iterations += abs(its)
            tops[k, 2] = value + log_prior(z, v, scale, hyper)
        if k == 0 or not tops[k, 2] + whites[k, 1] >= best - 0.5 * control[0]:
            iterations += climb(problem, hyper, scale, coarse, tops[k], theta, eta, u, b, work)
        tops[k, 2:] += whites[k, 1]
        modes[k] = eta
        best = max(best, tops[k, 2])
    known = False
    for k in range(planes):
        known = known or (tops[k, 2] >= best - control[0] and not np.isnan(tops[k, 3:]).all())
    if not known:  # the highest plane was not climbed, and without its neighbours nothing is known of its width
        k = int(np.argmax(tops[:, 2]))
        iterations += climb_plane(problem, hyper, scale, coarse, whites, k, tops, modes, theta, eta, u, b, work)
        best = tops[k, 2]
    widen(axes, ranges, tops, best - control[0], control[1])
    before, climbed = coarse, False
    while axes[0, 2] * axes[1, 2] * control[1] ** 2 > WIDE * coarse[0, 2] * coarse[1, 2]:
        for k in range(planes):
            move(tops[k], before, axes)
            iterations += climb_plane(problem, hyper, scale, axes, whites, k, tops, modes, theta, eta, u, b, work)
        for k in range(planes):  # one may have climbed a lower peak than that of another plane
            j = int(np.argmax(tops[:, 2]))
            if j == k:
                continue
            theta[2] = whites[k, 0]
            eta[:] = modes[j]
            z, v = point(axes, int(tops[j, 0]), int(tops[j, 1]), scale, theta)
            value, its = find_mode(problem, theta, CLIMB_TOLERANCE, eta, u, b, work)
            iterations += abs(its)
            if value + log_prior(z, v, scale, hyper) + whites[k, 1] > tops[k, 2]:
                tops[k, :2] = tops[j, :2]
                modes[k] = eta
                iterations += climb_plane(problem, hyper, scale, axes, whites, k, tops, modes, theta, eta, u, b, work)
        best, before = np.max(tops[:, 2]), axes.copy()
        if climbed or not widen(axes, ranges, tops, best - control[0], control[1]):
            climbed = True
            break
        climbed = True
    # --- fill the planes, the highest first, since the others are held to its cutoff
    state = np.zeros(4)  # points kept, failures, order of the corrections, best value
    state[2], state[3] = control[2], -np.inf
    for _ in range(planes):
        k = int(np.argmax(tops[:, 2]))
        if tops[k, 2] < best - (2.0 if climbed else 3.0) * control[0]:
            break
        theta[2] = whites[k, 0]
        eta[:] = modes[k]
        if not climbed:
            move(tops[k], coarse, axes)
        kept = state[0]
        for again in range(2):
            if again:
                iterations += climb(problem, hyper, scale, axes, tops[k], theta, eta, u, b, work)
            done = fill(
                problem, contrasts, hyper, whites[k, 1], control, axes, tops[k], state, theta, eta, u, b, work, store
            )
            if done < 0:
                return FULL, int(state[1]), iterations, axes[0, 1], axes[1, 1]
            iterations += done
            if climbed or state[0] > kept:
                break  # otherwise the highest coarse cell has no part in it, though a finer one may
        tops[k, 2] = -np.inf
    return int(state[0]), int(state[1]), iterations, axes[0, 1], axes[1, 1]


@compiled
def climb_plane(problem, hyper, scale, axes, whites, k, tops, modes, theta, eta, u, b, work):
    """:func:`climb` in plane k from its highest cell so far and the mode there; both are replaced."""
    theta[2] = whites[k, 0]
    eta[:] = modes[k]
    iterations = climb(problem, hyper, scale, axes, tops[k], theta, eta, u, b, work)
    tops[k, 2:] += whites[k, 1]
    modes[k] = eta
    return iterations


@compiled
def move(top, before, axes):
    """Put the cell of ``axes`` that holds the centre of a cell of another grid into ``top``."""
    for a in range(2):
        top[a] = min(int((top[a] + 0.5) * before[a, 1] / axes[a, 1]), axes[a, 2] - 1.0)


@compiled
def widen(axes, ranges, tops, least, step):
    """As many cells as the planes with tops of ``least`` or more ask for; returns whether that is more than before."""
    nz, nv = int(axes[0, 2]), int(axes[1, 2])
    for k in range(tops.shape[0]):
        if tops[k, 2] >= least:
            nz = max(nz, refine(int(axes[0, 2]), tops[k, 3], tops[k, 2], tops[k, 4], step))
            nv = max(nv, refine(int(axes[1, 2]), tops[k, 5], tops[k, 2], tops[k, 6], step))
    more = nz * nv > axes[0, 2] * axes[1, 2]
    axes[0, 1], axes[0, 2], axes[1, 1], axes[1, 2] = ranges[0] / nz, nz, ranges[1] / nv, nv
    return more


@compiled
def fill(problem, contrasts, hyper, log_mass, control, axes, top, state, theta, eta, u, b, work, store):
    """Fill a plane outward from its top, each point started from its neighbours' modes, not beyond the cutoff.

    Arguments as in :func:`explore`; ``state`` is carried from plane to plane.  Returns the number of Newton iterations,
    :data:`FULL` where the store had no room.
    """
    thetas, weight, bs, mean, variance, third, extra, etas = store
    n, m = problem[3].shape[0], contrasts.shape[0]
    cutoff, tolerance, scale = control[0], control[3], control[4]
    nz, nv = int(axes[0, 2]), int(axes[1, 2])
    most = LARGEST_CORRECTION * np.sum(problem[1])
    kept, order, best = int(state[0]), int(state[2]), state[3]
    capacity = thetas.shape[0]
    slot = np.full((nz + 2, nv + 2), UNSEEN)  # of the point in the store, with a margin of one cell all round
    cell = np.empty((capacity, 2), np.int64)
    cell_of = np.empty((capacity, 2), np.int64)
    parent = np.full(capacity, -1)
    density, second = np.empty(capacity), np.zeros(capacity)
    i, j = int(top[0]), int(top[1])
    slot[i + 1, j + 1] = DROPPED
    cell[0, 0], cell[0, 1] = i, j
    count, head, iterations = 1, 0, 0
    while head < count:
        i, j, near = cell[head, 0], cell[head, 1], parent[head]
        head += 1
        z, v = point(axes, i, j, scale, theta)
        if near >= 0:
            di, dj = i - cell_of[near, 0], j - cell_of[near, 1]
            far = slot[i - 2 * di + 1, j - 2 * dj + 1]  # beyond the neighbour: extrapolate
            if far >= 0:
                expected = 2.0 * density[near] - density[far]
                a, c = i - 3 * di + 1, j - 3 * dj + 1
                if 0 <= a < nz + 2 and 0 <= c < nv + 2 and slot[a, c] >= 0:
                    expected += density[near] - 2.0 * density[far] + density[slot[a, c]]
                if expected < best - cutoff - MARGIN:
                    continue
            for t in range(n):
                eta[t] = 2.0 * etas[near, t] - etas[far, t] if far >= 0 else etas[near, t]
        value, its = find_mode(problem, theta, tolerance, eta, u, b, work)
        iterations += abs(its)
        if its < 0:
            restart(problem, eta)
            value, its = find_mode(problem, theta, tolerance, eta, u, b, work)
            iterations += abs(its)
        if its < 0:
            state[1] += 1
            continue
        prior = log_prior(z, v, scale, hyper) + log_mass
        if not value + prior >= best - cutoff:
            continue
        if kept == capacity:
            return FULL
        density[kept] = value + prior
        inherit = order == 2 and near >= 0 and density[kept] < best - NEAR_TOP
        first, second[kept] = moments(
            contrasts, 1 if inherit else order, mean[kept], variance[kept], third[kept], extra[kept], work
        )
        if inherit:
            second[kept] = second[near]
            for k in range(m):
                extra[kept, k] = extra[near, k] / variance[near, k] * variance[kept, k]
        if kept == 0 and order == 2 and second[kept] < NEGLIGIBLE:
            order, second[kept], extra[kept] = 1, 0.0, 0.0
        beyond = first + second[kept]
        best = max(best, density[kept])
        slot[i + 1, j + 1] = kept
        cell_of[kept, 0], cell_of[kept, 1] = i, j
        thetas[kept] = theta
        width = cell_log_width(i, nz, axes[0, 1]) + cell_log_width(j, nv, axes[1, 1]) + prior
        weight[kept, 0], weight[kept, 1], weight[kept, 2] = value + width + min(beyond, most), beyond, width
        bs[kept] = b
        etas[kept] = eta
        for k in range(4):
            a = i + (k == 0) - (k == 1)
            c = j + (k == 2) - (k == 3)
            if a >= 0 and c >= 0 and a < nz and c < nv and slot[a + 1, c + 1] == UNSEEN:
                if count == capacity:
                    return FULL
                slot[a + 1, c + 1] = DROPPED
                cell[count, 0], cell[count, 1], parent[count] = a, c, kept
                count += 1
        kept += 1
    state[0], state[2], state[3] = kept, order, best
    return iterations


@compiled
def revisit(problem, contrasts, order, tolerance, theta):
    """Moments of further linear combinations ``contrasts @ b`` at grid points already found, and their modes."""
    n, p = problem[3].shape
    m = contrasts.shape[0]
    out = np.empty((5, theta.shape[0], m))
    work = workspace(problem)
    eta, u, b = np.empty(n), np.empty(n), np.empty(p)
    restart(problem, eta)
    for g in range(theta.shape[0]):
        find_mode(problem, theta[g], tolerance, eta, u, b, work)
        moments(contrasts, order, out[1, g], out[2, g], out[3, g], out[4, g], work)
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
