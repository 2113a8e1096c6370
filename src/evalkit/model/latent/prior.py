"""Priors and numerical settings of the latent model: small frozen options that validate themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from evalkit.errors import ModelError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

SigmaPrior = Literal["flat", "exponential"]


NO_WHITE: Final[Mapping[float, float]] = {0.0: 1.0}
"""A single AR(1)."""
SOME_WHITE: Final[Mapping[float, float]] = {0.0: 0.9, 0.5: 0.1}


@dataclass(frozen=True, kw_only=True)
class LatentPrior:
    r"""Prior of the latent model.

    Attributes
    ----------
    sigma : {"flat", "exponential"}
        Density of the marginal standard deviation of the latent process (log scale) on (0, ``sigma_upper``).
        Exponential(1) has lower coverage in short, small, autocorrelated series; the figures are in
        ``docs/methods/latent.md``.
    sigma_upper : float
        Upper bound of sigma, above 0.  Where more than a tenth of the posterior lies in its last tenth (the
        share that a flat prior puts there) the bound is doubled, at most twice, and the fit says so.
    sigma_rate : float
        Rate of the exponential density; not used by the flat one.
    rho_lower, rho_upper : float
        Support of the lag-one correlation, -1 < rho_lower < rho_upper < 1.
    rho_power : float
        a in ``pi(rho) proportional to (1 - rho^2)^(-a)``.  1 is flat in atanh(rho); 0 is flat in rho.
    white : mapping of float to float
        Prior probability of each value of the memoryless share w of the latent variance: ``u_t = a_t + e_t`` with an
        AR(1) of variance ``sigma^2 (1 - w)`` and independent noise of variance ``sigma^2 w``.  0 <= w < 1; the
        probabilities are above 0 and add to 1.  ``{0.0: 1.0}`` is a single AR(1).
    coefficient_sd : mapping of str to float
        Normal(0, sd) priors for the coefficients named; every other coefficient has a flat prior.
    """

    sigma: SigmaPrior = "flat"
    sigma_upper: float = 4.0
    sigma_rate: float = 1.0
    rho_lower: float = -0.9
    rho_upper: float = 0.98
    rho_power: float = 1.0
    white: Mapping[float, float] = field(default_factory=lambda: dict(SOME_WHITE))
    coefficient_sd: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sigma not in get_args(SigmaPrior):
            raise ModelError(unknown("prior of sigma", self.sigma, get_args(SigmaPrior)))
        if not (0 < self.sigma_upper < 1e3):
            raise ModelError(f"sigma_upper is {self.sigma_upper!r}. Allowed: above 0, below 1000.")
        if not (0 < self.sigma_rate < math.inf):
            raise ModelError(f"sigma_rate is {self.sigma_rate!r}. Allowed: a finite number above 0.")
        if not -1 < self.rho_lower < self.rho_upper < 1:
            raise ModelError(
                f"rho runs from {self.rho_lower!r} to {self.rho_upper!r}. Allowed: -1 < rho_lower < rho_upper < 1."
            )
        if not 0 <= self.rho_power <= 2:
            raise ModelError(f"rho_power is {self.rho_power!r}. Allowed: from 0 to 2.")
        self._require_shares()
        for name, sd in self.coefficient_sd.items():
            if not (0 < sd < math.inf):
                raise ModelError(f"The prior sd of {name!r} is {sd!r}. Allowed: a finite number above 0.")

    def _require_shares(self) -> None:
        shares = [w for w in self.white if not 0 <= w < 1]
        if shares or not self.white:
            raise ModelError(f"white has the share {shares[0] if shares else 'none'}. Allowed: from 0 to below 1.")
        masses = list(self.white.values())
        if not (min(masses) > 0 and math.isclose(sum(masses), 1, abs_tol=1e-9)):
            raise ModelError(f"The probabilities of white are {masses}. Allowed: above 0, adding to 1.")

    def planes(self) -> NDArray[np.float64]:
        """Value and log prior mass of each w, increasing, shape (planes, 2)."""
        return self._planes

    @cached_property
    def _planes(self) -> NDArray[np.float64]:
        return np.array([[w, math.log(self.white[w])] for w in sorted(self.white)])

    def hyper(self, sigma_upper: float) -> NDArray[np.float64]:
        """What the kernel reads: bounds of rho and sigma, rate, power, log normalising constant."""
        rate = self.sigma_rate if self.sigma == "exponential" else 0.0
        of_sigma = math.log(sigma_upper) if rate == 0 else math.log(-math.expm1(-rate * sigma_upper) / rate)
        of_rho = _log_mass_of_rho(self.rho_lower, self.rho_upper, self.rho_power)
        bounds = [self.rho_lower, self.rho_upper, 0.0, sigma_upper]
        return np.array([*bounds, rate, self.rho_power, -of_sigma - of_rho])

    def precision(self, terms: tuple[str, ...]) -> NDArray[np.float64]:
        """Prior precision of each coefficient; 0 where flat."""
        strange = sorted(set(self.coefficient_sd) - set(terms))
        if strange:
            raise ModelError(unknown("coefficient with a prior", strange[0], terms))
        return np.array([1 / self.coefficient_sd[t] ** 2 if t in self.coefficient_sd else 0.0 for t in terms])


@cache
def _log_mass_of_rho(lower: float, upper: float, power: float) -> float:
    """Log integral of ``(1 - rho^2)^(-power)``, in atanh(rho)."""
    z = np.linspace(math.atanh(lower), math.atanh(upper), 2001)
    return math.log(float(np.trapezoid(np.cosh(z) ** (2 * (power - 1)), z)))


@dataclass(frozen=True, kw_only=True)
class LatentGrid:
    """Numerical settings of the integration over (rho, sigma).

    Attributes
    ----------
    cutoff : float
        Grid points below this share of the highest one are dropped; 0 < cutoff < 1.
    step : float
        Widest grid cell, in posterior standard deviations.
    cells : tuple of int
        Least number of cells over the whole range of rho and of sigma, each 4 or more.
    order : {0, 1, 2}
        Order of the correction beyond Laplace: none (normal marginals), mean and skewness, or those with the next terms
        of variance and marginal likelihood.
    tolerance : float
        Newton stops when no log mean moves by more than this.
    """

    cutoff: float = 3e-4
    step: float = 1.6
    cells: tuple[int, int] = (8, 8)
    order: Literal[0, 1, 2] = 2
    tolerance: float = 1e-2

    def __post_init__(self) -> None:
        if not 0 < self.cutoff < 1:
            raise ModelError(f"cutoff is {self.cutoff!r}. Allowed: above 0, below 1.")
        if not 0.1 <= self.step <= 3:
            raise ModelError(f"step is {self.step!r}. Allowed: from 0.1 to 3 posterior standard deviations.")
        if min(self.cells) < 4 or max(self.cells) > 200:
            raise ModelError(f"cells is {self.cells!r}. Allowed: two whole numbers from 4 to 200.")
        if self.order not in (0, 1, 2):
            raise ModelError(f"order is {self.order!r}. Allowed: 0, 1 or 2.")
        if not 0 < self.tolerance <= 0.01:
            raise ModelError(f"tolerance is {self.tolerance!r}. Allowed: above 0, at most 0.01.")

    def control(self, scale: float) -> NDArray[np.float64]:
        """What the kernel reads (:func:`evalkit.model.latent.explore.explore`)."""
        start = 0.3
        return np.array(
            [-math.log(self.cutoff), self.step, self.order, self.tolerance, scale, self.cells[0], self.cells[1], start]
        )
