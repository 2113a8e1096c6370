"""What is simulated: regions with launches one after another, effects that differ, and what comes to all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.simulate.process import stationary_ar1

MONTHS: Final = 48
FIRST, LAST = 24, 35  # launches lie between these months, evenly, so that each window of 12 is within the data
WINDOW: Final = 12
NEVER: Final = 4  # regions without a campaign
RHO, OVERDISPERSION = 0.4, 3.0
SHOCK_MONTH, SHOCK_RATIO = 30, 1.5
SHARED_SD, SHARED_RHO = 0.15, 0.6
Shock = Literal["none", "step", "fluctuation"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting.

    Attributes
    ----------
    regions : int
        With a campaign; four further ones have none.
    tau : float
        Standard deviation of the log effects between regions.
    shock : {"none", "step", "fluctuation"}
        What comes to all regions at once: nothing; half as many contacts again from month 30 on; a fluctuation
        (standard deviation 0.15, correlation 0.6 from month to month).
    ratio : float
        exp of the mean log effect.
    lowest, highest : float
        Mean counts a month of the regions, drawn evenly on the log scale between these.
    """

    regions: int
    tau: float
    shock: Shock = "none"
    ratio: float = 1.0
    lowest: float = 10.0
    highest: float = 200.0

    @property
    def key(self) -> str:
        """A file name."""
        return f"{self.regions}_{self.tau:g}_{self.shock}_{self.ratio:g}_{self.lowest:g}_{self.highest:g}"

    @property
    def beside(self) -> bool:
        """Whether the comparison with regions not yet launched is studied too: where it matters, to save time."""
        return self.shock != "none" or (self.regions == 8 and self.ratio == 1 and self.lowest >= 10)

    def simulate(self, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, str]]:
        """Counts, one column a region, and the launches."""
        periods = pd.period_range("2015-01", periods=MONTHS, freq="M")
        t = np.arange(MONTHS)
        common = self._common(rng, t)
        starts = np.round(np.linspace(FIRST, LAST, self.regions)).astype(int)
        columns, launches = {}, {}
        for place in range(self.regions + NEVER):
            mean = math.exp(rng.uniform(math.log(self.lowest), math.log(self.highest)))
            log_mean = math.log(mean) + common + rng.normal(0, 0.05) * t / 12
            log_mean = log_mean + 0.2 * np.sin(2 * np.pi * (t / 12 + rng.normal(0, 0.1)))
            variance = math.log1p((OVERDISPERSION - 1) / mean)
            log_mean = log_mean + stationary_ar1(rng, MONTHS, rho=RHO, sigma=math.sqrt(variance)) - variance / 2
            name = f"region {place + 1}"
            if place < self.regions:
                effect = math.log(self.ratio) + self.tau * rng.normal()
                log_mean = log_mean + effect * (t >= starts[place])
                launches[name] = str(periods[starts[place]])
            columns[name] = rng.poisson(np.exp(log_mean)).astype(float)
        return pd.DataFrame(columns, index=periods), launches

    def _common(self, rng: np.random.Generator, t: NDArray[np.int64]) -> NDArray[np.float64]:
        if self.shock == "step":
            return math.log(SHOCK_RATIO) * (t >= SHOCK_MONTH)
        if self.shock == "fluctuation":
            return np.asarray(stationary_ar1(rng, len(t), rho=SHARED_RHO, sigma=SHARED_SD))
        return np.zeros(len(t))


_TAUS: Final = (0.0, 0.1, 0.3)
CELLS: Final = (
    *(Cell(regions=k, tau=tau, shock=shock) for k in (4, 8, 20) for shock in ("none", "step") for tau in _TAUS),
    *(Cell(regions=8, tau=tau, shock="fluctuation") for tau in _TAUS),
    *(Cell(regions=8, tau=tau, ratio=1.5) for tau in _TAUS),
    *(Cell(regions=8, tau=tau, lowest=4.0, highest=12.0) for tau in _TAUS),
    *(Cell(regions=k, tau=tau) for k in (2, 3) for tau in (0.0, 0.3)),
)
