"""Simulated panels of one treated region and its donors, with a common shock at the launch and a known effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from evalkit.model.synthetic.panel import Panel
from evalkit.simulate.process import stationary_ar1

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scenario = Literal["alike", "noisier", "edge", "larger donors", "fading effect"]
SCENARIOS: Final = {
    "alike": "treated region and donors are drawn alike; no effect",
    "noisier": "the treated region fluctuates twice as much as a typical donor (0.3); no effect",
    "edge": "the treated region follows the common factor as strongly as the strongest donor (1.4); no effect",
    "larger donors": "donors are five times as large; no effect",
    "fading effect": "twice the contacts at launch, halving every four months",
}
POST: Final = 12
_SHOCK, _GROWTH, _SEASON, _FACTOR = 1.3, 1.1, 0.15, 0.15


@dataclass(frozen=True)
class Cell:
    """One design of the study: months in all, mean count of the treated region, donors, autocorrelation, scenario."""

    n: int
    mean: float
    donors: int
    rho: float
    scenario: Scenario = "alike"


@dataclass(frozen=True, eq=False)
class Simulated:
    """Counts of shape (n, k + 1), the treated region first, months before launch, and the true window rate ratio."""

    counts: NDArray[np.float64]
    before: int
    truth: float

    @property
    def panel(self) -> Panel:
        """As the library lays it out, matched on the index."""
        n, regions = self.counts.shape
        pre = np.arange(n) < self.before
        level = self.counts[pre].mean(axis=0)
        return Panel(
            names=("", *(str(j) for j in range(1, regions))),
            values=self.counts,
            exposure=np.ones_like(self.counts),
            scaled=self.counts / level,
            level=level,
            pre=pre,
            window=~pre,
            available=np.ones(n, dtype=np.bool_),
            match="index",
            kind="counts",
        )


def simulate(cell: Cell, seed: int) -> Simulated:
    """Draw one panel.

    For region j and month t, with f a common AR(1) factor (correlation 0.6, standard deviation 0.15)::

        log E[y_jt] = log m_j + season_t + log(1.1) t / 12 + l_j f_t + log(1.3) [t >= launch] + u_jt

    y is Poisson given u; l_j ~ U(0.6, 1.4); u_j is the region's own AR(1) with correlation rho and standard deviation
    U(0.1, 0.2); donors' m_j lie between half and three times the treated region's.
    """
    key = [seed, cell.n, int(cell.mean), cell.donors, round(10 * cell.rho), list(SCENARIOS).index(cell.scenario)]
    rng = np.random.default_rng(key)
    regions, t = cell.donors + 1, np.arange(cell.n)
    before = cell.n - POST
    loading, spread = rng.uniform(0.6, 1.4, regions), rng.uniform(0.1, 0.2, regions)
    size = cell.mean * np.exp(rng.uniform(np.log(0.5), np.log(3), regions))
    size[0] = cell.mean
    if cell.scenario == "noisier":
        spread[0] = 0.3
    if cell.scenario == "edge":
        loading[0] = 1.4
    if cell.scenario == "larger donors":
        size[1:] *= 5
    factor = stationary_ar1(rng, cell.n, rho=0.6, sigma=_FACTOR)
    own = np.column_stack([stationary_ar1(rng, cell.n, rho=cell.rho, sigma=s) for s in spread])
    shared = _SEASON * np.cos(2 * np.pi * t / 12) + np.log(_GROWTH) * t / 12 + np.log(_SHOCK) * (t >= before)
    log_mean = np.log(size) + shared[:, None] + factor[:, None] * loading + own
    truth = 1.0
    if cell.scenario == "fading effect":
        effect = np.where(t >= before, 1 + np.exp2(-(t - before) / 4), 1.0)
        expected = np.exp(log_mean[before:, 0])
        truth = float((expected * effect[before:]).sum() / expected.sum())
        log_mean[:, 0] += np.log(effect)
    return Simulated(rng.poisson(np.exp(log_mean)).astype(float), before, truth)
