"""Many series on arrays: the batch interface below designs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from evalkit.errors import CannotEstimate
from evalkit.model.latent.batch import map_threads
from evalkit.model.latent.posterior import LatentModel, LatentPosterior, fit_latent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False)
class Series:
    """One series as arrays, read by :func:`evalkit.model.latent.posterior.fit_latent`.

    Attributes
    ----------
    y, X : ndarray of shape (n,) and (n, p)
        Counts and design.
    offset : ndarray of shape (n,), optional
        Log exposure.
    used : ndarray of bool, shape (n,), optional
        False for a masked period.
    starts : ndarray of bool, shape (n,), optional
        True where the latent process begins anew.
    """

    y: NDArray[np.float64]
    X: NDArray[np.float64]
    offset: NDArray[np.float64] | None = None
    used: NDArray[np.bool_] | None = None
    starts: NDArray[np.bool_] | None = None


def fit_many_latent(
    series: Sequence[Series],
    keep: Callable[[LatentPosterior], Kept],
    *,
    model: LatentModel | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Kept | CannotEstimate]:
    """Fit every series on every processor and keep of each posterior what ``keep`` returns, in the order given.

    A posterior of 48 periods and 8 terms takes about 25 kB; ``keep`` decides whether 100,000 of them stay in memory or
    a few quantiles each.  A series that cannot be estimated yields its ``CannotEstimate``.
    """
    chosen = model or LatentModel()

    def one(item: Series) -> Kept | CannotEstimate:
        try:
            posterior = fit_latent(item.y, item.X, offset=item.offset, used=item.used, starts=item.starts, model=chosen)
            return keep(posterior)
        except CannotEstimate as problem:
            return problem

    return map_threads(one, series, workers=workers, progress=progress)
