"""Contacts with a known effect: for the bundled evaluation, for tests and for researchers."""

from __future__ import annotations

from evalkit.simulate.config import (
    CampaignSettings,
    ChannelSettings,
    ClaimSettings,
    EvaluationText,
    EventSettings,
    GapSettings,
    RegionSettings,
    SeasonTerm,
    Simulation,
    load_simulation,
)
from evalkit.simulate.files import simulation_files, write_simulation
from evalkit.simulate.process import SimulatedPath, simulate_paths, simulate_series, stationary_ar1
from evalkit.simulate.simulated import Simulated, simulate_contacts

__all__ = [
    "CampaignSettings",
    "ChannelSettings",
    "ClaimSettings",
    "EvaluationText",
    "EventSettings",
    "GapSettings",
    "RegionSettings",
    "SeasonTerm",
    "Simulated",
    "SimulatedPath",
    "Simulation",
    "load_simulation",
    "simulate_contacts",
    "simulate_paths",
    "simulate_series",
    "simulation_files",
    "stationary_ar1",
    "write_simulation",
]
