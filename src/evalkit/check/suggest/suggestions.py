"""The rules: what each design needs, and what it can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd

from evalkit.catalogue import counted, periods, text
from evalkit.check.suggest.comparisons import Case, comparison_regions
from evalkit.check.suggest.suggestion import Suggestion, Suggestions
from evalkit.contacts import to_period
from evalkit.errors import UsageError, unknown
from evalkit.model import MODELS
from evalkit.model.base import Requirements
from evalkit.vocab import FREQUENCY_NAMES, PERIODS_PER_YEAR

if TYPE_CHECKING:
    from evalkit.contacts import Contacts
    from evalkit.registers import Campaign, Event

DONORS: Final = 5
"""Donors from which a synthetic control is suggested: with fewer, its rank among placebos says next to nothing."""
YEARS_OF_DONORS: Final = 2.0
"""Years before launch from which weights can be told from chance."""
POOLED_REGIONS: Final = 3
_PRECISE: Final = {
    "Y": ("year", "month", "week", "day"),
    "Q": ("month", "week", "day"),
    "M": ("month", "week", "day"),
    "W": ("week", "day"),
    "D": ("day",),
}


def suggest_design(
    contacts: Contacts,
    campaign: Campaign | tuple[str, str],
    *,
    campaigns: Sequence[Campaign] | None = None,
    events: Sequence[Event] | None = None,
    channel: str | None = None,
) -> Suggestions:
    """Say which designs the data allow for one campaign in one region, strongest first, and why not stronger ones.

    Parameters
    ----------
    contacts : Contacts
        Counts of the region, and of those that it might be compared with.
    campaign : Campaign or (str, str)
        A row of the register with one region; or the region and the first exposed period: ``("Kent", "2019-05")``.
    campaigns : sequence of Campaign, optional
        The whole register, from which it is known which regions had a campaign. Without it no comparison is suggested;
        an empty one says that no other region had any.
    events : sequence of Event, optional
        What else is known to have happened; such events enter the calls as terms of the model.
    channel : str, optional
        By default the first one that the region is counted in.

    Returns
    -------
    Suggestions
        With the rule of each design as ``docs/how-to/choose-a-design.md`` has it.

    Raises
    ------
    UsageError
        Unknown region or channel, a register row with several regions, a launch that is too vague or outside the data.
    """
    region, launch = _asked(contacts, campaign)
    chosen = _channel(contacts, region, channel)
    register = tuple(campaigns or ())
    case, notes = _case(contacts, region, chosen, launch, register)
    if campaigns is not None and not _had_one(region, register):
        notes.append(text("suggest.placebo", region=region))
    terms, event_notes = _event_terms(case, events or ())
    eligible, left_out = comparison_regions(case, register) if campaigns is not None else ({}, {})
    shared = {**_shared_kwargs(case), **({"events": terms} if terms else {})}
    known = campaigns is not None
    items = (
        _synthetic(case, eligible, shared, known=known),
        _controlled(case, eligible, shared, known=known),
        _pooled(case, register, eligible),
        _single(case, shared),
        _forecast(case, shared),
        _before_and_after(case),
    )
    return Suggestions(
        region=region,
        channel=chosen,
        launch=str(case.launch),
        items=items,
        left_out=left_out,
        notes=(*notes, *event_notes),
        simulated=contacts.simulated,
    )


# --- what is asked ----------------------------------------------------------------------------------------------------


def _asked(contacts: Contacts, campaign: Campaign | tuple[str, str]) -> tuple[str, pd.Period]:
    if isinstance(campaign, tuple):
        region, text = campaign
        launch = to_period(text, contacts.freq)
    else:
        if len(campaign.regions) != 1:
            raise UsageError(
                f"The campaign {campaign.campaign!r} names {len(campaign.regions)} regions. Give one of them with the "
                f"launch: ({campaign.regions[0]!r}, {campaign.launch.iso!r})."
            )
        region, date = campaign.regions[0], campaign.launch
        if date.start is None or date.precision not in _PRECISE[contacts.frequency]:
            noun = FREQUENCY_NAMES[contacts.frequency]
            raise UsageError(
                f"The launch of {campaign.campaign!r} is known only to the {date.precision}; the contacts are by "
                f"{noun}. Give the region and a {noun}: ({region!r}, ...)."
            )
        launch = to_period(date.start.isoformat(), contacts.freq)
    if region not in contacts.regions:
        raise UsageError(unknown("region", region, contacts.regions))
    first, last = contacts.periods[0], contacts.periods[-1]
    if not first <= launch <= last:
        raise UsageError(f"The launch {launch} lies outside the contacts, which run from {first} to {last}.")
    return region, launch


def _channel(contacts: Contacts, region: str, channel: str | None) -> str:
    own = tuple(its for name, its in contacts.keys() if name == region)  # noqa: SIM118 - no mapping
    if channel is None:
        return own[0]
    if channel not in own:
        raise UsageError(unknown("channel", channel, own))
    return channel


def _case(
    contacts: Contacts, region: str, channel: str, launch: pd.Period, campaigns: Sequence[Campaign]
) -> tuple[Case, list[str]]:
    """The region up to the period before a second campaign, and what is to be said of other campaigns in it."""
    series, notes = contacts.series(region, channel), []
    end = cast("pd.Period", series.dropna().index[-1])
    for other in campaigns:
        if region not in other.regions or other.launch.start is None:
            continue
        began = to_period(other.launch.start.isoformat(), contacts.freq)
        if launch < began <= end:
            end = began - 1
            notes.append(text("suggest.second", campaign=other.campaign, began=began))
        elif began < launch:
            notes.append(text("suggest.earlier", campaign=other.campaign, began=began))
    kept = series[series.index <= end]
    return Case(contacts=contacts, region=region, channel=channel, launch=launch, end=end, series=kept), notes


def _event_terms(case: Case, events: Sequence[Event]) -> tuple[dict[str, Any], list[str]]:
    """Events that can have a term, and notes on those that begin with the campaign and cannot be told from it."""
    terms: dict[str, Any] = {}
    notes = []
    first, last = case.counted[0], case.end
    for event in events:
        elsewhere = event.regions and case.region not in event.regions
        if elsewhere or (event.channels and case.channel not in event.channels) or event.start.start is None:
            continue
        start = to_period(event.start.start.isoformat(), case.contacts.freq)
        known_end = None if event.end is None else event.end.end
        end = None if known_end is None else to_period(known_end.isoformat(), case.contacts.freq)
        if start > last or (end or last) < first or (start <= first and end is None):
            continue
        if start == case.launch:
            notes.append(text("suggest.same_period", event=event.title))
            continue
        terms[event.event] = str(start) if end is None else (str(start), str(end))
    return terms, notes


def _shared_kwargs(case: Case) -> dict[str, Any]:
    needed = Requirements()
    slope = case.n_post >= max(
        needed.post_periods_slope, round(needed.post_years_slope * PERIODS_PER_YEAR[case.contacts.frequency])
    )
    shortened = case.end < case.contacts.series(case.region, case.channel).dropna().index[-1]
    return {
        "launch": str(case.launch),
        **({} if slope else {"slope": False}),
        **({"end": str(case.end)} if shortened else {}),
    }


# --- the designs ------------------------------------------------------------------------------------------------------


def _synthetic(case: Case, eligible: Mapping[str, str], shared: dict[str, Any], *, known: bool) -> Suggestion:
    lacks = [*_lacking(case, YEARS_OF_DONORS), *_no_register(known=known)]
    if known and len(eligible) < DONORS:
        lacks.append(text("suggest.few_donors", regions=_regions(len(eligible)), needed=DONORS))
    if "synthetic" not in MODELS:
        lacks.append(text("suggest.no_synthetic"))
    reasons = (
        text("suggest.donors", number=len(eligible), years=case.years_before),
        text("suggest.share", number=len(eligible) + 1),
        text("suggest.donors_declared"),
    )
    kwargs = {name: value for name, value in shared.items() if name not in ("slope", "events")}
    return _effect("synthetic", case, lacks, reasons, 3, {**kwargs, "model": "synthetic"}, tuple(eligible))


def _controlled(case: Case, eligible: Mapping[str, str], shared: dict[str, Any], *, known: bool) -> Suggestion:
    parallel = tuple(name for name, apart in eligible.items() if not apart)
    lacks = [*_lacking(case), *_no_register(known=known)]
    if known and not parallel:
        said = "; ".join(
            text("suggest.apart_line", region=name, reason=apart) for name, apart in list(eligible.items())[:3]
        )
        lacks.append(
            text("suggest.all_apart", regions=_regions(len(eligible)), apart=said)
            if eligible
            else text("suggest.none_left")
        )
    reasons = [text("suggest.parallel", regions=_regions(len(parallel)))]
    apart = len(eligible) - len(parallel)
    if apart:
        reasons.append(text("suggest.some_apart", regions=_regions(apart)))
    reasons.append(text("suggest.regions_declared"))
    return _effect("controlled", case, lacks, tuple(reasons), 3, {**shared, "model": "controlled"}, parallel)


def _pooled(case: Case, campaigns: Sequence[Campaign], eligible: Mapping[str, str]) -> Suggestion:
    """The average over regions that had a campaign; each needs a year before and two periods after."""
    launches = _other_launches(case, campaigns)
    if not campaigns or _had_one(case.region, campaigns):
        launches = {case.region: case.launch, **launches}
    when = sorted(set(launches.values()))
    if len(launches) < POOLED_REGIONS:
        few = text("suggest.few_launches", regions=_regions(len(launches)), needed=POOLED_REGIONS)
        return Suggestion(design="pooled", ready=False, reasons=(few,), maryland=2)
    beside = len(when) > 1 or bool(eligible)
    kwargs = {
        "launches": {name: str(launch) for name, launch in launches.items()},
        "channel": case.channel,
        **({"comparisons": "not-yet-launched"} if beside and eligible else {}),
    }
    reasons = (
        text("suggest.launches", number=len(launches), first=when[0], last=when[-1], different=len(when)),
        text("suggest.another_question"),
        (text("suggest.beside") if "comparisons" in kwargs else text("suggest.none_beside")),
    )
    rest = ", ".join(f"{name}={value!r}" for name, value in kwargs.items() if name != "launches")
    return Suggestion(
        design="pooled",
        ready=True,
        reasons=reasons,
        maryland=3 if "comparisons" in kwargs else 2,
        call=f"ek.estimate_pooled(contacts, {kwargs['launches']!r}, {rest})",
        kwargs=kwargs,
        controls=tuple(eligible) if "comparisons" in kwargs else (),
    )


def _had_one(region: str, campaigns: Sequence[Campaign]) -> bool:
    return any(region in campaign.regions for campaign in campaigns)


def _other_launches(case: Case, campaigns: Sequence[Campaign]) -> dict[str, pd.Period]:
    """First launch of every other region that has a year before it and two periods after."""
    found: dict[str, pd.Period] = {}
    per_year = PERIODS_PER_YEAR[case.contacts.frequency]
    for campaign in campaigns:
        vague = campaign.launch.start is None or campaign.launch.precision not in _PRECISE[case.contacts.frequency]
        if vague or campaign.launch.start is None:
            continue
        launch = to_period(campaign.launch.start.isoformat(), case.contacts.freq)
        for region in campaign.regions:
            if region == case.region or (region, case.channel) not in case.contacts.keys():  # noqa: SIM118 - no mapping
                continue
            counted = case.contacts.series(region, case.channel).dropna().index
            enough = (counted < launch).sum() >= per_year and (counted >= launch).sum() >= Requirements().post_periods
            if enough and launch < found.get(region, launch + 1):
                found[region] = launch
    return found


def _single(case: Case, shared: dict[str, Any]) -> Suggestion:
    reasons = [
        text("suggest.single", before=case.n_pre, after=case.n_post),
        text("suggest.single_limit"),
    ]
    if "slope" in shared:
        reasons.append(text("suggest.no_slope"))
    return _effect("single region", case, _lacking(case), tuple(reasons), 2, {**shared, "model": "latent"}, ())


def _forecast(case: Case, shared: dict[str, Any]) -> Suggestion:
    reasons = (
        text("suggest.forecast"),
        text("suggest.forecast_limit"),
    )
    kwargs = {name: value for name, value in shared.items() if name != "slope"}
    return _effect("forecast", case, _lacking(case), reasons, 2, {**kwargs, "model": "forecast"}, ())


def _before_and_after(case: Case) -> Suggestion:
    lacks = [] if case.n_pre and case.n_post else [text("suggest.one_side")]
    before, after = f"series[:{str(case.launch - 1)!r}]", f"series[{str(case.launch)!r}:{str(case.end)!r}]"
    series = f"contacts.series({case.region!r}, {case.channel!r})"
    return Suggestion(
        design="before and after",
        ready=not lacks,
        reasons=tuple(lacks) or (text("suggest.before_and_after"),),
        maryland=1,
        call="" if lacks else f"(lambda series: {after}.mean() / {before}.mean())({series})",
    )


def _lacking(case: Case, years: float = Requirements().pre_years) -> list[str]:
    """What the region's own series lacks."""
    needed, units = Requirements(), periods(case.contacts.frequency)
    pre = (
        needed.pre_periods_annual
        if case.contacts.frequency == "Y"
        else round(years * PERIODS_PER_YEAR[case.contacts.frequency])
    )
    lacks = []
    if case.n_pre < pre:
        lacks.append(text("suggest.lacks_before", number=case.n_pre, periods=units, needed=pre))
    if case.n_post < needed.post_periods:
        lacks.append(text("suggest.lacks_after", number=case.n_post, periods=units, needed=needed.post_periods))
    return lacks


