"""A plan: frozen, read back, tampered with, and every kind of deviation from it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.errors import EvaluationError
from evalkit.evaluation import KINDS, DisclosureSettings, Plan, differences
from evalkit.evaluation.bundle import read_bundle

TEXT = """
contacts = "contacts.csv"
campaigns = "campaigns.csv"
events = "events.csv"
claims = "claims.csv"
regions = ["North", "South"]
channels = ["helpline"]
reference_launch = "2018-06"
[model]
window_months = 12
"""
MONTHS = [f"{year}-{month:02d}" for year in range(2016, 2019) for month in range(1, 13)]


def contacts(months: list[str] = MONTHS, **changed: int) -> str:
    rows = [
        f"{region},{channel},{month},{changed.get(f'{region}_{month}'.replace('-', '_'), 20 + number % 5)}"
        for region in ("North", "South", "East")
        for channel in ("helpline", "website")
        for number, month in enumerate(months)
    ]
    return "\n".join(["region,channel,period,contacts", *rows, ""])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "asked"
    folder.mkdir()
    files = {
        "evaluation.toml": TEXT,
        "contacts.csv": contacts(),
        "campaigns.csv": "campaign,region,launch,end\nspring,North,2018-03,\n",
        "events.csv": "event,title,start,end\nfilm,A film,2017-03,2017-04\n",
        "claims.csv": (
            "claim_id,region,channel,unit,statistic_type,value,qualifier,period_start,period_end,baseline_start,"
            "baseline_end,text,source\nC1,North,helpline,contacts,ratio,3,exact,2018-03,2018-12,2017-03,2017-12,Up.,x\n"
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(plan: Plan, folder: Path) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.what, one.planned, one.found) for one in ek.deviations(plan, folder)]


@pytest.fixture
def plan(folder: Path) -> Plan:
    return ek.freeze_plan(folder, data_end="2018-12", frozen_on=dt.date(2018, 12, 1))


def test_a_plan_is_read_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    file = ek.write_plan(plan, tmp_path / "plan.json")
    back = ek.read_plan(file)
    assert back == plan
    assert back.hash == plan.hash == json.loads(file.read_text())["hash"]
    assert list(tmp_path.glob(".plan*")) == []


def test_without_a_change_there_is_no_deviation(plan: Plan, folder: Path, tmp_path: Path) -> None:
    assert ek.deviations(plan, folder) == ()
    moved = folder.rename(tmp_path / "elsewhere")  # where files lie is no part of what was asked
    review = ek.review_plan(plan, moved)
    assert review.deviations == ()
    assert review.fingerprint == ek.load_evaluation(moved).fingerprint


def test_naming_the_plan_is_no_deviation_and_keeps_the_fingerprint(plan: Plan, folder: Path) -> None:
    ek.write_plan(plan, folder / "plan.json")
    change(folder / "evaluation.toml", "[model]", 'plan = "plan.json"\n[model]')
    assert ek.load_evaluation(folder).fingerprint == plan.fingerprint
    assert ek.deviations(folder / "plan.json", folder) == ()


def test_a_plan_is_not_overwritten_unless_forced(plan: Plan, tmp_path: Path) -> None:
    file = ek.write_plan(plan, tmp_path / "plan.json")
    before = file.read_bytes()
    with pytest.raises(EvaluationError, match="a plan is not overwritten"):
        ek.write_plan(plan, file)
    assert file.read_bytes() == before
    assert ek.write_plan(plan, file, force=True) == file


def test_the_hash_of_the_settings_does_not_follow_from_counts(plan: Plan, folder: Path) -> None:
    (folder / "contacts.csv").write_text(contacts(North_2016_02=777))
    again = ek.freeze_plan(folder, data_end="2018-12", frozen_on=dt.date(2018, 12, 1))
    assert again.hash != plan.hash
    assert again.settings_hash == plan.settings_hash
    change(folder / "campaigns.csv", "2018-03", "2018-04")
    moved = ek.freeze_plan(folder, data_end="2018-12", frozen_on=dt.date(2018, 12, 1))
    assert moved.settings_hash != plan.settings_hash


def test_under_control_a_report_shows_the_hash_of_the_settings_only(plan: Plan, folder: Path) -> None:
    ek.write_plan(plan, folder / "plan.json")
    change(folder / "evaluation.toml", "[model]", 'plan = "plan.json"\n[model]\nname = "segmented"')
    inputs = ek.read_inputs(folder)
    report = ek.evaluate_region(inputs, "North")
    assert report.plan is not None
    assert (report.plan.hash, report.plan.fingerprint) == (plan.hash, plan.fingerprint)
    shown = ek.control(report, ek.disclosure_plan(inputs)).plan
    assert shown is not None
    assert (shown.hash, shown.fingerprint, shown.frozen_on) == (plan.settings_hash, "", plan.frozen_on)
    assert shown.deviations == report.plan.deviations
    internal = ek.plan_disclosure(inputs.contacts, DisclosureSettings(profile="internal"))
    assert ek.control(report, internal).plan == report.plan


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"harmonics": 2', '"harmonics": 3'),
        ('"frozen_on": "2018-12-01"', '"frozen_on": "2018-01-01"'),
        ('"2018-12"', '"2019-12"'),
    ],
)
def test_a_plan_that_was_changed_is_refused(plan: Plan, folder: Path, old: str, new: str) -> None:
    file = ek.write_plan(plan, folder / "plan.json")
    change(file, old, new)
    change(folder / "evaluation.toml", "[model]", 'plan = "plan.json"\n[model]')
    with pytest.raises(EvaluationError, match="changed after it was frozen"):
        ek.review_plan(file, folder)
    with pytest.raises(EvaluationError, match="changed after it was frozen"):
        ek.evaluate_region(ek.read_inputs(folder), "North")


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(EvaluationError, match="evalkit plan"):
        ek.read_plan(file)
    with pytest.raises(EvaluationError, match="cannot be read"):
        ek.read_plan(tmp_path / "none.json")


def test_a_missing_plan_is_named_with_the_other_files(folder: Path) -> None:
    change(folder / "evaluation.toml", "[model]", 'plan = "plam.json"\n[model]')
    with pytest.raises(EvaluationError, match=r"plan is 'plam\.json', but that file does not exist"):
        ek.load_evaluation(folder)


def test_settings_and_declarations_that_changed(plan: Plan, folder: Path) -> None:
    text = 'title = "T"\n' + TEXT.replace("window_months = 12", "window_months = 9\nslope = false")
    (folder / "evaluation.toml").write_text(text + '[declarations.theory]\nanswer = "yes"\nevidence = "x"\n')
    assert found(plan, folder) == [
        ("setting", "title", "Campaign evaluation", "T"),
        ("setting", "model.slope", "yes", "no"),
        ("setting", "model.window_months", "12", "9"),
        ("declaration", "theory.answer", "none", "yes"),
        ("declaration", "theory.evidence", "none", "x"),
    ]


def test_regions_and_channels_dropped_and_added(plan: Plan, folder: Path) -> None:
    change(folder / "evaluation.toml", '"South"', '"East"')
    change(folder / "evaluation.toml", '["helpline"]', '["website"]')
    kinds = [row for row in found(plan, folder) if row[0] in ("region", "channel")]
    assert kinds == [
        ("region", "South", "evaluated", "dropped"),
        ("region", "East", "not evaluated", "added"),
        ("channel", "helpline", "evaluated", "dropped"),
        ("channel", "website", "not evaluated", "added"),
    ]


def test_registers_that_changed(plan: Plan, folder: Path) -> None:
    (folder / "campaigns.csv").write_text(
        "campaign,region,launch,end\nspring,North,2018-04,2018-09\nnew,South,2018-05,\n"
    )
    (folder / "events.csv").write_text("event,title,kind,start,end\nfilm,A film,definition,2017-03,2017-05\n")
    change(folder / "claims.csv", "ratio,3", "ratio,2")
    assert found(plan, folder) == [
        ("campaign", "spring in North", "launch 2018-03, end open", "launch 2018-04, end 2018-09"),
        ("campaign", "new in South", "absent", "launch 2018-05, end open"),
        (
            "event",
            "film",
            "other, 2017-03 to 2017-04, everywhere, all channels",
            "definition, 2017-03 to 2017-05, everywhere, all channels",
        ),
        (
            "claim",
            "C1",
            "North, helpline: exact 3 (ratio), 2018-03-01 to 2018-12-31 against 2017-03-01 to 2017-12-31",
            "North, helpline: exact 2 (ratio), 2018-03-01 to 2018-12-31 against 2017-03-01 to 2017-12-31",
        ),
    ]


def test_revised_counts_are_counted_and_never_shown(plan: Plan, folder: Path) -> None:
    (folder / "contacts.csv").write_text(contacts(North_2016_02=777, North_2016_03=778))
    rows = found(plan, folder)
    assert rows == [
        ("data revised", "North | helpline", "36 periods counted", "changed in 2 of 36"),
        ("data revised", "North | website", "36 periods counted", "changed in 2 of 36"),
    ]
    assert "777" not in str(rows)
    stored = plan.series["North | helpline"]
    assert stored.cells is not None
    assert {len(digest) for digest in stored.cells.values()} == {8}


def test_series_that_went_or_came(plan: Plan, folder: Path) -> None:
    text = contacts().replace("East,website", "East,chat")
    (folder / "contacts.csv").write_text(text)
    assert found(plan, folder) == [
        ("data revised", "East | website", "36 periods counted", "absent"),
        ("data revised", "East | chat", "absent", "36 periods counted"),
    ]


def test_a_public_plan_holds_no_hash_of_a_count(folder: Path) -> None:
    public = ek.freeze_plan(folder, public=True)
    assert all(record.cells is None for record in public.series.values())
    (folder / "contacts.csv").write_text(contacts(North_2016_02=777))
    rows = [row for row in found(public, folder) if row[0] == "data revised"]
    assert [row[3] for row in rows] == ["changed (the plan does not say in how many periods)"] * 2


def test_no_guess_can_be_tried_on_a_public_plan(folder: Path, tmp_path: Path) -> None:
    """The right counts give none of its hashes, whatever is hashed; nor do two public plans of them agree."""
    exact = ek.freeze_plan(folder)
    guesses = [
        exact.fingerprint,
        *(held["hash"] for held in exact.inputs.values()),
        *(record.hash for record in exact.series.values()),
        *(cell for record in exact.series.values() for cell in (record.cells or {}).values()),
    ]
    file = ek.write_plan(ek.freeze_plan(folder, public=True), tmp_path / "plan.json")
    text = file.read_text()
    assert not [guess for guess in guesses if guess[:8] in text]
    public, again = ek.read_plan(file), ek.freeze_plan(folder, public=True)
    assert not {record.hash for record in public.series.values()} & {record.hash for record in again.series.values()}
    assert len({record.hash for record in public.series.values()}) == len(public.series), "equal series look different"
    assert public.key
    assert public.key not in text
    assert public.key not in repr(public)
    assert (tmp_path / "plan.key").stat().st_mode & 0o077 == 0
    assert public.settings_hash == exact.settings_hash


def test_the_owner_of_a_public_plan_can_compare_and_nobody_else(folder: Path) -> None:
    file = ek.write_plan(ek.freeze_plan(folder, public=True, data_end="2018-12"), folder / "plan.json")
    assert found(ek.read_plan(file), folder) == []
    (folder / "contacts.csv").write_text(contacts(North_2016_02=777))
    assert [row[:2] for row in found(ek.read_plan(file), folder)] == [
        ("data revised", "North | helpline"),
        ("data revised", "North | website"),
    ]
    (folder / "plan.key").unlink()
    without = ek.read_plan(file)
    assert without.hash == json.loads(file.read_text())["hash"]
    assert found(without, folder) == [
        ("data revised", "contacts", "hashed with a key", "not compared, as the key of the plan is not beside it")
    ]
    (folder / "plan.key").write_text("no key")
    with pytest.raises(EvaluationError, match="is no key of a plan"):
        ek.read_plan(file)


def test_the_key_goes_with_the_evaluation_to_other_machines(folder: Path, tmp_path: Path) -> None:
    ek.write_plan(ek.freeze_plan(folder, public=True, data_end="2018-12"), folder / "plan.json")
    (folder / "evaluation.toml").write_text('plan = "plan.json"\n' + TEXT)
    laid = read_bundle(folder).lay(tmp_path / "elsewhere")
    review = ek.review_plan(laid.parent / "plan.json", laid)
    assert review.deviations == ()


def test_a_key_is_not_overwritten(folder: Path) -> None:
    ek.write_plan(ek.freeze_plan(folder, public=True), folder / "plan.json")
    (folder / "plan.json").unlink()
    with pytest.raises(EvaluationError, match=r"plan\.key is there already"):
        ek.write_plan(ek.freeze_plan(folder, public=True), folder / "plan.json")


@pytest.mark.parametrize(
    ("months", "end", "said"), [(-2, "2018-12", "2018-10 (earlier)"), (None, "2018-10", "2018-12 (later)")]
)
def test_data_that_end_otherwise_than_planned(folder: Path, months: int | None, end: str, said: str) -> None:
    plan = ek.freeze_plan(folder, data_end=end)
    (folder / "contacts.csv").write_text(contacts(MONTHS[:months]))
    assert ("data end", "contacts", end, said) in found(plan, folder)


def test_later_data_are_no_revision(folder: Path) -> None:
    (folder / "contacts.csv").write_text(contacts(MONTHS[:30]))
    early = ek.freeze_plan(folder, data_end="2018-12")
    assert early.before_data_end is True
    (folder / "contacts.csv").write_text(contacts())
    assert found(early, folder) == []


def test_a_plan_may_be_frozen_before_the_launch(folder: Path) -> None:
    (folder / "contacts.csv").write_text(contacts(MONTHS[:24]))
    with pytest.raises(EvaluationError, match="outside the contacts"):
        ek.read_inputs(folder)
    plan = ek.freeze_plan(folder)
    assert (plan.data_end, plan.planned_end, plan.before_data_end) == ("2017-12", "2019-05", True)


def test_the_planned_end_may_be_open_and_must_be_a_period(folder: Path) -> None:
    with pytest.raises(EvaluationError, match="no month of the contacts"):
        ek.freeze_plan(folder, data_end="soon")
    change(folder / "evaluation.toml", "window_months = 12", "")
    assert ek.freeze_plan(folder).planned_end is None
    assert ek.freeze_plan(folder).before_data_end is None


def test_another_version_is_a_deviation(plan: Plan, folder: Path) -> None:
    from dataclasses import replace

    older = replace(plan, code_version="0.0.1")
    assert found(older, folder) == [("code version", "evalkit", "0.0.1", ek.__version__)]


def test_weekly_data_against_a_monthly_plan(plan: Plan) -> None:
    from dataclasses import replace

    weekly = replace(plan, frequency="W-SUN")
    assert [str(one) for one in differences(plan, weekly)] == ["data end length of a period: planned M, now W-SUN"]
    assert all(one.kind in KINDS for one in differences(plan, weekly))


def test_reports_list_the_deviations(plan: Plan, folder: Path) -> None:
    ek.write_plan(plan, folder / "plan.json")
    change(folder / "evaluation.toml", "[model]", 'plan = "plan.json"\n[model]\nname = "segmented"')
    report = ek.evaluate_region(ek.read_inputs(folder), "North")
    assert report.plan is not None
    assert [one.what for one in report.plan.deviations] == ["model.name"]
    stored = report.to_dict()
    assert stored["plan"]["deviations"][0]["found"] == "segmented"
    assert stored["results"][0]["quality"]["maryland"]["value"] == 2
    page = ek.write_region_report(report, folder / "out")["html"].read_text()
    assert "frozen as a plan on 1 December 2018" in page
    assert "model.name" in page
    shutil.rmtree(folder / "out")
