"""Rules about claimed changes: recompute a ratio or percentage, or say what it implies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from evalkit.catalogue import text
from evalkit.claim.arithmetic import (
    DISPERSION,
    SEASON,
    implied_baseline,
    implied_current,
    ratio_interval,
    ratio_of_ratios,
    season_factor,
    total,
)
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim
from evalkit.claim.elsewhere import Comparison, compare
from evalkit.claim.facts import Fact, World, said, said_bounds, same_period
from evalkit.claim.finding import Figure, Finding, FindingKind
from evalkit.registers import Interval
from evalkit.vocab import Channel, StatisticType, Topic

__all__ = ["CHANGE_RULES", "channel_sum", "comparisons", "recomputed", "recount"]

_MOSTLY = 0.75
_TENSION_RATIO = 0.1
_PLAUSIBLE = 1.5
_MONTHS_WITHOUT_SEASON = 11
_SELF = (Topic.OWN, Topic.OTHERS)

Sum = tuple[Bounds, tuple[str, ...]]


def recomputed(world: World) -> Iterator[Finding]:
    """Recompute each claimed change from the published counts, or give the value that it implies."""
    for claim in world.claims:
        if claim.ratio is None:
            continue
        current = _totals(world, claim, claim.period, claim.period_text)
        baseline = _baselines(world, claim)
        if current and baseline:
            yield _compare(claim, current, baseline)
        elif current:
            yield _implied(claim, current[0], "implied-baseline")
        elif baseline:
            yield _implied(claim, baseline[0], "implied-current")


def undated(world: World) -> Iterator[Finding]:
    """Hold a change without a period against every pair of counts published for the same campaign and region."""
    for claim in world.claims:
        if claim.ratio is None or claim.period is not None or not world.knows(claim.campaign):
            continue
        pairs = [pair for pair in _pairs(world, claim.campaign) if _asks_for(claim, pair[0])]
        if not pairs:
            continue
        agrees = [pair for pair in pairs if claim.ratio.overlaps(pair[1].bounds.over(pair[2].bounds))]
        _, after, before = (agrees or pairs)[0]
        figures = _change_figures(claim, after.bounds, before.bounds)
        figures["window"] = text("words.two", first=before.period, second=after.period)
        if before.period and after.period:
            figures |= _windows(after.period, before.period)
        members = world.members_of(claim)
        near = [
            (pair, ratio)
            for pair in _pairs(world, claim.campaign)
            if pair[0].region in members
            for ratio in [pair[1].bounds.over(pair[2].bounds)]
        ]
        reached = sorted({pair[0].region for pair, ratio in near if claim.ratio.overlaps(ratio)})
        best = max(near, key=lambda item: item[1].centre, default=None)
        figures |= {"members_reaching": ", ".join(reached)}
        if best:
            figures |= {"best_member": best[0][0].region, "best_ratio": best[1].centre}
        kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
        against = (*after.ids, *before.ids)
        yield Finding(rule="undated", kind=kind, claims=(claim.claim_id,), against=against, figures=figures)


def repeated_change(world: World) -> Iterator[Finding]:
    """The same change published twice, and changes over nearly the same windows."""
    changes = [claim for claim in world.claims if claim.ratio is not None]
    for one, two in combinations(changes, 2):
        if not (_same_quantity(one, two) and one.ratio and two.ratio):
            continue
        ids, figures = (one.claim_id, two.claim_id), _two_ratios(one, two)
        if _same_windows(one, two):
            agrees = one.ratio.overlaps(two.ratio)
            kind = FindingKind.CONTEXT if agrees else FindingKind.CONTRADICTED
            yield Finding(rule="change-twice", kind=kind, claims=ids, figures=figures)
        elif _nearly_same_windows(one, two) and not one.ratio.overlaps(two.ratio):
            yield Finding(rule="change-nearly-twice", kind=FindingKind.TENSION, claims=ids, figures=figures)


def window_gap(world: World) -> Iterator[Finding]:
    """Two windows of equal length that leave out days, share days, or are different calendar months."""
    for claim in world.claims:
        period, baseline = claim.period, claim.baseline
        if period is None or baseline is None or abs(period.months - baseline.months) > 0.1 * period.months:
            continue
        gap = (period.start - baseline.end).days - 1
        about = _windows(period, baseline)
        periods = gap / period.days
        ids = (claim.claim_id,)
        figures: dict[str, Figure] = {"gap_days": float(gap), "months": period.months}
        if gap > 0 and abs(periods - round(periods)) > 0.1:
            yield Finding(rule="window-gap", kind=FindingKind.TENSION, claims=ids, figures=figures)
        if claim.asserts_change and "shared_days" in about:
            yield Finding(rule="window-overlap", kind=FindingKind.TENSION, claims=ids, figures=figures | about)
        if claim.asserts_change and "season" in about:
            yield Finding(rule="season", kind=FindingKind.CONTEXT, claims=ids, figures=figures | about)


def _windows(period: Interval, baseline: Interval) -> dict[str, Figure]:
    """Days that two windows share, and what season could do between them; nothing where neither matters."""
    figures: dict[str, Figure] = {}
    if period.overlap(baseline):
        figures |= {"shared_days": float(period.overlap(baseline)), "stated": period.stated_months or 0.0}
    if period.months < _MONTHS_WITHOUT_SEASON and period.start.month != baseline.start.month:
        figures |= {"season": season_factor(baseline, period), "amplitude": SEASON}
    return figures


def chain(world: World) -> Iterator[Finding]:
    """A change whose implied baseline cannot be reconciled with the count of an earlier year."""
    for claim in world.claims:
        ratio, period, baseline = claim.ratio, claim.period, claim.baseline
        if ratio is None or period is None or baseline is None or _baselines(world, claim):
            continue
        facts = [fact for fact in world.at(claim.region, claim.channel) if fact.period and not fact.per]
        later = [fact for fact in facts if fact.topic == claim.topic and _covers(fact.period, period)]
        earlier = [
            fact
            for fact in facts
            if fact.topic == claim.topic and fact.period and fact.period.end < baseline.start and _year(fact.period)
        ]
        for after in later:
            for before in earlier:
                yield from _chained(world, claim, before, after)


def comparison(world: World) -> Iterator[Finding]:
    """The same change in the whole country over the same two periods: would it have happened anyway?"""
    for claim in world.claims:
        if claim.ratio is None or claim.period is None or claim.baseline is None:
            continue
        current = _totals(world, claim, claim.period, claim.period_text)
        baseline = _baselines(world, claim)
        nation = world.national(claim)
        after = _exactly(nation, claim.period, claim.topic)
        before = _exactly(nation, claim.baseline, claim.topic)
        if not (after and before):
            continue
        figures: dict[str, Figure] = {"country": claim.country, "country_ratio": after.value / before.value}
        if claim.stated_ratio:
            figures["region_ratio"] = claim.stated_ratio
        if current and baseline and current[0][0].finite and min(current[0][0].centre, baseline[0][0].centre) > 0:
            pair = (current[0][0].centre, baseline[0][0].centre)
            figures |= _relative(pair, (after.value, before.value))
        ids = (*after.ids, *before.ids)
        yield Finding(
            rule="comparison", kind=FindingKind.CONTEXT, claims=(claim.claim_id,), against=ids, figures=figures
        )


def comparisons(world: World) -> Iterator[Comparison]:
    """The same change in other regions, for each claimed change whose two counts are published."""
    for claim in world.claims:
        if claim.ratio is None or claim.period is None or claim.baseline is None:
            continue
        found = recount(world, claim)
        if found and found[0].exact and found[1].exact and min(found[0].lower, found[1].lower) > 0:
            beside = compare(world, claim, (found[0].lower, found[1].lower))
            if beside is not None:
                yield beside


def recount(world: World, claim: Claim) -> tuple[Bounds, Bounds] | None:
    """The counts that a claimed change is recomputed from, later one first; None where they are not published."""
    current = _totals(world, claim, claim.period, claim.period_text)
    baseline = _baselines(world, claim)
    if not (current and baseline):
        return None
    after, before = _best(claim, current, baseline)
    return after[0], before[0]


def stated_baseline(world: World) -> Iterator[Finding]:
    """The change between a count and the one that its source sets beside it, where no claim states that change."""
    stated = [claim for claim in world.claims if claim.ratio is not None]
    for claim in world.claims:
        base = claim.baseline_value
        if claim.statistic is not StatisticType.COUNT or claim.bounds is None or base is None or claim.per:
            continue
        said_elsewhere = any(
            one.baseline_value == base and (one.region, one.channel) == (claim.region, claim.channel) for one in stated
        )
        if said_elsewhere or not base.exact or base.lower <= 0 or not same_length(claim):
            continue
        fact = next(fact for fact in world.facts if claim.claim_id in fact.ids)
        figures: dict[str, Figure] = {**said("current", fact), "stated": base.lower}
        figures["ratio"] = claim.bounds.centre / base.centre
        yield Finding(rule="stated-baseline", kind=FindingKind.CONTEXT, claims=(claim.claim_id,), figures=figures)


def same_length(claim: Claim) -> bool:
    """Whether a claim's period and baseline are equally long, as far as their dates are known."""
    if claim.period is None or claim.baseline is None:
        return False
    return abs(claim.period.months - claim.baseline.months) <= 0.1 * claim.period.months


