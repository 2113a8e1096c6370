"""A fitted regression with ARIMA noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.arima.likelihood import Regression, filtered
from evalkit.model.arima.maximise import Maximum, maximise
from evalkit.model.arima.noise import Orders
from evalkit.model.arima.prediction import Prediction, predict
from evalkit.model.arima.search import aicc, choose_orders
from evalkit.model.base import CampaignDraws, Component, Draws, Link, Numerator, StudentMarginal
from evalkit.model.guard import require_estimable, require_full_rank
from evalkit.model.logscale import (
    bounded_exp,
    counted_around,
    covariance_root,
    expected_counts,
    least_squares_residual,
    log_counts,
    require_noise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model.arima.options import Arima

LONGEST: Final = 1500
"""Periods beyond which the exact likelihood takes too long."""
_GONE: Final = 1e-9
_SPARE: Final = 2


def fit_arima(options: Arima, design: Design) -> ArimaFit:
    """See :meth:`evalkit.model.arima.options.Arima.fit`."""
    require_estimable(design)
    if len(design.periods) > LONGEST:
        raise CannotEstimate(
            text("cannot.too_long", periods=len(design.periods), longest=LONGEST), text("cannot.too_long_remedy")
        )
    outcome = outcome_of(options, design)
    residual = least_squares_residual(outcome, design)
    orders = _orders(options, design, outcome, residual)
    regression, kept = _regression(options, design, outcome, orders)
    maximum = maximise(regression)
    return ArimaFit(options=options, design=design, orders=orders, regression=regression, kept=kept, maximum=maximum)


def outcome_of(options: Arima, design: Design) -> NDArray[np.float64]:
    """What is regressed, shape (n,): 0 where a period is not used."""
    if options.scale == "log":
        return log_counts(design, options.added)
    if design.offset[design.used].any():
        raise ModelError(
            'scale="identity" models counts, and an exposure was given. Leave the exposure out, or use scale="log".'
        )
    return np.where(design.used, design.observed, 0.0)


def _orders(options: Arima, design: Design, outcome: NDArray[np.float64], residual: NDArray[np.float64]) -> Orders:
    fixed = None
    if options.seasonal_order != "auto":
        P, D, Q, s = options.seasonal_order
        fixed = Orders(P=P, D=D, Q=Q, s=s if P or D or Q else 0)
    if options.order != "auto":
        p, d, q = options.order
        fixed = fixed or Orders()
        return Orders(p=p, d=d, q=q, P=fixed.P, D=fixed.D, Q=fixed.Q, s=fixed.s)
    year = round(vocab.PERIODS_PER_YEAR[design.frequency]) if design.frequency in {"M", "Q"} else 0
    return choose_orders(
        lambda orders: _regression(options, design, outcome, orders)[0], residual, year if fixed is None else fixed
    )


def _regression(
    options: Arima, design: Design, outcome: NDArray[np.float64], orders: Orders
) -> tuple[Regression, tuple[int, ...]]:
    """The regression, and the positions of the design's columns that differencing leaves something of."""
    n_used = int(design.used.sum())
    level = _approached(options, design)
    whole = Regression(outcome=outcome, matrix=design.with_campaign, used=design.used, orders=orders, gradual=level)
    if n_used - orders.lost > 0:
        left = np.linalg.norm(whole.contrasts.matrix @ design.with_campaign, axis=0)
        kept = tuple(int(j) for j in np.flatnonzero(left > _GONE * np.linalg.norm(design.with_campaign, axis=0)))
    else:
        kept = ()
    asked = len(kept) + whole.nonlinear + 1
    if n_used - orders.lost < asked + _SPARE:
        raise CannotEstimate(
            text(
                "cannot.arima.too_short",
                used=n_used,
                orders=orders,
                lost=orders.lost,
                parameters=asked,
                need=orders.lost + asked + _SPARE,
            ),
            text("cannot.arima.too_short_remedy"),
        )
    columns = tuple(design.columns[j] for j in kept)
    require_full_rank(whole.contrasts.matrix @ design.with_campaign[:, kept], columns)
    compared = whole.compared
    beside = whole.contrasts.matrix @ design.with_campaign[:, kept]
    require_noise(compared - beside @ np.linalg.lstsq(beside, compared, rcond=None)[0], outcome[design.used])
    gradual = None if level is None else kept.index(level)
    matrix = np.ascontiguousarray(design.with_campaign[:, kept])
    return Regression(outcome=outcome, matrix=matrix, used=design.used, orders=orders, gradual=gradual), kept


