"""Rules that need to know of regions, campaigns and events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from evalkit.catalogue import text
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim
from evalkit.claim.facts import World
from evalkit.claim.finding import Figure, Finding, FindingKind
from evalkit.registers import Interval
from evalkit.vocab import EventKind, StatisticType

__all__ = ["REGION_RULES"]

_REGION = "region"


def change_of_parts(world: World) -> Iterator[Finding]:
    """The change of a region lies between the smallest and the largest change of its parts."""
    for whole in _pairs_of_years(world):
        claim, after, before = whole
        members = world.members_of(claim)
        changes = [
            one
            for one in world.claims
            if one.region in members
            and one.ratio is not None
            and (one.channel, one.topic) == (claim.channel, claim.topic)
            and _same(one.period, after)
            and _same(one.baseline, before)
        ]
        ratios = {one.region: one.ratio for one in changes if one.ratio}
        if not members or len(ratios) < len(members) or claim.bounds is None or claim.value is None:
            continue
        earlier = next(one for one in world.claims if one is not claim and _count_at(one, claim, before))
        assert earlier.bounds is not None
        change = claim.bounds.over(earlier.bounds)
        span = Bounds(min(ratio.lower for ratio in ratios.values()), max(ratio.upper for ratio in ratios.values()))
        agrees = change.overlaps(span)
        figures: dict[str, Figure] = {"current": claim.bounds.centre, "before": earlier.bounds.centre}
        figures |= {"ratio": change.centre, "least": span.lower, "most": span.upper, "parts": ", ".join(ratios)}
        figures["whole_region"] = claim.region
        ids = (claim.claim_id, earlier.claim_id, *(one.claim_id for one in changes))
        kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
        yield Finding(rule="change-of-parts", kind=kind, claims=ids, figures=figures)


def before_launch(world: World) -> Iterator[Finding]:
    """A figure about a time before the launch of the campaign that it is quoted for can show no effect of it."""
    launches = {row.campaign: row.launch for row in world.campaigns if row.launch.start}
    for claim in world.claims:
        launch = launches.get(claim.campaign)
        if launch is None or launch.start is None or claim.period is None or claim.period.end >= launch.start:
            continue
        figures: dict[str, Figure] = {"campaign": claim.campaign, "launch": str(launch), "window": str(claim.period)}
        yield Finding(rule="before-launch", kind=FindingKind.CONTEXT, claims=(claim.claim_id,), figures=figures)


def before_channel_opened(world: World) -> Iterator[Finding]:
    """A period that begins before the channel could be reached."""
    openings = [
        event for event in world.events if event.kind is EventKind.CHANNEL_OPENS and event.start.start is not None
    ]
    for claim in world.claims:
        for event in openings:
            here = not event.regions or {claim.region, claim.country} & set(event.regions)
            if claim.period is None or claim.channel not in event.channels or not here:
                continue
            assert event.start.start is not None
            opened = event.start.start
            years = _whole_years(claim.period)
            early = claim.period.start.year < opened.year if years else claim.period.start < opened
            if early:
                figures: dict[str, Figure] = {"event": event.title, "opened": str(event.start)}
                figures["window"] = str(claim.period)
                yield Finding(
                    rule="before-channel-opened",
                    kind=FindingKind.CONTRADICTED,
                    claims=(claim.claim_id,),
                    figures=figures,
                )


def other_region(world: World) -> Iterator[Finding]:
    """The same change for regions whose names lie inside one another, with figures that cannot be of one region."""
    changes = [claim for claim in world.claims if claim.ratio is not None and claim.region_type == _REGION]
    for one, two in combinations(changes, 2):
        same = _same(one.period, two.period) and _same(one.baseline, two.baseline) and one.channel == two.channel
        if one.region == two.region or not same or not _nested(one.region, two.region):
            continue
        if one.ratio and two.ratio and not one.ratio.overlaps(two.ratio):
            figures: dict[str, Figure] = {"first_region": one.region, "second_region": two.region}
            figures |= {"first": one.stated_ratio or 0.0, "second": two.stated_ratio or 0.0}
            ids = (one.claim_id, two.claim_id)
            yield Finding(rule="other-region", kind=FindingKind.TENSION, claims=ids, figures=figures)


def number_of_areas(world: World) -> Iterator[Finding]:
    """Sources that give one campaign different numbers of areas, or one region different areas."""
    by_campaign: dict[str, dict[int, list[str]]] = {}
    for claim in world.claims:
        if claim.members_stated is not None and claim.campaign:
            by_campaign.setdefault(claim.campaign, {}).setdefault(claim.members_stated, []).append(claim.claim_id)
    for campaign, numbers in by_campaign.items():
        if len(numbers) > 1:
            stated = text("words.and").join(str(number) for number in sorted(numbers))
            figures: dict[str, Figure] = {"campaign": campaign, "stated": stated}
            ids = tuple(name for names in numbers.values() for name in names)
            yield Finding(rule="number-of-areas", kind=FindingKind.TENSION, claims=ids, figures=figures)


def definition_of_region(world: World) -> Iterator[Finding]:
    """A region that one source makes up of more areas than another."""
    places = [(row.region, row.members, row.claim_ids) for row in world.series if row.members]
    places += [(row.region, row.members, ()) for row in world.population if row.members]
    places += [(claim.region, claim.members, (claim.claim_id,)) for claim in world.claims if claim.members]
    found: dict[tuple[str, str], set[str]] = {}
    for (one, first, ids), (two, second, more) in combinations(places, 2):
        fewer, larger = sorted((set(first), set(second)), key=len)
        if one == two and fewer < larger:
            key = (one, ", ".join(sorted(larger - fewer)))
            found.setdefault(key, set()).update(ids, more)
    for (region, extra), names in found.items():
        figures: dict[str, Figure] = {"region": region, "extra": extra}
        yield Finding(
            rule="definition-of-region", kind=FindingKind.TENSION, claims=tuple(sorted(names)), figures=figures
        )


def name_of_region(world: World) -> Iterator[Finding]:
    """One campaign and period, and two names for the region that differ in a word."""
    dated = [claim for claim in world.claims if claim.campaign and claim.period and claim.region_type == _REGION]
    seen: set[tuple[str, str]] = set()
    for one, two in combinations(dated, 2):
        pair = (one.region, two.region)
        same = one.campaign == two.campaign and _same(one.period, two.period) and one.region != two.region
        if same and set(_words(one.region)) == set(_words(two.region)) and pair not in seen:
            seen.add(pair)
            figures: dict[str, Figure] = {"first_region": one.region, "second_region": two.region}
            ids = (one.claim_id, two.claim_id)
            yield Finding(rule="name-of-region", kind=FindingKind.TENSION, claims=ids, figures=figures)


def _pairs_of_years(world: World) -> Iterator[tuple[Claim, Interval, Interval]]:
    """Counts with a published count of the same quantity for another, earlier period of the same length."""
    counts = [one for one in world.claims if one.statistic is StatisticType.COUNT and one.period and not one.per]
    for claim in counts:
        for other in counts:
            if claim.period and other.period and other.period.end < claim.period.start:
                similar = abs(claim.period.days - other.period.days) <= 0.1 * claim.period.days
                if similar and _count_at(other, claim, other.period):
                    yield claim, claim.period, other.period


def _count_at(other: Claim, claim: Claim, period: Interval) -> bool:
    return (
        other.statistic is StatisticType.COUNT
        and (other.region, other.channel, other.topic) == (claim.region, claim.channel, claim.topic)
        and _same(other.period, period)
    )


def _same(one: Interval | None, two: Interval | None) -> bool:
    return one is not None and two is not None and one.same_days(two)


def _whole_years(period: Interval) -> bool:
    return (period.start.month, period.start.day, period.end.month, period.end.day) == (1, 1, 12, 31)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.casefold())


def _nested(one: str, two: str) -> bool:
    first, second = set(_words(one)), set(_words(two))
    return first < second or second < first


REGION_RULES = (
    change_of_parts,
    before_launch,
    before_channel_opened,
    other_region,
    number_of_areas,
    definition_of_region,
    name_of_region,
)
