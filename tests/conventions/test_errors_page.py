"""The page of errors has every message that the library can raise, each with what to do."""

from __future__ import annotations

import ast

import pytest
from scripts import errors_page
from scripts.error_messages import Coded, Message, coded, messages, sources

SAMPLE = """
def check(value, allowed):
    what = f"The value is {value}."
    if value < 0:
        raise UsageError(f"{what} Allowed: {allowed}.")
    if value > 9:
        raise ModelError(unknown("thing", value, allowed))
    raise CannotEstimate(f"{value} months", "Wait for more")
    raise CannotEstimate(text("words.more", number=counted(value, "region")), text("words.region"))

def problems(path, other):
    yield Problem(code="no-rows", what=f"{path.name} has no rows.", repair="Add some.")
    raise _refused(path, "empty" if other else "gone", "It is empty.", "")

def _refused(path, code, what, repair):
    pass
"""


def test_the_page_is_that_of_the_code() -> None:
    written = errors_page.PAGE.read_text(encoding="utf-8")
    assert written == errors_page.page(), "write it anew: python -m scripts.errors_page"


def test_every_raise_and_every_code_is_found() -> None:
    tree = ast.parse(SAMPLE)
    assert sorted(messages("claim", tree)) == [
        Message("claim", "CannotEstimate", "<value> months.", "Wait for more."),
        Message("claim", "CannotEstimate", "<value> regions more.", "region."),
        Message("claim", "ModelError", "Unknown thing <value>.", "Did you mean <nearest>? Allowed: <all of them>."),
        Message("claim", "UsageError", "The value is <value>.", "Allowed: <allowed>."),
    ]
    assert sorted(coded("claim", tree)) == [
        Coded("empty", "claim", "It is empty.", ""),
        Coded("gone", "claim", "It is empty.", ""),
        Coded("no-rows", "claim", "<name> has no rows.", "Add some."),
    ]


def test_a_new_message_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = list(sources())
    tree = ast.parse("def new():\n    raise UsageError('Half a message')\n    Problem(code='new', what=words)\n")
    monkeypatch.setattr(errors_page, "sources", lambda: [*ours, ("claim", tree)])
    assert errors_page.page() != errors_page.PAGE.read_text(encoding="utf-8")
    assert {"[codes.new] needs a cause and a repair", '[repairs] needs "Half a message" = …'} <= set(
        errors_page.missing()
    )


def test_the_registered_words_are_used() -> None:
    texts = errors_page._texts()
    known = {problem.code for stage, tree in sources() for problem in coded(stage, tree)}
    said = {message.says for stage, tree in sources() for message in messages(stage, tree)}
    assert sorted(set(texts["codes"]) - known) == []
    assert sorted(set(texts["repairs"]) - said) == []
