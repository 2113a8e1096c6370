"""The command line as a user meets it: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evalkit.cli import main

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.fixture
def evalkit(capsys: pytest.CaptureFixture[str]):
    """Run the command line; give back exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


ESTIMATE = ("estimate", DEMO / "contacts.csv", "--region", "Wathermere", "--channel", "website", "--launch", "2018-09")


@pytest.mark.parametrize(
    "command", ["demo", "validate", "estimate", "pool", "claims", "run", "simulate", "plan", "power", "suggest"]
)
def test_every_command_explains_itself(evalkit, command: str) -> None:
    code, out, _ = evalkit(command, "--help")
    assert code == 0
    assert "--json" in out
    assert len(out.splitlines()) > 6


def test_estimate_json_is_the_contract(evalkit) -> None:
    code, out, _ = evalkit(*ESTIMATE, "--end", "2020-08", "--claim", "3", "--json")
    made = json.loads(out)
    assert code == 0
    assert (made["region"], made["channel"], made["launch"], made["model"]) == (
        "Wathermere",
        "website",
        "2018-09",
        "latent",
    )
    assert (made["n_pre"], made["n_post"], made["level"]) == (44, 24, 0.95)
    for name in ("level_change", "slope_change", "rate_ratio", "cumulative_effect"):
        assert made[name].keys() == {"value", "lower", "upper", "unit"}
    assert 0 <= made["prob_at_least"]["3"] <= 1
    assert made["simulated"] is True


@pytest.mark.parametrize("model", ["arima", "structural"])
def test_other_models_answer_the_same_question(evalkit, model: str) -> None:
    code, out, _ = evalkit(*ESTIMATE, "--end", "2020-08", "--model", model, "--json")
    made = json.loads(out)
    assert (code, made["model"]) == (0, model)
    assert made["rate_ratio"]["lower"] < made["rate_ratio"]["value"] < made["rate_ratio"]["upper"]


