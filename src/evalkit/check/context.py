"""What the checks may know beside the effect itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalkit.display import Displayed
from evalkit.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.effect import Effect
    from evalkit.registers import Event


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckContext(Displayed):
    """Inputs of the checks that need more than the series; what is left out makes the check "not run".

    Attributes
    ----------
    events : tuple of Event, optional
        Rows of the events register; those of other regions and channels are passed over. None where there is no
        register; an empty tuple says that nothing else is known to have happened.
    regions : mapping of str to pandas.Series
        Counts of comparison regions, where the campaign did not run, by name, on the calendar of the series.
    exposures : mapping of str to pandas.Series
        Their exposure, where the effect is on rates; a region without one is analysed as counts.
    neighbours : tuple of str
        Those of ``regions`` that lie next to the region of the campaign.
    negative_controls : mapping of str to pandas.Series
        Counts that the campaign should not change, by name: another subject, another channel.
    controls : pandas.DataFrame, optional
        The comparison regions whose log total is a column of the design, one column each.
    capacity : float or pandas.Series, optional
        The most contacts that can be answered in a period.
    others : mapping of str to Effect
        The other effects that are reported together with this one.
    """

    events: tuple[Event, ...] | None = None
    regions: Mapping[str, pd.Series] = field(default_factory=dict)
    exposures: Mapping[str, pd.Series] = field(default_factory=dict)
    neighbours: tuple[str, ...] = ()
    negative_controls: Mapping[str, pd.Series] = field(default_factory=dict)
    controls: pd.DataFrame | None = None
    capacity: float | pd.Series | None = None
    others: Mapping[str, Effect] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strangers = [name for name in self.neighbours if name not in self.regions]
        if strangers:
            raise UsageError(
                f"The neighbour {strangers[0]!r} is not among the comparison regions. Give its counts in regions: "
                f"{', '.join(self.regions) or 'none are given'}."
            )
