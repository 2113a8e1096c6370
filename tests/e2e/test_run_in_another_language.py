"""A real run whose evaluation names a language with a catalogue beside it: every file of it is in that language."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pypdf
import pytest

import evalkit as ek
import pretended
from unit.report import bracketed

pytestmark = pytest.mark.slow
ASKED = ("Arbenfold", "Ashvarrow")  # with a campaign, and without one


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ek.Inputs:
    folder = tmp_path_factory.mktemp("asked") / "demo"
    shutil.copytree(ek.resources.path("data/demo"), folder)
    (folder / "wording").mkdir()
    (folder / "wording" / "cy.toml").write_text(pretended.toml(pretended.translated()), encoding="utf-8")
    file = folder / "evaluation.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("\ncontacts =", '\nlanguage = "cy"\ncontacts =', 1))
    return ek.read_inputs(file)


@pytest.fixture(scope="module")
def out(inputs: ek.Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    file = Path(inputs.evaluation.contacts).with_name("evaluation.toml")
    done = ek.run(file, folder, regions=ASKED, engine="warm", workers=1, issued="2026-01-01")
    assert done.complete, done.regions
    return folder


@pytest.fixture(scope="module")
def given(inputs: ek.Inputs) -> set[str]:
    """What whoever made the evaluation wrote."""
    sources = {campaign.source for campaign in inputs.campaigns}
    kind_of_file = "image/svg+xml"
    return bracketed._given(inputs) | sources | {inputs.evaluation.signposting, kind_of_file}


def test_pages_say_nothing_in_english_and_say_their_language(out: Path, given: set[str]) -> None:
    pages = sorted(out.rglob("*.html"))
    assert len(pages) == 4
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert bracketed.bare_words(bracketed.Pieces(html).found, given) == [], page.name
        assert f'<html lang="{pretended.CODE}"' in html


def test_documents_say_nothing_in_english_and_say_their_language(out: Path, given: set[str]) -> None:
    files = sorted(out.rglob("*.pdf"))
    assert len(files) == 3
    for file in files:
        assert bracketed.bare_words(bracketed.pdf_pieces(file.read_bytes()), given) == [], file.name
        assert pypdf.PdfReader(file).trailer["/Root"]["/Lang"] == pretended.CODE


def test_notebooks_show_their_results_in_the_language(out: Path, given: set[str]) -> None:
    """Those as executed and their published copies; the text beside an output is Python's name of it."""
    notebooks = sorted(out.rglob("*.ipynb"))
    assert len(notebooks) == 4
    for notebook in notebooks:
        pieces = list(_shown(json.loads(notebook.read_text(encoding="utf-8"))))
        assert len(pieces) > 50
        assert bracketed.bare_words(pieces, given) == [], notebook


def _shown(notebook: Mapping[str, list[dict]]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield bracketed.outside("".join(cell["source"]))[0]
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            yield bracketed.outside("".join(output.get("text", "")))[0]
            yield from bracketed.Pieces("".join(data.get("text/html", ""))).found
            yield from bracketed.Pieces("".join(data.get("image/svg+xml", ""))).found


def test_charts_say_nothing_in_english(out: Path, given: set[str]) -> None:
    charts = sorted((out / "figures").glob("*.svg"))
    assert charts
    for chart in charts:
        assert bracketed.bare_words(bracketed.Pieces(chart.read_text(encoding="utf-8")).found, given) == [], chart.name


def test_tables_explain_their_columns_in_the_language_and_keep_their_names(out: Path, given: set[str]) -> None:
    dictionary = pd.read_csv(out / "data-dictionary.csv")
    assert dictionary["meaning"].str.startswith("«").all()
    assert {"results", "counts"} <= set(dictionary["table"])
    notes = pd.read_excel(out / "results.xlsx", sheet_name="notes", header=None)[0].dropna()
    tables = "|".join(dictionary["table"].unique())
    bare = [re.sub(rf"^({tables}|dictionary): ", "", bracketed.outside(note)[0]) for note in notes]
    assert bracketed.bare_words(bare, given) == []
    assert "rate_ratio_value" in pd.read_csv(out / "results.csv").columns


def test_what_is_stored_is_said_in_the_language(out: Path) -> None:
    for region in ASKED:
        values = json.loads((out / "regions" / f"{region.lower()}.json").read_text(encoding="utf-8"))
        checks = [check for result in values["results"] for check in result["checks"]]
        assert checks
        assert all(check["statement"].startswith("«") for check in checks)
    assert json.loads((out / "manifest.json").read_text())["evaluation"]["settings"]["language"] == "cy"
