"""Would it have happened anyway? The same change, over the same days, in other regions of the same country."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evalkit.catalogue import text
from evalkit.claim.arithmetic import DISPERSION, ratio_interval, ratio_of_ratios
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim
from evalkit.claim.facts import Fact, World
from evalkit.registers import Campaign, Interval

__all__ = ["Comparison", "ComparisonRegion", "Exposure", "compare"]

Counts = tuple[float, float]


class Exposure(StrEnum):
    """Whether a regional campaign is known in a region, as the register of campaigns has it."""

    DURING = "campaign in these periods"
    BEFORE = "campaign before these periods"
    UNDATED = "campaign of unknown date"
    NONE = "no regional campaign known"


@dataclass(frozen=True, kw_only=True)
class ComparisonRegion:
    """The change in another region over the same two periods.

    Attributes
    ----------
    region : str
        The other region.
    current, baseline : float
        Its counts in the later and in the earlier period.
    ratio, poisson, dispersed
        Their ratio, with 95 % intervals at Poisson and at ``DISPERSION``.
    relative, relative_poisson, relative_dispersed
        The claim's region relative to it (ratio of ratios), with the same two intervals.
    exposure : Exposure
        Whether a campaign is known there.
    campaign : str
        Which one.
    """

    region: str
    current: float
    baseline: float
    ratio: float
    poisson: Bounds
    dispersed: Bounds
    relative: float
    relative_poisson: Bounds
    relative_dispersed: Bounds
    exposure: Exposure
    campaign: str = ""

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        ends = {
            f"{name}_{end}": getattr(getattr(self, name), end)
            for name in ("poisson", "dispersed", "relative_poisson", "relative_dispersed")
            for end in ("lower", "upper")
        }
        values = {name: getattr(self, name) for name in ("region", "current", "baseline", "ratio", "relative")}
        return {**values, **ends, "exposure": self.exposure.value, "campaign": self.campaign}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One claimed change beside the same change elsewhere.

    Attributes
    ----------
    claim_id, region, country : str
        Whose change it is.
    period, baseline : Interval
        The two periods, the same everywhere.
    exposure : Exposure
        Whether a regional campaign is known in the claim's own region, and ``campaign`` which.
    began_in_baseline : bool
        Whether it began in the first half of the earlier period, so that both periods hold it.
    regions : tuple of ComparisonRegion
        Every other region with both counts published that shares no area with the claim's; largest change first.
    pool : ComparisonRegion or None
        Those without a known campaign taken together; None where there is none.
    nation : ComparisonRegion or None
        The whole country, which holds the region itself and whatever ran nationally.
    """

    claim_id: str
    region: str
    country: str
    period: Interval
    baseline: Interval
    current: float
    earlier: float
    exposure: Exposure
    campaign: str
    began_in_baseline: bool
    regions: tuple[ComparisonRegion, ...]
    pool: ComparisonRegion | None
    nation: ComparisonRegion | None

    @property
    def ratio(self) -> float:
        """The change in the claim's own region."""
        return self.current / self.earlier

    @property
    def unexposed(self) -> tuple[ComparisonRegion, ...]:
        """The regions of the pool: no regional campaign is known there."""
        return tuple(one for one in self.regions if one.exposure is Exposure.NONE)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "claim_id": self.claim_id,
            "region": self.region,
            "period": str(self.period),
            "baseline": str(self.baseline),
            "current": self.current,
            "earlier": self.earlier,
            "ratio": self.ratio,
            "exposure": self.exposure.value,
            "campaign": self.campaign,
            "began_in_baseline": self.began_in_baseline,
            "regions": [one.to_dict() for one in self.regions],
            "pool": self.pool and self.pool.to_dict(),
            "nation": self.nation and self.nation.to_dict(),
        }


