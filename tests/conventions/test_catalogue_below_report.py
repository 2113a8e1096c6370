"""The layers below reports say nothing of their own either: what pages show of them stands in the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from conventions.test_catalogue import prose
from conventions.tree import PACKAGE
from evalkit import catalogue, vocab
from evalkit.check.base import Question, title_of
from evalkit.check.quality.items import ITEMS
from evalkit.claim.elsewhere import Exposure
from evalkit.claim.finding import AuditClass

THROUGH = sorted(
    file.relative_to(PACKAGE).as_posix() for room in ("check", "claim") for file in (PACKAGE / room).rglob("*.py")
)
# strings with spaces that are no words for readers: what they are
NO_WORDING = {
    "evalkit estimate contacts.csv ": "a command line",
    "Maryland Scientific Methods Scale": "the proper name of a published scale",
    "Nesta Standards of Evidence": "the proper name of a published scale",
    " Did you mean ": "part of the message of an error",
    "before and after": "the key of a design; its shown form is suggest.designs.before_and_after",
}
# vocabularies whose values are keys, in data files too: their shown forms stand in tables of the catalogue
SHOWN = {
    AuditClass: "claim.classes",
    Exposure: "claim.exposures",
    vocab.Channel: "channels",
    vocab.Outcome: "outcomes",
    vocab.Qualifier: "claim.qualifiers",
    vocab.Unit: "units",
    vocab.VerdictKind: "verdicts",
}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def names_of_checks() -> list[str]:
    found = [re.findall(r'\bQuestion\("([^"]+)"\)', file.read_text(encoding="utf-8")) for file in _rooms("check")]
    return sorted(name for names in found for name in names)


def _rooms(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("name", THROUGH)
def test_modules_below_reports_hold_no_prose(name: str) -> None:
    keys = {*names_of_checks(), *NO_WORDING, *(str(one) for words in SHOWN for one in words)}
    assert [said for said in prose((PACKAGE / name).read_text(encoding="utf-8")) if said not in keys] == []


def test_every_exception_is_still_needed() -> None:
    said = {found for name in THROUGH for found in prose((PACKAGE / name).read_text(encoding="utf-8"))}
    assert sorted(set(NO_WORDING) - said) == []


def asked(tree: ast.Module) -> Iterator[tuple[str, frozenset[str] | None]]:
    """Every key that ``text`` is called with in so many words, and the places that are given; None where unknown."""
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text" and node.args
        ):
            continue
        given = [keyword.arg for keyword in node.keywords]
        places = None if None in given else frozenset(name for name in given if name)
        choices = (
            [node.args[0]] if not isinstance(node.args[0], ast.IfExp) else [node.args[0].body, node.args[0].orelse]
        )
        for choice in choices:
            if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
                yield choice.value, places


def test_every_call_gives_the_places_of_its_entry() -> None:
    known, wrong = set(catalogue.keys()), []
    for name, tree in _sources():
        for key, places in asked(tree):
            if key not in known:
                wrong.append(f"{name}: no entry {key}")
            elif places is not None and places != catalogue._text(key)[1]:
                wrong.append(f"{name}: {key} has the places {sorted(catalogue._text(key)[1])}, not {sorted(places)}")
    assert wrong == []


def test_a_wrong_call_is_found() -> None:
    source = "text('words.more', count=1)\ntext('words.is' if one else 'words.are')\ntext(key)\ntext('words.more', **x)"
    assert list(asked(ast.parse(source))) == [
        ("words.more", frozenset({"count"})),
        ("words.is", frozenset()),
        ("words.are", frozenset()),
        ("words.more", None),
    ]


def test_every_check_has_its_name_and_its_question_in_the_catalogue() -> None:
    names = names_of_checks()
    assert len(names) > 20
    with catalogue.rewritten(lambda entry: f"<{entry}>"):
        for name in names:
            assert title_of(name) == f"<{name}>"
            assert re.fullmatch(r"<.*\?>", Question(name).text)
        assert title_of("a check of the user's own") == "a check of the user's own"


def test_every_question_of_the_quality_statement_is_in_the_catalogue() -> None:
    with catalogue.rewritten(lambda entry: f"<{entry}>"):
        assert all(item.question.startswith("<") for item in ITEMS)
    assert len({(item.source, item.question) for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize("words", SHOWN, ids=lambda words: words.__name__)
def test_every_word_of_a_vocabulary_has_its_shown_form(words: type[StrEnum]) -> None:
    with catalogue.rewritten(lambda entry: f"<{entry}>"):
        assert [catalogue.term(SHOWN[words], str(one)) for one in words] == [f"<{one}>" for one in words]


def test_every_answer_and_period_has_its_word() -> None:
    assert catalogue.words("words.answer") == {one.name.lower(): str(one) for one in vocab.Answer}
    for letter, noun in vocab.FREQUENCY_NAMES.items():
        assert (catalogue.period(letter), catalogue.periods(letter)) == (noun, f"{noun}s")


def test_a_list_is_joined_by_the_words_of_the_catalogue() -> None:
    assert [catalogue.listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
