"""The specification curve: the same question under every defensible choice of design and model."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import Spoken, in_its_language, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.refit import REFIT_COLUMNS, refitted, respecified, side
from evalkit.cluster import in_chunks
from evalkit.display import Displayed
from evalkit.effect import Effect, Estimate, estimate_effect
from evalkit.effect.estimation import resolve_model
from evalkit.errors import CannotEstimate, DesignError, UsageError
from evalkit.model import Forecast, Latent, Segmented
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.cluster import Mapper
    from evalkit.design import Design
    from evalkit.model import Model

_ASKED: Final = Question("specification curve")
CHOICES: Final = ("trend", "season", "lag", "transition", "window", "model")
SeasonChoice = int | Literal["indicators"]
_AGREE, _DISAGREE = 0.8, 0.5
_LEAST: Final = 10
_TASK: Final = 10  # specifications that one task of a cluster fits

MODELS_OF_THE_CURVE: Final[Mapping[str, Model]] = {
    "latent": Latent(),
    "forecast": Forecast(),
    "quasi-Poisson": Segmented(),
    "negative binomial": Segmented(family="negative-binomial"),
}


@dataclass(frozen=True, kw_only=True)
class Choices(Displayed):
    """The choices that a curve crosses with each other.

    Attributes
    ----------
    trend : tuple of bool
        With and without a straight trend.
    season : tuple of int or "indicators"
        Number of sine and cosine pairs, or an indicator for each month (monthly and quarterly data).
    lag : tuple of int
        Periods from the launch on in which the campaign cannot have acted yet. Only 0 by default: a lag counts those
        periods as unexposed, which is right only where the campaign did not act in them.
    transition : tuple of int
        Periods left out from the launch on, for a campaign that takes time to act.
    window : tuple of int or None
        Length of the window in periods from the launch on; None for all there is.
    models : mapping of str to Model, optional
        Models by the name that the table gives them. By default latent, forecast, quasi-Poisson and negative binomial;
        for an effect beside comparison regions its own model, as those four would leave the comparison out.
    """

    trend: tuple[bool, ...] = (True, False)
    season: tuple[SeasonChoice, ...] = (0, 1, 2, 3, "indicators")
    lag: tuple[int, ...] = (0,)
    transition: tuple[int, ...] = (0, 1, 3)
    window: tuple[int | None, ...] = (None, 12)
    models: Mapping[str, Model] | None = None

    def __post_init__(self) -> None:
        for name in ("trend", "season", "lag", "transition", "window", "models"):
            given = getattr(self, name)
            if given is not None and not given:
                raise UsageError(f"There is no {name} to choose. Give at least one.")
        strange = [one for one in self.season if one != "indicators" and (not isinstance(one, int) or one < 0)]
        if strange:
            raise UsageError(f"A season of {strange[0]!r} was asked for. Allowed: 0, 1, 2, …, or 'indicators'.")
        short = [one for one in self.window if one is not None and one < 1]
        if short:
            raise UsageError(f"A window of {short[0]} periods was asked for. Allowed: 1 or more, or None.")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpecificationCurve(Spoken, Displayed):
    """The rate ratio under every specification.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a specification, sorted by ``value``: the choices (``trend``, ``season``, ``lag``, ``transition``,
        ``window``, ``model``), ``value``, ``lower``, ``upper``, ``sd``, ``reason``; those that cannot be estimated come
        last.
    base : Estimate or None
        The estimate that the curve is about, None where it is not estimable.
    simulated : bool
        Whether the counts were made up.
    """

    table: pd.DataFrame
    base: Estimate | None
    simulated: bool = False

    @property
    def known(self) -> pd.DataFrame:
        """The rows that could be estimated."""
        return self.table[self.table["value"].notna()]

    @property
    def share_above(self) -> float:
        """Share of the estimable specifications whose interval lies wholly above 1; NaN where there is none."""
        return float((self.known["lower"] > 1).mean())

    @property
    def share_below(self) -> float:
        """The same below 1."""
        return float((self.known["upper"] < 1).mean())

    @property
    def median(self) -> float:
        """Median of the estimates."""
        return float(self.known["value"].median())

    @property
    def range(self) -> tuple[float, float]:
        """Least and largest estimate."""
        return float(self.known["value"].min()), float(self.known["value"].max())

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def by_choice(self) -> pd.DataFrame:
        """One row for each value of each choice: how many specifications, median, share above and below 1."""
        rows = []
        for choice in CHOICES:
            for value, part in self.known.groupby(choice, sort=False):
                above, below = float((part["lower"] > 1).mean()), float((part["upper"] < 1).mean())
                rows.append((choice, str(value), len(part), float(part["value"].median()), above, below))
        columns = ["choice", "value", "specifications", "median", "share_above", "share_below"]
        return pd.DataFrame(rows, columns=columns).sort_values(["choice", "value"], ignore_index=True)

    @in_its_language
    def summary(self) -> str:
        """One sentence."""
        total, known = len(self.table), len(self.known)
        lead = text("check.specification_curve.simulated") if self.simulated else ""
        if not known:
            return text("check.specification_curve.none", lead=lead, total=total)
        low, high = self.range
        return text(
            "check.specification_curve.summary",
            lead=lead,
            number=known,
            more=text("check.specification_curve.more", number=total - known) if total > known else "",
            above=100 * self.share_above,
            below=100 * self.share_below,
            median=self.median,
            least=low,
            most=high,
        )

    def __repr__(self) -> str:
        return self.summary()


def specification_curve(
    of: Effect | pd.Series,
    launch: pd.Period | str | None = None,
    *,
    choices: Choices | None = None,
    level: float = 0.95,
    mapper: Mapper | None = None,
    **design_options: Any,
) -> SpecificationCurve:
    """Estimate the rate ratio under every combination of the choices, hundreds of fits in a few seconds.

    Everything that is not a choice (slope, events, exposure, controls, level) stays as it was in the effect; a model
    that would leave comparison regions out of a design that has them gets no estimate, but the reason. A window
    as long as the data is counted once. Each estimate comes from 500 joint draws, so that an end of an interval has a
    Monte-Carlo error of about an eighth of a standard deviation. The estimates share their data: the curve shows how
    much rests on choices, it is not a sample of independent studies (Simonsohn, Simmons and Nelson 2020, Nat Hum Behav
    4:1208).

    Parameters
    ----------
    of : Effect or pandas.Series
        An effect, or a series of counts with its ``launch``.
    launch : pandas.Period or str, optional
        Only with a series.
    choices : Choices, optional
        240 specifications by default for monthly data with more than a year after launch.
    level : float
        Of the intervals; that of the effect, where one is given.
    mapper : callable, optional
        What spreads the work, called like the built-in ``map``: ``evalkit.connect(address).map`` for a cluster. The
        numbers do not depend on it.
    **design_options
        Only with a series: as in :func:`evalkit.estimate_effect`.

    Raises
    ------
    UsageError
        A series without a launch, an effect with one, or neither of the two.
    """
    effect = _effect(of, launch, level, design_options)
    asked = choices or _default_choices(effect)
    design = effect.design
    every = _designs(design, asked)
    parts = []
    for name, model in (_models(effect) if asked.models is None else asked.models).items():
        chosen = resolve_model(model)
        designs = (
            every
            if _reads(chosen, design)
            else dict.fromkeys(every, CannotEstimate(text("check.specification_curve.blind")))
        )
        made = {key: one for key, one in designs.items() if not isinstance(one, CannotEstimate)}
        estimated = _estimated(list(made.values()), chosen, effect.level, mapper)
        parts.append(
            pd.concat([pd.DataFrame(list(made), columns=list(CHOICES[:-1])), estimated], axis=1).assign(model=name)
        )
        failed = [(*key, *(np.nan,) * 4, one.reason) for key, one in designs.items() if isinstance(one, CannotEstimate)]
        if failed:
            parts.append(pd.DataFrame(failed, columns=[*CHOICES[:-1], *REFIT_COLUMNS]).assign(model=name))
    table = pd.concat(parts, ignore_index=True)[[*CHOICES, *REFIT_COLUMNS]]
    table = table.sort_values("value", kind="stable", ignore_index=True)
    base = effect.rate_ratio if isinstance(effect.rate_ratio, Estimate) else None
    return SpecificationCurve(table=table, base=base, simulated=effect.simulated)


def _estimated(designs: list[Design], model: Model, level: float, mapper: Mapper | None) -> pd.DataFrame:
    """The rate ratio of each design, in one batch here or in tasks of a cluster."""
    if mapper is None or not designs:
        return refitted(designs, model, level)
    tasks = [(chunk, model, level) for chunk in in_chunks(designs, _TASK)]
    return pd.concat(mapper(_refitted, tasks), ignore_index=True)


def _refitted(task: tuple[list[Design], Model, float]) -> pd.DataFrame:
    return refitted(*task)


@_ASKED.or_not_run
def across_specifications(effect: Effect, curve: SpecificationCurve | None = None) -> CheckResult:
    """Whether most specifications say the same of 1 as the effect does.

    Returns
    -------
    CheckResult
        With an interval that leaves out 1: pass where at least 80 % of the specifications have an interval on the same
        side, fail where fewer than half have; inconclusive between. With one that holds 1: pass where at most 20 %
        leave it out, fail where more than half do.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    curve = curve or specification_curve(effect)
    known = len(curve.known)
    if known < _LEAST:
        return _ASKED.not_run(
            text("check.specification_curve.too_few", number=known), text("check.specification_curve.too_few_remedy")
        )
    own = side(parts.ratio.lower, parts.ratio.upper)
    agree = {1: curve.share_above, -1: curve.share_below, 0: 1 - curve.share_above - curve.share_below}[own]
    low, high = curve.range
    figures = {
        "specifications": float(known),
        "agree": agree,
        "share_above": curve.share_above,
        "share_below": curve.share_below,
        "median": curve.median,
        "lowest": low,
        "highest": high,
    }
    if agree >= _AGREE:
        outcome, tail, meaning = (
            Outcome.PASSED,
            text("check.specification_curve.stands"),
            text("check.specification_curve.stands_means"),
        )
    elif agree < _DISAGREE:
        outcome, tail = Outcome.FAILED, text("check.specification_curve.otherwise")
        meaning = text("check.specification_curve.otherwise_means")
    else:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.specification_curve.divide")
        meaning = text("check.specification_curve.divide_means")
    statement = text("check.said", lead=replace(curve, simulated=False).summary().rstrip("."), tail=tail)
    return _ASKED.answer(outcome, statement, meaning, figures=figures, table=curve.to_frame())


