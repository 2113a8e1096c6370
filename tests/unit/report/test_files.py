"""Files: names that are safe and different, writes that happen or do not, stored results that come back."""

from __future__ import annotations

import json
import os

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.effect import NotEstimable
from evalkit.errors import ReportError
from evalkit.report import RegionSummary, files, slug, summary_of, write_region_report, write_summary
from evalkit.report.disclosure import control


@pytest.mark.parametrize(
    ("region", "stem"), [("Kent", "kent"), ("North Vale", "north-vale"), ("Vale of Arden", "vale-of-arden")]
)
def test_plain_names_become_themselves(region, stem):
    assert slug(region) == stem


@pytest.mark.parametrize(
    "region", ["con", "Nul", "Index", "../../x", "=cmd()", "🙂", "東京", "مرحبا", "a" * 300, "", ".", "A/B"]
)
def test_other_names_are_safe(region):
    stem = slug(region)
    assert stem.replace("-", "").isalnum()
    assert stem.isascii()
    assert len(stem) <= files.LONGEST_STEM + 9
    assert stem not in {"con", "nul", "index", "results", "funder"}


@given(st.sets(st.text(max_size=12), min_size=2, max_size=6))
def test_different_regions_have_different_files(regions):
    assert len({slug(region) for region in regions}) == len(regions)


def test_names_that_look_alike_have_different_files():
    alike = ["North Vale", "north vale", "North-Vale", "NORTH VALE", "North  Vale", "Nórth Vale", "North Vale."]
    assert len({slug(region) for region in alike}) == len(alike)


def test_a_region_report_is_four_files(make_report, tmp_path):
    paths = write_region_report(make_report(), tmp_path / "regions")
    assert {kind: path.name for kind, path in paths.items() if "." not in kind} == {
        "pdf": "north-vale.pdf",
        "html": "north-vale.html",
        "json": "north-vale.json",
        "ipynb": "north-vale.ipynb",
    }
    written = [path for path in (tmp_path / "regions").rglob("*") if path.is_file()]
    assert sorted(written) == sorted(paths.values())


def test_every_figure_is_there_as_svg_and_as_png(make_report, tmp_path):
    paths = write_region_report(make_report(), tmp_path)
    figures = {kind: path for kind, path in paths.items() if "." in kind}
    assert set(figures) == {
        f"{name}.{kind}" for name in ("path-1", "path-2", "effect", "density-1") for kind in ("svg", "png")
    }
    assert all(path.parent.name == "figures" and path.name == f"north-vale-{kind}" for kind, path in figures.items())
    assert figures["effect.png"].read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in figures["effect.svg"].read_bytes()


def test_the_same_report_gives_the_same_bytes(make_report, tmp_path):
    one, two = (write_region_report(make_report(), tmp_path / name) for name in ("one", "two"))
    assert {kind: path.read_bytes() for kind, path in one.items()} == {
        kind: path.read_bytes() for kind, path in two.items()
    }
    sums = [write_summary([make_report()], [], tmp_path / name) for name in ("one", "two")]
    assert [p.read_bytes() for p in sums[0].values()] == [p.read_bytes() for p in sums[1].values()]


def test_nothing_is_written_where_the_report_cannot_be_made(make_report, tmp_path, monkeypatch):
    def broken(*_args, **_options):
        raise ReportError("The PDF could not be set.")

    monkeypatch.setattr(files.pdf, "region_pdf", broken)
    with pytest.raises(ReportError):
        write_region_report(make_report(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    target = files.write_atomically(tmp_path / "page.html", b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_stored_results_come_back(make_report, make_effect, tmp_path):
    report = make_report(
        make_effect((1.62, 1.21, 2.14)), make_effect(NotEstimable("too short", "wait"), channel="website")
    )
    stored = json.loads(write_region_report(report, tmp_path)["json"].read_text(encoding="utf-8"))
    summary = RegionSummary.from_dict(stored)
    assert summary.results[0].rate_ratio == report.results[0].effect.rate_ratio
    assert summary.results[1].rate_ratio == NotEstimable("too short", "wait")
    assert summary.provenance == control(report).provenance
    assert summary.provenance.data_hash != report.provenance.data_hash, "a hash of exact counts is not published"
    assert summary.launch == report.launch
    assert summary.results[0].verdicts[0].claimed_ratio == 3
    assert stored["results"][0]["path"]["counterfactual_lower"][0] == 25  # 26, to the nearest 5


@pytest.mark.parametrize("frequency", ["Y", "Q", "M", "W", "D"])
def test_launches_of_every_frequency_come_back(make_report, frequency):
    values = make_report().to_dict()
    launch = pd.Period("2019-05-06", frequency)
    windows = {"window": [str(launch), str(launch + 3)]}
    values |= {"launch": str(launch), "frequency": launch.freqstr}
    for result in values["results"]:
        for estimate in (*result["estimates"].values(), result["second_opinion"]["rate_ratio"]):
            estimate |= windows
    back = RegionSummary.from_dict(values)
    assert back.launch == launch
    assert back.results[0].rate_ratio.window.end == launch + 3


def test_stored_results_of_another_layout_are_refused(make_report):
    with pytest.raises(ReportError, match="layout 0"):
        RegionSummary.from_dict({**make_report().to_dict(), "schema": 0})
    broken = make_report().to_dict()
    del broken["results"]
    with pytest.raises(ReportError, match="have no 'results'"):
        RegionSummary.from_dict(broken)


def test_a_summary_is_three_files_with_links_to_the_regions(make_report, make_effect, tmp_path):
    report = make_report()
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "north-vale.ipynb").write_text("{}")
    paths = write_summary([report.to_dict()], [("Other", "timed out", "slow")], tmp_path)
    assert {name: path.name for name, path in paths.items()} == {
        "index": "index.html",
        "across": "across.html",
        "funder": "funder.pdf",
        "results": "results.csv",
        "parquet": "results.parquet",
        "workbook": "results.xlsx",
        "dictionary": "data-dictionary.csv",
    }
    index = paths["index"].read_text(encoding="utf-8")
    for ending in ("html", "pdf", "ipynb"):
        assert f'href="regions/north-vale.{ending}"' in index
    results = pd.read_csv(paths["results"])
    assert list(results["channel"]) == ["helpline", "website"]
    assert results["rate_ratio_value"][0] == 1.62
    assert results["simulated"].all()
    assert results["verdicts"][0] == "not supported"


def test_campaigns_come_in_order_of_launch_and_comparison_regions_last(make_report):
    reports = [make_report(region=name, comparison=name == "Ashmere") for name in ("Zedwick", "Ashmere", "Briarley")]
    assert [region.region for region in summary_of(reports).regions] == ["Briarley", "Zedwick", "Ashmere"]


def test_a_summary_of_nothing_is_refused():
    with pytest.raises(ReportError, match="nothing to summarise"):
        summary_of([], [])


def test_contradictory_reports_are_refused(make_report):
    from dataclasses import replace

    with pytest.raises(ReportError, match="no channel"):
        replace(make_report(), results=())
    with pytest.raises(ReportError, match="comparison region with a campaign"):
        replace(make_report(), is_comparison=True)


def test_a_report_says_what_was_found_in_plain_text(make_report):
    first, second, third, fourth = make_report().summary().splitlines()
    assert (first, second) == ("Simulated data", "North Vale, launch 2019-05")
    assert "contacts by helpline were 1.6 times" in third
    assert "contacts through the website were 1.05 times" in fourth
    assert "imulated" not in make_report(simulated=False).summary()
