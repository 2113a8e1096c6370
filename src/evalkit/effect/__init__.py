"""From a fit to what the campaign changed, with intervals, or the reason why that cannot be said."""

from evalkit.effect.compute import effect_from_fit, effect_of
from evalkit.effect.cost import cost_per_contact
from evalkit.effect.effect import Effect
from evalkit.effect.estimate import Estimate, NotEstimable, Window
from evalkit.effect.estimation import Effects, estimate_effect, estimate_effects
from evalkit.effect.path import Sampling
from evalkit.effect.pooled import (
    EventStudy,
    Heterogeneity,
    LeftOut,
    Pooled,
    RegionEstimate,
    estimate_pooled,
    event_study,
    pool_effects,
    pool_estimates,
)

__all__ = [
    "Effect",
    "Effects",
    "Estimate",
    "EventStudy",
    "Heterogeneity",
    "LeftOut",
    "NotEstimable",
    "Pooled",
    "RegionEstimate",
    "Sampling",
    "Window",
    "cost_per_contact",
    "effect_from_fit",
    "effect_of",
    "estimate_effect",
    "estimate_effects",
    "estimate_pooled",
    "event_study",
    "pool_effects",
    "pool_estimates",
]
