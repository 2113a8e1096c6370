"""Contacts that the fork server has read before it forks, so that hundreds of kernels do not read them again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from evalkit.contacts import Contacts, read_contacts
from evalkit.contacts.table import METADATA_SUFFIX

_WITHOUT_THREADS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
"""Kinds of files that are read in one thread: a server that has started another one may not fork."""

_held: dict[str, Contacts] = {}


def read(path: Path) -> None:
    """Read and keep the contacts of a file, for whoever is forked from this process.

    Raises
    ------
    ContactsError
        Any problem in the file.
    """
    if path.suffix.lower() in _WITHOUT_THREADS:
        before = _state(path)
        contacts = read_contacts(path)
        contacts.series(*contacts.keys()[0])  # its table by period is made once, too
        if _state(path) == before:
            _held[before] = contacts


def contacts_of(path: Path) -> Contacts:
    """The contacts of a file: those kept, if the file still has the same bytes; otherwise it is read.

    What was kept is given away once: two readers in one process never share an object.
    """
    return (_held.pop(_state(path), None) if _held else None) or read_contacts(path)


def _state(path: Path) -> str:
    """Sha256 of where the file lies, its bytes and those of the description beside it."""
    digest = hashlib.sha256(str(path).encode())
    for file in (path, path.with_name(path.stem + METADATA_SUFFIX)):
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{len(content)} ".encode() + content)
    return digest.hexdigest()
