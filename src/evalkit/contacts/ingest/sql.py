"""The one query that reads a log: every row becomes a whole number, and rows are counted by it.

The number holds the moment (see ``clock``), the region and the channel. Numbers below 0 say why a row does not count.
Where rows can be duplicates, a keyed digest of the keys goes with it; the keys themselves never leave the scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evalkit.contacts.ingest.clock import Clock, clock
from evalkit.contacts.ingest.mapping import OFFSET, Mapping, refused
from evalkit.contacts.ingest.opened import Opened, quoted
from evalkit.contacts.ingest.places import plain_sql

REGION_SHIFT: Final = 8
MOMENT_SHIFT: Final = 24
FILTERED: Final = -1
UNREADABLE: Final = -2
UNLISTED: Final = -3
FORMULA: Final = -4
LOOKUP: Final = "lookup"
CHANNELS: Final = "channels"
MOMENTS: Final = "moments"
SALT: Final = "salt"
_MICRO: Final = 1_000_000
_LATEST: Final = 4_102_444_800 * _MICRO  # the first instant of 2100
_EPOCHS: Final = {"epoch": _MICRO, "epoch ms": 1000}
_WHOLE: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_TEXT: Final = "VARCHAR"


@dataclass(frozen=True, kw_only=True)
class Query:
    """How a log is read.

    Attributes
    ----------
    numbered : str
        Gives, for each row of the log in order, its number (from 1) as ``line`` and its ``code``.
    rows : str
        Gives one row for each row of the log: ``code`` and, where rows can be duplicates, ``k`` (NULL without a key).
    clock : Clock
        From the moments in the codes to days.
    keyed : bool
        Whether there is a ``k``; then the codes hold days, not moments.
    """

    numbered: str
    rows: str
    clock: Clock
    keyed: bool

    def counted(self) -> str:
        """Codes with the number of their rows."""
        return f"SELECT code, count(*) AS n FROM ({self.rows}) GROUP BY code"

    def by_key(self) -> str:
        """For each key (and for what has none, each code): the code it counts under, and the number of its rows."""
        alone = "CASE WHEN k IS NULL OR code < 0 THEN code END"
        key = "CASE WHEN code >= 0 THEN k END"
        return (
            f"SELECT {key} AS k, part, min(code) AS code, count(*) AS n FROM ({self.rows}) "
            f"GROUP BY {key}, part, {alone}"
        )


def log_query(opened: Opened, mapping: Mapping, *, first_reason: int, other_channel: int | None) -> Query:
    """The query that reads one log.

    Parameters
    ----------
    opened : Opened
        Where its columns are.
    mapping : Mapping
        What they mean.
    first_reason : int
        The number of the first reason why a place has no region: that of an empty place; the others follow.
    other_channel : int or None
        The number of the channel of values that are not listed; None where they are no channel.

    Raises
    ------
    IngestError
        The type of the time column is none that a time can be read from.
    """
    moment, used = _moment(opened, mapping)
    keyed = mapping.deduplicate is not None
    place = plain_sql(mapping.place.kind, _text(opened, mapping.place.column))
    fields = [f"{_passes(opened, mapping)} AS passes", f"{_formula(opened, mapping)} AS formula"]
    fields += [f"{moment} AS moment", f"{place} AS place", f"{_channel(opened, mapping)} AS channel"]
    fields += [f"{_digest(opened, mapping)} AS k"] if keyed else []
    channel = "c.code" if mapping.channel.column else "0"
    if other_channel is not None:
        channel = f"coalesce({channel}, {other_channel})"
    region = (
        f"CASE WHEN l.place IS NULL THEN {first_reason} WHEN l.place = '' THEN {first_reason + 1} "
        f"ELSE coalesce(r.code, {first_reason + 2}) END"
    )
    when = "m.day" if keyed else "l.moment"
    code = (
        f"CASE WHEN NOT l.passes THEN {FILTERED} WHEN l.formula THEN {FORMULA} WHEN l.moment IS NULL THEN {UNREADABLE} "
        f"WHEN {channel} IS NULL THEN {UNLISTED} "
        f"ELSE (({when})::BIGINT << {MOMENT_SHIFT}) | (({region})::BIGINT << {REGION_SHIFT}) | ({channel})::BIGINT END"
    )
    joins = f"LEFT JOIN {LOOKUP} r ON l.place = r.plain"
    joins += f" LEFT JOIN {CHANNELS} c ON l.channel = c.plain" if mapping.channel.column else ""
    joins += f" LEFT JOIN {MOMENTS} m ON l.moment = m.moment" if keyed else ""
    lines = f"(SELECT row_number() OVER () AS line, {', '.join(fields)} FROM {opened.relation}) l {joins}"
    numbered = f"SELECT l.line, {code} AS code FROM {lines}"
    tables = f"(SELECT {', '.join(fields)} FROM {opened.relation}) l {joins}"
    if not keyed:
        return Query(numbered=numbered, rows=f"SELECT {code} AS code FROM {tables}", clock=used, keyed=False)
    part = "0::BIGINT"
    if mapping.deduplicate is not None and mapping.deduplicate.per == "period":
        one = f"least({region}, {first_reason})::BIGINT"  # whatever the reason, it is the one region of the unallocated
        part = f"(m.period::BIGINT << {MOMENT_SHIFT}) | ({one} << {REGION_SHIFT}) | ({channel})::BIGINT"
    rows = f"SELECT {code} AS code, {part} AS part, l.k FROM {tables}"
    return Query(numbered=numbered, rows=rows, clock=used, keyed=True)


def fault_query(numbered: str, codes: tuple[int, ...]) -> str:
    """The first of the rows with one of some codes (from 1, headings not counted), and how many there are.

    It gives the place in the file only where the engine reads in order, that is with one thread.
    """
    wanted = ", ".join(map(str, codes))
    return f"SELECT code, min(line), count(*) FROM ({numbered}) WHERE code IN ({wanted}) GROUP BY code ORDER BY code"


# --- the parts -------------------------------------------------------------------------------------------------------


def _text(opened: Opened, column: str) -> str:
    expression, kind = opened.columns[column]
    return expression if kind == _TEXT else f"CAST({expression} AS VARCHAR)"


def _passes(opened: Opened, mapping: Mapping) -> str:
    tests = []
    for each in mapping.filters:
        value = f"coalesce(trim({_text(opened, each.column)}), '')"
        listed = ", ".join(quoted(one.strip()) for one in (each.keep or each.drop))
        tests.append(f"{value} {'IN' if each.keep else 'NOT IN'} ({listed})")
    return " AND ".join(f"({test})" for test in tests) or "true"


def _formula(opened: Opened, mapping: Mapping) -> str:
    """Whether a cell that is read begins as a formula does."""
    texts = [expression for expression, kind in (opened.columns[name] for name in mapping.columns) if kind == _TEXT]
    tests = [f"coalesce(starts_with({text}, '='), false)" for text in texts]
    return " OR ".join(tests) or "false"


def _channel(opened: Opened, mapping: Mapping) -> str:
    if mapping.channel.column is None:
        return "NULL"
    return f"lower(trim({_text(opened, mapping.channel.column)}))"


def _digest(opened: Opened, mapping: Mapping) -> str:
    """A digest of the keys under the salt of the run, of 64 bits; NULL where all of them are empty."""
    keys = [
        f"coalesce(trim({_text(opened, key)}), '')" for key in (mapping.deduplicate.keys if mapping.deduplicate else ())
    ]
    joined = " || chr(31) || ".join(keys)
    empty = " AND ".join(f"{key} = ''" for key in keys)
    digest = f"('0x' || left(sha256(getvariable('{SALT}') || {joined}), 16))::UBIGINT"
    return f"CASE WHEN {empty} THEN NULL ELSE {digest} END"


def _moment(opened: Opened, mapping: Mapping) -> tuple[str, Clock]:
    """The moment of a row, NULL where its time cannot be read, and the clock that it is on."""
    expression, kind = opened.columns[mapping.time.column]
    zone, counted = mapping.time.zone, mapping.report_zone
    if kind == "DATE":
        instant, written = f"CAST({expression} AS TIMESTAMP)", counted
    elif kind == "TIMESTAMP WITH TIME ZONE":
        instant, written = expression, "UTC"
    elif kind.startswith("TIMESTAMP"):
        instant, written = f"CAST({expression} AS TIMESTAMP)", _zone_of(zone, mapping)
    elif kind in _WHOLE or (kind == _TEXT and mapping.time.format and mapping.time.format[0] in _EPOCHS):
        instant, written = _from_epoch(expression, mapping), "UTC"
    elif kind == _TEXT:
        instant, written = _from_text(f"trim({expression})", mapping), "UTC" if zone == OFFSET else zone
    else:
        what = f"The column {mapping.time.column!r} has the type {kind}, from which no time is read."
        raise refused("log", "time-type", what, "Export it as a time, a date or text.")
    used = clock(written, counted)
    micro = f"epoch_us({instant})"
    inside = f"{micro} >= 0 AND {micro} < {_LATEST}"
    return f"CASE WHEN {inside} THEN {used.moment_sql(f'({micro} // {_MICRO})')} END", used


def _zone_of(zone: str, mapping: Mapping) -> str:
    if zone != OFFSET:
        return zone
    what = f"The column {mapping.time.column!r} holds times without an offset, and the mapping says zone = 'offset'."
    raise refused("log", "no-offset", what, "Name the zone in which the log writes its times.")


def _from_epoch(expression: str, mapping: Mapping) -> str:
    if not mapping.time.format or mapping.time.format[0] not in _EPOCHS:
        what = f"The column {mapping.time.column!r} holds whole numbers."
        raise refused("log", "time-type", what, 'Say format = "epoch" (seconds since 1970) or "epoch ms" under [time].')
    return f"make_timestamp(TRY_CAST({expression} AS BIGINT) * {_EPOCHS[mapping.time.format[0]]})"


def _from_text(value: str, mapping: Mapping) -> str:
    """A time from text; one that carries an offset is read only where the mapping says so, and the other way round."""
    if mapping.time.format:
        patterns = ", ".join(map(quoted, mapping.time.format))
        return f"try_strptime({value}, [{patterns}])"
    carries = f"(contains({value}, 'Z') OR contains({value}, '+') OR contains(substr({value}, 12), '-'))"
    if mapping.time.zone == OFFSET:
        return f"CASE WHEN {carries} THEN TRY_CAST({value} AS TIMESTAMPTZ) END"
    return f"CASE WHEN NOT {carries} THEN TRY_CAST({value} AS TIMESTAMP) END"
