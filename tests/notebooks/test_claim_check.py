"""The claim notebook, run as a reader would: a claim of the register, a sentence with counts or contacts."""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
import papermill
import pytest

from evalkit.batch.engine import default_engine, engine_name

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "claim_check.ipynb"
DEMO = ROOT / "data" / "demo"
LONGEST_SECONDS = 60 * 3  # under a minute on a quiet machine

pytestmark = pytest.mark.slow


def run(tmp_path: Path, **parameters: object) -> tuple[str, int]:
    """The text that an execution shows, and its number of charts."""
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        NOTEBOOK,
        out,
        engine_name=engine_name(default_engine()),
        parameters=parameters,
        cwd=ROOT,
        kernel_name="python3",
        progress_bar=False,
    )
    outputs = [each for cell in nbformat.read(out, as_version=4).cells for each in cell.get("outputs", [])]
    shown = [each.data for each in outputs if each.output_type in ("display_data", "execute_result")]
    return " ".join(str(data) for data in shown), sum("image/png" in data for data in shown)


def test_a_claim_of_the_register(tmp_path: Path) -> None:
    started = time.monotonic()
    text, charts = run(tmp_path)
    assert time.monotonic() - started < LONGEST_SECONDS
    assert "3,549 against 1,747 is 2.03 times, which contradicts the published 3 times" in text
    assert charts == 1


def test_a_claim_with_other_regions_beside_it(tmp_path: Path) -> None:
    text, charts = run(tmp_path, claim_id="C093")
    assert "contacts grew less than there" in text
    assert charts == 2


def test_a_sentence_with_two_counts(tmp_path: Path) -> None:
    text, charts = run(tmp_path, claim_id="", text="65 % more", after=139, before=84)
    assert "1.26 to 2.17" in text
    assert "0.90 to 3.03" in text
    assert charts == 1


def test_a_sentence_with_simulated_contacts(tmp_path: Path) -> None:
    text, charts = run(
        tmp_path,
        claim_id="",
        text="threefold",
        contacts=str(DEMO / "contacts.csv"),
        region="Wathermere",
        channel="website",
        launch="2018-09",
        controls="Ashvarrow, Hexwold",
    )
    assert "Without comparison regions" in text
    assert charts == 1
