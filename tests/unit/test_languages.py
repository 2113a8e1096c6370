"""Catalogues of one's own: found, whole, checked; and who speaks which language."""

from __future__ import annotations

import copy
import pickle
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import evalkit as ek
import pretended
from evalkit.catalogue import Spoken, carried, in_its_language, language_of, speaking, spoken, text
from evalkit.errors import EvaluationError, UsageError
from evalkit.languages import Wording, languages, load_wording, packaged, wording_problems


@pytest.fixture
def welsh(tmp_path: Path) -> Path:
    file = tmp_path / "cy.toml"
    file.write_text(pretended.toml(pretended.translated()), encoding="utf-8")
    return file


def changed(file: Path, old: str, new: str) -> Path:
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    return file


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_package_has_english() -> None:
    assert languages() == ("en",)
    assert load_wording("en") is packaged("en")
    with pytest.raises(UsageError, match="Did you mean 'en'"):
        load_wording("eng")


def test_a_whole_file_of_ones_own_is_spoken(welsh: Path) -> None:
    assert wording_problems("cy", welsh) == []
    with speaking(load_wording("cy", file=welsh)) as wording:
        assert text("words.more", number=3) == "«3 more»"
        assert (spoken(), wording.language, len(wording.hash)) == (wording, "cy", 64)
    assert text("words.more", number=3) == "3 more"


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('find_help = "«Where', 'find_hlp = "«Where', "incomplete-wording", "lacks 1 of the"),
        ('find_help = "«Where', 'find_hlp = "«Where', "incomplete-wording", "page.find_help"),
        ('find_help = "«Where', 'find_hlp = "«Where', "unknown-entry", "Did you mean 'page.find_help'"),
        ("{number} more", "more", "wrong-entry", "words.more of cy.toml has no place, not the places {number}"),
        ("{number} more", "{nmber} more", "wrong-entry", "has the places {nmber}, not the places {number}"),
        ("{number} more", "{number.real} more", "wrong-entry", "has the places {number.real}"),
        ("{number} more", "{number more", "wrong-entry", "has braces that are no place"),
        ("{value:.2f}", "{value:.9f}", "wrong-entry", "{value:.9f}"),
        ('lang = "cy-GB"', 'lang = "cy-GB', "unreadable-wording", "cannot be read"),
        ('lang = "cy-GB"', 'lang = ["cy-GB"]', "wrong-entry", "page.lang of cy.toml is not a text"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(welsh: Path, old: str, new: str, code: str, said: str) -> None:
    problems = wording_problems("cy", changed(welsh, old, new))
    assert any(said in problem.what for problem in problems if problem.code == code), problems
    with pytest.raises(EvaluationError, match="nothing was read"):
        load_wording("cy", file=welsh)


def test_a_list_keeps_its_length(tmp_path: Path) -> None:
    entries = pretended.translated()
    entries["calendar"]["months"] = entries["calendar"]["months"][:11]
    (tmp_path / "cy.toml").write_text(pretended.toml(entries), encoding="utf-8")
    (problem,) = wording_problems("cy", tmp_path / "cy.toml")
    assert problem.what == "The entry calendar.months of cy.toml is not a list of 12 texts."


def test_where_much_is_missing_its_tables_are_named(tmp_path: Path) -> None:
    (tmp_path / "cy.toml").write_text('[words]\nno = "na"\n', encoding="utf-8")
    (problem,) = wording_problems("cy", tmp_path / "cy.toml")
    assert "[calendar] " in problem.what
    assert "calendar.months" not in problem.what


def test_own_words_stand_over_those_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[page]\nfind_help = "Support near you"\n', encoding="utf-8")
    with speaking(load_wording("en", file=tmp_path / "en.toml")):
        assert text("page.find_help") == "Support near you"
        assert text("words.more", number=3) == "3 more"
    assert text("page.find_help") == "Where to find help"


def test_a_wording_travels(welsh: Path) -> None:
    own = load_wording("cy", file=welsh)
    there = pickle.loads(pickle.dumps(own))
    assert (there.language, there.hash) == ("cy", own.hash)
    assert there.entries == tomllib.loads(welsh.read_text(encoding="utf-8"))
    assert pickle.loads(pickle.dumps(packaged("en"))) is packaged("en")
    assert copy.deepcopy(packaged("en")) is packaged("en")


# --- who speaks what --------------------------------------------------------------------------------------------------

OTHER = Wording(language="zz", entries=pretended.translated(), hash="pretended")


def test_keeping_a_language_changes_neither_how_a_result_shows_itself_nor_what_it_equals() -> None:
    series = pd.Series(range(20, 68), pd.period_range("2015-01", periods=48, freq="M"))
    one, other = (ek.estimate_effect(series, "2017-06", model="segmented", second_opinion=False) for _ in range(2))
    assert repr(one) == str(one) == one.summary()
    assert one != other
    assert isinstance(hash(one), int)


@in_its_language
def said(result: object, number: int = 1) -> str:
    return text("words.more", number=number)


def test_a_result_keeps_the_language_it_was_made_in() -> None:
    plain = Spoken()
    with speaking(OTHER):
        result = Spoken()
        assert said(plain) == "1 more"
    assert said(result, 2) == "«2 more»"
    assert said(result=result, number=2) == "«2 more»"
    assert (said([result]), said({"a": result}), said([]), said("text")) == ("«1 more»", "«1 more»", "1 more", "1 more")
    assert language_of((1, "a", {})) is None


def test_threads_are_told_which_language_is_spoken_and_no_other_thread_is() -> None:
    with speaking(OTHER), ThreadPoolExecutor(1) as pool:
        assert pool.submit(carried(said), None, 4).result() == "«4 more»"
        assert pool.submit(said, None, 4).result() == "4 more"
    assert carried(said) is said


def test_a_machine_that_has_never_seen_the_catalogue_speaks_it() -> None:
    with speaking(OTHER):
        sent = pickle.dumps(carried(text))
    assert pickle.loads(sent)("words.more", number=5) == "«5 more»"
    assert text("words.more", number=5) == "5 more"


def test_two_languages_side_by_side_do_not_disturb_each_other() -> None:
    barrier, found = threading.Barrier(2, timeout=20), {}

    def speak(wording: Wording) -> None:
        with speaking(wording):
            barrier.wait()
            found[wording.language] = {text("words.more", number=1) for _ in range(200)}

    threads = [threading.Thread(target=speak, args=(wording,)) for wording in (OTHER, packaged("en"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"zz": {"«1 more»"}, "en": {"1 more"}}