def _effect(of: Effect | pd.Series, launch: pd.Period | str | None, level: float, options: dict[str, Any]) -> Effect:
    if isinstance(of, Effect):
        if launch is not None or options:
            raise UsageError("An effect has its launch and its design already. Leave launch and design options out.")
        return of
    if not isinstance(of, pd.Series):
        raise UsageError(f"A curve of a {type(of).__name__} was asked for. Allowed: an Effect, or a Series of counts.")
    if launch is None:
        raise UsageError("A series needs its launch: specification_curve(series, launch='2019-05').")
    return estimate_effect(of, launch, level=level, second_opinion=False, **options)


def _default_choices(effect: Effect) -> Choices:
    """Every choice; a synthetic control has neither trend nor season of its own to vary."""
    if effect.model != "synthetic":
        return Choices()
    spec = effect.design.spec
    return Choices(trend=(spec.trend,), season=(spec.harmonics,))


def _models(effect: Effect) -> Mapping[str, Model]:
    """The models of the curve; beside comparison regions the effect's own, which reads them."""
    if effect.design.comparison is None or effect.options is None:
        return MODELS_OF_THE_CURVE
    return {effect.options.name: effect.options}


def _reads(model: Model, design: Design) -> bool:
    """Whether a model answers the question of a design: one beside comparison regions needs a model that reads them."""
    return design.comparison is None or model.controls_as == "comparison"


