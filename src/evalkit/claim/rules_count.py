"""Rules about counts: parts and wholes, windows inside windows, the same quantity twice, units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from evalkit.catalogue import text
from evalkit.claim.arithmetic import rate_per_100k, share, total
from evalkit.claim.facts import MOSTLY, Fact, World, alike, overlap, said, said_bounds, shared, totals
from evalkit.claim.finding import Figure, Finding, FindingKind
from evalkit.claim.rules_change import channel_sum
from evalkit.registers import Interval
from evalkit.vocab import Channel, Topic, Unit

__all__ = ["COUNT_RULES"]

_FACTOR = 1.5
_PART_CHANNELS = (Channel.WEBSITE, Channel.HELPLINE, Channel.CHAT)
_RATE_YEAR = 2018


def sum_over_channels(world: World) -> Iterator[Finding]:
    """Website plus helpline against the published total of one region and period."""
    for fact in totals(world):
        if fact.channel != Channel.COMBINED or fact.is_baseline:
            continue
        summed = channel_sum(world, fact, fact.period, fact.period_text)
        if not summed or _part_above(world, fact, summed[1]):
            continue
        agrees = summed[0].overlaps(fact.bounds)
        kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
        figures: dict[str, Figure] = {"sum": summed[0].centre, **said("total", fact), "parts": len(summed[1])}
        figures |= {**said_bounds("sum", summed[0]), "agrees": agrees}
        yield Finding(rule="channel-sum", kind=kind, claims=(*fact.ids, *summed[1]), figures=figures)


def part_above_whole(world: World) -> Iterator[Finding]:
    """A channel, an area or a shorter window with more than the whole that it is part of."""
    facts = totals(world)
    for part in facts:
        for whole in world.at(part.region, part.channel) + _all_channels(world, part):
            if whole is part or whole.period is None or whole.per or not _topic_inside(part, whole):
                continue
            if _inside(part, whole) and part.bounds.lower > whole.bounds.upper:
                figures = _pair(part, whole)
                yield Finding(
                    rule="part-above-whole",
                    kind=FindingKind.CONTRADICTED,
                    claims=(*part.ids, *whole.ids),
                    figures=figures,
                )


def window_inside(world: World) -> Iterator[Finding]:
    """A window inside a longer one: its share, and what is left for the rest."""
    for part in totals(world):
        longer = [
            whole
            for whole in world.at(part.region, part.channel)
            if whole.period
            and part.period
            and alike(part, whole)
            and whole.period.contains(part.period)
            and whole.period.days > part.period.days
            and part.bounds.exact
            and whole.bounds.exact
            and part.bounds.upper <= whole.bounds.lower
        ]
        if longer and not part.is_baseline:
            whole = min(longer, key=lambda fact: fact.period.days if fact.period else 0)
            figures = _pair(part, whole) | {"rest": whole.value - part.value, "share": share(part.value, whole.value)}
            yield Finding(
                rule="window-inside", kind=FindingKind.CONTEXT, claims=(*part.ids, *whole.ids), figures=figures
            )


def other_definition(world: World) -> Iterator[Finding]:
    """A channel, or the sum of channels, beside a total for nearly the same window that differs too much to be it."""
    for fact in totals(world):
        if fact.channel != Channel.WEBSITE or fact.topic is not Topic.ONLINE or fact.is_baseline:
            continue
        wholes = [whole for whole in _all_channels(world, fact) if whole.topic == fact.topic and not whole.is_baseline]
        yield from _nearly_same_window(world, fact, wholes)
        yield from _several_years(fact, wholes)


def _nearly_same_window(world: World, fact: Fact, wholes: list[Fact]) -> Iterator[Finding]:
    assert fact.period is not None
    near = [
        whole
        for whole in wholes
        if whole.period and not whole.period.same_days(fact.period) and shared(whole.period, fact.period) >= MOSTLY
    ]
    if not near:
        return
    whole = max(near, key=lambda one: overlap(one, fact))
    helpline = [
        other
        for other in world.at(fact.region, Channel.HELPLINE)
        if other.period and other.period.same_days(fact.period) and other.topic == fact.topic and not other.is_baseline
    ]
    parts = [fact, *helpline[:1]]
    value = total(part.bounds for part in parts).lower
    factor = value / whole.value
    if factor > _FACTOR or (helpline and factor < 1 / _FACTOR):
        figures: dict[str, Figure] = {"sum": value, "total": whole.value, "factor": max(factor, 1 / factor)}
        figures |= {"window": str(fact.period), "total_window": str(whole.period)}
        ids = tuple(name for part in parts for name in part.ids)
        yield Finding(rule="other-definition", kind=FindingKind.TENSION, claims=(*ids, *whole.ids[:1]), figures=figures)


def _several_years(fact: Fact, wholes: list[Fact]) -> Iterator[Finding]:
    assert fact.period is not None
    inside = _disjoint(
        [
            one
            for one in wholes
            if one.period and fact.period.contains(one.period) and one.period.days < fact.period.days
        ]
    )
    covered = sum(one.period.days for one in inside if one.period)
    summed = sum(one.value for one in inside)
    if len(inside) > 1 and covered >= MOSTLY * fact.period.days and fact.bounds.lower > summed:
        figures: dict[str, Figure] = {"sum": fact.value, "total": summed, "factor": fact.value / summed}
        figures |= {"window": str(fact.period), "total_window": text("claim.said.totals_inside", number=len(inside))}
        figures["uncovered"] = covered < fact.period.days
        ids = tuple(name for one in inside for name in one.ids)
        yield Finding(rule="other-definition", kind=FindingKind.TENSION, claims=(*fact.ids, *ids), figures=figures)


def published_twice(world: World) -> Iterator[Finding]:
    """The same quantity published twice: equal, compatible or not; a sum over channels counts as published."""
    facts = [fact for fact in world.facts if not fact.is_baseline]
    for one, two in combinations(facts, 2):
        if one.region != two.region or not alike(one, two, strict=one.channel != Channel.COMBINED):
            continue
        if one.period is None or two.period is None or not one.period.same_days(two.period):
            continue
        agrees = one.bounds.overlaps(two.bounds)
        if agrees and one.bounds.exact and two.bounds.exact and one.source == two.source:
            continue
        kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
        figures: dict[str, Figure] = {**said("first", one), **said("second", two), "agrees": agrees}
        yield Finding(rule="published-twice", kind=kind, claims=(*one.ids, *two.ids), figures=figures)


def sum_over_windows(world: World) -> Iterator[Finding]:
    """A long window against the shorter ones that tile it exactly."""
    for fact in totals(world):
        if fact.is_baseline or fact.period is None or not fact.bounds.exact:
            continue
        pieces = [
            one
            for one in world.at(fact.region, fact.channel)
            if one.period
            and one is not fact
            and alike(one, fact, strict=True)
            and fact.period.contains(one.period)
            and one.period.days < fact.period.days
            and not one.is_baseline
        ]
        tiles = _tile(fact.period, pieces)
        if not tiles:
            continue
        summed = total(one.bounds for one in tiles)
        kind = FindingKind.CONSISTENT if summed.overlaps(fact.bounds) else FindingKind.CONTRADICTED
        ids = tuple(name for one in tiles for name in one.ids)
        figures: dict[str, Figure] = {"sum": summed.centre, **said("total", fact), "parts": len(tiles)}
        figures |= {**said_bounds("sum", summed), "agrees": kind is FindingKind.CONSISTENT}
        claims = (*fact.ids, *ids) if kind is FindingKind.CONSISTENT else fact.ids
        yield Finding(rule="window-sum", kind=kind, claims=claims, against=ids, figures=figures)


def sum_over_areas(world: World) -> Iterator[Finding]:
    """Areas against the region that they make up: their sum where all are published, otherwise the share of each."""
    for whole in totals(world):
        members = world.members_of(whole)
        if whole.is_baseline or not members:
            continue
        parts = {name: fact for name in members if (fact := _same(world, name, whole))}
        if len(parts) == len(members):
            summed = total(fact.bounds for fact in parts.values())
            agrees = summed.overlaps(whole.bounds)
            kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
            ids = tuple(name for fact in parts.values() for name in fact.ids)
            figures: dict[str, Figure] = {"sum": summed.centre, **said("total", whole), "parts": len(parts)}
            figures |= {**said_bounds("sum", summed), "agrees": agrees, "whole_region": whole.region}
            yield Finding(rule="area-sum", kind=kind, claims=(*whole.ids, *ids), figures=figures)


def share_of_whole(world: World) -> Iterator[Finding]:
    """What share of its region, or of the country, an area has; sums over channels stand in where no total is given."""
    wholes = _with_sums(world)
    for part in wholes:
        for whole in wholes:
            member = part.region in world.members_of(whole) or (
                whole.region == part.country and part.region != whole.region
            )
            same = part.channel == whole.channel and part.topic == whole.topic
            if not (member and same and part.period and whole.period and part.period.same_days(whole.period)):
                continue
            above = part.bounds.lower > whole.bounds.upper
            figures = _pair(part, whole) | {"share": share(part.value, whole.value), "whole_region": whole.region}
            kind = FindingKind.CONTRADICTED if above else FindingKind.CONTEXT
            yield Finding(rule="share", kind=kind, claims=part.ids, against=whole.ids, figures=figures)


def monthly_mean(world: World) -> Iterator[Finding]:
    """A mean per month against the totals published for windows inside its period."""
    for rate in world.facts:
        if rate.per != "month" or rate.period is None:
            continue
        inside = [
            fact
            for fact in totals(world)
            if (fact.region, fact.channel, fact.topic) == (rate.region, rate.channel, rate.topic)
            and fact.period
            and rate.period.contains(fact.period)
            and not fact.is_baseline
        ]
        found = [(fact, fact.value / fact.period.months) for fact in inside if fact.period]
        agreeing = [pair for pair in found if rate.bounds.contains(pair[1])]
        for fact, mean in (agreeing or found)[:1]:
            kind = FindingKind.CONSISTENT if agreeing else FindingKind.CONTRADICTED
            figures: dict[str, Figure] = {"mean": mean, "stated": rate.bounds.upper, **said("total", fact)}
            figures |= {**said("rate", rate), "agrees": bool(agreeing)}
            figures["months"] = fact.period.months if fact.period else 0.0
            yield Finding(rule="monthly-mean", kind=kind, claims=(*rate.ids, *fact.ids), figures=figures)


def since_last_year(world: World) -> Iterator[Finding]:
    """The change since the latest earlier year that was published, beside the country's over the same years.

    Where that earlier year was published with several values, each gives its own finding.
    """
    yearly = [
        fact for fact in _with_sums(world, always=True) if fact.channel == Channel.COMBINED and _year(fact.period)
    ]
    for fact in yearly:
        earlier = [
            one
            for one in yearly
            if one.region == fact.region and alike(one, fact) and _ends(one) < _starts(fact) and not fact.is_sum
        ]
        if not earlier:
            continue
        latest = max(_ends(one) for one in earlier)
        last = [one for one in earlier if _ends(one) == latest]
        values = {one.value: one for one in [one for one in last if one.bounds.exact] or last}
        for before in values.values():
            yield _since(world, fact, before)


def _since(world: World, fact: Fact, before: Fact) -> Finding:
    figures: dict[str, Figure] = {**said("current", fact), **said("before", before), "is_sum": fact.is_sum}
    figures |= {"ratio": fact.value / before.value, "since": str(before.period)}
    figures["reported"] = any(
        claim.ratio is not None and claim.region == fact.region and claim.period and _same_window(claim.period, fact)
        for claim in world.claims
    )
    nation = world.national(fact)
    after_all = next((one for one in nation if _same_days(one, fact) and one.topic == fact.topic), None)
    before_all = next((one for one in nation if _same_days(one, before) and one.topic == fact.topic), None)
    if after_all and before_all:
        figures |= {"country": fact.country, "country_ratio": after_all.value / before_all.value}
    return Finding(
        rule="since-last-year", kind=FindingKind.CONTEXT, claims=fact.ids, against=before.ids, figures=figures
    )


def rate(world: World) -> Iterator[Finding]:
    """Contacts per 100,000 inhabitants in a year (mid-2018 population, the year known for every area)."""
    people = {row.region: row.population for row in world.population if row.year == _RATE_YEAR}
    for fact in _with_sums(world, always=True):
        if fact.channel == Channel.COMBINED and _year(fact.period) and fact.region in people:
            figures: dict[str, Figure] = {"rate": rate_per_100k(fact.value, people[fact.region]), "is_sum": fact.is_sum}
            figures |= {"population": people[fact.region], "population_year": _RATE_YEAR, "period": str(fact.period)}
            yield Finding(rule="rate", kind=FindingKind.CONTEXT, claims=fact.ids, figures=figures)


def same_rounded_number(world: World) -> Iterator[Finding]:
    """A rounded total that another year's exact total would round to as well: guard against a mix-up."""
    for fact in totals(world):
        if fact.bounds.exact or not fact.bounds.finite or fact.is_baseline:
            continue
        for other in world.at(fact.region, fact.channel):
            another = other.period and fact.period and not other.period.overlap(fact.period) and _year(other.period)
            if another and alike(other, fact) and other.bounds.exact and fact.bounds.contains(other.value):
                figures: dict[str, Figure] = {
                    **said("value", fact),
                    "other": other.value,
                    "other_period": str(other.period),
                }
                yield Finding(
                    rule="same-rounded-number",
                    kind=FindingKind.TENSION,
                    claims=fact.ids,
                    against=other.ids,
                    figures=figures,
                )


