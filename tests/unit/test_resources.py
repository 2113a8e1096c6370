"""Bundled files are found in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import resources
from evalkit.errors import UsageError


def test_a_checkout_gives_its_own_files(root: Path) -> None:
    assert resources.checkout() == root
    assert resources.path("pyproject.toml") == root / "pyproject.toml"
    assert resources.path("src/evalkit") == root / "src" / "evalkit"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "site-packages" / "evalkit"
    (package / "_bundle" / "data" / "demo").mkdir(parents=True)
    (package / "_bundle" / "data" / "demo" / "evaluation.toml").write_text("title = 'x'\n", encoding="utf-8")
    monkeypatch.setattr(resources, "_PACKAGE", package)
    monkeypatch.setattr(resources, "_BUNDLE", package / "_bundle")
    return package


def test_an_installed_package_gives_its_copy(installed: Path) -> None:
    assert resources.checkout() is None
    assert resources.path("data/demo") == installed / "_bundle" / "data" / "demo"
    assert resources.path("data/demo/evaluation.toml").read_text(encoding="utf-8") == "title = 'x'\n"


def test_a_project_file_beside_site_packages_is_not_taken_for_a_checkout(installed: Path) -> None:
    (installed.parent.parent / "pyproject.toml").touch()
    assert resources.checkout() is None


def test_a_misspelt_file_is_named_with_its_nearest_match(installed: Path) -> None:
    with pytest.raises(UsageError, match=r"'data/demo/evaluaton\.toml'.*Allowed: 'data/demo/evaluation\.toml'"):
        resources.path("data/demo/evaluaton.toml")


def test_a_missing_folder_is_an_error_too(installed: Path) -> None:
    with pytest.raises(UsageError, match="notebooks/region_impact"):
        resources.path("notebooks/region_impact.ipynb")


@pytest.mark.parametrize("outside", ["", ".", "/etc/passwd", "../secret", "data/../../secret"])
def test_a_path_outside_the_project_is_refused(outside: str) -> None:
    with pytest.raises(UsageError, match="path from the project's root"):
        resources.path(outside)
