"""An evaluation file: what it may say, what a user reads when it says something else, and its fingerprint."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from evalkit.errors import EvaluationError
from evalkit.evaluation import Evaluation, ModelSettings, load_evaluation

MINIMAL = 'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "contacts.csv").write_text("region,channel,period,contacts\n")
    (folder / "campaigns.csv").write_text("campaign,region,launch\n")
    return folder


def write(folder: Path, text: str) -> Path:
    file = folder / "evaluation.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(EvaluationError) as caught:
        load_evaluation(write(folder, text))
    return {problem.code: str(problem) for problem in caught.value.problems}


def test_only_contacts_and_campaigns_are_required(folder: Path) -> None:
    evaluation = load_evaluation(write(folder, MINIMAL))
    assert evaluation.contacts == (folder / "contacts.csv").resolve()
    assert evaluation.model == ModelSettings(
        name="latent", level=0.95, harmonics=2, slope=True, transition=0, window_months=None, events=()
    )
    assert evaluation.regions == evaluation.channels == ()
    assert evaluation.reference_launch is None
    assert set(evaluation.inputs) == {"contacts", "campaigns"}


def test_the_folder_stands_for_its_file(folder: Path) -> None:
    file = write(folder, MINIMAL)
    assert load_evaluation(folder) == load_evaluation(str(file))


def test_every_key_is_read(folder: Path) -> None:
    (folder / "events.csv").write_text("event\n")
    text = MINIMAL + (
        'events = "events.csv"\ntitle = "T"\ncommissioner = "C"\ndescription = "D"\nregions = ["Ä", "B"]\n'
        'channels = ["helpline"]\nreference_launch = "2019-05"\n'
        '[model]\nname = "segmented"\nlevel = 0.9\nharmonics = 0\nslope = false\ntransition = 1\nwindow_months = 24\n'
        'controls = ["C"]\n'
        'campaigns = "flights"\nseparate_flights = true\nflights = [["2019-05", "2019-07"]]\nlaunches = ["2020-05"]\n'
        'lag = 1\noff = "register"\ndecay = 0.7\nweekday = false\nholidays = "Wales"\nopening = ["Monday"]\n'
    )
    evaluation = load_evaluation(write(folder, text))
    assert evaluation.to_dict() == {
        "title": "T",
        "commissioner": "C",
        "description": "D",
        "regions": ["Ä", "B"],
        "channels": ["helpline"],
        "reference_launch": "2019-05",
        "model": {
            "name": "segmented",
            "level": 0.9,
            "harmonics": 0,
            "slope": False,
            "transition": 1,
            "window_months": 24,
            "controls": ["C"],
            "events": [],
            "campaigns": "flights",
            "flights": [["2019-05", "2019-07"]],
            "separate_flights": True,
            "launches": ["2020-05"],
            "lag": 1,
            "off": "register",
            "decay": 0.7,
            "weekday": False,
            "holidays": "Wales",
            "opening": ["Monday"],
        },
        "inputs": {"contacts": "contacts.csv", "campaigns": "campaigns.csv", "events": "events.csv"},
    }


def test_all_problems_come_together(folder: Path) -> None:
    text = (
        'contacts = "contact.csv"\nreginos = ["a"]\nregions = "Kent"\nreference_launch = "2019-13"\n'
        '[model]\nname = "latnet"\nharmonics = "two"\nslope = 1\nlevel = 95\n'
    )
    with pytest.raises(EvaluationError) as caught:
        load_evaluation(write(folder, text))
    message = str(caught.value)
    assert len(caught.value.problems) == 9
    for fragment in (
        "'campaigns' is missing.",
        "Unknown key 'reginos'. Did you mean 'regions'?",
        "regions is 'Kent' (text); allowed: a list in square brackets.",
        "reference_launch is '2019-13' (text); allowed: a date written YYYY, YYYY-MM or YYYY-MM-DD.",
        "model.name is 'latnet' (text); allowed: one of 'latent', 'segmented', 'forecast', 'arima', 'structural',",
        "Did you mean 'latent'?",
        "model.harmonics is 'two' (text); allowed: a whole number.",
        "model.slope is 1 (a whole number); allowed: true or false.",
        "model.level is 95 (a whole number); allowed: less than 1.",
        "contacts is 'contact.csv', but that file does not exist in 'asked'. Did you mean 'contacts.csv'?",
    ):
        assert fragment in message


def test_unknown_key_in_the_model_table_names_the_table(folder: Path) -> None:
    problems = problems_of(folder, MINIMAL + "[model]\nslop = true\n")
    assert "Unknown key in model 'slop'. Did you mean 'slope'?" in problems["unknown-key"]


def test_unreadable_toml_names_the_line(folder: Path) -> None:
    problem = problems_of(folder, MINIMAL + "reference_launch = 2019-05\n")["not-toml"]
    assert "at line 3" in problem
    assert "double quotes" in problem


def test_text_that_is_not_utf8(folder: Path) -> None:
    (folder / "evaluation.toml").write_bytes(b'title = "\xe9"\n')
    with pytest.raises(EvaluationError, match=r"is not UTF-8 text \(byte 10 is 0xe9\)\."):
        load_evaluation(folder)


def test_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    (folder / "evaluation.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load_evaluation(folder).title == "Campaign evaluation"


@pytest.mark.parametrize(
    ("value", "fragment"),
    [
        ('"nowhere/contacts.csv"', "nor does the folder 'nowhere'"),
        ('"."', "is a folder, not a file"),
        ("3", "contacts is 3 (a whole number); allowed: a path as text in quotes."),
    ],
)
def test_input_files_that_cannot_be_found(folder: Path, value: str, fragment: str) -> None:
    write(folder, f'contacts = {value}\ncampaigns = "campaigns.csv"\n')
    with pytest.raises(EvaluationError) as caught:
        load_evaluation(folder)
    assert fragment in str(caught.value)
    assert len(caught.value.problems) == 1


def test_missing_evaluation_file_suggests_the_nearest(folder: Path) -> None:
    write(folder, MINIMAL)
    with pytest.raises(EvaluationError, match=r"Did you mean 'evaluation\.toml'"):
        load_evaluation(folder / "evaluaton.toml")


def test_a_region_named_twice(folder: Path) -> None:
    assert "named more often: 'B'" in problems_of(folder, MINIMAL + 'regions = ["B", "A", "B"]\n')["wrong-value"]


@pytest.mark.parametrize("value", ['"2019"', '"2019-05"', '"2019-05-31"', "2019-05-31"])
def test_reference_launch_as_text_or_date(folder: Path, value: str) -> None:
    evaluation = load_evaluation(write(folder, MINIMAL + f"reference_launch = {value}\n"))
    assert evaluation.reference_launch == value.strip('"')


@pytest.mark.parametrize("value", ['"2019-5"', '"2019-02-30"', '"May 2019"', "2019-05-31T10:00:00", "2019"])
def test_reference_launch_that_is_not_a_date(folder: Path, value: str) -> None:
    assert "reference_launch is" in problems_of(folder, MINIMAL + f"reference_launch = {value}\n")["wrong-value"]


def test_an_evaluation_cannot_be_changed(folder: Path) -> None:
    evaluation = load_evaluation(write(folder, MINIMAL))
    with pytest.raises(ValidationError):
        evaluation.title = "another"  # type: ignore[misc]


def test_fingerprint_changes_with_settings_and_with_input_bytes_only(folder: Path, tmp_path: Path) -> None:
    first = load_evaluation(write(folder, MINIMAL)).fingerprint
    assert len(first) == 64
    assert load_evaluation(write(folder, "# a remark\n" + MINIMAL + "[model]\nharmonics = 2\n")).fingerprint == first
    assert load_evaluation(write(folder, MINIMAL + "[model]\nharmonics = 1\n")).fingerprint != first
    write(folder, MINIMAL)
    assert load_evaluation(folder.rename(tmp_path / "moved")).fingerprint == first
    (tmp_path / "moved" / "contacts.csv").write_text("region,channel,period,contacts\nA,helpline,2019-01,1\n")
    assert load_evaluation(tmp_path / "moved").fingerprint != first


def test_an_evaluation_can_be_made_without_a_file(folder: Path) -> None:
    evaluation = Evaluation(contacts=folder / "contacts.csv", campaigns=folder / "campaigns.csv")
    assert evaluation == load_evaluation(write(folder, MINIMAL)).model_copy(
        update={"contacts": folder / "contacts.csv", "campaigns": folder / "campaigns.csv"}
    )


def test_the_fingerprint_of_an_evaluation_whose_file_is_gone(folder: Path) -> None:
    evaluation = load_evaluation(write(folder, MINIMAL))
    (folder / "contacts.csv").unlink()
    with pytest.raises(EvaluationError, match=r"contacts is 'contacts\.csv', but that file does not exist"):
        _ = evaluation.fingerprint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("decay = 1.5", "model.decay is 1.5 (a number); allowed: a number above 0 and below 1"),
        ('decay = "estimat"', "Did you mean 'estimate'?"),
        ('holidays = "Enland"', "Did you mean 'England'?"),
        ('opening = "Monday to friday"', "Did you mean 'Monday to Friday'?"),
        ('opening = ["Mondy"]', "Did you mean 'Monday'?"),
        ("opening = []", "or a list of weekdays"),
        ('flights = [["2019-05"]]', "allowed: pairs of dates in quotes"),
        ('flights = "2019-05"', "allowed: pairs of dates in quotes"),
        ('campaigns = "flight"', "Did you mean 'flights'?"),
        ("lag = -1", "allowed: 0 or more"),
    ],
)
def test_campaigns_as_they_run_are_checked(folder: Path, line: str, message: str) -> None:
    assert message in problems_of(folder, MINIMAL + f"[model]\n{line}\n")["wrong-value"]
