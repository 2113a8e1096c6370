"""The prior of the library's latent model, and the weights that turn the sampler's plain prior into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.model.latent import LatentPrior


@dataclass(frozen=True, kw_only=True)
class Prior:
    """Density proportional to ``(1 - rho^2)^-power * exp(-rate * sigma)`` on a rectangle; coefficients flat.

    Attributes
    ----------
    rho, sigma : tuple of float
        Lower and upper limit.
    power, rate : float
        See the density; rate 0 is flat in sigma.
    white : tuple of (float, float)
        Shares of the variance without memory, with their prior masses; by default none.
    """

    rho: tuple[float, float] = (-0.3, 0.98)
    sigma: tuple[float, float] = (0.0, 4.0)
    power: float = 1.0
    rate: float = 0.0
    white: tuple[tuple[float, float], ...] = ((0.0, 1.0),)

    def __str__(self) -> str:
        sigma = f"exp(-{self.rate:g} sigma)" if self.rate else "1"
        rho = f"(1-rho^2)^-{self.power:g}"
        planes = "; ".join(f"{share:g} ({mass:g})" for share, mass in self.white)
        return (
            f"{rho} on ({self.rho[0]:g}; {self.rho[1]:g}) x {sigma} on ({self.sigma[0]:g}; {self.sigma[1]:g}) "
            f"x w in {planes}"
        )

    def weights(
        self,
        rho: NDArray[np.float64],
        sigma: NDArray[np.float64],
        rho_limits: tuple[float, float],
        sigma_limits: tuple[float, float],
    ) -> NDArray[np.float64]:
        """Prior density of (rho, sigma) over that of the sampler (power 1, rate 0, on wider limits), not normalised.

        The sampler cannot reach sigma = 0; the sliver between 0 and its lower limit is left out.

        Raises
        ------
        ValueError
            These limits are not inside those of the sampler, so that no weights lead there.
        """
        for mine, sampled in ((self.rho, rho_limits), (self.sigma, sigma_limits)):
            if 0 != mine[0] < sampled[0] or mine[1] > sampled[1]:
                message = (
                    f"The prior has limits {mine}, wider than the {sampled} of density.py. Widen those, sample again."
                )
                raise ValueError(message)
        inside = (rho > self.rho[0]) & (rho < self.rho[1]) & (sigma > self.sigma[0]) & (sigma < self.sigma[1])
        return np.where(inside, (1 - rho**2) ** (1 - self.power) * np.exp(-self.rate * sigma), 0.0)


def prior_of(found: LatentPrior) -> Prior:
    """A prior of the library as weights for the sampler's draws.

    Raises
    ------
    ValueError
        It has a part that ``Prior`` does not know.
    """
    if found.coefficient_sd:
        message = "This prior of the coefficients is not flat, which these weights do not cover."
        raise ValueError(message)
    return Prior(
        rho=(found.rho_lower, found.rho_upper),
        sigma=(0.0, found.sigma_upper),
        power=found.rho_power,
        rate=found.sigma_rate if found.sigma == "exponential" else 0.0,
        white=tuple(sorted(found.white.items())),
    )
