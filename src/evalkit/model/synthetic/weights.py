"""Weights of donors: least squares on the simplex, its augmented form, and whether the solution is the only one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVEN: Final = 1e-8  # ridge, as a share of the scale of the problem, that picks the most even of several solutions
_ZERO: Final = 1e-9  # a multiplier or singular value below this share of the scale counts as zero
_STEPS: Final = np.logspace(0, -8, 33)


@dataclass(frozen=True, eq=False)
class SimplexSolution:
    """Weights on the simplex.

    Attributes
    ----------
    weights : ndarray of shape (k,)
        Not negative, adding to 1.
    multipliers : ndarray of shape (k,)
        ``g_j - w'g`` with g the gradient of half the sum of squares (of the problem scaled so that the nearest single
        donor is at distance 1): not negative, and 0 where the weight is not.
    unique : bool
        Whether no other weights fit as well. Where several do, these are the most even of them.
    """

    weights: NDArray[np.float64]
    multipliers: NDArray[np.float64]
    unique: bool


def simplex_weights(target: NDArray[np.float64], donors: NDArray[np.float64]) -> SimplexSolution:
    r"""Minimise ``|z - Z w|^2`` over ``w >= 0`` with ``sum w = 1``.

    On the simplex ``z - Z w = (z 1' - Z) w = A w``. The non-negative v that minimises ``|A v|^2 + (1'v - 1)^2`` is a
    multiple of the solution: with ``v = s w`` the best s for given w leaves ``q / (1 + q)``, ``q = |A w|^2``, which
    grows with q. So one call of non-negative least squares (Lawson and Hanson 1974, Solving Least Squares Problems,
    chapter 23) solves the problem exactly, without a penalty to choose.

    Parameters
    ----------
    target : ndarray of shape (m,)
        The treated region in m periods, finite.
    donors : ndarray of shape (m, k)
        The k donors in the same periods, finite; k is 1 or more.
    """
    away = target[:, None] - donors
    nearest = float(np.sqrt((away**2).sum(axis=0).min()))
    away = away / (nearest or 1.0)
    weights = _nearest_point(away)
    multipliers = _multipliers(away, weights)
    unique = _is_unique(away, multipliers)
    if not unique:
        ridge = np.sqrt(_EVEN * max(float((away**2).sum(axis=0).mean()), 1.0))
        weights = _nearest_point(np.vstack([away, ridge * np.eye(away.shape[1])]))
        multipliers = _multipliers(away, weights)
    return SimplexSolution(weights, multipliers, unique)


def _nearest_point(away: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.vstack([away, np.ones(away.shape[1])])
    goal = np.zeros(len(rows))
    goal[-1] = 1.0
    v, _ = scipy.optimize.nnls(rows, goal, maxiter=30 * rows.shape[1])
    return np.asarray(v / v.sum())


def _multipliers(away: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    gradient = away.T @ (away @ weights)
    return np.asarray(gradient - weights @ gradient)


def _is_unique(away: NDArray[np.float64], multipliers: NDArray[np.float64]) -> bool:
    """Whether the donors that an optimal solution may use, those with multiplier 0, are affinely independent."""
    scale = max(1.0, float((away**2).sum(axis=0).max()))
    usable = away[:, multipliers < _ZERO * scale]
    rows = np.vstack([usable, np.ones(usable.shape[1])])
    if rows.shape[1] > rows.shape[0]:
        return False
    singular = np.linalg.svd(rows, compute_uv=False)
    return bool(singular[-1] > _ZERO * singular[0])


def augmented_weights(
    target: NDArray[np.float64], donors: NDArray[np.float64], weights: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    r"""Weights plus the ridge correction of what they leave unmatched; they add to 1 and may be negative.

    ``w + X' (X X' + penalty I)^{-1} (z - Z w)`` with X the donors less their mean in each period, shape (m, k)
    (Ben-Michael, Feller and Rothstein 2021, J Am Stat Assoc 116:1789, equation 9).
    """
    return np.asarray(weights + _corrections(target, donors, weights, np.array([penalty]))[0])


def chosen_penalty(target: NDArray[np.float64], donors: NDArray[np.float64]) -> float:
    """The penalty by leave-one-period-out cross-validation: the largest within a standard error of the best.

    On a grid of 33 values from the largest squared singular value of the centred donors down to 1e-8 of it.
    """
    centred = donors - donors.mean(axis=1, keepdims=True)
    top = float(np.linalg.svd(centred, compute_uv=False)[0] ** 2)
    penalties = (top or 1.0) * _STEPS
    errors = np.array([_left_out(target, donors, period, penalties) for period in range(len(target))]) ** 2
    mean = errors.mean(axis=0)
    best = int(mean.argmin())
    allowed = mean[best] + errors[:, best].std(ddof=1) / np.sqrt(len(target))
    return float(penalties[mean <= allowed].max())


def _left_out(
    target: NDArray[np.float64], donors: NDArray[np.float64], period: int, penalties: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Error in a period that the weights have not seen, for each penalty."""
    kept = np.arange(len(target)) != period
    weights = simplex_weights(target[kept], donors[kept]).weights
    corrected = weights + _corrections(target[kept], donors[kept], weights, penalties)
    return np.asarray(target[period] - corrected @ donors[period])


def _corrections(
    target: NDArray[np.float64],
    donors: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalties: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The ridge correction for each penalty, shape (number of penalties, k), by one singular value decomposition."""
    centred = donors - donors.mean(axis=1, keepdims=True)
    left, singular, right = np.linalg.svd(centred, full_matrices=False)
    gain = singular / (singular**2 + penalties[:, None])
    return np.asarray((gain * (left.T @ (target - donors @ weights))) @ right)
