"""Many regions together: effects combined, one hierarchical model, effects by time since launch."""

from evalkit.effect.pooled.event_study import EventStudy, event_study
from evalkit.effect.pooled.one_stage import estimate_pooled
from evalkit.effect.pooled.pooled import Heterogeneity, LeftOut, Pooled
from evalkit.effect.pooled.two_stage import RegionEstimate, pool_effects, pool_estimates

__all__ = [
    "EventStudy",
    "Heterogeneity",
    "LeftOut",
    "Pooled",
    "RegionEstimate",
    "estimate_pooled",
    "event_study",
    "pool_effects",
    "pool_estimates",
]
