"""Exports: one dictionary, typed columns, text that stays text, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import io

import pandas as pd
import pytest
from openpyxl import load_workbook

from evalkit.batch.disclosure import plan_files
from evalkit.effect import NotEstimable
from evalkit.report import RegionSummary, dictionary, exports
from evalkit.report.disclosure import DisclosurePlan, Suppression, named_profile

HOSTILE = ["=cmd()", "+1", "-1+1", "@SUM(A1)", "\t=1", "a\x00b", "東京 🙂", "a" * 300, "x\ny", "<script>", "\u202eevil"]


@pytest.fixture(scope="module")
def regions(make_report, make_effect):
    reports = [make_report(region=name) for name in HOSTILE]
    reports.append(make_report(make_effect(NotEstimable("too short")), region="none", comparison=True))
    return [RegionSummary.from_dict(report.to_dict()) for report in reports]


@pytest.fixture(scope="module")
def frames(regions):
    return {
        "claims": exports.claims_frame(regions),
        "checks": exports.checks_frame(regions),
        "series": exports.series_frame(regions),
    }


def test_tables_have_the_columns_of_the_dictionary(frames):
    for name, frame in frames.items():
        assert list(frame.columns) == [column.name for column in dictionary.columns_of(name)]
        assert len(frame) > 0


def test_published_counts_and_suppressions_have_the_columns_of_the_dictionary():
    left_out = Suppression(region="Ashmere", channel="chat", period="2018", rule="small count")
    cells = {("Ashmere", "chat", "2018"): None, ("Ashmere", "chat", "2019"): 10}
    plan = DisclosurePlan(profile=named_profile("default"), levels={}, cells=cells, log=(left_out,))
    for name, content in plan_files(plan).items():
        if name.endswith(".csv"):
            frame = pd.read_csv(io.BytesIO(content))
            assert list(frame.columns) == [column.name for column in dictionary.columns_of(name.removesuffix(".csv"))]
            assert len(frame) > 0


def test_every_column_is_described_once():
    frame = dictionary.dictionary_frame()
    assert not frame.duplicated(["table", "column"]).any()
    assert set(frame["table"]) == set(dictionary.TABLES)
    assert (frame["meaning"].str.len() > 10).all()


def test_series_are_the_published_path(regions, frames):
    one = frames["series"].query("region == '=cmd()' and channel == 'helpline'")
    path = regions[0].result("helpline").path
    assert list(one["period"]) == list(path["period"])
    assert list(one["observed"]) == path["observed"]
    assert one.loc[one["from_launch"], "period"].iloc[0] == "2019-05"


def test_csv_has_no_formula_and_comes_back(frames):
    text = exports.csv_bytes(frames["claims"]).decode()
    back = pd.read_csv(io.StringIO(text))
    assert not any(str(cell).startswith(exports.FORMULA_STARTS) for cell in back["region"])
    wanted = {"'=cmd()", "'+1", "'-1+1", "'@SUM(A1)", "a[U+0000]b", "東京 🙂", "x\ny", "[U+202E]evil"}
    assert wanted <= set(back["region"])


def test_numbers_in_csv_are_left_alone():
    frame = pd.DataFrame({"a": ["-x"], "b": [-1.5]})
    assert exports.csv_bytes(frame) == b"a,b\n'-x,-1.5\n"


def test_parquet_keeps_types_and_texts(frames):
    back = pd.read_parquet(io.BytesIO(exports.parquet_bytes(frames["series"])))
    assert set(back["region"]) == {*HOSTILE, "none"}
    assert back["observed"].dtype == "float64" or str(back["observed"].dtype) == "Float64"
    assert back["from_launch"].dtype == "boolean" or back["from_launch"].dtype == bool


@pytest.fixture(scope="module")
def workbook(frames):
    return exports.workbook_bytes(["Contacts are not people."], frames, title="=title", issued=dt.date(2026, 3, 2))


def test_the_workbook_has_notes_data_and_dictionary(workbook):
    book = load_workbook(io.BytesIO(workbook))
    assert book.sheetnames == ["notes", "claims", "checks", "series", "dictionary"]
    notes = [row[0] for row in book["notes"].iter_rows(values_only=True)]
    assert notes[0] == "=title"
    assert "Contacts are not people." in notes
    assert [cell.value for cell in book["dictionary"][1]] == ["table", "column", "type", "meaning"]


def test_no_cell_of_the_workbook_is_a_formula(workbook):
    book = load_workbook(io.BytesIO(workbook))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    formula_like = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "@"))]
    assert formula_like
    assert all(cell.quotePrefix for cell in formula_like)


def test_numbers_in_the_workbook_are_numbers(workbook):
    sheet = load_workbook(io.BytesIO(workbook))["series"]
    header = [cell.value for cell in sheet[1]]
    assert isinstance(sheet.cell(2, header.index("observed") + 1).value, int | float)


def test_the_same_results_give_the_same_bytes(frames, workbook):
    again = exports.workbook_bytes(["Contacts are not people."], frames, title="=title", issued=dt.date(2026, 3, 2))
    assert again == workbook
    assert b"2026-03-02T12:00:00Z" in _part(workbook, "docProps/core.xml")
    assert exports.parquet_bytes(frames["series"]) == exports.parquet_bytes(frames["series"])


def _part(workbook, name):
    import zipfile

    return zipfile.ZipFile(io.BytesIO(workbook)).read(name)


def test_the_page_of_the_dictionary_is_the_dictionary(root):
    written = (root / "docs" / "reference" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary.dictionary_markdown()
