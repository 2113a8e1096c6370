"""How the campaigns of a region enter its design: the evaluation's own dates, or those of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.contacts import to_period
from evalkit.errors import DesignError

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.registers import Campaign

REGISTERED = "register"


def campaign_options(inputs: Inputs, region: str, last: pd.Period) -> dict[str, Any]:
    """The design options that say when the campaign ran, for :func:`evalkit.estimate_effect`.

    Parameters
    ----------
    last : pandas.Period
        Last period of the region's data or window: what begins later is left out.

    Raises
    ------
    DesignError
        Flights or an end are asked of the register, and a campaign there has no end that is known to the period.
    """
    asked = inputs.evaluation.model
    own = own_campaigns(inputs, region)
    options: dict[str, Any] = {"lag": asked.lag, "decay": asked.decay, "off": asked.off}
    options |= {"flights": asked.flights or None, "launches": list(asked.launches)}
    if asked.off == REGISTERED:
        options["off"] = _end_of(own[0], inputs) if own else None
        if options["off"] is not None and options["off"] >= last:
            options["off"] = None
    if asked.campaigns == "launches":
        begins = [_start_of(campaign, inputs) for campaign in own]
        options["launches"] = [start for start in begins[1:] if start <= last]
    if asked.campaigns == "flights" and own:
        spans = [(_start_of(campaign, inputs), _end_of(campaign, inputs)) for campaign in own]
        options["flights"] = [span for span in spans if span[0] <= last]
    if options["flights"] is not None and asked.separate_flights:
        from evalkit.design import Flights

        options["flights"] = Flights(options["flights"], separate=True)
    return options


def own_campaigns(inputs: Inputs, region: str) -> list[Campaign]:
    """The registered campaigns of a region in order of their launch."""
    own = [campaign for campaign in inputs.campaigns if region in campaign.regions]
    return sorted(own, key=lambda campaign: campaign.launch.iso)


def _start_of(campaign: Campaign, inputs: Inputs) -> pd.Period:
    return to_period(f"{campaign.launch.start}", inputs.contacts.freq)


def _end_of(campaign: Campaign, inputs: Inputs) -> pd.Period:
    end = None if campaign.end is None else campaign.end.end
    if end is None:
        raise DesignError(
            f"The campaign {campaign.campaign!r} has no end in the register of campaigns. Give it one, or leave "
            f'off = "register" and campaigns = "flights" out of the evaluation file.'
        )
    return to_period(end.isoformat(), inputs.contacts.freq)
