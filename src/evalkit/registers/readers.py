"""One reader for each register. All problems of a file are raised together, with their rows.

The readers serve the published registers and a user's own folder alike: only a few columns are required.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from evalkit.errors import unknown
from evalkit.registers.rows import Campaign, ClaimRow, ConflictRow, Event, PopulationRow, SeriesRow, Source
from evalkit.registers.sheet import Cells, Sheet, open_sheet
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

__all__ = ["read_campaigns", "read_claims", "read_conflicts", "read_events", "read_population", "read_series"]

_WHOLE_FALL = -100.0
_CURRENCY = re.compile("[A-Z]{3}")
_PLACE = ("region_type", "region_text", "country", "members")
_SOURCE = ("source", "source_title", "source_publisher", "source_date", "source_url")
CAMPAIGN_COLUMNS = (
    *("launch", "launch_start", "launch_end", "launch_precision", "launch_inferred", "launch_text", "end", "title"),
    *("region_text", "country", "members", "forces_text", "partners", "phases", "funding", "cost", "currency"),
    *("source", "conflict", "note", "notes"),
)
_EVENTS = (
    *("title", "start", "start_precision", "end", "end_precision", "regions", "channels", "kind"),
    *("effect_on_counting", "source", "source_url", "note", "notes"),
)
_CLAIMS = (
    *("campaign", *_PLACE, "members_stated", "channel", "topic", "unit", "unit_text", "value", "value_text"),
    *("qualifier", "per", "period_start", "period_end", "period_precision", "period_text", "period_months"),
    *("baseline_start", "baseline_end", "baseline_precision", "baseline_text", "baseline_months"),
    *("baseline_value", "baseline_qualifier", "paraphrase", "text", *_SOURCE, "conflict", "note", "notes"),
)
_SERIES = (
    *("series", *_PLACE, "topic", "unit", "period_start", "period_end", "period_precision", "period_text"),
    *("period_months", "qualifier", "per", "status", "derivation", "claim_ids", *_SOURCE, "conflict", "note", "notes"),
)
_POPULATION = (*_PLACE, "reference_date", "status", "status_text", "source", "note", "notes")


def read_campaigns(path: str | Path, *, regions: Iterable[str] | None = None) -> tuple[Campaign, ...]:
    """Read a campaigns register.

    Parameters
    ----------
    path : str or Path
        CSV with at least ``campaign``, ``region`` (several separated by semicolons) and ``launch`` (``2019-05-02``,
        ``2019-05``, ``2019``, a range, or ``unknown``); or ``launch_start`` and ``launch_end`` in place of ``launch``.
        ``cost`` (0 or more, for all regions of the row together) needs its ``currency`` (ISO 4217).
    regions : iterable of str, optional
        Regions that exist; any other is refused with the nearest match.

    Returns
    -------
    tuple of Campaign
        In the order of the file.

    Raises
    ------
    RegisterError
        With all problems: columns, dates, ends before starts, the same campaign twice for one region.
    """
    sheet = open_sheet(path, required=("campaign", "region"), optional=CAMPAIGN_COLUMNS)
    _one_of(sheet, "launch", "launch_start")
    rows = tuple(_campaign(cells) for cells in sheet.cells())
    sheet.unique("campaign and region", [f"{row.campaign} in {'; '.join(row.regions)}" for row in rows])
    _known_regions(sheet, regions, [row.regions for row in rows])
    sheet.finish()
    return rows


def read_events(path: str | Path, *, regions: Iterable[str] | None = None) -> tuple[Event, ...]:
    """Read a register of other events.

    Parameters
    ----------
    path : str or Path
        CSV with at least ``event``, ``title`` and ``start``. Empty ``regions`` or ``channels`` mean all of them.
    regions : iterable of str, optional
        Regions that exist; any other is refused with the nearest match.

    Raises
    ------
    RegisterError
        With all problems of the file.
    """
    sheet = open_sheet(path, required=("event", "start"), optional=_EVENTS)
    rows = tuple(_event(cells) for cells in sheet.cells())
    sheet.unique("event", [row.event for row in rows])
    _known_regions(sheet, regions, [row.regions for row in rows])
    sheet.finish()
    return rows


def read_claims(path: str | Path, *, regions: Iterable[str] | None = None) -> tuple[ClaimRow, ...]:
    """Read a claims register.

    Parameters
    ----------
    path : str or Path
        CSV with at least ``claim_id``, ``region``, ``statistic_type`` (ratio, percent_change, count, share,
        qualitative) and ``value``; the other columns are described in ``data/README.md``.
    regions : iterable of str, optional
        Regions that exist; any other is refused with the nearest match.

    Raises
    ------
    RegisterError
        With all problems: beside the columns and words, claims that no figures could meet (a negative count or ratio, a
        fall of more than 100 %, a share above 100 %) and a baseline that begins after the period it is compared with.
    """
    sheet = open_sheet(path, required=("claim_id", "region", "statistic_type", "value"), optional=_CLAIMS)
    rows = tuple(_claim(cells) for cells in sheet.cells())
    sheet.unique("claim_id", [row.claim_id for row in rows])
    _known_regions(sheet, regions, [(row.region,) for row in rows])
    sheet.finish()
    return rows


def read_series(path: str | Path, *, regions: Iterable[str] | None = None) -> tuple[SeriesRow, ...]:
    """Read a register of published counts: at least ``series_id``, ``region``, ``channel`` and ``value``.

    Raises
    ------
    RegisterError
        With all problems of the file.
    """
    sheet = open_sheet(path, required=("series_id", "region", "channel", "value"), optional=_SERIES)
    rows = tuple(_series(cells) for cells in sheet.cells())
    sheet.unique("series_id", [row.series_id for row in rows])
    _known_regions(sheet, regions, [(row.region,) for row in rows])
    sheet.finish()
    return rows


def read_population(path: str | Path) -> tuple[PopulationRow, ...]:
    """Read mid-year populations: at least ``region``, ``year`` and ``population``.

    Raises
    ------
    RegisterError
        With all problems of the file.
    """
    sheet = open_sheet(path, required=("region", "year", "population"), optional=_POPULATION)
    rows = tuple(_population(cells) for cells in sheet.cells())
    sheet.unique("region and year", [f"{row.region} in {row.year}" for row in rows])
    sheet.finish()
    return rows


def read_conflicts(path: str | Path) -> tuple[ConflictRow, ...]:
    """Read the disagreements between sources: ``conflict``, ``kind``, ``claim_ids``, ``series_ids``, ``statement``.

    Raises
    ------
    RegisterError
        With all problems of the file.
    """
    sheet = open_sheet(path, required=("conflict", "kind", "claim_ids", "series_ids", "statement"), optional=())
    rows = tuple(_conflict(cells) for cells in sheet.cells())
    sheet.unique("conflict", [row.conflict for row in rows])
    sheet.finish()
    return rows


def _campaign(cells: Cells) -> Campaign:
    launch, end = cells.imprecise("launch"), cells.date("end")
    if end and launch.start and end.end and end.end < launch.start:
        cells.note("end-before-start", f"end is {end}, before the launch {launch}.", "Exchange or correct the two.")
    regions = cells.words("region")
    if not regions:
        cells.needed("region")
    cost, currency = _cost(cells)
    return Campaign(
        campaign=cells.needed("campaign"),
        regions=regions,
        launch=launch,
        end=end,
        title=cells.text("title", "campaign"),
        country=cells.text("country"),
        members=cells.words("members"),
        launch_inferred=cells.flag("launch_inferred"),
        partners=cells.text("partners"),
        phases=cells.text("phases"),
        funding=cells.text("funding"),
        cost=cost,
        currency=currency,
        source=cells.text("source"),
        conflicts=cells.words("conflict"),
        note=cells.text("notes", "note"),
        row=cells.row,
    )


def _cost(cells: Cells) -> tuple[float | None, str]:
    """What a campaign cost and in which currency; one without the other is noted."""
    cost, currency = cells.number("cost"), cells.text("currency")
    if cost is not None and cost < 0:
        cells.note("impossible-value", f"cost is {cost:g}: a cost cannot be negative.", "Correct it.")
    if currency and not _CURRENCY.fullmatch(currency):
        what = f"currency is {currency!r}; allowed are three capital letters."
        cells.note("bad-currency", what, "Write its code by ISO 4217, such as GBP or EUR.")
    if cost is not None and not currency:
        cells.note("empty-cell", "cost is given without a currency.", "Write its code, such as GBP or EUR.")
    return cost, currency


def _event(cells: Cells) -> Event:
    start, end = cells.imprecise("start"), cells.date("end")
    if end and end.end and start.start and end.end < start.start:
        cells.note("end-before-start", f"end is {end}, before start {start}.", "Exchange or correct the two.")
    return Event(
        event=cells.needed("event"),
        title=cells.text("title", "event"),
        start=start,
        end=end,
        regions=cells.words("regions"),
        channels=cells.words("channels"),
        kind=cells.word("kind", EventKind, EventKind.OTHER),
        effect_on_counting=cells.text("effect_on_counting"),
        source=cells.text("source"),
        source_url=cells.text("source_url"),
        note=cells.text("notes", "note"),
        row=cells.row,
    )


def _claim(cells: Cells) -> ClaimRow:
    statistic = cells.word("statistic_type", StatisticType, StatisticType.QUALITATIVE)
    value = cells.number("value")
    if value is None and statistic is not StatisticType.QUALITATIVE and not cells.text("value"):
        cells.note("empty-cell", f"value is empty for a {statistic}.", "Give the figure, or write 'qualitative'.")
    _impossible(cells, statistic, value)
    row = ClaimRow(
        claim_id=cells.needed("claim_id"),
        region=cells.needed("region"),
        statistic_type=statistic,
        value=value,
        value_text=cells.text("value_text"),
        qualifier=cells.word("qualifier", Qualifier, Qualifier.EXACT),
        campaign=cells.text("campaign"),
        region_type=cells.text("region_type"),
        region_text=cells.text("region_text", "region"),
        country=cells.text("country"),
        members=cells.words("members"),
        members_stated=cells.whole("members_stated"),
        channel=cells.text("channel", default=Channel.COMBINED),
        topic=cells.word("topic", Topic, Topic.NOT_STATED),
        unit=cells.word("unit", Unit, Unit.CONTACTS),
        unit_text=cells.text("unit_text"),
        per=cells.text("per"),
        period=cells.interval("period"),
        period_text=cells.text("period_text"),
        baseline=cells.interval("baseline"),
        baseline_text=cells.text("baseline_text"),
        baseline_value=cells.number("baseline_value"),
        baseline_qualifier=cells.word("baseline_qualifier", Qualifier, Qualifier.EXACT),
        text=cells.text("paraphrase", "text"),
        source=_source(cells),
        conflicts=cells.words("conflict"),
        note=cells.text("notes", "note"),
        row=cells.row,
    )
    _baseline_first(cells, row)
    return row


def _impossible(cells: Cells, statistic: StatisticType, value: float | None) -> None:
    """Note figures that nothing could be: the message says which bound they break."""
    repair = "Correct the figure, or the statistic_type."
    if value is not None:
        if statistic is StatisticType.PERCENT_CHANGE and value < _WHOLE_FALL:
            what = f"value is {value:g} %: nothing can fall by more than 100 %."
            cells.note("impossible-value", what, repair)
        if statistic in (StatisticType.COUNT, StatisticType.RATIO) and value < 0:
            cells.note("impossible-value", f"value is {value:g}: a {statistic} cannot be negative.", repair)
        if statistic is StatisticType.SHARE and not 0 <= value <= -_WHOLE_FALL:
            cells.note("impossible-value", f"value is {value:g} %: a share lies between 0 and 100 %.", repair)
    baseline = cells.text("baseline_value")
    if baseline.startswith("-"):
        cells.note("impossible-value", f"baseline_value is {baseline}: a count cannot be negative.", "Correct it.")


def _baseline_first(cells: Cells, row: ClaimRow) -> None:
    if row.period and row.baseline and row.baseline.start > row.period.start:
        what = f"The baseline ({row.baseline}) begins after the period it is compared with ({row.period})."
        cells.note("baseline-after-period", what, "Exchange the two, or correct the dates.")


def _series(cells: Cells) -> SeriesRow:
    value = cells.number("value")
    if value is None and not cells.text("value"):
        cells.note("empty-cell", "value is empty.", "Give the count, or delete the row: missing is not zero.")
    if value is not None and value < 0:
        cells.note("impossible-value", f"value is {value:g}: a count cannot be negative.", "Correct the figure.")
    return SeriesRow(
        series_id=cells.needed("series_id"),
        series=cells.text("series"),
        region=cells.needed("region"),
        channel=cells.needed("channel"),
        value=value or 0.0,
        qualifier=cells.word("qualifier", Qualifier, Qualifier.EXACT),
        region_type=cells.text("region_type"),
        region_text=cells.text("region_text", "region"),
        country=cells.text("country"),
        members=cells.words("members"),
        topic=cells.word("topic", Topic, Topic.NOT_STATED),
        unit=cells.word("unit", Unit, Unit.CONTACTS),
        per=cells.text("per"),
        period=cells.interval("period"),
        period_text=cells.text("period_text"),
        status=cells.word("status", FigureStatus, FigureStatus.PUBLISHED),
        derivation=cells.text("derivation"),
        claim_ids=cells.words("claim_ids"),
        source=_source(cells),
        conflicts=cells.words("conflict"),
        note=cells.text("notes", "note"),
        row=cells.row,
    )


def _population(cells: Cells) -> PopulationRow:
    for column in ("year", "population"):
        cells.needed(column)
    return PopulationRow(
        region=cells.needed("region"),
        year=cells.whole("year") or 0,
        population=cells.whole("population") or 0,
        region_type=cells.text("region_type"),
        region_text=cells.text("region_text", "region"),
        country=cells.text("country"),
        members=cells.words("members"),
        reference_date=cells.day("reference_date"),
        status=cells.word("status", FigureStatus, FigureStatus.PUBLISHED),
        source=cells.text("source"),
        note=cells.text("notes", "note"),
        row=cells.row,
    )


def _conflict(cells: Cells) -> ConflictRow:
    return ConflictRow(
        conflict=cells.needed("conflict"),
        kind=cells.word("kind", ConflictKind, ConflictKind.VALUE),
        claim_ids=cells.words("claim_ids"),
        series_ids=cells.words("series_ids"),
        statement=cells.needed("statement"),
        row=cells.row,
    )


def _source(cells: Cells) -> Source:
    parts = (cells.text("source_title"), cells.text("source_publisher"), cells.text("source_date"))
    return Source(
        citation=cells.text("source") or ", ".join(part for part in parts if part),
        title=parts[0],
        publisher=parts[1],
        date=cells.day("source_date"),
        url=cells.text("source_url"),
    )


def _one_of(sheet: Sheet, *columns: str) -> None:
    if not any(column in sheet.header for column in columns):
        what = f"Column {columns[0]!r} is missing."
        sheet.add("missing-column", what, f"Add a column {columns[0]!r} (or {' and '.join(columns[1:])}).", 1)


def _known_regions(sheet: Sheet, regions: Iterable[str] | None, named: Sequence[tuple[str, ...]]) -> None:
    if regions is None:
        return
    known = sorted(set(regions))
    for number, names in zip(sheet.rows, named, strict=True):
        for name in names:
            if name and name not in known:
                repair = "Write the region as the contacts file does."
                sheet.add("unknown-region", unknown("region", name, known), repair, number)
