"""A log as the engine sees it: a relation, and how each column that is read is addressed. Nothing is read yet."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from evalkit.contacts.ingest.engine import LONGEST_LINE, load_extension
from evalkit.contacts.ingest.mapping import Mapping, refused
from evalkit.contacts.ingest.privacy import looks_like_data, safe_problem, shown_columns
from evalkit.contacts.ingest.sources import Source, damaged, kind_of, vanished
from evalkit.errors import EvalkitError, IngestError, Problem, nearest

_HEADING_BYTES: Final = 1 << 20
_SEPARATORS: Final = (",", ";", "\t", "|")
_BINARY: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"SQLite format 3")
_TEXT: Final = "VARCHAR"
WORKBOOK: Final = "workbook"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A log that can be read.

    Attributes
    ----------
    relation : str
        What stands after FROM.
    columns : dict of str to (str, str)
        For each heading the expression that reads it, and its type.
    ignored : tuple of (str, bool)
        Every column that is not read, as it may be shown, and whether it looks personal.
    """

    relation: str
    columns: dict[str, tuple[str, str]]
    ignored: tuple[tuple[str, bool], ...]


def open_source(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> Opened:
    """Open a log: find its headings, and refuse it where a column that the mapping names is not there.

    Raises
    ------
    IngestError
        It cannot be opened, or lacks a column.
    UsageError
        An extension of the engine is not installed.
    """
    kind = kind_of(source.place) if source.kind == "remote" else source.kind
    if source.kind == "remote":
        _remote(connection, source)
    if kind == "text":
        return _open_text(connection, source, mapping)
    if kind == "parquet":
        return _described(connection, f"read_parquet({quoted(source.place)})", source, mapping)
    if kind == "workbook" and source.kind != "remote":
        return _open_workbook(connection, source, mapping)
    if kind in {"sqlite", "postgres"} and source.kind != "remote":
        return _open_database(connection, source, mapping)
    what = "An address must end in .parquet, .csv or .csv.gz."
    raise refused(source.name, "unknown-format", what, "Give the address of such a file, or a pattern of them.")


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def checked(headings: Sequence[str], source: Source, mapping: Mapping) -> tuple[tuple[str, bool], ...]:
    """The columns that are not read; refuses headings among which one that the mapping names is missing or twice."""
    stripped = [heading.strip() for heading in headings]
    absent = [column for column in mapping.columns if column not in stripped]
    twice = [column for column in mapping.columns if stripped.count(column) > 1]
    if absent and stripped and all(map(looks_like_data, stripped)):
        what = "The first row holds values where headings should stand (they are not shown)."
        raise refused(source.name, "no-headings", what, "Export the log with a row of headings.", (1,))
    problems = [_absent(column, stripped) for column in absent]
    problems += [
        Problem(code="column-twice", what=f"There are two columns {column!r}.", repair="Rename one.")
        for column in twice
    ]
    if problems:
        raise IngestError(source.name, problems)
    return shown_columns(stripped, mapping.columns)


def _absent(column: str, headings: Sequence[str]) -> Problem:
    match = nearest(column, [heading for heading in headings if not looks_like_data(heading)])
    hint = f"Did you mean {match!r}?" if match else "Check the mapping, and that the first row holds the headings."
    return Problem(code="missing-column", what=f"There is no column {column!r} that the mapping names.", repair=hint)


# --- text ------------------------------------------------------------------------------------------------------------


def _open_text(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> Opened:
    encoding = mapping.files.encoding
    head = _remote_head(connection, source) if source.kind == "remote" else _head(source)
    if head.startswith(_BINARY) or (b"\x00" in head and encoding != "utf-16"):
        what = (
            "The name is that of a text file, and the content is not text (or UTF-16, which the mapping does not say)."
        )
        raise refused(source.name, "wrong-format", what, 'Export it as CSV UTF-8, or say encoding = "utf-16".')
    text = _decoded(head, encoding, source)
    directive = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    rest = text[directive.end() :] if directive else text
    separator = mapping.files.delimiter or (directive[1] if directive else _separator(rest))
    headings = _headings(rest, separator, source)
    ignored = checked(headings, source, mapping)
    types = ", ".join(f"'c{place}': '{_TEXT}'" for place in range(len(headings)))
    relation = (
        f"read_csv({quoted(source.place)}, auto_detect=false, header=true, delim={quoted(separator)}, quote='\"', "
        f"escape='\"', nullstr='', encoding='{encoding}', max_line_size={LONGEST_LINE}, skip={1 if directive else 0}, "
        f"columns={{{types}}})"
    )
    stripped = [heading.strip() for heading in headings]
    columns = {column: (f"c{stripped.index(column)}", _TEXT) for column in mapping.columns}
    return Opened(relation=relation, columns=columns, ignored=ignored)


def _head(source: Source) -> bytes:
    """The first megabyte of a text file, unpacked."""
    problem: EvalkitError
    try:
        if source.place.casefold().endswith(".gz"):
            with gzip.open(source.place) as packed:
                return packed.read(_HEADING_BYTES)
        with Path(source.place).open("rb") as file:
            return file.read(_HEADING_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        problem = damaged(source.name)
    except OSError:
        problem = vanished(source.name)
    raise problem


def _decoded(head: bytes, encoding: str, source: Source) -> str:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    line = head.partition(b"\n")[0] if encoding != "utf-16" else head
    text = line.decode(codec, errors="replace")
    if "\ufffd" in text:
        what = f"The row of headings is not {encoding} text."
        raise refused(source.name, "encoding", what, 'Save it as CSV UTF-8, or say encoding = "latin-1".', (1,))
    return head.decode(codec, errors="replace")


def _separator(text: str) -> str:
    """The separator that stands most often in the row of headings, outside quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=bare.count)


def _headings(text: str, separator: str, source: Source) -> list[str]:
    csv.field_size_limit(_HEADING_BYTES)
    try:
        headings = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        headings = []
    if not headings:
        raise refused(source.name, "empty-file", "The file has no row of headings.", "Export it again.")
    return headings


# --- workbooks -------------------------------------------------------------------------------------------------------


def _open_workbook(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> Opened:
    """The columns that are read of one sheet, in the engine's memory: a sheet has a million rows at most."""
    import pyarrow as pa

    problem = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and lists that openpyxl does not keep
            rows = _sheet(source, mapping)
            headings = ["" if cell is None else str(cell) for cell in next(rows, [])]
            ignored = checked(headings, source, mapping)
            places = [[heading.strip() for heading in headings].index(column) for column in mapping.columns]
            kept = [[_cell(row, place) for place in places] for row in rows]
    except OSError:
        problem = vanished(source.name)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, zlib.error):
        problem = refused(source.name, "damaged-file", "The workbook cannot be read.", "Save it again as .xlsx.")
    if problem:
        raise problem
    arrays = [pa.array([row[place] for row in kept], pa.string()) for place in range(len(places))]
    table = pa.table(arrays, names=[f"c{place}" for place in range(len(places))])
    connection.register(WORKBOOK, table)
    columns = {column: (f"c{place}", _TEXT) for place, column in enumerate(mapping.columns)}
    return Opened(relation=WORKBOOK, columns=columns, ignored=ignored)


def _sheet(source: Source, mapping: Mapping) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook

    book = load_workbook(source.place, read_only=True, data_only=False)
    names = [page.title for page in book.worksheets]
    wanted = mapping.files.sheet or names[0]
    if wanted not in names:
        match = nearest(wanted, names)
        hint = f"Did you mean {match!r}?" if match else "Check [files] sheet."
        raise refused(source.name, "unknown-sheet", f"There is no sheet {wanted!r}.", hint)
    page = book[wanted]
    page.reset_dimensions()
    yield from page.iter_rows(values_only=True)
    book.close()


def _cell(row: Sequence[Any], place: int) -> str | None:
    """A cell as text; dates in ISO form, whole numbers without a point."""
    value = row[place] if place < len(row) else None
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ")) if hasattr(value, "hour") and hasattr(value, "year") else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- Parquet, databases, addresses -----------------------------------------------------------------------------------


def _described(connection: duckdb.DuckDBPyConnection, relation: str, source: Source, mapping: Mapping) -> Opened:
    """What the engine itself knows the columns of."""
    problem, found = None, []
    try:
        found = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except duckdb.Error as error:
        problem = safe_problem(error)
    if problem:
        raise IngestError(source.name, [problem])
    types = {str(name): str(kind) for name, kind, *_ in found}
    ignored = checked(list(types), source, mapping)
    by_heading = {name.strip(): name for name in types}
    columns = {name: (identifier(by_heading[name]), types[by_heading[name]]) for name in mapping.columns}
    return Opened(relation=relation, columns=columns, ignored=ignored)


def _open_database(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> Opened:
    if mapping.database is None:
        what = "A database was named, and the mapping does not say which of its tables holds the log."
        raise refused(source.name, "no-table", what, 'Add [database] with table = "…" to the mapping.')
    scanner = "sqlite_scanner" if source.kind == "sqlite" else "postgres_scanner"
    load_extension(connection, scanner, f"Reading a {source.kind} database")
    problem = None
    try:
        if source.kind == "sqlite":
            # every value as text: SQLite does not hold a column to its type
            connection.execute("SET sqlite_all_varchar = true")
            connection.execute(f"ATTACH OR REPLACE {quoted(source.place)} AS logs (TYPE sqlite, READ_ONLY)")
        else:
            address = quoted(_connection_string(mapping, source))
            connection.execute(f"ATTACH OR REPLACE {address} AS logs (TYPE postgres, READ_ONLY)")
    except duckdb.Error as error:
        problem = safe_problem(error)
    if problem:
        raise IngestError(source.name, [problem])
    table = ".".join(identifier(part) for part in mapping.database.table.split("."))
    return _described(connection, f"logs.{table}", source, mapping)


def _connection_string(mapping: Mapping, source: Source) -> str:
    database = mapping.database
    if database is not None and database.connection is not None:
        return database.connection.get_secret_value()
    name = database.connection_env if database is not None else ""
    if not os.environ.get(name):
        what = f"The environment variable {name} is not set."
        repair = "Set it to the connection string, such as: host=… dbname=… user=… password=…"
        raise refused(source.name, "no-connection", what, repair)
    return os.environ[name]


def _remote(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Make addresses readable, with the credentials of the environment, which stay in this connection's memory."""
    load_extension(connection, "httpfs", "Reading from an address")
    if not source.place.startswith("s3://"):
        return
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    options = {
        "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID"),
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN"),
        "REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "eu-west-2",
        "ENDPOINT": endpoint.partition("://")[2].rstrip("/"),
        "URL_STYLE": "path" if endpoint else None,
        "USE_SSL": "false" if endpoint.startswith("http://") else None,
    }
    given = ", ".join(f"{name} {quoted(value)}" for name, value in options.items() if value)
    problem = None
    try:
        connection.execute(f"CREATE OR REPLACE TEMPORARY SECRET logs_at_s3 (TYPE s3, {given})")
    except duckdb.Error as error:
        problem = safe_problem(error)
    if problem:
        raise IngestError(source.name, [problem])


def _remote_head(connection: duckdb.DuckDBPyConnection, source: Source) -> bytes:
    """The first line of a text file at an address."""
    problem, line = None, ""
    relation = (
        f"read_csv({quoted(source.place)}, auto_detect=false, header=false, delim='\\x01', quote='', escape='', "
        f"columns={{'line': 'VARCHAR'}}, max_line_size={LONGEST_LINE})"
    )
    try:
        row = connection.execute(f"SELECT line FROM {relation} LIMIT 1").fetchone()
        line = str(row[0]) if row else ""
    except duckdb.Error as error:
        problem = safe_problem(error)
    if problem:
        raise IngestError(source.name, [problem])
    return f"{line}\n".encode()
