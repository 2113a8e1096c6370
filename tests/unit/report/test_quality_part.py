"""The quality statement and the plan in reports: words, tables, stored values, a short and accessible PDF."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import page
import pytest

from evalkit.catalogue import text
from evalkit.check import Level, QualityItem, QualityStatement
from evalkit.check.quality.items import ITEMS
from evalkit.evaluation import Deviation, PlanReview
from evalkit.report import RegionSummary, index_html, region_html, region_pdf, results_frame, summary_of
from evalkit.report.quality import counts_text, plan_part, quality_part, topic_words
from evalkit.vocab import Answer

CYCLE = (Answer.MET, Answer.PARTLY, Answer.NOT_MET, Answer.NOT_DECLARED, Answer.NOT_APPLICABLE)


def statement(*, shifted: int = 0, maryland: int | None = 2) -> QualityStatement:
    """Every item, with answers in turn; items of one topic share theirs."""
    topics = list(dict.fromkeys(item.topic for item in ITEMS))
    items = tuple(
        QualityItem(
            source=asked.source,
            number=asked.number,
            topic=asked.topic,
            question=asked.question,
            answer=CYCLE[(topics.index(asked.topic) + shifted) % len(CYCLE)],
            evidence=f"Evidence of {asked.topic}",
        )
        for asked in ITEMS
    )
    level = Level(scale="Maryland Scientific Methods Scale", value=maryland, highest=5, reason="One region alone.")
    return QualityStatement(items=items, level_maryland=level, level_nesta=replace(level, scale="Nesta", value=None))


def review(number: int = 0, *, before: bool | None = True) -> PlanReview:
    found = tuple(
        Deviation(kind="setting", what=f"model.option{k}", planned="1", found="<script>2") for k in range(number)
    )
    return PlanReview(
        frozen_on=dt.date(2018, 3, 3), hash="ab" * 32, fingerprint="cd" * 32, before_data_end=before, deviations=found
    )


@pytest.fixture
def report(make_report):
    plain = make_report()
    first, second = plain.results
    results = (replace(first, quality=statement()), replace(second, quality=statement(shifted=1, maryland=3)))
    return replace(plain, results=results, plan=review(2))


def test_every_topic_has_words() -> None:
    assert all(topic_words(item.topic) == text(f"quality.topic_words.{item.topic.replace(' ', '_')}") for item in ITEMS)


def test_the_part_says_levels_counts_and_each_open_topic_once(report) -> None:
    part = quality_part(report.results)
    assert part["channel"] == "Helpline"
    assert part["levels"] == [
        ["Maryland Scientific Methods Scale: level 2 of 5", "One region alone."],
        ["Nesta: no level", "One region alone."],
    ]
    assert len(part["questions"]["rows"]) == len(ITEMS)
    assert sum(int(cell) for row in part["counts"]["rows"] for cell in row[1:]) == len(ITEMS)
    said = dict(part["open"])
    assert set(said) == {"Partly met", "Not met", "Not declared"}
    assert "shape of the effect fixed in advance (EPOC 2, Ramsay 6)" in said["Partly met"]
    assert part["others"][0].startswith("Website: level 3 on the Maryland Scientific Methods Scale, EPOC 1 partly met")


def test_equal_statements_are_said_to_be_equal(report) -> None:
    same = [replace(result, quality=statement()) for result in report.results]
    assert quality_part(same)["others"] == ["Website: the answers are the same."]


def test_without_a_statement_there_is_no_part(make_report) -> None:
    assert quality_part(make_report().results) is None
    assert "Quality of the evidence" not in region_html(make_report())


def test_counts_in_words_leave_zeros_out() -> None:
    items = tuple(item for item in statement().items if item.source == "EPOC" and item.answer is Answer.MET)
    assert counts_text(replace(statement(), items=items)) == "Cochrane EPOC, risk of bias: 2 met."


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (None, text("quality.no_plan")),
        (review(), "frozen as a plan on 3 March 2018, before the data ended (plan abababababab). It was kept to."),
        (review(1, before=False), "when the data had already reached their planned end"),
        (review(1), "There is 1 deviation from it."),
        (review(2, before=None), "without a planned end of the data (plan abababababab). There are 2 deviations"),
    ],
)
def test_the_plan_in_a_sentence(plan: PlanReview | None, words: str) -> None:
    part = plan_part(plan)
    assert words in part["sentence"]
    assert (part["deviations"] is None) == (plan is None or not plan.deviations)


def test_pages_show_every_deviation_and_escape_it(report) -> None:
    own = region_html(report)
    index = index_html(summary_of([report]))
    for made in (own, index):
        assert "model.option0" in made
        assert "model.option1" in made
        assert "&lt;script&gt;2" in made
        assert "<script>2" not in made
    assert "Every question, with its evidence" in own
    assert re.search(r"Evidence of shape", own)


def test_without_a_plan_every_page_says_so(make_report) -> None:
    plain = make_report()
    assert text("quality.no_plan") in region_html(plain)
    assert text("quality.no_plan") in index_html(summary_of([plain]))


def test_stored_results_keep_statement_plan_and_levels(report) -> None:
    back = RegionSummary.from_dict(report.to_dict())
    assert back.plan == report.plan
    assert back.results[0].quality is not None
    assert back.results[0].quality.items == report.results[0].quality.items
    frame = results_frame([back])
    assert frame["maryland_level"].tolist() == [2, 3]
    assert frame["nesta_level"].isna().all()


def test_results_stored_before_there_were_statements_are_read(make_report) -> None:
    stored = make_report().to_dict()
    del stored["plan"]
    for result in stored["results"]:
        del result["quality"]
    back = RegionSummary.from_dict(stored)
    assert back.plan is None
    assert back.results[0].quality is None


def test_the_pdf_with_both_is_accessible_and_short(report, tmp_path) -> None:
    content = region_pdf(report)
    file = tmp_path / "report.pdf"
    file.write_bytes(content)
    for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A):
        checked = page.validate_pdf(str(file), profile=profile)
        assert checked.is_compliant, checked.failures
    assert 2 <= len(re.findall(rb"/Type ?/Page\b", content)) <= 4
