"""One version everywhere."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib

import pytest

import evalkit
from conventions.tree import ROOT

PLACES = {
    "pyproject.toml": r'^version = "([^"]+)"$',
    "src/evalkit/__init__.py": r'^__version__ = "([^"]+)"$',
    "CITATION.cff": r"^version: (\S+)$",
    "CHANGELOG.md": r"^## \[?(\d[^\]\s]*)\]?",
}


def version_in(text: str, pattern: str) -> str | None:
    """The first version a text names, or None."""
    found = re.search(pattern, text, flags=re.MULTILINE)
    return found.group(1) if found else None


@pytest.mark.parametrize("place", PLACES)
def test_every_file_names_the_version_of_the_package(place: str) -> None:
    expected = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert version_in((ROOT / place).read_text(encoding="utf-8"), PLACES[place]) == expected


def test_the_installed_package_has_that_version() -> None:
    assert importlib.metadata.version("evalkit") == evalkit.__version__


def test_another_or_no_version_is_told_apart() -> None:
    pattern = PLACES["CHANGELOG.md"]
    assert version_in("# Changes\n\n## 0.2.0 (2026-01-01)\n\n## 0.1.0\n", pattern) == "0.2.0"
    assert version_in("# Changes\n\n## [0.2.0] - 2026-01-01\n", pattern) == "0.2.0"
    assert version_in("# Changes\n\n## Unreleased\n", pattern) is None
    assert version_in("cff-version: 1.2.0\nversion: 0.3.0\n", PLACES["CITATION.cff"]) == "0.3.0"
