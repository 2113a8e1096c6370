"""What has been read already: for each log a hash of its content and its counts, in a private folder.

With it a new month's export is added without reading the old ones. Nothing of a row is kept: counts by day, region and
channel, and, where duplicates are looked for across logs, digests of their keys under a secret that is not in the
folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from evalkit.contacts.ingest.mapping import Mapping, refused
from evalkit.contacts.ingest.opened import quoted
from evalkit.contacts.ingest.part import Cells, Part
from evalkit.contacts.ingest.read import KEYS, keys_table

SCHEMA: Final = 2
SECRET_ENV: Final = "EVALKIT_INGEST_KEY"
SHORTEST_SECRET: Final = 16
_FILE: Final = "state.json"
_LOCK: Final = "lock"
_PARTS: Final = "parts"
_NAMES: Final = ("day", "region", "channel", "count", "repeats")


@dataclass(frozen=True, kw_only=True)
class State:
    """What a folder says has been read.

    Attributes
    ----------
    folder : Path or None
        The folder; None where nothing is kept.
    parts : tuple of Part
        The logs read so far.
    salt : bytes
        Under which keys are digested.
    """

    folder: Path | None
    parts: tuple[Part, ...]
    salt: bytes


@contextmanager
def held(folder: Path | None, mapping: Mapping) -> Iterator[State]:
    """What has been read, while nobody else may add to it.

    Raises
    ------
    IngestError
        The folder belongs to another mapping or another secret, is in use, or the secret is missing.
    """
    if folder is None:
        yield State(folder=None, parts=(), salt=os.urandom(32))
        return
    salt = _salt(mapping)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    (folder / _PARTS).mkdir(exist_ok=True, mode=0o700)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, folder)
        yield State(folder=folder, parts=_read(folder, mapping, salt), salt=salt)
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        busy = True
    else:
        busy = False
    if busy:
        raise refused(folder.name, "in-use", "Another ingest is using the state folder.", "Wait until it is done.")


def _salt(mapping: Mapping) -> bytes:
    """The salt of the digests that are kept: from the environment, where they must agree from run to run."""
    if mapping.deduplicate is None or mapping.deduplicate.across == "each file":
        return os.urandom(32)
    secret = os.environ.get(SECRET_ENV, "")
    if len(secret) < SHORTEST_SECRET:
        what = (
            "Duplicates are looked for across logs, and a state is kept: that needs a secret, under which the keys are "
            f"digested, of at least {SHORTEST_SECRET} characters."
        )
        repair = (
            f"Set the environment variable {SECRET_ENV} (keep it; the next month needs the same one), or say "
            'across = "each file" under [deduplicate].'
        )
        raise refused("mapping", "no-secret", what, repair)
    return hashlib.sha256(b"evalkit ingest\n" + secret.encode()).digest()


def _check(salt: bytes, mapping: Mapping) -> str:
    """A value by which another secret is noticed; empty where the salt is not kept."""
    kept = mapping.deduplicate is not None and mapping.deduplicate.across == "all files"
    return hashlib.sha256(b"check\n" + salt).hexdigest()[:16] if kept else ""


def _read(folder: Path, mapping: Mapping, salt: bytes) -> tuple[Part, ...]:
    file = folder / _FILE
    if not file.exists():
        return ()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        schema, reading, check = content["schema"], content["reading"], content["check"]
        parts = tuple(_part(folder, each) for each in content["parts"])
    except (OSError, ValueError, KeyError, TypeError):
        schema = None
    repair = "Choose a new state folder and read all logs again."
    if schema is None or schema != SCHEMA:
        raise refused(
            folder.name, "damaged-state", "The state folder cannot be read, or is of another version.", repair
        )
    if reading != mapping.reading:
        what = "The state folder was made with another mapping: what is in it was counted in another way."
        raise refused(folder.name, "other-mapping", what, repair)
    if check != _check(salt, mapping):
        what = f"The state folder was made with another secret ({SECRET_ENV})."
        raise refused(folder.name, "other-secret", what, "Set the same secret as before, or choose a new state folder.")
    return parts


def _part(folder: Path, values: dict[str, Any]) -> Part:
    with np.load(folder / _PARTS / f"{_stem(values['identity'], values['content'])}.npz", allow_pickle=False) as arrays:
        cells = Cells(**{name: arrays[name] for name in _NAMES})
    ignored = tuple((str(name), bool(personal)) for name, personal in values.pop("ignored"))
    return Part(**values, ignored=ignored, cells=cells)


def _stem(identity: str, content: str) -> str:
    return f"{identity[:16]}-{content[:32]}"


def load_keys(connection: duckdb.DuckDBPyConnection, state: State, parts: Sequence[Part]) -> None:
    """Put the digests of logs that were read before into the engine's table."""
    if state.folder is None:
        return
    keys_table(connection)
    for part in parts:
        file = state.folder / _PARTS / f"{_stem(part.identity, part.content)}.parquet"
        connection.execute(
            f"INSERT INTO {KEYS} SELECT ?, k, part, code, n FROM read_parquet({quoted(str(file))})", [part.identity]
        )


def save(connection: duckdb.DuckDBPyConnection, state: State, parts: Sequence[Part], mapping: Mapping) -> None:
    """Write what has been read; the list of logs last and in one step: before that, nothing has happened."""
    if state.folder is None:
        return
    known = set(state.parts)
    keyed = bool(_check(state.salt, mapping))
    for part in parts:
        if part in known:
            continue
        stem = _stem(part.identity, part.content)
        _write(state.folder / _PARTS / f"{stem}.npz", lambda file, its=part.cells: _save_cells(file, its))
        if keyed:
            _write(
                state.folder / _PARTS / f"{stem}.parquet",
                lambda file, its=part: _save_keys(connection, file, its.identity),
            )
    content = {
        "schema": SCHEMA,
        "reading": mapping.reading,
        "check": _check(state.salt, mapping),
        "parts": [replace(part).to_dict() for part in sorted(parts, key=lambda part: (part.name, part.identity))],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    _write(state.folder / _FILE, lambda file: file.write_text(text, encoding="utf-8"))
    wanted = {_stem(part.identity, part.content) for part in parts}
    for file in (state.folder / _PARTS).iterdir():
        if file.stem not in wanted:
            file.unlink(missing_ok=True)


def _save_cells(file: Path, cells: Cells) -> None:
    with file.open("wb") as stream:
        np.savez_compressed(stream, **{name: getattr(cells, name) for name in _NAMES})


def _save_keys(connection: duckdb.DuckDBPyConnection, file: Path, identity: str) -> None:
    query = f"SELECT k, part, code, n FROM {KEYS} WHERE source = {quoted(identity)} ORDER BY k, part"
    connection.execute(f"COPY ({query}) TO {quoted(str(file))} (FORMAT parquet)")


def _write(path: Path, fill: Any) -> None:
    """Fill a private file under a temporary name beside its place, then rename it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # mode 0600
    os.close(handle)
    try:
        fill(Path(name))
        Path(name).chmod(0o600)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
