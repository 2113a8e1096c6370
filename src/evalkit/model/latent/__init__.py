"""The calibrated core: Poisson counts with a latent AR(1) process, by deterministic nested Laplace integration."""

from evalkit.model.latent.posterior import JointDraws, LatentModel, LatentPosterior, fit_latent
from evalkit.model.latent.prior import LatentGrid, LatentPrior

__all__ = ["JointDraws", "LatentGrid", "LatentModel", "LatentPosterior", "LatentPrior", "fit_latent"]