def _designs(design: Design, choices: Choices) -> dict[tuple[Any, ...], Design | CannotEstimate]:
    """Every design of the curve by its choices, or why there is none."""
    found: dict[tuple[Any, ...], Design | CannotEstimate] = {}
    for trend, season, lag, transition, window in itertools.product(
        choices.trend,
        _seasons(choices.season, design),
        choices.lag,
        choices.transition,
        _windows(choices.window, design),
    ):
        key = (
            trend,
            season,
            lag,
            transition,
            "all" if window is None else text("check.specification_curve.window", window=window),
        )
        end = design.spec.end if window is None else design.launch + (window - 1)
        changed = {"trend": trend, "lag": lag, "transition": transition, "end": end, **_season(season)}
        try:
            found[key] = respecified(design, replace(design.spec, **changed))
        except DesignError as problem:  # such as flights and a transition: the two exclude each other
            found[key] = CannotEstimate(str(problem))
    return found


def _season(season: SeasonChoice) -> dict[str, Any]:
    return {"season": "indicators"} if season == "indicators" else {"season": "harmonics", "harmonics": season}


def _seasons(asked: Sequence[SeasonChoice], design: Design) -> list[SeasonChoice]:
    """Those that differ in this calendar: annual data have no season, quarterly data two pairs, days no indicators."""
    most = int(vocab.PERIODS_PER_YEAR[design.frequency] / 2) if design.frequency != "Y" else 0
    kept: list[SeasonChoice] = [one for one in asked if one != "indicators" and one <= most]
    if "indicators" in asked and design.frequency in {"M", "Q"}:
        kept.append("indicators")
    return kept or [0]


def _windows(asked: Sequence[int | None], design: Design) -> list[int | None]:
    """Those that are shorter than the data; the whole window is always there where it or a longer one is asked for."""
    length = int(design.post.sum())
    shorter: list[int | None] = [one for one in asked if one is not None and one < length]
    return ([None] if len(shorter) < len(asked) else []) + shorter
