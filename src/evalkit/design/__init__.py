"""From a series of counts to a design: trend, season, events, and the campaign's own terms."""

from evalkit.design.beside import Comparison, ControlsAs
from evalkit.design.matrix import Design, build_design, frequency_of
from evalkit.design.spec import DesignSpec, EventTerm

__all__ = ["Comparison", "ControlsAs", "Design", "DesignSpec", "EventTerm", "build_design", "frequency_of"]
