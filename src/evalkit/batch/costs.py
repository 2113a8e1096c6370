"""What the campaigns in one region's window cost together, or why that cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.catalogue import text
from evalkit.contacts import to_period
from evalkit.report.signature import CampaignCost

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.effect import Effect


def campaign_cost(inputs: Inputs, region: str, effect: Effect) -> CampaignCost | None:
    """The cost of every campaign that began in the region by the end of its window; None where none is declared."""
    last = effect.window.end if effect.window is not None else effect.design.periods[-1]
    own = [
        campaign
        for campaign in inputs.campaigns
        if region in campaign.regions and to_period(f"{campaign.launch.start}", inputs.contacts.freq) <= last
    ]
    declared = [campaign for campaign in own if campaign.cost is not None]
    if not declared:
        return None
    currencies = sorted({campaign.currency for campaign in declared})
    shared = max(len(campaign.regions) for campaign in declared)
    if shared > 1:
        return CampaignCost(amount=None, fault=text("cost.shared", number=shared))
    if len(declared) < len(own):
        return CampaignCost(amount=None, fault=text("cost.incomplete"))
    if len(currencies) > 1:
        return CampaignCost(amount=None, fault=text("cost.currencies", currencies=", ".join(currencies)))
    amount = float(sum(campaign.cost or 0 for campaign in declared))
    return CampaignCost(amount=amount, currency=currencies[0], campaigns=len(declared))
