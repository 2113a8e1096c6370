"""Every kind of file says where it comes from, and stays what it was."""

from __future__ import annotations

import datetime as dt
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from evalkit.report import RegionReport, write_region_report, write_summary
from evalkit.report.content import Provenance
from evalkit.report.disclosure import control
from evalkit.report.stamp import stamp_of, stamp_words, stamped

MADE = Provenance(
    data_hash="d" * 64,
    evaluation_fingerprint="e" * 64,
    code_version="0.1.0",
    seed=20190502,
    issued=dt.date(2024, 1, 31),
)
TOLD = ("0.1.0", "d" * 64, "e" * 64, "20190502", "2024-01-31")


def picture(kind: str) -> bytes:
    with io.BytesIO() as file:
        if kind == "png":
            matplotlib.image.imsave(file, np.arange(12.0).reshape(3, 4), format="png")
        else:
            file.write(
                b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="1"><title>a</title></svg>'
            )
        return file.getvalue()


def table() -> bytes:
    with io.BytesIO() as file:
        pd.DataFrame({"region": ["A"], "value": [1.5]}).to_parquet(file, index=False)
        return file.getvalue()


FILES = {
    "a.html": b'<!doctype html><html><head><meta charset="utf-8"><title>a</title></head></html>',
    "a.svg": picture("svg"),
    "a.png": picture("png"),
    "a.parquet": table(),
    "a.ipynb": b'{"cells": [], "metadata": {"title": "t"}, "nbformat": 4, "nbformat_minor": 5}',
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_says_where_it_comes_from_with_the_same_bytes_each_time(name: str) -> None:
    once = stamped(FILES, MADE)[name]
    assert once == stamped({name: FILES[name]}, MADE)[name]
    for told in TOLD:
        assert told.encode() in once or name == "a.parquet"
    assert stamped({name.partition(".")[2]: FILES[name]}, MADE)[name.partition(".")[2]] == once


def test_what_is_in_the_files_stays_as_it_was() -> None:
    found = stamped(FILES, MADE)
    before, after = (matplotlib.image.imread(io.BytesIO(one["a.png"])) for one in (FILES, found))
    assert np.array_equal(before, after)
    root = ET.fromstring(found["a.svg"])
    assert root.find("{*}title").text == "a"
    assert root.find(".//{*}metadata").text == "; ".join(stamp_words(MADE))
    assert json.loads(found["a.ipynb"])["metadata"] == {"title": "t", "evalkit": stamp_of(MADE)}
    assert pd.read_parquet(io.BytesIO(found["a.parquet"])).equals(pd.read_parquet(io.BytesIO(FILES["a.parquet"])))
    assert found["a.html"].count(b'<meta name="evalkit" content="evalkit 0.1.0; published counts ddd') == 1


def test_the_data_are_named_only_where_nothing_was_controlled() -> None:
    assert stamp_words(MADE)[1] == f"published counts {'d' * 64}"
    assert stamp_words(MADE, exact=True)[1] == f"data {'d' * 64}"
    assert b"; data ddd" in stamped(FILES, MADE, exact=True)["a.html"]


def test_parquet_holds_it_in_its_schema() -> None:
    from pyarrow import parquet

    held = parquet.read_schema(io.BytesIO(stamped(FILES, MADE)["a.parquet"])).metadata
    assert json.loads(held[b"evalkit"]) == stamp_of(MADE)
    assert b"pandas" in held


def test_files_without_a_place_for_it_and_results_without_provenance_stay_as_they_are() -> None:
    assert stamped({"a.csv": b"region\n", "pdf": b"%PDF"}, MADE) == {"a.csv": b"region\n", "pdf": b"%PDF"}
    assert stamped(FILES, None) == FILES
    assert stamped({"a.png": b"no picture"}, MADE) == {"a.png": b"no picture"}


def _pdf(content: bytes) -> str:
    pypdf = pytest.importorskip("pypdf", reason="the keywords of a PDF are read with pypdf")
    held = pypdf.PdfReader(io.BytesIO(content))
    packet = held.trailer["/Root"]["/Metadata"].get_data().decode()
    assert str(held.metadata["/Keywords"]).partition("evalkit")[2] in packet.replace("&amp;", "&"), "both places agree"
    return packet


def _workbook(content: bytes) -> str:
    from openpyxl import load_workbook

    rows = load_workbook(io.BytesIO(content), read_only=True)["notes"].iter_rows(values_only=True)
    return " ".join(str(value) for row in rows for value in row).replace("31 January 2024", "2024-01-31")


def _parquet_metadata(content: bytes) -> str:
    from pyarrow import parquet

    return parquet.read_schema(io.BytesIO(content)).metadata[b"evalkit"].decode()


READERS: dict[str, Callable[[bytes], str]] = {
    "pdf": _pdf,
    "xlsx": _workbook,
    "parquet": _parquet_metadata,
    **dict.fromkeys(("html", "json", "ipynb", "svg", "png"), lambda content: content.decode("latin-1")),
}


def test_every_file_of_a_round_but_the_csv_says_where_it_comes_from(
    make_report: Callable[..., RegionReport], tmp_path: Path
) -> None:
    report = control(replace(make_report(), provenance=MADE))
    shown = ("0.1.0", report.provenance.data_hash, "e" * 64, "20190502", "2024-01-31")
    written = {**write_region_report(report, tmp_path / "regions"), **write_summary([report], [], tmp_path)}
    kinds = {path.suffix.lstrip(".") for path in written.values()}
    assert kinds == {*READERS, "csv"}, "a new kind of file needs a place for its provenance, or a reason"
    silent = [
        (path.name, told)
        for path in written.values()
        if path.suffix != ".csv"
        for told in shown
        if told not in READERS[path.suffix.lstrip(".")](path.read_bytes())
    ]
    assert silent == []
