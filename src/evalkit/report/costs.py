"""What a campaign cost for each additional contact, in words: from published totals, never from raw ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import text
from evalkit.effect import Estimate, NotEstimable, cost_per_contact
from evalkit.report import numbers, wording
from evalkit.report.tables import Table

if TYPE_CHECKING:
    from evalkit.report.content import ChannelSummary, RegionSummary
    from evalkit.report.release import ChannelView, RegionRelease
    from evalkit.report.signature import CampaignCost

_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "US$"}
_FINE: Final = 20.0


def cost_of(
    result: ChannelView | ChannelSummary, cost: CampaignCost | None, unit: str
) -> Estimate | NotEstimable | None:
    """The cost of each additional contact of one channel; None where no cost is declared."""
    if cost is None:
        return None
    if cost.amount is None:
        return NotEstimable(cost.fault)
    return cost_per_contact(result.cumulative_effect, cost.amount, currency=cost.currency, unit=unit)


def cost_sentences(report: RegionRelease) -> list[str]:
    """What the report on one region says of the cost; empty where none is declared."""
    cost = report.cost
    if cost is None:
        return []
    if cost.amount is None:
        return [text("cost.undeclared_sum", reason=cost.fault), text("cost.contact_only")]
    said = [
        text("cost.declared", campaigns=_campaigns(cost), amount=money(cost.amount, cost.currency)),
        *(_channel_sentence(view, cost, report.unit) for view in report.results),
    ]
    return [*said, *([text("cost.each_channel")] if len(report.results) > 1 else []), text("cost.contact_only")]


def _campaigns(cost: CampaignCost) -> str:
    return text("cost.campaigns_one" if cost.campaigns == 1 else "cost.campaigns_many")


def _channel_sentence(view: ChannelView, cost: CampaignCost, unit: str) -> str:
    channel = wording.channel_title(view.channel)
    found = cost_of(view, cost, unit)
    if not isinstance(found, Estimate):
        reason = why_not(view.cumulative_effect, unit)
        return text("cost.not_estimable", channel=channel, reason=reason)
    value, lower, upper = money_texts(found, cost.currency)
    return text(
        "cost.known",
        channel=channel,
        value=value,
        level=numbers.level_text(found.level),
        lower=lower,
        upper=upper,
    )


def why_not(total: Estimate | NotEstimable, unit: str) -> str:
    """Why a known cost cannot be set against a number of contacts."""
    if isinstance(total, NotEstimable):
        return text("cost.total_unknown")
    if total.upper < 0:
        return text("cost.fewer")
    if total.lower == 0 < total.upper:
        return text("cost.from_none")
    if total.lower <= 0:
        return text("cost.includes_none")
    return text("cost.other_unit", unit=unit)


def money_texts(found: Estimate, currency: str) -> tuple[str, str, str]:
    """Value and ends of a cost, rounded to what their interval carries; pence only where it is narrow."""
    if found.upper - found.lower < _FINE:
        shown = [f"{number:,.2f}" for number in (found.value, found.lower, found.upper)]
    else:
        base = numbers.count_base(found.lower, found.upper)
        shown = [numbers.whole(numbers.round_to(number, base)) for number in (found.value, found.lower, found.upper)]
    value, lower, upper = (_signed(number, currency) for number in shown)
    return value, lower, upper


def money(amount: float, currency: str) -> str:
    """``£12,000``; ``NOK 12,000``; pence only where there are any."""
    return _signed(f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.2f}", currency)


def _signed(number: str, currency: str) -> str:
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency}{numbers.NBSP}{number}"


def costs_table(regions: Sequence[RegionSummary], channels: Sequence[str]) -> Table | None:
    """Declared cost and cost of each additional contact by region; None where no region has a declared cost."""
    declared = [region for region in regions if region.cost is not None]
    if not declared:
        return None
    headings = [text("cost.table_per", channel=wording.channel_title(channel)) for channel in channels]
    return Table(
        caption=text("cost.table_caption"),
        header=(text("cost.table_region"), text("cost.table_declared"), *headings),
        rows=tuple(
            (region.region, _declared(region.cost), *(_cell(region, channel) for channel in channels))
            for region in declared
        ),
        align=("left", *("right",) * (len(channels) + 1)),  # type: ignore[arg-type]  # a tuple of literals
        widths=(1, *(0,) * (len(channels) + 1)),
    )


def _declared(cost: Any) -> str:
    return "–" if cost.amount is None else money(cost.amount, cost.currency)


def _cell(region: RegionSummary, channel: str) -> str:
    result, cost = region.result(channel), region.cost
    found = None if result is None or cost is None else cost_of(result, cost, region.unit)
    if found is None or cost is None:
        return "–"
    if isinstance(found, NotEstimable):
        return text("cost.cell_not")
    value, lower, upper = money_texts(found, cost.currency)
    return f"{value} ({numbers.interval(lower, upper)})"
