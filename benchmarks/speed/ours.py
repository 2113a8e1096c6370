"""What is timed in this process: each function does one series, from its counts to an interval of the level change."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.effect import estimate_effect
from evalkit.model import Latent
from evalkit.model.latent import fit_latent
from evalkit.model.segmented import newey_west_lags

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design

    Timed = Callable[[NDArray[np.float64], Design], Any]

_TAILS = (0.5, 0.025, 0.975)


def latent_arrays(y: NDArray[np.float64], design: Design) -> NDArray[np.float64]:
    """Latent core on arrays: posterior, median and central 95 %."""
    return fit_latent(y, design.with_campaign).coefficient(design.column(vocab.LEVEL)).quantile(_TAILS)


def latent_design(y: NDArray[np.float64], design: Design) -> NDArray[np.float64]:
    """The same through the library's model and design, with its checks of the data."""
    return Latent().fit(replace(design, observed=y)).marginal(vocab.LEVEL).quantile(_TAILS)


def latent_effect(y: NDArray[np.float64], design: Design) -> Any:
    """The public call: design, fit, all four estimands from 4,000 joint draws, path, second opinion."""
    return estimate_effect(pd.Series(y, index=design.periods), design.launch)


def glm_arrays(y: NDArray[np.float64], design: Design) -> Any:
    """Poisson GLM of statsmodels with HAC covariance, on arrays."""
    import statsmodels.api as sm

    fit = sm.GLM(y, design.with_campaign, family=sm.families.Poisson()).fit(**_hac(len(y)))
    return fit.params, fit.bse


def glm_formula(y: NDArray[np.float64], design: Design) -> Any:
    """The same through the formula interface, from a data frame."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    names = [f"x{j}" for j in range(1, design.with_campaign.shape[1])]
    frame = pd.DataFrame(design.with_campaign[:, 1:], columns=names).assign(y=y)
    fit = smf.glm("y ~ " + " + ".join(names), frame, family=sm.families.Poisson()).fit(**_hac(len(y)))
    return fit.params, fit.bse


def sarimax(y: NDArray[np.float64], design: Design) -> Any:
    """SARIMAX(1,0,0) of statsmodels with the design as regressors, log counts."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fit = SARIMAX(np.log(y + 0.5), exog=design.with_campaign, order=(1, 0, 0)).fit(disp=0, maxiter=200)
    return fit.params, fit.bse


def _hac(n: int) -> dict[str, Any]:
    return {"cov_type": "HAC", "cov_kwds": {"maxlags": newey_west_lags(n), "use_correction": True}}


TIMED: Final[dict[str, tuple[str, Timed]]] = {
    "latent": ("latent, on arrays", latent_arrays),
    "latent-design": ("latent, through model and design", latent_design),
    "latent-effect": ("latent, whole effect with 4,000 draws", latent_effect),
    "glm-hac-arrays": ("statsmodels Poisson GLM + HAC, arrays", glm_arrays),
    "glm-hac-formula": ("statsmodels Poisson GLM + HAC, formula", glm_formula),
    "sarimax": ("statsmodels SARIMAX(1,0,0), log counts", sarimax),
}
