"""One region from its inputs to everything its report says."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import pandas as pd

from evalkit import __version__
from evalkit.batch.comparison import controls_of
from evalkit.batch.costs import campaign_cost
from evalkit.batch.keys import asked_hash, region_data_hash
from evalkit.batch.notes import data_notes
from evalkit.batch.planning import own_review
from evalkit.batch.shapes import campaign_options
from evalkit.catalogue import in_its_language, text
from evalkit.check import CheckContext, quality_statement, run_checks
from evalkit.claim import Verdict, check_claim, claim_from_row
from evalkit.contacts import to_period
from evalkit.design import EventTerm
from evalkit.effect import Effect, Sampling, estimate_effect
from evalkit.errors import EvaluationError, Problem, UsageError
from evalkit.report import ChannelResult, Provenance, RegionReport
from evalkit.report.signature import signature_of
from evalkit.report.wording import channel_name

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.evaluation import PlanReview
    from evalkit.registers import Event


@in_its_language
def evaluate_region(inputs: Inputs, region: str, *, issued: dt.date | str | None = None) -> RegionReport:
    """Estimate, check and judge one region, channel by channel.

    Parameters
    ----------
    inputs : Inputs
        What :func:`read_inputs` read.
    region : str
        A region of the evaluation. One without a campaign is analysed at the reference launch, as a placebo.
    issued : datetime.date or str, optional
        Date of the report, also as ``"YYYY-MM-DD"``; today unless said otherwise.

    Raises
    ------
    UsageError
        Unknown region, or a date that is none.
    EvaluationError
        A region without a campaign where the evaluation names no reference launch, or without counts in any channel.
    """
    inputs.require_region(region)
    campaign = inputs.campaign_of(region)
    launch = inputs.launch_of(region)
    counted = {channel for name, channel in inputs.contacts.keys() if name == region}  # noqa: SIM118 - no mapping
    channels = tuple(channel for channel in inputs.channels if channel in counted)
    if launch is None or not channels:
        what = "no campaign and no reference_launch" if launch is None else "no counts in any channel asked for"
        repair = "Mend the evaluation file, or leave the region out of it."
        raise EvaluationError(
            inputs.evaluation.title,
            [Problem(code="region-without-data", what=f"{region!r} has {what}.", repair=repair)],
        )
    plan = own_review(inputs)
    results = tuple(channel_result(inputs, region, channel, launch, plan=plan) for channel in channels)
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
            data_hash=region_data_hash(inputs, region),
            evaluation_fingerprint=asked_hash(inputs.evaluation),
            code_version=__version__,
            seed=Sampling().seed,
            issued=issue_date(issued),
        ),
        notes=region_notes(inputs, region, channels, results[0].effect),
        plan=plan,
        cost=campaign_cost(inputs, region, results[0].effect),
        signature=signature_of(inputs.evaluation),
        disclosure=inputs.evaluation.disclosure,
        shared_launch=_shared(inputs, region, launch),
    )


def _shared(inputs: Inputs, region: str, launch: pd.Period) -> bool:
    """Whether the campaign of a region began in other regions in the same period."""
    own = inputs.campaign_of(region)
    return own is not None and any(
        campaign.campaign == own.campaign
        and set(campaign.regions) - {region}
        and to_period(f"{campaign.launch.start}", inputs.contacts.freq) == launch
        for campaign in inputs.campaigns
    )


def issue_date(issued: dt.date | str | None) -> dt.date:
    """The date on a report: today in UTC for None; ``UsageError`` where it is no date."""
    if issued is None:
        return dt.datetime.now(tz=dt.UTC).date()
    try:
        return dt.date.fromisoformat(issued) if isinstance(issued, str) else issued
    except ValueError as problem:
        raise UsageError(f"The date of issue is {issued!r}. Allowed: a date as YYYY-MM-DD.") from problem


@in_its_language
def channel_result(
    inputs: Inputs, region: str, channel: str, launch: pd.Period, *, plan: PlanReview | None = None
) -> ChannelResult:
    """The effect on one channel, its checks, the verdict on each claim about it, and the quality of the evidence.

    A comparison region, in which no campaign ran, has no quality statement.
    """
    effect = region_effect(inputs, region, channel, launch)
    _ = effect.path  # every report shows it, and the joint draws behind it are at hand now
    checks = run_checks(effect, context=check_context(inputs, region, channel))
    return ChannelResult(
        channel=channel,
        effect=effect,
        checks=checks,
        verdicts=region_verdicts(inputs, effect),
        counts=inputs.contacts.series(region, channel),
        quality=None
        if inputs.campaign_of(region) is None
        else quality_statement(
            effect,
            checks,
            declarations=inputs.evaluation.declarations,
            events=events_of(inputs, region),
            plan=plan,
        ),
    )


def check_context(inputs: Inputs, region: str, channel: str) -> CheckContext:
    """What the checks may use beside one effect: the register of events, and the regions without a campaign."""
    counted = set(inputs.contacts.keys())
    others = [
        name
        for name in inputs.contacts.places
        if name != region and inputs.campaign_of(name) is None and (name, channel) in counted
    ]
    exposures = {name: inputs.contacts.exposure(name, channel) for name in others}
    return CheckContext(
        events=inputs.events if inputs.evaluation.events else None,
        regions={name: inputs.contacts.series(name, channel) for name in others},
        exposures={name: exposure for name, exposure in exposures.items() if exposure is not None},
    )


@in_its_language
def region_effect(inputs: Inputs, region: str, channel: str, launch: pd.Period) -> Effect:
    """The effect of the campaign on one region and channel, with the evaluation's own settings."""
    settings = inputs.evaluation.model
    series = inputs.contacts.series(region, channel)
    end = _window_end(series, launch, settings.window_months)
    controls, controls_exposure = controls_of(inputs, region, channel)
    first, last = cast("pd.Period", series.index[0]), cast("pd.Period", series.index[-1]) if end is None else end
    return estimate_effect(
        series,
        launch,
        model=settings.name,
        exposure=inputs.contacts.exposure(region, channel),
        controls=controls,
        controls_exposure=controls_exposure,
        slope=settings.slope,
        harmonics=settings.harmonics,
        transition=settings.transition,
        end=end,
        events=event_terms(
            inputs,
            region,
            channel,
            (first, last),
            (launch, launch + settings.transition),
        ),
        level=settings.level,
        weekday=settings.weekday,
        holidays=settings.holidays,
        opening=settings.opening,
        region=region,
        channel=channel,
        **campaign_options(inputs, region, last),
    )


