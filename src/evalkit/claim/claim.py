"""What a published claim asserts, typed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evalkit.catalogue import text
from evalkit.claim.arithmetic import ratio_bounds_from_percent
from evalkit.claim.bounds import Bounds, bounds_of
from evalkit.display import Displayed
from evalkit.errors import ClaimError
from evalkit.registers import ClaimRow, Interval
from evalkit.vocab import Qualifier, StatisticType, Topic, Unit

__all__ = ["CONTACT_UNITS", "Claim", "claim_from_ratio", "claim_from_row", "counts_contacts"]

CONTACT_UNITS = (Unit.CONTACTS, Unit.CALLS, Unit.CALLERS, Unit.USERS, Unit.VISITS, Unit.PEOPLE)
"""Units whose change an effect on contacts can answer: contacts, and people who made them as releases word it."""
_OTHER_THINGS = ("offence", "offense", "crime", "victim", "prevent", "arrest", "convict")

_CHANGES = (StatisticType.RATIO, StatisticType.PERCENT_CHANGE)


@dataclass(frozen=True, kw_only=True, repr=False)
class Claim(Displayed):
    """One assertion about contacts.

    Attributes
    ----------
    claim_id : str
        Identifier in the register; empty for a claim written by hand.
    statistic : StatisticType
        What is asserted: a count, a percentage change, a ratio, a share, or words alone.
    value : float or None
        The figure in its own unit; None for words alone.
    bounds : Bounds or None
        Values that the figure may stand for, given its rounding and the word before it.
    qualifier : Qualifier
        That word.
    region, region_type, country, members : str or tuple of str
        Where; ``members`` are the areas that the region is made of, where a source lists them.
    channel, topic, unit, unit_text, per
        What was counted, in the source's own unit; an empty channel leaves it open, ``combined`` is all channels
        together. ``per`` is ``month`` or ``year`` for a mean rate.
    period, baseline : Interval or None
        Closed intervals of days; None where the source gives no dates.
    period_text, baseline_text : str
        The same as published.
    baseline_value : Bounds or None
        The figure that it is compared with, where published.
    campaign, text, source, note : str
        Campaign, wording, citation and remarks.
    """

    statistic: StatisticType
    value: float | None
    bounds: Bounds | None
    qualifier: Qualifier = Qualifier.EXACT
    claim_id: str = ""
    region: str = ""
    region_type: str = ""
    country: str = ""
    members: tuple[str, ...] = ()
    members_stated: int | None = None
    channel: str = ""
    topic: Topic = Topic.NOT_STATED
    unit: Unit = Unit.CONTACTS
    unit_text: str = ""
    per: str = ""
    period: Interval | None = None
    period_text: str = ""
    baseline: Interval | None = None
    baseline_text: str = ""
    baseline_value: Bounds | None = None
    campaign: str = ""
    text: str = ""
    source: str = ""
    note: str = ""

    @property
    def asserts_change(self) -> bool:
        """Whether it speaks of a change (ratio or percentage), the only kind that an effect can answer."""
        return self.statistic in _CHANGES

    @property
    def ratio(self) -> Bounds | None:
        """The change as an interval of ratios; None for a claim that asserts no change."""
        if self.bounds is None or not self.asserts_change:
            return None
        return ratio_bounds_from_percent(self.bounds) if self.statistic is StatisticType.PERCENT_CHANGE else self.bounds

    @property
    def stated_ratio(self) -> float | None:
        """The change as one ratio, as stated: 3 for threefold, 1.69 for +69 %."""
        if self.value is None or not self.asserts_change:
            return None
        return 1 + self.value / 100 if self.statistic is StatisticType.PERCENT_CHANGE else self.value


def counts_contacts(claim: Claim) -> bool:
    """Whether a claim counts contacts, or the people who made them: its unit, and the source's own word for it."""
    word = claim.unit_text.casefold()
    return claim.unit in CONTACT_UNITS and not any(thing in word for thing in _OTHER_THINGS)


def claim_from_row(row: ClaimRow) -> Claim:
    """What a row of a claims register asserts.

    Raises
    ------
    ClaimError
        Where the row asserts something that no figures could meet.
    """
    value = row.value
    bounds = None if value is None else bounds_of(value, row.qualifier, row.statistic_type)
    base = row.baseline_value
    claim = Claim(
        claim_id=row.claim_id,
        statistic=row.statistic_type,
        value=value,
        bounds=bounds,
        qualifier=row.qualifier,
        region=row.region,
        region_type=row.region_type,
        country=row.country,
        members=row.members,
        members_stated=row.members_stated,
        channel=row.channel,
        topic=row.topic,
        unit=row.unit,
        unit_text=row.unit_text,
        per=row.per,
        period=row.period,
        period_text=row.period_text,
        baseline=row.baseline,
        baseline_text=row.baseline_text,
        baseline_value=None if base is None else bounds_of(base, row.baseline_qualifier, StatisticType.COUNT),
        campaign=row.campaign,
        text=row.text,
        source=str(row.source),
        note=row.note,
    )
    return checked(claim)


def claim_from_ratio(ratio: float) -> Claim:
    """The claim that something changed by a ratio: 3 is threefold, with 2.5 to 3.5 left open.

    Raises
    ------
    ClaimError
        Where the ratio is negative or not a number.
    """
    if not (isinstance(ratio, int | float) and ratio >= 0 and ratio < float("inf")):
        raise ClaimError(f"A claimed ratio of {ratio!r} cannot be; it must be a number of 0 or more, such as 3.")
    value = float(ratio)
    bounds = bounds_of(value, Qualifier.EXACT, StatisticType.RATIO)
    return Claim(
        statistic=StatisticType.RATIO, value=value, bounds=bounds, text=text("claim.number.times_stated", ratio=value)
    )


def checked(claim: Claim) -> Claim:
    """The claim itself.

    Raises
    ------
    ClaimError
        Where it asserts a negative count or ratio, a fall of more than 100 %, or a baseline after its period.
    """
    name = f"Claim {claim.claim_id}" if claim.claim_id else f"The claim {claim.text!r}"
    value = claim.value
    if value is not None:
        if claim.statistic is StatisticType.PERCENT_CHANGE and value < -100:
            raise ClaimError(f"{name} asserts a change of {value:g} %: nothing can fall by more than 100 %.")
        if claim.statistic is not StatisticType.PERCENT_CHANGE and value < 0:
            raise ClaimError(f"{name} asserts a {claim.statistic} of {value:g}: it cannot be negative.")
    if claim.period and claim.baseline and claim.baseline.start > claim.period.start:
        raise ClaimError(
            f"{name} compares {claim.period} with a baseline ({claim.baseline}) that begins after it; exchange the two."
        )
    return replace(claim)
