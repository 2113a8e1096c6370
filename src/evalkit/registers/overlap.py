"""Whether a region had a campaign while its contacts were counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from evalkit.registers.rows import Campaign


def campaigns_during(
    campaigns: Sequence[Campaign], region: str, first: pd.Period, last: pd.Period
) -> tuple[Campaign, ...]:
    """Campaigns that may have run in a region between two periods, both inclusive.

    A campaign without an end may run for ever, and one without a known launch may have been launched at any time.
    """
    begins, ends = first.start_time.date(), last.end_time.date()
    return tuple(
        campaign
        for campaign in campaigns
        if region in campaign.regions
        and (campaign.launch.start is None or campaign.launch.start <= ends)
        and (campaign.end is None or campaign.end.end is None or campaign.end.end >= begins)
    )
