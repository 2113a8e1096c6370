"""``import evalkit`` is light: what is heavy is loaded when it is first used."""

from __future__ import annotations

import subprocess
import sys

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
