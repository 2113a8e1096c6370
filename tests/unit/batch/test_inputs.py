"""Inputs of an evaluation: read once, every contradiction between the files named before anything runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import evalkit as ek
from evalkit.batch.comparison import comparison_regions, controls_of
from evalkit.batch.region import region_effect
from evalkit.errors import EvaluationError, UsageError
from evalkit.registers import campaigns_during

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "demo")
    return tmp_path / "demo"


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_launches_come_from_the_register_and_comparison_regions_get_the_reference() -> None:
    inputs = ek.read_inputs(DEMO / "evaluation.toml")
    assert str(inputs.launch_of("Wathermere")) == "2018-09"
    assert inputs.campaign_of("Ashvarrow") is None
    assert str(inputs.launch_of("Ashvarrow")) == "2018-11"
    assert len(inputs.regions) == 45


def test_names_that_the_contacts_do_not_have_are_reported_together(folder: Path) -> None:
    _change(folder / "campaigns.csv", "Wathermere", "Wathermear")
    _change(folder / "claims.csv", "Belmarrow", "Belmarow")
    _change(folder / "evaluation.toml", '"film-2017"', '"film-2071"')
    with pytest.raises(EvaluationError) as caught:
        ek.read_inputs(folder)
    text = str(caught.value)
    for hint in ("Did you mean 'Wathermere'", "Did you mean 'Belmarrow'", "Did you mean 'film-2017'"):
        assert hint in text
    assert len(caught.value.problems) == 3


def test_a_launch_that_is_too_vague_or_outside_the_data_is_refused(folder: Path) -> None:
    text = (folder / "campaigns.csv").read_text()
    lines = text.splitlines()
    first, last = lines[1], lines[-1]
    lines[1] = first.replace(first.split(",")[3], "2018")
    lines[-1] = last.replace(last.split(",")[3], "2031-05")
    (folder / "campaigns.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(EvaluationError) as caught:
        ek.read_inputs(folder)
    assert {problem.code for problem in caught.value.problems} >= {"imprecise-launch", "launch-outside-data"}


def test_an_unknown_region_is_refused_with_the_nearest() -> None:
    inputs = ek.read_inputs(DEMO)
    with pytest.raises(UsageError, match="Did you mean 'Wathermere'"):
        ek.evaluate_region(inputs, "Wathermer")


def test_inspect_file_tells_kinds_and_problems(folder: Path) -> None:
    assert ek.inspect_file(folder / "contacts.csv")[0] == "contacts"
    assert ek.inspect_file(folder / "claims.csv") == ("register of claims", ())
    _change(folder / "evaluation.toml", "title =", "titel =")
    kind, problems = ek.inspect_file(folder / "evaluation.toml")
    assert kind == "evaluation"
    assert "Did you mean 'title'" in str(problems[0])
    assert ek.inspect_file(folder / "nothing.csv")[1][0].fatal


def test_event_terms_respect_channel_and_window() -> None:
    from evalkit.batch.region import event_terms

    inputs = ek.read_inputs(DEMO)
    series = inputs.contacts.series("Wathermere", "helpline")
    last = series.index[67]
    span, launch = (series.index[0], last), inputs.launch_of("Wathermere")
    helpline = {term.name for term in event_terms(inputs, "Wathermere", "helpline", span, (launch, launch))}
    website = {term.name for term in event_terms(inputs, "Wathermere", "website", span, (launch, launch))}
    assert "hours-2017" in helpline - website
    assert "relaunch-2019" in website - helpline
    assert "film-2022" not in helpline | website


def test_an_event_inside_an_excluded_transition_is_no_term() -> None:
    from evalkit.batch.region import event_terms

    inputs = ek.read_inputs(DEMO)
    series = inputs.contacts.series("Wathermere", "website")
    film = pd.Period("2017-03", "M")
    terms = event_terms(inputs, "Wathermere", "website", (series.index[0], series.index[67]), (film, film + 2))
    assert "film-2017" not in {term.name for term in terms}


def test_reference_launch_is_checked_before_anything_runs(folder: Path) -> None:
    _change(folder / "evaluation.toml", 'reference_launch = "2018-11"', 'reference_launch = "2030-01"')
    with pytest.raises(EvaluationError, match="reference_launch is 2030-01, outside the contacts"):
        ek.read_inputs(folder)
    _change(folder / "evaluation.toml", 'reference_launch = "2030-01"', "")
    with pytest.raises(EvaluationError, match=r"12 regions have no campaign .* and there is no reference_launch"):
        ek.read_inputs(folder)


def test_a_region_without_one_channel_keeps_the_other(folder: Path) -> None:
    lines = (folder / "contacts.csv").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("Wathermere,helpline,")]
    (folder / "contacts.csv").write_text("\n".join(kept) + "\n")
    text = (folder / "evaluation.toml").read_text()
    (folder / "evaluation.toml").write_text(text.replace("[model]", '[model]\nname = "segmented"'))
    report = ek.evaluate_region(ek.read_inputs(folder), "Wathermere")
    assert [result.channel for result in report.results] == ["website"]
    assert "No contacts by helpline are on file." in report.notes


def test_claims_about_all_channels_are_kept_and_cannot_be_checked(folder: Path) -> None:
    text = (folder / "claims.csv").read_text().splitlines()
    header, row = text[0].split(","), next(line for line in text if ",Wathermere,website," in line)
    assert header[3] == "channel"
    (folder / "claims.csv").write_text("\n".join([text[0], row.replace(",website,", ",combined,", 1)]) + "\n")
    text = (folder / "evaluation.toml").read_text()
    (folder / "evaluation.toml").write_text(text.replace("[model]", '[model]\nname = "segmented"'))
    report = ek.evaluate_region(ek.read_inputs(folder), "Wathermere")
    verdicts = [verdict for result in report.results for verdict in result.verdicts]
    assert len(verdicts) == 1


@pytest.mark.parametrize("name", ["controlled", "synthetic"])
def test_the_controlled_model_takes_every_region_without_a_campaign(folder: Path, name: str) -> None:
    _change(folder / "evaluation.toml", "window_months = 24", f'window_months = 24\nname = "{name}"')
    inputs = ek.read_inputs(folder)
    chosen = comparison_regions(inputs, "Wathermere", "helpline")
    assert len(chosen) == 12
    assert not any(inputs.campaign_of(name) for name in chosen)
    assert "Ashvarrow" not in comparison_regions(inputs, "Ashvarrow", "helpline")
    counts, exposure = controls_of(inputs, "Wathermere", "helpline")
    assert tuple(counts.columns) == tuple(exposure.columns) == chosen


def test_named_controls_enter_every_model_as_it_reads_them(folder: Path) -> None:
    _change(
        folder / "evaluation.toml", "window_months = 24", 'window_months = 24\ncontrols = ["Ashvarrow", "Larkenshire"]'
    )
    inputs = ek.read_inputs(folder)
    counts, exposure = controls_of(inputs, "Wathermere", "helpline")
    assert tuple(counts.columns) == ("Ashvarrow", "Larkenshire")
    assert exposure is None  # the latent model takes the log of their total
    effect = region_effect(inputs, "Wathermere", "helpline", inputs.launch_of("Wathermere"))
    assert "log controls" in effect.design.columns
    _change(folder / "evaluation.toml", "window_months = 24", 'window_months = 24\nname = "controlled"')
    inputs = ek.read_inputs(folder)
    effect = region_effect(inputs, "Wathermere", "helpline", inputs.launch_of("Wathermere"))
    assert effect.design.comparison.names == ("Ashvarrow", "Larkenshire")
    assert set(effect.components) >= {"treated change", "comparison change"}


def test_a_control_that_had_a_campaign_is_refused_by_name(folder: Path) -> None:
    _change(
        folder / "evaluation.toml", "window_months = 24", 'window_months = 24\ncontrols = ["Ashvarrow", "Belmarrow"]'
    )
    with pytest.raises(EvaluationError, match="'Belmarrow', where the campaign 'vale-2018' was launched"):
        ek.read_inputs(folder)
    _change(folder / "evaluation.toml", '"Belmarrow"]', '"Larkenshir"]')
    with pytest.raises(EvaluationError, match="Did you mean 'Larkenshire'"):
        ek.read_inputs(folder)


def test_a_campaign_before_or_after_the_data_leaves_a_region_free() -> None:
    inputs = ek.read_inputs(DEMO / "evaluation.toml")
    campaign = inputs.campaign_of("Wathermere")
    month = pd.Period("2018-09", "M")
    assert campaigns_during(inputs.campaigns, "Wathermere", month - 40, month) == (campaign,)
    assert campaigns_during(inputs.campaigns, "Wathermere", month - 40, month - 1) == ()
    assert campaigns_during(inputs.campaigns, "Wathermere", month + 40, month + 50) == (campaign,)  # it has no end
    assert campaigns_during(inputs.campaigns, "Ashvarrow", month - 40, month) == ()
