"""What the pages over all regions say of the strength of the evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.check.quality import Level, QualityStatement
from evalkit.effect import NotEstimable
from evalkit.report import RegionSummary, index_html, summary_of
from evalkit.report.evidence import evidence_sentences
from evalkit.report.overview import summary_page


def stored(report) -> RegionSummary:
    return RegionSummary.from_dict(report.to_dict())


def statement(maryland: int | None) -> QualityStatement:
    level = Level(scale="Maryland Scientific Methods Scale", value=maryland, highest=5, reason=".")
    return QualityStatement(items=(), level_maryland=level, level_nesta=replace(level, scale="Nesta", value=None))


def test_levels_are_counted_over_results(make_report) -> None:
    report = make_report()
    results = [replace(one, quality=statement(at)) for one, at in zip(report.results, (2, 1), strict=True)]
    said = evidence_sentences([stored(replace(report, results=tuple(results)))])
    assert said[1].startswith(
        "Maryland Scientific Methods Scale: of 2 results, one at level 2 of 5 and one at level 1 of 5."
    )
    assert said[2] == "Nesta: of 2 results, two at no level."


def test_the_number_of_looks_is_taken_into_account(make_report, make_effect) -> None:
    """Forty results without a change and one that stands out alone, with a tail of 0.02: among so many it does not."""
    nothing = [stored(make_report(make_effect((1.02, 0.9, 1.15)), region=f"N{k}")) for k in range(40)]
    one = stored(make_report(make_effect((1.3, 1.01, 1.7)), region="One"))
    alone = replace(one, results=(replace(one.results[0], tail=0.02),))
    lead = "one of 41 results has an interval that leaves out 1; "
    assert any(lead + "none still stand out" in text.lower() for text in evidence_sentences([*nothing, alone]))
    clear = replace(one, results=(replace(one.results[0], tail=0.0002),))
    assert any(lead + "one still stands out" in text.lower() for text in evidence_sentences([*nothing, clear]))


def test_failed_checks_are_named_with_their_number(make_report, make_effect) -> None:
    report = make_report()
    assert "failed in two of 2 results: placebo in time (2)." in evidence_sentences([stored(report)])[-1]
    clean = replace(report, results=tuple(replace(one, checks=()) for one in report.results))
    assert "No check failed in 2 results" in evidence_sentences([stored(clean)])[-1]
    lost = make_report(make_effect(NotEstimable("8 months before launch")))
    assert "No result could be estimated." in evidence_sentences([stored(lost)])


def test_without_campaign_regions_nothing_is_said(make_report, make_effect) -> None:
    comparison = make_report(make_effect((1.05, 0.93, 1.19)), comparison=True)
    page = summary_page(summary_of([comparison]))
    assert page["evidence"] == []
    assert "How strong the evidence is" not in index_html(summary_of([comparison]))
    assert "How strong the evidence is" in index_html(summary_of([make_report()]))


@pytest.mark.parametrize("model", ["latent", "controlled"])
def test_the_pages_over_all_regions_say_what_is_compared(make_report, model: str) -> None:
    values = make_report().to_dict()
    for result in values["results"]:
        result["model"] = model
    page = summary_page(summary_of([values]))
    said = " ".join([*page["asked"], *page["limitations"], *page["assumptions"]])
    assert ("compared with its own past" in said) == (model == "latent")
    assert ("each beside regions that had no campaign" in said) == (model == "controlled")
    assert "listed above" not in said  # no event is listed on these pages
    assert "listed in each region's report" in said
