"""The design matrix with the campaign and the same matrix without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast, get_args

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.contacts import complete_series, to_period
from evalkit.design.beside import (
    CONTROLS,
    Comparison,
    ControlsAs,
    comparison_on,
    control_column,
    covariate_columns,
    exposure_on,
    require_side_by_side,
)
from evalkit.design.spec import DesignSpec, EventTerm
from evalkit.errors import DesignError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RESERVED: Final = (CONTROLS, vocab.TREND, vocab.LEVEL, vocab.SLOPE, vocab.TRANSITION)


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Everything that a model needs to know, on one calendar.

    With n periods and p columns, the model of every fit is ``log E[y_t] = offset_t + x_t' b`` plus whatever noise the
    fit adds. Setting the campaign's own columns to zero gives the matrix without the campaign.

    Attributes
    ----------
    spec : DesignSpec
        What was asked.
    periods : pandas.PeriodIndex
        n consecutive periods, gaps included.
    launch : pandas.Period
        First exposed period, inclusive.
    observed : ndarray of shape (n,)
        Counts; NaN where a period is missing.
    offset : ndarray of shape (n,)
        Log of the exposure, 0 where none was given.
    columns : tuple of str
        p names, in the order of the matrix columns.
    with_campaign, without_campaign : ndarray of shape (n, p)
        The two matrices.
    campaign_terms : tuple of str
        The columns that belong to the campaign.
    used : ndarray of bool, shape (n,)
        Periods that enter the fit: counted, with exposure, not in an excluded transition.
    window : ndarray of bool, shape (n,)
        Periods over which ``rate_ratio`` and ``cumulative_effect`` are taken: used periods from the launch on.
    warnings : tuple of str
        What the reader of a result should know about the design.
    exposed : ndarray of bool, shape (n,)
        Periods with exposure; in the others no rate can be turned into expected contacts.
    controlled : bool
        Whether comparison regions enter the design.
    comparison : Comparison, optional
        Their counts, where the model reads them side by side; None where they enter as a column or not at all.
    simulated : bool
        Whether the series says of itself (``attrs["simulated"]``) that its counts were made up.
    kind : {"counts", "measure"}
        What ``observed`` holds: counts, or a measure that is no count, for models on its own scale.
    """

    spec: DesignSpec
    periods: pd.PeriodIndex
    launch: pd.Period
    observed: NDArray[np.float64]
    offset: NDArray[np.float64]
    columns: tuple[str, ...]
    with_campaign: NDArray[np.float64]
    without_campaign: NDArray[np.float64]
    campaign_terms: tuple[str, ...]
    used: NDArray[np.bool_]
    window: NDArray[np.bool_]
    exposed: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()
    controlled: bool = False
    comparison: Comparison | None = None
    simulated: bool = False
    kind: vocab.Kind = "counts"

    @property
    def unit(self) -> str:
        """What the series is counted or measured in."""
        return vocab.KIND_UNITS[self.kind]

    @property
    def frequency(self) -> vocab.Frequency:
        """One of "Y", "Q", "M", "W", "D"."""
        return frequency_of(self.periods)

    @property
    def post(self) -> NDArray[np.bool_]:
        """Periods from the launch on, shape (n,)."""
        return np.asarray(self.periods >= self.launch)

    @property
    def season_terms(self) -> tuple[str, ...]:
        """The columns of the annual season, for models that have a season of their own."""
        return tuple(name for name, _ in _season(self.spec, self.periods) if name in self.columns)

    @property
    def n_pre(self) -> int:
        """Number of periods before launch that enter the fit."""
        return int((self.used & ~self.post).sum())

    @property
    def n_post(self) -> int:
        """Number of periods from the launch on that enter the fit."""
        return int((self.used & self.post).sum())

    def column(self, name: str) -> int:
        """Position of a column; ``DesignError`` where the design has none of that name."""
        if name not in self.columns:
            raise DesignError(f"The design has no {name!r} column. It has: {', '.join(self.columns)}.")
        return self.columns.index(name)

    def before_launch(self) -> Design:
        """The same calendar fitted to the periods before launch only, without the campaign's columns.

        Events that begin after the launch leave no trace in those periods: their columns go too, with a warning.
        """
        early = self.used & ~self.post
        unseen = [
            name
            for index, name in enumerate(self.columns)
            if name not in self.campaign_terms and not self.without_campaign[early, index].any()
        ]
        keep = [i for i, name in enumerate(self.columns) if name not in {*self.campaign_terms, *unseen}]
        matrix = np.ascontiguousarray(self.without_campaign[:, keep])
        warning = f"a forecast cannot allow for what began after the launch: {', '.join(unseen)}"
        return replace(
            self,
            columns=tuple(self.columns[index] for index in keep),
            with_campaign=matrix,
            without_campaign=matrix,
            campaign_terms=(),
            used=early,
            warnings=(*self.warnings, warning) if unseen else self.warnings,
        )

    def placebo(self, launch: pd.Period) -> Design:
        """The data before the true launch, with the campaign's terms moved to a false, earlier ``launch``.

        Columns that are zero throughout those data (events that had not happened yet) are left out.

        Raises
        ------
        DesignError
            The false launch is not before the true one, or before the data.
        """
        early = np.asarray(self.periods < self.launch)
        periods = self.periods[early]
        if not self.periods[0] < launch < self.launch:
            raise DesignError(
                f"The false launch {launch} must lie after {self.periods[0]} and before the true launch {self.launch}."
            )
        since = _steps_since(periods, launch)
        post = since >= 0
        in_transition = post & (since < self.spec.transition)
        fixed = [
            (name, self.without_campaign[early, index])
            for index, name in enumerate(self.columns)
            if name not in self.campaign_terms and self.without_campaign[early, index].any()
        ]
        campaign = _campaign_columns(self.spec, since, in_transition, vocab.PERIODS_PER_YEAR[self.frequency])
        columns = tuple(name for name, _ in (*fixed, *campaign))
        matrix = np.column_stack([column for _, column in (*fixed, *campaign)])
        without = np.column_stack([*(c for _, c in fixed), *(np.zeros_like(c) for _, c in campaign)])
        used = self.used[early]
        if self.spec.transition_handling == "exclude":
            used = used & ~in_transition
        return replace(
            self,
            periods=periods,
            launch=launch,
            observed=self.observed[early],
            offset=self.offset[early],
            columns=columns,
            with_campaign=matrix,
            without_campaign=without,
            campaign_terms=tuple(name for name, _ in campaign),
            used=used,
            window=used & post,
            exposed=self.exposed[early],
            comparison=None if self.comparison is None else self.comparison.rows(early),
            warnings=(),
        )

    def to_frame(self) -> pd.DataFrame:
        """The matrix with the campaign as a table, with the counts, the offset and the two masks beside it."""
        frame = pd.DataFrame(self.with_campaign, index=self.periods, columns=list(self.columns))
        return frame.assign(observed=self.observed, offset=self.offset, used=self.used, window=self.window)


