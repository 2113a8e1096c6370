"""Coverage of campaigns as they run and of daily data: the figures in ``docs/methods/design.md``.

Run from the root of the checkout, with the number of series a cell: ``python -m benchmarks.campaign_shapes 200``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evalkit import Decay, Estimate, Flights, Latent, build_design, estimate_effect
from evalkit.design import bank_holidays, design_spec
from evalkit.effect import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N, L, LAUNCH = 72, 36, "2018-01"
MONTHS = pd.period_range("2015-01", periods=N, freq="M")
SINCE = np.arange(N) - L
FLIGHTS = (("2018-01", "2018-03"), ("2018-10", "2019-01"), ("2020-02", "2020-05"))
Truths = dict[str, "float | Callable[[NDArray[np.float64]], float]"]


def latent(rng: np.random.Generator, n: int, rho: float, sigma: float) -> NDArray[np.float64]:
    """A stationary AR(1) path of length n."""
    u = np.empty(n)
    u[0] = sigma * rng.standard_normal()
    for t in range(1, n):
        u[t] = rho * u[t - 1] + sigma * np.sqrt(1 - rho**2) * rng.standard_normal()
    return u


def months(label: str, added: NDArray[np.float64], truths: Truths, seed: int, series: int, **options: Any) -> None:
    """Coverage of estimands and components over months with a known addition on the log scale."""
    rng = np.random.default_rng(seed)
    held, given = dict.fromkeys(truths, 0), dict.fromkeys(truths, 0)
    for _ in range(series):
        base = np.exp(np.log(60) + latent(rng, N, 0.3, 0.15) + 0.15 * np.sin(2 * np.pi * np.arange(N) / 12))
        counts = pd.Series(rng.poisson(base * np.exp(added)), MONTHS)
        effect = estimate_effect(
            counts, LAUNCH, harmonics=1, second_opinion=False, sampling=Sampling(draws=1000), **options
        )
        results = {**effect.estimates, **effect.components}
        for name, truth in truths.items():
            found = results[name]
            if isinstance(found, Estimate):
                given[name] += 1
                held[name] += found.lower <= (truth(base) if callable(truth) else truth) <= found.upper
    for name in truths:
        print(f"| {label} | {name} | {100 * held[name] / max(given[name], 1):.1f} | {given[name]} |", flush=True)


def whole(added: NDArray[np.float64], window: NDArray[np.bool_]) -> Callable[[NDArray[np.float64]], float]:
    """The true rate ratio over a window, given the contacts expected without the campaign."""
    return lambda base: float((base * np.exp(added))[window].sum() / base[window].sum())


def active(*flights: tuple[str, str]) -> NDArray[np.float64]:
    """1 in the months of the flights."""
    return np.sum([MONTHS.isin(pd.period_range(*flight, freq="M")) for flight in flights], axis=0).astype(float)


def every_shape(series: int) -> None:
    """Flights, launches, an end, and decays of unknown rate."""
    sizes = np.log([1.5, 1.0, 2.0])
    added = np.sum([size * active(flight) for size, flight in zip(sizes, FLIGHTS, strict=True)], axis=0)
    truths: Truths = {f"flight {k}": float(np.exp(size)) for k, size in enumerate(sizes, 1)}
    truths["active over inactive"] = whole(added, active(*FLIGHTS) > 0)
    months("flights of 1.5, 1, 2", added, truths, 101, series, flights=Flights(FLIGHTS, separate=True))
    months("flights of 1", np.zeros(N), {"active over inactive": 1.0}, 102, series, flights=FLIGHTS)
    added = np.log(1.4) * (SINCE >= 0) + np.log(1.6) * (SINCE >= 18)
    truths = {"launch 1": 1.4, "launch 2": 1.6}
    months("launches of 1.4, 1.6", added, truths, 103, series, launches=["2019-07"], slope=False)
    added = np.log(2) * ((SINCE >= 0) & (SINCE < 18)) + np.log(1.5) * (SINCE >= 18)
    truths = {"while running": 2.0, "after the end": 1.5, "share that persisted": 0.5}
    months("2, then 1.5 after the end", added, truths, 104, series, off="2019-06", slope=False)
    for ratio, rate in ((2.0, 0.3), (2.0, 0.7), (1.0, 0.7), (2.0, 0.9)):
        added = np.where(SINCE >= 0, np.log(ratio) * rate ** np.maximum(SINCE, 0), 0.0)
        truths = {"rate_ratio": whole(added, SINCE >= 0), "level_change": ratio}
        truths |= {"share left a period later": rate} if ratio != 1 else {}
        months(f"pulse of {ratio:g}, rate {rate}, estimated", added, truths, 105, series, decay="estimate")
    for ratio, rate in ((2.0, 0.3), (2.0, 0.7), (1.0, 0.7), (2.0, 0.9)):
        added = np.where(SINCE >= 0, np.log(ratio) * (1 - rate ** (np.maximum(SINCE, 0) + 1)), 0.0)
        truths = {"rate_ratio": whole(added, SINCE >= 0), "builds up to": ratio}
        truths |= {"share left a period later": rate} if ratio != 1 else {}
        months(f"step to {ratio:g}, rate {rate}, estimated", added, truths, 105, series, decay=Decay(form="step"))


def days(n: int, mean: float, ratio: float, rho: float, series: int) -> None:
    """Coverage of the level, of Sunday and of bank holidays over n days with a strong week."""
    periods = pd.period_range("2019-01-01", periods=n, freq="D")
    week = np.log([1.0, 0.9, 0.9, 0.85, 0.8, 0.3, 0.2])[np.asarray(periods.day_of_week)]
    free = bank_holidays("England", periods[0].start_time.date(), periods[-1].start_time.date())
    holiday = periods.isin(pd.PeriodIndex([str(day) for day in free], freq="D"))
    launch = periods[int(n * 0.6)]
    spec = design_spec({"holidays": "England", "harmonics": 1, "slope": False})
    truths = {"level": ratio, "Sunday": 0.2, "bank holiday": 0.5}
    rng, held, width = np.random.default_rng(n + int(mean)), dict.fromkeys(truths, 0), []
    for _ in range(series):
        log_mean = np.log(mean) + latent(rng, n, rho, 0.2) + week + np.log(0.5) * holiday
        log_mean += np.log(ratio) * np.asarray(periods >= launch)
        counts = pd.Series(rng.poisson(np.exp(log_mean)).astype(float), periods)
        fit = Latent().fit(build_design(counts, launch, spec))
        for name, truth in truths.items():
            lower, upper = np.exp(fit.marginal(name).quantile([0.025, 0.975]))
            held[name] += lower <= truth <= upper
            if name == "level":
                width.append(upper / lower)
    shares = " | ".join(f"{100 * held[name] / series:.1f}" for name in truths)
    print(f"| {n} | {mean:g} | {ratio:g} | {rho} | {shares} | {np.median(width):.2f} |", flush=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    every_shape(count)
    for cell in (
        (730, 20, 1.0, 0.4),
        (730, 20, 1.3, 0.4),
        (730, 5, 1.0, 0.4),
        (1460, 20, 1.0, 0.7),
        (1460, 5, 1.3, 0.4),
    ):
        days(*cell, count)
