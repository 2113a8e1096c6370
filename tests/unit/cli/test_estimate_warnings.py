"""evalkit estimate warns where coverage has not been measured for series so small, as a report would."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.cli import main

WORDS = ("contacts a month (least 5)", "overage has not been measured for series so small")


def _run(folder: Path, mean: float, *more: str) -> None:
    counts = np.random.default_rng(1).poisson(mean, 56)
    periods = pd.period_range("2018-01", periods=56, freq="M").astype(str)
    rows = pd.DataFrame({"region": "Ashmere", "channel": "helpline", "period": periods, "contacts": counts})
    rows.to_csv(folder / "contacts.csv", index=False)
    which = ["--region", "Ashmere", "--channel", "helpline", "--launch", "2021-09", "--model", "segmented"]
    with pytest.raises(SystemExit) as left:
        main(["estimate", str(folder / "contacts.csv"), *which, *more])
    assert left.value.code == 0


def test_few_contacts_are_a_warning_in_text_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(tmp_path, 1.5)
    text = capsys.readouterr().out
    (line,) = [line for line in text.splitlines() if line.startswith("  warning: too few")]
    assert all(words in line for words in WORDS)
    _run(tmp_path, 1.5, "--json")
    (warning,) = [one for one in json.loads(capsys.readouterr().out)["warnings"] if one.startswith("too few")]
    assert all(words in warning for words in WORDS)


def test_enough_contacts_are_no_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(tmp_path, 60)
    assert "too few" not in capsys.readouterr().out
