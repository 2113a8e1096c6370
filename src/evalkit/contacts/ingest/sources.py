"""Which logs are meant: files, folders, globs, addresses and databases, each by a name that is safe to show."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from evalkit.contacts.ingest.mapping import refused
from evalkit.errors import EvalkitError, nearest

SourceKind = Literal["text", "parquet", "workbook", "sqlite", "postgres", "remote"]
_KINDS: Final[tuple[tuple[tuple[str, ...], SourceKind], ...]] = (
    ((".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"), "text"),
    ((".parquet",), "parquet"),
    ((".xlsx",), "workbook"),
    ((".sqlite", ".sqlite3", ".db"), "sqlite"),
)
ENDINGS: Final = tuple(ending for endings, _ in _KINDS for ending in endings)
POSTGRES: Final = "postgres"
_REMOTE: Final = ("s3://", "https://", "http://")
_GLOB: Final = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One log.

    Attributes
    ----------
    name : str
        What it is called in reports: the name of the file, or the address; no folder of this machine.
    kind : str
        What it is.
    place : str
        Where it is: a path, an address, or ``"postgres"``.
    """

    name: str
    kind: SourceKind
    place: str

    @property
    def identity(self) -> str:
        """A hash of where it is: the same log, read again later, has the same one."""
        where = self.place if self.kind in {"remote", "postgres"} else str(Path(self.place).resolve())
        return hashlib.sha256(f"{self.kind}\n{where}".encode("utf-8", "surrogateescape")).hexdigest()

    def stamp(self) -> tuple[int, int] | None:
        """Size and time of the last change of a file, None for what is no file.

        Raises
        ------
        IngestError
            The file is no longer there.
        """
        if self.kind in {"remote", "postgres"}:
            return None
        try:
            found = os.stat(self.place)  # noqa: PTH116  # one call, and no symbolic link to resolve
        except OSError:
            found = None
        if found is None:
            raise vanished(self.name)
        return found.st_size, found.st_mtime_ns


def damaged(name: str) -> EvalkitError:
    """The error for a packed file that is damaged or cut off."""
    what = "The file is damaged or ends too early."
    return refused(name, "damaged-file", what, "Copy or export it again; its transfer may have been cut off.")


def vanished(name: str) -> EvalkitError:
    """The error for a file that was there and is no longer, or may not be read."""
    what = "The file is no longer there, or may not be read."
    return refused(name, "vanished", what, "Put it back, and see that nothing moves it while it is read.")


def find_sources(logs: Iterable[str | os.PathLike[str]]) -> tuple[Source, ...]:
    """Every log that some names mean, sorted, each once.

    Parameters
    ----------
    logs : iterable of str or path
        Files, folders (every log inside, also in folders inside it), patterns with ``*``, ``?`` or ``[…]``, addresses
        (``s3://…``) and ``"postgres"`` for the server that the mapping names.

    Raises
    ------
    IngestError
        A name means nothing, or a kind of file that is not read.
    """
    found: dict[str, Source] = {}
    for log in logs:
        for source in _sources(os.fspath(log)):
            found.setdefault(source.identity, source)
    if not found:
        raise refused("logs", "no-logs", "No log was named.", "Name files, folders, patterns or addresses.")
    return tuple(sorted(found.values(), key=lambda source: (source.name, source.place)))


def _sources(log: str) -> Sequence[Source]:
    if log == POSTGRES:
        return [Source(name=POSTGRES, kind="postgres", place=POSTGRES)]
    if log.startswith(("postgres://", "postgresql://")):
        what = "A connection string was given as a log; it would be seen by others on this machine."
        repair = "Put it into the environment variable that the mapping names, and give the word 'postgres' as the log."
        raise refused("connection string (not shown)", "secret-in-command", what, repair)
    if log.startswith(_REMOTE):
        return [Source(name=log.partition("?")[0], kind="remote", place=log)]
    path = Path(log)
    if path.is_dir():
        inside = [child for child in sorted(path.rglob("*")) if child.is_file() and kind_of(child.name)]
        logs = [child for child in inside if not child.name.startswith((".", "~$"))]
        if not logs:
            raise refused(path.name, "no-logs", "The folder holds no log.", f"Logs end in {', '.join(ENDINGS)}.")
        return [_file(child) for child in logs]
    if _GLOB & set(log) and not path.exists():
        matched = [Path(name) for name in sorted(glob.glob(log, recursive=True))]  # noqa: PTH207  # may be absolute
        files = [name for name in matched if name.is_file()]
        if not files:
            raise refused(log, "no-logs", "No file matches the pattern.", "Check the folder and the pattern.")
        return [_file(name) for name in files]
    if not path.exists():
        beside = [child.name for child in path.parent.iterdir()] if path.parent.is_dir() else []
        match = nearest(path.name, beside)
        hint = f"Did you mean {match!r}?" if match else "Check the name and the folder."
        raise refused(path.name, "no-such-file", "There is no such file.", hint)
    return [_file(path)]


def kind_of(name: str) -> SourceKind | None:
    """What kind of log a file is by its ending, None for none."""
    lowered = name.casefold()
    return next((kind for endings, kind in _KINDS if lowered.endswith(endings)), None)


def _file(path: Path) -> Source:
    kind = kind_of(path.name)
    if kind is None:
        what = f"Files whose name ends in {path.suffix!r} are not read."
        raise refused(path.name, "unknown-format", what, f"Logs end in {', '.join(ENDINGS)}.")
    return Source(name=path.name, kind=kind, place=str(path))
