"""The explorer without a browser: what a choice comes to, and what it says when that is nothing."""

from __future__ import annotations

import re
from functools import cache
from importlib import util
from typing import Any

import pytest

import evalkit as ek
from evalkit import explorer
from evalkit.errors import UsageError
from evalkit.explorer import widget


@cache
def inputs() -> ek.Inputs:
    return ek.read_inputs(ek.resources.path("data/demo/evaluation.toml"))


@cache
def view(**parts: Any) -> ek.ExplorerView:
    return ek.explorer_state(inputs(), **{"region": "Wathermere", "channel": "website", **parts})


def test_a_region_is_shown_at_its_registered_launch_with_figure_words_and_options() -> None:
    shown = view(claim="threefold")
    assert shown.choice.launch == "2018-09"
    assert shown.effect is not None
    assert shown.effect.design.spec.slope == inputs().evaluation.model.slope
    assert shown.figure.lstrip().startswith("<?xml")
    assert "Line chart of contacts through the website" in shown.alt
    assert "<caption" in shown.table
    assert shown.verdict is not None
    assert str(shown.verdict.kind) in shown.claim_sentence
    values = {name: [value for value, _ in pairs] for name, pairs in shown.options.items()}
    assert values["regions"] == [*inputs().regions]
    assert "2018-09" in values["launches"]
    assert "controlled" in values["models"]
    assert {"", "12"} <= set(values["windows"])


def test_the_call_gives_the_effect_that_is_shown() -> None:
    shown = view(window=12, model="segmented")
    effect = eval(shown.call, {"ek": ek, "contacts": inputs().contacts})  # our own text
    assert shown.effect is not None
    assert effect.rate_ratio.to_dict() == shown.effect.rate_ratio.to_dict()
    assert effect.rate_ratio.window == shown.effect.rate_ratio.window


def test_a_newly_chosen_region_brings_its_own_launch_and_an_absent_channel_falls_back() -> None:
    before = view().choice
    moved = ek.explorer_state(inputs(), explorer.Choice(**{**before.to_dict(), "region": "Belmarrow"}), before=before)
    assert moved.choice.launch == str(inputs().launch_of("Belmarrow"))
    alone = ek.Contacts(
        frame=inputs().contacts.frame.query("not (region == 'Belmarrow' and channel == 'website')"), frequency="M"
    )
    fallen = ek.explorer_state(alone, explorer.Choice(**{**before.to_dict(), "region": "Belmarrow"}), before=before)
    assert fallen.choice.channel == "helpline"
    assert fallen.error == ""


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"region": "Wathermer"}, "Did you mean 'Wathermere'"),
        ({"channel": "websites"}, "Did you mean 'website'"),
        ({"model": "latant"}, "Did you mean 'latent'"),
        ({"launch": "1999-01"}, "outside the contacts"),
        ({"launch": "soon"}, "soon"),
        ({"window": 0}, "1 or more"),
    ],
)
def test_a_choice_that_cannot_be_answered_says_why_and_shows_nothing(parts: dict[str, Any], said: str) -> None:
    shown = view(**parts)
    assert said in shown.error
    assert shown.figure == shown.sentence == ""
    assert said in str(shown)
    assert said.replace("'", "&#x27;") in shown._repr_html_()


def test_a_claim_that_cannot_be_read_leaves_the_effect_standing() -> None:
    shown = view(claim="no such words")
    assert shown.error == ""
    assert "cannot be read" in shown.claim_sentence
    assert shown.sentence


def test_a_part_that_is_no_part_and_a_thing_that_cannot_be_explored() -> None:
    with pytest.raises(UsageError, match="Did you mean 'region'"):
        view(regoin="A")
    with pytest.raises(UsageError, match="cannot be explored"):
        ek.explorer_state(3)  # type: ignore[arg-type]


def test_contacts_alone_can_be_explored() -> None:
    shown = ek.explorer_state(inputs().contacts, region="Wathermere", channel="website", claim="twofold")
    assert shown.error == ""
    assert "controlled" not in dict(shown.options["models"])


def test_without_anywidget_the_repair_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget, "find_spec", lambda name: None if name == "anywidget" else util.find_spec(name))
    with pytest.raises(UsageError, match=r"pip install 'evalkit\[lab\]'"):
        ek.explore(inputs())


def test_the_widget_answers_a_choice_and_shows_a_failure_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed (extra lab)")
    shown = ek.explore(inputs(), region="Wathermere", channel="website")
    made = shown.widget
    asked = {**shown.view.choice.to_dict(), "model": "segmented", "number": 7}
    made.choice = asked
    assert made.view["number"] == 7
    assert made.view["choice"]["model"] == "segmented"
    assert made.view["figure"]
    made.choice = {**asked, "region": "Nowhere", "number": 8}
    assert (made.view["number"], "Nowhere" in made.view["error"]) == (8, True)
    monkeypatch.setattr(explorer.Explorer, "choose", lambda *_, **__: 1 / 0)
    made.choice = {**asked, "number": 9}
    assert "ZeroDivisionError" in made.view["error"]


def test_a_view_that_was_seen_is_kept() -> None:
    shown = ek.explore(inputs(), region="Wathermere", channel="website")
    first = shown.choose(model="segmented")
    shown.choose(model="forecast")
    assert shown.choose(model="segmented") is first


def test_the_display_holds_the_widget_and_a_still_picture_that_needs_no_kernel() -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed (extra lab)")
    bundle = ek.explore(inputs(), region="Wathermere", channel="website")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'role="img" aria-label="Simulated data. Line chart' in bundle["text/html"]
    assert "<svg" in bundle["text/html"]


def test_the_script_fetches_nothing() -> None:
    script = (widget._HERE / "explorer.js").read_text(encoding="utf-8")
    style = (widget._HERE / "explorer.css").read_text(encoding="utf-8")
    assert not re.search(r"https?://|import\s*\(|from\s+['\"]|fetch\(|url\(|@import", script + style)
    assert 'aria-live": "polite"' in script
