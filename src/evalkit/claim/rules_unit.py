"""Rules about units: a figure whose size, or whose twin elsewhere, shows that it was called by the wrong name."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.claim.arithmetic import share
from evalkit.claim.facts import Fact, World, near, overlap, totals
from evalkit.claim.finding import Figure, Finding, FindingKind
from evalkit.vocab import Channel, Topic, Unit

__all__ = ["UNIT_RULES"]

_UNIT_FACTOR = 3.0
_PEOPLE = frozenset({Unit.PEOPLE, Unit.CONTACTS, Unit.CALLERS, Unit.USERS})


def unit_of_another_kind(world: World) -> Iterator[Finding]:
    """Units that the figure itself shows to be wrong, or that change between a region and its areas."""
    for fact in totals(world):
        if fact.is_baseline:
            continue
        yield from _too_large_a_share(world, fact)
        yield from _same_figure_other_unit(world, fact)
        yield from _area_and_region(world, fact)
        if fact.channel == Channel.COMBINED and fact.unit in (Unit.CALLERS, Unit.CALLS, Unit.OFFENCES):
            figures: dict[str, Figure] = {"unit": fact.unit.value, "value": fact.value}
            yield Finding(rule="unit-wording", kind=FindingKind.TENSION, claims=fact.ids, figures=figures)


def _too_large_a_share(world: World, fact: Fact) -> Iterator[Finding]:
    """Worded as calls: the share of the country's calls is out of all proportion to that of its contacts."""
    if fact.channel != Channel.COMBINED or fact.unit not in (Unit.CALLERS, Unit.CALLS):
        return
    calls = [
        one
        for one in world.national(fact, Channel.HELPLINE)
        if one.topic in (Topic.ALL, fact.topic) and near(one, fact)
    ]
    contacts = [one for one in world.national(fact) if one.topic == fact.topic and near(one, fact)]
    if not calls or not contacts:
        return
    largest = max(calls, key=lambda one: (overlap(one, fact), one.value))
    nearest = max(contacts, key=lambda one: overlap(one, fact))
    as_worded, as_contacts = share(fact.value, largest.value), share(fact.value, nearest.value)
    if as_worded >= _UNIT_FACTOR * as_contacts:
        figures: dict[str, Figure] = {"unit": fact.unit.value, "value": fact.value, "national_calls": largest.value}
        figures |= {"share_as_worded": as_worded, "share_as_contacts": as_contacts, "country": fact.country}
        ids = (*largest.ids, *nearest.ids)
        yield Finding(rule="unit", kind=FindingKind.CONTRADICTED, claims=fact.ids, against=ids, figures=figures)


def _same_figure_other_unit(world: World, fact: Fact) -> Iterator[Finding]:
    """A figure that another source gives for people, here called offences."""
    if fact.unit is not Unit.OFFENCES:
        return
    for other in world.at(fact.region, fact.channel):
        same = other.period and fact.period and other.period.same_days(fact.period) and other.unit in _PEOPLE
        if same and other.bounds.overlaps(fact.bounds):
            figures: dict[str, Figure] = {"unit": fact.unit.value, "value": fact.value, "other_unit": other.unit.value}
            yield Finding(
                rule="unit-elsewhere",
                kind=FindingKind.CONTRADICTED,
                claims=fact.ids,
                against=other.ids,
                figures=figures,
            )


def _area_and_region(world: World, fact: Fact) -> Iterator[Finding]:
    for name in world.members_of(fact):
        for part in world.at(name, fact.channel):
            same = part.period and fact.period and part.period.same_days(fact.period) and part.topic == fact.topic
            if same and part.unit != fact.unit and fact.channel != Channel.COMBINED:
                figures: dict[str, Figure] = {"unit": part.unit.value, "other_unit": fact.unit.value}
                figures |= {"value": part.value, "whole_region": fact.region}
                yield Finding(
                    rule="unit-mismatch",
                    kind=FindingKind.TENSION,
                    claims=part.ids,
                    against=fact.ids,
                    figures=figures,
                )


UNIT_RULES = (unit_of_another_kind,)
