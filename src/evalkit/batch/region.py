"""One region from its inputs to everything its report says."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import pandas as pd

from evalkit import __version__
from evalkit.check import run_checks
from evalkit.claim import Verdict, check_claim, claim_from_row
from evalkit.contacts import to_period
from evalkit.design import EventTerm
from evalkit.effect import Effect, Sampling, estimate_effect
from evalkit.errors import EvaluationError, Problem
from evalkit.report import ChannelResult, Provenance, RegionReport

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.registers import Event


def evaluate_region(inputs: Inputs, region: str, *, issued: dt.date | None = None) -> RegionReport:
    """Estimate, check and judge one region, channel by channel.

    Parameters
    ----------
    inputs : Inputs
        What :func:`read_inputs` read.
    region : str
        A region of the evaluation. One without a campaign is analysed at the reference launch, as a placebo.
    issued : datetime.date, optional
        Date of the report; today unless said otherwise.

    Raises
    ------
    UsageError
        Unknown region.
    EvaluationError
        A region without a campaign, where the evaluation names no reference launch.
    """
    inputs.require_region(region)
    campaign = inputs.campaign_of(region)
    launch = inputs.launch_of(region)
    if launch is None:
        raise EvaluationError(
            inputs.evaluation.title,
            [
                Problem(
                    code="no-launch",
                    what=f"No campaign is registered for {region!r}, and the evaluation has no reference_launch.",
                    repair="Add reference_launch to the evaluation file to analyse comparison regions as a placebo.",
                )
            ],
        )
    results = tuple(channel_result(inputs, region, channel, launch) for channel in inputs.channels)
    return RegionReport(
        title=inputs.evaluation.title,
        commissioner=inputs.evaluation.commissioner,
        region=region,
        campaign_title=None if campaign is None else campaign.title or campaign.campaign,
        campaign_source="" if campaign is None else campaign.source,
        launch=launch,
        is_comparison=campaign is None,
        results=results,
        events=events_of(inputs, region),
        simulated=inputs.contacts.simulated,
        unit=inputs.contacts.unit,
        provenance=Provenance(
            data_hash=inputs.contacts.content_hash,
            evaluation_fingerprint=inputs.evaluation.fingerprint,
            code_version=__version__,
            seed=Sampling().seed,
            issued=issued or dt.datetime.now(tz=dt.UTC).date(),
        ),
        notes=tuple(str(note) for note in inputs.contacts.notes if region in note.what),
    )


def channel_result(inputs: Inputs, region: str, channel: str, launch: pd.Period) -> ChannelResult:
    """The effect on one channel, its checks, and the verdict on each claim about it."""
    effect = region_effect(inputs, region, channel, launch)
    return ChannelResult(
        channel=channel, effect=effect, checks=run_checks(effect), verdicts=region_verdicts(inputs, effect)
    )


def region_effect(inputs: Inputs, region: str, channel: str, launch: pd.Period) -> Effect:
    """The effect of the campaign on one region and channel, with the evaluation's own settings."""
    settings = inputs.evaluation.model
    series = inputs.contacts.series(region, channel)
    end = _window_end(series, launch, settings.window_months)
    return estimate_effect(
        series,
        launch,
        model=settings.name,
        exposure=inputs.contacts.exposure(region, channel),
        slope=settings.slope,
        harmonics=settings.harmonics,
        transition=settings.transition,
        end=end,
        events=event_terms(inputs, region, channel, series.index[0], series.index[-1] if end is None else end),
        level=settings.level,
        region=region,
        channel=channel,
    )


def event_terms(inputs: Inputs, region: str, channel: str, first: pd.Period, last: pd.Period) -> tuple[EventTerm, ...]:
    """The known events that the evaluation asks to be modelled, where they start after ``first`` and by ``last``."""
    terms = []
    for event in events_of(inputs, region):
        asked = event.event in inputs.evaluation.model.events and (not event.channels or channel in event.channels)
        if not asked or event.start.start is None:
            continue
        start = to_period(event.start.start.isoformat(), first.freqstr)
        end = None if event.end is None or event.end.end is None else event.end.end.isoformat()
        if first < start <= last:
            terms.append(EventTerm(name=event.event, start=start, end=end))
    return tuple(terms)


def region_verdicts(inputs: Inputs, effect: Effect) -> tuple[Verdict, ...]:
    """A verdict on every registered claim about the region and channel of an effect."""
    rows = [row for row in inputs.claims if row.region == effect.region and row.channel == effect.channel]
    return tuple(check_claim(claim_from_row(row), effect) for row in rows)


def events_of(inputs: Inputs, region: str) -> tuple[Event, ...]:
    """What else happened in a region, or everywhere."""
    return tuple(event for event in inputs.events if not event.regions or region in event.regions)


def _window_end(series: pd.Series, launch: pd.Period, months: int | None) -> pd.Period | None:
    """Last period of a window of so many months from the launch, None for all there is."""
    if months is None:
        return None
    last_day = launch.start_time + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    return min(to_period(last_day, launch.freqstr), cast("pd.Period", series.index[-1]))
