"""A translation is whole: every file beside ``en.toml`` has its entries and places, and takes the same numbers out."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conventions.tree import PACKAGE
from evalkit import catalogue
from evalkit.report.disclosure import words
from evalkit.report.disclosure.profiles import named_profile

FILES = PACKAGE / "wording"
ENGLISH = FILES / "en.toml"
PATTERNS = "disclosure.quoted."
NUMBER = 4711
ALL_RULES = named_profile("default", zeros=False)
Entries = Mapping[str, Any]


def entries(file: Path) -> Entries:
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, entry in table.items():
        if isinstance(entry, dict):
            yield from _flat(entry, f"{above}{name}.")
        else:
            yield f"{above}{name}", entry


def places(entry: Any) -> list[str]:
    texts = [entry] if isinstance(entry, str) else entry
    return sorted(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def faults(translation: Entries, english: Entries) -> list[str]:
    """What a translation lacks, has beside, or says in other places."""
    found = [f"{key} is missing" for key in english if key not in translation]
    found += [f"{key} is no entry of en.toml" for key in translation if key not in english]
    for key in (key for key in english if key in translation):
        mine, theirs = translation[key], english[key]
        if type(mine) is not type(theirs) or (isinstance(mine, list) and len(mine) != len(theirs)):
            found.append(f"{key} is not of the kind and length of that of en.toml")
        elif not key.startswith(PATTERNS) and places(mine) != places(theirs):
            found.append(f"{key} has the places {places(mine)}, not {places(theirs)}")
    return found


def kept(said: Entries, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[bool, int]]:
    """What the patterns of a file leave of its own sentences, with a number in each place."""
    own = {key.removeprefix(PATTERNS): entry for key, entry in said.items() if key.startswith(PATTERNS)}
    with monkeypatch.context() as context:
        context.setattr(words, "patterns", lambda _: (own,))
        words._rules.cache_clear()
        try:
            return {
                key: _kept(_filled(entry))
                for key, entry in said.items()
                if isinstance(entry, str) and not key.startswith(PATTERNS)
            }
        finally:
            words._rules.cache_clear()


def _kept(said: str) -> tuple[bool, int]:
    """Whether the patterns leave a sentence as it is, and how many numbers they leave in it."""
    left = words.unquoted(said, ALL_RULES)
    return left == said, len(re.findall(r"4,?711", left))


def _filled(entry: str) -> str:
    return entry.format_map(dict.fromkeys(places(entry), NUMBER))


def given_away(mine: Mapping[str, tuple[bool, int]], theirs: Mapping[str, tuple[bool, int]]) -> list[str]:
    """Sentences of which the patterns of a translation leave more than those of en.toml leave of its own."""
    return [key for key in theirs if key in mine and (mine[key][0] > theirs[key][0] or mine[key][1] > theirs[key][1])]


TRANSLATIONS = sorted(file for file in FILES.glob("*.toml") if file != ENGLISH)


@pytest.mark.parametrize("file", TRANSLATIONS, ids=lambda file: file.stem)
def test_a_translation_is_whole(file: Path) -> None:
    assert faults(entries(file), entries(ENGLISH)) == []


@pytest.mark.parametrize("file", TRANSLATIONS, ids=lambda file: file.stem)
def test_a_translation_takes_out_the_same_numbers(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert given_away(kept(entries(file), monkeypatch), kept(entries(ENGLISH), monkeypatch)) == []


def test_a_translation_with_the_patterns_of_english_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    english = entries(ENGLISH)
    other = {key: entry if key.startswith(PATTERNS) else _other(entry) for key, entry in english.items()}
    assert faults(other, english) == []
    theirs = kept(english, monkeypatch)
    assert sum(not same for same, _ in theirs.values()) >= 10
    assert len(given_away(kept(other, monkeypatch), theirs)) >= 10


def test_the_patterns_of_english_stay_in_force_beside_those_of_another_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = catalogue._entries("en"), {"disclosure": {"quoted": {"short": "cysylltiadau"}}}
    monkeypatch.setattr(catalogue, "_entries", {"en": ours, "cy": theirs}.__getitem__)
    monkeypatch.setattr(catalogue, "LANGUAGE", "cy")
    assert catalogue.patterns("disclosure.quoted") == ({"short": "cysylltiadau"}, ours["disclosure"]["quoted"])


def test_what_is_wrong_with_a_translation_is_said() -> None:
    english = {"a.one": "{number} of {all}", "a.two": "x", "a.list": ["x", "y"]}
    assert faults({"a.one": "{all}: {numbr}", "a.list": ["x"], "a.more": "z"}, english) == [
        "a.two is missing",
        "a.more is no entry of en.toml",
        "a.one has the places ['all', 'numbr'], not ['all', 'number']",
        "a.list is not of the kind and length of that of en.toml",
    ]


def _other(entry: Any) -> Any:
    """A pretended language: every word in it is another one."""
    if isinstance(entry, list):
        return [_other(one) for one in entry]
    return "".join(part if part.startswith("{") else part.swapcase() for part in re.split(r"(\{[^}]*\})", entry))
