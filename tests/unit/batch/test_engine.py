"""What the engines promise before any kernel is started."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.batch import engine
from evalkit.errors import UsageError

SOURCE = Path(engine.__file__).resolve().parents[2]


def test_an_unknown_engine_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="Did you mean 'warm'"):
        engine.checked_engine("wram")
    monkeypatch.setattr(sys, "platform", "win32")
    assert engine.checked_engine("warm") == engine.checked_engine(None) == "plain"


def test_papermill_knows_the_engines_whatever_is_imported_first() -> None:
    """The entry points need an installation; a run registers the engines itself."""
    code = (
        "import evalkit.batch\n"
        "from evalkit.batch.engine import engine_name\n"
        "name = engine_name('plain')\n"
        "from papermill.engines import papermill_engines\n"
        "print(name, papermill_engines.get_engine('evalkit-warm').__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["evalkit-plain", "WarmEngine"]


def test_nothing_of_the_library_is_compiled_to_run_in_threads() -> None:
    """A kernel is a copy of a process without threads; numba's pool would be none."""
    calls = [
        (path.name, node.lineno)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "parallel"
    ]
    assert calls == []


def test_the_entry_points_name_what_is_there(root: Path) -> None:
    import tomllib

    points = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert points.keys() == {"papermill.engine", "jupyter_client.kernel_provisioners"}
    for group in points.values():
        for place in group.values():
            module, name = place.split(":")
            found = importlib.util.find_spec(module)
            assert found is not None
            assert f"class {name}" in Path(str(found.origin)).read_text(encoding="utf-8")
