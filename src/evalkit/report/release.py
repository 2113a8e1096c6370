"""What pages may see: one region's report as plain values, made before anything is drawn or written.

Pages, charts, tables, sentences and files are made from a :class:`RegionRelease`, never from a live effect. So there is
one gate through which everything that leaves has gone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from evalkit import vocab
from evalkit.catalogue import in_its_language, text
from evalkit.check.many import tail_area
from evalkit.effect import Estimate, NotEstimable, Window
from evalkit.report import wording
from evalkit.report.content import ChannelResult, Control, Plain, RegionFacts, RegionReport, VerdictSummary

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from evalkit.check import CheckResult
    from evalkit.check.quality import QualityStatement
    from evalkit.claim import Verdict
    from evalkit.effect import Effect

SCHEMA: Final = 1
PATH_KEPT: Final = ("observed", "counterfactual", "counterfactual_lower", "counterfactual_upper")
Result = Estimate | NotEstimable


class Shown(Protocol):
    """What sentences and figures read of an effect: a live :class:`Effect` has it, and so has a view of one."""

    @property
    def channel(self) -> str:
        """Its channel, empty where none was given."""
        ...

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def model_label(self) -> str:
        """The same in words."""
        ...

    @property
    def launch(self) -> pd.Period:
        """First exposed period, inclusive."""
        ...

    @property
    def level(self) -> float:
        """Probability content of every interval."""
        ...

    @property
    def numerator(self) -> str:
        """What the rate ratio divides by the counterfactual."""
        ...

    @property
    def n_pre(self) -> int:
        """Fitted periods before launch."""
        ...

    @property
    def n_post(self) -> int:
        """Fitted periods from the launch on."""
        ...

    @property
    def window(self) -> Window | None:
        """Periods that a total speaks of."""
        ...

    @property
    def rate_ratio(self) -> Result:
        """The rate ratio over the window."""
        ...

    @property
    def cumulative_effect(self) -> Result:
        """What was counted more or less than expected."""
        ...

    @property
    def estimable(self) -> bool:
        """Whether there is a rate ratio."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether the counts were made up."""
        ...

    @property
    def unit(self) -> str:
        """What is counted."""
        ...

    @property
    def span(self) -> tuple[pd.Period, pd.Period]:
        """First and last period of the data."""
        ...

    @property
    def gaps(self) -> int:
        """Periods in between without a count."""
        ...

    @property
    def path(self) -> pd.DataFrame:
        """What was counted and expected, by period."""
        ...

    def density(self, name: str) -> pd.DataFrame | NotEstimable:
        """How plausible each value of an estimand is."""
        ...

    def prob_at_least(self, ratio: float) -> float | NotEstimable:
        """Probability that the rate ratio is at least ``ratio``."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondView:
    """What the second method came to."""

    model_label: str
    numerator: str
    rate_ratio: Result


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelView:
    """What pages may see of one channel: plain values, attributes as in :class:`Effect` and :class:`ChannelResult`.

    Attributes
    ----------
    estimates, components : mapping of str to Estimate or NotEstimable
        The four estimands in reporting order, and what only some designs have.
    path : pandas.DataFrame
        ``Effect.path`` at the period it is published at, which may be longer than that of the launch.
    span : tuple of pandas.Period
        First and last period of the data.
    gaps : int
        Periods in between without a count.
    ratio_density : pandas.DataFrame or None
        How plausible each rate ratio is; None where not estimable.
    probabilities : mapping of float to float
        Probability that the rate ratio is at least each claimed ratio.
    tail : float or None
        As :func:`evalkit.check.many.tail_area`; None where not estimable.
    compared : bool
        Whether the design holds comparison regions.
    shown_by : tuple of str
        What was left out or is shown by longer periods, in sentences.
    """

    channel: str
    model: str
    model_label: str
    launch: pd.Period
    level: float
    numerator: str
    n_pre: int
    n_post: int
    window: Window | None
    estimates: Mapping[str, Result]
    components: Mapping[str, Result] = field(default_factory=dict)
    second_opinion: SecondView | None = None
    warnings: tuple[str, ...] = ()
    unit: str
    span: tuple[pd.Period, pd.Period]
    gaps: int
    path: pd.DataFrame
    ratio_density: pd.DataFrame | None = None
    probabilities: Mapping[float, float] = field(default_factory=dict)
    tail: float | None = None
    compared: bool = False
    simulated: bool = False
    checks: tuple[CheckResult, ...] = ()
    verdicts: tuple[VerdictSummary, ...] = ()
    quality: QualityStatement | None = None
    shown_by: tuple[str, ...] = ()

    @property
    def drawable(self) -> bool:
        """Whether there are counts by period to draw."""
        return len(self.path) > 1 and bool(self.path["observed"].notna().any())

    @property
    def effect_drawable(self) -> bool:
        """Whether there is an effect by period to draw."""
        return self.estimable and bool(self.path["effect"].notna().any())

    @property
    def rate_ratio(self) -> Result:
        """The rate ratio over the window."""
        return self.estimates[vocab.RATE_RATIO]

    @property
    def cumulative_effect(self) -> Result:
        """What was counted more or less than expected, over the window."""
        return self.estimates[vocab.CUMULATIVE_EFFECT]

    @property
    def estimable(self) -> bool:
        """Whether there is a rate ratio."""
        return isinstance(self.rate_ratio, Estimate)

    def density(self, name: str) -> pd.DataFrame | NotEstimable:
        """How plausible each rate ratio is: columns ``value`` and ``density``."""
        if name == vocab.RATE_RATIO and self.ratio_density is not None:
            return self.ratio_density
        return self.rate_ratio if isinstance(self.rate_ratio, NotEstimable) else NotEstimable(text("release.not_kept"))

    def prob_at_least(self, ratio: float) -> float | NotEstimable:
        """Probability that the rate ratio is at least a claimed one."""
        if isinstance(self.rate_ratio, NotEstimable):
            return self.rate_ratio
        known = self.probabilities.get(ratio)
        return NotEstimable(text("release.not_claimed")) if known is None else known


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RegionRelease(RegionFacts):
    """Everything that leaves about one region; further attributes as in :class:`RegionFacts`.

    Attributes
    ----------
    results : tuple of ChannelView
        One for each channel; the first one leads the report.
    control : Control
        How counts were protected.
    """

    results: tuple[ChannelView, ...]
    control: Control = field(default_factory=Control)

    @in_its_language
    def summary(self) -> str:
        """The finding of each channel in a sentence; "Simulated data" first where the contacts are simulated."""
        marked = [wording.simulated_mark()] if self.simulated else []
        found = [
            wording.finding_sentence(result, unit=self.unit, placebo=self.is_comparison) for result in self.results
        ]
        return "\n".join([*marked, text("release.title", region=self.region, launch=self.launch), *found])

    def to_dict(self) -> Plain:
        """Plain values for JSON: enough for the pages over all regions; no NaN, no local path."""
        return {
            "schema": SCHEMA,
            "title": self.title,
            "commissioner": self.commissioner,
            "region": self.region,
            "campaign": self.campaign_title,
            "campaign_source": self.campaign_source,
            "launch": str(self.launch),
            "frequency": self.launch.freqstr,
            "is_comparison": self.is_comparison,
            "simulated": self.simulated,
            "unit": str(self.unit),
            "results": [_view_dict(result) for result in self.results],
            "events": [
                {"title": event.title, "start": str(event.start), "end": str(event.end or ""), "source": event.source}
                for event in self.events
            ],
            "notes": list(self.notes),
            "plan": None if self.plan is None else self.plan.to_dict(),
            "cost": None if self.cost is None else self.cost.to_dict(),
            "signature": self.signature.to_dict(),
            "provenance": self.provenance.to_dict(),
            "disclosure": self.control.to_dict(),
        }


# --- from live effects ------------------------------------------------------------------------------------------------


def raw_release(report: RegionReport) -> RegionRelease:
    """A report as it is, with raw counts: for internal use only."""
    facts = {fact.name: getattr(report, fact.name) for fact in fields(RegionFacts)}
    return RegionRelease(results=tuple(raw_view(result) for result in report.results), **facts)


def release_of(report: RegionReport | RegionRelease) -> RegionRelease:
    """A release as it is; a report through the gate, by a plan of its own counts."""
    from evalkit.report.disclosure import control

    return report if isinstance(report, RegionRelease) else control(report)


def raw_view(result: ChannelResult) -> ChannelView:
    """One channel as it is."""
    effect, second = result.effect, result.effect.second_opinion
    verdicts = tuple(verdict_view(verdict) for verdict in result.verdicts)
    tail = tail_area(effect)
    return ChannelView(
        channel=result.channel,
        model=effect.model,
        model_label=_label(effect),
        launch=effect.launch,
        level=effect.level,
        numerator=effect.numerator,
        n_pre=effect.n_pre,
        n_post=effect.n_post,
        window=effect.window,
        estimates=dict(effect.estimates),
        components=dict(effect.components),
        second_opinion=None
        if second is None
        else SecondView(model_label=_label(second), numerator=second.numerator, rate_ratio=second.rate_ratio),
        warnings=effect.warnings,
        unit=effect.unit,
        span=effect.span,
        gaps=effect.gaps,
        path=effect.path,
        ratio_density=_density(effect, wanted=bool(_claimed(verdicts))),
        probabilities={ratio: float(chance) for ratio, chance in _probabilities(effect, verdicts)},
        tail=tail if math.isfinite(tail) else None,
        compared=effect.design.comparison is not None,
        simulated=effect.simulated,
        checks=result.checks,
        verdicts=verdicts,
        quality=result.quality,
    )


def _label(effect: Effect) -> str:
    """The model in words, also where it could not be fitted."""
    return text(f"model_words.{effect.model}") if effect.model_label == effect.model else effect.model_label


def views_of(results: Sequence[ChannelResult | ChannelView]) -> tuple[ChannelView, ...]:
    """Views as they are, and live results as they would be seen without any control (for a researcher's own screen)."""
    return tuple(raw_view(result) if isinstance(result, ChannelResult) else result for result in results)


def verdict_view(verdict: Verdict) -> VerdictSummary:
    """A verdict as plain values."""
    return VerdictSummary(
        kind=verdict.kind,
        statement=wording.claim_statement(verdict.claim),
        claimed_ratio=verdict.claim.stated_ratio,
        reasons=verdict.reasons,
        figures={name: _finite(value) for name, value in verdict.figures.items()},
    )


def _claimed(verdicts: Sequence[VerdictSummary]) -> list[float]:
    return [verdict.claimed_ratio for verdict in verdicts if verdict.claimed_ratio]


def _density(effect: Effect, *, wanted: bool) -> pd.DataFrame | None:
    """The density of the rate ratio, where a claim asks for its chart."""
    if not wanted or effect.fit is None:
        return None
    found = effect.density(vocab.RATE_RATIO)
    return None if isinstance(found, NotEstimable) else found


def _probabilities(effect: Effect, verdicts: Sequence[VerdictSummary]) -> list[tuple[float, float]]:
    found = ((ratio, effect.prob_at_least(ratio)) for ratio in _claimed(verdicts))
    return [(ratio, chance) for ratio, chance in found if not isinstance(chance, NotEstimable)]


def from_launch(path: pd.DataFrame, launch: pd.Period) -> NDArray[np.bool_]:
    """Which periods of a path hold the launch or follow it; they may be longer than that of the launch."""
    return np.asarray(path.index.end_time >= launch.start_time)  # type: ignore[attr-defined]  # a PeriodIndex


def holding_launch(path: pd.DataFrame, launch: pd.Period) -> NDArray[np.bool_]:
    """Which period of a path began before the launch and holds it: it belongs to neither side."""
    start = launch.start_time
    return np.asarray((path.index.start_time < start) & (path.index.end_time >= start))  # type: ignore[attr-defined]


# --- as plain values --------------------------------------------------------------------------------------------------


def _view_dict(view: ChannelView) -> Plain:
    return {
        "channel": view.channel,
        "model": view.model,
        "model_label": view.model_label,
        "level": view.level,
        "numerator": view.numerator,
        "n_pre": view.n_pre,
        "n_post": view.n_post,
        "estimates": {name: _estimate_dict(estimate) for name, estimate in view.estimates.items()},
        "second_opinion": None if view.second_opinion is None else _second_dict(view.second_opinion),
        "finding": str(wording.finding_of_interval(view.rate_ratio)),
        "tail": view.tail,
        "checks": [check.to_dict() for check in view.checks],
        "quality": None if view.quality is None else view.quality.to_dict(),
        "verdicts": [
            {
                "kind": str(verdict.kind),
                "statement": verdict.statement,
                "claimed_ratio": verdict.claimed_ratio,
                "reasons": list(verdict.reasons),
                "figures": dict(verdict.figures),
            }
            for verdict in view.verdicts
        ],
        "warnings": list(view.warnings),
        "shown_by": list(view.shown_by),
        "path": {
            "period": [str(period) for period in view.path.index],
            "from_launch": [bool(after) for after in from_launch(view.path, view.launch)],
            **{name: [_rounded(value) for value in view.path[name]] for name in PATH_KEPT},
        },
    }


def _second_dict(second: SecondView) -> Plain:
    return {"model_label": second.model_label, vocab.RATE_RATIO: _estimate_dict(second.rate_ratio)}


def _estimate_dict(result: Result) -> Plain:
    if isinstance(result, NotEstimable):
        return result.to_dict()
    window = result.window
    return {
        **result.to_dict(),
        "level": result.level,
        "window": [str(window.start), str(window.end)],
        "periods": window.periods,
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _rounded(value: float) -> float | None:
    """Six significant digits are plenty for a chart; NaN has no JSON and becomes None."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
