"""pyproject.toml, environment.yml and requirements.lock agree, and the lock holds no addresses."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from conventions.tree import ROOT

UNLOCKED = {"reference"}  # heavy, and only for making reference numbers again
PYTHONS = ("3.11", "3.12", "3.13")
CONDA_NAMES = {"build": "python-build", "duckdb": "python-duckdb"}
ONLY_FROM_PIP = {
    "axe-playwright-python",
    "duckdb-extension-httpfs",
    "duckdb-extension-postgres-scanner",
    "duckdb-extension-sqlite-scanner",
    "fontpkg-fira-sans",
    "page-validation",
    "playwright",
    "typst",
}
LOCKS = ("requirements.lock", "scripts/requirements-uv.lock")


@dataclass(frozen=True)
class Pin:
    """One entry of a lock."""

    name: str
    version: str
    marker: str
    hashes: int

    def holds_for(self, python: str) -> bool:
        environment = {"python_version": python, "python_full_version": f"{python}.9"}
        return not self.marker or Marker(self.marker).evaluate(environment)


def read_lock(text: str) -> tuple[Pin, ...]:
    """The entries of a lock; a line that is no pin, no hash and no comment is an error."""
    entries = re.split(r"\n(?=\S)", text.strip())
    pins = []
    for entry in entries:
        found = re.match(r"([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\\n]+?))?(?: \\)?(?:\n|$)", entry)
        assert found, f"not a pinned requirement: {entry.splitlines()[0]}"
        pins.append(Pin(canonicalize_name(found[1]), found[2], found[3] or "", entry.count("--hash=sha256:")))
    return tuple(pins)


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def required(table: dict[str, object]) -> dict[str, SpecifierSet]:
    """Name and version set of everything pyproject.toml asks for, extras included but for those that are not locked."""
    extras = [text for name, group in table["optional-dependencies"].items() if name not in UNLOCKED for text in group]
    asked = [Requirement(text) for text in [*table["dependencies"], *extras]]
    return {canonicalize_name(one.name): one.specifier for one in asked}


def conda(text: str) -> tuple[dict[str, SpecifierSet], dict[str, SpecifierSet]]:
    """What environment.yml asks of conda and of pip."""
    listed = yaml.safe_load(text)["dependencies"]
    from_pip = [line for entry in listed if isinstance(entry, dict) for line in entry["pip"]]
    from_conda = [entry for entry in listed if isinstance(entry, str)]
    return _parsed(from_conda), _parsed(from_pip)


def _parsed(lines: list[str]) -> dict[str, SpecifierSet]:
    asked = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one.specifier for one in asked}


def unmet(asked: dict[str, SpecifierSet], pins: tuple[Pin, ...], python: str) -> list[str]:
    """Requirements that no entry of the lock satisfies on that Python."""
    locked = {pin.name: pin.version for pin in pins if pin.holds_for(python)}
    return [
        f"{name}{versions}: locked {locked.get(name)}"
        for name, versions in asked.items()
        if name not in locked or locked[name] not in versions
    ]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_environment_and_project_ask_for_the_same() -> None:
    table = project()
    from_conda, from_pip = conda(text_of("environment.yml"))
    assert from_conda.pop("python") == SpecifierSet(table["requires-python"])
    from_conda.pop("pip")
    assert set(from_pip) == ONLY_FROM_PIP
    ours = {CONDA_NAMES.get(name, name): versions for name, versions in required(table).items()}
    assert from_conda | from_pip == ours


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_satisfies_the_project(python: str) -> None:
    assert unmet(required(project()), read_lock(text_of("requirements.lock")), python) == []


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_satisfies_the_environment(python: str) -> None:
    from_conda, from_pip = conda(text_of("environment.yml"))
    pypi_names = {conda_name: name for name, conda_name in CONDA_NAMES.items()}
    asked = {pypi_names.get(name, name): versions for name, versions in (from_conda | from_pip).items()}
    asked = {name: versions for name, versions in asked.items() if name not in {"python", "pip"}}
    assert unmet(asked, read_lock(text_of("requirements.lock")), python) == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_addresses(name: str) -> None:
    text = text_of(name)
    assert "://" not in text
    assert all(pin.hashes for pin in read_lock(text))


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    table = project()
    prefix = "Programming Language :: Python :: "
    assert tuple(line.removeprefix(prefix) for line in table["classifiers"] if line.startswith(prefix)) == PYTHONS
    assert [python in SpecifierSet(table["requires-python"]) for python in ("3.10", *PYTHONS, "3.14")] == [
        0,
        1,
        1,
        1,
        0,
    ]


SAMPLE = """numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa
    # via scipy
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:bb
six==1.16.0
"""


def test_a_lock_that_falls_short_is_found() -> None:
    pins = read_lock(SAMPLE)
    assert [pin.hashes for pin in pins] == [1, 1, 0]
    assert unmet({"numpy": SpecifierSet(">=2.5")}, pins, "3.13") == []
    assert unmet({"numpy": SpecifierSet(">=2.5")}, pins, "3.11") == ["numpy>=2.5: locked 2.4.6"]
    assert unmet({"scipy": SpecifierSet("")}, pins, "3.11") == ["scipy: locked None"]
    with pytest.raises(AssertionError, match="not a pinned requirement: numpy>=2"):
        read_lock("numpy>=2\n")
    with pytest.raises(AssertionError, match="not a pinned requirement: --index-url"):
        read_lock("--index-url https://example.org\n")