def build_design(
    series: pd.Series,
    launch: pd.Period | str,
    spec: DesignSpec | None = None,
    *,
    exposure: pd.Series | float | None = None,
    controls: pd.Series | pd.DataFrame | None = None,
    controls_exposure: pd.DataFrame | None = None,
    controls_as: ControlsAs = "covariate",
    covariates: pd.Series | pd.DataFrame | None = None,
    kind: vocab.Kind = "counts",
) -> Design:
    """Lay a series of counts out on its calendar, with the terms that ``spec`` asks for.

    The trend runs in years since launch. The slope change counts the time since launch at the end of each exposed
    period: with s periods a year it is 1/s in the first fully exposed period (the launch, or the first one after the
    transition), then 2/s, and so on. The level change is therefore the ratio at the moment of launch, before any slope
    change has built up, as in the published tutorial (Lopez Bernal, Cummins and Gasparrini 2017, Int J Epidemiol
    46:348, whose slope term is ``post * (time - 36)`` with the launch at time 37); an uncentred ``post * time`` would
    make it the ratio at the start of the data instead.

    Parameters
    ----------
    series : pandas.Series
        Counts with a PeriodIndex, a DatetimeIndex or readable periods. NaN, or a period left out, is missing.
    launch : pandas.Period or str
        First exposed period, inclusive.
    spec : DesignSpec, optional
        The terms; the default has a trend, two harmonics, and a change of level and slope.
    exposure : pandas.Series or float, optional
        Person-time or population. A period without exposure does not enter the fit.
    controls : pandas.Series or pandas.DataFrame, optional
        Counts of comparison regions on the same calendar.
    controls_exposure : pandas.DataFrame, optional
        Their exposure, one column for each column of ``controls``; needs ``controls_as="comparison"``.
    controls_as : {"covariate", "comparison"}
        As one column, ``log(total + 0.5)`` less its mean, with a coefficient that the data choose; or side by side, for
        the models that read :attr:`Design.comparison`.
    covariates : pandas.Series or pandas.DataFrame, optional
        Any other quantity on the same calendar, one column each, with values as they enter (take logs first where a
        ratio is meant). Each column enters less its mean, with and without the campaign, so the campaign must not have
        moved it. A period in which one of them has no value does not enter the fit.
    kind : {"counts", "measure"}
        Whether the series and its controls are counts, or a measure that is no count (a rate, a mean, a quantity a
        head), for models on its own scale. A measure has no exposure.

    Raises
    ------
    ContactsError
        The series is not a series of counts.
    DesignError
        The launch lies outside the data, or a part of the design does.
    """
    spec = spec or DesignSpec()
    counts = complete_series(series, kind=kind)
    if kind == "measure":
        require_side_by_side(exposure, controls, controls_exposure, controls_as)
    periods = cast("pd.PeriodIndex", counts.index)
    start = _inside(launch, periods, "launch")
    if spec.end is not None:
        end = _inside(spec.end, periods, "end")
        if end < start:
            raise DesignError(f"The end {end} lies before the launch {start}. Give an end at or after the launch.")
        counts = counts.loc[:end]
        periods = cast("pd.PeriodIndex", counts.index)

    exposed, warnings = exposure_on(exposure, periods)
    post = np.asarray(periods >= start)
    since = _steps_since(periods, start)
    in_transition = post & (since < spec.transition)
    counted = ~np.isnan(counts.to_numpy()) & (exposed > 0)
    excluded = in_transition if spec.transition_handling == "exclude" else np.zeros_like(post)
    used = counted & ~excluded

    columns, names, campaign_terms = _columns(spec, periods, since, in_transition)
    if controls_as not in get_args(ControlsAs):
        raise DesignError(unknown("use of the controls", controls_as, get_args(ControlsAs)))
    comparison = None
    if controls is not None and controls_as == "comparison":
        comparison = comparison_on(controls, controls_exposure, periods, kind=kind)
    elif controls_exposure is not None:
        raise DesignError(
            "The exposure of the controls is used only by models that read them side by side. Leave it out, or use "
            "such a model (controlled, synthetic) and give the controls too."
        )
    elif controls is not None:
        covariate, control_ok = control_column(controls, periods)
        columns.append(covariate)
        names.append(CONTROLS)
        lost = int((used & ~control_ok).sum())
        if lost:
            warnings.append(f"{lost} periods have no count in every comparison region and are left out of the fit")
        used &= control_ok
    if covariates is not None:
        beside, there = covariate_columns(covariates, periods)
        for name, column in beside:
            if name in {*names, *_RESERVED}:
                raise DesignError(f"The covariate name {name!r} is the name of another term. Give it another name.")
            columns.append(column)
            names.append(name)
        lost = int((used & ~there).sum())
        if lost:
            warnings.append(f"{lost} periods have no value of every covariate and are left out of the fit")
        used &= there
    matrix = np.column_stack(columns)
    without = matrix.copy()
    without[:, [names.index(term) for term in campaign_terms]] = 0.0
    return Design(
        spec=spec,
        periods=periods,
        launch=start,
        observed=counts.to_numpy(dtype=np.float64, copy=True),
        offset=np.log(np.where(exposed > 0, exposed, 1.0)),
        columns=tuple(names),
        with_campaign=matrix,
        without_campaign=without,
        campaign_terms=tuple(campaign_terms),
        used=used,
        window=used & post,
        exposed=exposed > 0,
        warnings=tuple(warnings),
        controlled=controls is not None,
        comparison=comparison,
        simulated=bool(series.attrs.get(vocab.SIMULATED, False)),
        kind=kind,
    )


