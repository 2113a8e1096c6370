"""The calibrated core: Poisson counts with a latent AR(1) process, by deterministic nested Laplace integration."""

from evalkit.model.latent.fit import Latent, LatentFit
from evalkit.model.latent.forecast import Forecast, ForecastFit
from evalkit.model.latent.marginal import GridMarginal, MixtureMarginal
from evalkit.model.latent.posterior import JointDraws, LatentModel, LatentPosterior, NormalMixture, fit_latent
from evalkit.model.latent.prior import LatentGrid, LatentPrior
from evalkit.model.latent.series import Series, fit_many_latent

__all__ = [
    "Forecast",
    "ForecastFit",
    "GridMarginal",
    "JointDraws",
    "Latent",
    "LatentFit",
    "LatentGrid",
    "LatentModel",
    "LatentPosterior",
    "LatentPrior",
    "MixtureMarginal",
    "NormalMixture",
    "Series",
    "fit_latent",
    "fit_many_latent",
]
