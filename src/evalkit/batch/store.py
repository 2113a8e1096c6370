"""Where the files of a run go: a folder, or anything that can keep bytes under a name.

Every write happens or does not: nobody ever sees half a file under its own name, not even after a power cut.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from evalkit import vocab
from evalkit.errors import BatchError
from evalkit.evaluation.addresses import is_address

INTERNAL: Final = vocab.INTERNAL_FOLDER
"""The part of an output that is not for publication."""

_STAGING: Final = f"{INTERNAL}/part"
_NOT_FOR_PUBLICATION: Final = (
    "Not for publication.\n\n"
    "This folder holds the notebooks as they were executed, with the counts as they were counted, and what evalkit\n"
    "needs to go on with a run. Everything that may be published stands outside this folder.\n"
)


class Store(Protocol):
    """A place for files by name; names are relative, with forward slashes."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place, whole; ``OSError`` (such as ``ENOSPC``) leaves what was there before."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of a file; ``FileNotFoundError`` where there is none."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """Names of the files that begin with ``prefix``, sorted."""
        ...

    def remove(self, name: str) -> None:
        """Take a file away; nothing happens where there is none."""
        ...


class LocalStore:
    """A folder of this machine.

    A file is written beside its place under ``internal/part``, flushed to the disk, and renamed. What a killed run
    left in ``internal/part`` is nobody's, and :meth:`sweep` takes it away.

    Parameters
    ----------
    folder : str or Path
        Made where it does not exist.

    Raises
    ------
    BatchError
        The folder cannot be made, or is a file.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise BatchError(f"The output {self.folder} is a file. Name a folder.")
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
            (self.folder / INTERNAL).chmod(0o700)
            readme = self.folder / INTERNAL / "README.txt"
            if not readme.exists():
                readme.write_text(_NOT_FOR_PUBLICATION, encoding="utf-8")
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise BatchError(f"The output {self.folder} cannot be made: {reason}. Name a folder that can.") from problem

    @property
    def _staging(self) -> Path:
        return self.folder / _STAGING

    def write(self, name: str, content: bytes) -> None:
        """As :meth:`Store.write`: flushed to the disk before it gets its name."""
        self.write_all({name: content})

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write several files: all of them are on the disk before the first gets its name.

        So a full disk leaves every one as it was before. They get their names one after another: a process killed just
        then leaves some files new and others old, each of them whole.
        """
        places = {name: self._place(name) for name in files}
        parts: dict[str, Path] = {}
        try:
            for name, content in files.items():
                parts[name] = self._staged(content, mode=0o600 if name.startswith(f"{INTERNAL}/") else 0o644)
                places[name].parent.mkdir(parents=True, exist_ok=True)
            for name, part in parts.items():
                part.replace(places[name])
        except BaseException:
            for part in parts.values():
                part.unlink(missing_ok=True)
            raise
        for folder in {place.parent for place in places.values()}:
            _flush_folder(folder)

    def _staged(self, content: bytes, *, mode: int) -> Path:
        """A whole file under a name of no meaning."""
        self._staging.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".part", dir=self._staging)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(mode)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part

    def move(self, name: str, to: str) -> None:
        """Give a file another name, in place of what was there; nothing is copied, so that it works on a full disk."""
        place = self._place(to)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._place(name).replace(place)

    def read(self, name: str) -> bytes:
        """As :meth:`Store.read`."""
        return self._place(name).read_bytes()

    def exists(self, name: str) -> bool:
        """As :meth:`Store.exists`."""
        return self._place(name).is_file()

    def names(self, prefix: str = "") -> list[str]:
        """As :meth:`Store.names`; files that are not finished are none."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in found if name.startswith(prefix) and not name.startswith(f"{_STAGING}/"))

    def remove(self, name: str) -> None:
        """As :meth:`Store.remove`."""
        self._place(name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what a killed run left half-written; only for the run that holds the lock."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def _place(self, name: str) -> Path:
        return self.folder / checked_name(name)


def write_all(store: Store, files: Mapping[str, bytes]) -> None:
    """Write several files, each of them whole; into a folder, none of them where the disk has no room for all.

    A process killed while they get their names, or an address that fails, leaves some new and others old.
    """
    if isinstance(store, LocalStore):
        store.write_all(files)
    else:
        for name, content in files.items():
            store.write(name, content)


def move(store: Store, name: str, to: str) -> None:
    """Give a file of a store another name."""
    if isinstance(store, LocalStore):
        store.move(name, to)
    else:
        store.write(to, store.read(name))
        store.remove(name)


def checked_name(name: str) -> str:
    """The name itself; ``BatchError`` where it would leave the store."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
        raise BatchError(
            f"{name!r} is no name of a file in an output. Allowed: a relative path with forward slashes, without '..'."
        )
    return name


def open_store(out: str | Path) -> Store:
    """The store at a path or an address.

    Parameters
    ----------
    out : str or Path
        A folder, which is made where it does not exist; or an address such as ``s3://bucket/rounds/2024-q1`` (extra
        ``remote``), whose bucket must exist.

    Raises
    ------
    BatchError
        The folder cannot be made, or the address is of a kind that is not known or cannot be reached.
    """
    if not is_address(out):
        return LocalStore(out)
    if str(out).startswith("file://"):
        return LocalStore(url2pathname(urlsplit(str(out)).path))
    from evalkit.batch.remote_store import FsspecStore

    return FsspecStore(str(out))


def _flush_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
