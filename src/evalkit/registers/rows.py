"""What one row of each register says, as typed values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from evalkit.registers.dates import ImpreciseDate, Interval
from evalkit.vocab import (
    Channel,
    ConflictKind,
    EventKind,
    FigureStatus,
    Qualifier,
    StatisticType,
    Topic,
    Unit,
)

__all__ = ["Campaign", "ClaimRow", "ConflictRow", "Event", "PopulationRow", "SeriesRow", "Source"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a figure was published.

    Attributes
    ----------
    citation : str
        Title, publisher and date in one line; never empty in the published registers.
    title, publisher, url : str
        Parts of it, where known.
    date : datetime.date or None
        Day of publication; None where no date was seen.
    """

    citation: str = ""
    title: str = ""
    publisher: str = ""
    date: dt.date | None = None
    url: str = ""

    def __str__(self) -> str:
        return self.citation


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign and the regions in which it was launched.

    Attributes
    ----------
    campaign : str
        Name; claims refer to it.
    regions : tuple of str
        Regions that the campaign was launched in.
    launch : ImpreciseDate
        First exposed day, inclusive, with its precision.
    end : ImpreciseDate or None
        Last active day where known.
    members : tuple of str
        Areas (police forces) that make up the region, where a source lists them.
    launch_inferred : bool
        True where no source states the date and it was read from the context.
    cost : float or None
        What the campaign cost in all the regions of this row, 0 or more; None where it is not declared.
    currency : str
        Its currency, three capital letters (ISO 4217); empty without a cost.
    conflicts : tuple of str
        Disagreements between sources that concern this row.
    row : int
        Row in the file, the header being row 1.
    """

    campaign: str
    regions: tuple[str, ...]
    launch: ImpreciseDate
    end: ImpreciseDate | None = None
    title: str = ""
    country: str = ""
    members: tuple[str, ...] = ()
    launch_inferred: bool = False
    partners: str = ""
    phases: str = ""
    funding: str = ""
    cost: float | None = None
    currency: str = ""
    source: str = ""
    conflicts: tuple[str, ...] = ()
    note: str = ""
    row: int = 0

    @property
    def areas(self) -> tuple[str, ...]:
        """The regions and the areas they are made of."""
        return tuple(dict.fromkeys((*self.regions, *self.members)))


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something else that happened and may move the counts.

    Attributes
    ----------
    event, title : str
        Identifier and readable name.
    start : ImpreciseDate
        First day, inclusive.
    end : ImpreciseDate or None
        Last day; None for a moment, or something that stayed.
    regions : tuple of str
        Regions concerned; empty means everywhere.
    channels : tuple of str
        Channels concerned; empty means all.
    kind : EventKind
        In which way it acts on the counts.
    effect_on_counting : str
        One sentence.
    """

    event: str
    title: str
    start: ImpreciseDate
    end: ImpreciseDate | None = None
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kind: EventKind = EventKind.OTHER
    effect_on_counting: str = ""
    source: str = ""
    source_url: str = ""
    note: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    """One published figure.

    Attributes
    ----------
    claim_id : str
        Unique in the file.
    region, channel, topic, unit : str or enum
        What was counted, where and how. ``unit`` is the source's own word, which may be wrong for the figure.
    members : tuple of str
        Areas that make up the region, where the source lists them.
    members_stated : int or None
        Number of areas that the source speaks of.
    statistic_type : StatisticType
        What the figure is.
    value : float or None
        In the statistic's own unit: a count, a percentage (``69`` is +69 %), a ratio. None for a claim in words.
    qualifier : Qualifier
        The word before the figure.
    per : str
        ``month`` or ``year`` where the count is a mean rate; empty where it is a total over the period.
    period, baseline : Interval or None
        None where the source gives no dates; the words are in ``period_text`` and ``baseline_text``.
    baseline_value : float or None
        The figure that the claim compares with, where published.
    text : str
        The claim in our own words, or the user's sentence.
    conflicts : tuple of str
        Identifiers of disagreements in ``conflicts.csv``.
    """

    claim_id: str
    region: str
    statistic_type: StatisticType
    value: float | None
    value_text: str = ""
    qualifier: Qualifier = Qualifier.EXACT
    campaign: str = ""
    region_type: str = ""
    region_text: str = ""
    country: str = ""
    members: tuple[str, ...] = ()
    members_stated: int | None = None
    channel: str = Channel.COMBINED
    topic: Topic = Topic.NOT_STATED
    unit: Unit = Unit.CONTACTS
    unit_text: str = ""
    per: str = ""
    period: Interval | None = None
    period_text: str = ""
    baseline: Interval | None = None
    baseline_text: str = ""
    baseline_value: float | None = None
    baseline_qualifier: Qualifier = Qualifier.EXACT
    text: str = ""
    source: Source = Source()
    conflicts: tuple[str, ...] = ()
    note: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class SeriesRow:
    """One count of a published annual, half-year or quarterly series.

    Attributes
    ----------
    status : FigureStatus
        ``published``, or ``derived`` from published figures as ``derivation`` says.
    claim_ids : tuple of str
        Claims that carry the same figure or that it was derived from.
    """

    series_id: str
    series: str
    region: str
    channel: str
    value: float
    qualifier: Qualifier = Qualifier.EXACT
    region_type: str = ""
    region_text: str = ""
    country: str = ""
    members: tuple[str, ...] = ()
    topic: Topic = Topic.NOT_STATED
    unit: Unit = Unit.CONTACTS
    per: str = ""
    period: Interval | None = None
    period_text: str = ""
    status: FigureStatus = FigureStatus.PUBLISHED
    derivation: str = ""
    claim_ids: tuple[str, ...] = ()
    source: Source = Source()
    conflicts: tuple[str, ...] = ()
    note: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class PopulationRow:
    """Mid-year population of one area."""

    region: str
    year: int
    population: int
    region_type: str = ""
    region_text: str = ""
    country: str = ""
    members: tuple[str, ...] = ()
    reference_date: dt.date | None = None
    status: FigureStatus = FigureStatus.PUBLISHED
    source: str = ""
    note: str = ""
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class ConflictRow:
    """One disagreement between sources, stated in a sentence; both sides stay in the registers."""

    conflict: str
    kind: ConflictKind
    claim_ids: tuple[str, ...]
    series_ids: tuple[str, ...]
    statement: str
    row: int = 0
