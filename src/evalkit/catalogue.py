"""The words of pages and reports, in one file: ``wording/en.toml``. A translation is another file with the same keys.

An entry is a text with named places (``"{number} of {regions}"``) or a list of texts. What is put into a place is never
read as a text with places itself, so that a region may be called ``{x}``.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Any, Final

from evalkit.errors import UsageError, unknown
from evalkit.vocab import FREQUENCY_NAMES, Frequency

ENGLISH: Final = "en"
LANGUAGE: Final = ENGLISH
_PERIODS: Final = frozenset(FREQUENCY_NAMES.values())
_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9]+")
_rewritten: ContextVar[Callable[[str], str] | None] = ContextVar("rewritten", default=None)


def text(key: str, /, **places: object) -> str:
    """An entry with its places filled.

    Parameters
    ----------
    key : str
        Tables and name with dots between them: ``"page.key_findings"``.
    **places : object
        One for each place of the text, no more and no fewer.

    Raises
    ------
    UsageError
        No such entry, or other places than those of the text.
    """
    entry, wanted = _text(key)
    if places.keys() != wanted:
        raise UsageError(
            f"The entry {key!r} of the catalogue has the places {sorted(wanted)}, and {sorted(places)} were given. "
            "Mend the entry or the call."
        )
    return _shown(entry.format_map(places))


def texts(key: str, /) -> tuple[str, ...]:
    """An entry that is a list of texts without places, in its order."""
    entry = _entry(key)
    if not isinstance(entry, list):
        raise UsageError(f"The entry {key!r} of the catalogue is a {_kind(entry)}, not a list. Use text() or words().")
    return tuple(_shown(one) for one in entry)


def words(key: str, /) -> dict[str, str]:
    """All texts without places of one table, by their names: what a template may say of its own."""
    entry = _entry(key)
    if not isinstance(entry, Mapping):
        raise UsageError(f"The entry {key!r} of the catalogue is a {_kind(entry)}, not a table. Use text() or texts().")
    return {name: _shown(one) for name, one in entry.items() if isinstance(one, str) and not _places(one)}


def patterns(table: str, /) -> tuple[Mapping[str, str], ...]:
    """A table of regular expressions, never shown nor rewritten: in the language of the catalogue, and in English.

    The messages of errors and of the readers of files, which pages quote, are in English in every language.
    """
    return tuple(_entry(table, language) for language in dict.fromkeys((LANGUAGE, ENGLISH)))


def noun_forms(noun: str, /) -> tuple[str, str]:
    """A noun of the vocabulary for one and for many: ``("comparison region", "comparison regions")``."""
    if noun in _PERIODS:
        return text(f"words.period.{noun}"), text(f"words.periods.{noun}")
    one, many = texts(f"nouns.{_NOT_IN_KEYS.sub('_', noun)}")
    return one, many


def term(table: str, word: str, /) -> str:
    """A word of the vocabulary as readers see it: ``term("units", "page views")``.

    A word that the table does not have is the analyst's own (a unit, a channel), and stays as it is.
    """
    name = _NOT_IN_KEYS.sub("_", word.lower())
    known = _entry(table)
    return _shown(known[name]) if isinstance(known, Mapping) and isinstance(known.get(name), str) else word


def period(frequency: Frequency) -> str:
    """The word for one period: ``"month"``."""
    return text(f"words.period.{FREQUENCY_NAMES[frequency]}")


def periods(frequency: Frequency) -> str:
    """The word for several periods: ``"months"``."""
    return text(f"words.periods.{FREQUENCY_NAMES[frequency]}")


def counted(number: int, noun: str, /) -> str:
    """A number with its noun: ``"1 region"``, ``"3 comparison regions"``."""
    one, many = noun_forms(noun)
    return text("words.counted", number=number, noun=one if number == 1 else many)


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return text("words.listed", most=", ".join(items[:-1]), last=items[-1])


@contextmanager
def rewritten(how: Callable[[str], str]) -> Iterator[None]:
    """Within this context every text that the catalogue gives is passed through ``how``: for tests of translations."""
    before = _rewritten.set(how)
    try:
        yield
    finally:
        _rewritten.reset(before)


def keys() -> tuple[str, ...]:
    """Every entry by its full name."""
    return tuple(_flat(_entries(LANGUAGE), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, entry in table.items():
        if isinstance(entry, Mapping):
            yield from _flat(entry, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _shown(entry: str) -> str:
    how = _rewritten.get()
    return how(entry) if how is not None else entry


def _entry(key: str, language: str = LANGUAGE) -> Any:
    found: Any = _entries(language)
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise UsageError(unknown("entry of the catalogue", key, [name for name in keys() if part in name] or [""]))
        found = found[part]
    return found


@cache
def _text(key: str) -> tuple[str, frozenset[str]]:
    """A text with the names of its places, kept: checks and claims ask for hundreds of them a region."""
    entry = _entry(key)
    if not isinstance(entry, str):
        raise UsageError(f"The entry {key!r} of the catalogue is a {_kind(entry)}, not a text. Use texts() or words().")
    return entry, _places(entry)


@cache
def _entries(language: str) -> Mapping[str, Any]:
    file = resources.files("evalkit").joinpath("wording", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _places(entry: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(entry) if name is not None)


def _kind(entry: object) -> str:
    return "table" if isinstance(entry, Mapping) else "list" if isinstance(entry, list) else type(entry).__name__