def _with_sums(world: World, *, always: bool = False) -> list[Fact]:
    """Totals, and sums over channels where a region and period has no published total (or ``always``)."""
    facts = [fact for fact in totals(world) if not fact.is_baseline]
    known = {_place(fact) for fact in facts if fact.channel == Channel.COMBINED and not always}
    found = list(facts)
    for fact in facts:
        if fact.channel != Channel.WEBSITE or _place(fact) in known:
            continue
        combined = replace(fact, channel=Channel.COMBINED, unit=Unit.CONTACTS, is_sum=True)
        summed = channel_sum(world, combined, fact.period, fact.period_text)
        if summed:
            known.add(_place(fact))
            found.append(replace(combined, ids=summed[1], bounds=summed[0], stated=None))
    return found


def _place(fact: Fact) -> tuple[str, int, int]:
    return (fact.region, _starts(fact), _ends(fact))


def _starts(fact: Fact) -> int:
    return fact.period.start.toordinal() if fact.period else 0


def _ends(fact: Fact) -> int:
    return fact.period.end.toordinal() if fact.period else 0


def _same_window(period: Interval, fact: Fact) -> bool:
    return fact.period is not None and fact.period.same_days(period)


def _all_channels(world: World, part: Fact) -> tuple[Fact, ...]:
    return world.at(part.region, Channel.COMBINED) if part.channel in _PART_CHANNELS else ()


