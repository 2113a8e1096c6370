"""The regional notebook as a run executes it: a fresh kernel for every region, failures kept apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import evalkit as ek
from evalkit.cli import main

pytestmark = pytest.mark.slow

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
CAMPAIGN, COMPARISON = "Wathermere", "Ashvarrow"


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration by website alone, and one region without any count of it: that one cannot be analysed."""
    folder = tmp_path_factory.mktemp("evaluation") / "demo"
    shutil.copytree(DEMO, folder)
    file = folder / "evaluation.toml"
    file.write_text(file.read_text().replace('"helpline", "website"', '"website"'))
    contacts = folder / "contacts.csv"
    lines = [line for line in contacts.read_text().splitlines() if not line.startswith(f"{COMPARISON},website,")]
    contacts.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def run(evaluation: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ek.RunSummary, list[tuple[str, str]]]:
    seen: list[tuple[str, str]] = []
    summary = ek.run(
        evaluation,
        tmp_path_factory.mktemp("out"),
        regions=[CAMPAIGN, COMPARISON],
        progress=lambda region, status, done, total: seen.append((region, status)),
    )
    return summary, seen


def test_a_failing_region_does_not_stop_the_others(run) -> None:
    summary, seen = run
    assert [(row.region, row.status) for row in summary.regions] == [
        (CAMPAIGN, "done"),
        (COMPARISON, "error in a cell"),
    ]
    assert "no counts in any channel" in summary.failed[0].cause
    assert sorted(seen) == sorted((row.region, row.status) for row in summary.regions)


def test_the_error_stays_in_the_notebook_of_the_region(run) -> None:
    summary, _ = run
    book = nbformat.read(summary.out / summary.failed[0].notebook, as_version=4)
    errors = [output for cell in book.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert len(errors) == 1
    assert errors[0].ename == "EvaluationError"


def test_the_executed_notebook_has_its_parameters_figures_and_no_error(run) -> None:
    summary, _ = run
    book = nbformat.read(summary.out / summary.regions[0].notebook, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    injected = [cell for cell in book.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert CAMPAIGN in injected[0].source


def test_every_file_that_the_summary_names_is_there(run) -> None:
    summary, _ = run
    done = summary.regions[0]
    for name in (done.notebook, done.page, done.pdf, "index.html", "funder.pdf", "results.csv"):
        assert (summary.out / name).stat().st_size > 500
    assert not list(summary.out.rglob("*.part*"))
    index = (summary.out / "index.html").read_text()
    assert COMPARISON in index
    assert "The report could not be made; the analyst&#39;s log says why." in index
    assert "EvaluationError" not in index
    assert done.page in index
    assert set(pd.read_csv(summary.out / "results.csv")["region"]) == {CAMPAIGN}


def test_simulated_data_are_marked_in_everything_that_is_made_from_them(run) -> None:
    summary, _ = run
    done = summary.regions[0]
    assert "Simulated data" in (summary.out / done.page).read_text()
    assert "Simulated data" in (summary.out / "index.html").read_text()
    assert "Simulated data" in (summary.out / done.notebook).read_text()
    assert json.loads((summary.out / done.page).with_suffix(".json").read_text())["simulated"] is True


def test_exit_code_is_1_where_a_region_failed(evaluation: Path, tmp_path: Path, capsys) -> None:
    arguments = ["run", str(evaluation), "--out", str(tmp_path / "out"), "--region", COMPARISON, "--json"]
    with pytest.raises(SystemExit) as left:
        main(arguments)
    made = json.loads(capsys.readouterr().out)
    assert left.value.code == 1
    assert (made["done"], made["failed"]) == (0, 1)
    assert (tmp_path / "out" / "index.html").exists()