def elsewhere(world: World) -> Iterator[Finding]:
    """The same change in regions where no regional campaign is known: would it have happened anyway?"""
    for one in comparisons(world):
        if one.pool is None:
            continue
        figures: dict[str, Figure] = {"region": one.region, "ratio": one.ratio, "exposed": one.exposure.value}
        figures |= {"began_in_baseline": one.began_in_baseline}
        figures |= {"campaign": one.campaign, "regions": len(one.unexposed), "pool_ratio": one.pool.ratio}
        figures |= {"names": "; ".join(f"{other.region}|{other.ratio!r}" for other in one.unexposed)}
        figures |= _pooled(one)
        yield Finding(rule="elsewhere", kind=FindingKind.CONTEXT, claims=(one.claim_id,), figures=figures)


def _pooled(one: Comparison) -> dict[str, Figure]:
    assert one.pool is not None
    poisson, dispersed = one.pool.relative_poisson, one.pool.relative_dispersed
    return {
        "relative": one.pool.relative,
        "relative_lower": poisson.lower,
        "relative_upper": poisson.upper,
        "relative_dispersed_lower": dispersed.lower,
        "relative_dispersed_upper": dispersed.upper,
        "dispersion": DISPERSION,
    }


def channel_sum(world: World, claim: Claim | Fact, period: Interval | None, text: str) -> Sum | None:
    """Website plus helpline for one region and period, where both are published and the claim is about all channels."""
    if claim.channel != Channel.COMBINED:
        return None
    website = [fact for fact in _published(world, claim, period, text, Channel.WEBSITE) if fact.topic == claim.topic]
    helpline = _published(world, claim, period, text, Channel.HELPLINE)
    whole = [fact for fact in helpline if fact.topic == claim.topic]
    parts = whole[:1] or _one_of_each(helpline)
    if not website or not parts:
        return None
    chosen = [website[0], *parts]
    return total(fact.bounds for fact in chosen), tuple(name for fact in chosen for name in fact.ids)


