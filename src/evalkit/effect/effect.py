"""The effect of one campaign on one series: what was asked, what came out, and the path behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import Spoken, in_its_language, term, text
from evalkit.display import Displayed
from evalkit.effect.estimate import Estimate, NotEstimable, Result, Window
from evalkit.effect.names import shown_name
from evalkit.effect.path import Sampling, path_of
from evalkit.errors import ModelError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model import Fit, Model


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Effect(Spoken, Displayed):
    """What a campaign changed, with intervals, or why that cannot be said.

    Attributes
    ----------
    launch : pandas.Period
        First exposed period, inclusive.
    model : str
        One of ``vocab.MODEL_NAMES``; ``model_label`` is the same in words.
    n_pre, n_post : int
        Periods before launch, and from the launch on, that entered the fit.
    level : float
        Probability content of every interval.
    level_change, slope_change, rate_ratio, cumulative_effect : Estimate or NotEstimable
        As defined in ``docs/methods/estimands.md``.
    components : mapping of str to Estimate or NotEstimable
        What only some designs have, by name: the change in the comparison regions, one flight of several.
    warnings : tuple of str
        What the reader should know first.
    numerator : {"expected", "observed"}
        What the rate ratio divides by the counterfactual.
    region, channel : str
        Labels, empty where none were given.
    second_opinion : Effect, optional
        The same question put to segmented regression.
    options : Model, optional
        The options object that the effect was estimated with.
    design : Design
        The design behind the numbers.
    sampling : Sampling
        Number and seed of the joint draws.
    fit : Fit, optional
        The fitted model, None where the data could not say.
    ratio_draws, total_draws : ndarray of shape (S,)
        Joint draws of the rate ratio and of the cumulative effect; empty where nothing is estimable.
    """

    launch: pd.Period
    model: str
    model_label: str
    n_pre: int
    n_post: int
    level: float
    level_change: Result
    slope_change: Result
    rate_ratio: Result
    cumulative_effect: Result
    window: Window | None = None
    components: Mapping[str, Result] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    numerator: str = "expected"
    region: str = ""
    channel: str = ""
    second_opinion: Effect | None = None
    options: Model | None = field(default=None)
    design: Design
    sampling: Sampling = field(default_factory=Sampling)
    fit: Fit | None = field(default=None)
    ratio_draws: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    total_draws: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def estimates(self) -> Mapping[str, Result]:
        """The four estimands by name, in reporting order."""
        return {name: getattr(self, name) for name in vocab.ESTIMANDS}

    @property
    def simulated(self) -> bool:
        """Whether the series said of itself that its counts were made up; figures and texts then say so."""
        return self.design.simulated

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.design.unit

    @property
    def span(self) -> tuple[pd.Period, pd.Period]:
        """First and last period of the data, both inclusive."""
        return self.design.periods[0], self.design.periods[-1]

    @property
    def gaps(self) -> int:
        """Periods in between without a count."""
        return int(np.isnan(self.design.observed).sum())

    @property
    def estimable(self) -> bool:
        """Whether the rate ratio could be estimated."""
        return isinstance(self.rate_ratio, Estimate)

    @cached_property
    def path(self) -> pd.DataFrame:
        """One row a period, columns ``vocab.PATH_COLUMNS``, made on first use from the joint draws of the fit.

        What was observed and fitted, what would have been counted without the campaign (with observation noise in its
        interval), and the effect by period and accumulated (both without observation noise). Before launch the effect
        columns are NaN; where nothing is estimable only ``observed`` is filled.
        """
        return path_of(self.design, self.fit, self.level, self.sampling)

    def prob_at_least(self, ratio: float) -> float | NotEstimable:
        """Probability that the rate ratio is at least ``ratio``.

        A posterior probability for the latent and forecast models; for the others the same area of the estimator's
        reference distribution.

        Raises
        ------
        ModelError
            ``ratio`` is not a number of 0 or more.
        """
        if not (np.isfinite(ratio) and ratio >= 0):
            raise ModelError(f"A rate ratio of {ratio!r} was asked for. Allowed: a number of 0 or more.")
        if isinstance(self.rate_ratio, NotEstimable):
            return self.rate_ratio
        return float(np.mean(self.ratio_draws >= ratio))

    @in_its_language
    def quantile(self, name: str, q: float) -> float | NotEstimable:
        """Quantile of one estimand at probability q in (0, 1).

        Raises
        ------
        ModelError
            No estimand of that name, or q outside (0, 1).
        """
        result = self._result(name)
        if not 0 < q < 1:
            raise ModelError(f"A quantile at {q!r} was asked for. Allowed: a probability between 0 and 1.")
        if isinstance(result, NotEstimable) or self.fit is None:
            return result if isinstance(result, NotEstimable) else NotEstimable(text("effect.shown.not_kept"))
        if name in _TERMS:
            end = float(self.fit.marginal(_TERMS[name]).quantile(q))
            return end if self.fit.link == "identity" else float(np.exp(end))
        return float(np.quantile(self._draws_of(name), q))

    @in_its_language
    def density(self, name: str, points: int = 201) -> pd.DataFrame | NotEstimable:
        """Density of one estimand on a grid that holds 99.8 % of it: columns ``value`` and ``density``."""
        result = self._result(name)
        if isinstance(result, NotEstimable) or self.fit is None:
            return result if isinstance(result, NotEstimable) else NotEstimable(text("effect.shown.not_kept"))
        if name in _TERMS:
            marginal = self.fit.marginal(_TERMS[name])
            value = np.linspace(float(marginal.quantile(0.001)), float(marginal.quantile(0.999)), points)
            density = marginal.pdf(value)
            if self.fit.link == "log":
                value, density = np.exp(value), density / np.exp(value)
            return pd.DataFrame({"value": value, "density": density})
        draws = self._draws_of(name)
        if name == vocab.RATE_RATIO and (draws > 0).all():  # a model of differences may reach below 0
            log_value, density = _smoothed(np.log(draws), points)
            value = np.exp(log_value)
            return pd.DataFrame({"value": value, "density": density / value})
        value, density = _smoothed(draws, points)
        return pd.DataFrame({"value": value, "density": density})

    def to_frame(self) -> pd.DataFrame:
        """One row an estimand or component: value, lower, upper, level, unit, window; reason where not estimable."""
        rows = []
        for name, result in {**self.estimates, **self.components}.items():
            row: dict[str, object] = {"estimand": name}
            if isinstance(result, Estimate):
                row |= {**result.to_dict(), "level": result.level, "window": str(result.window), "reason": ""}
            else:
                row |= {"level": self.level, "reason": result.reason}
            rows.append(row)
        columns = ["estimand", "value", "lower", "upper", "level", "unit", "window", "reason"]
        return pd.DataFrame(rows).reindex(columns=columns).set_index("estimand")

    def to_dict(self, ratios: tuple[float, ...] = ()) -> dict[str, object]:
        """Plain values for JSON; ``ratios`` are those whose ``prob_at_least`` is wanted."""
        probabilities = {f"{ratio:g}": self.prob_at_least(ratio) for ratio in ratios}
        return {
            "region": self.region,
            "channel": self.channel,
            "launch": str(self.launch),
            "model": self.model,
            "n_pre": self.n_pre,
            "n_post": self.n_post,
            "level": self.level,
            "window": None if self.window is None else [str(self.window.start), str(self.window.end)],
            "numerator": self.numerator,
            **{name: result.to_dict() for name, result in self.estimates.items()},
            "components": {name: result.to_dict() for name, result in self.components.items()},
            "prob_at_least": {
                key: value.to_dict() if isinstance(value, NotEstimable) else value
                for key, value in probabilities.items()
            },
            "second_opinion": None if self.second_opinion is None else self.second_opinion.to_dict(),
            "warnings": list(self.warnings),
            "simulated": self.simulated,
        }

    @in_its_language
    def summary(self) -> str:
        """The estimates as plain text, one line each, warnings first."""
        where = ", ".join(part for part in (self.region, term("channels", self.channel)) if part) or text(
            "effect.shown.series"
        )
        lines = [text("wording.simulated")] if self.simulated else []
        lines += [
            text(
                "effect.shown.heading",
                where=where,
                launch=self.launch,
                model=self.model_label,
                before=self.n_pre,
                after=self.n_post,
            )
        ]
        lines += [text("effect.shown.warning", warning=warning) for warning in self.warnings]
        results = {**self.estimates, **self.components}
        lines += [text("effect.shown.line", name=shown_name(name), result=result) for name, result in results.items()]
        if self.estimable:
            reminder = text("effect.shown.not_people") if self.design.kind == "counts" else ""
            lines.append(text("effect.shown.intervals", level=100 * self.level, window=self.window, reminder=reminder))
        return "\n".join(lines)

    def _result(self, name: str) -> Result:
        if name not in vocab.ESTIMANDS:
            raise ModelError(unknown("estimand", name, vocab.ESTIMANDS))
        return self.estimates[name]

    def _draws_of(self, name: str) -> NDArray[np.float64]:
        return self.ratio_draws if name == vocab.RATE_RATIO else self.total_draws


_TERMS = {vocab.LEVEL_CHANGE: vocab.LEVEL, vocab.SLOPE_CHANGE: vocab.SLOPE}


def _smoothed(sample: NDArray[np.float64], points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kernel density of a sample (Scott's bandwidth) on a grid between its 0.1 % and 99.9 % quantiles."""
    from scipy.stats import gaussian_kde

    low, high = (float(end) for end in np.quantile(sample, [0.001, 0.999]))
    grid = np.linspace(low, high, points)
    return grid, np.asarray(gaussian_kde(sample)(grid))