def frequency_of(periods: pd.PeriodIndex) -> vocab.Frequency:
    """The frequency letter of a PeriodIndex, whatever day its weeks or years end on."""
    return cast("vocab.Frequency", periods.freqstr.split("-")[0].lstrip("0123456789")[:1])


def _columns(
    spec: DesignSpec,
    periods: pd.PeriodIndex,
    since: NDArray[np.int64],
    in_transition: NDArray[np.bool_],
) -> tuple[list[NDArray[np.float64]], list[str], list[str]]:
    per_year = vocab.PERIODS_PER_YEAR[frequency_of(periods)]
    columns: list[NDArray[np.float64]] = [np.ones(len(periods))]
    names = [vocab.INTERCEPT]
    if spec.trend:
        columns.append(since / per_year)
        names.append(vocab.TREND)
    for name, column in _season(spec, periods):
        columns.append(column)
        names.append(name)
    taken = {*names, *_RESERVED}
    for event in spec.events:
        if event.name in taken:
            raise DesignError(f"Event name {event.name!r} is the name of another term. Give the event another name.")
        columns.append(_event(event, periods))
        names.append(event.name)

    campaign = _campaign_columns(spec, since, in_transition, per_year)
    return (
        [*columns, *(column for _, column in campaign)],
        [*names, *(n for n, _ in campaign)],
        [n for n, _ in campaign],
    )