def compare(world: World, claim: Claim, own: Counts) -> Comparison | None:
    """The same change elsewhere.

    Parameters
    ----------
    world : World
        Everything published.
    claim : Claim
        A change between two dated periods.
    own : (float, float)
        Its counts in the later and in the earlier period, both above 0.

    Returns
    -------
    Comparison or None
        None where the claim is no such change, or no other region has both counts published.
    """
    if claim.ratio is None or claim.period is None or claim.baseline is None or claim.region == claim.country:
        return None
    pairs = {region: pair for region in _regions(world, claim) if (pair := _pair(world, claim, region))}
    pairs.pop(claim.region, None)
    nation = pairs.pop(claim.country, None)
    if not (pairs or nation):
        return None
    members = _areas(world, claim.region).union(world.members_of(claim))
    others = {name: pair for name, pair in pairs.items() if not members & _areas(world, name)}
    regions = tuple(
        sorted((_beside(world, claim, own, name, pair) for name, pair in others.items()), key=lambda one: -one.ratio)
    )
    exposure, campaign, launch = exposed(world, claim, claim.region)
    return Comparison(
        claim_id=claim.claim_id,
        region=claim.region,
        country=claim.country,
        period=claim.period,
        baseline=claim.baseline,
        current=own[0],
        earlier=own[1],
        exposure=exposure,
        campaign=campaign,
        began_in_baseline=bool(launch and launch <= claim.baseline.start + dt.timedelta(days=claim.baseline.days // 2)),
        regions=regions,
        pool=_pool(own, _apart(world, [one for one in regions if one.exposure is Exposure.NONE])),
        nation=None if nation is None else _made(own, claim.country, nation, Exposure.NONE),
    )


def exposed(world: World, claim: Claim, region: str) -> tuple[Exposure, str, dt.date | None]:
    """Whether a regional campaign is known in a region from the start of the claim's baseline to its period's end.

    With it the names of the campaigns, and the latest day on which the first of them began.
    """
    assert claim.period is not None
    assert claim.baseline is not None
    areas = _areas(world, region)
    known = [row for row in world.campaigns if claim.country not in row.regions and areas & set(row.areas)]
    dated = [row for row in known if row.launch.start and row.launch.start <= claim.period.end]
    during = [row for row in dated if row.launch.end and row.launch.end >= claim.baseline.start]
    undated = [row for row in known if row.launch.start is None]
    if during:
        return Exposure.DURING, _names(during), min(row.launch.end for row in during if row.launch.end)
    if undated:
        return Exposure.UNDATED, _names(undated), None
    return (Exposure.BEFORE, _names(dated), None) if dated else (Exposure.NONE, "", None)


def _names(campaigns: Iterable[Campaign]) -> str:
    return "; ".join(dict.fromkeys(row.title or row.campaign for row in campaigns))


def _areas(world: World, region: str) -> set[str]:
    """A region and the areas that any source says it is made of."""
    return {region}.union(*(world.members_of(fact) for fact in world.facts if fact.region == region))


def _regions(world: World, claim: Claim) -> list[str]:
    return list(dict.fromkeys(fact.region for fact in world.facts if fact.country == claim.country))


def _pair(world: World, claim: Claim, region: str) -> Counts | None:
    """Exact counts of one region in the claim's period and baseline, of one source where one gives both."""
    assert claim.period is not None
    assert claim.baseline is not None
    after, before = (_exact(world, claim, region, interval) for interval in (claim.period, claim.baseline))
    pairs = [(one, two) for one in after for two in before]
    found = next((pair for pair in pairs if pair[0].source == pair[1].source), pairs[0] if pairs else None)
    return (found[0].value, found[1].value) if found else None


def _exact(world: World, claim: Claim, region: str, interval: Interval) -> list[Fact]:
    return [
        fact
        for fact in world.at(region, claim.channel)
        if fact.period
        and fact.period.same_days(interval)
        and fact.bounds.exact
        and (fact.topic, fact.per) == (claim.topic, claim.per)
        and fact.value > 0
    ]


def _beside(world: World, claim: Claim, own: Counts, name: str, pair: Counts) -> ComparisonRegion:
    return _made(own, name, pair, *exposed(world, claim, name)[:2])


def _made(own: Counts, name: str, pair: Counts, exposure: Exposure, campaign: str = "") -> ComparisonRegion:
    relative, poisson = ratio_of_ratios(own, pair)
    return ComparisonRegion(
        region=name,
        current=pair[0],
        baseline=pair[1],
        ratio=pair[0] / pair[1],
        poisson=ratio_interval(*pair),
        dispersed=ratio_interval(*pair, dispersion=DISPERSION),
        relative=relative,
        relative_poisson=poisson,
        relative_dispersed=ratio_of_ratios(own, pair, dispersion=DISPERSION)[1],
        exposure=exposure,
        campaign=campaign,
    )


def _apart(world: World, regions: list[ComparisonRegion]) -> list[ComparisonRegion]:
    """Regions that share no area, the larger one first, so that nobody is counted twice in their sum."""
    chosen: list[ComparisonRegion] = []
    for one in sorted(regions, key=lambda region: -region.current):
        if all(not _areas(world, one.region) & _areas(world, other.region) for other in chosen):
            chosen.append(one)
    return chosen


def _pool(own: Counts, regions: list[ComparisonRegion]) -> ComparisonRegion | None:
    if not regions:
        return None
    pair = (sum(one.current for one in regions), sum(one.baseline for one in regions))
    return _made(own, text("claim.said.together_name"), pair, Exposure.NONE)