def _approached(options: Arima, design: Design) -> int | None:
    """The column that a gradual response passes through its filter; None for an immediate one."""
    if options.response == "immediate":
        return None
    if design.decay is not None or vocab.LEVEL not in design.columns:
        shape = "a decay" if design.decay is not None else "no level term"
        raise ModelError(
            f'response="gradual" is the approach to one new level, and the design has {shape}. Use '
            'response="immediate", or a design with a level and without a decay.'
        )
    return design.column(vocab.LEVEL)


@dataclass(frozen=True, kw_only=True, eq=False)
class ArimaFit:
    """A fitted regression with ARIMA noise; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    orders : Orders
        Of the noise.
    regression : Regression
        What was fitted, on the scale of the model.
    kept : tuple of int
        The columns of the design that differencing leaves something of, in order; the others have no coefficient.
    maximum : Maximum
        Estimates, their covariance and the log-likelihood.
    """

    options: Arima
    design: Design
    orders: Orders
    regression: Regression
    kept: tuple[int, ...]
    maximum: Maximum

    @property
    def name(self) -> str:
        """``"arima"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words, with its orders."""
        what = text("model.arima.log_contacts" if self.options.scale == "log" else "model.arima.contacts")
        chosen = text("model.arima.chosen") if self.options.order == "auto" else ""
        gradual = text("model.arima.gradual") if self.options.response == "gradual" else ""
        return text("model.arima.label", what=what, orders=self.orders, gradual=gradual, chosen=chosen)

    @property
    def numerator(self) -> Numerator:
        """``"expected"``."""
        return "expected"

    @property
    def link(self) -> Link:
        """As the scale: a coefficient is the log of a ratio, or a difference."""
        return self.options.scale

    @property
    def terms(self) -> tuple[str, ...]:
        """The columns of the design that differencing leaves something of."""
        return tuple(self.design.columns[j] for j in self.kept)

    @property
    def df(self) -> float:
        """Degrees of freedom of the reference distribution: m - p, counting delta; infinite for the normal."""
        return float(self._spare) if self.options.reference == "t" else np.inf

    @property
    def _spare(self) -> int:
        return self.regression.size - len(self.kept) - (self.regression.gradual is not None)

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """Of the coefficients and delta, shape (p + 1, p + 1); for Student t with the variance divided by m - p."""
        factor = self.regression.size / self._spare if self.options.reference == "t" else 1.0
        return factor * self.maximum.covariance

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the search for the maximum and its errors came upon, and a delta that the data do not settle."""
        found = self.maximum.warnings
        if self.regression.gradual is not None:
            omega = self.maximum.coefficients[self.regression.gradual]
            if abs(omega) < 2 * np.sqrt(self.covariance[self.regression.gradual, self.regression.gradual]):
                found = (
                    *found,
                    text("model.arima.first_step"),
                )
        return found

    @property
    def parameters(self) -> Mapping[str, float]:
        """Noise coefficients, their orders, sigma, delta where there is one, log-likelihood and AICc."""
        orders = {name: float(getattr(self.orders, name)) for name in ("p", "d", "q", "P", "D", "Q", "s")}
        delta = {"delta": self.maximum.delta} if self.regression.gradual is not None else {}
        return {
            **dict(zip(self.orders.names, map(float, self.maximum.noise), strict=True)),
            **delta,
            "sigma": float(np.sqrt(self.maximum.variance)),
            "log_likelihood": self.maximum.log_likelihood,
            "aicc": aicc(self.regression, self.maximum.log_likelihood),
            **orders,
        }

    @cached_property
    def _prediction(self) -> Prediction:
        return predict(self.regression, self.maximum.noise)

    @cached_property
    def _columns(self) -> NDArray[np.float64]:
        return self.regression.columns(self.maximum.delta)

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """Expected contacts given the earlier periods, shape (n,); in the periods lost to differencing, the counts."""
        return self._contacts(self._prediction.of(self.regression.outcome - self._line) + self._line, self._one_step)

    @property
    def _one_step(self) -> NDArray[np.float64]:
        """Variance of each period given the earlier ones, on the scale of the model, shape (n,)."""
        return np.asarray(self.maximum.variance * self._prediction.variance)

    @cached_property
    def systematic(self) -> NDArray[np.float64]:
        """Expected contacts from the design alone, shape (n,), the noise at its average over the used periods.

        That average is 0 for stationary noise; differenced noise has no level of its own.
        """
        level = np.mean((self.regression.outcome - self._line)[self.design.used]) if self.orders.lost else 0.0
        return self._contacts(self._line + level, self._one_step)

    @property
    def dispersion(self) -> float:
        """Variance of a count over its mean given the earlier periods, averaged over the periods that have any."""
        inside = self.design.used & (self._one_step > 0)
        mean, variance = self.fitted[inside], self._one_step[inside]
        if self.options.scale == "identity":
            return float(np.mean(variance) / np.mean(mean))
        return float(np.mean(mean * np.expm1(variance)))

    def marginal(self, term: str) -> StudentMarginal:
        """Estimate, standard error and reference distribution of one coefficient."""
        column = self.design.column(term)
        if column not in self.kept:
            raise ModelError(f"{self.orders} leaves nothing of the {term!r} term. It has: {', '.join(self.terms)}.")
        j = self.kept.index(column)
        return StudentMarginal(float(self.maximum.coefficients[j]), float(np.sqrt(self.covariance[j, j])), self.df)

    def draws(self, size: int, seed: int) -> Draws:
        """Draws of the coefficients (and delta) from their joint reference distribution.

        The noise stays what it was: each period's expectation is taken given the earlier counts, and the campaign's
        part is taken out of it. A gradual response is linear in omega and delta around their estimates (the delta
        method). The coefficients of the noise are held at their estimates; what not knowing them adds to the errors of
        the regression is in the covariance.
        """
        moved = self._deviations(size, seed)
        slopes, campaign = self._slopes, self._slopes[:, self._of_campaign]
        line = self._line + moved @ slopes.T
        known = self._prediction.of(self.regression.outcome - line)
        with_campaign = self._contacts(known + line, self._one_step)
        of_campaign = [j for j in self._of_campaign if j < len(self.kept)]
        part = self._columns[:, of_campaign] @ self.maximum.coefficients[of_campaign]
        part = part + moved[:, self._of_campaign] @ campaign.T
        identity = self.options.scale == "identity"
        without = with_campaign - part if identity else with_campaign * bounded_exp(-part)
        return Draws(with_campaign=with_campaign, without_campaign=without, campaign=self._one_by_one(moved))

    def _one_by_one(self, moved: NDArray[np.float64]) -> CampaignDraws | None:
        """The campaign's columns each by itself; None for a gradual response, which is not linear in them."""
        own = list(self._of_campaign)
        if any(j >= len(self.kept) for j in own):
            return None
        return CampaignDraws(
            terms=tuple(self.design.columns[self.kept[j]] for j in own),
            coefficients=self.maximum.coefficients[own] + moved[:, own],
            columns=self._columns[None, :, own],
        )

    @cached_property
    def _line(self) -> NDArray[np.float64]:
        """The regression at its estimates, on the scale of the model, shape (n,)."""
        return self._columns @ self.maximum.coefficients

    @cached_property
    def _slopes(self) -> NDArray[np.float64]:
        """How the regression moves with each coefficient and with delta, shape (n, p + 1)."""
        j = self.regression.gradual
        of_delta = np.zeros(len(self._columns))
        if j is not None:  # v_t = delta v_{t-1} + x_t, so its slope runs w_t = delta w_{t-1} + v_{t-1}
            before = np.append(0.0, self._columns[:-1, j])
            of_delta = self.maximum.coefficients[j] * filtered(before[:, None], 0, self.maximum.delta)[:, 0]
        return np.column_stack([self._columns, of_delta])

    @property
    def _of_campaign(self) -> list[int]:
        """Positions among the coefficients and delta that belong to the campaign."""
        own = [i for i, name in enumerate(self.terms) if name in self.design.campaign_terms]
        return [*own, len(self.kept)] if self.regression.gradual is not None else own

    def _deviations(self, size: int, seed: int) -> NDArray[np.float64]:
        """Draws of coefficients and delta less their estimates, shape (S, p + 1)."""
        rng = np.random.default_rng(seed)
        z = rng.standard_normal((size, len(self.covariance)))
        if np.isfinite(self.df):
            z *= np.sqrt(self.df / rng.chisquare(self.df, size))[:, None]
        return np.asarray(z @ covariance_root(self.covariance).T)

    def components(self, size: int, seed: int) -> tuple[Component, ...]:
        """For a gradual response: the ratio (or change) reached after some periods, by the delta method.

        Only for periods up to which the campaign ran without a break: after the end of a flight nothing is approached.
        After h periods it is omega (1 - delta^(h + 1)) / (1 - delta) on the scale of the model, launch being h = 0. Its
        draws are evenly spaced quantiles of that distribution in random order, so that its interval is exact.
        """
        if self.regression.gradual is None:
            return ()
        unit = vocab.FREQUENCY_NAMES[self.design.frequency]
        level = self.design.with_campaign[:, self.design.column(vocab.LEVEL)]
        first = int(np.argmax(level > 0))
        parts = []
        for after in self.options.ratio_after:
            if first + after >= len(self.design.periods) or not level[first : first + after + 1].all():
                continue
            window = np.zeros(len(self.design.periods), dtype=bool)
            window[first + after] = True
            change = self.change_after(after)
            probabilities = (np.random.default_rng([seed, 5]).permutation(size) + 0.5) / size
            values = change.quantile(probabilities)
            ratio = self.options.scale == "log"
            parts.append(
                Component(
                    name=f"{'ratio' if ratio else 'change'} {after} {unit}{'' if after == 1 else 's'} after launch",
                    unit="rate ratio" if ratio else "contacts",
                    draws=bounded_exp(values) if ratio else values,
                    window=window,
                )
            )
        return tuple(parts)

    def change_after(self, periods: int) -> StudentMarginal:
        """The change reached so many periods after the first exposed one, on the scale of the model (delta method)."""
        j = self.regression.gradual
        if j is None:
            raise ModelError('The response is immediate. Ask for response="gradual".')
        omega, delta = self.maximum.coefficients[j], self.maximum.delta
        powers = delta ** np.arange(periods + 1)
        slope = np.array([powers.sum(), omega * float(np.arange(1, periods + 1) @ powers[:-1])])
        both = self.covariance[np.ix_([j, -1], [j, -1])]
        return StudentMarginal(float(omega * powers.sum()), float(np.sqrt(slope @ both @ slope)), self.df)

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Counts around expected contacts, shape (..., n): the part of a count that earlier counts do not foretell."""
        rng = np.random.default_rng([seed, 2])
        variance = np.where(self._one_step > 0, self._one_step, self.maximum.variance)
        if self.options.scale == "identity":
            return np.maximum(expected + np.sqrt(variance) * rng.standard_normal(expected.shape), 0.0)
        return counted_around(expected, variance, self.options.added, rng)

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts with the campaign as it was, each with new noise, shape (size, n).

        Differenced noise begins at the counts that were lost to differencing.
        """
        line = self._line
        noise = self._prediction.new_noise(self.regression.outcome - line, self.maximum.variance, size, seed)
        if self.options.scale == "identity":
            return np.maximum(line + noise, 0.0)
        return np.maximum(bounded_exp(line + self.design.offset + noise) - self.options.added, 0.0)

    def _contacts(self, mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expected contacts for a normal mean and variance on the scale of the model; above 0 on the log scale."""
        if self.options.scale == "identity":
            return mean
        return expected_counts(mean + self.design.offset, variance, self.options.added)
