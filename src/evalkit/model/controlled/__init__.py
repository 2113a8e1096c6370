"""The treated region against comparison regions: the treated change net of the comparison change."""

from evalkit.model.controlled.fits import COMPARISON_CHANGE, TREATED_CHANGE
from evalkit.model.controlled.gaussian import GaussianFit
from evalkit.model.controlled.options import Controlled
from evalkit.model.controlled.separate import SeparateFit
from evalkit.model.controlled.shared import SharedFit
from evalkit.model.controlled.stacked import StackedFit

__all__ = ["COMPARISON_CHANGE", "TREATED_CHANGE", "Controlled", "GaussianFit", "SeparateFit", "SharedFit", "StackedFit"]
