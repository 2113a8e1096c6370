"""Every published count that a claim can be held against, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evalkit.claim.bounds import Bounds, bounds_of
from evalkit.claim.claim import Claim
from evalkit.claim.finding import Figure
from evalkit.registers import Campaign, Event, Interval, PopulationRow, SeriesRow
from evalkit.vocab import Channel, FigureStatus, Qualifier, StatisticType, Topic, Unit

__all__ = [
    "MOSTLY",
    "Fact",
    "World",
    "alike",
    "build_world",
    "near",
    "overlap",
    "said",
    "said_bounds",
    "same_period",
    "shared",
    "totals",
]

MOSTLY = 0.6
"""Share of the longer of two windows from which on they are taken for nearly the same."""
_HELPLINE_UNITS = (Unit.CALLERS, Unit.CALLS, Unit.CONTACTS, Unit.PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One published count.

    Attributes
    ----------
    ids : tuple of str
        Claims and series rows that carry it.
    bounds : Bounds
        Values that it may stand for.
    per : str
        ``month`` or ``year`` for a mean rate, empty for a total over the period.
    is_baseline, is_sum : bool
        Whether it was published only as the baseline of a claim, or is a sum over channels.
    stated : float or None
        The figure as printed, with ``qualifier``; None where only its bounds are known.
    """

    ids: tuple[str, ...]
    region: str
    country: str
    region_type: str
    members: tuple[str, ...]
    channel: str
    topic: Topic
    unit: Unit
    unit_text: str
    per: str
    period: Interval | None
    period_text: str
    bounds: Bounds
    source: str
    campaign: str = ""
    is_baseline: bool = False
    is_sum: bool = False
    stated: float | None = None
    qualifier: Qualifier = Qualifier.EXACT

    @property
    def value(self) -> float:
        """The figure itself, or the middle of what it leaves open."""
        return self.bounds.centre


@dataclass(frozen=True)
class World:
    """The claims under audit and everything published that bears on them."""

    claims: tuple[Claim, ...]
    facts: tuple[Fact, ...]
    campaigns: tuple[Campaign, ...] = ()
    events: tuple[Event, ...] = ()
    population: tuple[PopulationRow, ...] = ()
    series: tuple[SeriesRow, ...] = ()
    _by_place: dict[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict, repr=False)

    def at(self, region: str, channel: str) -> tuple[Fact, ...]:
        """Facts of one region and channel."""
        return self._by_place.get((region, channel), ())

    def matching(self, claim: Claim, period: Interval | None, text: str) -> tuple[Fact, ...]:
        """Totals for the quantity that a claim speaks of, over one period; those of the claim's own source first."""
        found = [
            fact
            for fact in self.at(claim.region, claim.channel)
            if alike(fact, claim) and same_period(fact, period, text, claim.source)
        ]
        return tuple(sorted(found, key=lambda fact: (fact.source != claim.source, fact.unit != claim.unit)))

    def members_of(self, claim: Claim | Fact) -> tuple[str, ...]:
        """Areas that make up a region: as its source lists them, otherwise as the register of campaigns does."""
        if claim.members or claim.region_type not in ("region", ""):
            return claim.members
        rows = (row for row in self.campaigns if row.campaign == claim.campaign and claim.region not in row.members)
        return next((row.members for row in rows), ())

    def knows(self, campaign: str) -> bool:
        """Whether a campaign is in the register of campaigns; any named one is where no register was given."""
        return bool(campaign) and (not self.campaigns or any(row.campaign == campaign for row in self.campaigns))

    def national(self, fact: Fact | Claim, channel: str | None = None) -> tuple[Fact, ...]:
        """Totals for the country that a region belongs to."""
        if not fact.country or fact.country == fact.region:
            return ()
        return tuple(
            found for found in self.at(fact.country, channel or fact.channel) if not found.per and found.period
        )


def build_world(
    claims: Iterable[Claim],
    series: Iterable[SeriesRow] = (),
    *,
    campaigns: Iterable[Campaign] = (),
    events: Iterable[Event] = (),
    population: Iterable[PopulationRow] = (),
) -> World:
    """Gather the published counts. Derived series rows are left out: they would confirm the claims they come from."""
    held, rows = tuple(claims), tuple(series)
    facts = [*_from_claims(held)]
    facts += [fact for row in rows if (fact := _from_series(row)) and not _repeats(fact, row, facts)]
    places: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        places.setdefault((fact.region, fact.channel), []).append(fact)
    return World(
        held,
        tuple(facts),
        tuple(campaigns),
        tuple(events),
        tuple(population),
        rows,
        {place: tuple(found) for place, found in places.items()},
    )


