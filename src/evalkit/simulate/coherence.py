"""Whether the parts of a simulation's configuration belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from evalkit.errors import nearest

if TYPE_CHECKING:
    from evalkit.simulate.config import Simulation


def contradictions(config: Simulation) -> Iterator[str]:
    """What keeps the parts of a configuration from belonging together, one phrase each; nothing where they do."""
    if config.end < config.start:
        yield f"end {config.end} is before start {config.start}"
    share = sum(channel.share for channel in config.channels)
    if abs(share - 1) > 1e-9:
        yield f"the shares of the channels sum to {share:g}; they must sum to 1"
    yield from _repeated("channel", [channel.channel for channel in config.channels])
    yield from _repeated("region", [region.region for region in config.regions])
    yield from _repeated("campaign", [campaign.campaign for campaign in config.campaigns])
    yield from _repeated("event", [event.event for event in config.events])
    yield from _repeated("claim", [claim.claim for claim in config.claims])
    yield from _unknown_names(config)
    yield from _misplaced_months(config)
    for claim in config.claims:
        if (claim.statistic_type == "count") != (claim.baseline is None):
            yield f"claim {claim.claim}: a count has no baseline, a ratio or percent_change has one"


def _repeated(kind: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name!r} is there {names.count(name)} times; each must be there once"


def _unknown_names(config: Simulation) -> Iterator[str]:
    regions = [region.region for region in config.regions]
    channels = [channel.channel for channel in config.channels]
    campaigns = [campaign.campaign for campaign in config.campaigns]
    for region in config.regions:
        used = [region.campaign] if region.campaign else []
        yield from _not_among(f"region {region.region!r}: campaign", used, campaigns)
    for campaign in config.campaigns:
        yield from _not_among(f"campaign {campaign.campaign!r}: channel", campaign.channels, channels)
    for event in config.events:
        yield from _not_among(f"event {event.event!r}: region", event.regions, regions)
        yield from _not_among(f"event {event.event!r}: channel", event.channels, channels)
    for gap in config.gaps:
        yield from _not_among("gap: region", [gap.region], regions)
        yield from _not_among("gap: channel", gap.channels, channels)
    for claim in config.claims:
        yield from _not_among(f"claim {claim.claim!r}: region", [claim.region], regions)
        if claim.value is None:
            yield from _not_among(f"claim {claim.claim!r}: channel", [claim.channel], channels)


def _not_among(what: str, used: Iterable[str], known: list[str]) -> Iterator[str]:
    for name in used:
        if name not in known:
            match = nearest(name, known)
            yield f"{what} {name!r} is not in this configuration{f' (did you mean {match!r}?)' if match else ''}"


def _misplaced_months(config: Simulation) -> Iterator[str]:
    inside = {"reference_launch": config.reference_launch}
    inside |= {f"campaign {campaign.campaign!r}: launch": campaign.launch for campaign in config.campaigns}
    for what, month in inside.items():
        if not config.start < month <= config.end:
            yield f"{what} {month} must be after {config.start} and not after {config.end}"
    for what, first, last in _intervals(config):
        if last < first:
            yield f"{what}: {last} is before {first}"
    for claim in config.claims:
        intervals = [claim.period, *([claim.baseline] if claim.baseline else [])]
        if claim.value is None and any(first < config.start or last > config.end for first, last in intervals):
            yield f"claim {claim.claim!r}: its months must lie between {config.start} and {config.end}"


def _intervals(config: Simulation) -> Iterator[tuple[str, str, str]]:
    for campaign in config.campaigns:
        name = f"campaign {campaign.campaign!r}"
        yield f"{name}: end", campaign.launch, campaign.end or campaign.launch
        for which, interval in (("before", campaign.before), ("after", campaign.after)):
            if interval:
                yield f"{name}: {which}", *interval
    for event in config.events:
        yield f"event {event.event!r}: end", event.start, event.end or event.start
    for gap in config.gaps:
        yield f"gap in {gap.region!r}: end", gap.start, gap.end
    for claim in config.claims:
        yield f"claim {claim.claim!r}: period", *claim.period
        if claim.baseline:
            yield f"claim {claim.claim!r}: baseline", *claim.baseline
