"""From a series of counts to a design: trend, season, events, and the campaign's own terms."""

from evalkit.design.beside import Comparison, ControlsAs, repeats
from evalkit.design.calendar import BankHolidays, Opening, bank_holidays, days_open
from evalkit.design.campaign import Part, Timeline
from evalkit.design.matrix import Design, build_design
from evalkit.design.season import frequency_of
from evalkit.design.spec import Decay, DesignSpec, EventTerm, Flights, design_spec, event_terms

__all__ = [
    "BankHolidays",
    "Comparison",
    "ControlsAs",
    "Decay",
    "Design",
    "DesignSpec",
    "EventTerm",
    "Flights",
    "Opening",
    "Part",
    "Timeline",
    "bank_holidays",
    "build_design",
    "days_open",
    "design_spec",
    "event_terms",
    "frequency_of",
    "repeats",
]
