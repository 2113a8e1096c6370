"""What is true of simulated contacts: exact expectations with and without the campaign, never estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from evalkit.simulate.config import CampaignSettings, ClaimSettings, Interval, Simulation
from evalkit.simulate.process import SimulatedPath

COMPARISON: Final = "comparison"
NO_EFFECT: Final = "none"
_DECIMALS: Final = 6

Keyed = Mapping[tuple[str, str], SimulatedPath]


def truth_table(config: Simulation, paths: tuple[SimulatedPath, ...]) -> pd.DataFrame:
    """The known effect in every region and channel.

    All sums are of Poisson expectations given the fluctuation u that was drawn, over every month of the window, gaps
    included; "with" is with the campaign, "without" the same path without it.

    Returns
    -------
    DataFrame
        One row for each region and channel:

        - ``region``, ``channel``, ``campaign`` (empty in comparison regions), ``kind`` (``comparison`` there),
        - ``launch`` (the reference launch in comparison regions),
        - ``level_ratio``: rate ratio in the launch month; ``slope_ratio``: rate ratio per year after it;
          ``halving_months``: months in which ``level_ratio − 1`` halves (empty if it does not),
        - ``window_start``, ``window_end``: first and last month of the window, both inclusive,
        - ``expected_with``, ``expected_without``: contacts expected over the window,
        - ``rate_ratio``: their ratio; ``cumulative_effect``: their difference, in contacts,
        - ``before_start``, ``before_end``, ``after_start``, ``after_end``: what the before/after ratio compares,
        - ``before_after_ratio``: contacts expected (with the campaign) after, divided by those before, each divided by
          its number of months; the press-release arithmetic, not an effect,
        - ``growth``: rate ratio per year of the trend; ``sigma`` and ``rho`` of u.
    """
    return pd.DataFrame([_truth(config, path) for path in paths])


def claim_truth_table(
    config: Simulation, paths: tuple[SimulatedPath, ...], values: Mapping[str, float]
) -> pd.DataFrame:
    """What is true of every claim whose channel is counted.

    Parameters
    ----------
    config : Simulation
        The configuration.
    paths : tuple of SimulatedPath
        The simulated series.
    values : mapping of str to float
        The figure stated by each claim.

    Returns
    -------
    DataFrame
        One row for each claim: ``claim_id``, ``statistic_type``, ``stated`` (the figure), ``counted`` (the same
        statistic from the simulated counts, not rounded), ``attributable_ratio`` (contacts expected over the claim's
        period with the campaign divided by those expected without it) and ``attributable_contacts`` (their difference).
    """
    keyed = {(path.region.region, path.channel.channel): path for path in paths}
    rows = [_claim_truth(claim, keyed, values[claim.claim]) for claim in config.claims]
    return pd.DataFrame([row for row in rows if row])


def counted(claim: ClaimSettings, paths: Keyed) -> float | None:
    """The statistic of a claim from the simulated counts; None where nothing was counted to compare with."""
    path = paths.get((claim.region, claim.channel))
    if path is None:
        return None
    reported = path.counts[path.reported]
    now = float(_within(reported, claim.period).sum())
    if claim.baseline is None:
        return now
    before = float(_within(reported, claim.baseline).sum())
    if not before:
        return None
    ratio = now / before
    return ratio if claim.statistic_type == "ratio" else 100 * (ratio - 1)


def _claim_truth(claim: ClaimSettings, paths: Keyed, stated: float) -> dict[str, Any]:
    path, figure = paths.get((claim.region, claim.channel)), counted(claim, paths)
    if path is None or figure is None:
        return {}
    expected, without = (_within(side, claim.period).sum() for side in (path.with_campaign, path.without))
    return {
        "claim_id": claim.claim,
        "statistic_type": claim.statistic_type,
        "stated": stated,
        "counted": round(figure, _DECIMALS),
        "attributable_ratio": round(float(expected / without), _DECIMALS),
        "attributable_contacts": round(float(expected - without), _DECIMALS),
    }


def _truth(config: Simulation, path: SimulatedPath) -> dict[str, Any]:
    named = next((entry for entry in config.campaigns if entry.campaign == path.region.campaign), None)
    launch = named.launch if named else config.reference_launch
    window, before, after = _window(config, launch), *_compared(config, named, launch)
    expected, without = (float(_within(side, window).sum()) for side in (path.with_campaign, path.without))
    acts = path.campaign
    return {
        "region": path.region.region,
        "channel": path.channel.channel,
        "campaign": named.campaign if named else "",
        "kind": COMPARISON if named is None else (acts.kind if acts else NO_EFFECT),
        "launch": launch,
        "level_ratio": acts.level_ratio if acts else 1.0,
        "slope_ratio": acts.slope_ratio if acts else 1.0,
        "halving_months": acts.halving_months if acts else None,
        "window_start": window[0],
        "window_end": window[1],
        "expected_with": round(expected, _DECIMALS),
        "expected_without": round(without, _DECIMALS),
        "rate_ratio": round(expected / without, _DECIMALS),
        "cumulative_effect": round(expected - without, _DECIMALS),
        "before_start": before[0],
        "before_end": before[1],
        "after_start": after[0],
        "after_end": after[1],
        "before_after_ratio": round(
            float(_within(path.with_campaign, after).mean() / _within(path.with_campaign, before).mean()), _DECIMALS
        ),
        "growth": path.channel.growth,
        "sigma": path.channel.sigma,
        "rho": path.channel.rho,
    }


def _window(config: Simulation, launch: str) -> Interval:
    last = pd.Period(launch, freq="M") + (config.window_months - 1)
    return launch, min(str(last), config.end)


def _compared(config: Simulation, campaign: CampaignSettings | None, launch: str) -> tuple[Interval, Interval]:
    first = pd.Period(launch, freq="M")
    before = (max(str(first - config.window_months), config.start), str(first - 1))
    after = _window(config, launch)
    return (campaign and campaign.before) or before, (campaign and campaign.after) or after


def _within(series: pd.Series[Any], interval: Interval) -> pd.Series[Any]:
    first, last = (pd.Period(month, freq="M") for month in interval)
    return series[(series.index >= first) & (series.index <= last)]
