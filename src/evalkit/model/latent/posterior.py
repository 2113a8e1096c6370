"""The latent model on arrays: counts, design matrix, offset and mask in; a posterior out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.latent import explore, loggamma, sampling
from evalkit.model.latent.marginal import GridMarginal, MixtureMarginal
from evalkit.model.latent.prior import LatentGrid, LatentPrior
from evalkit.model.latent.screening import require_chains, require_estimable_terms, require_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

Problem = tuple[
    "NDArray[np.float64]",
    "NDArray[np.bool_]",
    "NDArray[np.float64]",
    "NDArray[np.float64]",
    "NDArray[np.float64]",
    "NDArray[np.float64]",
    "NDArray[np.bool_]",
]

_CAPACITY: Final = 800  # grid points that there is room for at first; about 60 are usual
_FINE_STEP, _FINE_CELLS = 0.6, (24, 20)  # for the marginals of rho and sigma, which are histograms over the cells
_NEAR_EDGE: Final = 0.9  # "at the edge" means above this share of the upper bound of sigma
_WIDEN, _REPORT, _WIDENINGS = 0.10, 0.01, 2  # a flat prior puts a tenth of its mass there
_OVERSAMPLE: Final = 4
_ENOUGH, _ENOUGH_OF_FEW = 0.8, 0.5
_BROKEN: Final = 0.25
_KEPT, _MOST_KEPT = 4, 2_000_000  # arrays of random numbers, and numbers in one: those of days take a gigabyte
_LONG: Final = (
    300  # periods: the weights of longer series suffer from the length, those of shorter ones from few contacts
)
_MANY, _WORTHLESS = 1000, 100  # of 1,000 draws and more, at least so many must be worth independent ones


@dataclass(frozen=True, kw_only=True)
class LatentModel:
    """Prior, numerical settings and (optionally) the names of the columns."""

    prior: LatentPrior = field(default_factory=LatentPrior)
    grid: LatentGrid = field(default_factory=LatentGrid)
    terms: tuple[str, ...] = ()


_DEFAULT: Final = LatentModel()


@dataclass(frozen=True, kw_only=True, eq=False)
class JointDraws:
    """Equally weighted joint draws from the posterior.

    Attributes
    ----------
    b : ndarray of shape (S, p)
        Coefficients.
    eta : ndarray of shape (S, n)
        Log of the expected count, ``offset + X b + u``, at every period, masked ones included.
    rho, sigma, white : ndarray of shape (S,)
        Correlation, standard deviation and memoryless share of the latent process at the grid point of each draw.
    effective_size : float
        Effective number of the weighted draws before resampling, (sum w)^2 / sum w^2.
    """

    b: NDArray[np.float64]
    eta: NDArray[np.float64]
    rho: NDArray[np.float64]
    sigma: NDArray[np.float64]
    white: NDArray[np.float64]
    effective_size: float


@dataclass(frozen=True, kw_only=True, eq=False)
class NormalMixture:
    """Joint distribution of q coefficients: a mixture of g normals.

    Attributes
    ----------
    weight : ndarray of shape (g,)
        Adding to 1.
    mean, covariance : ndarray of shape (g, q) and (g, q, q)
        Of each part.
    """

    weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def first(self, q: int) -> NormalMixture:
        """The distribution of the first q coefficients."""
        return replace(self, mean=self.mean[:, :q], covariance=self.covariance[:, :q, :q])

    @property
    def centre(self) -> NDArray[np.float64]:
        """Mean of the mixture, shape (q,)."""
        return np.asarray(self.weight @ self.mean)

    @property
    def spread(self) -> NDArray[np.float64]:
        """Covariance of the mixture, shape (q, q)."""
        away = self.mean - self.centre
        return np.asarray(np.einsum("g,gij->ij", self.weight, self.covariance + away[:, :, None] * away[:, None, :]))


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentPosterior:
    """Posterior of one series: what the grid found, and everything that follows from it.

    Attributes
    ----------
    terms : tuple of str
        Names of the p columns.
    problem : tuple of ndarray
        Counts (0 where masked), mask, offset, matrix, prior mean and precision of the coefficients, starts.
    theta : ndarray of shape (g, 3)
        rho, sigma and w at the grid points.
    weight : ndarray of shape (g,)
        Their posterior weights, adding to 1.
    log_weight : ndarray of shape (g, 3)
        Log posterior mass of the cell, unnormalised, the part of it beyond Laplace, and that from prior and cell width.
    moments : ndarray of shape (5, g, p)
        Mode, mean minus mode, Laplace variance, third cumulant and second-order variance of each coefficient.
    cell : tuple of float
        Cell widths in atanh(rho) and log(1 + sigma / scale), and that scale.
    sigma_upper : float
        Upper bound of sigma that was used.
    log_marginal_likelihood : float
        ``log p(y)`` with all normalising constants, of the Poisson likelihood and of the proper priors.  A flat prior
        enters as density 1, so the value compares designs that share their flat coefficients (in the same units), or
        designs whose differing coefficients all have proper priors.  Otherwise the comparison is arbitrary.
    edge_mass : float
        Posterior probability that sigma lies in the last tenth below its upper bound.
    failures, iterations : int
        Grid points at which Newton's method did not converge (left out), and Newton steps in all.
    """

    terms: tuple[str, ...]
    problem: Problem
    theta: NDArray[np.float64]
    weight: NDArray[np.float64]
    log_weight: NDArray[np.float64]
    moments: NDArray[np.float64]
    cell: tuple[float, float, float]
    sigma_upper: float
    log_marginal_likelihood: float
    edge_mass: float
    failures: int
    iterations: int
    grid: LatentGrid
    prior: LatentPrior
    widened: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of a result should know: mass at the edge of the grid, a widened grid, Newton failures."""
        found = []
        if self.widened:
            found.append(text("model.latent.widened", sigma=self.sigma_upper))
        if self.edge_mass > _REPORT:
            found.append(text("model.latent.edge", share=self.edge_mass, sigma=self.sigma_upper))
        if self.failures:
            found.append(text("model.latent.failures", failures=self.failures, points=len(self.weight) + self.failures))
        return tuple(found)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Posterior mean of the coefficients, shape (p,)."""
        return np.asarray(self.weight @ (self.moments[0] + self.moments[1]))

    def coefficient(self, term: str | int) -> MixtureMarginal:
        """Marginal of one coefficient (log scale), by name or position."""
        j = self.terms.index(term) if isinstance(term, str) else term
        return self._mixture(self.moments[:, :, j])

    def linear(self, contrast: ArrayLike) -> MixtureMarginal:
        """Marginal of a linear combination ``contrast @ b``; ``contrast`` has shape (p,) and is not all zero."""
        a = np.asarray(contrast, dtype=np.float64)
        if a.shape != (len(self.terms),) or not a.any() or not np.isfinite(a).all():
            raise ModelError(f"The contrast is {contrast!r}. Allowed: {len(self.terms)} finite numbers, not all zero.")
        order = self.grid.order if self.moments[4].any() else min(self.grid.order, 1)  # as the grid was done
        found = explore.revisit(self.problem, a[None, :], order, self.grid.tolerance, self.theta)
        return self._mixture(found[:, :, 0])

    def joint(self, terms: Sequence[str | int]) -> NormalMixture:
        """Joint posterior of some coefficients, by name or position, as a mixture of normals over the grid points.

        Mean and covariance of each part carry the corrections beyond Laplace; the skewness of the parts is left out.
        """
        chosen = [self.terms.index(term) if isinstance(term, str) else term for term in terms]
        q, p = len(chosen), len(self.terms)
        pairs = [(i, j) for i in range(q) for j in range(i + 1)]
        contrasts = np.zeros((len(pairs), p))
        for row, (i, j) in enumerate(pairs):
            contrasts[row, [chosen[i], chosen[j]]] = 1.0  # a coefficient itself, or the sum of two
        order = self.grid.order if self.moments[4].any() else min(self.grid.order, 1)
        mode, shift, variance, _, extra = explore.revisit(
            self.problem, contrasts, order, self.grid.tolerance, self.theta
        )
        spread = np.clip(variance + extra, 0.5 * variance, None)
        single = [pairs.index((i, i)) for i in range(q)]
        covariance = np.empty((len(self.weight), q, q))
        for row, (i, j) in enumerate(pairs):
            both = spread[:, single[i]] + spread[:, single[j]]
            covariance[:, i, j] = covariance[:, j, i] = spread[:, row] if i == j else (spread[:, row] - both) / 2
        return NormalMixture(weight=self.weight, mean=(mode + shift)[:, single], covariance=covariance)

    def _mixture(self, moments: NDArray[np.float64]) -> MixtureMarginal:
        mode, shift, variance, third, extra = np.ascontiguousarray(moments)
        if self.grid.order == 0:
            shift, third, extra = np.zeros_like(mode), np.zeros_like(mode), np.zeros_like(mode)
        parts = loggamma.components(mode, shift, variance, third, extra)
        centre = mode + shift
        mean = float(self.weight @ centre)
        spread = np.maximum(variance + extra, 0.5 * variance) + (centre - mean) ** 2
        return MixtureMarginal(self.weight, parts, mean, float(np.sqrt(self.weight @ spread)))

    @property
    def white(self) -> Mapping[float, float]:
        """Posterior probability of each value that the memoryless share w of the latent variance may take."""
        return {w: float(self.weight[self.theta[:, 2] == w].sum()) for w in sorted(self.prior.white)}

    @cached_property
    def rho(self) -> GridMarginal:
        """Marginal of the lag-one correlation of the part that has memory, from a finer grid made on first use."""
        fine = self._fine
        return _grid_marginal(np.arctanh(fine.theta[:, 0]), fine.weight, fine.cell[0], np.tanh)

    @cached_property
    def sigma(self) -> GridMarginal:
        """Marginal of the standard deviation of the latent process (log scale), from the same finer grid."""
        fine, scale = self._fine, self.cell[2]
        return _grid_marginal(
            np.log1p(fine.theta[:, 1] / scale), fine.weight, fine.cell[1], lambda v: scale * np.expm1(v)
        )

    @cached_property
    def _fine(self) -> LatentPosterior:
        """The same posterior on a grid fine enough for its marginals; the coefficients do not need it."""
        if self.grid.step <= _FINE_STEP:
            return self
        cells = (max(self.grid.cells[0], _FINE_CELLS[0]), max(self.grid.cells[1], _FINE_CELLS[1]))
        model = LatentModel(prior=self.prior, grid=replace(self.grid, step=_FINE_STEP, cells=cells), terms=self.terms)
        return _explore(self.problem, self.terms, model, self.cell[2], self.sigma_upper)

    def draws(self, size: int, seed: int) -> JointDraws:
        """``size`` equally weighted joint draws: importance weighting against the exact density, then resampling.

        Antithetic proposals, stratified over the grid points, are weighted and resampled systematically in order of
        their grid points: as many as asked for, or four times as many where those are worth less than four fifths of
        their number (half of it, where fewer than 1,000 are asked for).  The same seed gives the same draws.
        ``CannotEstimate`` where these are worth fewer than 100: the weights of very long series rest on a few draws.
        """
        found = self._weighted(size, size, seed)
        if found.effective_size <= (_ENOUGH if size >= _MANY else _ENOUGH_OF_FEW) * size:
            found = self._weighted(_OVERSAMPLE * size, size, seed)
        if size >= _MANY and found.effective_size < _WORTHLESS:
            periods, worth = len(self.problem[0]), text("cannot.latent.independent", number=found.effective_size)
            if periods > _LONG:
                raise CannotEstimate(
                    text("cannot.latent.too_long", draws=_OVERSAMPLE * size, periods=periods, worth=worth),
                    text("cannot.latent.too_long_remedy"),
                )
            raise CannotEstimate(
                text("cannot.latent.too_few", draws=_OVERSAMPLE * size, worth=worth, periods=periods),
                text("cannot.latent.too_few_remedy"),
            )
        return found

    def _weighted(self, pool: int, size: int, seed: int) -> JointDraws:
        n, p = self.problem[3].shape
        width = p + (2 * n if self.theta[:, 2].any() else n)
        made = _random_numbers if pool * width <= _MOST_KEPT else _random_numbers.__wrapped__
        first, normals, second = made(seed, pool, width)
        counts = sampling.systematic(self.weight, pool, first)
        share = self.log_weight[:, 2] - np.log(np.maximum(counts, 1))
        b, eta, log_w, node = sampling.propose(self.problem, self.theta, share, counts, normals)
        w = np.exp(log_w - log_w.max())
        w /= w.sum()
        taken = np.repeat(np.arange(pool), sampling.systematic(w, size, second))
        rho, sigma, white = self.theta[node[taken]].T
        size_of = float(1 / np.sum(w * w))
        return JointDraws(b=b[taken], eta=eta[taken], rho=rho, sigma=sigma, white=white, effective_size=size_of)


def fit_latent(
    y: ArrayLike,
    X: ArrayLike,
    *,
    offset: ArrayLike | None = None,
    used: ArrayLike | None = None,
    starts: ArrayLike | None = None,
    model: LatentModel | None = None,
) -> LatentPosterior:
    """Posterior of the latent model for one series, or for several laid end to end.

    Parameters
    ----------
    y : array_like of shape (n,)
        Counts in consecutive periods; anything where masked.
    X : array_like of shape (n, p)
        Design; finite in every row, masked ones included.
    offset : array_like of shape (n,), optional
        Log exposure; 0 by default.
    used : array_like of bool, shape (n,), optional
        False for a masked period: it has no count but still separates its neighbours.  All True by default.
    starts : array_like of bool, shape (n,), optional
        True where the latent process begins anew, independent of the periods before: the first period of each of
        several series laid end to end.  They share rho and sigma.  By default the first period only.
    model : LatentModel, optional
        Prior, numerical settings and term names.

    Raises
    ------
    ModelError
        Arrays that do not fit together, or entries that are no counts or not finite.
    CannotEstimate
        The posterior would be improper (no contacts at all, separation, as many terms as periods), terms that cannot be
        told apart, or no grid point converged; with the term's name and a remedy.
    """
    model = model or _DEFAULT
    problem, terms = problem_of(y, X, offset=offset, used=used, starts=starts, model=model)
    return _integrate(problem, terms, model)


def problem_of(
    y: ArrayLike,
    X: ArrayLike,
    *,
    offset: ArrayLike | None,
    used: ArrayLike | None,
    starts: ArrayLike | None,
    model: LatentModel,
) -> tuple[Problem, tuple[str, ...]]:
    """What the kernel reads, and the names of the terms; raises as :func:`fit_latent`, before any fitting."""
    matrix = np.ascontiguousarray(X, dtype=np.float64)
    counts = np.array(y, dtype=np.float64)
    n = len(counts)
    shift = np.zeros(n) if offset is None else np.array(offset, dtype=np.float64)
    mask = np.ones(n, dtype=np.bool_) if used is None else np.array(used, dtype=np.bool_)
    chains = np.arange(n) == 0 if starts is None else np.array(starts, dtype=np.bool_)
    require_readable(counts, matrix, shift, mask)
    require_chains(chains, n)
    terms = model.terms or tuple(f"x{j}" for j in range(matrix.shape[1]))
    if len(terms) != matrix.shape[1]:
        raise ModelError(f"{len(terms)} term names came with {matrix.shape[1]} columns. Give one name for each column.")
    precision = model.prior.precision(terms)
    require_estimable_terms(counts, matrix, mask, precision == 0, terms)
    counts[~mask] = 0.0
    return (counts, mask, shift, matrix, np.zeros(len(terms)), precision, chains), terms


def _integrate(problem: Problem, terms: tuple[str, ...], model: LatentModel) -> LatentPosterior:
    counts, mask = problem[0], problem[1]
    scale = min(max(1 / math.sqrt(float(counts[mask].mean()) + 0.5), 0.03), 0.5)
    found = _explore(problem, terms, model, scale, model.prior.sigma_upper)
    for doubled in range(1, _WIDENINGS + 1):
        if found.edge_mass <= _WIDEN:
            break
        try:
            found = _explore(problem, terms, model, scale, model.prior.sigma_upper * 2**doubled)
        except CannotEstimate:  # the wider grid reaches where the expansion fails: keep the bound, and its warning
            break
    return found


def _explore(
    problem: Problem, terms: tuple[str, ...], model: LatentModel, scale: float, upper: float
) -> LatentPosterior:
    n, p = problem[3].shape
    capacity, kept = _CAPACITY, explore.FULL
    while kept == explore.FULL:
        theta, log_weight, b = np.empty((capacity, 3)), np.empty((capacity, 3)), np.empty((capacity, p))
        shift, variance, third, extra = (np.empty((capacity, p)) for _ in range(4))
        store = (theta, log_weight, b, shift, variance, third, extra, np.empty((capacity, n)))
        kept, failures, iterations, hz, hv = explore.explore(
            problem, np.eye(p), model.prior.hyper(upper), model.prior.planes(), model.grid.control(scale), store
        )
        capacity *= 4
    if kept == 0:
        raise CannotEstimate(
            text("cannot.latent.not_converged"),
            text("cannot.latent.not_converged_remedy"),
        )
    total = log_weight[:kept, 0].max()
    weight = np.exp(log_weight[:kept, 0] - total)
    mass = weight.sum()
    weight /= mass
    _require_expansion(log_weight[:kept, 1], weight, problem)
    return LatentPosterior(
        terms=terms,
        problem=problem,
        theta=theta[:kept].copy(),
        weight=weight,
        log_weight=log_weight[:kept].copy(),
        moments=np.stack([b[:kept], shift[:kept], variance[:kept], third[:kept], extra[:kept]]),
        cell=(hz, hv, scale),
        sigma_upper=upper,
        log_marginal_likelihood=float(total + math.log(mass)),
        edge_mass=_edge_mass(theta[:kept, 1], weight, hv, scale, upper),
        failures=failures,
        iterations=iterations,
        grid=model.grid,
        prior=model.prior,
        widened=upper > model.prior.sigma_upper,
    )


@lru_cache(maxsize=_KEPT)
def _random_numbers(seed: int, pool: int, width: int) -> tuple[float, NDArray[np.float64], float]:
    """Start of the choice of grid points, antithetic normals of shape (pool, width), start of the resampling.

    Refits ask for the same again and again, so that the last few are kept, but for very large ones; read-only, as every
    caller shares them.
    """
    rng = np.random.default_rng(seed)
    first = float(rng.random())
    half = rng.standard_normal(((pool + 1) // 2, width))
    normals = np.empty((2 * len(half), width))
    normals[0::2], normals[1::2] = half, -half
    normals.flags.writeable = False
    return first, normals[:pool], float(rng.random())


def _grid_marginal(
    position: NDArray[np.float64],
    weight: NDArray[np.float64],
    width: float,
    back: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> GridMarginal:
    first = position.min()
    index = np.rint((position - first) / width).astype(np.int64)
    mass = np.bincount(index, weights=weight).astype(np.float64)
    edges = first + width * (np.arange(len(mass) + 1) - 0.5)
    return GridMarginal(np.asarray(back(edges)), mass)


def _require_expansion(beyond: NDArray[np.float64], weight: NDArray[np.float64], problem: Problem) -> None:
    """Raise ``CannotEstimate`` where a quarter of the posterior has corrections too large to trust."""
    used = problem[1]
    if weight @ (beyond > explore.LARGEST_CORRECTION * used.sum()) > _BROKEN:
        raise CannotEstimate(
            text("cannot.latent.unreliable"),
            text("cannot.latent.unreliable_remedy"),
        )


def _edge_mass(sigma: NDArray[np.float64], weight: NDArray[np.float64], hv: float, scale: float, upper: float) -> float:
    """Posterior mass of sigma above ``0.9 * upper``; a cell that the line crosses counts by its share above it."""
    top = np.log1p(sigma / scale) + hv / 2
    line = math.log1p(_NEAR_EDGE * upper / scale)
    return float(weight @ np.clip((top - line) / hv, 0, 1))
