"""The set-up script names what is missing on a machine, with the command that installs it, and writes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDED = ("pyproject.toml", "requirements.lock", "scripts/requirements-uv.lock", "scripts/setup.sh")
# sh, and what the script calls until it hands over to a Python
TOOLS = ("sh", "cat", "cksum", "date", "dirname", "echo", "printf", "rm", "sed", "uname")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the set-up script needs a POSIX shell")


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout, in a path with a space, and an empty ``bin`` beside it."""
    folder = tmp_path / "a checkout"
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:  # a file of its own, not a link: a test may overwrite it
            shim(folder, tool, f'#!/bin/sh\nexec "{found}" "$@"\n')
    return folder


def python(checkout: Path, name: str, *, version: str, venv: bool = True) -> None:
    """An interpreter that answers the script's three questions as that version would."""
    supported = version in {"3.11", "3.12", "3.13"}
    answer = f"""#!/bin/sh
case "$2" in
  *print*version*) echo {version} ;;
  *sys.exit*) exit {0 if supported else 1} ;;
  *ensurepip*) exit {0 if venv else 1} ;;
  *executable*) echo "$0" ;;
  *) echo "asked to go on" >&2; exit 9 ;;
esac
"""
    shim(checkout, name, answer)


def shim(checkout: Path, name: str, text: str) -> None:
    program = checkout.parent / "bin" / name
    assert not program.is_symlink()
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)


def setup(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent / "nowhere"), **variables}
    return subprocess.run(
        ["sh", str(checkout / "scripts/setup.sh")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def refused(checkout: Path, **variables: str) -> str:
    done = setup(checkout, **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert not (checkout / ".venv").exists()
    assert not (checkout / ".venv-uv").exists()
    return done.stderr


def test_no_python(checkout: Path) -> None:
    message = refused(checkout)
    assert "no python3 was found" in message
    assert "sudo apt-get install python3 python3-venv" in message
    assert "brew install python@3.13" in message


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.14"])
def test_a_python_of_another_version_is_named(checkout: Path, version: str) -> None:
    python(checkout, "python3", version=version)
    message = refused(checkout)
    assert f"needs Python 3.11, 3.12 or 3.13; found only: python3 ({version})" in message
    assert "sudo apt-get install python3.11 python3.11-venv" in message


def test_a_missing_venv_module_is_named_with_its_package(checkout: Path) -> None:
    python(checkout, "python3", version="3.11", venv=False)
    message = refused(checkout)
    assert "Python 3.11 is here, but its venv module is missing" in message
    assert "sudo apt-get install python3.11-venv" in message


def test_a_shim_that_fails_is_passed_over(checkout: Path) -> None:
    shim(checkout, "python3", "#!/bin/sh\necho 'python3: command not found' >&2\nexit 127\n")
    python(checkout, "python3.13", version="3.13", venv=False)
    python(checkout, "python3.12", version="3.12")
    done = setup(checkout)
    assert "asked to go on" in done.stderr, "the third candidate was good, and should have been used"
    assert done.returncode == 9


def test_a_mac_that_numba_has_left_behind_is_told_so(checkout: Path) -> None:
    python(checkout, "python3", version="3.12")
    shim(checkout, "uname", "#!/bin/sh\necho Darwin x86_64\n")
    assert "no longer published for Macs with Intel processors" in refused(checkout)


def test_an_interpreter_that_does_not_run_is_named(checkout: Path) -> None:
    message = refused(checkout, PYTHON="/nowhere/python3.12")
    assert "PYTHON=/nowhere/python3.12 does not run" in message