def _published(world: World, claim: Claim | Fact, period: Interval | None, text: str, channel: str) -> list[Fact]:
    found = [
        fact
        for fact in world.at(claim.region, channel)
        if not fact.per and not fact.is_baseline and same_period(fact, period, text, claim.source)
    ]
    return sorted(found, key=lambda fact: fact.source != claim.source)


def _one_of_each(facts: list[Fact]) -> list[Fact]:
    first = {topic: next((fact for fact in facts if fact.topic == topic), None) for topic in _SELF}
    return [fact for fact in first.values() if fact]


def _totals(world: World, claim: Claim, period: Interval | None, text: str) -> list[Sum]:
    """Every value of the claim's quantity over one period: as published, then as a sum over channels."""
    found = [(fact.bounds, fact.ids) for fact in world.matching(claim, period, text) if claim.claim_id not in fact.ids]
    summed = channel_sum(world, claim, period, text)
    own = [fact for fact in world.matching(claim, period, text) if fact.source == claim.source]
    if summed:
        found = [*found, summed] if own else [summed, *found]
    return found


def _baselines(world: World, claim: Claim) -> list[Sum]:
    if claim.baseline_value is not None:
        known = world.matching(claim, claim.baseline, claim.baseline_text)
        same = [name for fact in known if fact.bounds == claim.baseline_value for name in fact.ids]
        return [(claim.baseline_value, (f"{claim.claim_id} (baseline)", *same))]
    if claim.baseline is None:
        return []
    return _totals(world, claim, claim.baseline, claim.baseline_text)