def _campaign_columns(
    spec: DesignSpec, since: NDArray[np.int64], in_transition: NDArray[np.bool_], per_year: float
) -> list[tuple[str, NDArray[np.float64]]]:
    full = since >= spec.transition
    campaign: list[tuple[str, NDArray[np.float64]]] = []
    if spec.transition and spec.transition_handling == "model":
        campaign.append((vocab.TRANSITION, in_transition.astype(np.float64)))
    campaign.append((vocab.LEVEL, full.astype(np.float64)))
    if spec.slope:
        campaign.append((vocab.SLOPE, np.where(full, since - spec.transition + 1, 0) / per_year))
    return campaign


def _season(spec: DesignSpec, periods: pd.PeriodIndex) -> list[tuple[str, NDArray[np.float64]]]:
    frequency = frequency_of(periods)
    if frequency == "Y":
        return []
    if spec.season == "indicators":
        return _season_indicators(periods, frequency)
    angle = 2 * np.pi * _position_in_year(periods, frequency)
    half = vocab.PERIODS_PER_YEAR[frequency] / 2
    pairs: list[tuple[str, NDArray[np.float64]]] = []
    for k in range(1, min(spec.harmonics, int(half)) + 1):
        if k < half:  # at k = s/2 the sine is zero everywhere
            pairs.append((f"sin {k}", np.sin(k * angle)))
        pairs.append((f"cos {k}", np.cos(k * angle)))
    return pairs


def _season_indicators(periods: pd.PeriodIndex, frequency: str) -> list[tuple[str, NDArray[np.float64]]]:
    if frequency not in {"M", "Q"}:
        raise DesignError(
            "Season indicators need monthly or quarterly data; these are weekly or daily. Use season='harmonics'."
        )
    number = np.asarray(periods.month if frequency == "M" else periods.quarter)
    name = vocab.FREQUENCY_NAMES[cast("vocab.Frequency", frequency)]
    return [(f"{name} {k}", (number == k).astype(np.float64)) for k in np.unique(number)[1:]]


def _position_in_year(periods: pd.PeriodIndex, frequency: str) -> NDArray[np.float64]:
    if frequency == "M":
        return (np.asarray(periods.month, dtype=np.float64) - 1) / 12
    if frequency == "Q":
        return (np.asarray(periods.quarter, dtype=np.float64) - 1) / 4
    middle = periods.to_timestamp(how="start") + (periods.to_timestamp(how="end") - periods.to_timestamp()) / 2
    return (np.asarray(middle.day_of_year, dtype=np.float64) - 1) / vocab.DAYS_PER_YEAR


def _event(event: EventTerm, periods: pd.PeriodIndex) -> NDArray[np.float64]:
    frequency = periods.freqstr
    first = to_period(event.start, frequency)
    column = np.asarray(periods >= first)
    if event.end is not None:
        last = to_period(event.end, frequency)
        if last < first:
            raise DesignError(f"Event {event.name!r} ends in {last}, before it starts in {first}.")
        column &= np.asarray(periods <= last)
    if not column.any() or column.all():
        raise DesignError(
            f"Event {event.name!r} covers {'every period' if column.all() else 'no period'} of the data "
            f"({periods[0]} to {periods[-1]}), so it says nothing. "
            f"Leave it out or correct its dates."
        )
    return column.astype(np.float64)


def _inside(value: pd.Period | str, periods: pd.PeriodIndex, what: str) -> pd.Period:
    period = to_period(value, periods.freqstr)
    if not periods[0] <= period <= periods[-1]:
        raise DesignError(
            f"The {what} {period} lies outside the data, which run from {periods[0]} to {periods[-1]}. "
            f"Give a {what} in that range, or data that reach it."
        )
    return period


def _steps_since(periods: pd.PeriodIndex, start: pd.Period) -> NDArray[np.int64]:
    return np.arange(len(periods), dtype=np.int64) - int(cast("int", periods.get_loc(start)))
