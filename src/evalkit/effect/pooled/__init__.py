"""Many regions together: effects combined, one hierarchical model, effects by time since launch."""

from evalkit.effect.pooled.one_stage import estimate_pooled
from evalkit.effect.pooled.pooled import Heterogeneity, LeftOut, Pooled
from evalkit.effect.pooled.two_stage import pool_effects

__all__ = ["Heterogeneity", "LeftOut", "Pooled", "estimate_pooled", "pool_effects"]
