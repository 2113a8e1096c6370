"""From contact logs to contacts: the one call that does it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from evalkit.contacts.ingest.assemble import assemble
from evalkit.contacts.ingest.audit import Ingested, audit_of
from evalkit.contacts.ingest.engine import DEFAULT_MEMORY, engine
from evalkit.contacts.ingest.intact import content_of
from evalkit.contacts.ingest.mapping import Mapping, load_mapping
from evalkit.contacts.ingest.opening import check_services
from evalkit.contacts.ingest.part import Part, together
from evalkit.contacts.ingest.privacy import safe_problem
from evalkit.contacts.ingest.read import Reader, counted_keys, keys_table, prepare, read_source
from evalkit.contacts.ingest.sources import Source, find_sources
from evalkit.contacts.ingest.state import State, held, load_keys, save
from evalkit.contacts.profile import AUDIT_SUFFIX
from evalkit.contacts.read import read_contacts
from evalkit.contacts.table import Contacts, write_atomic
from evalkit.errors import DataError, EvalkitError, IngestError, Problem, UsageError
from evalkit.vocab import UNALLOCATED

OUTPUTS: Final = (".csv", ".parquet")


def ingest(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    mapping: Mapping | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    state: str | os.PathLike[str] | None = None,
    memory: str = DEFAULT_MEMORY,
    threads: int | None = None,
) -> Ingested:
    """Count the contacts of logs by region, channel and period.

    Parameters
    ----------
    logs : str or path, or iterable of them
        Files (CSV, gzipped CSV, Parquet, Excel, SQLite), folders, patterns, addresses (``s3://…``) or ``"postgres"``.
    mapping : Mapping, str or path
        What their columns mean, or the file that says it. No other column is read.
    out : str or path, optional
        Contacts file to write (``.csv`` or ``.parquet``), with its metadata and ``<stem>.ingest.json``, the audit
        trail.
        Nothing is written where anything is wrong, and each file appears complete or not at all.
    state : str or path, optional
        Private folder that remembers which logs have been read: they are not read again, and new ones are added.
    memory : str, optional
        Most memory that the engine takes, such as ``"1GB"``; what does not fit goes to a private temporary folder.
    threads : int, optional
        Threads of the engine; the number of processors unless given.

    Returns
    -------
    Ingested
        The contacts and their audit trail.

    Raises
    ------
    IngestError
        A log or the mapping has problems. No message holds a value of a cell.
    UsageError
        An argument that is not allowed, or an extension that is not installed.
    """
    try:
        return _ingest(logs, mapping, out=out, state=state, memory=memory, threads=threads)
    except EvalkitError:
        raise
    except Exception as error:  # whatever an engine or a file raises may quote cells: only its kind is passed on
        problem = safe_problem(error)
    # outside the handler, so that the error has no context that quotes them either
    raise IngestError("ingest", [problem])


def _ingest(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    mapping: Mapping | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None,
    state: str | os.PathLike[str] | None,
    memory: str,
    threads: int | None,
) -> Ingested:
    asked = mapping if isinstance(mapping, Mapping) else load_mapping(Path(mapping))
    target = None if out is None else _target(Path(out))
    named: Sequence[str | os.PathLike[str]] = [logs] if isinstance(logs, str | os.PathLike) else list(logs)
    sources = find_sources(named)
    keyed = asked.deduplicate is not None
    with (
        held(None if state is None else Path(state), asked) as kept,
        engine(memory=memory, threads=threads, keyed=keyed) as opened,
    ):
        reader = prepare(opened, asked, kept.salt)
        check_services(asked, reader.channels, (*reader.lookup.regions, UNALLOCATED))
        parts, read, notes = _read_all(reader, sources, kept)
        cells = together([part.cells for part in parts])
        if asked.deduplicate is not None and asked.deduplicate.across == "all files":
            keys_table(opened)
            cells = together([cells, counted_keys(opened)])
        assembled = assemble(cells, asked, reader.lookup, reader.channels)
        result = audit_of(assembled, parts, asked, read=read, before=_before(target))
        result = _with_notes(result, notes)
        save(opened, kept, parts, asked)
        if target is not None:
            _write(result, target)
    return result


def _target(out: Path) -> Path:
    if out.suffix.casefold() not in OUTPUTS:
        raise UsageError(f"{out.name} must end in {' or '.join(OUTPUTS)}.")
    if not out.parent.is_dir():
        raise UsageError(f"There is no folder {str(out.parent)!r}. Create it, or choose another.")
    return out


def _read_all(
    reader: Reader, sources: Sequence[Source], state: State
) -> tuple[tuple[Part, ...], tuple[str, ...], list[Problem]]:
    """Every log that is not known yet, read; those known before are kept, and replaced where their content changed."""
    encoding = reader.mapping.files.encoding
    made = {source.identity: content_of(source, encoding) for source in sources}
    contents = {identity: content for identity, content in made.items() if content}
    known = {part.identity: part for part in state.parts}
    twins = _twins(sources, contents, known)
    fresh: dict[str, Part] = {}
    for source in sources:
        content = contents.get(source.identity, "")
        unchanged = source.identity in known and known[source.identity].content == content
        if source.identity not in twins and not unchanged:
            fresh[source.identity] = read_source(reader, source, content)
    old = [part for identity, part in known.items() if identity not in fresh and identity not in twins]
    if reader.mapping.deduplicate is not None and reader.mapping.deduplicate.across == "all files":
        load_keys(reader.connection, state, old)
    parts = sorted([*old, *fresh.values()], key=lambda part: (part.name, part.identity))
    return tuple(parts), tuple(fresh), [_twin(name, other) for name, other in twins.values()]


def _twins(sources: Sequence[Source], contents: dict[str, str], known: dict[str, Part]) -> dict[str, tuple[str, str]]:
    """Files with the bytes of another one, by identity: their name and that of the one that counts."""
    names = {identity: part.name for identity, part in known.items()} | {each.identity: each.name for each in sources}
    now = {identity: part.content for identity, part in known.items() if part.of_bytes} | contents
    unchanged = {identity for identity, part in known.items() if now.get(identity) == part.content}
    first: dict[str, str] = {}
    twins = {}
    for identity in sorted(now, key=lambda each: (each not in unchanged, names[each], each)):
        holder = first.setdefault(now[identity], identity)
        if holder != identity:
            twins[identity] = (names[identity], names[holder])
    return twins


def _twin(name: str, other: str) -> Problem:
    what = f"{name} has the same content as {other}; it was counted once."
    return Problem(code="same-content", what=what, repair="Nothing to do if one is a copy.", fatal=False)


def _with_notes(result: Ingested, notes: Sequence[Problem]) -> Ingested:
    if not notes:
        return result
    every = (*result.notes, *notes)
    return replace(result, notes=every, audit={**result.audit, "notes": [note.to_dict() for note in every]})


def _before(target: Path | None) -> Contacts | None:
    """The counts that are about to be replaced, to list what changes; None where there are none that can be read."""
    if target is None or not target.exists():
        return None
    try:
        return read_contacts(target)
    except DataError:
        return None


def _write(result: Ingested, target: Path) -> None:
    """The counts last: whoever finds them finds their trail."""
    text = json.dumps(result.audit, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomic(target.with_name(target.stem + AUDIT_SUFFIX), text)
    if target.suffix.casefold() == ".parquet":
        result.contacts.to_parquet(target)
    else:
        result.contacts.to_csv(target)