def test_covariates_come_from_a_file(evalkit, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    rows = [f"{2015 + k // 12}-{k % 12 + 1:02d},{18 + (5 * k) % 7}" for k in range(96)]
    file.write_text("period,open days\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, out, _ = evalkit(*ESTIMATE, "--model", "segmented", "--covariates", file, "--json")
    alone = json.loads(evalkit(*ESTIMATE, "--model", "segmented", "--json")[1])
    assert code == 0
    assert json.loads(out)["level_change"]["value"] != alone["level_change"]["value"]
    file.write_text("month,open days\n2015-01,20\n", encoding="utf-8")
    code, _, err = evalkit(*ESTIMATE, "--covariates", file)
    assert code == 2
    assert "The columns are 'month', 'open days'; allowed: one 'period'" in err


def test_estimate_text_says_that_the_data_are_simulated(evalkit) -> None:
    code, out, _ = evalkit(*ESTIMATE, "--model", "segmented")
    assert code == 0
    assert out.startswith("Simulated data")
    assert "rate ratio" in out


def test_what_cannot_be_estimated_is_an_answer_not_an_error(evalkit) -> None:
    code, out, _ = evalkit(*ESTIMATE[:-1], "2015-06", "--json")
    made = json.loads(out)
    assert code == 1
    assert made["rate_ratio"]["not_estimable"].startswith("5 months before launch")
    for model in ("controlled", "synthetic"):
        code, out, err = evalkit(*ESTIMATE[:-1], "2015-06", "--json", "--model", model, "--controls", "all")
        assert (code, err) == (1, "")
        assert "not_estimable" in json.loads(out)["rate_ratio"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--region", "Wathermer"), "Did you mean 'Wathermere'"),
        (("--channel", "phone"), "Unknown channel 'phone'"),
        (("--launch", "2031-01"), "launch 2031-01 lies outside the data"),
        (("--launch", "May"), "'May'"),
        (("--model", "latnet"), "Did you mean 'latent'"),
        (("--controls", "Wathermere"), "both the region and one of its controls"),
        (("--level", "1"), "--level"),
        (("--harmonics", "-1"), "--harmonics"),
        (("--claim", "-2"), "--claim"),
    ],
)
def test_wrong_arguments_end_with_code_2_and_one_message(evalkit, change: tuple[str, str], message: str) -> None:
    arguments = list(ESTIMATE)
    if change[0] in arguments:
        arguments[arguments.index(change[0]) + 1] = change[1]
    else:
        arguments += change
    code, out, err = evalkit(*arguments)
    assert code == 2
    assert message in err
    assert out == ""
    assert "Traceback" not in err


def test_unknown_command_and_missing_file(evalkit) -> None:
    assert evalkit("estimat")[0] == 2
    code, _, err = evalkit("estimate", DEMO / "contact.csv", *ESTIMATE[2:])
    assert code == 2
    assert "contacts.csv" in err


def test_controls_enter_as_a_covariate(evalkit) -> None:
    code, out, _ = evalkit(*ESTIMATE, "--model", "segmented", "--controls", "Ashvarrow, Belmarrow", "--json")
    alone = json.loads(evalkit(*ESTIMATE, "--model", "segmented", "--json")[1])
    assert code == 0
    assert json.loads(out)["rate_ratio"] != alone["rate_ratio"]


CAMPAIGNS = ("--campaigns", DEMO / "campaigns.csv")


def test_controlled_by_regions_without_a_campaign(evalkit) -> None:
    """Exposures of the file enter on both sides; of 'all', the regions of the register are left out."""
    code, out, _ = evalkit(*ESTIMATE, "--model", "controlled", "--controls", "Ashvarrow, Larkenshire", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["model"] == "controlled"
    treated, comparison = (made["components"][f"{side} change"]["value"] for side in ("treated", "comparison"))
    assert treated / comparison == pytest.approx(made["rate_ratio"]["value"], rel=0.05)
    code, out, _ = evalkit(*ESTIMATE, "--model", "controlled", "--controls", "all", *CAMPAIGNS)
    assert code == 0
    assert "12 comparison regions" in out


def test_a_control_with_a_campaign_of_its_own_is_refused_by_name(evalkit) -> None:
    arguments = (*ESTIMATE, "--model", "controlled", "--controls", "Ashvarrow,Belmarrow")
    code, out, err = evalkit(*arguments, *CAMPAIGNS)
    assert (code, out) == (2, "")
    assert "The control 'Belmarrow' had a campaign itself" in err
    assert "vale-2018, 2018-09" in err


def test_controlled_without_controls_says_what_to_give(evalkit) -> None:
    code, _, err = evalkit(*ESTIMATE, "--model", "controlled")
    assert code == 2
    assert "Give controls=" in err


def test_synthetic_control_from_all_other_regions(evalkit) -> None:
    exclude = ("--exclude", "Belmarrow=had a campaign of its own", "--exclude", "Ashvarrow")
    code, out, _ = evalkit(*ESTIMATE, "--model", "synthetic", "--controls", "all", *exclude, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["model"] == "synthetic"
    assert found["numerator"] == "observed"
    assert found["rate_ratio"]["lower"] < found["rate_ratio"]["value"] < found["rate_ratio"]["upper"]
    told = " ".join(found["warnings"])
    assert "Belmarrow: had a campaign of its own" in told
    assert "Ashvarrow: excluded on the command line" in told
    code, _, err = evalkit(*ESTIMATE, "--controls", "Belmarrow,Ashvarrow", "--exclude", "Belmarow")
    assert code == 2
    assert "Did you mean 'Belmarrow'" in err


def test_validate_lists_every_problem_and_leaves_the_file_alone(evalkit, tmp_path: Path) -> None:
    bad = tmp_path / "contacts.csv"
    bad.write_text(
        "region,channel,period,contacts\nA,helpline,2019-01,-3\nA,helpline,2019-02,2.5\nA,helpline,2019-02,4\n"
    )
    before = bad.read_bytes()
    code, out, _ = evalkit("validate", bad)
    assert code == 2
    assert "row 2" in out
    assert "-3" in out
    assert "row 3" in out
    assert bad.read_bytes() == before
    assert list(tmp_path.iterdir()) == [bad]


def test_validate_knows_each_kind_of_file(evalkit) -> None:
    names = ["contacts.csv", "campaigns.csv", "events.csv", "claims.csv", "evaluation.toml"]
    code, out, _ = evalkit("validate", *(DEMO / name for name in names), "--json")
    made = json.loads(out)["files"]
    assert code == 0
    assert [file["kind"] for file in made] == [
        "contacts",
        "register of campaigns",
        "register of events",
        "register of claims",
        "evaluation",
    ]


def test_claims_finds_the_threefold_of_the_north_west(evalkit) -> None:
    code, out, _ = evalkit("claims", "--json")
    audit = json.loads(out)
    assert code == 0
    assert len(audit["claims"]) == 276
    text = json.dumps(audit["claims"][7])
    assert audit["claims"][7]["claim_id"] == "C008"
    assert "contradicted" in text
    assert "2.03" in text


def test_simulate_writes_a_folder_that_validates(evalkit, tmp_path: Path) -> None:
    code, out, _ = evalkit("simulate", DEMO / "simulation.toml", "--out", tmp_path / "trial", "--seed", "5")
    assert code == 0
    assert out.startswith("Simulated data")
    assert evalkit("validate", tmp_path / "trial" / "evaluation.toml")[0] == 0
    assert (tmp_path / "trial" / "contacts.csv").read_bytes() != (DEMO / "contacts.csv").read_bytes()


def test_run_refuses_wrong_input_before_writing(evalkit, tmp_path: Path) -> None:
    folder = tmp_path / "evaluation"
    shutil.copytree(DEMO, folder)
    text = (folder / "evaluation.toml").read_text().replace("channels =", "chanels =")
    (folder / "evaluation.toml").write_text(text)
    code, _, err = evalkit("run", folder / "evaluation.toml", "--out", tmp_path / "out")
    assert code == 2
    assert "Did you mean 'channels'" in err
    assert not (tmp_path / "out").exists()
    code, _, err = evalkit("run", DEMO / "evaluation.toml", "--out", tmp_path / "out", "--region", "Wathermer")
    assert code == 2
    assert "Did you mean 'Wathermere'" in err
    assert not (tmp_path / "out").exists()


POOL = ("pool", DEMO / "contacts.csv", "--launches", DEMO / "campaigns.csv")


def test_pool_prints_the_average_and_what_a_new_region_may_expect(evalkit) -> None:
    code, out, _ = evalkit(*POOL, "--channel", "website", "--claim", "1.5")
    assert code == 0
    assert out.startswith("Simulated data")
    for words in ("average effect", "in a new region", "probability of at least 1.5 times"):
        assert words in out


def test_pool_json_lists_who_is_left_out_and_leaves_with_1(evalkit, tmp_path: Path) -> None:
    (tmp_path / "launches.csv").write_text("region,launch\nWathermere,2018-09\nBelmarrow,2018-09\nTidenfold,2030-01\n")
    code, out, _ = evalkit(
        "pool", DEMO / "contacts.csv", "--launches", tmp_path / "launches.csv", "--channel", "website", "--json"
    )
    made = json.loads(out)
    assert code == 1
    assert [row["region"] for row in made["left_out"]] == ["Tidenfold"]
    assert [row["region"] for row in made["regions"]] == ["Belmarrow", "Wathermere"]
    assert made["effect"].keys() == {"value", "lower", "upper", "unit"}
    assert made["event_study"] is None


def test_pool_refuses_what_it_cannot_read(evalkit, tmp_path: Path) -> None:
    code, _, err = evalkit(*POOL)
    assert code == 2
    assert "2 channels" in err
    (tmp_path / "twice.csv").write_text("region,launch\nWathermere,2018-09\nWathermere,2019-09\nBelmarrow,2018\n")
    code, _, err = evalkit("pool", DEMO / "contacts.csv", "--launches", tmp_path / "twice.csv", "--channel", "website")
    assert code == 2
    assert "has a launch in row 2 too (2018-09)" in err
    assert "launch is '2018', which is no month" in err


def test_plan_is_frozen_once_and_named_in_the_evaluation(evalkit, tmp_path: Path) -> None:
    folder = tmp_path / "evaluation"
    shutil.copytree(DEMO, folder)
    code, out, _ = evalkit("plan", folder / "evaluation.toml", "--data-end", "2024-12", "--json")
    made = json.loads(out)
    assert code == 0
    assert (made["data_end"], made["planned_end"], made["before_data_end"]) == ("2023-12", "2024-12", True)
    assert Path(made["out"]) == folder / "plan.json"
    before = (folder / "plan.json").read_bytes()
    code, _, err = evalkit("plan", folder)
    assert code == 2
    assert "a plan is not overwritten" in err
    assert (folder / "plan.json").read_bytes() == before
    code, out, _ = evalkit("plan", folder, "--force", "--public")
    assert code == 0
    assert "its key stands in plan.key" in out
    assert json.loads((folder / "plan.json").read_text())["keyed"] is True
    assert "reports will say so" in out
    text = (folder / "evaluation.toml").read_text().replace('truth = "', 'plan = "plan.json"\ntruth = "', 1)
    (folder / "evaluation.toml").write_text(text)
    assert evalkit("validate", folder / "evaluation.toml")[0] == 0
    code, _, err = evalkit("plan", folder, "--data-end", "later", "--out", tmp_path / "p.json")
    assert code == 2
    assert "no month of the contacts" in err


def test_campaigns_as_they_run_have_options(evalkit) -> None:
    flights = ("--flight", "2018-09", "2018-12", "--flight", "2019-09", "2019-12", "--separate-flights")
    code, out, _ = evalkit(*ESTIMATE, *flights, "--json")
    assert code == 0
    assert list(json.loads(out)["components"]) == ["active over inactive", "flight 1", "flight 2"]
    code, out, _ = evalkit(
        *ESTIMATE, "--further-launch", "2020-02", "--no-slope", "--lag", "1", "--holidays", "England"
    )
    assert code == 0
    assert "launch 2:" in out
    code, out, _ = evalkit(*ESTIMATE, "--off", "2019-06", "--opening", "Monday,Tuesday", "--no-slope")
    assert code == 0
    assert "after the end:" in out
    code, out, _ = evalkit(*ESTIMATE, "--decay", "estimate", "--no-weekday")
    assert code == 0
    assert "half-life:" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--decay", "fast"), "Unknown decay 'fast'"),
        (("--separate-flights",), "--separate-flights needs flights"),
        (("--holidays", "Enland"), "Did you mean 'England'"),
        (("--weekday",), "weekday is True, and the data are by the month"),
        (("--further-launch", "2018-09"), "Two launches are given in 2018-09"),
        (("--flight", "2018-09", "2018-08"), "ends in 2018-08, before it starts"),
    ],
)
def test_what_contradicts_itself_is_one_message(evalkit, options: tuple[str, ...], message: str) -> None:
    code, _, err = evalkit(*ESTIMATE, *options)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


SUGGEST = ("suggest", DEMO / "contacts.csv", "--region", "Wathermere", "--channel", "website")


def test_suggest_names_the_strongest_design_and_the_command(evalkit) -> None:
    code, out, _ = evalkit(*SUGGEST, "--campaigns", DEMO / "campaigns.csv")
    assert code == 0
    assert out.startswith("Simulated data")
    assert "synthetic (suggested" in out
    assert "evalkit estimate contacts.csv" in out
    code, out, _ = evalkit(*SUGGEST, "--launch", "2018-09", "--json")
    made = json.loads(out)
    assert made["best"] == "single region"
    assert "No register of campaigns" in made["suggestions"][0]["reasons"][0]


def test_suggest_without_a_launch_says_what_to_give(evalkit) -> None:
    code, _, err = evalkit(*SUGGEST)
    assert code == 2
    assert "Give --launch, or --campaigns" in err


def test_suggest_names_the_nearest_region(evalkit) -> None:
    code, _, err = evalkit("suggest", DEMO / "contacts.csv", "--region", "Wathermer")
    assert code == 2
    assert "Did you mean 'Wathermere'" in err


POWER = ("power", "--replicates", "50", "--ratios", "3", "--mean", "60", "--no-slope")


def test_power_says_what_a_plan_could_show_and_how_sure_it_is(evalkit, tmp_path: Path) -> None:
    code, out, _ = evalkit(*POWER, "--out", tmp_path)
    assert code == 0
    assert "one Monte-Carlo standard error in percentage points behind ±" in out
    assert {path.name for path in tmp_path.iterdir()} == {"power.csv", "power.svg", "power.txt"}
    code, out, _ = evalkit(*POWER, "--json")
    rows = json.loads(out)["table"]
    assert [row["ratio"] for row in rows] == [1.0, 3.0]
    assert all(0 < row["detected_mcse"] < 0.1 for row in rows)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mean", "abc"), "--mean is 'abc'. Allowed: a number"),
        (("--region", "Wathermere"), "need --contacts"),
        (("--contacts", DEMO / "contacts.csv"), "--contacts needs --region and --channel"),
    ],
)
def test_power_refuses_what_it_cannot_read(evalkit, options: tuple[object, ...], words: str) -> None:
    code, _, err = evalkit("power", *options)
    assert code == 2
    assert words in err


def test_power_learns_until_a_period_and_refuses_what_is_none(evalkit) -> None:
    past = ("--contacts", DEMO / "contacts.csv", "--region", "Wathermere", "--channel", "helpline")
    code, out, _ = evalkit(*POWER[:5], "--no-slope", *past, "--until", "2018-08")
    assert code == 0
    assert "44 months before and 12 from the launch on, 16.8 contacts a month" in out
    code, _, err = evalkit("power", *past, "--until", "soon")
    assert code == 2
    assert "soon" in err
    assert "fault in evalkit" not in err
