"""A report on a region has two to four pages, whatever its data hold; what has no room there is on the web page."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pypdf
import pytest

from evalkit.claim import claim_from_ratio
from evalkit.report import RegionReport, pages, region_html, region_pdf
from evalkit.report.release import raw_release
from evalkit.report.signature import CampaignCost, Signature
from unit.report.test_quality_part import review, statement

pytestmark = pytest.mark.slow

LONG = "An unusually long name of a place and of what was done in it, which goes on and on and " * 4
LONG = LONG[:300]


def rich(report: RegionReport) -> RegionReport:
    """Claims on both channels, nine checks each, a quality statement, deviations from the plan, cost and signature."""
    results = []
    for number, result in enumerate(report.results):
        verdict = report.results[0].verdicts[0]
        claims = tuple(
            replace(verdict, claim=replace(claim_from_ratio(ratio), text=f"Contacts grew {ratio} times as many."))
            for ratio in (2, 3, 4)
        )
        checks = tuple(replace(result.checks[0], name=f"check {place}") for place in range(9))
        quality = statement(shifted=number)
        results.append(replace(result, verdicts=claims, checks=checks, quality=quality))
    return replace(
        report,
        results=tuple(results),
        plan=review(8),
        cost=CampaignCost(amount=1_250_000.0, currency="GBP", campaigns=4),
        signature=Signature(organisation="Example Foundation", signposting="Call the helpline. " * 12),
    )


def longest(report: RegionReport) -> RegionReport:
    """Every name that an analyst gives has 300 characters."""
    results = [
        replace(
            result,
            verdicts=tuple(replace(its, claim=replace(its.claim, text=LONG)) for its in result.verdicts),
            effect=replace(result.effect, region=LONG),
        )
        for result in report.results
    ]
    return replace(
        report,
        title=LONG,
        region=LONG,
        commissioner=LONG,
        campaign_title=LONG,
        campaign_source=LONG,
        results=tuple(results),
        notes=(LONG, LONG),
    )


def eventful(report: RegionReport) -> RegionReport:
    """Thirty events within the data."""
    months = pd.period_range("2017-03", periods=30, freq="M")
    event = report.events[0]
    at = [replace(event.start, start=month.start_time.date(), end=month.end_time.date()) for month in months]
    return replace(
        report,
        events=tuple(
            replace(event, event=f"e{k}", title=f"What happened as number {k} of many", start=when)
            for k, when in enumerate(at)
        ),
    )


def by(frequency: str) -> Callable[[RegionReport], Any]:
    """The same with its paths by longer periods, as a release of small counts has them."""

    def coarser(report: RegionReport) -> Any:
        release = raw_release(report)
        views = []
        for view in release.results:
            path = view.path.groupby(view.path.index.asfreq(frequency)).sum(min_count=1)
            views.append(replace(view, path=path))
        return replace(release, results=tuple(views))

    return coarser


def controlled(report: RegionReport) -> RegionReport:
    """By comparison regions."""
    return replace(
        report,
        results=tuple(replace(result, effect=replace(result.effect, model="controlled")) for result in report.results),
    )


CASES: Mapping[str, tuple[Callable[[RegionReport], Any], ...]] = {
    "two channels with claims": (rich,),
    "controlled": (rich, controlled),
    "long names": (longest,),
    "long names and everything": (rich, longest),
    "many events": (eventful,),
    "many events and everything": (rich, eventful),
    "by quarter": (rich, by("Q")),
    "by year": (rich, by("Y")),
    "all at once": (rich, longest, eventful, by("Y")),
}


def made(make_report: Callable[..., RegionReport], case: str) -> Any:
    report: Any = make_report()
    for change in CASES[case]:
        report = change(report)
    return report


def read(content: bytes) -> tuple[int, str]:
    """Number of pages, and the text of all of them with single spaces."""
    found = pypdf.PdfReader(io.BytesIO(content)).pages
    return len(found), " ".join(" ".join(page.extract_text() for page in found).split())


@pytest.mark.parametrize("case", CASES)
def test_hard_cases_have_two_to_four_pages(make_report: Callable[..., RegionReport], case: str) -> None:
    number, said = read(region_pdf(made(make_report, case)))
    assert 2 <= number <= 4
    assert "In the 20 months from launch" in said
    assert "Data and provenance" in said


def test_what_has_no_room_is_on_the_web_page_and_the_document_says_so(make_report: Callable[..., RegionReport]) -> None:
    report = made(make_report, "two channels with claims")
    _, said = read(region_pdf(report))
    assert "For want of room, the web page alone has these in full: the charts of plausible rate ratios" in said
    assert "How plausible each rate ratio is" not in said
    assert "checks that failed" in said, "what speaks against a result is not left out"
    web = region_html(report)
    assert "Plausible rate ratios" in web
    assert web.count("model.option") >= 8
    _, plain = read(region_pdf(make_report()))
    assert "For want of room" not in plain
    assert "How plausible each rate ratio is" in plain


def test_a_chart_names_the_events_nearest_to_the_launch(make_report: Callable[..., RegionReport]) -> None:
    report = eventful(make_report())
    page, charts = pages.region_page(raw_release(report))
    named = [number for number in range(30) if f"number {number} of many" in charts[0].svg]
    assert named == list(range(18, 30)), "the launch is in the month of number 26"
    assert "12 of 30 known events are named" in page["paths"][0]["caption"]
    assert "events are named" not in pages.region_page(raw_release(make_report()))[0]["paths"][0]["caption"]