def _compare(claim: Claim, current: list[Sum], baseline: list[Sum]) -> Finding:
    ratio = claim.ratio
    assert ratio is not None
    after, before = _best(claim, current, baseline)
    figures = _change_figures(claim, after[0], before[0])
    agrees = ratio.overlaps(after[0].over(before[0]))
    kind = FindingKind.CONSISTENT if agrees else FindingKind.CONTRADICTED
    against = (*after[1], *before[1])
    claims = tuple(dict.fromkeys((claim.claim_id, *against))) if agrees else (claim.claim_id,)
    return Finding(rule="recomputed", kind=kind, claims=claims, against=against, figures=figures)


def _best(claim: Claim, current: list[Sum], baseline: list[Sum]) -> tuple[Sum, Sum]:
    """Exact counts before others, and among them those that agree with the claim."""
    assert claim.ratio is not None
    pairs = [(after, before) for after in current for before in baseline]
    exact = [pair for pair in pairs if pair[0][0].exact and pair[1][0].exact] or pairs
    return next((pair for pair in exact if claim.ratio.overlaps(pair[0][0].over(pair[1][0]))), exact[0])


def _change_figures(claim: Claim, after: Bounds, before: Bounds) -> dict[str, Figure]:
    ratio = after.over(before)
    figures: dict[str, Figure] = {
        "current": after.centre,
        "baseline": before.centre,
        **said_bounds("current", after),
        **said_bounds("baseline", before),
        "qualifier": claim.qualifier.value,
        "value": claim.value or 0.0,
        "ratio": after.centre / before.centre if before.centre else ratio.centre,
        "ratio_lower": ratio.lower,
        "ratio_upper": ratio.upper,
        "claimed": claim.stated_ratio or 0.0,
        "claimed_lower": claim.ratio.lower if claim.ratio else 0.0,
        "claimed_upper": claim.ratio.upper if claim.ratio else 0.0,
        "percent": claim.statistic is StatisticType.PERCENT_CHANGE,
    }
    if min(after.centre, before.centre) > 0:
        for name, dispersion in (("poisson", 1.0), ("dispersed", DISPERSION)):
            interval = ratio_interval(after.centre, before.centre, dispersion=dispersion)
            figures |= {f"{name}_lower": interval.lower, f"{name}_upper": interval.upper}
        figures["dispersion"] = DISPERSION
    return figures


def _implied(claim: Claim, known: Sum, rule: str) -> Finding:
    assert claim.ratio is not None
    function = implied_baseline if rule == "implied-baseline" else implied_current
    found = function(known[0], claim.ratio)
    figures: dict[str, Figure] = {"known": known[0].centre, "claimed": claim.stated_ratio or 0.0}
    figures |= {**said_bounds("known", known[0]), "qualifier": claim.qualifier.value}
    figures["is_sum"] = len(known[1]) > 1 and not any(name.endswith("(baseline)") for name in known[1])
    figures["percent"] = claim.statistic is StatisticType.PERCENT_CHANGE
    if found is None:
        kind = FindingKind.CONTRADICTED
        figures["none"] = True
    else:
        kind = FindingKind.IMPLIED
        stated = claim.stated_ratio or 1.0
        middle = known[0].centre / stated if rule == "implied-baseline" else known[0].centre * stated
        figures |= {"implied": middle, "implied_lower": found.lower, "implied_upper": found.upper}
    return Finding(rule=rule, kind=kind, claims=(claim.claim_id, *known[1]), against=known[1], figures=figures)


