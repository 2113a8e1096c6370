"""Read one log: open it, count it in one scan, and refuse it with one clear message where it is not sound."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from evalkit.contacts.frequency import full_frequency
from evalkit.contacts.ingest.clock import EPOCH, Clock
from evalkit.contacts.ingest.mapping import Mapping
from evalkit.contacts.ingest.opened import WORKBOOK, Opened, open_source
from evalkit.contacts.ingest.part import OF_COUNTS, Cells, Part, Whole, tallies
from evalkit.contacts.ingest.places import Lookup, plain_sql, read_lookup, to_lookup
from evalkit.contacts.ingest.privacy import CONTACT_DETAILS, safe_problem
from evalkit.contacts.ingest.sources import Source
from evalkit.contacts.ingest.sql import (
    CHANNELS,
    FORMULA,
    LOOKUP,
    MOMENT_SHIFT,
    MOMENTS,
    SALT,
    UNLISTED,
    UNREADABLE,
    Query,
    fault_query,
    log_query,
)
from evalkit.errors import IngestError, Problem
from evalkit.vocab import Channel

_SAMPLE = 2_000
_MOSTLY = 0.5
_LAST_DAY = 47_482  # 1 January 2100
KEYS = "keys"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """An engine with the tables that every log is read with.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        The engine.
    mapping : Mapping
        What columns mean.
    lookup : Lookup
        Where places belong.
    channels : tuple of str
        Every channel, by its number.
    """

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    lookup: Lookup
    channels: tuple[str, ...]


def prepare(connection: duckdb.DuckDBPyConnection, mapping: Mapping, salt: bytes) -> Reader:
    """An engine ready to read: lookup and channels as tables, the salt of the digests in its memory."""
    pairs = read_lookup(mapping.place)
    lookup = to_lookup(mapping.place, pairs, _plain(connection, mapping, [place for place, _ in pairs]))
    _table(connection, LOOKUP, "plain VARCHAR, code INTEGER", list(lookup.codes.items()))
    channels, values = channel_values(mapping)
    _table(connection, CHANNELS, "plain VARCHAR, code INTEGER", list(values.items()))
    connection.execute(f"SET VARIABLE {SALT} = ?", [salt.hex()])
    return Reader(connection=connection, mapping=mapping, lookup=lookup, channels=channels)


def channel_values(mapping: Mapping) -> tuple[tuple[str, ...], dict[str, int]]:
    """Every channel that a row can have, sorted, and the number of the channel of each value in small letters."""
    channel = mapping.channel
    if channel.constant is not None:
        return (channel.constant,), {}
    named = {value.strip().casefold(): name for value, name in channel.values.items()}
    own = {name: name for name in {*channel.values.values(), *map(str, Channel)}}
    meant = {**{name.casefold(): name for name in own}, **named}
    channels = tuple(sorted(own))
    return channels, {value: channels.index(name) for value, name in meant.items()}


def read_source(reader: Reader, source: Source, content: str) -> Part:
    """Read one log.

    Parameters
    ----------
    reader : Reader
        The engine.
    source : Source
        The log.
    content : str
        Hash of its content, where it has been made already; empty for what is no file: then it is that of the counts.

    Returns
    -------
    Part
        Where duplicates are looked for across logs, the digests of its keys are added to the engine's table ``keys``.

    Raises
    ------
    IngestError
        One message for all that is wrong with it, without any value of its cells.
    """
    problem = None
    try:
        opened = open_source(reader.connection, source, reader.mapping)
        before = source.stamp()
        part = _read(reader, source, opened, content)
        if source.stamp() != before:
            problem = Problem(code="changed", what="The file changed while it was read.", repair="Read it again.")
    except duckdb.Error as error:
        problem = safe_problem(error)
    finally:
        with suppress(duckdb.Error):  # an engine that broke off has nothing left to remove
            reader.connection.unregister(WORKBOOK)
    if problem:
        raise IngestError(source.name, [problem])
    return part


def _read(reader: Reader, source: Source, opened: Opened, content: str) -> Part:
    try:
        query = log_query(opened, reader.mapping, first_reason=len(reader.lookup.regions), other_channel=_other(reader))
    except IngestError as error:
        problems = error.problems
    else:
        _refuse_contact_details(reader, source, opened)
        return _counted(reader, source, opened, query, content)
    raise IngestError(source.name, problems)


def _other(reader: Reader) -> int | None:
    if reader.mapping.channel.unlisted != "other" or reader.mapping.channel.column is None:
        return None
    return reader.channels.index(Channel.OTHER.value)


def _counted(reader: Reader, source: Source, opened: Opened, query: Query, content: str) -> Part:
    if query.keyed:
        moments_table(reader, query.clock)
        codes, rows, cells, without = _by_key(reader, query, source)
    else:
        codes, rows = _codes(reader.connection, query.counted())
        cells, without = _cells(codes, rows, np.zeros_like(rows), query.clock), 0
    found = tallies(codes, rows)
    _refuse_faults(reader, source, query, codes)
    days = codes[codes >= 0] >> MOMENT_SHIFT
    days = days if query.keyed else query.clock.days(days)
    return Part(
        name=source.name,
        identity=source.identity,
        content=content or _hash_of(codes, rows),
        **found,
        without_key=without,
        first_day=int(days.min()) if len(days) else None,
        last_day=int(days.max()) if len(days) else None,
        ignored=opened.ignored,
        cells=cells,
    )


def _codes(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Whole, Whole]:
    found = connection.execute(query).fetchnumpy()
    return np.asarray(found["code"], dtype=np.int64), np.asarray(found["n"], dtype=np.int64)


def _cells(codes: Whole, count: Whole, repeats: Whole, used: Clock | None) -> Cells:
    """Cells from codes; their upper part is a moment of a clock, or a day where there is none."""
    keep = codes >= 0
    upper = codes[keep] >> MOMENT_SHIFT
    days = used.days(upper) if used is not None else upper
    lower = codes[keep] & ((1 << MOMENT_SHIFT) - 1)
    return Cells.of((days << MOMENT_SHIFT) | lower, count[keep], repeats[keep])


def _by_key(reader: Reader, query: Query, source: Source) -> tuple[Whole, Whole, Cells, int]:
    """Each key once: within the log, or, where it is looked for across logs, set aside until all have been read."""
    connection = reader.connection
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query.by_key()}")
    codes, rows = _codes(connection, "SELECT code, sum(n)::BIGINT AS n FROM found GROUP BY code")
    without = connection.execute("SELECT sum(n)::BIGINT FROM found WHERE k IS NULL AND code >= 0").fetchone()
    across = reader.mapping.deduplicate is not None and reader.mapping.deduplicate.across == "all files"
    if across:
        keys_table(connection)
        insert = f"INSERT INTO {KEYS} SELECT ?, k, part, code, n FROM found WHERE k IS NOT NULL"
        connection.execute(insert, [source.identity])
    which = "WHERE k IS NULL" if across else ""
    counts = "sum(CASE WHEN k IS NULL THEN n ELSE 1 END)::BIGINT AS counted"
    repeats = "sum(CASE WHEN k IS NULL THEN 0 ELSE n - 1 END)::BIGINT AS repeats"
    cells = _from_table(connection, f"SELECT code, {counts}, {repeats} FROM found {which} GROUP BY code")
    connection.execute("DROP TABLE found")
    return codes, rows, cells, int((without or (0,))[0] or 0)


def keys_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of digests, where there is none yet."""
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {KEYS} (source VARCHAR, k UBIGINT, part BIGINT, code BIGINT, n BIGINT)"
    )


