"""The moving parts of a structural time series, from the state space form of statsmodels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

IRREGULAR: Final = "irregular"


@dataclass(frozen=True, kw_only=True, eq=False)
class Components:
    """Level, trend and season over n periods.

    The signal is ``basis @ start + u``: paths of the unknown starting state, and what the shocks have added since.

    Attributes
    ----------
    basis : ndarray of shape (n, k)
        Column i is the signal that starting state i gives when no shock follows.
    shocks : mapping of str to ndarray of shape (n, n)
        By name (``"level"``, ``"trend"``, ``"seasonal"``) the covariance of u for shocks of variance 1.
    """

    basis: NDArray[np.float64]
    shocks: Mapping[str, NDArray[np.float64]]


@lru_cache(maxsize=32)
def components_of(n: int, level: str, season: int, stochastic: bool) -> Components:
    """The components over n periods; ``season`` is the number of periods in a year, 0 for none."""
    model = unobserved_components(np.zeros(n), level=level, season=season, stochastic=stochastic)
    transition, design = np.array(model.ssm["transition"]), np.array(model.ssm["design"])[0]
    powers = np.empty((n, len(design)))
    powers[0] = design
    for t in range(1, n):
        powers[t] = powers[t - 1] @ transition
    names = list(model.param_names)
    shocks = {}
    for position, name in enumerate(names):
        if name != f"sigma2.{IRREGULAR}":
            model.update(np.eye(len(names))[position])
            selection = np.array(model.ssm["selection"])
            shocks[name.removeprefix("sigma2.")] = _spread(powers, selection @ model.ssm["state_cov"] @ selection.T)
    return Components(basis=powers, shocks=shocks)


def unobserved_components(
    outcome: NDArray[np.float64],
    *,
    level: str,
    season: int,
    stochastic: bool,
    exog: NDArray[np.float64] | None = None,
) -> Any:
    """The statsmodels model; ``exog`` enters as regressors with coefficients of maximum likelihood."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return UnobservedComponents(
        outcome, level=level, seasonal=season or None, stochastic_seasonal=stochastic, exog=exog
    )


def _spread(powers: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of the signal when each period but the first adds a shock to the state, shape (n, n).

    A shock in period r moves the signal of period t >= r by ``design @ transition^(t - r)``.
    """
    n = len(powers)
    each = powers @ covariance @ powers.T  # shocks of one period, by the periods since
    total = np.zeros((n, n))
    for r in range(1, n):
        total[r:, r:] += each[: n - r, : n - r]
    return total
