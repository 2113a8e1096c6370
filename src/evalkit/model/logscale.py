"""Counts as normal quantities on the log scale, for the models that treat them so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design

LARGEST_LOG: Final = 34.0
"""e^34 contacts is beyond any count; keeps a wild draw finite."""
_NOTHING: Final = 1e-9


def log_counts(design: Design, added: float) -> NDArray[np.float64]:
    """``log(y + added)`` less the offset, shape (n,); 0 where a period is not used."""
    if added == 0 and (design.used & (design.observed == 0)).any():
        raise CannotEstimate(text("cannot.no_log"), text("cannot.no_log_remedy"))
    counts = np.where(design.used, design.observed, 1.0)
    return np.where(design.used, np.log(counts + added) - design.offset, 0.0)


def least_squares_residual(outcome: NDArray[np.float64], design: Design) -> NDArray[np.float64]:
    """What least squares on the design leave of the used periods; ``CannotEstimate`` where that is nothing."""
    y, matrix = outcome[design.used], design.with_campaign[design.used]
    residual = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
    require_noise(residual, y)
    return np.asarray(residual)


def require_noise(residual: NDArray[np.float64], outcome: NDArray[np.float64]) -> None:
    """Raise ``CannotEstimate`` where residuals are nothing beside the outcome."""
    if np.sqrt(np.mean(residual**2)) <= _NOTHING * max(1.0, float(np.abs(outcome).max())):
        raise CannotEstimate(
            text("cannot.exact"),
            text("cannot.exact_remedy"),
        )


def covariance_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A root R with R R' equal to a covariance that may be singular; shape as given."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def expected_counts(
    mean: NDArray[np.float64], variance: NDArray[np.float64] | float, added: float
) -> NDArray[np.float64]:
    """Expected count where ``log(y + added)`` is normal: ``exp(mean + variance / 2) - added``, at least half of it."""
    raised = bounded_exp(mean + variance / 2)
    return np.maximum(raised - added, raised / 2)


def counted_around(
    expected: NDArray[np.float64],
    variance: NDArray[np.float64] | float,
    added: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Counts whose log is normal with that variance and whose mean is as expected, same shape, never below 0."""
    z = np.sqrt(variance) * rng.standard_normal(expected.shape)
    return np.maximum((expected + added) * bounded_exp(z - variance / 2) - added, 0.0)


def bounded_exp(log_mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp, never beyond any count."""
    return np.exp(np.minimum(log_mean, LARGEST_LOG))
