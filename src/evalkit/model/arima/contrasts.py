"""What differencing leaves of the counted periods, gaps included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import null_space

from evalkit.model.arima.noise import Orders, differencing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANK = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Contrasts:
    """Combinations of the used periods in which the unknown starting level of the noise has no part.

    Without differencing they are the used periods themselves. With it, each used period but the first ones (the
    anchors) is compared with the anchors: what is left has the covariance of an ARMA process, summed up. With no gap
    that gives the same likelihood as the differenced series, and with gaps the exact one: nothing is filled in, and a
    missing period costs only itself.

    Attributes
    ----------
    rows : ndarray of int, shape (m,)
        Positions of the compared periods on the calendar, in order.
    matrix : ndarray of shape (m, n)
        Each row has 1 at its own period, and what takes the starting level away at the anchors.
    loading : ndarray of shape (m, r) or None
        How the r differenced values add up in each contrast; None where each is one value of the process.
    lags : ndarray of int, shape (r, r)
        Distance between the values of the process.
    """

    rows: NDArray[np.int64]
    matrix: NDArray[np.float64]
    loading: NDArray[np.float64] | None
    lags: NDArray[np.int64]

    @property
    def reach(self) -> int:
        """Number of autocovariances that are needed: the longest distance and one."""
        return int(self.lags.max()) + 1

    def covariance(self, autocovariances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Covariance of the contrasts, shape (m, m), from the autocovariances at lags 0, 1, ..."""
        process = autocovariances[self.lags]
        return process if self.loading is None else self.loading @ process @ self.loading.T


def contrasts_of(used: NDArray[np.bool_], orders: Orders) -> Contrasts:
    """The contrasts of the used periods, shape (n,), of a calendar."""
    positions = np.flatnonzero(used)
    if orders.lost and used.all():  # the differences themselves: the same likelihood, and less to multiply
        rows = positions[orders.lost :]
        return Contrasts(rows=rows, matrix=differencing(len(used), orders), loading=None, lags=_distance(rows))
    level = starting_levels(len(used), orders)
    anchors = anchors_of(level, positions)
    return _against(anchors, np.setdiff1d(positions, anchors), level, orders)


def contrasts_everywhere(used: NDArray[np.bool_], orders: Orders) -> tuple[NDArray[np.int64], Contrasts]:
    """The anchors among the used periods, and every other period of the calendar in contrast to them."""
    level = starting_levels(len(used), orders)
    anchors = anchors_of(level, np.flatnonzero(used))
    return anchors, _against(anchors, np.setdiff1d(np.arange(len(used)), anchors), level, orders)


def _against(
    anchors: NDArray[np.int64], rows: NDArray[np.int64], level: NDArray[np.float64], orders: Orders
) -> Contrasts:
    n = len(level)
    matrix = np.zeros((len(rows), n))
    matrix[np.arange(len(rows)), rows] = 1.0
    if not orders.lost:
        return Contrasts(rows=rows, matrix=matrix, loading=None, lags=_distance(rows))
    matrix[:, anchors] = -np.linalg.lstsq(level[anchors].T, level[rows].T, rcond=None)[0].T
    loading = matrix @ np.linalg.pinv(differencing(n, orders))
    return Contrasts(rows=rows, matrix=matrix, loading=loading, lags=_distance(np.arange(n - orders.lost)))


def starting_levels(n: int, orders: Orders) -> NDArray[np.float64]:
    """The paths on n periods that differencing takes away, shape (n, d + D s)."""
    return null_space(differencing(n, orders)) if orders.lost else np.zeros((n, 0))


def anchors_of(level: NDArray[np.float64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The earliest used periods that pin the starting level down, as far as any of them do."""
    chosen: list[int] = []
    basis = np.zeros((0, level.shape[1]))
    for position in positions:
        if len(chosen) == level.shape[1]:
            break
        row = level[position]
        left = row - basis.T @ (basis @ row)
        if np.linalg.norm(left) > _RANK * np.linalg.norm(row):
            left -= basis.T @ (basis @ left)
            basis = np.vstack([basis, left / np.linalg.norm(left)])
            chosen.append(int(position))
    return np.array(chosen, dtype=np.int64)


def _distance(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.abs(positions[:, None] - positions[None, :]), dtype=np.int64)