def counted_keys(connection: duckdb.DuckDBPyConnection) -> Cells:
    """Every key of the table ``keys`` once: under its smallest code, which is its first day."""
    each = f"SELECT min(code) AS code, sum(n) AS n FROM {KEYS} GROUP BY k, part"
    return _from_table(
        connection,
        f"SELECT code, count(*) AS counted, (sum(n) - count(*))::BIGINT AS repeats FROM ({each}) GROUP BY code",
    )


def _from_table(connection: duckdb.DuckDBPyConnection, query: str) -> Cells:
    found = connection.execute(query).fetchnumpy()
    codes, counted, repeats = (np.asarray(found[name], dtype=np.int64) for name in ("code", "counted", "repeats"))
    return _cells(codes, counted, repeats, None)


def moments_table(reader: Reader, used: Clock) -> None:
    """The day and the period of every moment of a clock, as a table."""
    name = f"{MOMENTS} of {used.written}"
    done = reader.connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = ?", [MOMENTS]).fetchone()
    if done and done[0] == name:
        return
    moments = np.arange((_LAST_DAY + 1) * used.parts, dtype=np.int64)
    days = used.days(moments)
    dates = np.datetime64(EPOCH) + days.clip(0).astype("timedelta64[D]")
    periods = pd.PeriodIndex(pd.DatetimeIndex(dates), freq=full_frequency(reader.mapping.frequency))
    frame = pd.DataFrame({"moment": moments, "day": days.astype(np.int32), "period": periods.asi8.astype(np.int32)})
    reader.connection.register("frame_of_moments", frame)
    reader.connection.execute(f"CREATE OR REPLACE TABLE {MOMENTS} AS SELECT * FROM frame_of_moments")
    reader.connection.execute(f"COMMENT ON TABLE {MOMENTS} IS '{name}'")
    reader.connection.unregister("frame_of_moments")


