"""Simulate, fit with the compiled core, and count how often each conclusion would be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import scipy

from evalkit import vocab
from evalkit.check.planning.result import Power
from evalkit.design import Comparison, DesignSpec, build_design
from evalkit.errors import CannotEstimate
from evalkit.model import Controlled, Fit, Latent, Marginal, Model, fit_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from evalkit.check.planning.plan import PowerPlan, Scenario
    from evalkit.cluster import Mapper
    from evalkit.design import Design

LAUNCH: Final = pd.Period("2020-01", "M")
_CHUNK: Final = 200  # series held and fitted at once
_DRAWS, _SEED = 1000, 20190502


def power(
    plan: PowerPlan,
    *,
    model: Model | None = None,
    progress: Callable[[int, int], None] | None = None,
    mapper: Mapper | None = None,
) -> Power:
    """How often a planned evaluation would show an effect, and confirm or refute a claim, by simulation.

    For region r and month t (years since the launch), with ``u`` stationary AR(1) processes of their own and one common
    shock s a series::

        log E[y_rt] = log mean + t log growth + season cos(2 pi t) + u_rt - sigma^2 / 2
                      + (t >= 0) (s + [r treated] log ratio)

    Counts are Poisson given that. Each series is fitted as it would be in an evaluation, with the latent model, or with
    the controlled one where there are comparison regions, and judged by its rate ratio over the months from the launch
    on. The same random numbers serve every ratio, so that the curves are smooth.

    Parameters
    ----------
    plan : PowerPlan
        What is planned.
    model : Model, optional
        Another model for the single region; needs a level term. Plans with comparison regions use ``Controlled()``.
    progress : callable, optional
        Called with (done, total) fits now and then.
    mapper : callable, optional
        What spreads the work, called like the built-in ``map``: ``evalkit.connect(address).map`` for a cluster. The
        figures do not depend on it.

    Returns
    -------
    Power
        Shares with their Monte-Carlo errors; see its table.
    """
    curves = [(scenario, ratio) for scenario in plan.scenarios for ratio in plan.ratios]
    parts = [
        _Part(plan, scenario, ratio, range(start, min(start + _CHUNK, plan.replicates)), model)
        for scenario, ratio in curves
        for start in range(0, plan.replicates, _CHUNK)
    ]
    found: dict[tuple[Scenario, float], list[_Conclusion | None]] = {curve: [] for curve in curves}
    done = 0
    for part, conclusions in zip(parts, (mapper or map)(_concluded, parts), strict=True):
        found[part.scenario, part.ratio] += conclusions
        done += len(part.numbers) * (1 + part.scenario.comparisons)
        if progress is not None:
            progress(done, plan.fits)
    rows = [_row(scenario, ratio, found[scenario, ratio], plan) for scenario, ratio in curves]
    return Power(plan=plan, table=pd.DataFrame(rows))


@dataclass(frozen=True)
class _Part:
    """Some of the replicates of one point of a curve: what one task simulates and fits."""

    plan: PowerPlan
    scenario: Scenario
    ratio: float
    numbers: range
    model: Model | None


def _concluded(part: _Part) -> list[_Conclusion | None]:
    """What each replicate of a part would conclude; the random numbers hang on the replicate, not on the part."""
    chosen = (part.model or Latent()) if part.scenario.comparisons == 0 else Controlled()
    counts = _counts(part.plan, part.scenario, part.ratio, part.numbers)
    return _conclusions(chosen, _template(part.plan, part.scenario), counts, part.plan)


@dataclass(frozen=True)
class _Conclusion:
    """What one simulated evaluation would say: the interval (log), and the probability that the claim is reached."""

    lower: float
    upper: float
    reached: float


def _template(plan: PowerPlan, scenario: Scenario) -> Design:
    n = scenario.before + scenario.after
    periods = pd.period_range(LAUNCH - scenario.before, periods=n, freq="M")
    spec = DesignSpec(slope=plan.slope, harmonics=plan.harmonics)
    return build_design(pd.Series(np.ones(n), index=periods), LAUNCH, spec)


def _counts(plan: PowerPlan, scenario: Scenario, ratio: float, numbers: range) -> NDArray[np.float64]:
    """Simulated counts, shape (series, n, 1 + comparisons), the treated region first."""
    regions = 1 + scenario.comparisons
    months = np.arange(-scenario.before, scenario.after)
    systematic = np.log(scenario.mean) + np.log(plan.growth) * months / 12 + plan.season * np.cos(np.pi * months / 6)
    counts = np.empty((len(numbers), len(months), regions))
    for row, number in enumerate(numbers):
        rng = np.random.default_rng([plan.seed, number, *_key(scenario)])
        u = _processes(rng, len(months), regions, scenario)
        shock = plan.shock * rng.standard_normal() * (months >= 0)
        log_mean = (systematic + shock)[:, None] + u
        log_mean[:, 0] += np.log(ratio) * (months >= 0)
        counts[row] = scipy.stats.poisson.ppf(rng.uniform(size=u.shape), np.exp(log_mean))
    return counts


def _key(scenario: Scenario) -> tuple[int, ...]:
    values = (scenario.before, scenario.after, scenario.mean, scenario.dispersion, scenario.autocorrelation)
    return tuple(round(1000 * value) for value in (*values, scenario.comparisons))


def _processes(rng: np.random.Generator, n: int, regions: int, scenario: Scenario) -> NDArray[np.float64]:
    """AR(1) paths of mean exp(-sigma^2/2) on the log scale, shape (n, regions): the expected count stays the mean."""
    rho, sigma = scenario.autocorrelation, scenario.sigma
    steps = rng.standard_normal((n, regions)) * sigma
    steps[1:] *= np.sqrt(1 - rho**2)
    for t in range(1, n):
        steps[t] += rho * steps[t - 1]
    return steps - sigma**2 / 2


def _conclusions(
    model: Model, template: Design, counts: NDArray[np.float64], plan: PowerPlan
) -> list[_Conclusion | None]:
    designs = [_observed(template, one) for one in counts]
    tails = [(1 - plan.level) / 2, (1 + plan.level) / 2]
    found: list[_Conclusion | None] = []
    for fit in fit_many(model, designs):
        try:
            if isinstance(fit, CannotEstimate):
                raise fit
            marginal = log_rate_ratio(fit)
        except CannotEstimate:  # also from the draws of a fit; counted, and reported as "not estimable"
            found.append(None)
            continue
        lower, upper = (float(end) for end in marginal.quantile(tails))
        found.append(_Conclusion(lower, upper, _reached(float(marginal.cdf(np.log(plan.claim or 1.0))), plan)))
    return found


@dataclass(frozen=True, eq=False)
class _Sample:
    """Equally weighted draws of a number, read like a marginal."""

    sorted: NDArray[np.float64]

    def quantile(self, q: ArrayLike) -> NDArray[np.float64]:
        """Sample quantiles."""
        return np.asarray(np.quantile(self.sorted, np.asarray(q, dtype=np.float64)))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Share of the draws below x."""
        return np.asarray(np.searchsorted(self.sorted, x) / len(self.sorted))


