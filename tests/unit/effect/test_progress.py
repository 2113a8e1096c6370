"""The progress bar of many effects: when it appears, and when it does not."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.effect import progress


def frame(columns: int = 3) -> pd.DataFrame:
    series = ek.simulate_series(np.random.default_rng(1), level_ratio=1.5, launch="2018-01").iloc[12:60]
    return pd.DataFrame({f"R{number}": series for number in range(columns)})


class Terminal(io.StringIO):
    """Standard error that somebody watches."""

    def isatty(self) -> bool:
        return True


def bar_of(monkeypatch: pytest.MonkeyPatch, *, watched: bool, **options: object) -> str:
    screen = Terminal() if watched else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    ek.estimate_effects(frame(12), "2018-01", model="segmented", **options)  # type: ignore[arg-type]
    return screen.getvalue()


def test_a_bar_appears_at_once_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bar_of(monkeypatch, watched=False, progress=True)
    assert "12 series:   0 %" in shown
    assert len(set(shown.split("\r"))) > 2, "it moves"


def test_a_bar_appears_by_itself_when_it_takes_long_and_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 1e-9)
    monkeypatch.setattr(progress, "_EVERY", 0.0)  # a quick machine is done before a second look
    assert "12 series" in bar_of(monkeypatch, watched=True)
    assert bar_of(monkeypatch, watched=False) == ""


def test_quick_work_and_false_show_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 3600.0)
    assert bar_of(monkeypatch, watched=True) == ""
    monkeypatch.setattr(progress, "_PATIENCE", 1e-9)
    assert bar_of(monkeypatch, watched=True, progress=False) == ""


def test_a_callable_is_called_as_series_are_fitted() -> None:
    seen: list[tuple[int, int]] = []
    ek.estimate_effects(frame(), "2018-01", model="segmented", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
