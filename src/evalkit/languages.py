"""The languages there are: each is a file of texts, in the package (``wording/en.toml``) or of one's own.

A file of one's own stands over that of the package for the same language, where there is one, and may then hold only
what it says otherwise; in any other language it must be whole, so that no page is half in one language.
"""

from __future__ import annotations

import hashlib
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from evalkit.errors import EvaluationError, Problem, UsageError, nearest, unknown

ENGLISH: Final = "en"
PATTERNS: Final = "disclosure.quoted"
"""The table of regular expressions; braces in it are none of a place."""
FOLDER: Final = "wording"
LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MOST_NAMED: Final = 30

Entries = Mapping[str, Any]
Place = tuple[str, str, str]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Wording:
    """The texts of one language.

    Attributes
    ----------
    language : str
        Its code, such as ``"cy"``; what its file is called.
    entries : mapping
        Tables of texts, lists of texts and further tables, as in ``wording/en.toml``.
    hash : str
        Sha256 (hexadecimal) of the file of one's own; empty for the texts of the package.
    """

    language: str
    entries: Entries
    hash: str = ""
    kept: dict[str, Any] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        return f"Wording({self.language!r}{f', {self.hash[:12]}' if self.hash else ''})"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:  # results travel between processes; the package is there
        if self.hash:
            return _again, (self.language, self.entries, self.hash)
        return load_wording, (self.language,)


def load_wording(language: str, *, file: str | Path | None = None) -> Wording:
    """The texts of a language, whole and checked.

    Parameters
    ----------
    language : str
        Code of the language, such as ``"cy"``.
    file : str or Path, optional
        A file of one's own (TOML, as ``wording/en.toml`` of the package).

    Returns
    -------
    Wording
        To be spoken: ``with ek.speaking(wording): ...``.

    Raises
    ------
    UsageError
        Without a file, a language that the package does not have.
    EvaluationError
        A file that lacks entries, has others, or says one with other places.
    """
    if file is None:
        if language not in languages():
            raise UsageError(unknown("language", language, languages()))
        return packaged(language)
    problems = wording_problems(language, Path(file))
    if problems:
        raise EvaluationError(str(file), problems)
    return _own(language, Path(file).read_bytes())


def languages() -> tuple[str, ...]:
    """The languages that the package has, by code."""
    files = resources.files("evalkit").joinpath(FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def wording_problems(language: str, file: Path) -> list[Problem]:
    """What keeps a file of one's own from being spoken; empty where nothing does."""
    try:
        own = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as reason:
        what = f"The catalogue {file.name} cannot be read: {reason}."
        return [Problem(code="unreadable-wording", what=what, repair="Mend the file; it is TOML in UTF-8.")]
    english = dict(flat(packaged(ENGLISH).entries))
    base = dict(flat(packaged(language).entries)) if language in languages() else {}
    mine = dict(flat(own))
    missing = [key for key in english if key not in mine and key not in base]
    problems = [_missing(file, missing, len(english))] if missing else []
    problems += [_unknown(file, key, list(english)) for key in mine if key not in english]
    problems += [
        Problem(
            code="wrong-entry",
            what=f"The entry {key} of {file.name} {fault}.",
            repair="Write it with the same places as in en.toml; they may stand in another order.",
        )
        for key, entry in mine.items()
        if key in english and (fault := entry_fault(key, entry, english[key]))
    ]
    return problems


def entry_fault(key: str, mine: Any, english: Any) -> str:
    """What is wrong with one entry beside that of ``en.toml``; empty where nothing is."""
    if isinstance(english, list):
        if not isinstance(mine, list) or len(mine) != len(english) or not all(isinstance(one, str) for one in mine):
            return f"is not a list of {len(english)} texts"
        return next(filter(None, (entry_fault(key, one, other) for one, other in zip(mine, english, strict=True))), "")
    if not isinstance(mine, str):
        return "is not a text"
    if key.startswith(f"{PATTERNS}."):
        return ""
    try:
        found, wanted = places_of(mine), places_of(english)
    except ValueError as reason:
        return f"has braces that are no place ({reason})"
    return "" if found == wanted else f"has {_shown(found)}, not {_shown(wanted)}"


def places_of(text: str) -> list[Place]:
    """The places of a text, each with its conversion and its form of numbers, sorted."""
    parsed = string.Formatter().parse(text)
    return sorted((name, kept or "", form or "") for _, name, form, kept in parsed if name is not None)


def flat(table: Entries, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry with its full name: ``("page.key_findings", "Key findings")``."""
    for name, entry in table.items():
        if isinstance(entry, Mapping):
            yield from flat(entry, f"{above}{name}.")
        else:
            yield f"{above}{name}", entry


def _missing(file: Path, missing: list[str], every: int) -> Problem:
    tables: dict[str, int] = {}
    for key in missing:
        name = key.rpartition(".")[0]
        tables[name] = tables.get(name, 0) + 1
    few = len(missing) <= _MOST_NAMED
    named = ", ".join(missing if few else (f"[{name}] {number}" for name, number in tables.items()))
    return Problem(
        code="incomplete-wording",
        what=f"{file.name} lacks {len(missing)} of the {every} entries of en.toml: {named}.",
        repair="Copy them from wording/en.toml of the package and translate them; no page is half in one language.",
    )


def _unknown(file: Path, key: str, english: list[str]) -> Problem:
    near = [name for name in english if name.split(".")[0] == key.split(".")[0]] or english[:1]
    return Problem(
        code="unknown-entry",
        what=unknown(f"entry of {file.name}", key, [nearest(key, near) or near[0]]),
        repair="Mend its name or take it out.",
    )


def _shown(places: list[Place]) -> str:
    named = [f"{{{name}{f'!{kept}' if kept else ''}{f':{form}' if form else ''}}}" for name, kept, form in places]
    return f"the places {', '.join(named)}" if named else "no place"


@cache
def packaged(language: str) -> Wording:
    """The texts of a language of the package, which must be one of :func:`languages`."""
    file = resources.files("evalkit").joinpath(FOLDER, f"{language}.toml")
    return Wording(language=language, entries=tomllib.loads(file.read_text(encoding="utf-8")))


@cache
def _own(language: str, content: bytes) -> Wording:
    base = packaged(language).entries if language in languages() else {}
    entries = _over(base, tomllib.loads(content.decode("utf-8-sig")))
    return Wording(language=language, entries=entries, hash=hashlib.sha256(content).hexdigest())


def _again(language: str, entries: Entries, digest: str) -> Wording:
    return Wording(language=language, entries=entries, hash=digest)


def _over(base: Entries, own: Entries) -> Entries:
    """The tables of the package, with what one's own file says otherwise."""
    return {
        **base,
        **{
            name: _over(base.get(name, {}), entry) if isinstance(entry, Mapping) else entry
            for name, entry in own.items()
        },
    }
