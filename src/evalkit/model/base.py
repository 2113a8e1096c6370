"""What every fitted model hands on, whatever the family: marginals of its coefficients and joint draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from evalkit.design import ControlsAs, Design
    from evalkit.vocab import Kind

Numerator = Literal["expected", "observed"]
Link = Literal["log", "identity"]


@runtime_checkable
class Marginal(Protocol):
    """Distribution of one coefficient on the log scale: a posterior, or the reference distribution of an estimator."""

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function at probabilities q in (0, 1); same shape as q."""
        ...

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Distribution function at x (log scale); same shape as x."""
        ...

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Density at x (log scale); same shape as x."""
        ...

    @property
    def centre(self) -> float:
        """The value to report: the posterior median, or the point estimate."""
        ...


@dataclass(frozen=True)
class StudentMarginal:
    """Estimate ± standard error with a Student t or (``df=inf``) normal reference distribution."""

    estimate: float
    standard_error: float
    df: float = np.inf

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """See :class:`Marginal`."""
        probability = np.asarray(q, dtype=np.float64)
        z = special.ndtri(probability) if np.isinf(self.df) else special.stdtrit(self.df, probability)
        return np.asarray(self.estimate + self.standard_error * z)

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """See :class:`Marginal`."""
        z = (np.asarray(x, dtype=np.float64) - self.estimate) / self.standard_error
        return np.asarray(special.ndtr(z) if np.isinf(self.df) else special.stdtr(self.df, z))

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """See :class:`Marginal`."""
        z = (np.asarray(x, dtype=np.float64) - self.estimate) / self.standard_error
        if np.isinf(self.df):
            return np.asarray(np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * self.standard_error))
        half = (self.df + 1) / 2
        log_constant = special.gammaln(half) - special.gammaln(self.df / 2) - np.log(self.df * np.pi) / 2
        return np.asarray(np.exp(log_constant - half * np.log1p(z**2 / self.df)) / self.standard_error)

    @property
    def centre(self) -> float:
        """The point estimate."""
        return self.estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class CampaignDraws:
    """The campaign's own share of joint draws: what each of its c columns adds, so that each can be switched off.

    Attributes
    ----------
    terms : tuple of str
        The columns.
    coefficients : ndarray of shape (S, c)
        Their draws, on the scale of the fit's link.
    columns : ndarray of shape (k, n, c)
        The columns themselves: k = 1, or one layer for each shape of the effect that the fit allows for.
    which : ndarray of int, shape (S,), optional
        The layer that each draw goes with; the first one where there is none.
    """

    terms: tuple[str, ...]
    coefficients: NDArray[np.float64]
    columns: NDArray[np.float64]
    which: NDArray[np.int64] | None = None

    def of(self, terms: Sequence[str], window: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What some of the columns add in the m periods of a window, shape (S, m), on the scale of the link."""
        where = [self.terms.index(term) for term in terms]
        chosen = self.columns[:, window][:, :, where]
        if self.which is None:
            return np.asarray(self.coefficients[:, where] @ chosen[0].T)
        added = np.empty((len(self.coefficients), chosen.shape[1]))
        for layer in range(len(chosen)):
            mine = self.which == layer
            added[mine] = self.coefficients[mine][:, where] @ chosen[layer].T
        return added


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """Equally weighted joint draws, S of them, over the n periods of the design's calendar.

    Attributes
    ----------
    with_campaign, without_campaign : ndarray of shape (S, n)
        Expected contacts in each period, given the coefficients (and the latent process) of the draw.
    campaign : CampaignDraws, optional
        The campaign's columns one by one, from the same draws; None for a model that does not tell them apart.
    """

    with_campaign: NDArray[np.float64]
    without_campaign: NDArray[np.float64]
    campaign: CampaignDraws | None = None


def campaign_draws(design: Design, coefficients: NDArray[np.float64]) -> CampaignDraws:
    """The campaign's share of draws of all p coefficients of a design, shape (S, p)."""
    where = [design.column(term) for term in design.campaign_terms]
    return CampaignDraws(
        terms=design.campaign_terms,
        coefficients=coefficients[:, where],
        columns=design.with_campaign[None, :, where],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """A quantity that only some designs have, beside the four estimands: the change in a comparison region, one flight.

    Attributes
    ----------
    name : str
        In words, unique within a fit, as tables print it: ``"comparison change"``.
    unit : str
        As in :class:`evalkit.effect.Estimate`: ``"rate ratio"``, ``"contacts"``.
    draws : ndarray of shape (S,)
        Equally weighted draws of it, on the scale of the unit.
    window : ndarray of bool, shape (n,)
        The periods that it speaks of.
    """

    name: str
    unit: str
    draws: NDArray[np.float64]
    window: NDArray[np.bool_]


@runtime_checkable
class HasComponents(Protocol):
    """A fit that has more to say than the four estimands."""

    def components(self, size: int, seed: int) -> tuple[Component, ...]:
        """Those quantities in reporting order, from the joint draws that ``draws(size, seed)`` gives."""
        ...


@runtime_checkable
class Compares(Protocol):
    """A fit beside comparison regions."""

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the comparison regions that entered the fit; those that were left out are not among them."""
        ...


@runtime_checkable
class Fit(Protocol):
    """A fitted model. Nothing in it changes after fitting.

    Attributes
    ----------
    name : str
        ``vocab.ModelName``.
    label : str
        The model in words, for captions: ``"quasi-Poisson regression"``.
    design : Design
        What was fitted.
    numerator : {"expected", "observed"}
        What the rate ratio divides by the counterfactual: the model's expectation or the observed counts.
    link : {"log", "identity"}
        Scale of the coefficients: log (a change is a ratio) or the outcome's own (a change is a difference).
    terms : tuple of str
        Coefficients that have a marginal.
    fitted : ndarray of shape (n,)
        Expected contacts with the campaign as it was.
    systematic : ndarray of shape (n,)
        Expected contacts from the design alone, with any latent process at its average of zero on the log scale.
    dispersion : float
        Variance of a count over its mean, as the model has it (1 for Poisson), averaged over the used periods.
    parameters : mapping
        Other fitted quantities by name (``rho``, ``sigma``, ``alpha``), for tables.
    warnings : tuple of str
        What the reader of a result should know about the fit.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def design(self) -> Design: ...  # noqa: D102
    @property
    def numerator(self) -> Numerator: ...  # noqa: D102
    @property
    def link(self) -> Link: ...  # noqa: D102
    @property
    def terms(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def fitted(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def systematic(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def dispersion(self) -> float: ...  # noqa: D102
    @property
    def parameters(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def warnings(self) -> tuple[str, ...]: ...  # noqa: D102

    def marginal(self, term: str) -> Marginal:
        """Distribution of one coefficient (log scale); ``DesignError`` for a term that the design has not."""
        ...

    def draws(self, size: int, seed: int) -> Draws:
        """``size`` joint draws; the same seed gives the same draws."""
        ...

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Counts around expected contacts, same shape: observation noise only, as the family has it."""
        ...

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts with the campaign as it was, shape (size, n), each with a latent process of its own.

        What the model says could have been seen: the yardstick of the residual checks.
        """
        ...


@runtime_checkable
class Model(Protocol):
    """Options of one model: configuration in, fit out.

    Attributes
    ----------
    name : str
        One of ``vocab.MODEL_NAMES``.
    controls_as : {"covariate", "comparison"}
        How comparison regions enter: the log of their total as a column of the matrix, or side by side as
        :class:`evalkit.design.Comparison`, which the model then reads for itself.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def controls_as(self) -> ControlsAs: ...  # noqa: D102

    def fit(self, design: Design) -> Fit:
        """Fit the design; ``CannotEstimate`` where the data cannot say."""
        ...


@runtime_checkable
class ReadsKind(Protocol):
    """A model that may want something else than counts."""

    @property
    def kind(self) -> Kind:
        """``"counts"``, or ``"measure"``: any finite numbers, on their own scale."""
        ...


def kind_of(model: Model) -> Kind:
    """What a model reads: what it says of itself, counts where it says nothing."""
    return model.kind if isinstance(model, ReadsKind) else "counts"


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """Smallest data that a campaign effect may be estimated from, whatever the model.

    Attributes
    ----------
    pre_years : float
        Used periods before launch, in years: less cannot separate season and trend from the campaign.
    post_periods : int
        Used periods from the launch on.
    post_periods_slope : int
        The same where a slope change is asked for.
    post_years_slope : float
        And in years: days or weeks that span less say nothing of a change per year.
    pre_periods_annual : int
        Used periods before launch in annual data.
    """

    pre_years: float = 1.0
    post_periods: int = 2
    post_periods_slope: int = 4
    post_years_slope: float = 0.25
    pre_periods_annual: int = 3


WITHOUT_TERMS: Final = Requirements(post_periods=1, post_periods_slope=1, post_years_slope=0.0)
"""Of models that project from before the launch: they have no campaign term to estimate."""
