"""The files of a run at an address: S3 and its relatives, memory, and whatever else fsspec reaches."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final

from evalkit.batch.store import INTERNAL, checked_name
from evalkit.errors import BatchError, UsageError
from evalkit.evaluation.addresses import filesystem, unreachable, without_secrets

OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "memory"})
"""Kinds of address whose writes are whole: an object appears when its last byte is there, or not at all."""

_PROBE: Final = f"{INTERNAL}/README.txt"
_NOT_FOR_PUBLICATION: Final = (
    b"Not for publication.\n\nUnder this prefix are the notebooks as they were executed, with the counts as they were "
    b"counted, and what evalkit\nneeds to go on with a run. Give nobody access to it who must not see the counts.\n"
)


class FsspecStore:
    """A folder at an address; a :class:`evalkit.batch.store.Store`.

    An object store (S3 and its relatives) shows a file when it is whole, so that it is written in one go. Elsewhere
    (SFTP, say) it is written beside its place and renamed: as safe as the rename of that system.

    Parameters
    ----------
    address : str
        Such as ``"s3://bucket/rounds/2024-q1"``. The bucket must exist.

    Raises
    ------
    BatchError
        What the address needs is not installed, or the place cannot be reached or written to.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self.guard: Callable[[], None] = lambda: None
        """Called before every write: raises where this process must not write any more."""
        try:
            self._files, self._root = filesystem(self._address)
        except UsageError as problem:
            raise BatchError(str(problem)) from None
        protocol = self._files.protocol
        self._whole = bool(OBJECT_STORES & set([protocol] if isinstance(protocol, str) else protocol))
        try:
            self.write(_PROBE, _NOT_FOR_PUBLICATION)
        except OSError as problem:
            raise BatchError(f"The output {problem}") from None

    @property
    def address(self) -> str:
        """Where the files go, without secrets."""
        return without_secrets(self._address)

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place, whole."""
        self.guard()
        place = self._place(name)
        with self._errors():
            if self._whole:
                self._files.pipe_file(place, content)
                return
            part = self._place(f"{INTERNAL}/part/{secrets.token_hex(8)}")
            for path in (part, place):
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(part, content)
            self._files.mv(part, place)

    def create(self, name: str, content: bytes) -> bool:
        """Put a file in its place unless there is one; whether it was put.

        S3, and stores that know the condition, decide between two that try at once.
        """
        place = self._place(name)
        with self._errors():
            if not self._whole:
                self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(place, content, mode="create")
            except FileExistsError:
                return False
            return True

    def read(self, name: str) -> bytes:
        """The bytes of a file; ``FileNotFoundError`` where there is none."""
        with self._errors():
            return bytes(self._files.cat_file(self._place(name)))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        with self._errors():
            self._files.invalidate_cache()
            return bool(self._files.isfile(self._place(name)))

    def names(self, prefix: str = "") -> list[str]:
        """Names of the files that begin with ``prefix``, sorted; files that are not finished are none."""
        with self._errors():
            self._files.invalidate_cache()
            found = self._files.find(self._root)
        start = len(self._root.rstrip("/")) + 1
        names = (str(path)[start:] for path in found)
        return sorted(name for name in names if name.startswith(prefix) and not name.startswith(f"{INTERNAL}/part/"))

    def remove(self, name: str) -> None:
        """Take a file away; nothing happens where there is none."""
        with self._errors(), contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._place(name))

    def sweep(self) -> None:
        """Take away what a killed run left half-written; only for the run that holds the lock."""
        if self._whole:
            return
        with self._errors(), contextlib.suppress(FileNotFoundError):
            self._files.rm(self._place(f"{INTERNAL}/part"), recursive=True)

    def _place(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{checked_name(name)}"

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Errors of the store as ``OSError`` without secrets, as those of a disk; a missing file stays one."""
        try:
            yield
        except FileNotFoundError as problem:
            raise FileNotFoundError(unreachable(self._address, problem)) from None
        except Exception as problem:  # each store has errors of its own: connection, permission, credentials
            raise OSError(unreachable(self._address, problem)) from None

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("A store stays with the process that writes to it: one writer for each key.")