def alike(fact: Fact, claim: Claim | Fact, *, strict: bool = False) -> bool:
    """Whether a fact counts what a claim speaks of (region apart).

    Combined contacts are compared whatever the source calls them; on the helpline callers and calls are (unless
    ``strict``), because newspapers use the words for one another.
    """
    if (fact.channel, fact.topic, fact.per) != (claim.channel, claim.topic, claim.per):
        return False
    if fact.unit == claim.unit or (not strict and fact.channel == Channel.COMBINED):
        return True
    return not strict and fact.channel == Channel.HELPLINE and {fact.unit, claim.unit} <= set(_HELPLINE_UNITS)


def same_period(fact: Fact, period: Interval | None, text: str, source: str) -> bool:
    """Whether a fact is about exactly this period; where no dates are known, in the same words of the same source."""
    if fact.period is None or period is None:
        return fact.period is period and bool(text) and fact.period_text == text and fact.source == source
    return fact.period.same_days(period)


def totals(world: World) -> tuple[Fact, ...]:
    """Facts that are totals over a known period."""
    return tuple(fact for fact in world.facts if fact.period is not None and not fact.per)


def shared(one: Interval, two: Interval) -> float:
    """Days in both, as a share of the longer one."""
    return one.overlap(two) / max(one.days, two.days)


def near(one: Fact, two: Fact) -> bool:
    """Whether two facts are about nearly the same window."""
    return bool(one.period and two.period and shared(one.period, two.period) >= MOSTLY)


def overlap(one: Fact, two: Fact) -> int:
    """Number of days in both windows."""
    return one.period.overlap(two.period) if one.period and two.period else 0


def said(name: str, fact: Fact) -> dict[str, Figure]:
    """The figures that a sentence needs to print a fact as its source did: value, bounds, and the word before it."""
    return {name: fact.value, **said_bounds(name, fact.bounds), **_qualified(name, fact)}


def said_bounds(name: str, bounds: Bounds) -> dict[str, Figure]:
    """The ends of a figure that is not exact; nothing for one that is."""
    return {} if bounds.exact else {f"{name}_lower": bounds.lower, f"{name}_upper": bounds.upper}


def _qualified(name: str, fact: Fact) -> dict[str, Figure]:
    if fact.stated is None or fact.qualifier is Qualifier.EXACT:
        return {}
    return {f"{name}_stated": fact.stated, f"{name}_qualifier": fact.qualifier.value}


def _from_claims(claims: Iterable[Claim]) -> Iterator[Fact]:
    for claim in claims:
        if claim.statistic is StatisticType.COUNT and claim.bounds is not None:
            yield _fact(claim, (claim.claim_id,), claim.period, claim.period_text, claim.bounds)
    for claim in claims:
        if claim.baseline_value is not None and claim.statistic is not StatisticType.SHARE:
            name = f"{claim.claim_id} (baseline)"
            base = _fact(claim, (name,), claim.baseline, claim.baseline_text, claim.baseline_value, is_baseline=True)
            if base.period is not None:
                yield base


def _fact(
    claim: Claim, ids: tuple[str, ...], period: Interval | None, text: str, bounds: Bounds, *, is_baseline: bool = False
) -> Fact:
    return Fact(
        ids=ids,
        region=claim.region,
        country=claim.country,
        region_type=claim.region_type,
        members=claim.members,
        channel=claim.channel,
        topic=claim.topic,
        unit=claim.unit,
        unit_text=claim.unit_text,
        per=claim.per,
        period=period,
        period_text=text,
        bounds=bounds,
        source=claim.source,
        campaign=claim.campaign,
        is_baseline=is_baseline,
        stated=None if is_baseline else claim.value,
        qualifier=Qualifier.EXACT if is_baseline else claim.qualifier,
    )


def _from_series(row: SeriesRow) -> Fact | None:
    if row.status is FigureStatus.DERIVED:
        return None
    return Fact(
        ids=(row.series_id,),
        region=row.region,
        country=row.country,
        region_type=row.region_type,
        members=row.members,
        channel=row.channel,
        topic=row.topic,
        unit=row.unit,
        unit_text="",
        per=row.per,
        period=row.period,
        period_text=row.period_text,
        bounds=bounds_of(row.value, row.qualifier, StatisticType.COUNT),
        source=str(row.source),
        stated=row.value,
        qualifier=row.qualifier,
    )


def _repeats(fact: Fact, row: SeriesRow, facts: Iterable[Fact]) -> bool:
    """Whether a series row only repeats the figure of a claim that it points to."""
    return any(
        known.value == fact.value
        and known.region == fact.region
        and (set(known.ids) & set(row.claim_ids) or (bool(row.claim_ids) and _same_figure(known, fact)))
        for known in facts
    )


def _same_figure(known: Fact, fact: Fact) -> bool:
    same = known.period is not None and fact.period is not None and known.period.same_days(fact.period)
    return same and (known.channel, known.topic, known.per) == (fact.channel, fact.topic, fact.per)
