"""Registers of campaigns, events, claims, series and populations: published facts as typed rows."""

from __future__ import annotations

from evalkit.registers.dates import ImpreciseDate, Interval, parse_date
from evalkit.registers.launches import read_launches
from evalkit.registers.overlap import campaigns_during
from evalkit.registers.published import published
from evalkit.registers.readers import (
    read_campaigns,
    read_claims,
    read_conflicts,
    read_events,
    read_population,
    read_series,
)
from evalkit.registers.rows import Campaign, ClaimRow, ConflictRow, Event, PopulationRow, SeriesRow, Source

__all__ = [
    "Campaign",
    "ClaimRow",
    "ConflictRow",
    "Event",
    "ImpreciseDate",
    "Interval",
    "PopulationRow",
    "SeriesRow",
    "Source",
    "campaigns_during",
    "parse_date",
    "published",
    "read_campaigns",
    "read_claims",
    "read_conflicts",
    "read_events",
    "read_launches",
    "read_population",
    "read_series",
]
