"""Parameters that a notebook does not have, or of another kind, are errors before anything runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from evalkit import resources
from evalkit.batch import run_notebook
from evalkit.batch.parameters import checked_parameters, notebook_defaults
from evalkit.errors import BatchError, UsageError

CELL = """
region = ""  # a name, with "quotes" and # signs
count: int = 12
share = 0.5
quick = False
names = ["a",
         "b"]  # several lines
anything = None
worked_out = 3 * 4
"""


def notebook(folder: Path, cell: str | None = CELL) -> Path:
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    if cell is not None:
        book.cells.append(nbformat.v4.new_code_cell(cell, metadata={"tags": ["parameters"]}))
    book.cells.append(nbformat.v4.new_code_cell("raise SystemExit('it ran')"))
    path = folder / "book.ipynb"
    nbformat.write(book, path)
    return path


def test_defaults_are_read_as_they_are_written(tmp_path: Path) -> None:
    defaults = notebook_defaults(notebook(tmp_path))
    assert list(defaults) == ["region", "count", "share", "quick", "names", "anything", "worked_out"]
    assert defaults["names"] == ["a", "b"]


@pytest.mark.parametrize(
    "given",
    [
        {"region": "A"},
        {"region": Path("a") / "b"},
        {"count": 3},
        {"share": 1},
        {"quick": True},
        {"names": ("c",)},
        {"anything": 3},
        {"worked_out": "x"},
        {},
    ],
)
def test_what_fits_is_taken(tmp_path: Path, given: dict[str, object]) -> None:
    assert list(checked_parameters(notebook(tmp_path), given)) == list(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"regoin": "A"}, "Unknown parameter of book.ipynb 'regoin'. Did you mean 'region'"),
        ({"region": 3}, "'region' of book.ipynb is 3 .int.. Allowed: text"),
        ({"region": None}, "Allowed: text"),
        ({"count": "12"}, "Allowed: a whole number, such as its default 12"),
        ({"count": True}, "Allowed: a whole number"),
        ({"count": 1.5}, "Allowed: a whole number"),
        ({"quick": 1}, "Allowed: true or false"),
        ({"names": "a"}, "Allowed: a list"),
    ],
)
def test_what_does_not_is_refused_before_anything_runs(tmp_path: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run_notebook(notebook(tmp_path), tmp_path / "out.ipynb", given)
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    assert checked_parameters(notebook(tmp_path, None), {}) == {}
    with pytest.raises(UsageError, match="takes no parameters; got 'a'"):
        checked_parameters(notebook(tmp_path, None), {"a": 1})
    with pytest.raises(UsageError, match="takes no parameters"):
        checked_parameters(notebook(tmp_path, "# nothing"), {"a": 1})


def test_what_is_no_notebook_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "book.ipynb"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(BatchError, match="cannot be read"):
        checked_parameters(file, {"a": 1})


def test_the_region_notebook_names_what_a_run_gives_it() -> None:
    assert {"evaluation", "region", "out"} <= set(notebook_defaults(resources.path("notebooks/region_impact.ipynb")))
