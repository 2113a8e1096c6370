"""The design matrix with the campaign and the same matrix without it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast, get_args

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.contacts import complete_series
from evalkit.design.beside import (
    CONTROLS,
    Comparison,
    ControlsAs,
    closed_but_counted,
    comparison_on,
    control_column,
    covariate_columns,
    exposure_on,
    one_sided,
    open_days,
    require_no_copy,
    require_side_by_side,
)
from evalkit.design.calendar import calendar_columns, unseen_weekdays
from evalkit.design.campaign import CampaignColumns, Part, Timeline, inside, lay_out, starting_rate, timeline_of
from evalkit.design.season import event_column, frequency_of, season_columns
from evalkit.design.spec import DesignSpec
from evalkit.display import Displayed
from evalkit.errors import DesignError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

Columns = list[tuple[str, "NDArray[np.float64]"]]

_RESERVED: Final = (CONTROLS, vocab.TREND, vocab.LEVEL, vocab.SLOPE, vocab.TRANSITION)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Design(Displayed):
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
        Periods over which ``rate_ratio`` and ``cumulative_effect`` are taken: used periods in which the campaign could
        have an effect. These are all from the launch on (less a lag), or the active ones of a campaign in flights.
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
    parts : tuple of Part
        Parts of the campaign's effect that are reported beside the whole: one launch of several, one flight.
    timeline : Timeline
        When the campaign ran, in periods since its launch.
    decay : float, optional
        The decay rate behind the campaign's columns; None where the effect does not decay.
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
    parts: tuple[Part, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)
    decay: float | None = None

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
        return np.asarray(self.periods.asi8 >= self.launch.ordinal)

    @property
    def in_transition(self) -> NDArray[np.bool_]:
        """Periods in which the campaign is phased in, shape (n,)."""
        since = _steps_since(self.periods, self.launch)
        per_year = vocab.PERIODS_PER_YEAR[self.frequency]
        return lay_out(self.spec, self.timeline, since, per_year, self.decay).in_transition

    @property
    def season_terms(self) -> tuple[str, ...]:
        """The columns of the annual season, for models that have a season of their own."""
        return tuple(name for name, _ in season_columns(self.spec, self.periods) if name in self.columns)

    @property
    def n_pre(self) -> int:
        """Number of periods before launch that enter the fit."""
        return int((self.used & ~self.post).sum())

    @property
    def n_post(self) -> int:
        """Number of periods from the launch on that enter the fit."""
        return int((self.used & self.post).sum())

    @property
    def unknown_decay(self) -> tuple[float, ...]:
        """The decay rates that are to be tried; empty where the rate is given or there is none."""
        asked = self.spec.decay
        return asked.grid if asked is not None and asked.rate is None else ()

    def with_decay(self, rate: float) -> Design:
        """The same design with the campaign's columns laid out at one decay rate, which is then a given one."""
        decay = self.spec.decay
        if decay is None:
            raise DesignError("The design has no decaying effect. Give decay= when it is built.")
        spec = replace(self.spec, decay=replace(decay, rate=rate))
        since = _steps_since(self.periods, self.launch)
        campaign = lay_out(spec, self.timeline, since, vocab.PERIODS_PER_YEAR[self.frequency], rate)
        matrix = self.with_campaign.copy()
        for name, column in campaign.columns:
            matrix[:, self.column(name)] = column
        return replace(self, spec=spec, decay=rate, with_campaign=matrix)

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
        warning = text("design.forecast_blind", unseen=", ".join(unseen))
        return replace(
            self,
            columns=tuple(self.columns[index] for index in keep),
            with_campaign=matrix,
            without_campaign=matrix,
            campaign_terms=(),
            parts=(),
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
        early = slice(0, int(np.searchsorted(self.periods.asi8, self.launch.ordinal)))
        periods = self.periods[early]
        if not self.periods[0] < launch < self.launch:
            raise DesignError(
                f"The false launch {launch} must lie after {self.periods[0]} and before the true launch {self.launch}."
            )
        since = _steps_since(periods, launch)
        fixed = [
            (name, self.without_campaign[early, index])
            for index, name in enumerate(self.columns)
            if name not in self.campaign_terms and self.without_campaign[early, index].any()
        ]
        per_year = vocab.PERIODS_PER_YEAR[self.frequency]
        campaign = lay_out(self.spec, self.timeline, since, per_year, self.decay)
        matrix, without, columns = _assembled(fixed, campaign, [])
        used = self.used[early]
        if self.spec.transition_handling == "exclude":
            used = used & ~campaign.in_transition
        return replace(
            self,
            periods=periods,
            launch=launch,
            observed=self.observed[early],
            offset=self.offset[early],
            columns=columns,
            with_campaign=matrix,
            without_campaign=without,
            campaign_terms=tuple(name for name, _ in campaign.columns),
            used=used,
            window=used & campaign.at_work,
            parts=campaign.parts,
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
    exposure: pd.Series | float | str | None = None,
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
    exposure : pandas.Series, float or str, optional
        Person-time or population. A period without exposure does not enter the fit. ``"days"`` is the number of days in
        each period; ``"opening days"`` those on which the service is open, as ``spec.opening`` says. Both are taken to
        hold for comparison regions too.
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
    start = inside(launch, periods, "launch")
    if spec.end is not None:
        end = inside(spec.end, periods, "end")
        if end < start:
            raise DesignError(f"The end {end} lies before the launch {start}. Give an end at or after the launch.")
        counts = counts.loc[:end]
        periods = cast("pd.PeriodIndex", counts.index)

    exposed, warnings = exposure_on(exposure, periods, spec.opening)
    if spec.opening is not None:
        warnings += closed_but_counted(counts, exposed)
    since = _steps_since(periods, start)
    timeline = timeline_of(spec, periods, start)
    rate = starting_rate(spec)
    campaign = lay_out(spec, timeline, since, vocab.PERIODS_PER_YEAR[frequency_of(periods)], rate)
    used = ~np.isnan(counts.to_numpy()) & (exposed > 0)
    if spec.transition_handling == "exclude":
        used &= ~campaign.in_transition

    fixed = _fixed_columns(spec, periods, since, used)
    if controls_as not in get_args(ControlsAs):
        raise DesignError(unknown("use of the controls", controls_as, get_args(ControlsAs)))
    comparison = None
    beside: Columns = []
    if controls is not None and controls_as == "comparison":
        days = open_days(exposure, periods, spec.opening)
        comparison = comparison_on(controls, controls_exposure, periods, kind=kind, days=days)
        comparison.observed[unseen_weekdays(spec, periods, used)] = np.nan
        warnings += one_sided(exposure, controls_exposure, periods)
    elif controls_exposure is not None:
        raise DesignError(
            "The exposure of the controls is used only by models that read them side by side. Leave it out, or use "
            "such a model (controlled, synthetic) and give the controls too."
        )
    elif controls is not None:
        require_no_copy(counts, controls)
        covariate, control_ok = control_column(controls, periods)
        beside.append((CONTROLS, covariate))
        lost = int((used & ~control_ok).sum())
        if lost:
            warnings.append(text("design.no_count", periods=lost))
        used &= control_ok
    if covariates is not None:
        named, there = covariate_columns(covariates, periods)
        beside += named
        lost = int((used & ~there).sum())
        if lost:
            warnings.append(text("design.no_covariate", periods=lost))
        used &= there
    matrix, without, columns = _assembled(fixed, campaign, beside)
    _require_own_names(spec, list(columns), [name for name, _ in beside if name != CONTROLS])
    return Design(
        spec=spec,
        periods=periods,
        launch=start,
        observed=counts.to_numpy(dtype=np.float64, copy=True),
        offset=np.log(np.where(exposed > 0, exposed, 1.0)),
        columns=columns,
        with_campaign=matrix,
        without_campaign=without,
        campaign_terms=tuple(name for name, _ in campaign.columns),
        used=used,
        window=used & campaign.at_work,
        parts=campaign.parts,
        timeline=timeline,
        decay=rate,
        exposed=exposed > 0,
        warnings=tuple(warnings),
        controlled=controls is not None,
        comparison=comparison,
        simulated=bool(series.attrs.get(vocab.SIMULATED, False)),
        kind=kind,
    )


def _assembled(
    fixed: Columns, campaign: CampaignColumns, beside: Columns
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """The matrix with the campaign, the one without it, and the names of their columns."""
    every = (*fixed, *campaign.columns, *beside)
    matrix = np.column_stack([column for _, column in every])
    without = matrix.copy()
    without[:, len(fixed) : len(fixed) + len(campaign.columns)] = 0.0
    return matrix, without, tuple(name for name, _ in every)


def _fixed_columns(
    spec: DesignSpec, periods: pd.PeriodIndex, since: NDArray[np.int64], counted: NDArray[np.bool_]
) -> Columns:
    """What is there with and without the campaign: intercept, trend, season, weekdays and bank holidays, events."""
    columns: Columns = [(vocab.INTERCEPT, np.ones(len(periods)))]
    if spec.trend:
        columns.append((vocab.TREND, since / vocab.PERIODS_PER_YEAR[frequency_of(periods)]))
    columns += season_columns(spec, periods)
    columns += calendar_columns(spec, periods, counted)
    columns += [(event.name, event_column(event, periods)) for event in spec.events]
    return columns


def _require_own_names(spec: DesignSpec, names: list[str], covariates: list[str]) -> None:
    """Raise ``DesignError`` where an event or a covariate has the name of another column."""
    for kind, given in (("Event", [event.name for event in spec.events]), ("The covariate", covariates)):
        for name in given:
            if name in _RESERVED or names.count(name) > 1:
                raise DesignError(f"{kind} name {name!r} is the name of another term. Give it another name.")


def _steps_since(periods: pd.PeriodIndex, start: pd.Period) -> NDArray[np.int64]:
    return np.arange(len(periods), dtype=np.int64) - int(cast("int", periods.get_loc(start)))
