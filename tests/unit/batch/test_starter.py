"""A new evaluation folder runs at once, says that it is an example, and keeps counts out of version control."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pypdf
import pytest

from evalkit.batch import inspect_file, new_evaluation, read_inputs, starter_files
from evalkit.cli import main
from evalkit.errors import UsageError
from evalkit.evaluation import SCHEMA_LINE, load_evaluation


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_sound_and_marked_as_an_example(tmp_path: Path) -> None:
    made = new_evaluation(tmp_path / "deep" / "my")
    folder = tmp_path / "deep" / "my"
    assert {path.relative_to(folder).as_posix() for path in made} == names(folder) == set(starter_files())
    problems = [
        problem
        for file in sorted([*folder.glob("*.csv"), folder / "evaluation.toml"])
        for problem in inspect_file(file)[1]
    ]
    assert {problem.code for problem in problems} <= {"no-signposting"}, "the reader is told to name one"
    inputs = read_inputs(folder)
    assert inputs.contacts.simulated
    assert inputs.regions == ("Example East", "Example North", "Example South", "Example West")
    for register in ("campaigns", "events", "claims"):
        rows = (folder / f"{register}.csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) == 2, "one worked row under the heading"
        assert "simulated" in rows[1]
    assert (folder / "evaluation.toml").read_text(encoding="utf-8").startswith(SCHEMA_LINE)
    assert load_evaluation(folder).title.startswith("Example")


def test_own_counts_in_the_place_of_the_example_are_not_called_simulated(tmp_path: Path) -> None:
    new_evaluation(tmp_path / "my")
    (tmp_path / "my" / "contacts.csv").write_text(
        "region,channel,period,contacts\n"
        + "".join(f"A,helpline,2018-{month:02d},{month}\n" for month in range(1, 13)),
        encoding="utf-8",
    )
    (tmp_path / "my" / "campaigns.csv").write_text("campaign,region,launch\nc,A,2018-09\n", encoding="utf-8")
    (tmp_path / "my" / "evaluation.toml").write_text(
        'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\n', encoding="utf-8"
    )
    assert not read_inputs(tmp_path / "my").contacts.simulated


def test_version_control_gets_no_counts(tmp_path: Path) -> None:
    folder = tmp_path / "my"
    new_evaluation(folder)
    (folder / "reports").mkdir()
    (folder / "reports" / "index.html").write_text("counts")
    (folder / "contacts 2024.xlsx").write_text("counts")
    git = ["git", "-C", str(folder), "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    listed = subprocess.run([*git, "ls-files"], check=True, capture_output=True, text=True).stdout.split()
    assert listed == sorted(
        [
            ".gitignore",
            "README.md",
            "campaigns.csv",
            "claims.csv",
            "evaluation.schema.json",
            "evaluation.toml",
            "events.csv",
        ]
    )


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is not empty; it holds mine\.txt\. Name a new or an empty folder"):
        new_evaluation(tmp_path)
    assert names(tmp_path) == {"mine.txt"}
    with pytest.raises(UsageError, match="is a file; an evaluation is a folder"):
        new_evaluation(tmp_path / "mine.txt")


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "my").mkdir()
    new_evaluation(tmp_path / "my")
    assert (tmp_path / "my" / "README.md").is_file()
    assert [entry.name for entry in tmp_path.iterdir()] == ["my"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        new_evaluation(tmp_path / "file" / "my")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["new", str(tmp_path / "my"), "--json"], ["schema"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)
    with pytest.raises(SystemExit) as left:
        main(["new", str(tmp_path / "my")])
    assert left.value.code == 2
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.slow
def test_it_runs_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_evaluation(tmp_path / "my")
    with pytest.raises(SystemExit) as left:
        main(["run", str(tmp_path / "my"), "--out", str(tmp_path / "my" / "reports"), "--json"])
    ran = json.loads(capsys.readouterr().out)
    assert (left.value.code, ran["done"], ran["failed"]) == (0, 4, 0)
    assert (tmp_path / "my" / "reports" / "funder.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "my" / "reports" / "regions" / "example-east.html").read_text(encoding="utf-8")
    assert "Simulated data" in page
    documents = [*(tmp_path / "my" / "reports" / "regions").glob("*.pdf")]
    assert len(documents) == 4
    assert all(2 <= len(pypdf.PdfReader(document).pages) <= 4 for document in documents)


@pytest.mark.slow
@pytest.mark.parametrize(
    "notebook", sorted(name for name in starter_files() if name.endswith(".ipynb")), ids=lambda name: Path(name).stem
)
def test_its_notebooks_run_in_their_folder(tmp_path: Path, notebook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from evalkit.batch import run_notebook
    from evalkit.batch.engine import default_engine

    new_evaluation(tmp_path / "my")
    monkeypatch.chdir(tmp_path / "my" / "notebooks")
    ran = run_notebook(tmp_path / "my" / notebook, tmp_path / "ran.ipynb", {}, engine=default_engine())
    assert (ran.status, ran.cause) == ("done", "")