def _no_register(*, known: bool) -> list[str]:
    return [] if known else [text("suggest.no_register")]


def _effect(
    design: str,
    case: Case,
    lacks: Sequence[str],
    reasons: tuple[str, ...],
    maryland: int,
    kwargs: dict[str, Any],
    controls: tuple[str, ...],
) -> Suggestion:
    if lacks:
        return Suggestion(design=design, ready=False, reasons=tuple(lacks), maryland=maryland)
    parts = [f"contacts.series({case.region!r}, {case.channel!r})"]
    if controls:
        parts.append(f"controls=contacts.wide({case.channel!r})[{list(controls)!r}]")
    parts += [f"{name}={value!r}" for name, value in kwargs.items()]
    return Suggestion(
        design=design,
        ready=True,
        reasons=reasons,
        maryland=maryland,
        call=f"ek.estimate_effect({', '.join(parts)})",
        kwargs=kwargs,
        controls=controls,
        command=_command(case, kwargs, controls),
    )


def _command(case: Case, kwargs: dict[str, Any], controls: tuple[str, ...]) -> str:
    """The call on the command line; empty where it has events, which that cannot say."""
    if "events" in kwargs:
        return ""
    parts = [f'--region "{case.region}" --channel {case.channel} --launch {kwargs["launch"]} --model {kwargs["model"]}']
    parts += [f"--end {kwargs['end']}"] if "end" in kwargs else []
    parts += ["--no-slope"] if "slope" in kwargs else []
    parts += [f'--controls "{",".join(controls)}"'] if controls else []
    return f"evalkit estimate contacts.csv {' '.join(parts)}"


def _regions(number: int) -> str:
    return counted(number, "region")
