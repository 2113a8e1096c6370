"""Every word of every page is the catalogue's or given: in a pretended language nothing English is left.

The pages and PDFs are made in a process of their own (``bracketed.py``), in which each text of the catalogue stands in
brackets; what stands outside of brackets must be names, quotations and other data of whoever made the evaluation.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("bracketed.py")
DOCUMENTS = (
    "region",
    "comparison region",
    "region, PDF",
    "published notebook",
    "workbook",
    "across",
    "index",
    "funders, PDF",
    "quality of the counts",
    "claims",
    "claims, PDF",
    "made: negative, campaign",
    "made: not estimable, campaign",
    "made: inconclusive, comparison",
    "made: not estimable, comparison",
    "made: across",
    "made: index",
)


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def bracketed():
    spec = util.spec_from_file_location("bracketed", SCRIPT)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_word_stands_outside_the_catalogue(found: dict[str, list[str]], document: str) -> None:
    assert found[document] == []


def test_every_document_is_looked_at(found: dict[str, list[str]]) -> None:
    assert sorted(found) == sorted(DOCUMENTS)


def test_a_word_outside_is_found(bracketed) -> None:
    page = (
        '<p>«In brackets, <b>too»</b> bare</p><img alt="«said» not said"><svg><text>drawn</text></svg>'
        "<style>not text</style><td>North Vale 12</td><h2>«North Vale: {x}»</h2><p>«never</p><p>closed»</p>"
    )
    pieces = bracketed.Pieces(page).found
    assert bracketed.bare_words(pieces, ["North Vale"]) == ["bare", "closed", "drawn", "not said"]
    assert bracketed.bare_words(["The helpline extends its…, more"], ["The helpline extends its hours"]) == [", more"]
