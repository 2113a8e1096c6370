"""A fitted structural time series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evalkit import catalogue, vocab
from evalkit.catalogue import text
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.base import WITHOUT_TERMS, CampaignDraws, Draws, Link, Numerator, StudentMarginal
from evalkit.model.guard import require_estimable, require_full_rank, require_periods
from evalkit.model.logscale import (
    bounded_exp,
    counted_around,
    covariance_root,
    expected_counts,
    least_squares_residual,
    log_counts,
)
from evalkit.model.structural.components import IRREGULAR, components_of, unobserved_components
from evalkit.model.structural.posterior import (
    Posterior,
    Signal,
    Solved,
    estimate,
    independent_basis,
    outside_basis,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.structural.options import Structural

LONGEST: Final = 1500
"""Periods beyond which the covariance of all periods takes too long."""
_SPARE: Final = 2


def fit_structural(options: Structural, design: Design) -> StructuralFit:
    """See :meth:`evalkit.model.structural.options.Structural.fit`."""
    if options.form == "counterfactual":
        require_periods(design, WITHOUT_TERMS)
        _require_contacts(design)
        seen = design.before_launch()
    else:
        seen = design
    require_estimable(seen)
    if len(design.periods) > LONGEST:
        raise CannotEstimate(
            text("cannot.too_long", periods=len(design.periods), longest=LONGEST), text("cannot.too_long_remedy")
        )
    outcome = log_counts(seen, options.added)
    least_squares_residual(outcome, seen)
    signal, kept = _signal(options, seen, outcome)
    solved, warnings = estimate(signal)
    return StructuralFit(
        options=options, design=design, before=seen, signal=signal, kept=kept, solved=solved, found=warnings
    )


def _require_contacts(design: Design) -> None:
    """Raise where nothing at all was counted from the launch on: the ratio would rest on the ½ that is added alone."""
    if design.window.any() and not design.observed[design.window].sum() > 0:
        raise CannotEstimate(
            text("cannot.structural.none_after"),
            text("cannot.structural.none_after_remedy"),
        )


def _signal(options: Structural, design: Design, outcome: NDArray[np.float64]) -> tuple[Signal, tuple[int, ...]]:
    """What is to be fitted, and the positions of the design's columns that stay in the regression."""
    year = _year(options, design)
    components = components_of(len(outcome), options.level, year, options.season == "stochastic")
    used = design.used
    basis = independent_basis(components.basis, used)
    candidates = [j for j, name in enumerate(design.columns) if not (year and name in design.season_terms)]
    outside = outside_basis(design.with_campaign[used][:, candidates], basis[used])
    kept = tuple(j for j, keep in zip(candidates, outside, strict=True) if keep)
    for term in design.campaign_terms:
        if design.column(term) not in kept:
            raise CannotEstimate(
                text("cannot.structural.contains", level=options.level, term=term),
                text("cannot.structural.contains_remedy"),
            )
    asked = basis.shape[1] + len(kept) + len(components.shocks) + 1
    if used.sum() < asked + _SPARE:
        raise CannotEstimate(
            text(
                "cannot.structural.too_short",
                used=int(used.sum()),
                parameters=asked,
                own=basis.shape[1],
                design=len(kept),
                variances=len(components.shocks) + 1,
                need=asked + _SPARE,
            ),
            text("cannot.structural.too_short_remedy"),
        )
    matrix = np.ascontiguousarray(design.with_campaign[:, kept])
    q = np.linalg.qr(basis[used])[0]
    beside = matrix[used] - q @ (q.T @ matrix[used])  # what level and season leave of each column
    require_full_rank(beside, tuple(design.columns[j] for j in kept))
    signal = Signal(
        outcome=outcome,
        used=used,
        basis=basis,
        matrix=matrix,
        shocks=components.shocks,
        restricted=options.estimation == "restricted",
    )
    return signal, kept


def _year(options: Structural, design: Design) -> int:
    """Periods of the season that the model has itself; 0 where it takes that of the design."""
    if options.season == "design":
        return 0
    if design.frequency not in {"M", "Q"}:
        raise ModelError(
            f'season="{options.season}" has one effect for each period of the year, for monthly or quarterly data; '
            f'these are by {vocab.FREQUENCY_NAMES[design.frequency]}. Use season="design".'
        )
    return round(vocab.PERIODS_PER_YEAR[design.frequency])


