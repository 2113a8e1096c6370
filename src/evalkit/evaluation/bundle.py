"""An evaluation file and everything that it names, as bytes: to be fetched from an address, or sent to a worker."""

from __future__ import annotations

import hashlib
import posixpath
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from evalkit.errors import EvaluationError, Problem
from evalkit.evaluation.addresses import is_address, joined, read_address, without_secrets
from evalkit.languages import ENGLISH, FOLDER, LANGUAGE_CODE

FILE_NAME: Final = "evaluation.toml"
NAMED: Final = ("contacts", "campaigns", "events", "claims", "population", "truth", "plan")
SIDECAR: Final = ".metadata.json"
"""Ending of the file beside the contacts that says what their rows do not."""
PLAN_KEY: Final = ".key"
"""Ending of the file beside a public plan with which its hashes were made: for its owner alone."""
_ENDINGS: Final = {"contacts": SIDECAR, "plan": PLAN_KEY}

_fetched: list[tempfile.TemporaryDirectory[str]] = []  # kept until this process ends, then removed


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An evaluation and its input files.

    Attributes
    ----------
    main : str
        Name of the evaluation file in the bundle.
    files : mapping of str to bytes
        Every file by its name, relative to the folder that holds them all, with forward slashes.
    """

    main: str
    files: Mapping[str, bytes] = field(repr=False)  # counts belong in no log

    @property
    def hash(self) -> str:
        """Sha256 (hexadecimal) of the names and bytes."""
        digest = hashlib.sha256(self.main.encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def lay(self, folder: Path) -> Path:
        """Write the files below a folder; the path of the evaluation file there."""
        for name, content in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return folder / self.main


def read_bundle(evaluation: str | Path) -> Bundle:
    """An evaluation file and the files that it names by relative paths, from a folder or an address.

    Files that are named by an absolute path or an address of their own are not in it: whoever reads the bundle must
    reach them. Nor are files that do not exist: reading the evaluation says so.

    Raises
    ------
    EvaluationError
        There is no evaluation file, or it is no TOML.
    """
    place = evaluation if is_address(evaluation) else Path(evaluation).resolve().as_posix()
    main = str(place)
    if not main.endswith(".toml"):
        main = f"{main.rstrip('/')}/{FILE_NAME}"
    content = _read(main)
    if content is None:
        what = f"There is no evaluation file at {without_secrets(main)}."
        repair = "Name evaluation.toml, or the folder that holds it."
        raise EvaluationError(without_secrets(main), [Problem(code="missing-file", what=what, repair=repair)])
    folder = main.rpartition("/")[0]
    places = [_joined(folder, name) for name in _named(content, without_secrets(main))]
    found = {main: content} | {one: body for one in places if (body := _read(one)) is not None}
    base = posixpath.commonpath([posixpath.dirname(_path(one)) for one in found])
    names = {one: posixpath.relpath(_path(one), base) for one in found}
    return Bundle(main=names[main], files={names[one]: body for one, body in found.items()})


def fetched(address: str) -> Path:
    """The evaluation file of an address on this machine, with its inputs around it as they lie there.

    They are fetched into a private folder, which only this user can read and which is removed when the process ends.
    """
    folder = tempfile.TemporaryDirectory(prefix="ek-inputs-")
    _fetched.append(folder)
    return read_bundle(address).lay(Path(folder.name))


def fetched_file(address: str, key: str) -> Path:
    """One input file of an address, and the file beside it that belongs to it, on this machine.

    A file that is not there has a path that does not exist.
    """
    folder = tempfile.TemporaryDirectory(prefix="ek-inputs-")
    _fetched.append(folder)
    for one in (address, *_beside(key, address)):
        content = _read(one)
        if content is not None:
            (Path(folder.name) / _path(one).rpartition("/")[2]).write_bytes(content)
    return Path(folder.name) / _path(address).rpartition("/")[2]


def _named(content: bytes, source: str) -> list[str]:
    """Relative paths that an evaluation file names, contacts and plan with the file that stands beside each."""
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as reason:
        problem = Problem(code="not-toml", what=f"The file is not valid TOML: {reason}.", repair="Mend that line.")
        raise EvaluationError(source, [problem]) from reason
    named = [*_texts(values, NAMED), *_texts(values.get("branding"), ("logo",))]
    named += _texts(values, ("catalogue",)) or _catalogue_beside(values)
    named += [file for key in _ENDINGS for name in _texts(values, (key,)) for file in _beside(key, name)]
    return [name for name in named if not is_address(name) and not PurePosixPath(name).is_absolute()]


def _catalogue_beside(values: Mapping[str, Any]) -> list[str]:
    """Where a catalogue of one's own lies that the file does not name; there need be none."""
    language = values.get("language", ENGLISH)
    known = isinstance(language, str) and LANGUAGE_CODE.fullmatch(language)
    return [f"{FOLDER}/{language}.toml"] if known else []


def _texts(values: Any, keys: Iterable[str]) -> list[str]:
    table = values if isinstance(values, dict) else {}
    return [table[key] for key in keys if isinstance(table.get(key), str)]


def _beside(key: str, place: str) -> list[str]:
    """The file that belongs to an input and stands beside it, where there may be one."""
    folder, slash, name = place.replace("\\", "/").rpartition("/")
    return [f"{folder}{slash}{PurePosixPath(name).stem}{_ENDINGS[key]}"] if key in _ENDINGS else []


def _joined(folder: str, name: str) -> str:
    return joined(folder, name) if is_address(folder) else posixpath.normpath(posixpath.join(folder, name))


def _path(place: str) -> str:
    """The path of a place, so that two in one store can be compared."""
    if not is_address(place):
        return place
    parts = urlsplit(place)
    return f"/{parts.netloc}{parts.path}"


def _read(place: str) -> bytes | None:
    try:
        return read_address(place) if is_address(place) else Path(place).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