def _topic_inside(part: Fact, whole: Fact) -> bool:
    inside = {Topic.OWN: Topic.ONLINE, Topic.OTHERS: Topic.ONLINE}
    return part.topic == whole.topic or inside.get(part.topic) == whole.topic


def _inside(part: Fact, whole: Fact) -> bool:
    if part.period is None or whole.period is None or part.per:
        return False
    if part.channel == whole.channel:
        smaller = whole.period.days > part.period.days
        return part.unit == whole.unit and smaller and whole.period.contains(part.period)
    return whole.period.contains(part.period)


def _part_above(world: World, whole: Fact, names: tuple[str, ...]) -> bool:
    parts = [fact for fact in world.facts if set(fact.ids) & set(names)]
    return any(part.bounds.lower > whole.bounds.upper for part in parts)


def _pair(part: Fact, whole: Fact) -> dict[str, Figure]:
    return {
        **said("part", part),
        **said("whole", whole),
        "part_is_sum": part.is_sum,
        "part_region": part.region,
        "part_channel": part.channel,
        "part_window": str(part.period),
        "whole_window": str(whole.period),
    }


def _same_days(one: Fact, two: Fact) -> bool:
    return bool(one.period and two.period and one.period.same_days(two.period))


def _same(world: World, region: str, whole: Fact) -> Fact | None:
    facts = world.at(region, whole.channel)
    return next((one for one in facts if _same_days(one, whole) and alike(one, whole) and not one.is_baseline), None)