@dataclass(frozen=True, kw_only=True, eq=False)
class StructuralFit:
    """A fitted structural time series; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    before : Design
        What was fitted: the design, or in the counterfactual form its periods before launch.
    signal : Signal
        Outcome, components and regression.
    kept : tuple of int
        Columns of ``before`` that stay in the regression; what level and season contain has no coefficient.
    solved : Solved
        Estimates at the variances of the highest likelihood.
    """

    options: Structural
    design: Design
    before: Design
    signal: Signal
    kept: tuple[int, ...]
    solved: Solved
    found: tuple[str, ...]

    @property
    def name(self) -> str:
        """``"structural"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words."""
        level, season = catalogue.term("model.structural.levels", self.options.level), ""
        if self.options.season != "design":
            said = catalogue.term("model.structural.seasons", self.options.season)
            season = text("model.structural.season", season=said)
        form = text("model.structural.projected") if self.options.form == "counterfactual" else ""
        return text("model.structural.label", level=level, season=season, form=form)

    @property
    def numerator(self) -> Numerator:
        """``"observed"`` in the counterfactual form, otherwise ``"expected"``."""
        return "observed" if self.options.form == "counterfactual" else "expected"

    @property
    def link(self) -> Link:
        """``"log"``: coefficients are logs of ratios."""
        return "log"

    @property
    def terms(self) -> tuple[str, ...]:
        """The columns that stay in the regression."""
        return tuple(self.before.columns[j] for j in self.kept)

    @property
    def df(self) -> float:
        """Degrees of freedom: used periods less coefficients and starting states; infinite for maximum likelihood."""
        if self.options.estimation == "maximum":
            return np.inf
        return float(self.signal.used.sum() - len(self.solved.coefficients))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Parts that came out as fixed, and other maxima."""
        return self.found

    @property
    def parameters(self) -> Mapping[str, float]:
        """Standard deviation of each shock by name, and the log-likelihood of the variances."""
        scale = np.sqrt(self.solved.variance)
        ratios = zip(self.signal.shocks, self.solved.log_ratios, strict=True)
        moving = {name: float(scale * np.exp(ratio / 2)) for name, ratio in ratios}
        return {IRREGULAR: float(scale), **moving, "log_likelihood": self.solved.log_likelihood}

    @cached_property
    def _posterior(self) -> Posterior:
        return Posterior(signal=self.signal, solved=self.solved)

    @property
    def _states(self) -> int:
        return int(self.signal.basis.shape[1])

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """Of the regression's coefficients, shape (p, p)."""
        if self.options.estimation == "restricted":
            return self.solved.covariance[self._states :, self._states :]
        results = self.statsmodels()
        return np.asarray(results.cov_params_opg)[-len(self.kept) :, -len(self.kept) :]

    def statsmodels(self) -> Any:
        """The same model with the same parameters as statsmodels has it, smoothed: for its diagnostics and plots.

        Returns
        -------
        statsmodels.tsa.statespace.structural.UnobservedComponentsResults
            Of the log rates; in the counterfactual form of the periods before launch, the others missing.
        """
        model = unobserved_components(
            np.where(self.signal.used, self.signal.outcome, np.nan),
            level=self.options.level,
            season=_year(self.options, self.before),
            stochastic=self.options.season == "stochastic",
            exog=self.signal.matrix if len(self.kept) else None,
        )
        variances = self.solved.variance * np.append(1.0, np.exp(self.solved.log_ratios))
        named = dict(zip((IRREGULAR, *self.signal.shocks), variances, strict=True))
        own = [named[name.removeprefix("sigma2.")] for name in model.param_names if name.startswith("sigma2.")]
        return model.smooth(np.append(own, self.solved.coefficients[self._states :]))

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Expected contacts given all used periods, shape (n,); the projection where periods were not used."""
        return self._contacts(self._posterior.mean)

    @cached_property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts from start and design, what the shocks added at its average over the used periods."""
        moved = self._posterior.moved(self.solved.coefficients)
        line = self._posterior.columns @ self.solved.coefficients
        return self._contacts(line + float(moved[self.signal.used].mean()))

    @property
    def dispersion(self) -> float:
        """Variance of a count over its mean around the signal, averaged over the used periods."""
        return float(np.mean(self.fitted[self.signal.used]) * np.expm1(self.solved.variance))

    def marginal(self, term: str) -> StudentMarginal:
        """Estimate, standard error and reference distribution of one coefficient."""
        column = self.before.column(term)
        if column not in self.kept:
            raise ModelError(f"The {self.options.level} holds the {term!r} term. It has: {', '.join(self.terms)}.")
        j = self.kept.index(column)
        estimate = float(self.solved.coefficients[self._states + j])
        return StudentMarginal(estimate, float(np.sqrt(self.covariance[j, j])), self.df)

    def draws(self, size: int, seed: int) -> Draws:
        """Joint draws of coefficients and moving parts, the same moving parts with and without the campaign.

        In the counterfactual form the expectation without the campaign is the projection. What was counted stands for
        the expectation with it, in the window: the count (with ½ shared over the window, so that none is not nothing)
        with an irregular part of its own.
        """
        rng = np.random.default_rng(seed)
        spread = np.ones(size) if np.isinf(self.df) else np.sqrt(self.df / rng.chisquare(self.df, size))
        moved = self._deviations(rng, size) * spread[:, None]
        coefficients = self.solved.coefficients + moved
        posterior = self._posterior
        signal = coefficients @ posterior.columns.T + posterior.moved(coefficients)
        signal += posterior.around(rng, size) * (np.sqrt(self.solved.variance) * spread[:, None])
        expected = self._contacts(signal)
        if self.options.form == "counterfactual":
            return Draws(with_campaign=self._counted_rates(expected, rng), without_campaign=expected)
        removed = (self.design.with_campaign - self.design.without_campaign)[:, self.kept]
        part = coefficients[:, self._states :] @ removed.T
        own = [j for j, column in enumerate(self.kept) if self.design.columns[column] in self.design.campaign_terms]
        campaign = CampaignDraws(
            terms=tuple(self.design.columns[self.kept[j]] for j in own),
            coefficients=coefficients[:, [self._states + j for j in own]],
            columns=removed[None, :, own],
        )
        return Draws(with_campaign=expected, without_campaign=expected * bounded_exp(-part), campaign=campaign)

    def _deviations(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the coefficients less their estimates: the regression from its covariance, the states given it."""
        k = self._states
        plain, own = self.solved.covariance, self.covariance
        follow = np.linalg.solve(plain[k:, k:], plain[k:, :k]) if len(self.kept) else np.zeros((0, k))
        left = plain[:k, :k] - plain[:k, k:] @ follow
        regression = rng.standard_normal((size, len(self.kept))) @ covariance_root(own).T
        states = regression @ follow + rng.standard_normal((size, k)) @ covariance_root(left).T
        return np.column_stack([states, regression])

    def _counted_rates(self, expected: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        rates = expected.copy()
        window = self.design.window
        if window.any():
            counts = self.design.observed[window] + 0.5 / window.sum()
            z = np.sqrt(self.solved.variance) * rng.standard_normal((len(expected), int(window.sum())))
            rates[:, window] = counts * bounded_exp(z - self.solved.variance / 2)
        return rates

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Counts around expected contacts, same shape: the irregular part only."""
        return counted_around(expected, self.solved.variance, self.options.added, np.random.default_rng([seed, 2]))

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts with the campaign as it was, each with moving parts of its own, shape (size, n)."""
        rng = np.random.default_rng([seed, 3])
        line = self._posterior.columns @ self.solved.coefficients
        noise = self._posterior.anew(rng, size) + rng.standard_normal((size, len(line)))
        log_count = line + self.design.offset + np.sqrt(self.solved.variance) * noise
        return np.maximum(bounded_exp(log_count) - self.options.added, 0.0)

    def _contacts(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        return expected_counts(signal + self.design.offset, self.solved.variance, self.options.added)
