"""The words of pages and reports, in one file a language: ``wording/en.toml``. A translation has the same keys.

An entry is a text with named places (``"{number} of {regions}"``) or a list of texts. What is put into a place is never
read as a text with places itself, so that a region may be called ``{x}``.

English is spoken unless something else is (:func:`speaking`). A result keeps the language that it was made in, so that
a chart of it is in the language of its sentences wherever it is drawn (:func:`in_its_language`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from types import CodeType
from typing import Any, Final, ParamSpec, TypeVar

from evalkit.errors import UsageError, unknown
from evalkit.languages import ENGLISH, Wording, flat, load_wording, packaged, places_of
from evalkit.vocab import FREQUENCY_NAMES, Frequency

_P = ParamSpec("_P")
_Made = TypeVar("_Made")

_PERIODS: Final = frozenset(FREQUENCY_NAMES.values())
_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9]+")
_MOST_LOOKED_AT: Final = 8
_spoken: ContextVar[Wording | None] = ContextVar("spoken", default=None)
_rewritten: ContextVar[Callable[[str], str] | None] = ContextVar("rewritten", default=None)


# --- the language -----------------------------------------------------------------------------------------------------


def spoken() -> Wording:
    """The texts of the language that is spoken: English unless :func:`speaking` says otherwise."""
    return _spoken.get() or packaged(ENGLISH)


@contextmanager
def speaking(language: str | Wording) -> Iterator[Wording]:
    """Say everything within this context in a language; results that are made in it keep it.

    Parameters
    ----------
    language : str or Wording
        A language of the package by its code, or what :func:`load_wording` read from a file.

    Raises
    ------
    UsageError
        A language that the package does not have.
    """
    wording = load_wording(language) if isinstance(language, str) else language
    before = _spoken.set(wording)
    try:
        yield wording
    finally:
        _spoken.reset(before)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Spoken:
    """What is made in a language and keeps it.

    Attributes
    ----------
    wording : Wording
        The texts that were spoken when it was made.
    """

    wording: Wording = field(default_factory=spoken, repr=False, compare=False)


def language_of(result: object) -> Wording | None:
    """The language that a result was made in; None where it keeps none.

    Of several together it is that of the first that keeps one.
    """
    if isinstance(result, Wording):
        return result
    kept = getattr(result, "wording", None)
    if isinstance(kept, Wording):
        return kept
    parts: Sequence[object] = ()
    if isinstance(result, Mapping):
        parts = [result[name] for name in list(result)[:_MOST_LOOKED_AT]]
    elif isinstance(result, list | tuple):
        parts = result[:_MOST_LOOKED_AT]
    return next((found for part in parts if (found := language_of(part))), None)


def in_its_language(function: Callable[_P, _Made]) -> Callable[_P, _Made]:
    """Let a function speak the language of its first argument, where that keeps one."""
    code: CodeType = function.__code__
    first = code.co_varnames[0]

    @wraps(function)
    def spoken_by_it(*args: _P.args, **kwargs: _P.kwargs) -> _Made:
        wording = language_of(args[0] if args else kwargs.get(first))
        if wording is None or wording is _spoken.get():
            return function(*args, **kwargs)
        with speaking(wording):
            return function(*args, **kwargs)

    return spoken_by_it


def carried(function: Callable[_P, _Made]) -> Callable[_P, _Made]:
    """A function for another thread, process or machine, which speaks there what is spoken here."""
    wording = _spoken.get()
    return function if wording is None else partial(_said_in, wording, function)


def _said_in(wording: Wording, function: Callable[_P, _Made], *args: _P.args, **kwargs: _P.kwargs) -> _Made:
    with speaking(wording):
        return function(*args, **kwargs)


# --- texts ------------------------------------------------------------------------------------------------------------


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
    return tuple(map(_shown, entry))


def words(key: str, /) -> dict[str, str]:
    """All texts without places of one table, by their names: what a template may say of its own."""
    entry = _entry(key)
    if not isinstance(entry, Mapping):
        raise UsageError(f"The entry {key!r} of the catalogue is a {_kind(entry)}, not a table. Use text() or texts().")
    return {name: _shown(one) for name, one in entry.items() if isinstance(one, str) and not places_of(one)}


def patterns(table: str, wording: Wording, /) -> tuple[Mapping[str, str], ...]:
    """A table of regular expressions, never shown nor rewritten: in one language, and in English.

    The messages of errors and of the readers of files, which pages quote, are in English in every language.
    """
    return tuple(_found(table, wording) for wording in dict.fromkeys((wording, packaged(ENGLISH))))


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
    return tuple(name for name, _ in flat(packaged(ENGLISH).entries))


def _shown(entry: str) -> str:
    how = _rewritten.get()
    return how(entry) if how is not None else entry


def _text(key: str) -> tuple[str, frozenset[str]]:
    """A text with the names of its places, kept: checks and claims ask for hundreds of them a region."""
    wording = spoken()
    kept: tuple[str, frozenset[str]] | None = wording.kept.get(key)
    if kept is None:
        entry = _found(key, wording)
        if not isinstance(entry, str):
            kind = _kind(entry)
            raise UsageError(f"The entry {key!r} of the catalogue is a {kind}, not a text. Use texts() or words().")
        kept = wording.kept[key] = entry, frozenset(name for name, _, _ in places_of(entry))
    return kept


def _entry(key: str) -> Any:
    return _found(key, spoken())


def _found(key: str, wording: Wording) -> Any:
    found: Any = wording.entries
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise UsageError(unknown("entry of the catalogue", key, [name for name in keys() if part in name] or [""]))
        found = found[part]
    return found


def _kind(entry: object) -> str:
    return "table" if isinstance(entry, Mapping) else "list" if isinstance(entry, list) else type(entry).__name__