def _hash_of(codes: Whole, rows: Whole) -> str:
    order = np.argsort(codes)
    return OF_COUNTS + hashlib.sha256(codes[order].tobytes() + rows[order].tobytes()).hexdigest()


# --- what is refused -------------------------------------------------------------------------------------------------


def _refuse_faults(reader: Reader, source: Source, query: Query, codes: Whole) -> None:
    wrong = [FORMULA] if (codes == FORMULA).any() else []
    if (codes == UNREADABLE).any() and reader.mapping.time.unreadable == "refuse":
        wrong.append(UNREADABLE)
    if (codes == UNLISTED).any() and reader.mapping.channel.unlisted == "refuse":
        wrong.append(UNLISTED)
    if not wrong:
        return
    raise IngestError(source.name, _located(reader, query, wrong))


def _located(reader: Reader, query: Query, wrong: Sequence[int]) -> list[Problem]:
    """The faults with the row of the first of each, which takes a second scan, in order."""
    connection = reader.connection
    before = connection.execute("SELECT current_setting('threads')").fetchone()
    connection.execute("SET threads = 1; SET preserve_insertion_order = true")
    try:
        found = connection.execute(fault_query(query.numbered, tuple(wrong))).fetchall()
    finally:
        connection.execute(f"SET preserve_insertion_order = false; SET threads = {before[0] if before else 1}")
    return [_fault(reader.mapping, code, first + 1, count) for code, first, count in found]


def _fault(mapping: Mapping, code: int, row: int, count: int) -> Problem:
    more = f" ({count} rows in all)" if count > 1 else ""
    if code == UNREADABLE:
        form = " or ".join(map(repr, mapping.time.format)) or "ISO 8601, such as 2019-05-02 14:30"
        offset = ", each with its offset" if mapping.time.zone == "offset" else ""
        what = f"The time is empty, cannot be read as {form}{offset}, or lies outside 1970 to 2099{more}."
        repair = 'Add its form to format under [time], mend the log, or say unreadable = "leave out".'
        return Problem(code="unreadable-time", what=what, repair=repair, rows=(row,))
    if code == UNLISTED:
        what = f"The column {mapping.channel.column!r} holds a value that is no channel{more}; it is not shown."
        repair = 'List it under values in [channel], or say unlisted = "other" or "leave out".'
        return Problem(code="unlisted-channel", what=what, repair=repair, rows=(row,))
    what = f"A cell that is read begins with '=', as a formula does{more}."
    return Problem(code="formula", what=what, repair="Export the log with values instead of formulas.", rows=(row,))


def _refuse_contact_details(reader: Reader, source: Source, opened: Opened) -> None:
    """Refuse a place or channel column that holds e-mail addresses, telephone numbers or IP addresses."""
    for column in filter(None, (reader.mapping.place.column, reader.mapping.channel.column)):
        expression, kind = opened.columns[column]
        if kind != "VARCHAR":
            continue
        tests = ", ".join(
            f"avg(CAST(regexp_full_match(trim(v), $${pattern}$$) AS DOUBLE))" for _, pattern in CONTACT_DETAILS
        )
        sample = f"SELECT {expression} AS v FROM {opened.relation} LIMIT {_SAMPLE}"
        shares = reader.connection.execute(f"SELECT {tests} FROM ({sample}) WHERE trim(v) <> ''").fetchone() or ()
        for (what_it_is, _), share in zip(CONTACT_DETAILS, shares, strict=True):
            if share is not None and share > _MOSTLY:
                what = f"The column {column!r} holds {what_it_is}, not places or channels; none of it was kept."
                problem = Problem(code="personal-column", what=what, repair="Name another column in the mapping.")
                raise IngestError(source.name, [problem])


# --- tables ----------------------------------------------------------------------------------------------------------


def _plain(connection: duckdb.DuckDBPyConnection, mapping: Mapping, places: list[str]) -> list[str | None]:
    """The plain form of each place of the lookup, by the same expression that reads the log."""
    frame = pd.DataFrame({"number": range(len(places)), "place": pd.Series(places, dtype=object)})
    connection.register("places_of_lookup", frame)
    found = connection.execute(
        f"SELECT {plain_sql(mapping.place.kind, 'place')} FROM places_of_lookup ORDER BY number"
    ).fetchall()
    connection.unregister("places_of_lookup")
    return [row[0] for row in found]


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[tuple[str, int]]) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        frame = pd.DataFrame(rows, columns=["plain", "code"])
        connection.register("rows_of_table", frame)
        connection.execute(f"INSERT INTO {name} SELECT plain, code FROM rows_of_table")
        connection.unregister("rows_of_table")
