"""A translation in the package is whole: it has the entries and places of English, and takes the same numbers out."""

from __future__ import annotations

from pathlib import Path

import pytest

import pretended
from conventions.tree import PACKAGE
from evalkit import catalogue
from evalkit.languages import ENGLISH, PATTERNS, Wording, languages, packaged, wording_problems
from evalkit.report.disclosure.translation import unprotected

TRANSLATIONS = [language for language in languages() if language != ENGLISH]
NO_LANGUAGE = "zz"  # so that nothing is taken from another file of the same language


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_is_whole(language: str) -> None:
    assert wording_problems(NO_LANGUAGE, PACKAGE / "wording" / f"{language}.toml") == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_takes_out_the_same_numbers(language: str) -> None:
    assert unprotected(packaged(language)) == ()


def test_a_translation_with_the_patterns_of_english_is_found_out(tmp_path: Path) -> None:
    other = pretended.translated(pretended.other_words)
    file = tmp_path / "zz.toml"
    file.write_text(pretended.toml(other), encoding="utf-8")
    assert wording_problems(NO_LANGUAGE, file) == []
    assert len(unprotected(Wording(language="zz", entries=other, hash="own"))) >= 10


def test_a_translation_whose_patterns_fit_takes_out_what_english_does() -> None:
    assert unprotected(Wording(language="zz", entries=pretended.translated(), hash="own")) == ()


def test_the_patterns_of_english_stay_in_force_beside_those_of_another_language() -> None:
    welsh = Wording(language="cy", entries={"disclosure": {"quoted": {"short": "cysylltiadau"}}}, hash="own")
    theirs = packaged(ENGLISH).entries["disclosure"]["quoted"]
    assert catalogue.patterns(PATTERNS, welsh) == ({"short": "cysylltiadau"}, theirs)
    assert catalogue.patterns(PATTERNS, packaged(ENGLISH)) == (theirs,)
