"""How simulated contacts come about: the expected path, the fluctuation around it, and the counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import UsageError
from evalkit.simulate.config import CampaignSettings, ChannelSettings, EventSettings, RegionSettings, Simulation
from evalkit.vocab import SIMULATED

Floats = NDArray[np.float64]
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedPath:
    """One simulated series with everything it was made from.

    Attributes
    ----------
    region : RegionSettings
        The region.
    channel : ChannelSettings
        The channel.
    campaign : CampaignSettings or None
        The campaign that acts on this series.
    without : Series
        Contacts expected without the campaign, given the fluctuation u; by month.
    with_campaign : Series
        Contacts expected with it.
    fluctuation : Series
        u, in log units.
    counts : Series
        Simulated contacts, whole numbers, gaps included.
    population : Series
        People, whole numbers.
    reported : Series
        False in the months of a gap, which the contacts file leaves out.
    """

    region: RegionSettings
    channel: ChannelSettings
    campaign: CampaignSettings | None
    without: pd.Series[float]
    with_campaign: pd.Series[float]
    fluctuation: pd.Series[float]
    counts: pd.Series[int]
    population: pd.Series[int]
    reported: pd.Series[bool]


def simulate_paths(config: Simulation) -> tuple[SimulatedPath, ...]:
    """Every series of a simulation, by region and channel in the order of the configuration.

    For month t of a region r and channel c::

        y_t ~ Poisson(μ_t)
        log μ_t = log(contacts_per_year_r · share_c / 12) − σ_c² / 2 + log(growth_c) · (t − reference) / 12
                  + season_c(t) + Σ log(event factors) + log(campaign factor) + u_t
        u_t = √(1 − shared_c) · a_t + √(shared_c) · b_t

    a (of its own) and b (common to the channel) are stationary Gaussian AR(1) processes with standard deviation σ_c and
    correlation ρ_c, so that u is one too; −σ²/2 makes E exp(u − σ²/2) = 1.
    """
    return tuple(_path(config, region, channel) for region in config.regions for channel in config.channels)


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator of random numbers that depends on ``seed`` and ``names`` only.

    So one more region, or another order, changes no other series.
    """
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    key = tuple(int.from_bytes(digest[start : start + 4], "big") for start in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def stationary_ar1(rng: np.random.Generator, n: int, *, rho: float, sigma: float) -> Floats:
    """Draw ``n`` values of a stationary Gaussian AR(1) process with mean 0.

    u_1 ~ N(0, σ²) and u_t = ρ·u_{t−1} + e_t with e_t ~ N(0, σ²·(1 − ρ²)): each u_t has standard deviation σ.

    Raises
    ------
    UsageError
        Where ``rho`` is not between −1 and 1 (both exclusive) or ``sigma`` is negative.
    """
    if not -1 < rho < 1:
        raise UsageError(f"rho is {rho}; a stationary process needs a correlation above -1 and below 1.")
    if not sigma >= 0:
        raise UsageError(f"sigma is {sigma}; a standard deviation is 0 or more.")
    steps = rng.standard_normal(n) * sigma
    steps[1:] *= np.sqrt(1 - rho**2)
    values = np.empty(n)
    last = 0.0
    for index, step in enumerate(steps):
        last = rho * last + step if index else step
        values[index] = last
    return values


def fading_factor(months: Floats, *, ratio: float, halving_months: float | None, slope_ratio: float = 1.0) -> Floats:
    """Factor on contacts m ``months`` after a start: ``(1 + (ratio − 1)·2^(−m/halving))·slope_ratio^(m/12)``."""
    fade = 1.0 if halving_months is None else np.exp2(-np.maximum(months, 0) / halving_months)
    return np.asarray((1 + (ratio - 1) * fade) * slope_ratio ** (months / MONTHS_PER_YEAR), dtype=float)


def simulate_series(
    rng: np.random.Generator,
    *,
    n: int = 72,
    mean: float = 60.0,
    rho: float = 0.4,
    sigma: float = 0.2,
    level_ratio: float = 1.0,
    slope_ratio: float = 1.0,
    growth: float = 1.0,
    season: float = 0.0,
    launch: str | pd.Period | None = None,
    start: str | pd.Period = "2015-01",
) -> pd.Series[float]:
    """One monthly series of contacts with a known effect.

    With t in years since the launch and u a stationary AR(1) process::

        y_t ~ Poisson(mean · growth^t · exp(season·cos(2π·(month − 1)/12) + u_t − σ²/2)
                      · (level_ratio · slope_ratio^t from the launch on))

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness, such as ``numpy.random.default_rng(1)``; it is drawn from.
    n : int
        Months, 2 or more.
    mean : float
        Expected contacts a month at the launch without the campaign, above 0.
    rho, sigma : float
        Correlation and standard deviation (log units) of u.
    level_ratio, slope_ratio : float
        Rate ratio at the launch, and per year after it.
    growth : float
        Rate ratio per year of the trend.
    season : float
        Half the seasonal range in log units, highest in January.
    launch : str or Period, optional
        First exposed month, inclusive; unless given, the one after the first half.
    start : str or Period
        First month.

    Returns
    -------
    Series
        Whole numbers as float64, named ``"contacts"``, with a monthly PeriodIndex.

    Raises
    ------
    UsageError
        Where an argument is outside its range, or the launch outside the months.
    """
    _positive(mean=mean, level_ratio=level_ratio, slope_ratio=slope_ratio, growth=growth)
    if n < 2:
        raise UsageError(f"n is {n}; a series with a launch has at least 2 months.")
    periods = pd.period_range(start, periods=n, freq="M")
    launched = periods[n // 2] if launch is None else pd.Period(launch, freq="M")
    if launched not in periods:
        raise UsageError(f"The launch {launched} is outside the series, {periods[0]} to {periods[-1]}.")
    months = _months_since(periods, launched)
    years = months / MONTHS_PER_YEAR
    campaign = np.where(
        months >= 0, fading_factor(months, ratio=level_ratio, halving_months=None, slope_ratio=slope_ratio), 1.0
    )
    wave = season * np.cos(2 * np.pi * (periods.month.to_numpy() - 1) / MONTHS_PER_YEAR)
    u = stationary_ar1(rng, n, rho=rho, sigma=sigma)
    expected = mean * growth**years * np.exp(wave + u - sigma**2 / 2) * campaign
    series = pd.Series(rng.poisson(expected).astype(float), index=periods, name="contacts")
    series.attrs[SIMULATED] = True
    return series


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < np.inf:
            raise UsageError(f"{name} is {value}; it must be a finite number above 0.")


def _path(config: Simulation, region: RegionSettings, channel: ChannelSettings) -> SimulatedPath:
    periods = config.periods
    own = stream(config.seed, "series", region.region, channel.channel)
    u = _fluctuation(config, channel, own)
    without = np.exp(_log_level(config, region, channel) + u) * _event_factor(config, region, channel)
    campaign = campaign_of(config, region, channel)
    expected = without * _campaign_factor(campaign, periods)

    def series(values: Any, name: str) -> pd.Series[Any]:
        return pd.Series(values, index=periods, name=name)

    return SimulatedPath(
        region=region,
        channel=channel,
        campaign=campaign,
        without=series(without, "without"),
        with_campaign=series(expected, "with_campaign"),
        fluctuation=series(u, "fluctuation"),
        counts=series(own.poisson(expected), "contacts"),
        population=series(_population(config, region), "exposure"),
        reported=series(_reported(config, region, channel), "reported"),
    )


def campaign_of(config: Simulation, region: RegionSettings, channel: ChannelSettings) -> CampaignSettings | None:
    """The campaign that acts on a region's channel, if there is one."""
    named = next((campaign for campaign in config.campaigns if campaign.campaign == region.campaign), None)
    return named if named and _concerns(named.channels, channel.channel) else None


def _fluctuation(config: Simulation, channel: ChannelSettings, own: np.random.Generator) -> Floats:
    n = len(config.periods)
    common = stream(config.seed, "shared", channel.channel)
    a = stationary_ar1(own, n, rho=channel.rho, sigma=channel.sigma)
    b = stationary_ar1(common, n, rho=channel.rho, sigma=channel.sigma)
    return np.asarray(np.sqrt(1 - channel.shared) * a + np.sqrt(channel.shared) * b, dtype=float)


def _log_level(config: Simulation, region: RegionSettings, channel: ChannelSettings) -> Floats:
    level = np.log(region.contacts_per_year * channel.share / MONTHS_PER_YEAR) - channel.sigma**2 / 2
    years = _months_since(config.periods, pd.Period(config.reference, freq="M")) / MONTHS_PER_YEAR
    month = config.periods.month.to_numpy()
    waves = (
        term.amplitude * np.cos(2 * np.pi * term.cycles * (month - term.peak) / MONTHS_PER_YEAR)
        for term in channel.season
    )
    return np.asarray(level + np.log(channel.growth) * years + sum(waves), dtype=float)


def _event_factor(config: Simulation, region: RegionSettings, channel: ChannelSettings) -> Floats:
    concerned = [
        event
        for event in config.events
        if _concerns(event.regions, region.region) and _concerns(event.channels, channel.channel)
    ]
    factors = [_event_path(event, config.periods) for event in concerned]
    return reduce(np.multiply, factors, np.ones(len(config.periods)))


def _event_path(event: EventSettings, periods: pd.PeriodIndex) -> Floats:
    months = _months_since(periods, pd.Period(event.start, freq="M"))
    factor = fading_factor(months, ratio=event.ratio, halving_months=event.halving_months)
    return np.where(_between(periods, event.start, event.end), factor, 1.0)


def _campaign_factor(campaign: CampaignSettings | None, periods: pd.PeriodIndex) -> Floats:
    if campaign is None:
        return np.ones(len(periods))
    factor = fading_factor(
        _months_since(periods, pd.Period(campaign.launch, freq="M")),
        ratio=campaign.level_ratio,
        halving_months=campaign.halving_months,
        slope_ratio=campaign.slope_ratio,
    )
    return np.where(_between(periods, campaign.launch, campaign.end), factor, 1.0)


def _population(config: Simulation, region: RegionSettings) -> NDArray[np.int64]:
    years = _months_since(config.periods, pd.Period(config.reference, freq="M")) / MONTHS_PER_YEAR
    return np.rint(region.population * config.population_growth**years).astype(np.int64)


def _reported(config: Simulation, region: RegionSettings, channel: ChannelSettings) -> NDArray[np.bool_]:
    gaps = [
        _between(config.periods, gap.start, gap.end)
        for gap in config.gaps
        if gap.region == region.region and _concerns(gap.channels, channel.channel)
    ]
    return ~reduce(np.logical_or, gaps, np.zeros(len(config.periods), dtype=bool))


def _months_since(periods: pd.PeriodIndex, origin: pd.Period) -> Floats:
    return np.asarray(periods.year * 12 + periods.month - (origin.year * 12 + origin.month), dtype=float)


def _between(periods: pd.PeriodIndex, first: str, last: str | None) -> NDArray[np.bool_]:
    begun = periods >= pd.Period(first, freq="M")
    return np.asarray(begun if last is None else begun & (periods <= pd.Period(last, freq="M")), dtype=bool)


def _concerns(names: Sequence[str], name: str) -> bool:
    """Whether something that names these regions or channels (none: all) concerns ``name``."""
    return not names or name in names
