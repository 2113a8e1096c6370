"""One latent model a region with a level for every bin of periods since launch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit import vocab
from evalkit.catalogue import periods, text
from evalkit.effect.pooled.pooled import LeftOut
from evalkit.errors import CannotEstimate
from evalkit.model.guard import require_full_rank
from evalkit.model.latent import LatentModel, fit_latent
from evalkit.model.latent.batch import map_threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect.pooled.gather import Laid
    from evalkit.model import Latent, Marginal
    from evalkit.model.latent import LatentPosterior


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Bins of periods since launch.

    Attributes
    ----------
    first : tuple of int
        First period of each, in order; 0 is the launch.
    size : int
        Periods in each.
    """

    first: tuple[int, ...]
    size: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """The posterior of one region.

    Attributes
    ----------
    posterior : LatentPosterior
        Of all coefficients.
    matrix : ndarray of shape (n, p)
        What was fitted.
    bins : mapping of int to int
        For each bin that the region reaches its column.
    """

    posterior: LatentPosterior
    matrix: NDArray[np.float64]
    bins: Mapping[int, int]

    def unit(self, place: int) -> NDArray[np.float64]:
        """The contrast that is the coefficient of one bin, shape (p,)."""
        contrast = np.zeros(self.matrix.shape[1])
        contrast[self.bins[place]] = 1.0
        return contrast

    def marginal(self, contrast: NDArray[np.float64]) -> Marginal:
        """Posterior of a combination of coefficients (log scale)."""
        only = np.flatnonzero(contrast)
        if len(only) == 1 and contrast[only[0]] == 1.0:
            return self.posterior.coefficient(int(only[0]))
        return self.posterior.linear(contrast)


def fit_bins(laid: Laid, bins: Bins, model: Latent) -> tuple[dict[str, Fitted], tuple[LeftOut, ...]]:
    """Fit every region; those that cannot be estimated with their reasons."""

    def one(name: str) -> Fitted | CannotEstimate:
        try:
            return _fit(laid.designs[name], bins, model)
        except CannotEstimate as problem:
            return problem

    fitted: dict[str, Fitted] = {}
    left_out = []
    for name, found in zip(laid.designs, map_threads(one, list(laid.designs)), strict=True):
        if isinstance(found, CannotEstimate):
            left_out.append(LeftOut(region=name, reason=found.reason, remedy=found.remedy))
        else:
            fitted[name] = found
    return fitted, tuple(left_out)


def _fit(design: Design, bins: Bins, model: Latent) -> Fitted:
    since = np.arange(len(design.periods)) - int(np.flatnonzero(design.post)[0])
    _require_reference(design, since < bins.first[0])
    keep = [j for j, name in enumerate(design.columns) if name not in design.campaign_terms]
    columns = [design.without_campaign[:, j] for j in keep]
    names = [design.columns[j] for j in keep]
    place_of: dict[int, int] = {}
    for place, first in enumerate(bins.first):
        inside = (since >= first) & (since < first + bins.size)
        if (inside & design.used).any():
            place_of[place] = len(columns)
            columns.append(inside.astype(np.float64))
            names.append(f"periods {first} to {first + bins.size - 1}")
    matrix = np.column_stack(columns)
    require_full_rank(matrix[design.used], tuple(names))
    posterior = fit_latent(
        design.observed,
        matrix,
        offset=design.offset,
        used=design.used,
        model=LatentModel(prior=model.prior, grid=model.grid, terms=tuple(names)),
    )
    return Fitted(posterior=posterior, matrix=matrix, bins=place_of)


def _require_reference(design: Design, early: NDArray[np.bool_]) -> None:
    """``CannotEstimate`` where less than a year is counted before the first bin."""
    need = max(3, round(vocab.PERIODS_PER_YEAR[design.frequency]))
    there = int((design.used & early).sum())
    if there < need:
        units = periods(design.frequency)
        raise CannotEstimate(
            text("cannot.pooled.reference", number=there, periods=units, need=need),
            text("cannot.pooled.reference_remedy"),
        )
