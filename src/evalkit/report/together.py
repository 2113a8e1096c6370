"""All regions together: the average where there is one, and how far regions differ; from stored results alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import text
from evalkit.effect import Estimate, Pooled, RegionEstimate, pool_estimates
from evalkit.report import numbers, wording
from evalkit.report.content import RegionSummary, channels_of

if TYPE_CHECKING:
    from evalkit.report.overview import Summary

_LITTLE: Final = 0.3
_MUCH: Final = 0.7
_MOST_NAMED: Final = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """One channel over all regions with a campaign: the pooled effect, and what is said of it."""

    channel: str
    pooled: Pooled
    said: tuple[str, ...]


def pooled_parts(summary: Summary) -> tuple[Together, ...]:
    """One part for each channel that two or more regions with a campaign have."""
    return _parts(summary.campaigns)


@lru_cache(maxsize=4)
def _parts(regions: tuple[RegionSummary, ...]) -> tuple[Together, ...]:
    found = []
    for channel in channels_of(regions):
        counted = [region for region in regions if region.result(channel) is not None]
        if len(counted) < 2:
            continue
        pooled = pool_channel(counted, channel)
        campaigns = len({region.campaign_title for region in counted})
        found.append(Together(channel=channel, pooled=pooled, said=tuple(_said(pooled, channel, campaigns))))
    return tuple(found)


def pool_channel(regions: Sequence[RegionSummary], channel: str) -> Pooled:
    """Random effects over the stored rate ratios of one channel."""
    results = [(region, result) for region in regions if (result := region.result(channel)) is not None]
    return pool_estimates(
        [
            RegionEstimate(region=region.region, channel=channel, launch=region.launch, result=result.rate_ratio)
            for region, result in results
        ],
        level=results[0][1].level,
        simulated=any(region.simulated for region in regions),
    )


def _said(pooled: Pooled, channel: str, campaigns: int) -> Iterator[str]:
    """The average, what a further region may expect, the spread, and what to know of the three."""
    title = wording.channel_title(channel)
    if not isinstance(pooled.effect, Estimate):
        yield text("across.not_pooled", channel=title, reason=pooled.effect.reason)
        return
    value, lower, upper = numbers.ratio_texts(pooled.effect, fewest=2)
    average = text(
        "across.pooled",
        channel=title,
        regions=numbers.plural(len(pooled.regions), "region"),
        value=value,
        level=numbers.level_text(pooled.level),
        lower=lower,
        upper=upper,
    )
    yield f"{average} {_ahead(pooled)}"
    yield " ".join(filter(None, (_spread(pooled), _mixed(campaigns), _left_out(pooled))))


def _ahead(pooled: Pooled) -> str:
    if not isinstance(pooled.new_region, Estimate):
        return text("across.new_unknown", reason=pooled.new_region.reason)
    _, lower, upper = numbers.ratio_texts(pooled.new_region, fewest=2)
    return text("across.new_region", lower=lower, upper=upper)


def _spread(pooled: Pooled) -> str:
    found = pooled.heterogeneity
    if found is None:
        return ""
    key = "spread_little" if found.i2 < _LITTLE else "spread_some" if found.i2 < _MUCH else "spread_much"
    return text(f"across.{key}", i2=numbers.percent(found.i2), q=f"{found.q:.1f}", df=found.df)


def _mixed(campaigns: int) -> str:
    return text("across.several_campaigns", number=numbers.in_words(campaigns)) if campaigns > 1 else ""


def _left_out(pooled: Pooled) -> str:
    names = [left.region for left in pooled.left_out]
    if not names:
        return ""
    more = len(names) - _MOST_NAMED
    shown = [*names[:_MOST_NAMED], *([text("words.more", number=numbers.in_words(more))] if more > 0 else [])]
    return text("across.left_out", regions=wording.listed(shown))
