"""``import evalkit`` is light: what is heavy is loaded when it is first used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = frozenset(
    {
        *("numpy", "pandas", "scipy", "statsmodels", "numba", "matplotlib", "seaborn", "pyarrow", "duckdb", "pydantic"),
        *("pandera", "papermill", "nbclient", "nbformat", "jinja2", "typst", "openpyxl", "holidays", "click", "dask"),
        *("distributed", "fsspec", "s3fs", "IPython", "ipywidgets", "anywidget", "tqdm"),
    }
)
LOADED = "import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"


def loaded(statement: str) -> set[str]:
    """Top names of all modules after a statement in a fresh interpreter."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement=statement)], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


def test_importing_evalkit_loads_nothing_heavy() -> None:
    assert loaded("import evalkit") & HEAVY == set()


def test_names_are_listed_without_loading_anything_heavy() -> None:
    assert loaded("import evalkit; dir(evalkit); evalkit.__all__; evalkit.errors") & HEAVY == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert "pydantic" in loaded("import evalkit; evalkit.load_evaluation") & HEAVY


def test_one_estimate_on_the_command_line_loads_no_more_than_it_needs() -> None:
    contacts = ROOT / "data" / "demo" / "contacts.csv"
    line = [
        "estimate",
        str(contacts),
        "--region",
        "Arbenfold",
        "--channel",
        "helpline",
        "--launch",
        "2019-01",
        "--json",
    ]
    there = loaded(
        f"from contextlib import suppress\nfrom evalkit.cli import main\nwith suppress(SystemExit): main({line})\npass"
    )
    assert "numba" in there
    assert (
        there & {"statsmodels", "formulaic", "pydantic", "pandera", "matplotlib", "seaborn", "duckdb", "dask"} == set()
    )
