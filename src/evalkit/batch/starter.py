"""A new evaluation folder, with a simulated example, that runs at once."""

from __future__ import annotations

import ast
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from evalkit import resources
from evalkit.errors import UsageError
from evalkit.evaluation import SCHEMA_FILE, evaluation_template, schema_text
from evalkit.simulate import Simulation, load_simulation, simulation_files

_REGISTERS: Final = ("contacts", "campaigns", "events", "claims")
_READS_A_FOLDER: Final = {"evaluation", "contacts_file"}
"""A notebook with one of these parameters can read an evaluation folder; the others bring data of their own."""


def new_evaluation(folder: str | Path) -> tuple[Path, ...]:
    """Make an evaluation folder with a simulated example in it, which ``evalkit run`` runs as it is.

    Parameters
    ----------
    folder : str or Path
        Where to. Made if it is not there; an empty folder is filled.

    Returns
    -------
    tuple of Path
        ``evaluation.toml`` with every key explained, its schema for editors, contacts of four example regions
        (simulated), registers with one worked row each, the notebooks that read such a folder, a README, and a
        ``.gitignore`` that keeps counts and reports out of version control.

    Raises
    ------
    UsageError
        Where the folder holds anything, or cannot be written; nothing is written then.
    """
    target = Path(folder)
    _refuse_occupied(target)
    contents = starter_files()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as made:
            for name, content in contents.items():
                (Path(made) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(made) / name).write_bytes(content)
            shutil.copytree(made, target, dirs_exist_ok=True)
            target.chmod(0o755)
    except OSError as problem:
        raise UsageError(f"{target} cannot be written: {problem.strerror}. Choose another folder.") from problem
    return tuple(target / name for name in contents)


def starter_files() -> dict[str, bytes]:
    """Every file of a new evaluation folder, by its path in it; nothing is written."""
    example = load_simulation(resources.path("data/starter/simulation.toml"))
    simulated = simulation_files(example)
    return {
        "README.md": resources.path("data/starter/README.md").read_bytes(),
        "evaluation.toml": _evaluation(example).encode(),
        SCHEMA_FILE: schema_text().encode(),
        **{f"{name}.csv": simulated[f"{name}.csv"] for name in _REGISTERS},
        ".gitignore": resources.path("data/starter/gitignore").read_bytes(),
        **dict(_notebooks(example)),
    }


def _refuse_occupied(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; an evaluation is a folder. Name another place.")
    found = sorted(entry.name for entry in target.iterdir() if entry.name != ".git") if target.is_dir() else []
    if found:
        more = " and more" if len(found) > 3 else ""
        raise UsageError(
            f"{target} is not empty; it holds {', '.join(found[:3])}{more}. Name a new or an empty folder."
        )


def _evaluation(example: Simulation) -> str:
    text = example.evaluation
    return evaluation_template(
        {
            **{name: f"{name}.csv" for name in _REGISTERS},
            "title": text.title,
            "commissioner": text.commissioner,
            "description": text.description,
            "reference_launch": example.reference_launch,
            "model": {"window_months": text.model.window_months, "events": text.model.events},
        }
    )


def _notebooks(example: Simulation) -> Iterator[tuple[str, bytes]]:
    """The notebooks that can read the folder, with parameters that name its files and its example."""
    treated = next(region for region in example.regions if region.campaign)
    values = {
        "evaluation": "../evaluation.toml",
        "contacts_file": "../contacts.csv",
        "campaigns_file": "../campaigns.csv",
        "region": treated.region,
        "channel": example.channels[-1].channel,
        "launch": example.reference_launch,
        "end": "2021-08",
    }
    for source in sorted(resources.path("notebooks").glob("*.ipynb")):
        notebook = json.loads(source.read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ()))
        text = "".join(cell["source"])
        if _can_read_it(set(_assigned(text)), set(values)):
            cell["source"] = _with_values(text, values).splitlines(keepends=True)
            yield f"notebooks/{source.name}", (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _can_read_it(parameters: set[str], values: set[str]) -> bool:
    """Whether a notebook reads a folder, and no file that the example does not fill (launches of several regions)."""
    files = {name for name in parameters if name.endswith("_file")}
    return bool(parameters & _READS_A_FOLDER) and files <= values


def _assigned(source: str) -> dict[str, ast.Assign]:
    """Assignments to one name, by name."""
    return {
        node.targets[0].id: node
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    lines = source.splitlines()
    for name, node in _assigned(source).items():
        if name in values and node.end_lineno == node.lineno:
            lines[node.lineno - 1] = f"{name} = {json.dumps(values[name])}"
    return "\n".join(lines)
