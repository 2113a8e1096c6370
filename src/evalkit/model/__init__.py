"""Models of a design: every one takes its options, fits a design, and hands on the same kind of fit."""

from evalkit.model.base import Draws, Fit, Marginal, Model, Requirements, StudentMarginal
from evalkit.model.latent import Forecast, ForecastFit, Latent, LatentFit, LatentGrid, LatentPrior
from evalkit.model.registry import MODELS, fit_many
from evalkit.model.segmented import Segmented, SegmentedFit

__all__ = [
    "MODELS",
    "Draws",
    "Fit",
    "Forecast",
    "ForecastFit",
    "Latent",
    "LatentFit",
    "LatentGrid",
    "LatentPrior",
    "Marginal",
    "Model",
    "Requirements",
    "Segmented",
    "SegmentedFit",
    "StudentMarginal",
    "fit_many",
]
