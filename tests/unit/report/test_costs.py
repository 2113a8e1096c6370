"""What the cost is said to be of: one campaign, or all those of the window."""

from __future__ import annotations

from dataclasses import replace

from evalkit.report.content import RegionReport
from evalkit.report.costs import cost_sentences
from evalkit.report.release import release_of
from evalkit.report.signature import CampaignCost


def test_a_cost_of_several_campaigns_is_not_that_of_one(make_report) -> None:
    def said(campaigns: int) -> str:
        report: RegionReport = make_report()
        cost = CampaignCost(amount=12_000.0, currency="GBP", campaigns=campaigns)
        return cost_sentences(release_of(replace(report, cost=cost)))[0]

    assert said(1).startswith("The declared cost of the campaign is")
    assert said(2).startswith("The declared cost of the campaigns of the window is")
    assert CampaignCost.from_dict(CampaignCost(amount=1.0, campaigns=2).to_dict()).campaigns == 2
    assert CampaignCost.from_dict({"amount": 1.0, "currency": "GBP", "fault": ""}).campaigns == 1
