"""Sentences that are true of one case only: a year that holds the launch, no campaign, no claim, a shared campaign."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from evalkit import vocab
from evalkit.batch.causes import for_publication
from evalkit.batch.region import _shared
from evalkit.check import CheckResult
from evalkit.effect import NotEstimable
from evalkit.registers import Campaign, ImpreciseDate
from evalkit.report import captions, overview, pages, summary_of, tables
from evalkit.report.figures.path import describe_counterfactual, plot_counterfactual
from evalkit.report.limits import own_limits
from evalkit.report.release import raw_release


@pytest.fixture
def yearly(make_report, make_effect):
    """A release with its path by year; the launch of May 2019 lies within 2019."""
    release = raw_release(make_report(make_effect((1.62, 1.21, 2.14))))
    path = release.results[0].path
    by_year = path.groupby(path.index.asfreq("Y")).sum(min_count=1)
    return replace(release, results=(replace(release.results[0], path=by_year),))


def test_the_year_of_the_launch_belongs_to_neither_side(yearly):
    view = yearly.results[0]
    assert [row[1:3] for row in tables.data_table(yearly.results).rows] == [
        ("2017 to 2018", "2"),
        ("2019 (contains the launch)", "1"),
        ("2020", "1"),
    ]
    holds = "2019 contains the launch: it lies partly before it and partly after."
    assert holds in captions.path_caption(view, "contacts")
    assert holds in captions.effect_caption(view, "contacts")
    after = view.path["observed"].iloc[-1]
    assert f"From launch on the counts lie between {after:,.0f} and {after:,.0f} a year" in describe_counterfactual(
        view
    )


@pytest.mark.parametrize(
    ("without", "caption", "reading"),
    [
        ((), "(dashed)", "The dashed line is"),
        ((0, 2, 4, 6), "(dashed, with a diamond where a period stands by itself)", "The dashed line, or the diamond"),
        (range(1, 60), "(diamond)", "The diamond is"),
    ],
)
def test_a_line_is_called_a_line_and_a_point_a_point(make_report, without, caption, reading):
    release = raw_release(make_report())
    view = release.results[0]
    from_launch = view.path.index[view.path.index >= view.launch]
    gaps = [from_launch[place] for place in without if place < len(from_launch)]
    path = view.path.copy()
    path.loc[gaps, [name for name in path if name.startswith("counterfactual")]] = float("nan")
    view = replace(view, path=path)
    assert caption in captions.path_caption(view, "contacts")
    page, _ = pages.region_page(replace(release, results=(view, *release.results[1:])))
    assert reading in page["how_path"]
    drawn = plot_counterfactual(view)
    shown = {line.get_gid() for line in drawn.lines if np.isfinite(np.asarray(line.get_ydata(), dtype=float)).any()}
    assert ("counterfactual-alone" in shown) == bool(without)


def test_a_series_by_month_has_two_sides_and_no_such_sentence(make_report):
    release = raw_release(make_report())
    assert len(tables.data_table(release.results[:1]).rows) == 2
    assert "contains the launch" not in captions.path_caption(release.results[0], "contacts")


def test_where_no_campaign_ran_no_sentence_speaks_of_one(make_report):
    page, _ = pages.region_page(raw_release(make_report(comparison=True)))
    assert "without the campaign" not in page["how_path"]
    assert "No campaign ran here" in page["how_path"]
    assert not any("effect of the campaign" in said for said in page["assumptions"])


def test_the_limits_tell_comparison_regions_in_the_checks_from_none(make_report):
    release = raw_release(make_report())
    assert any("without a comparison region is weak evidence" in said for said in own_limits(release))
    beside = CheckResult(name="spill-over", question="", outcome=vocab.Outcome.PASSED, statement="")
    for outcome, looked_at in ((vocab.Outcome.PASSED, True), (vocab.Outcome.NOT_RUN, False)):
        lead = replace(release.results[0], checks=(replace(beside, outcome=outcome),))
        said = own_limits(replace(release, results=(lead,)))
        assert any("looked at in the checks, but are not part of the figure" in one for one in said) is looked_at
        assert any("weak evidence" in one for one in said) is not looked_at


def test_a_campaign_of_several_regions_is_said_to_be_shared(make_report):
    shared = "Other regions had the same campaign at the same time"
    assert not any(shared in said for said in own_limits(raw_release(make_report())))
    assert any(shared in said for said in own_limits(raw_release(replace(make_report(), shared_launch=True))))


@pytest.mark.parametrize(("regions", "shared"), [(("A",), False), (("A", "B"), True)])
def test_whether_a_campaign_is_shared_follows_from_the_register(regions, shared):
    day = pd.Timestamp("2019-05-02").date()
    start = ImpreciseDate(start=day, end=day, precision=vocab.DatePrecision.DAY)
    campaign = Campaign(campaign="Look Again", regions=regions, launch=start)
    inputs = SimpleNamespace(
        campaigns=(campaign,), campaign_of=lambda region: campaign, contacts=SimpleNamespace(freq="M")
    )
    assert _shared(inputs, "A", pd.Period("2019-05", "M")) is shared


def test_tile_and_sentence_count_the_same_comparison_regions(make_report, make_effect):
    gone = make_report(make_effect(NotEstimable("too short")), region="Cedar", comparison=True)
    seen = make_report(make_effect((1.62, 1.21, 2.14)), region="Birch", comparison=True)
    alone = overview.summary_page(summary_of([make_report(), gone]))
    assert (alone["tiles"][-1]["value"], alone["tiles"][-1]["label"]) == (
        "None",
        "comparison region could be analysed",
    )
    assert "no comparison region could be analysed" in alone["placebos"][0]
    both = overview.summary_page(summary_of([make_report(), gone, seen]))
    assert both["tiles"][-1]["value"] == "1 of 1"
    assert "of 1 comparison region" in both["placebos"][0]


def test_without_a_claim_no_tile_and_no_explanation_of_verdicts(make_report, make_effect):
    report = make_report(make_effect((1.62, 1.21, 2.14), channel="website"))
    page, _ = pages.region_page(raw_release(report))
    assert [tile["label"] for tile in page["tiles"] if "claim" in tile["label"]] == []
    over_all = overview.summary_page(summary_of([report]))
    assert [tile["label"] for tile in over_all["tiles"] if "claim" in tile["label"]] == []
    assert over_all["how_verdict"] == ""


def test_a_model_that_could_not_be_fitted_is_named_in_words(make_report, make_effect):
    effect = replace(make_effect(NotEstimable("too short")), model_label="latent")
    caption = tables.estimates_table(raw_release(make_report(effect)).results, "contacts").caption
    assert "by latent" not in caption
    assert "Poisson regression with a latent autoregressive process" in caption


def test_readers_outside_are_told_in_plain_words_that_a_report_failed():
    said = for_publication("error in a cell", "CannotEstimate: 3 contacts in May")
    assert said == "The report could not be made; the analyst's log says why."
    assert for_publication("timed out", "longer than 60 s") == "longer than 60 s"
