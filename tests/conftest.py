"""Fixtures that every suite shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _shared(*parts: str) -> Path:
    base = Path(os.environ.get("EVALKIT_SHARED", ROOT.parent / "shared"))
    folder = base.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"the reference data are not on this machine (looked for {'/'.join(parts)} beside the checkout)")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_series() -> Path:
    """Real interrupted time series by other people, for reference tests only."""
    return _shared("data", "series")


@pytest.fixture(scope="session")
def shared_published() -> Path:
    """The registers of published figures as first compiled, with the hand-made checks."""
    return _shared("data", "published")
