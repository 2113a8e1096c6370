"""PDFs: accessible by the rules of two standards, literal, marked, and the same bytes every time."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from evalkit.effect import NotEstimable
from evalkit.errors import ReportError
from evalkit.report import pdf, region_pdf, summary_of, summary_pdf, theme

page = pytest.importorskip("page", reason="page-validation is not installed")
PROFILES = (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A)


def failures_of(content, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(content)
    reports = [page.validate_pdf(str(file), profile=profile) for profile in PROFILES]
    return [failure for report in reports for failure in report.failures if not report.is_compliant]


def text_of(content, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    file = tmp_path / "text.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


@pytest.fixture(scope="module")
def cases(make_report, make_effect, hostile):
    missing = NotEstimable("8 months before launch; needs at least 12")
    return {
        "two channels": make_report(),
        "hostile name": make_report(region=hostile),
        "comparison": make_report(make_effect((1.05, 0.93, 1.19)), comparison=True),
        "not estimable": make_report(make_effect(missing)),
        "real data": make_report(simulated=False),
    }


@pytest.mark.parametrize("case", ["two channels", "hostile name", "comparison", "not estimable", "real data"])
def test_region_reports_meet_both_standards(cases, case, tmp_path):
    assert failures_of(region_pdf(cases[case]), tmp_path) == []


def test_the_report_over_all_regions_meets_both_standards(cases, make_report, tmp_path):
    many = [make_report(region=f"Region {number}", comparison=number % 3 == 0) for number in range(60)]
    content = summary_pdf(summary_of([*many, cases["hostile name"]], [("Lost", "error", "#panic() <b> 東")]))
    assert failures_of(content, tmp_path) == []


def test_a_report_on_failures_alone_can_be_set(tmp_path):
    assert failures_of(summary_pdf(summary_of([], [("Lost", "error", "why")])), tmp_path) == []


def test_markup_in_names_is_printed_and_glyphs_that_are_missing_are_shown_as_codes(cases, tmp_path):
    pages = " ".join(text_of(region_pdf(cases["hostile name"]), tmp_path))
    assert '#eval("1+1") <script> \\input $x$ & Söhne' in pages
    assert "[U+6771]" in pages


def test_every_page_of_simulated_data_says_so_and_no_page_of_real_data_does(cases, tmp_path):
    simulated, real = (text_of(region_pdf(cases[name]), tmp_path) for name in ("two channels", "real data"))
    assert all("Simulated data" in text for text in simulated)
    assert "imulated" not in "".join(real)
    over_all = text_of(summary_pdf(summary_of([cases["two channels"]])), tmp_path)
    assert all("Simulated data" in text for text in over_all)


def test_verdicts_of_many_words_leave_room_for_the_name_of_the_region(make_report, tmp_path):
    """The launch begins to the right of where the name ends."""
    stored = make_report(region="Gorsenhythevale").to_dict()
    first = stored["results"][0]
    kinds = ("cannot be checked", "true but not attributable")
    first["verdicts"] = [{**first["verdicts"][0], "kind": kind} for kind in kinds]
    text_of(summary_pdf(summary_of([stored])), tmp_path)  # skips where there is no poppler
    boxes = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "text.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]+)<', boxes)
    names = [(y, float(right)) for _, y, right, word in words if word == "Gorsenhythevale"]
    months = [(y, float(left)) for left, y, _, word in words if word == "May"]
    rows = [(right, left) for y, right in names for other, left in months if y == other]
    assert rows
    assert all(right < left for right, left in rows), rows


def test_region_reports_are_short(cases, tmp_path):
    assert 2 <= len(text_of(region_pdf(cases["two channels"]), tmp_path)) <= 4


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo is not on this machine")
def test_table_headings_are_header_cells(cases, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(region_pdf(cases["two channels"]))
    done = subprocess.run(["pdfinfo", "-struct", str(file)], capture_output=True, text=True, check=True)
    tags = done.stdout.split()
    assert tags.count("Table") == tags.count("THead") == 4
    assert tags.count("TH") == 4 + 3 + 4 + 7


def test_every_table_of_every_template_has_a_repeated_header():
    sources = [pdf._template(name).decode() for name in ("base.typ", "region.typ", "funder.typ")]
    assert sum(len(re.findall(r"(?<![-\w.])table\(\n", source)) for source in sources) == 1
    assert "table.header(\n        repeat: true" in sources[0]


def test_the_same_report_gives_the_same_bytes_and_the_date_is_the_date_of_issue(cases):
    one, two = region_pdf(cases["two channels"]), region_pdf(cases["two channels"])
    assert one == two
    assert b"D:20260302120000" in one


def test_a_document_that_cannot_be_set_says_which(cases, monkeypatch):
    monkeypatch.setattr(pdf, "_template", lambda name: b"#panic(1)")
    with pytest.raises(ReportError, match="North Vale"):
        region_pdf(cases["two channels"])


def test_streams_that_end_in_a_carriage_return_are_set_apart_and_every_object_is_still_found(cases, tmp_path):
    plain = region_pdf(cases["two channels"])
    head, tail = plain.split(b"\nendstream\nendobj", 1)
    ending = head[:-1] + b"\r" + b"\nendstream\nendobj" + tail
    mended = pdf.unambiguous_ends(ending)
    assert len(mended) == len(ending) + 1 + ending[len(head) :].count(b"\r\nendstream\nendobj")
    start = int(mended.rsplit(b"startxref", 1)[1].split()[0])
    assert mended[start:].startswith(b"xref")
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) \d{5} n", mended[start:])]
    assert all(re.match(rb"\d+ 0 obj", mended[offset:]) for offset in offsets)
    assert pdf.unambiguous_ends(mended).count(b"\r\r\nendstream") >= 1


def test_drawable_keeps_what_the_fonts_have():
    assert theme.drawable("Söhne – 5 ≥ 3, Ωмир") == "Söhne – 5 ≥ 3, Ωмир"
    assert theme.drawable("東🙂") == "[U+6771][U+1F642]"
