"""The registers of published figures that travel with the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, overload

from evalkit.errors import UsageError, unknown
from evalkit.registers.readers import (
    read_campaigns,
    read_claims,
    read_conflicts,
    read_events,
    read_population,
    read_series,
)
from evalkit.registers.rows import Campaign, ClaimRow, ConflictRow, Event, PopulationRow, SeriesRow
from evalkit.resources import path

__all__ = ["published"]

_READERS: Final[dict[str, Callable[[Path], tuple[object, ...]]]] = {
    "campaigns": read_campaigns,
    "claims": read_claims,
    "conflicts": read_conflicts,
    "events": read_events,
    "population": read_population,
    "series": read_series,
}


@overload
def published(name: Literal["campaigns"]) -> tuple[Campaign, ...]: ...
@overload
def published(name: Literal["claims"]) -> tuple[ClaimRow, ...]: ...
@overload
def published(name: Literal["conflicts"]) -> tuple[ConflictRow, ...]: ...
@overload
def published(name: Literal["events"]) -> tuple[Event, ...]: ...
@overload
def published(name: Literal["population"]) -> tuple[PopulationRow, ...]: ...
@overload
def published(name: Literal["series"]) -> tuple[SeriesRow, ...]: ...


def published(name: str) -> tuple[object, ...]:
    """One of the bundled registers of real published figures, as typed rows.

    Parameters
    ----------
    name : str
        ``campaigns``, ``claims``, ``conflicts``, ``events``, ``population`` or ``series``.

    Raises
    ------
    UsageError
        For any other name.
    """
    if name not in _READERS:
        raise UsageError(unknown("published register", name, tuple(_READERS)))
    return _READERS[name](path(f"data/published/{name}.csv"))
