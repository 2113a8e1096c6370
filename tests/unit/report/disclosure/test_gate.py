"""From a report with raw counts to a release."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.effect.path import path_by
from evalkit.evaluation import DisclosureSettings
from evalkit.report import RegionReport, region_html
from evalkit.report.content import Withheld
from evalkit.report.disclosure import control, gate, plan_disclosure, redrawn
from evalkit.report.disclosure.gate import own_plan
from evalkit.report.notebook import published_notebook
from reports import report_of_effect

LAUNCH = "2019-03"
INDEX = pd.period_range("2016-01", periods=60, freq="M")


def report_of(counts: list[int] | np.ndarray, **options) -> RegionReport:
    series = pd.Series(np.asarray(counts, dtype=float), INDEX)
    effect = ek.estimate_effect(series, LAUNCH, region="North Vale", channel="helpline", **options)
    return report_of_effect(effect, [ek.check_claim(2.0, effect)], ["helpline has 31 contacts in all"])


@pytest.fixture(scope="module")
def quarterly() -> RegionReport:
    generator = np.random.default_rng(5)
    return report_of(generator.poisson(8, 60), model="segmented")


def test_a_small_series_is_released_by_quarter_and_says_so(quarterly) -> None:
    release = control(quarterly)
    (view,) = release.results
    raw = quarterly.results[0].effect
    assert view.path.index.freqstr.startswith("Q")
    assert "Shown by quarter" in view.shown_by[0]
    exact = raw.path["observed"].groupby(INDEX.asfreq("Q")).sum()
    assert (view.path["observed"] == (exact / 5).round() * 5).all()
    fitted = raw.path["fitted"].groupby(INDEX.asfreq("Q")).sum()
    assert (view.path["fitted"] - fitted).abs().max() <= 7.5
    assert (view.path["fitted"] - fitted).abs().mean() <= 3
    total = view.estimates["cumulative_effect"]
    columns = ["cumulative_effect", "cumulative_effect_lower", "cumulative_effect_upper"]
    assert view.path[columns].iloc[-1].tolist() == [total.value, total.lower, total.upper]
    assert any("each spread by chance" in note for note in view.shown_by)
    assert "Shown by quarter" in region_html(release)
    assert release.notes == ("helpline has contacts in all",)


@pytest.mark.parametrize("model", ["segmented", "latent", "forecast"])
def test_lines_and_bands_follow_from_published_counts_where_some_are_left_out(model: str) -> None:
    """Two series that are published alike have the same chart, whatever their exact counts; estimates may differ."""
    generator = np.random.default_rng(12)
    first = generator.choice([10, 15, 20, 25], 60)
    second = first + generator.integers(-2, 3, 60)
    first[[11, 50]], second[[11, 50]] = (2, 7), (6, 1)
    first[30], second[30] = 0, 0
    one, other = (control(report_of(counts, model=model)).results[0] for counts in (first, second))
    lines = [name for name in one.path if not name.startswith("cumulative")]
    pd.testing.assert_frame_equal(one.path[lines], other.path[lines])
    added = [name for name in one.path if name.startswith("cumulative")]
    pd.testing.assert_frame_equal(one.path[added].iloc[:-1], other.path[added].iloc[:-1])
    assert any("fitted to the published counts" in note for note in one.shown_by)
    assert one.path["counterfactual"].notna().sum() == 58
    exact = report_of(first, model=model).results[0].effect.path
    known = one.path["counterfactual"].notna()
    assert (one.path["counterfactual"] - exact["counterfactual"])[known].abs().median() < 5
    if model != "forecast":
        total = one.estimates["cumulative_effect"]
        assert one.path[added].iloc[-1].tolist() == [total.value, total.lower, total.upper]


def test_a_series_whose_earlier_estimates_stand_has_none_of_its_own(quarterly) -> None:
    (result,) = quarterly.results
    report = replace(quarterly, results=(replace(result, checks=ek.run_checks(result.effect)),))
    plan = replace(own_plan(report), standing=frozenset({("North Vale", "helpline")}))
    release = control(report, plan)
    (view,) = release.results
    assert all(isinstance(one, Withheld) for one in view.estimates.values())
    assert view.path["observed"].notna().all()
    assert view.path.drop(columns="observed").isna().all(axis=None)
    assert {check.outcome for check in view.checks} == {"not run"}
    assert not any(check.figures for check in view.checks)
    assert view.verdicts[0].kind == "cannot be checked"
    page = region_html(release)
    assert "that of the earlier round stands" in page
    assert "too few contacts were counted" not in page
    assert "Shown by quarter" in page
    assert "Lines and bands are those" not in page, "there are none"


def test_lines_by_quarter_follow_from_the_published_quarters(quarterly) -> None:
    """Months of a quarter in another order are published alike: with the same estimates the same chart."""
    (result,) = quarterly.results
    design = result.effect.design
    turned = design.observed.reshape(-1, 3)[:, ::-1].ravel()
    other = replace(result, effect=replace(result.effect, design=replace(design, observed=turned)))
    assert (turned != design.observed).sum() > 20
    one, two = (control(replace(quarterly, results=(of,))).results[0].path for of in (result, other))
    pd.testing.assert_frame_equal(one, two)


def test_an_event_that_fell_into_the_launchs_own_total_alone_is_no_term_of_the_redrawn_lines() -> None:
    """2019Q1 holds the launch and is left out of that fit, and with it all that is known of the event."""
    generator = np.random.default_rng(5)
    event = ek.EventTerm(name="closure", start=pd.Period("2019-01"), end=pd.Period("2019-02"))
    release = control(report_of(generator.poisson(8, 60), model="segmented", events=(event,)))
    (view,) = release.results
    assert view.path.index.freqstr.startswith("Q")
    assert view.path["counterfactual"].notna().any()
    region_html(release)


def test_a_series_whose_lines_cannot_be_redrawn_says_so(quarterly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redrawn, "_fitted", lambda *_: None)
    release = control(quarterly)
    (view,) = release.results
    assert view.path["observed"].notna().all()
    assert view.path.drop(columns="observed").iloc[:-1].isna().all(axis=None)
    assert view.estimable
    page = region_html(release)
    assert "cannot be fitted to the published counts alone" in page
    assert "No expectation is drawn." in page
    assert "would be expected without the campaign (" not in page
    assert "each spread by chance" not in page


def test_bands_by_quarter_are_no_narrower_than_the_published_interval_asks() -> None:
    """Counts of a quarter spread by chance vary less than months that came in bursts."""
    generator = np.random.default_rng(8)
    mean = 7 * np.where(np.arange(60) < 38, 1.0, 1.4)
    report = report_of(generator.negative_binomial(4, 4 / (4 + mean)), model="segmented", harmonics=1, slope=False)
    (result,) = report.results
    plan = own_plan(report)
    published = plan.published("North Vale", "helpline")
    groups = INDEX.asfreq("Q")
    found = redrawn.path_by_published(result.effect, published, groups, plan.profile)
    exact = path_by(result.effect.design, result.effect.fit, 0.95, result.effect.sampling, groups)
    after = exact["effect"].notna().to_numpy()
    wide, own = ((one["counterfactual_upper"] - one["counterfactual_lower"])[after].mean() for one in (found, exact))
    assert plan.level("North Vale", "helpline") == "Q"
    assert wide > 0.9 * own


def test_a_total_that_holds_the_launch_is_on_neither_side(quarterly) -> None:
    """2019Q1 holds January and February before the launch, and March from it on: it moves no line."""
    (result,) = quarterly.results
    plan = own_plan(quarterly)
    published = plan.published("North Vale", "helpline")
    groups = INDEX.asfreq("Q")
    moved = published.where(published.index != "2019Q1", 500.0)
    one, two = (redrawn.path_by_published(result.effect, of, groups, plan.profile) for of in (published, moved))
    lines = ["fitted", "counterfactual", "effect"]  # bands are as wide as the published interval asks
    pd.testing.assert_frame_equal(one[lines], two[lines])
    assert one.loc["2019Q1", "counterfactual"] > 0


def test_a_count_left_out_to_protect_another_is_missing_for_the_lines() -> None:
    report = report_of(np.random.default_rng(4).poisson(60, 60), model="segmented")
    counts = report.results[0].effect.path["observed"].copy()
    plan = plan_disclosure({("North Vale", "helpline"): counts})
    cells = {**plan.cells, ("North Vale", "helpline", "2017-05"): None}
    (view,) = control(report, replace(plan, cells=cells)).results
    counts["2017-05"] = 1000.0
    other = ek.estimate_effect(counts, LAUNCH, region="North Vale", channel="helpline", model="segmented")
    result = replace(report.results[0], effect=other)
    (changed,) = control(replace(report, results=(result,)), replace(plan, cells=cells)).results
    assert np.isnan(view.path.loc["2017-05", "counterfactual"])
    pd.testing.assert_series_equal(view.path["counterfactual"], changed.path["counterfactual"])


def test_no_band_is_narrower_than_what_was_found() -> None:
    """Ends are rounded outward: of what would have been expected as of the effect, by period and added up."""
    report = report_of(np.random.default_rng(4).poisson(60, 60), model="segmented")
    (view,) = control(report).results
    exact = report.results[0].effect.path
    for name in ("counterfactual", "effect", "cumulative_effect"):
        known = view.path[f"{name}_lower"].notna()
        lower, upper = (view.path.loc[known, f"{name}_{end}"] for end in ("lower", "upper"))
        assert known.any()
        assert (lower <= exact.loc[known, f"{name}_lower"] + 1e-6).all()
        assert (upper >= exact.loc[known, f"{name}_upper"] - 1e-6).all()
        assert (upper - lower <= exact.loc[known, f"{name}_upper"] - exact.loc[known, f"{name}_lower"] + 10).all()
        assert ((lower % 5 == 0) & (upper % 5 == 0)).all()


def test_intervals_by_quarter_are_those_of_the_sum_not_the_sum_of_those(quarterly) -> None:
    (view,) = control(quarterly).results
    path = quarterly.results[0].effect.path
    after = view.path.index >= pd.Period("2019Q2")
    width = (view.path["counterfactual_upper"] - view.path["counterfactual_lower"])[after].mean()
    monthly = path["counterfactual_upper"] - path["counterfactual_lower"]
    assert width < monthly.groupby(INDEX.asfreq("Q")).sum()[after].mean()


def test_a_series_too_small_for_any_period_has_no_chart_and_says_so() -> None:
    counts = [1 if place % 12 == 0 else 0 for place in range(60)]
    release = control(report_of(counts, model="segmented"))
    (view,) = release.results
    assert not view.drawable
    assert isinstance(view.rate_ratio, Withheld)
    page = region_html(release)
    assert "No counts by period are shown" in page
    assert "It is not published" in page
    assert view.verdicts[0].kind == "cannot be checked"
    json.dumps(release.to_dict(), allow_nan=False)


def test_a_forecast_gives_no_effect_by_period_as_that_would_give_the_counts() -> None:
    generator = np.random.default_rng(6)
    (view,) = control(report_of(generator.poisson(60, 60), model="forecast")).results
    assert view.numerator == "observed"
    assert not view.effect_drawable
    assert view.estimable
    assert any("would give the counts" in note for note in view.shown_by)


def test_internal_is_the_report_as_it_is_and_marked(quarterly) -> None:
    plan = plan_disclosure(
        {("North Vale", "helpline"): quarterly.results[0].effect.path["observed"]},
        DisclosureSettings(profile="internal"),
    )
    release = control(quarterly, plan)
    assert release.control.internal
    assert release.results[0].path.equals(quarterly.results[0].effect.path)
    assert "Internal, not for publication" in region_html(release)


def test_the_published_notebook_is_a_notebook_with_outputs_of_tagged_cells_only(quarterly, tmp_path) -> None:
    content = ek.write_region_report(quarterly, tmp_path)["ipynb"].read_bytes()
    notebook = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.outputs:
            assert {"finding", "paths", "estimates", "effects", "checks", "verdicts"} & set(cell.metadata.tags)
    raw = {int(count) for count in quarterly.results[0].effect.path["observed"]}
    assert raw  # monthly counts stand nowhere, as the series is released by quarter
    assert b"2016-01" not in content


@pytest.mark.parametrize("region", ["North Vale", 'King\'s "Lynn"\nx = 1'])
def test_the_published_notebook_names_its_region_and_asks_for_the_evaluation(quarterly, region: str) -> None:
    notebook = nbformat.reads(published_notebook(control(replace(quarterly, region=region)), ()).decode(), as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    given: dict[str, str] = {}
    exec(cell.source, given)
    assert given["region"] == region
    assert (given["evaluation"], given["out"]) == ("", "")
    assert cell.source.startswith("# Give the evaluation file below before running this copy")


def test_verdicts_of_the_release_rest_on_published_counts() -> None:
    generator = np.random.default_rng(7)
    report = report_of(generator.poisson(63, 60), model="segmented")
    (view,) = control(report).results
    exact = report.results[0].verdicts[0].figures
    shown = view.verdicts[0].figures
    assert shown["before"] != exact["before"]
    assert shown["before"] == pytest.approx(exact["before"], abs=2)
    assert any("contacts a period" in reason for reason in view.verdicts[0].reasons)
    quarter = control(replace(report), plan_disclosure({("North Vale", "helpline"): pd.Series([5.0] * 60, INDEX)}))
    reasons = " ".join(quarter.results[0].verdicts[0].reasons)
    assert "The before/after ratio is not published" in reasons or "contacts a period" in reasons


def test_a_report_by_itself_is_controlled_by_its_own_settings(quarterly) -> None:
    asked = replace(quarterly, disclosure=DisclosureSettings(profile="threshold10"))
    assert control(quarterly).control.profile == "default"
    assert control(asked).control.profile == "threshold10"
    assert "1 to 9 are left out" in region_html(asked)


def test_every_reason_and_verdict_goes_through_the_filter(quarterly) -> None:
    """Whatever a model may say of why it cannot estimate: the number, and what bounds it, do not leave."""
    (result,) = quarterly.results
    why = ek.NotEstimable("5 contacts for 4 terms of the design; needs at least 8", "Count more than 5 contacts")
    effect = replace(result.effect, rate_ratio=why, level_change=why, cumulative_effect=why, ratio_draws=np.empty(0))
    verdict = ek.check_claim(2.0, effect)
    assert "5 contacts for 4 terms" in verdict.reasons[0]
    checks = ek.run_checks(effect)
    quality = ek.quality_statement(effect, checks)
    assert "5 contacts for 4 terms" in json.dumps(quality.to_dict())
    found = replace(result, effect=effect, verdicts=(verdict,), checks=checks, quality=quality)
    asked = replace(quarterly, results=(found,))
    said = json.dumps(control(asked).to_dict())
    assert "too few contacts for 4 terms of the design" in said
    assert "5 contacts" not in said
    assert "needs at least 8" not in said
    assert any("too few contacts for 4 terms" in check.statement for check in control(asked).results[0].checks)
    (judged,) = control(asked).results[0].verdicts
    assert "too few contacts for 4 terms of the design" in judged.reasons[0]


@pytest.fixture(scope="module")
def cut() -> tuple[RegionReport, pd.Series]:
    """A window that ends within a quarter and a year, of contacts that go on, without any change at launch."""
    counts = pd.Series(
        np.random.default_rng(3).poisson(9, 72).astype(float), pd.period_range("2016-01", periods=72, freq="M")
    )
    effect = ek.estimate_effect(
        counts, LAUNCH, end="2020-04", region="North Vale", channel="helpline", model="segmented"
    )
    report = report_of_effect(effect, [], [])
    (result,) = report.results
    return replace(report, results=(replace(result, counts=counts, checks=ek.run_checks(effect)),)), counts


def test_a_total_beyond_the_window_is_not_spread_over_the_part_of_it_within(cut) -> None:
    """2020 has about 108 contacts, of which four months lie in the window; spread over these they were 27 a month."""
    report, _ = cut
    plan = own_plan(report)
    plan = replace(plan, levels=dict.fromkeys(plan.levels, "Y"))
    for level in ("Q", "Y"):
        levels = dict.fromkeys(plan.levels, level)
        groups = report.results[0].effect.design.periods.asfreq(level)
        found = redrawn.path_by_published(
            report.results[0].effect,
            replace(plan, levels=levels).published("North Vale", "helpline"),
            groups,
            plan.profile,
        )
        months = {"Q": 3, "Y": 12}[level]
        assert found["fitted"].dropna().iloc[1:-1].between(6 * months, 12.5 * months).all()


def test_no_figure_of_a_check_leaves_a_series_that_is_shown_by_longer_periods(quarterly) -> None:
    """All its own counts are left out, though no quarter is."""
    (result,) = quarterly.results
    report = replace(quarterly, results=(replace(result, checks=ek.run_checks(result.effect)),))
    (view,) = control(report).results
    assert view.path["observed"].notna().all()
    made = [check for check in view.checks if check.outcome != "not run" and check.name not in gate._OF_OTHERS]
    assert len(made) > 5
    assert not any(check.figures for check in made)


def test_a_withheld_series_has_no_quality_statement(quarterly) -> None:
    (result,) = quarterly.results
    checks = ek.run_checks(result.effect)
    quality = ek.quality_statement(result.effect, checks)
    report = replace(quarterly, results=(replace(result, checks=checks, quality=quality),))
    plan = replace(own_plan(report), standing=frozenset({("North Vale", "helpline")}))
    assert control(report).results[0].quality is not None
    assert control(report, plan).results[0].quality is None
    region_html(control(report, plan))


def test_counts_after_the_end_of_a_window_are_reckoned_with() -> None:
    """95 are printed for the year (93 to 97) and 91 follow from the estimate: 2 to 6 are left for December."""
    index = pd.period_range("2015-01", periods=72, freq="M")
    counts = pd.Series(20.0, index)
    counts["2020-01":"2020-06"] = [15.0, 15.0, 15.0, 15.0, 15.0, 16.0]  # type: ignore[misc]
    counts["2020-07":"2020-12"] = [0.0, 0.0, 0.0, 0.0, 0.0, 4.0]  # type: ignore[misc]
    effect = ek.estimate_effect(
        counts, "2020-01", end="2020-06", region="North Vale", channel="helpline", model="segmented", harmonics=0
    )
    report = report_of_effect(effect, [], [])
    (result,) = report.results
    plan = plan_disclosure({("North Vale", "helpline"): counts})
    assert plan.cells["North Vale", "helpline", "2020"] == 95
    (blind,) = control(report, plan).results
    (seen,) = control(replace(report, results=(replace(result, counts=counts),)), plan).results
    assert not isinstance(blind.estimates["rate_ratio"], Withheld)
    assert isinstance(seen.estimates["rate_ratio"], Withheld)
