"""Which regions may be comparison regions: what ``--controls``, ``--campaigns`` and ``--exclude`` name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evalkit.errors import UsageError, unknown
from evalkit.registers.overlap import campaigns_during
from evalkit.registers.readers import read_campaigns

if TYPE_CHECKING:
    from pathlib import Path

    from evalkit.contacts import Contacts


def control_names(controls: str, table: Contacts, region: str, channel: str) -> list[str]:
    """The regions that ``--controls`` names, apart by commas; ``all`` is every other region of the channel."""
    if controls.strip() == "all":
        return [str(name) for name in table.wide(channel).columns if name != region and name in table.places]
    names = [name.strip() for name in controls.split(",") if name.strip()]
    if region in names:
        raise UsageError(f"{region!r} is both the region and one of its controls. Take it out of --controls.")
    return names


def without_campaign(names: list[str], table: Contacts, campaigns: Path | None, *, named: bool) -> list[str]:
    """The controls without those that had a campaign; ``UsageError`` where one of them was asked for by name."""
    if campaigns is None:
        return names
    register = read_campaigns(campaigns)
    during = {name: campaigns_during(register, name, table.periods[0], table.periods[-1]) for name in names}
    for name, found in during.items():
        if found and named:
            raise UsageError(
                f"The control {name!r} had a campaign itself while contacts were counted ({found[0].campaign}, "
                f"{found[0].launch.text or 'no date'}), so it is no comparison region. Take it out of --controls."
            )
    return [name for name in names if not during[name]]


def excluded_controls(given: tuple[str, ...], names: list[str]) -> dict[str, str]:
    """Region and reason of each ``--exclude``; each must be one of the controls."""
    excluded = {}
    for text in given:
        name, _, reason = (part.strip() for part in text.partition("="))
        if name not in names:
            raise UsageError(unknown("control to exclude", name, names))
        excluded[name] = reason or "excluded on the command line"
    return excluded


def exposures_of(table: Contacts, names: list[str], channel: str) -> pd.DataFrame | None:
    """Exposure of those regions that have one, side by side; None where none has."""
    found = {name: table.exposure(name, channel) for name in names}
    return side_by_side({name: values for name, values in found.items() if values is not None})


def side_by_side(series: dict[str, pd.Series]) -> pd.DataFrame | None:
    """Series by region as one table; None without any."""
    return pd.DataFrame(series) if series else None
