"""Segmented regression, the tutorial standard: Poisson, quasi-Poisson, negative binomial, log-normal or Gaussian.

Shipped to reproduce published analyses and to stand beside the calibrated core; its intervals are too narrow on short
autocorrelated series (see ``docs/methods/segmented.md``).
"""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from evalkit import vocab
from evalkit.catalogue import term, text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate, ModelError, unknown
from evalkit.model.base import Draws, Link, Numerator, StudentMarginal, campaign_draws
from evalkit.model.guard import require_estimable
from evalkit.model.poisson import fit_poisson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from evalkit.design import ControlsAs, Design

Reference = Literal["t", "normal"]
_DIVERGED = 25.0  # a log rate ratio this large is a coefficient on its way to infinity


def regression(family: vocab.Family) -> str:
    """The family of a regression in words."""
    return term("model.families", family)


@dataclass(frozen=True, kw_only=True)
class Segmented(Displayed):
    """Options of segmented regression.

    Attributes
    ----------
    family : {"poisson", "quasi-poisson", "negative-binomial", "log-normal", "gaussian"}
        Variance of a count with mean μ: μ; φμ with φ estimated by Pearson's statistic over n − p; μ + αμ² with α by
        maximum likelihood; or ordinary least squares on the log of the rate, which needs every count above 0.
        ``"gaussian"`` is ordinary least squares on the outcome's own scale, for a measure that is no count (a rate, a
        quantity a head): changes are then differences.
    covariance : {"model", "hac"}
        From the model, or heteroskedasticity- and autocorrelation-consistent with Bartlett weights and the small-sample
        factor n / (n − p) (Newey and West 1987, Econometrica 55:703).
    lags : int, optional
        Lags of the HAC covariance. By default ⌊4 (n/100)^(2/9)⌋ (Newey and West 1994, Rev Econ Stud 61:631, first
        step of their plug-in rule).
    reference : {"t", "normal"}
        Reference distribution of the intervals: Student t with n − p degrees of freedom, or normal.
    """

    family: vocab.Family = "quasi-poisson"
    covariance: vocab.Covariance = "model"
    lags: int | None = None
    reference: Reference = "t"

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("family", self.family, vocab.FAMILIES),
            ("covariance", self.covariance, vocab.COVARIANCES),
            ("reference", self.reference, get_args(Reference)),
        ):
            if value not in allowed:
                raise ModelError(unknown(what, value, allowed))
        if self.lags is not None and (not isinstance(self.lags, int) or self.lags < 0):
            raise ModelError(
                f"lags is {self.lags!r}. Allowed: a whole number, 0 or more, or None for the default rule."
            )

    @property
    def name(self) -> str:
        """``"segmented"``."""
        return "segmented"

    @property
    def controls_as(self) -> ControlsAs:
        """``"covariate"``."""
        return "covariate"

    @property
    def kind(self) -> vocab.Kind:
        """``"measure"`` for the Gaussian family, else ``"counts"``."""
        return "measure" if self.family == "gaussian" else "counts"

    def fit(self, design: Design) -> SegmentedFit:
        """Fit by maximum (quasi-)likelihood; ``CannotEstimate`` where the data cannot say or the fit diverges."""
        require_estimable(design)
        if self.family == "gaussian" and design.offset.any():
            raise ModelError(
                "The Gaussian family has no exposure, and the design has one. Leave it out and give the rate itself as "
                "the measure, or use a family of counts."
            )
        used = design.used
        counts, matrix, offset = design.observed[used], design.with_campaign[used], design.offset[used]
        try:
            result, alpha = _FITTERS[self.family](counts, matrix, offset)
        except (ValueError, FloatingPointError, np.linalg.LinAlgError) as problem:
            raise CannotEstimate(
                text("cannot.segmented.broke_down", model=regression(self.family), problem=problem),
                text("cannot.segmented.broke_down_remedy"),
            ) from problem
        coefficients = np.asarray(result.params)
        _require_finite(coefficients, design, np.inf if self.family == "gaussian" else _DIVERGED)
        mean = matrix @ coefficients if self.family == "gaussian" else np.exp(matrix @ coefficients + offset)
        df = len(counts) - matrix.shape[1]
        if self.family == "gaussian":
            dispersion = 1.0
        elif self.family == "log-normal":
            dispersion = float(np.var(counts - mean, ddof=matrix.shape[1]) / mean.mean())
        elif self.family == "quasi-poisson":
            dispersion = float(result.scale)
        else:
            dispersion = float(np.mean(1 + alpha * mean))
        lags = newey_west_lags(len(counts)) if self.lags is None else self.lags
        covariance = _hac(result, lags) if self.covariance == "hac" else np.asarray(result.cov_params())
        return SegmentedFit(
            options=self,
            design=design,
            coefficients=coefficients,
            covariance=covariance,
            df=float(df) if self.reference == "t" else np.inf,
            dispersion=dispersion,
            alpha=alpha,
            residual_sd=float(np.sqrt(result.scale)) if self.family in {"log-normal", "gaussian"} else 0.0,
            warnings=(),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SegmentedFit:
    """A fitted segmented regression; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    coefficients : ndarray of shape (p,)
        On the scale of the link, in the order of ``design.columns``.
    covariance : ndarray of shape (p, p)
        Of the coefficients.
    df : float
        Degrees of freedom of the reference distribution; infinite for the normal.
    dispersion : float
        φ: variance of a count over its mean (averaged over the used periods where it varies); 1 for the Gaussian.
    alpha : float
        α of the negative binomial, 0 otherwise.
    residual_sd : float
        Standard deviation around the line of log contacts (log-normal) or of the measure (Gaussian), 0 otherwise.
    """

    options: Segmented
    design: Design
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    df: float
    dispersion: float
    alpha: float
    residual_sd: float
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """``"segmented"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The family and the covariance in words."""
        hac = text("model.label.newey_west") if self.options.covariance == "hac" else ""
        return f"{regression(self.options.family)}{hac}"

    @property
    def numerator(self) -> Numerator:
        """``"expected"``."""
        return "expected"

    @property
    def link(self) -> Link:
        """``"log"``: coefficients are logs of ratios; ``"identity"`` for the Gaussian family: differences."""
        return "identity" if self.options.family == "gaussian" else "log"

    @property
    def terms(self) -> tuple[str, ...]:
        """Every column of the design."""
        return self.design.columns

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Expected contacts with the campaign as it was, shape (n,)."""
        return self._expected(self.design.with_campaign @ self.coefficients)

    @property
    def systematic(self) -> NDArray[np.float64]:
        """The same as ``fitted``: there is no latent process."""
        return self.fitted

    @property
    def parameters(self) -> Mapping[str, float]:
        """Dispersion, and α where the family has one; for the Gaussian the standard deviation around the line."""
        if self.options.family == "gaussian":
            return {"residual sd": self.residual_sd}
        extra = {"alpha": self.alpha} if self.options.family == "negative-binomial" else {}
        return {"dispersion": self.dispersion, **extra}

    def marginal(self, term: str) -> StudentMarginal:
        """Estimate, standard error and reference distribution of one coefficient."""
        return self.linear(np.arange(len(self.terms)) == self.design.column(term))

    def linear(self, contrast: ArrayLike) -> StudentMarginal:
        """The same for a linear combination ``contrast @ coefficients``; ``contrast`` has shape (p,)."""
        a = np.asarray(contrast, dtype=np.float64)
        return StudentMarginal(float(a @ self.coefficients), float(np.sqrt(a @ self.covariance @ a)), self.df)

    def draws(self, size: int, seed: int) -> Draws:
        """Draws of the coefficients from their joint reference distribution (multivariate t or normal)."""
        rng = np.random.default_rng(seed)
        root = _matrix_root(self.covariance)
        z = rng.standard_normal((size, len(self.coefficients)))
        if np.isfinite(self.df):
            z *= np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        beta = self.coefficients + z @ root.T
        return Draws(
            with_campaign=self._expected(beta @ self.design.with_campaign.T),
            without_campaign=self._expected(beta @ self.design.without_campaign.T),
            campaign=campaign_draws(self.design, beta),
        )

    def _expected(self, predictor: NDArray[np.float64]) -> NDArray[np.float64]:
        return predictor if self.link == "identity" else _exp(predictor + self.design.offset)

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Counts with the variance of the family around expected contacts, same shape."""
        return self._count(np.random.default_rng([seed, 1]), expected)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Counts that the fitted model could have produced, shape (size, n)."""
        rng = np.random.default_rng(seed)
        return self._count(rng, np.broadcast_to(self.fitted, (size, len(self.fitted))))

    def _count(self, rng: np.random.Generator, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Counts around their means: Poisson, or a gamma mixture of Poissons with the family's variance."""
        if self.options.family == "gaussian":
            return mean + self.residual_sd * rng.standard_normal(mean.shape)
        if self.options.family == "log-normal":
            return mean * np.exp(self.residual_sd * rng.standard_normal(mean.shape))
        if self.options.family == "negative-binomial":
            shape = np.full(mean.shape, 1 / self.alpha) if self.alpha > 0 else None
        else:  # φμ = μ + μ²/k with k = μ / (φ − 1); a φ below 1 is counted as Poisson, the wider of the two
            shape = mean / (self.dispersion - 1) if self.dispersion > 1 + 1e-6 else None
        rate = mean if shape is None else mean * rng.standard_gamma(shape) / shape
        return rng.poisson(np.minimum(rate, 1e15)).astype(np.float64)


def newey_west_lags(n: int) -> int:
    """⌊4 (n/100)^(2/9)⌋, at least 1 (Newey and West 1994)."""
    return max(1, int(4 * (n / 100) ** (2 / 9)))


def _hac(result: Any, lags: int) -> NDArray[np.float64]:
    """Bartlett-weighted covariance with the factor n / (n − p)."""
    robust = result.model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    return np.asarray(robust.cov_params())


def _poisson(
    counts: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[Any, float]:
    return fit_poisson(counts, matrix, offset), 0.0


def _quasi_poisson(
    counts: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[Any, float]:
    return fit_poisson(counts, matrix, offset, quasi=True), 0.0


def _negative_binomial(
    counts: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[Any, float]:
    """Maximum likelihood over (b, α); with no overdispersion at all α → 0 and the Poisson fit is the answer."""
    import statsmodels.api as sm

    poisson = fit_poisson(counts, matrix, offset)
    pearson = float(poisson.pearson_chi2) / (len(counts) - matrix.shape[1])
    if pearson <= 1:
        return poisson, 0.0
    start = np.append(poisson.params, max((pearson - 1) / float(np.mean(poisson.mu)), 1e-3))
    with np.errstate(all="ignore"), python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        joint = sm.NegativeBinomial(counts, matrix, offset=offset).fit(start_params=start, disp=0, maxiter=500)
    alpha = float(joint.params[-1])
    if not (joint.mle_retvals["converged"] and np.isfinite(alpha) and alpha > 0):
        raise CannotEstimate(
            text("cannot.segmented.negative_binomial"), text("cannot.segmented.negative_binomial_remedy")
        )
    family = sm.families.NegativeBinomial(alpha=alpha)
    return sm.GLM(counts, matrix, family=family, offset=offset).fit(), alpha


def _log_normal(
    counts: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[Any, float]:
    import statsmodels.api as sm

    if (counts == 0).any():
        raise CannotEstimate(
            text("cannot.no_log"),
            text("cannot.segmented.no_log_remedy"),
        )
    return sm.OLS(np.log(counts) - offset, matrix).fit(), 0.0


def _gaussian(
    measure: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[Any, float]:
    import statsmodels.api as sm

    return sm.OLS(measure - offset, matrix).fit(), 0.0  # a measure has no exposure: the offset is 0


_FITTERS = {
    "poisson": _poisson,
    "quasi-poisson": _quasi_poisson,
    "negative-binomial": _negative_binomial,
    "log-normal": _log_normal,
    "gaussian": _gaussian,
}


def _require_finite(coefficients: NDArray[np.float64], design: Design, largest: float) -> None:
    worst = int(np.argmax(np.abs(np.where(np.isfinite(coefficients), coefficients, np.inf))[1:])) + 1
    if not np.isfinite(coefficients).all() or abs(coefficients[worst]) > largest:
        raise CannotEstimate(
            text("cannot.segmented.runs_away", term=design.columns[worst], value=coefficients[worst]),
            text("cannot.segmented.runs_away_remedy"),
        )


def _matrix_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A root R with R R' equal to a positive semi-definite covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def _exp(log_mean: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(np.minimum(log_mean, 34.0))  # e^34 contacts is beyond any count; keeps a wild draw finite