def _pairs(world: World, campaign: str) -> list[tuple[Claim, Fact, Fact]]:
    """Counts before and after, published together for one campaign."""
    pairs = []
    for claim in world.claims:
        if claim.campaign != campaign or claim.statistic is not StatisticType.COUNT:
            continue
        if claim.baseline_value is None or claim.period is None or claim.baseline is None:
            continue
        after = next(fact for fact in world.facts if claim.claim_id in fact.ids)
        before = next(fact for fact in world.facts if f"{claim.claim_id} (baseline)" in fact.ids)
        pairs.append((claim, after, before))
    return pairs


def _asks_for(claim: Claim, other: Claim) -> bool:
    return (claim.region, claim.channel, claim.topic) == (other.region, other.channel, other.topic)


def _same_quantity(one: Claim, two: Claim) -> bool:
    def key(claim: Claim) -> tuple[str, ...]:
        return (claim.region, claim.channel, claim.topic, claim.unit if claim.channel != Channel.COMBINED else "")

    return key(one) == key(two)


def _same_windows(one: Claim, two: Claim) -> bool:
    if not (one.period and two.period and one.baseline and two.baseline):
        return False
    return one.period.same_days(two.period) and one.baseline.same_days(two.baseline)


def _nearly_same_windows(one: Claim, two: Claim) -> bool:
    if not (one.period and two.period and one.baseline and two.baseline):
        return False
    return _mostly(one.period, two.period) and _mostly(one.baseline, two.baseline)


def _mostly(one: Interval, two: Interval) -> bool:
    return one.overlap(two) >= _MOSTLY * max(one.days, two.days)


def _two_ratios(one: Claim, two: Claim) -> dict[str, Figure]:
    return {
        "first": one.stated_ratio or 0.0,
        "second": two.stated_ratio or 0.0,
        "first_qualifier": one.qualifier.value,
        "second_qualifier": two.qualifier.value,
        "first_percent": one.statistic is StatisticType.PERCENT_CHANGE,
        "second_percent": two.statistic is StatisticType.PERCENT_CHANGE,
        "first_source": one.source,
        "second_source": two.source,
    }


def _covers(fact: Interval | None, period: Interval) -> bool:
    return fact is not None and fact.start >= period.start and fact.overlap(period) >= _MOSTLY * period.days


def _year(interval: Interval) -> bool:
    return 350 <= interval.days <= 380


def _exactly(facts: tuple[Fact, ...], period: Interval, topic: str) -> Fact | None:
    return next((fact for fact in facts if fact.period and fact.period.same_days(period) and fact.topic == topic), None)


def _chained(world: World, claim: Claim, before: Fact, after: Fact) -> Iterator[Finding]:
    assert claim.ratio is not None
    assert before.period is not None
    assert claim.baseline is not None
    nation = world.national(claim)
    then, middle = _exactly(nation, before.period, claim.topic), _exactly(nation, claim.baseline, claim.topic)
    if not (then and middle) or claim.ratio.lower <= 0:
        return
    implied = after.bounds.over(claim.ratio)
    change = implied.over(before.bounds)
    national = middle.value / then.value
    if change.overlaps(Bounds(national / _PLAUSIBLE, national * _PLAUSIBLE)):
        return
    ids = (claim.claim_id, *before.ids, *after.ids)
    figures: dict[str, Figure] = {
        **said("before", before),
        **said("after", after),
        "before_window": str(before.period),
        "qualifier": claim.qualifier.value,
        "implied_upper": implied.upper,
        "change_upper": change.upper,
        "national": national,
        "country": claim.country,
        "claimed": claim.stated_ratio or 0.0,
        "percent": claim.statistic is StatisticType.PERCENT_CHANGE,
    }
    yield Finding(rule="chain", kind=FindingKind.CONTRADICTED, claims=ids, figures=figures)


def _relative(region: tuple[float, float], country: tuple[float, float]) -> dict[str, Figure]:
    value, poisson = ratio_of_ratios(region, country)
    _, dispersed = ratio_of_ratios(region, country, dispersion=DISPERSION)
    return {
        "relative": value,
        "relative_lower": poisson.lower,
        "relative_upper": poisson.upper,
        "relative_dispersed_lower": dispersed.lower,
        "relative_dispersed_upper": dispersed.upper,
        "dispersion": DISPERSION,
    }


CHANGE_RULES = (recomputed, undated, repeated_change, window_gap, chain, comparison, elsewhere, stated_baseline)
