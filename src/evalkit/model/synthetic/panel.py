"""The treated region and its donors on one scale, and the synthetic series of any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate
from evalkit.model.synthetic.weights import augmented_weights, chosen_penalty, simplex_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evalkit.design import Comparison, Design
    from evalkit.vocab import Kind

Match = Literal["index", "rate", "log"]
Form = Literal["classic", "demeaned", "augmented"]

_HALF = 0.5  # contact added to counts before logs are taken, so that a count of 0 has one


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """The treated region (column 0) and its k eligible donors over the n periods of a design.

    Attributes
    ----------
    names : tuple of str
        Of the k + 1 regions; the first is ``""``.
    values, exposure : ndarray of shape (n, k + 1)
        Counts (or measures) and exposure.
    scaled : ndarray of shape (n, k + 1)
        What is matched: rate over its mean before launch, rate, or log of the rate.
    level : ndarray of shape (k + 1,)
        Mean rate before launch.
    pre, window, available : ndarray of bool, shape (n,)
        Periods that the weights are fitted to, those of the evaluation, and those in which every donor was counted.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    exposure: NDArray[np.float64]
    scaled: NDArray[np.float64]
    level: NDArray[np.float64]
    pre: NDArray[np.bool_]
    window: NDArray[np.bool_]
    available: NDArray[np.bool_]
    match: Match
    kind: Kind

    def back(self, fitted: NDArray[np.float64], target: int) -> NDArray[np.float64]:
        """Expected counts (or measures) of a region from its fitted values on the matched scale, shape (n,)."""
        if self.match == "index":
            return np.asarray(fitted * self.level[target] * self.exposure[:, target])
        rate = np.exp(fitted) if self.match == "log" else fitted
        return np.asarray(rate * self.exposure[:, target])

    def errors(self, series: NDArray[np.float64], target: int) -> NDArray[np.float64]:
        """Observed against synthetic by period, shape (n,): log ratio (half a contact added to both), or difference."""
        observed = self.values[:, target]
        if self.kind == "measure":
            return np.asarray(observed - series)
        return np.asarray(np.log((observed + _HALF) / (np.maximum(series, 0) + _HALF)))

    def window_error(self, series: NDArray[np.float64], target: int) -> float:
        """Observed against synthetic over the window: log of the ratio of totals, or mean difference."""
        observed, expected = self.values[self.window, target], series[self.window]
        if self.kind == "measure":
            return float(np.mean(observed - expected))
        return float(np.log((observed.sum() + _HALF) / (max(expected.sum(), 0.0) + _HALF)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Synthesis:
    """The synthetic series of one region.

    Attributes
    ----------
    weights : ndarray of shape (number of donors,)
        In the order of the donors given.
    fitted : ndarray of shape (n,)
        On the matched scale; NaN where a donor was not counted.
    series : ndarray of shape (n,)
        In contacts (or units of the measure).
    unique : bool
        Whether no other weights on the simplex fit as well.
    penalty : float
        Of the augmented form; infinite for the others, which correct nothing.
    """

    weights: NDArray[np.float64]
    fitted: NDArray[np.float64]
    series: NDArray[np.float64]
    unique: bool
    penalty: float


def panel_of(design: Design, comparison: Comparison, match: Match) -> Panel:
    """Treated region and eligible donors side by side; ``CannotEstimate`` where too few periods are shared."""
    values = np.column_stack([design.observed, comparison.observed])
    exposure = np.exp(np.column_stack([design.offset, comparison.offset]))
    available = design.exposed & ~np.isnan(comparison.observed).any(axis=1)
    pre = design.used & ~design.post & available
    window = design.window & available
    rates = values / exposure
    level = rates[pre].mean(axis=0) if pre.any() else np.full(values.shape[1], np.nan)
    if match == "index":
        if not (level > 0).all():
            raise CannotEstimate(text("cannot.synthetic.no_index"), text("cannot.synthetic.match_rate"))
        scaled = rates / level
    elif match == "log":
        half = _HALF if design.kind == "counts" else 0.0
        if (values[pre | window] + half <= 0).any():
            raise CannotEstimate(text("cannot.synthetic.no_log"), text("cannot.synthetic.match_rate"))
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = np.log((values + half) / exposure)
    else:
        scaled = rates
    return Panel(
        names=("", *comparison.names),
        values=values,
        exposure=exposure,
        scaled=scaled,
        level=level,
        pre=pre,
        window=window,
        available=available,
        match=match,
        kind=design.kind,
    )


def synthesise(panel: Panel, target: int, donors: Sequence[int], form: Form, penalty: float | None = None) -> Synthesis:
    """The synthetic series of one region of a panel from some of the others.

    Parameters
    ----------
    target : int
        Column of the region; 0 is the treated one.
    donors : sequence of int
        Columns of the donors.
    form : {"classic", "demeaned", "augmented"}
        See :class:`evalkit.model.Synthetic`.
    penalty : float, optional
        Of the augmented form; chosen by cross-validation where None.
    """
    own, others, pre = panel.scaled[:, target], panel.scaled[:, list(donors)], panel.pre
    if form == "demeaned":
        others = others + (own[pre].mean() - others[pre].mean(axis=0))
    solution = simplex_weights(own[pre], others[pre])
    weights, used_penalty = solution.weights, np.inf
    if form == "augmented":
        used_penalty = chosen_penalty(own[pre], others[pre]) if penalty is None else penalty
        weights = augmented_weights(own[pre], others[pre], weights, used_penalty)
    fitted = others @ weights
    return Synthesis(
        weights=weights,
        fitted=fitted,
        series=panel.back(fitted, target),
        unique=solution.unique,
        penalty=float(used_penalty),
    )
