"""The words of pages for five kinds of result, and the order of their headings, held against files.

Where a change of words is wanted: ``EVALKIT_WRITE_GOLDEN=1 pytest tests/unit/report/test_golden.py``, then read the
difference before it is committed.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from evalkit import vocab
from evalkit.effect import NotEstimable
from evalkit.report import index_html, pages, pdf, region_html, summary_of
from evalkit.report.html import across_html
from evalkit.report.release import release_of
from evalkit.report.signature import CampaignCost, Signature

GOLDEN = Path(__file__).parent / "golden"
MISSING = NotEstimable("8 months before launch; needs at least 12", "Wait for more months")
CASES = {
    "strong": ((3.1, 2.4, 4.0), (1240.0, 860.0, 1650.0), vocab.VerdictKind.SUPPORTED),
    "none": ((1.02, 0.93, 1.12), (12.0, -48.0, 71.0), vocab.VerdictKind.NOT_SUPPORTED),
    "negative": ((0.7, 0.6, 0.82), (-210.0, -300.0, -110.0), vocab.VerdictKind.NOT_SUPPORTED),
    "inconclusive": ((1.4, 0.6, 3.2), (150.0, -260.0, 900.0), vocab.VerdictKind.INCONCLUSIVE),
    "not estimable": (MISSING, (0.0, 0.0, 0.0), vocab.VerdictKind.CANNOT_BE_CHECKED),
}
_BLOCKS = {"p", "li", "h1", "h2", "h3", "caption", "tr", "dt", "dd", "figcaption", "summary", "title", "desc"}


class Lines(HTMLParser):
    """A web page as lines of text, headings marked; styles and scripts left out, drawn labels too."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines, self._now, self._mark, self._silent, self._drawn = [], "", "", 0, 0
        self.feed(page)
        self._close()

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("style", "script")
        self._drawn += tag == "svg"
        if tag in _BLOCKS:
            self._close()
            self._mark = {"h1": "# ", "h2": "## ", "h3": "### "}.get(tag, "")
        if tag in ("td", "th"):
            self._now += " | "

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "script")
        self._drawn -= tag == "svg"
        if tag in _BLOCKS:
            self._close()

    def handle_data(self, data):
        if not self._silent and (not self._drawn or self._mark or data.count(" ") > 3):
            self._now += data

    def _close(self):
        text = re.sub(r"[ \n\t]+", " ", self._now).strip()
        if text:
            self.lines.append(self._mark + text)
        self._now, self._mark = "", ""


@pytest.fixture(scope="module")
def reports(make_report, make_effect):
    return {
        name: replace(
            make_report(make_effect(ratio, total), region=name.capitalize(), kind=kind),
            cost=CampaignCost(amount=12_000.0, currency="GBP"),
            signature=Signature(organisation="Example University", signposting="Name of a helpline, number, hours."),
        )
        for name, (ratio, total, kind) in CASES.items()
    }


def hold(name: str, lines: list[str]) -> None:
    file = GOLDEN / f"{name.replace(' ', '-')}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get("EVALKIT_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_words_of_a_region_page(reports, case):
    hold(f"region-{case}", Lines(region_html(reports[case])).lines)


def test_the_words_of_the_pages_over_all_regions(reports):
    summary = summary_of(reports.values(), [("Elsewhere", "timed out", "a cell ran for more than 600 s")])
    hold("index", Lines(index_html(summary)).lines)
    hold("across", Lines(across_html(summary)).lines)


WORDS = {
    "strong": ("3.1 times those expected", "£9.68", "Supported"),
    "none": ("compatible with no change", "includes none at all", "Not supported"),
    "negative": ("0.70 times those expected", "fewer contacts", "Not supported"),
    "inconclusive": ("too few to tell a large change from none", "includes none at all", "Inconclusive"),
    "not estimable": ("The data cannot say", "not estimable", "Cannot be checked"),
}


@pytest.mark.parametrize("case", CASES)
def test_words_follow_sign_interval_and_verdict(reports, case):
    text = "\n".join(Lines(region_html(reports[case])).lines)
    assert all(words in text for words in WORDS[case])
    assert "per person" not in text
    assert "per offence" not in text
    if case != "strong":
        assert " rose" not in text
        assert "cost of each additional contact is not estimable" in text


@pytest.mark.parametrize("case", CASES)
def test_the_pdf_has_two_to_four_pages_and_headings_in_order(reports, case):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    import io

    reader = pypdf.PdfReader(io.BytesIO(pdf.region_pdf(reports[case])))
    assert 2 <= len(reader.pages) <= 4
    levels = [int(name[2:]) for name in tags(reader) if re.fullmatch(r"/H[1-6]", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    # tables have header cells, figures alternative text
    assert tags(reader).count("/Table") == tags(reader).count("/THead") > 0


def tags(reader) -> list[str]:
    """Names of the structure elements, in reading order."""
    found = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def test_what_a_page_says_first_is_the_finding(reports):
    page, _ = pages.region_page(release_of(reports["strong"]))
    order = list(page)
    assert order.index("headline") < order.index("tiles") < order.index("estimates") < order.index("limits_own")
