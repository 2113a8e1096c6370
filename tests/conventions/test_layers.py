"""Stages import only from stages before them, and nothing before the report draws."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from conventions.tree import modules

ORDER = (
    "vocab",
    "display",
    "errors",
    "languages",
    "catalogue",
    "resources",
    "cluster",
    "evaluation",
    "contacts",
    "registers",
    "simulate",
    "design",
    "model",
    "effect",
    "check",
    "claim",
    "report",
    "batch",
    "explorer",
    "cli",
)
DRAWING = {"matplotlib", "seaborn"}
# the facade gathers the public names of all stages, and `python -m evalkit` calls the command line
ABOVE_ALL = {"__init__", "__main__"}


def imported(module: str, source: str) -> Iterator[str]:
    """Dotted names of everything a module imports, wherever in the file: ``evalkit.design``, ``numpy``."""
    package = module.removesuffix(".__init__") if module.endswith(".__init__") else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (
                part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def stage_of(module: str) -> str:
    return module.split(".")[1]


def faults(module: str, source: str) -> list[str]:
    """What a module imports that it must not."""
    stage = stage_of(module)
    if stage in ABOVE_ALL:
        return []
    if stage not in ORDER:
        return [f"{module}: {stage!r} is no stage; add it to the order in this test and in ARCHITECTURE.md"]
    found = []
    for name in imported(module, source):
        parts = name.split(".")
        if parts[0] in DRAWING and ORDER.index(stage) < ORDER.index("report"):
            found.append(f"{module} imports {name}: only report draws")
        if parts[0] != "evalkit" or name == "evalkit.__version__" or stage == ORDER[-1]:
            continue  # the command line may use everything, the facade too
        if len(parts) == 1 or parts[1] not in ORDER:
            found.append(f"{module} imports {name}: import from the stage, not from the facade")
        elif ORDER.index(parts[1]) > ORDER.index(stage):
            found.append(f"{module} imports {name}: {parts[1]} comes after {stage}")
    return found


def test_stages_import_only_from_earlier_stages() -> None:
    everything = modules()
    assert len(everything) > len(ORDER) // 2
    assert [fault for module, source in everything for fault in faults(module, source)] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("evalkit.design.matrix", "from evalkit.effect import Effect"),
        ("evalkit.design.matrix", "def f():\n    import evalkit.report.html"),
        ("evalkit.design.matrix", "from ..model import base"),
        ("evalkit.design.__init__", "from ..model import base"),
        ("evalkit.design.matrix", "from importlib import import_module\nimport_module('evalkit.report')"),
        (
            "evalkit.design.matrix",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from evalkit.effect import Effect",
        ),
        ("evalkit.model.base", "from evalkit import estimate_effect"),
        ("evalkit.model.base", "import evalkit"),
        ("evalkit.effect.effect", "def f():\n    import matplotlib.pyplot as plt"),
        ("evalkit.claim.verdict", "from seaborn import lineplot"),
        ("evalkit.helpers.misc", "import os"),
    ],
)
def test_an_upward_import_is_found(module: str, source: str) -> None:
    assert len(faults(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("evalkit.effect.effect", "from evalkit.model.base import Fit\nfrom evalkit import vocab\nimport numpy as np"),
        (
            "evalkit.effect.effect",
            "from .estimate import Estimate\nfrom . import compute\nfrom ..model import registry",
        ),
        ("evalkit.report.figures", "import matplotlib.pyplot as plt"),
        ("evalkit.__init__", "from evalkit.cli import main"),
        ("evalkit.cli", "import evalkit as ek"),
        ("evalkit.batch.region", "from evalkit import __version__"),
    ],
)
def test_a_sound_import_is_let_through(module: str, source: str) -> None:
    assert faults(module, source) == []
