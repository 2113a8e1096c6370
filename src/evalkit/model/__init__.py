"""Models of a design: every one takes its options, fits a design, and hands on the same kind of fit."""

from evalkit.model.arima import Arima
from evalkit.model.base import (
    CampaignDraws,
    Compares,
    Component,
    Draws,
    Fit,
    HasComponents,
    Link,
    Marginal,
    Model,
    ReadsKind,
    Requirements,
    StudentMarginal,
    kind_of,
)
from evalkit.model.controlled import Controlled
from evalkit.model.latent import Forecast, ForecastFit, Latent, LatentFit, LatentGrid, LatentPrior
from evalkit.model.pooled import Hierarchy, RandomEffects
from evalkit.model.registry import MODELS, fit_many
from evalkit.model.segmented import Segmented, SegmentedFit
from evalkit.model.structural import Structural
from evalkit.model.synthetic import (
    PlaceboInSpace,
    Synthetic,
    SyntheticFit,
    leave_one_donor_out,
    placebo_gaps,
    placebo_in_space,
)

__all__ = [
    "MODELS",
    "Arima",
    "CampaignDraws",
    "Compares",
    "Component",
    "Controlled",
    "Draws",
    "Fit",
    "Forecast",
    "ForecastFit",
    "HasComponents",
    "Hierarchy",
    "Latent",
    "LatentFit",
    "LatentGrid",
    "LatentPrior",
    "Link",
    "Marginal",
    "Model",
    "PlaceboInSpace",
    "RandomEffects",
    "ReadsKind",
    "Requirements",
    "Segmented",
    "SegmentedFit",
    "Structural",
    "StudentMarginal",
    "Synthetic",
    "SyntheticFit",
    "fit_many",
    "kind_of",
    "leave_one_donor_out",
    "placebo_gaps",
    "placebo_in_space",
]