def _year(interval: Interval | None) -> bool:
    return interval is not None and 350 <= interval.days <= 380


def _disjoint(facts: list[Fact]) -> list[Fact]:
    chosen: list[Fact] = []
    for fact in sorted(facts, key=lambda one: (one.period.end if one.period else 0, not one.bounds.exact)):
        if all(not overlap(fact, other) for other in chosen):
            chosen.append(fact)
    return chosen


def _tile(period: Interval, pieces: list[Fact]) -> list[Fact]:
    """Pieces that follow one another without gap from the first to the last day; empty where there are none."""
    reached: dict[int, list[Fact]] = {period.start.toordinal(): []}
    for piece in sorted(pieces, key=lambda one: one.period.start if one.period else 0):
        if piece.period and piece.period.start.toordinal() in reached:
            reached.setdefault(piece.period.end.toordinal() + 1, [*reached[piece.period.start.toordinal()], piece])
    tiles = reached.get(period.end.toordinal() + 1, [])
    return tiles if len(tiles) > 1 else []


COUNT_RULES = (
    sum_over_channels,
    part_above_whole,
    window_inside,
    other_definition,
    published_twice,
    sum_over_windows,
    sum_over_areas,
    share_of_whole,
    monthly_mean,
    since_last_year,
    rate,
    same_rounded_number,
)
