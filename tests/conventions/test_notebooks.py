"""Notebooks are thin: one parameters cell, no functions, no outputs, nothing executed."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest

from conventions.tree import project_texts


def faults(notebook: dict[str, Any]) -> list[str]:
    """What a notebook has that it must not have, or lacks."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    found = [] if len(tagged) == 1 else [f"{len(tagged)} cells are tagged parameters; exactly one should be"]
    found += [
        f"the parameter {path!r} is not there from the folder of the notebooks"
        for cell in tagged
        for path in re.findall(r"[\"'](data/[^\"']*)[\"']", "".join(cell["source"]))
    ]
    for number, cell in enumerate(code, 1):
        found += [f"code cell {number} defines {name}" for name in _definitions("".join(cell["source"]))]
        if cell["outputs"]:
            found.append(f"code cell {number} carries outputs")
        if cell["execution_count"] is not None:
            found.append(f"code cell {number} carries an execution count")
    return found


def _definitions(source: str) -> list[str]:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    tree = ast.parse("\n".join(lines))
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    lambdas = ["a lambda" for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    return [node.name for node in ast.walk(tree) if isinstance(node, named)] + lambdas


OPENINGS = ("**Question.**", "**Estimand.**", "**What must hold.**", "**How to read the answer.**")


def missing_openings(notebook: dict[str, Any]) -> list[str]:
    """Which of the four openings the first cell of a notebook lacks."""
    first = "".join(notebook["cells"][0]["source"])
    return [opening for opening in OPENINGS if opening not in first]


def test_notebooks_open_with_what_is_asked_and_how_to_read_the_answer() -> None:
    opened = [(name, text) for name, text in committed() if name.startswith("notebooks/")]
    assert {name: lacks for name, text in opened if (lacks := missing_openings(json.loads(text)))} == {}
    assert missing_openings({"cells": [{"source": "# Title\n\n**Question.** Why?"}]}) == [*OPENINGS[1:]]


def test_the_gallery_names_every_notebook() -> None:
    page = dict(project_texts(".md"))["notebooks/README.md"]
    named = {f"notebooks/{name}" for name in re.findall(r"`(\w+\.ipynb)`", page)}
    assert named == {name for name, _ in committed() if name.startswith("notebooks/")}


def committed() -> list[tuple[str, str]]:
    return [(name, text) for name, text in project_texts(".ipynb") if not name.startswith("reports/")]


def test_notebooks_are_thin() -> None:
    notebooks = committed()
    assert notebooks, "the project has notebooks"
    assert {name: faults(json.loads(text)) for name, text in notebooks if faults(json.loads(text))} == {}


def cell(source: str, **changes: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source} | changes


PARAMETERS = cell("region = 'A'", metadata={"tags": ["parameters"]})


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ([PARAMETERS, cell("def f():\n    return 1")], "code cell 2 defines f"),
        ([PARAMETERS, cell("class A:\n    x = 1")], "code cell 2 defines A"),
        ([PARAMETERS, cell("g = lambda x: x")], "code cell 2 defines a lambda"),
        ([PARAMETERS, cell("1", outputs=[{"output_type": "stream"}])], "code cell 2 carries outputs"),
        ([PARAMETERS, cell("1", execution_count=3)], "code cell 2 carries an execution count"),
        ([cell("1")], "0 cells are tagged parameters; exactly one should be"),
        (
            [cell("file = 'data/demo/contacts.csv'", metadata={"tags": ["parameters"]})],
            "the parameter 'data/demo/contacts.csv' is not there from the folder of the notebooks",
        ),
        ([PARAMETERS, PARAMETERS], "2 cells are tagged parameters; exactly one should be"),
    ],
)
def test_every_kind_of_fault_is_found(cells: list[dict[str, Any]], fault: str) -> None:
    assert faults({"cells": cells}) == [fault]


def test_a_thin_notebook_is_let_through() -> None:
    prose = {"cell_type": "markdown", "metadata": {}, "source": "def f(): in prose"}
    assert faults({"cells": [prose, PARAMETERS, cell("%matplotlib inline\neffect")]}) == []
