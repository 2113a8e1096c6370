"""The two functions that most users call: one effect, or many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.contacts import Contacts, read_table
from evalkit.design import BankHolidays, Decay, EventTerm, Flights, Opening, build_design, design_spec, repeats
from evalkit.display import Displayed
from evalkit.effect.compute import effect_of, effect_or_reason
from evalkit.effect.effect import Effect
from evalkit.effect.estimate import Estimate
from evalkit.effect.path import Sampling
from evalkit.effect.progress import reporting
from evalkit.errors import DesignError, ModelError, unknown
from evalkit.model import MODELS, Compares, Model, Segmented, fit_many, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalkit.design import Design
    from evalkit.design.spec import Season, TransitionHandling

DEFAULT_MODEL: vocab.ModelName = "latent"
Events = Mapping[str, Any] | Iterable[EventTerm]


def estimate_effect(
    series: pd.Series,
    launch: pd.Period | str,
    *,
    model: vocab.ModelName | Model = DEFAULT_MODEL,
    exposure: pd.Series | float | str | None = None,
    controls: pd.Series | pd.DataFrame | None = None,
    controls_exposure: pd.DataFrame | None = None,
    covariates: pd.Series | pd.DataFrame | None = None,
    slope: bool = True,
    trend: bool = True,
    season: Season = "harmonics",
    harmonics: int = 2,
    end: pd.Period | str | None = None,
    transition: int = 0,
    transition_handling: TransitionHandling = "exclude",
    events: Events | None = None,
    lag: int = 0,
    launches: Sequence[pd.Period | str] = (),
    flights: Flights | Sequence[tuple[pd.Period | str, pd.Period | str]] | None = None,
    off: pd.Period | str | None = None,
    decay: Decay | float | Literal["estimate"] | None = None,
    weekday: bool | None = None,
    holidays: BankHolidays | str | None = None,
    opening: Opening | str | Sequence[str] | None = None,
    level: float = 0.95,
    second_opinion: bool = True,
    sampling: Sampling | None = None,
    region: str = "",
    channel: str = "",
) -> Effect:
    """Estimate what a campaign changed in one series of counts.

    Parameters
    ----------
    series : pandas.Series
        Counts with a PeriodIndex or DatetimeIndex (monthly, weekly, daily, quarterly or annual). NaN, or a period that
        is left out, is missing, never zero. A model on the outcome's own scale, such as
        ``Segmented(family="gaussian")``, takes any measure in place of counts.
    launch : pandas.Period or str
        First exposed period, inclusive, such as ``"2019-05"``.
    model : str or Model, optional
        One of ``vocab.MODEL_NAMES``, or an options object such as ``Segmented(family="poisson")``.
    exposure : pandas.Series, float or str, optional
        Person-time or population; the effects are then on rates. ``"days"`` is the length of each period in days.
    controls : pandas.Series or pandas.DataFrame, optional
        Counts of comparison regions, one column each. ``controlled`` and ``synthetic`` read them side by side; for the
        other models the log of their total becomes a covariate.
    controls_exposure : pandas.DataFrame, optional
        Person-time or population of the comparison regions, in columns of the same names.
    covariates : pandas.Series or pandas.DataFrame, optional
        Any other quantity by period that moves contacts and that the campaign did not move, one column each; see
        :func:`evalkit.build_design`.
    slope : bool, optional
        Whether the campaign may change the trend as well as the level.
    trend : bool, optional
        Whether there is a trend at all.
    season, harmonics
        Annual season as K pairs of sine and cosine, or as indicators; see :class:`evalkit.DesignSpec`.
    end : pandas.Period or str, optional
        Last period of the evaluation window, inclusive; later data are left out.
    transition, transition_handling
        Number of periods from the launch on in which the campaign is phased in, left out or given their own level.
    events : mapping or iterable of EventTerm, optional
        Known events: name to first period (a lasting change), or to (first, last) period, both inclusive.
    lag : int, optional
        The first effect comes so many periods after the launch.
    launches : sequence of pandas.Period or str, optional
        Further launches after ``launch``, each with a level and slope of its own; their parts are in
        ``effect.components``.
    flights : Flights or sequence of (first, last), optional
        Active periods of a campaign that was switched on and off, both ends inclusive; the first begins at ``launch``.
    off : pandas.Period or str, optional
        Last period in which the campaign ran; what persisted afterwards is in ``effect.components``.
    decay : Decay, float or "estimate", optional
        An effect that fades geometrically: the share that is left one period later, or to be estimated.
    weekday : bool, optional
        A ratio for each weekday; by default in daily data.
    holidays : BankHolidays or str, optional
        Bank holidays of a nation, such as ``"England"``: a ratio for such a day, or for each one in a week or month.
    opening : Opening, str or sequence of str, optional
        Days on which the service is open, such as ``"Monday to Friday"``: contacts are then counted per open day.
    level : float, optional
        Probability content of every interval, from 0.5 up to but not including 1.
    second_opinion : bool, optional
        Put the same question to quasi-Poisson segmented regression and warn where the two disagree (counts only).
    sampling : Sampling, optional
        Number and seed of the joint draws behind window totals.
    region, channel : str, optional
        Labels for tables and reports.

    Returns
    -------
    Effect
        Estimates with intervals, or a ``NotEstimable`` with its reason in the place of each.

    Raises
    ------
    ContactsError
        The series is not a series of counts.
    DesignError
        The launch, the end or an event lies outside the data, or an option is not allowed.
    ModelError
        Unknown model or option.

    Examples
    --------
    >>> import evalkit as ek
    >>> import numpy as np
    >>> series = ek.simulate_series(np.random.default_rng(1), level_ratio=2.0, launch="2018-01")
    >>> effect = ek.estimate_effect(series, launch="2018-01")
    >>> effect.rate_ratio.lower > 1
    True
    """
    chosen = resolve_model(model)
    _require_other_regions(region, controls)
    spec = design_spec(
        {
            "trend": trend,
            "slope": slope,
            "season": season,
            "harmonics": harmonics,
            "transition": transition,
            "transition_handling": transition_handling,
            "end": end,
            "events": events,
            "lag": lag,
            "launches": launches,
            "flights": flights,
            "off": off,
            "decay": decay,
            "weekday": weekday,
            "holidays": holidays,
            "opening": opening,
        }
    )
    design = build_design(
        series,
        launch,
        spec,
        exposure=exposure,
        controls=controls,
        controls_exposure=controls_exposure,
        controls_as=chosen.controls_as,
        covariates=covariates,
        kind=kind_of(chosen),
    )
    effect = effect_of(design, chosen, level=level, sampling=sampling)
    if second_opinion and chosen.name != "segmented" and design.kind == "counts":
        other = _settled(design, effect)
        if design.comparison is not None:  # the same question with the comparison regions as a covariate
            beside = _compared(effect, design, controls)
            other = build_design(series, launch, spec, exposure=exposure, controls=beside, covariates=covariates)
        effect = with_second_opinion(effect, effect_of(other, Segmented(), level=level, sampling=sampling))
    return replace(effect, region=region, channel=channel)


@dataclass(frozen=True, eq=False)
class Effects(Displayed, Mapping[Any, Effect]):
    """Many effects by the label of their series: a column of the wide frame, or ``(region, channel)``."""

    by_key: Mapping[Any, Effect]

    def __getitem__(self, key: object) -> Effect:
        """The effect of one series; ``KeyError`` with the nearest label where there is none."""
        if key not in self.by_key:
            raise KeyError(unknown("series", key, [str(known) for known in self.by_key]))
        return self.by_key[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)

    def to_frame(self) -> pd.DataFrame:
        """One row a series and estimand: region, channel, launch, model, then the columns of ``Effect.to_frame``."""
        parts = []
        for effect in self.by_key.values():
            labels = {"region": effect.region, "channel": effect.channel}
            labels |= {"launch": str(effect.launch), "model": effect.model}
            parts.append(effect.to_frame().reset_index().assign(**labels))
        if not parts:
            return pd.DataFrame(columns=["region", "channel", "launch", "model", "estimand"])
        table = pd.concat(parts, ignore_index=True)
        first = ["region", "channel", "launch", "model", "estimand"]
        return table[first + [column for column in table.columns if column not in first]]

    def __repr__(self) -> str:
        estimable = sum(effect.estimable for effect in self.by_key.values())
        return text("effect.shown.many", number=len(self), estimable=estimable)


def estimate_effects(
    frame: pd.DataFrame | Contacts,
    launches: pd.Period | str | Mapping[Any, pd.Period | str],
    *,
    model: vocab.ModelName | Model = DEFAULT_MODEL,
    level: float = 0.95,
    second_opinion: bool = False,
    sampling: Sampling | None = None,
    progress: bool | Callable[[int, int], None] | None = None,
    **design_options: Any,
) -> Effects:
    """Estimate many effects in one call; the latent model fits all series in one compiled batch on every core.

    Parameters
    ----------
    frame : pandas.DataFrame or Contacts
        Wide (one column a series, periods in the index) or tidy contacts (region, channel, period, contacts, and
        optionally exposure, which then enters as the offset), or what :func:`evalkit.read_contacts` gave.
    launches : pandas.Period, str or mapping
        One launch for all, or one by series: keyed by column (wide), by region or by (region, channel) (tidy). Series
        without a launch in the mapping are left out.
    model, level, second_opinion, sampling
        As in :func:`estimate_effect`.
    progress : bool or callable, optional
        By default a bar appears by itself where the work takes more than two seconds and somebody watches (a notebook,
        a terminal). True: at once; False: never. A callable is called with (done, total) as series are fitted.
    **design_options
        ``slope``, ``trend``, ``season``, ``harmonics``, ``end``, ``transition``, ``transition_handling``, ``events``,
        ``lag``, ``launches``, ``flights``, ``off``, ``decay``, ``weekday``, ``holidays``, ``opening``, as in
        :func:`estimate_effect`.

    Returns
    -------
    Effects
        Mapping-like; one :class:`Effect` a series.

    Raises
    ------
    ContactsError, DesignError, ModelError
        As in :func:`estimate_effect`; a message names the series.
    """
    chosen = resolve_model(model)
    if chosen.controls_as == "comparison":
        raise ModelError(
            f"The {chosen.name} model compares a series with others, and here each is taken by itself. Call "
            f"estimate_effect with controls= for each, or estimate_pooled with comparisons='not-yet-launched'."
        )
    spec = design_spec(design_options)
    designs: dict[Any, Design] = {}
    labels: list[Any] = []
    for key, series, exposure in _series_of(frame):
        labels.append(key)
        launch = _launch_of(key, launches)
        if launch is None:
            continue
        try:
            designs[key] = build_design(series, launch, spec, exposure=exposure, kind=kind_of(chosen))
        except DesignError as problem:
            raise DesignError(f"Series {key!r}: {problem}") from problem
    known = {*labels, *(label[0] for label in labels if isinstance(label, tuple))}
    for named in launches if isinstance(launches, Mapping) else ():
        if named not in known:
            raise DesignError(f"A launch is given for a series that is not there. {_unknown_series(named, labels)}")
    if not designs:
        raise DesignError("No series has a launch. Give launches keyed by the labels of the series.")

    with reporting(progress, len(designs)) as (fitted, finished):
        fits = fit_many(chosen, list(designs.values()), progress=fitted)
        effects: dict[Any, Effect] = {}
        for (key, design), fit in zip(designs.items(), fits, strict=True):
            effect = effect_or_reason(design, chosen, fit, level=level, sampling=sampling)
            if second_opinion and chosen.name != "segmented" and design.kind == "counts":
                other = effect_of(_settled(design, effect), Segmented(), level=level, sampling=sampling)
                effect = with_second_opinion(effect, other)
            region, channel = key if isinstance(key, tuple) and len(key) == 2 else (str(key), "")
            effects[key] = replace(effect, region=str(region), channel=str(channel))
            finished(len(effects), len(designs))
    return Effects(effects)


def resolve_model(model: vocab.ModelName | Model) -> Model:
    """The options object behind a name; an options object is returned as it is."""
    if isinstance(model, str):
        if model not in MODELS:
            raise ModelError(unknown("model", model, tuple(MODELS)))
        return cast("Model", MODELS[model]())
    if not isinstance(model, Model):
        raise ModelError(f"The model is a {type(model).__name__}. Allowed: {', '.join(MODELS)}, or an options object.")
    return model


def _require_other_regions(region: str, controls: pd.Series | pd.DataFrame | None) -> None:
    """Raise ``DesignError`` where the treated region is among its own controls."""
    if region and isinstance(controls, pd.DataFrame) and region in controls.columns:
        raise DesignError(
            f"The comparison region {region!r} is the treated region itself. Leave it out of the controls."
        )


def _compared(effect: Effect, design: Design, controls: pd.Series | pd.DataFrame | None) -> pd.DataFrame | None:
    """The regions that the first model compared with, for one that needs their total; None where there is none.

    Where the first model has no answer, all but copies of the series and those that the analyst excluded.
    """
    comparison = design.comparison
    if comparison is None or controls is None:
        return None
    if isinstance(effect.fit, Compares):
        names = list(effect.fit.compared)
    else:
        excluded = getattr(effect.options, "excluded", {})
        columns = zip(comparison.names, comparison.observed.T, strict=True)
        names = [name for name, column in columns if name not in excluded and not repeats(design.observed, column)]
    if not names or not np.isfinite(comparison.columns(names).observed).all(axis=1).any():
        return None
    table = controls.to_frame() if isinstance(controls, pd.Series) else controls
    return table.loc[:, [str(name) in names for name in table.columns]]


def _settled(design: Design, effect: Effect) -> Design:
    """The design for a model that estimates no decay: at the rate that the first model found most probable."""
    rate = effect.design.decay
    return design.with_decay(rate) if design.unknown_decay and rate is not None else design


def with_second_opinion(effect: Effect, other: Effect) -> Effect:
    """The effect with a second one beside it, and a warning where the two disagree.

    They disagree where the rate ratio of either lies outside the interval of the other.
    """
    return replace(effect, second_opinion=other, warnings=(*effect.warnings, *disagreement(effect, other)))


def disagreement(effect: Effect, other: Effect) -> tuple[str, ...]:
    """The warning that a second method disagrees, which gives its rate ratio; none where it does not."""
    first, second = effect.rate_ratio, other.rate_ratio
    if not (isinstance(first, Estimate) and isinstance(second, Estimate)):
        return ()
    if first.lower <= second.value <= first.upper and second.lower <= first.value <= second.upper:
        return ()
    ends = {"value": second.value, "lower": second.lower, "upper": second.upper}
    return (text("effect.disagree", label=other.model_label, **ends),)


def _series_of(frame: pd.DataFrame | Contacts) -> Iterator[tuple[Any, pd.Series, pd.Series | None]]:
    """Label, counts and exposure of each series of a wide or tidy frame."""
    if isinstance(frame, Contacts) or set(vocab.REQUIRED_COLUMNS) <= set(frame.columns):
        contacts = frame if isinstance(frame, Contacts) else read_table(frame)
        labels = contacts.frame[[vocab.REGION, vocab.CHANNEL]].drop_duplicates()
        for region, channel in labels.itertuples(index=False, name=None):
            yield (region, channel), contacts.series(region, channel), contacts.exposure(region, channel)
        return
    for column in frame.columns:
        series = frame[column]
        series.attrs.update(frame.attrs)
        yield column, series, None


def _unknown_series(named: object, labels: Sequence[Any]) -> str:
    return unknown("series", str(named), sorted({str(part) for label in labels for part in _parts(label)}))


def _parts(label: Any) -> tuple[Any, ...]:
    return (label, label[0]) if isinstance(label, tuple) else (label,)


def _launch_of(key: Any, launches: pd.Period | str | Mapping[Any, pd.Period | str]) -> pd.Period | str | None:
    if not isinstance(launches, Mapping):
        return launches
    if key in launches:
        return launches[key]
    return launches.get(key[0]) if isinstance(key, tuple) else None
