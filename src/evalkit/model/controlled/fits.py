"""What every controlled fit of counts has in common: the treated change net of the comparison change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import counted, term, text
from evalkit.model.base import CampaignDraws, Component, Draws, Link, Numerator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from evalkit.design import Design

_LARGEST_LOG = 34.0  # e^34 contacts is beyond any count; keeps a wild draw finite
TREATED_CHANGE = "treated change"
COMPARISON_CHANGE = "comparison change"


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes:
    """Joint draws, S of them.

    Attributes
    ----------
    eta : ndarray of shape (S, n)
        Log of the expected contacts of the treated region with the campaign as it was.
    treated, comparison : ndarray of shape (S, q)
        Campaign coefficients of the treated region, and what they would have been without the campaign: those of the
        comparison regions.
    """

    eta: NDArray[np.float64]
    treated: NDArray[np.float64]
    comparison: NDArray[np.float64]


class CountsFit(ABC):
    """Draws and components of a controlled fit on the log scale.

    The counterfactual is the treated region with the comparison change and without the campaign.
    """

    design: Design

    @property
    def name(self) -> str:
        """``"controlled"``."""
        return "controlled"

    @property
    def numerator(self) -> Numerator:
        """``"expected"``."""
        return "expected"

    @property
    def link(self) -> Link:
        """``"log"``: coefficients are logs of ratios."""
        return "log"

    @property
    def terms(self) -> tuple[str, ...]:
        """Every column of the design; the campaign's own are net of the comparison change."""
        return self.design.columns

    @abstractmethod
    def changes(self, size: int, seed: int) -> Changes:
        """Joint draws of the change in the treated and in the comparison regions."""

    def draws(self, size: int, seed: int) -> Draws:
        """Joint draws of the treated region, with the campaign and with the comparison change alone."""
        found = self.changes(size, seed)
        net = found.treated - found.comparison
        columns = self._columns
        return Draws(
            with_campaign=exp(found.eta),
            without_campaign=exp(found.eta - net @ columns),
            campaign=CampaignDraws(terms=self.design.campaign_terms, coefficients=net, columns=columns.T[None]),
        )

    def components(self, size: int, seed: int) -> tuple[Component, ...]:
        """The treated and the comparison change over the window; their quotient is the rate ratio, draw by draw.

        With μ_t the expected contacts of the treated region and x_t its campaign columns: Σ μ_t / Σ μ_t exp(−x_t'θ),
        θ the change of the treated region; and Σ μ_t exp(x_t'(γ − θ)) / Σ μ_t exp(−x_t'θ), γ that of the comparison.
        """
        found = self.changes(size, seed)
        inside = self.design.window
        columns = self._columns[:, inside]
        eta = found.eta[:, inside]
        before = eta - found.treated @ columns
        none = exp(before).sum(axis=1)
        treated = exp(eta).sum(axis=1) / none
        comparison = exp(before + found.comparison @ columns).sum(axis=1) / none
        return (
            Component(name=TREATED_CHANGE, unit="rate ratio", draws=treated, window=inside),
            Component(name=COMPARISON_CHANGE, unit="rate ratio", draws=comparison, window=inside),
        )

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Poisson counts around expected contacts, same shape."""
        return self.noise(expected, seed, 2)

    @staticmethod
    def noise(expected: NDArray[np.float64], seed: int, stream: int) -> NDArray[np.float64]:
        """Poisson counts from one stream of random numbers."""
        return np.random.default_rng([seed, stream]).poisson(np.minimum(expected, 1e15)).astype(np.float64)

    @property
    def _columns(self) -> NDArray[np.float64]:
        """Campaign columns of the design, shape (q, n)."""
        return self.design.with_campaign[:, campaign_columns(self.design)].T


def compared_with(design: Design, regions: Iterable[str]) -> tuple[str, ...]:
    """Names of the comparison regions that entered a fit: the regions, or all where these are one total of them."""
    known = () if design.comparison is None else design.comparison.names
    return tuple(name for name in regions if name in known) or known


def campaign_columns(design: Design) -> list[int]:
    """Positions of the campaign's columns in the matrix of the design."""
    return [design.column(term) for term in design.campaign_terms]


def against(k: int) -> str:
    """The number of comparison regions in words."""
    return counted(k, "comparison region")


def shared_words(parts: Sequence[str]) -> str:
    """What the regions share, in words: ``"trend and season"``."""
    return text("words.and").join(term("model.controlled.parts", part) for part in parts)


def too_few_to_vary(k: int) -> str:
    """The warning where the data cannot say how much regions differ."""
    return text(
        "model.controlled.too_few_to_vary" if k > 1 else "model.controlled.too_few_to_vary_one", regions=against(k)
    )


def exp(log_mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contacts expected, held below e^34."""
    return np.exp(np.minimum(log_mean, _LARGEST_LOG))
