r"""A measure that is no count: least squares on the regions laid end to end, with Newey–West standard errors.

With x_i a row of the stacked matrix, e_i its residual and s_i = x_i e_i::

    V = (X'X)^{-1} S (X'X)^{-1} n / (n - p),   S = sum_{l=0}^{L} w_l sum_i (s_i s_{i-l}' + s_{i-l} s_i'),
    w_0 = 1/2,  w_l = 1 - l / (L + 1)

(Newey and West 1987, Econometrica 55:703). i - l is the same region l periods before (``"hac"``), or the row l before
it in the stack (``"hac-stacked"``: the treated region first, then the others by name, the counted periods of each in
order), which lets the last period of one region lag the first of the next, as software that reads the stack as one
series does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.model.base import CampaignDraws, Component, Draws, Link, Numerator, StudentMarginal
from evalkit.model.controlled.fits import COMPARISON_CHANGE, TREATED_CHANGE, against, campaign_columns, compared_with
from evalkit.model.controlled.stack import Stack, comparison_term, stack
from evalkit.model.controlled.stacked import SERIES
from evalkit.model.guard import require_full_rank
from evalkit.model.segmented import newey_west_lags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.controlled.options import Controlled
    from evalkit.model.controlled.regions import Regions


def fit_gaussian(options: Controlled, design: Design, regions: Regions) -> GaussianFit:
    """Least squares on all regions; ``CannotEstimate`` where a column cannot be told from the others."""
    names = list(regions.comparison)
    groups = ["all comparison regions"] * len(names) if options.pooled else [f"comparison {name}" for name in names]
    stacked = stack([regions.treated, *regions.comparison.values()], [SERIES, *groups], options.shared)
    used = stacked.used
    matrix, observed = stacked.matrix[used], stacked.observed[used]
    require_full_rank(matrix, stacked.terms)
    coefficients = np.asarray(np.linalg.lstsq(matrix, observed, rcond=None)[0], dtype=np.float64)
    residual = np.where(used, stacked.observed, 0.0) - np.where(used, stacked.matrix @ coefficients, 0.0)
    n, p = matrix.shape
    own = regions.treated.used
    own_terms = int(stacked.matrix[: len(own)].any(axis=0).sum()) - len(design.campaign_terms)
    return GaussianFit(
        options=options,
        design=design,
        regions=regions,
        stacked=stacked,
        coefficients=coefficients,
        covariance=_covariance(options, stacked, residual, len(design.periods)),
        df=float(n - p),
        residual_sd=float(np.sqrt((residual[: len(own)] ** 2).sum() / max(int(own.sum()) - own_terms, 1))),
    )


def _covariance(
    options: Controlled, stacked: Stack, residual: NDArray[np.float64], periods: int
) -> NDArray[np.float64]:
    used, matrix = stacked.used, stacked.matrix
    n, p = int(used.sum()), matrix.shape[1]
    inverse = np.linalg.inv(matrix[used].T @ matrix[used])
    if options.covariance == "model":
        return np.asarray(inverse * float(residual @ residual) / (n - p))
    lags = newey_west_lags(periods) if options.lags is None else options.lags
    scores = matrix * residual[:, None]  # 0 where a period is not used
    if options.covariance == "hac-stacked":
        meat = bartlett(scores[used], lags)
    else:
        meat = np.sum([bartlett(region, lags) for region in scores.reshape(-1, periods, p)], axis=0)
    return np.asarray(inverse @ meat @ inverse * n / (n - p))


def bartlett(scores: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Bartlett-weighted long-run sum of products of scores in time order, shape (m, p) to (p, p)."""
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        product = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (product + product.T)
    return np.asarray(meat)


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianFit:
    """Least squares on a measure; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    regions, stacked : Regions, Stack
        What was stacked.
    coefficients, covariance : ndarray of shape (p,) and (p, p)
        In the order of ``stacked.terms``, in units of the measure.
    df : float
        n − p of the stack: degrees of freedom of the Student t reference.
    residual_sd : float
        Standard deviation of the treated region around its line.
    """

    options: Controlled
    design: Design
    regions: Regions
    stacked: Stack
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    df: float
    residual_sd: float

    @property
    def name(self) -> str:
        """``"controlled"``."""
        return "controlled"

    @property
    def label(self) -> str:
        """The model in words."""
        k = len(self.regions.comparison)
        errors = "" if self.options.covariance == "model" else text("model.label.newey_west")
        return text("model.controlled.linear", regions=against(k), errors=errors)

    @property
    def numerator(self) -> Numerator:
        """``"expected"``."""
        return "expected"

    @property
    def link(self) -> Link:
        """``"identity"``: coefficients are differences."""
        return "identity"

    @property
    def terms(self) -> tuple[str, ...]:
        """Every column of the design; the campaign's own are net of the comparison change."""
        return self.design.columns

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Expected measure of the treated region with the campaign as it was, shape (n,)."""
        return np.asarray(self._rows @ self.coefficients)

    @property
    def systematic(self) -> NDArray[np.float64]:
        """The same as ``fitted``."""
        return self.fitted

    @property
    def dispersion(self) -> float:
        """1: a measure is no count."""
        return 1.0

    @property
    def parameters(self) -> Mapping[str, float]:
        """Standard deviation of the treated region around its line."""
        return {"residual sd": self.residual_sd}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Comparison regions that were left out."""
        return self.regions.warnings

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the comparison regions that entered the fit."""
        return compared_with(self.design, self.regions.comparison)

    def marginal(self, term: str) -> StudentMarginal:
        """Estimate, standard error and Student t reference of a coefficient of the treated region."""
        self.design.column(term)
        name = term if term in self.stacked.terms else f"{term} ({SERIES})"
        return self.linear({name: 1.0})

    def linear(self, weights: Mapping[str, float]) -> StudentMarginal:
        """The same for a weighted sum of columns of the stack, by name (``stacked.terms``)."""
        a = np.zeros(len(self.coefficients))
        a[self.stacked.positions(list(weights))] = list(weights.values())
        return StudentMarginal(float(a @ self.coefficients), float(np.sqrt(a @ self.covariance @ a)), self.df)

    def draws(self, size: int, seed: int) -> Draws:
        """Draws of the treated region with the campaign and with the comparison change alone."""
        b = self._coefficients(size, seed)
        expected = b @ self._rows.T
        terms = self.design.campaign_terms
        net = b[:, self.stacked.positions(terms)]
        columns = self.design.with_campaign[:, campaign_columns(self.design)]
        return Draws(
            with_campaign=expected,
            without_campaign=expected - net @ columns.T,
            campaign=CampaignDraws(terms=terms, coefficients=net, columns=columns[None]),
        )

    def components(self, size: int, seed: int) -> tuple[Component, ...]:
        """The treated and the comparison change, summed over the window; they differ by the cumulative effect."""
        inside = self.design.window
        b = self._coefficients(size, seed)
        terms = self.design.campaign_terms
        comparison = self._total_of(b, [comparison_term(term) for term in terms])[:, inside].sum(axis=1)
        net = self._total_of(b, terms)[:, inside].sum(axis=1)
        unit = self.design.unit
        return (
            Component(name=TREATED_CHANGE, unit=unit, draws=comparison + net, window=inside),
            Component(name=COMPARISON_CHANGE, unit=unit, draws=comparison, window=inside),
        )

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """The measure around its expectation, same shape."""
        return expected + self.residual_sd * np.random.default_rng([seed, 2]).standard_normal(expected.shape)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Measures of the treated region that the fitted model could have produced, shape (size, n)."""
        return self.counted(np.broadcast_to(self.fitted, (size, len(self.fitted))), seed)

    @property
    def _rows(self) -> NDArray[np.float64]:
        """Rows of the treated region, shape (n, p)."""
        return self.stacked.matrix[: len(self.design.periods)]

    def _coefficients(self, size: int, seed: int) -> NDArray[np.float64]:
        rng = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(self.covariance)
        z = rng.standard_normal((size, len(values))) * np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        return np.asarray(self.coefficients + (z * np.sqrt(np.clip(values, 0, None))) @ vectors.T)

    def _total_of(self, b: NDArray[np.float64], terms: Sequence[str]) -> NDArray[np.float64]:
        """What some coefficients, in the order of the campaign terms, add in each period; shape (S, n)."""
        columns = self.design.with_campaign[:, campaign_columns(self.design)]
        return np.asarray(b[:, self.stacked.positions(terms)] @ columns.T)
