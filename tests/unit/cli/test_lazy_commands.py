"""Commands are loaded when they are asked for: one command does not pay for the others."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from evalkit.cli import commands
from evalkit.cli.group import MODULES

LOADED = """
import sys
from evalkit.cli import commands
commands.get_command(None, "estimate")
print(*(name for name in ("evalkit.batch", "evalkit.report", "statsmodels", "matplotlib") if name in sys.modules))
"""


@pytest.mark.parametrize("name", MODULES)
def test_a_command_is_where_the_table_says(name: str) -> None:
    import_module(f"evalkit.cli.{MODULES[name]}")
    assert name in commands.commands


def test_every_command_is_in_the_table() -> None:
    for name in MODULES.values():
        import_module(f"evalkit.cli.{name}")
    assert set(commands.commands) == set(MODULES)


def test_estimate_loads_neither_batch_nor_report() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
