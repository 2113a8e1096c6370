"""Campaigns as they run, from the evaluation file and the register to the design of a region."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.batch.region import region_effect, region_notes
from evalkit.batch.shapes import campaign_options
from evalkit.errors import DesignError

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
REGION = "Wathermere"  # its campaign began in 2018-09


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "demo")
    return tmp_path / "demo"


def _inputs(folder: Path, model: str, *campaigns: str) -> ek.Inputs:
    """The demo with lines added to its [model] table and to its register; the window is all there is."""
    evaluation = folder / "evaluation.toml"
    text = evaluation.read_text()
    assert "\nwindow_months = 24\n" in text
    evaluation.write_text(text.replace("\nwindow_months = 24\n", f"\nslope = false\n{model}\n"))
    register = folder / "campaigns.csv"
    lines = [line for line in register.read_text().splitlines() if f",{REGION}," not in line]
    own = campaigns or ("one,First,Wathermere,2018-09,2019-02,,,,simulated register",)
    register.write_text("\n".join([*lines, *own]) + "\n")
    return ek.read_inputs(folder)


FIRST = "one,First,Wathermere,2018-09,2019-02,,,,simulated register"
SECOND = "two,Second,Wathermere,2019-09,2020-01,,,,simulated register"
LATER = "three,Third,Wathermere,2021-03,2021-06,,,,simulated register"


def _effect(inputs: ek.Inputs) -> ek.Effect:
    launch = inputs.launch_of(REGION)
    assert launch is not None
    return region_effect(inputs, REGION, "website", launch)


def test_only_the_first_campaign_enters_unless_said_otherwise(folder: Path) -> None:
    inputs = _inputs(folder, "", FIRST, SECOND)
    effect = _effect(inputs)
    assert effect.components == {}
    notes = region_notes(inputs, REGION, ("website",), effect)
    assert any("A further campaign (Second) began in the window, in 2019-09." in note for note in notes)
    assert any("The campaign ended on" in note for note in notes)


def test_registered_campaigns_as_launches(folder: Path) -> None:
    inputs = _inputs(folder, 'campaigns = "launches"', FIRST, SECOND, LATER)
    effect = _effect(inputs)
    assert list(effect.components) == ["launch 1", "launch 2", "launch 3"]
    second = effect.components["launch 2"]
    assert isinstance(second, ek.Estimate)
    assert str(second.window.start) == "2019-09"
    notes = region_notes(inputs, REGION, ("website",), effect)
    assert any("has its own terms in the model" in note for note in notes)


def test_registered_campaigns_as_flights(folder: Path) -> None:
    inputs = _inputs(folder, 'campaigns = "flights"\nseparate_flights = true', FIRST, SECOND)
    effect = _effect(inputs)
    assert list(effect.components) == ["active over inactive", "flight 1", "flight 2"]
    assert effect.window is not None
    assert effect.window.periods == 11
    assert not any("ended on" in note for note in region_notes(inputs, REGION, ("website",), effect))


def test_the_end_of_the_register_and_a_date_are_the_same_end(folder: Path) -> None:
    effect = _effect(_inputs(folder, 'off = "register"'))
    assert list(effect.components) == ["while running", "after the end", "share that persisted"]
    evaluation = folder / "evaluation.toml"
    evaluation.write_text(evaluation.read_text().replace('off = "register"', 'off = "2019-02"'))
    other = _effect(ek.read_inputs(folder))
    assert effect.to_frame().equals(other.to_frame())


def test_dates_of_the_file_itself(folder: Path) -> None:
    effect = _effect(_inputs(folder, 'flights = [["2018-09", "2018-12"], ["2019-09", "2019-10"]]\nlag = 1'))
    assert str(effect.window) == "2018-10 to 2019-11"


def test_a_campaign_after_the_window_is_left_out(folder: Path) -> None:
    inputs = _inputs(folder, 'campaigns = "launches"\nwindow_months = 12', FIRST, SECOND)
    assert _effect(inputs).components == {}


def test_decay_and_calendar_reach_the_design(folder: Path) -> None:
    effect = _effect(_inputs(folder, 'decay = 0.7\nholidays = "Scotland"\nopening = "Monday to Friday"'))
    assert effect.design.decay == 0.7
    assert "bank holidays" in effect.design.columns
    assert effect.design.spec.opening == ek.Opening(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))


def test_a_comparison_region_has_no_registered_campaign(folder: Path) -> None:
    inputs = _inputs(folder, 'campaigns = "flights"')
    last = inputs.contacts.periods[-1]
    assert campaign_options(inputs, "Ashvarrow", last)["flights"] is None


def test_an_end_that_the_register_does_not_have(folder: Path) -> None:
    inputs = _inputs(folder, 'campaigns = "flights"', "one,First,Wathermere,2018-09,,,,,simulated register")
    with pytest.raises(DesignError, match="'one' has no end in the register"):
        _effect(inputs)
