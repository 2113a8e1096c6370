"""Web pages: escaped, self-contained, marked where simulated, and readable by assistive technology."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from evalkit.design import Comparison
from evalkit.effect import NotEstimable
from evalkit.report import index_html, region_html, summary_of, webfont
from evalkit.report.sparkline import sparkline


class Reader(HTMLParser):
    """Collects tags with their attributes, and the visible text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.hidden = [], [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in {"style", "script"}

    def handle_endtag(self, tag):
        self.hidden -= tag in {"style", "script"}

    def handle_data(self, data):
        if not self.hidden:
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def words(self):
        return re.sub(r"\s+", " ", "".join(self.text))


def index_of(*reports, failures=()):
    return index_html(summary_of(reports, failures), links={"North Vale": {"Page": "regions/north-vale.html"}})


@pytest.fixture(scope="module")
def pages(make_report, make_effect):
    report = make_report()
    comparison = make_report(make_effect((1.05, 0.93, 1.19)), region="South Vale", comparison=True)
    return {
        "region": region_html(report),
        "index": index_of(report, comparison, failures=[("Ox <b>", "error", "why & how")]),
    }


@pytest.mark.parametrize("name", ["region", "index"])
def test_pages_have_landmarks_language_and_one_heading(pages, name):
    page = Reader(pages[name])
    assert page.all("html") == [{"lang": "en-GB"}]
    assert len(page.all("main")) == len(page.all("h1")) == len(page.all("header")) == len(page.all("footer")) == 1
    assert {"class": "skip", "href": "#main"} in page.all("a")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", ["region", "index"])
def test_pages_ask_the_network_for_nothing(pages, name):
    page = Reader(pages[name])
    addresses = [value for _, attrs in page.tags for key, value in attrs.items() if key in {"src", "href", "srcset"}]
    assert all(value.startswith(("#", "data:", "regions/")) for value in addresses)
    assert not re.findall(r"url\((?!data:|#)", pages[name])
    assert "@import" not in pages[name]
    policy = next(
        attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")


def test_region_pages_need_no_script(pages):
    assert Reader(pages["region"]).all("script") == []
    assert "script-src 'none'" in pages["region"]


@pytest.mark.parametrize("name", ["region", "index"])
def test_ids_are_unique_and_references_lead_somewhere(pages, name):
    ids = Counter(attrs["id"] for _, attrs in Reader(pages[name]).tags if "id" in attrs)
    assert [found for found, number in ids.items() if number > 1] == []
    used = re.findall(r'(?:url\(#|href="#|aria-labelledby=")([^")]+)', pages[name])
    assert {word for names in used for word in names.split()} <= set(ids)


@pytest.mark.parametrize("name", ["region", "index"])
def test_every_image_has_words(pages, name):
    images = Reader(pages[name]).all("svg")
    assert images
    assert all(image["role"] == "img" and ("aria-label" in image or "aria-labelledby" in image) for image in images)


def test_alt_text_of_inline_charts_comes_from_the_numbers(pages):
    assert re.search(
        r"<desc id=\"path-1-desc\">Simulated data\. Line chart of contacts by helpline by month", pages["region"]
    )


@pytest.mark.parametrize("name", ["region", "index"])
def test_tables_have_captions_and_header_cells_with_scope(pages, name):
    page = Reader(pages[name])
    assert len(page.all("table")) == len(page.all("caption")) > 0
    assert all(cell.get("scope") in {"col", "row"} for cell in page.all("th"))
    rows = len(page.all("tr"))
    assert sum(cell["scope"] == "row" for cell in page.all("th")) == rows - len(page.all("table"))


def test_simulated_data_are_marked_on_pages_and_in_every_chart(make_report, make_effect, pages):
    assert Reader(pages["region"]).words.count("Simulated data") >= 2 + 4
    assert "Simulated data" in Reader(pages["index"]).words
    real = make_report(simulated=False)
    assert "imulated" not in Reader(region_html(real)).words
    assert "imulated" not in Reader(index_of(real)).words


def test_hostile_names_are_shown_and_never_run(make_report, hostile):
    report = make_report(region=hostile)
    for page in (region_html(report), index_of(report)):
        assert "<script> \\input" not in page
        assert "&lt;script&gt; \\input" in page
        assert hostile in Reader(page).words


def test_failures_are_counted_with_their_cause(pages):
    words = Reader(pages["index"]).words
    assert "2 region reports were made; one failed, with the cause below." in words
    assert "why & how" in words
    assert "Ox <b>" in words


def test_an_index_of_failures_alone_is_a_page(make_report):
    page = index_html(summary_of([], [("North Vale", "timed out", "a cell ran for more than 600 s")]))
    assert "a cell ran for more than 600 s" in page
    assert "0 region reports were made; one failed" in page


def test_a_region_that_is_not_estimable_has_a_page(make_report, make_effect):
    page = Reader(region_html(make_report(make_effect(NotEstimable("8 months before launch; needs at least 12")))))
    assert "The data cannot say what the campaign changed in contacts by helpline: 8 months before launch" in page.words
    assert "Not estimable: 8 months before launch" in page.words


def test_comparison_regions_never_speak_of_a_launch_they_did_not_have(make_report, make_effect):
    page = Reader(region_html(make_report(make_effect((1.05, 0.93, 1.19)), comparison=True))).words
    assert "Comparison region: no campaign." in page
    assert "Campaign starts" not in page


def test_the_kept_web_fonts_have_the_characters_they_should_and_their_licence(root):
    folder = root / "src" / "evalkit" / "report" / "templates" / "fonts"
    for weight in ("Regular", "SemiBold"):
        kept = set(TTFont(folder / f"FiraSans-{weight}.woff").getBestCmap())
        assert {ord(char) for char in webfont.CHARACTERS} - kept <= {0xAD, 0x149, 0x17F}
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text()


@pytest.mark.slow
def test_the_kept_web_fonts_are_what_the_module_makes(root):
    kept = root / "src" / "evalkit" / "report" / "templates" / "fonts" / "FiraSans-Regular.woff"
    assert set(TTFont(kept).getGlyphOrder()) == set(TTFont(io.BytesIO(webfont.subset_font("Regular"))).getGlyphOrder())


def test_a_comparison_of_regions_says_what_it_takes_for_granted(make_effect, make_report):
    alone = make_effect((1.62, 1.21, 2.14))
    counts = np.tile([[50.0]], (len(alone.design.periods), 1))
    beside = Comparison(names=("Essex",), observed=counts, offset=np.zeros_like(counts))
    compared = replace(alone, design=replace(alone.design, comparison=beside))
    text = {name: Reader(region_html(make_report(effect))).words for name, effect in (("a", alone), ("c", compared))}
    weak, net = "without a comparison region is weak evidence", "net of what changed in the comparison regions"
    assert weak in text["a"]
    assert net not in text["a"]
    assert net in text["c"]
    assert weak not in text["c"]


def test_the_small_chart_of_the_index_has_a_dot_where_no_line_can_be_drawn(make_report):
    region = summary_of([make_report()]).regions[0]
    result = region.results[0]
    path = {
        "period": ["2017", "2018", "2019"],
        "observed": [30, None, 60],
        "counterfactual": [30, 40, 50],
        "from_launch": [False, False, True],
    }
    drawn = str(sparkline(region, replace(result, path=path)))
    assert drawn.count("<circle") == 3
    line = str(sparkline(region, replace(result, path={**path, "observed": [30, 40, 60]})))
    assert line.count("<circle") == 1
