"""Structural time series: level and season that move, and a regression (statsmodels' UnobservedComponents)."""

from evalkit.model.structural.options import Structural

__all__ = ["Structural"]