def log_rate_ratio(fit: Fit) -> Marginal | _Sample:
    """Posterior of the log rate ratio over the window.

    Without a slope change the ratio is the same in every month, and the level change is it. Otherwise it comes from
    joint draws, as in an evaluation, only fewer.
    """
    design = fit.design
    if vocab.SLOPE not in fit.terms:
        return fit.marginal(vocab.LEVEL)
    draws = fit.draws(_DRAWS, _SEED)
    totals = (part[:, design.window].sum(axis=1) for part in (draws.with_campaign, draws.without_campaign))
    return _Sample(np.sort(np.log(np.divide(*totals))))


def _reached(below: float, plan: PowerPlan) -> float:
    """Probability that the claim is reached, from that of a ratio below it: "at most" for a claimed fall."""
    return below if plan.claim is not None and plan.claim < 1 else 1 - below


def _observed(template: Design, counts: NDArray[np.float64]) -> Design:
    others = counts[:, 1:]
    names = tuple(f"comparison {j}" for j in range(1, others.shape[1] + 1))
    comparison = Comparison(names=names, observed=others, offset=np.zeros_like(others)) if names else None
    return replace(template, observed=counts[:, 0], comparison=comparison, controlled=bool(names))


def _row(scenario: Scenario, ratio: float, found: list[_Conclusion | None], plan: PowerPlan) -> dict[str, float | int]:
    some = [one for one in found if one is not None]
    lower, upper = (np.array([getattr(one, end) for one in some]) for end in ("lower", "upper"))
    reached = np.array([one.reached for one in some])
    total = len(found)
    rise, fall = lower > 0, upper < 0
    detected = {0: rise | fall, 1: rise, -1: fall}[int(np.sign(np.log(ratio)))]
    row: dict[str, float | int] = {name: getattr(scenario, name) for name in scenario.__dataclass_fields__}
    row |= {"ratio": ratio, "replicates": total}
    shares = {"detected": detected}
    if plan.claim is not None:
        up = plan.claim > 1
        away, short = (rise, upper < np.log(plan.claim)) if up else (fall, lower > np.log(plan.claim))
        shares["confirmed"] = (reached >= plan.likely) & away
        shares["refuted"] = (reached <= plan.excluded) & short
    for name, hits in shares.items():
        share = float(hits.sum()) / total
        row |= {name: share, f"{name}_mcse": _mcse(share, total)}
    row["half_width"] = float(np.exp(np.median(upper - lower) / 2)) if some else float("inf")
    row["not_estimable"] = 1 - len(some) / total
    return row


def _mcse(share: float, total: int) -> float:
    """Monte-Carlo standard error of a share, with one success and one failure added so that it is never 0."""
    p = (share * total + 1) / (total + 2)
    return float(np.sqrt(p * (1 - p) / total))