def event_terms(
    inputs: Inputs, region: str, channel: str, span: tuple[pd.Period, pd.Period], left_out: tuple[pd.Period, pd.Period]
) -> tuple[EventTerm, ...]:
    """The known events that the evaluation asks to be modelled, where the data can tell them apart.

    Parameters
    ----------
    span : tuple of pandas.Period
        First and last period of the data that are fitted; an event that covers none or all of them says nothing.
    left_out : tuple of pandas.Period
        First period of an excluded transition, and the first one after it.
    """
    first, last = span
    terms = []
    for event in events_of(inputs, region):
        asked = event.event in inputs.evaluation.model.events and (not event.channels or channel in event.channels)
        if not asked or event.start.start is None:
            continue
        start = to_period(event.start.start.isoformat(), first.freqstr)
        known_end = None if event.end is None else event.end.end
        end = None if known_end is None else to_period(known_end.isoformat(), first.freqstr)
        stops = last if end is None else end
        covers_none = start > last or stops < first or (left_out[0] <= start and stops < left_out[1])
        if not covers_none and not (start <= first and stops >= last):
            terms.append(EventTerm(name=event.event, start=start, end=end))
    return tuple(terms)


def region_verdicts(inputs: Inputs, effect: Effect) -> tuple[Verdict, ...]:
    """A verdict on every registered claim about the region of an effect.

    Claims about another channel of the evaluation stand with that channel; those about a channel that it does not have,
    or about all channels together, stand with the first one, as claims that cannot be checked.
    """
    first = effect.channel == inputs.channels[0]
    rows = [
        row
        for row in inputs.claims
        if row.region == effect.region
        and (row.channel == effect.channel or (first and row.channel not in inputs.channels))
    ]
    return tuple(check_claim(claim_from_row(row), effect) for row in rows)


def region_notes(inputs: Inputs, region: str, channels: tuple[str, ...], effect: Effect) -> tuple[str, ...]:
    """What the reader should know of the region's data: gaps, missing channels, further campaigns in the window."""
    notes = [*data_notes(inputs.contacts, region)]
    notes += [
        text("notes.no_contacts", channel=channel_name(channel))
        for channel in inputs.channels
        if channel not in channels
    ]
    own = [campaign for campaign in inputs.campaigns if region in campaign.regions]
    first = inputs.campaign_of(region)
    last = effect.window.end if effect.window is not None else effect.design.periods[-1]
    for campaign in own:
        begins = to_period(f"{campaign.launch.start}", inputs.contacts.freq)
        if campaign is not first and begins <= last:
            modelled = inputs.evaluation.model.campaigns != "first"
            key = "notes.further_campaign_modelled" if modelled else "notes.further_campaign"
            notes.append(text(key, campaign=campaign.title or campaign.campaign, period=begins))
    ends = None if first is None or first.end is None else first.end.end
    design = effect.design
    split = design.spec.off is not None or design.spec.flights is not None
    if ends is not None and not split and to_period(ends.isoformat(), inputs.contacts.freq) < last:
        notes.append(text("notes.ended", date=ends))
    return tuple(notes)


def events_of(inputs: Inputs, region: str) -> tuple[Event, ...]:
    """What else happened in a region, or everywhere."""
    return tuple(event for event in inputs.events if not event.regions or region in event.regions)


def _window_end(series: pd.Series, launch: pd.Period, months: int | None) -> pd.Period | None:
    """Last period of a window of so many months from the launch, None for all there is."""
    if months is None:
        return None
    last_day = launch.start_time + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    return min(to_period(last_day, launch.freqstr), cast("pd.Period", series.index[-1]))
