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
from evalkit.effect.names import shown_name

ASKING = ("text", "texts", "term", "words", "noun_forms", "counted", "listed", "period", "periods")
ROOMS = ("design", "model", "effect", "check", "claim")
THROUGH = sorted(file.relative_to(PACKAGE).as_posix() for room in ROOMS for file in (PACKAGE / room).rglob("*.py"))
# strings with spaces that are no words for readers: what they are
NO_WORDING = {
    "evalkit estimate contacts.csv ": "a command line",
    "Maryland Scientific Methods Scale": "the proper name of a published scale",
    "Nesta Standards of Evidence": "the proper name of a published scale",
    r"^(launch|flight|builds up to, launch) (\d+)$": "a pattern of names",
    "active over inactive": "the name of a part of an effect",
    "after the end": "the name of a part of an effect",
    "all comparison regions": "the name of a group of coefficients",
    "builds up to": "the name of a part of an effect",
    "estimator of tau2": "the name of an option",
    "kind of series": "the name of an option",
    "local linear trend": "the value of an option; its shown form stands in model.structural.levels",
    "rate ratio per year": "a unit; its shown form stands in units",
    "share that persisted": "the name of a part of an effect",
    "spread between regions": "the name of an estimate; its shown form stands in effect.names",
    "before and after": "the key of a design; its shown form is suggest.designs.before_and_after",
}
# parts of the messages of errors that are put together before they are raised: all of them in docs/reference/errors.md
PARTS_OF_ERRORS = (
    " Did you mean ",
    "Allowed: a table with periods in the index and one column for each comparison region.",
    'Allowed: pairs of a first and a last active period, such as [("2019-05", "2019-07")].',
    "A flight is a launch with an end; list them all as flights.",
    "The last period of the last flight is its end.",
    "Give each launch and its end as a flight.",
    "An effect that builds up and fades again is flights=[(launch, off)] with decay.",
    "Use decay for flights that are phased in, or leave the transition out.",
    "The decay describes how the effect comes and goes.",
)
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
    keys = {*names_of_checks(), *NO_WORDING, *PARTS_OF_ERRORS, *(str(one) for words in SHOWN for one in words)}
    assert [said for said in prose((PACKAGE / name).read_text(encoding="utf-8")) if said not in keys] == []


def test_every_exception_is_still_needed() -> None:
    said = {found for name in THROUGH for found in prose((PACKAGE / name).read_text(encoding="utf-8"))}
    assert sorted({*NO_WORDING, *PARTS_OF_ERRORS} - said) == []


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


@pytest.mark.parametrize(
    "name",
    [
        *("rate_ratio", "new region", "while running", "half-life", "launch 2", "flight 12", "builds up to, launch 3"),
        *("ratio 1 month after launch", "change 12 weeks after launch"),
    ],
)
def test_names_of_numbers_are_shown_as_they_are_written(name: str) -> None:
    assert shown_name(name) == name.replace("_", " ")


@pytest.mark.parametrize(
    "name", ["phase_1", "flight_2", "TV_and_radio", "Rate_ratio", "New region", "the analyst's own"]
)
def test_names_that_an_analyst_gave_stay_as_they_are(name: str) -> None:
    with catalogue.rewritten(lambda entry: f"<{entry}>"):
        assert shown_name(name) == name


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


def test_words_are_asked_for_where_they_are_said() -> None:
    """A module that kept a text would keep its language."""
    assert {name: early for name, tree in _sources() if (early := _early(tree))} == {}


def _early(tree: ast.Module) -> list[str]:
    """Calls of the catalogue while a module is loaded."""
    outside = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None]
    calls = [
        call
        for node in outside
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ASKING
    ]
    return [ast.unparse(call) for call in calls if not _inside_a_function(call, outside)]


def _inside_a_function(call: ast.Call, nodes: list[ast.Assign | ast.AnnAssign]) -> bool:
    """Whether a call waits for a function: the value of a lambda is asked for when it is called."""
    later = [inner for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Lambda)]
    return any(call is inner for function in later for inner in ast.walk(function))
