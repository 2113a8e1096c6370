"""Many regions together, on arrays: random effects from estimates, and the hierarchical model from densities."""

from evalkit.model.pooled.hierarchy import GridDensity, Hierarchy, HierarchyPosterior, integrate
from evalkit.model.pooled.random_effects import Combination, RandomEffects, combine

__all__ = [
    "Combination",
    "GridDensity",
    "Hierarchy",
    "HierarchyPosterior",
    "RandomEffects",
    "combine",
    "integrate",
]
