"""Figures: labels that keep apart, gaps, alt text from the numbers, and nothing left behind in matplotlib."""

from __future__ import annotations

import itertools
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from evalkit.effect import Effect, NotEstimable
from evalkit.errors import ReportError
from evalkit.report import (
    describe_counterfactual,
    describe_density,
    describe_effect,
    describe_estimates,
    estimates_frame,
    plot_counterfactual,
    plot_density,
    plot_effect,
    plot_estimates,
    theme,
)


def with_path(effect: Effect, path: pd.DataFrame) -> Effect:
    """The same effect with another path in the place of the one that its fit would give."""
    made = replace(effect)
    made.__dict__["path"] = path
    return made


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def labels(ax, prefix="label-"):
    return [text for text in ax.texts if (text.get_gid() or "").startswith(prefix)]


def words(ax):
    return " ".join(text.get_text() for text in ax.figure.findobj(mpl.text.Text))


def overlapping(texts):
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    return [(a, b) for (a, one), (b, two) in itertools.combinations(boxes, 2) if one.overlaps(two)]


def test_labels_do_not_overlap_even_where_events_crowd_and_lines_meet(make_effect, events):
    ax = plot_counterfactual(make_effect((1.01, 0.98, 1.04)), events=events, simulated=True)
    shown = [*labels(ax), *labels(ax, "simulated")]
    assert len(shown) == 3 + 1 + 4 + 1
    assert overlapping(shown) == []


@pytest.mark.parametrize("ends", [(50, 50, 50), (0, 0, 0), (100, 100, 99), (3, 60, 3)])
def test_line_labels_stay_apart_and_inside_wherever_the_lines_end(make_effect, ends):
    effect = make_effect((1.62, 1.21, 2.14))
    path = effect.path.copy()
    path.loc[path.index[-1], ["observed", "fitted", "counterfactual"]] = ends
    ax = plot_counterfactual(with_path(effect, path))
    assert overlapping(labels(ax)) == []
    frame = ax.get_window_extent()
    lines = [
        text for text in labels(ax) if text.get_gid() in {"label-observed", "label-fitted", "label-counterfactual"}
    ]
    assert all(frame.y0 - 1 <= text.get_window_extent().y0 for text in lines)
    assert all(text.get_window_extent().y1 <= frame.y1 + 1 for text in lines)


def test_every_label_lies_inside_the_figure(make_effect, events):
    ax = plot_counterfactual(make_effect((1.62, 1.21, 2.14)), events=events, simulated=True)
    edge = ax.figure.get_window_extent()
    for text in [*labels(ax), *labels(ax, "simulated")]:
        box = text.get_window_extent()
        assert box.x0 >= edge.x0, text.get_text()
        assert box.x1 <= edge.x1, text.get_text()
        assert box.y1 <= edge.y1, text.get_text()


def test_the_count_axis_starts_at_0_and_there_is_no_legend(make_effect):
    ax = plot_counterfactual(make_effect((1.62, 1.21, 2.14)))
    assert ax.get_ylim()[0] == 0
    assert ax.get_legend() is None
    assert ax.get_ylabel() == "Contacts a month"


@pytest.mark.parametrize("highest", [3, 13, 15, 27])
def test_ticks_of_counts_are_the_numbers_that_they_print(make_effect, highest):
    """At fifteen contacts a month matplotlib steps by 2.5, and 12.5 would print as 13."""
    effect = make_effect((1.62, 1.21, 2.14))
    scale = highest / effect.path["counterfactual_upper"].max()
    for ax in (plot_counterfactual(with_path(effect, effect.path * scale)), plot_effect(effect)[0]):
        ax.figure.canvas.draw()
        for value, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True):
            assert float(label.get_text().replace("\u2212", "-").replace(",", "")) == pytest.approx(value)


def test_missing_periods_are_gaps(estimated):
    ax = plot_counterfactual(estimated)
    observed = next(line for line in ax.lines if line.get_gid() == "observed")
    assert np.isnan(observed.get_ydata()).sum() == 2
    assert "Two months without a count shown as gaps." in describe_counterfactual(estimated)


def test_a_name_is_drawn_literally(make_effect, events):
    ax = plot_counterfactual(make_effect((1.62, 1.21, 2.14)), events=events)
    assert any("$x_1" in text.get_text() and not text.get_parse_math() for text in labels(ax))


def test_simulated_data_are_marked_and_others_are_not(estimated):
    draw = {
        "path": lambda said: plot_counterfactual(estimated, simulated=said),
        "effect": lambda said: plot_effect(estimated, simulated=said)[1],
        "density": lambda said: plot_density(estimated, claimed=3, simulated=said),
        "estimates": lambda said: plot_estimates([estimated], simulated=said),
    }
    assert [name for name in draw if "Simulated data" not in words(draw[name](True))] == []
    assert [name for name in draw if "imulated" in words(draw[name](False))] == []


def test_the_flag_of_the_data_marks_figures_by_itself(estimated):
    flagged = replace(estimated, design=replace(estimated.design, simulated=True))
    assert "Simulated data" in words(plot_counterfactual(flagged))
    assert describe_counterfactual(flagged).startswith("Simulated data. ")


def test_what_is_not_estimable_shows_the_counts_alone(make_effect):
    effect = make_effect(NotEstimable("8 months before launch"))
    ax = plot_counterfactual(effect)
    assert [text.get_text() for text in labels(ax)] == ["Counted", "Campaign starts, May 2019"]
    assert "none could be estimated" in describe_counterfactual(effect)
    with pytest.raises(ReportError, match="8 months before launch"):
        plot_effect(effect)
    with pytest.raises(ReportError, match="8 months before launch"):
        plot_density(effect)


def test_a_placebo_is_not_called_a_campaign(make_effect):
    ax = plot_counterfactual(make_effect((1.05, 0.93, 1.19)), placebo=True)
    assert "ampaign" not in words(ax)
    assert "ampaign" not in describe_counterfactual(make_effect((1.05, 0.93, 1.19)), placebo=True)


def test_alt_text_comes_from_the_numbers(make_effect, events):
    effect = make_effect((1.62, 1.21, 2.14))
    assert describe_counterfactual(effect, events=events) == (
        "Line chart of contacts by helpline by month, January 2017 to December 2020. Before launch the counts lie "
        "between 40 and 69 a month, on average 54. From launch on the counts lie between 70 and 90 a month, on "
        "average 80. On average 56 a month were expected without the campaign. Of 20 months, 20 lie above the band "
        "for single counts and 0 below it. Also marked: Website relaunched, First lockdown, Warning messages on "
        "sites $x_1$ and Helpline hours extended."
    )
    path = effect.path.copy()
    path["observed"] = 7.0
    assert "between 7 and 7 a month, on average 7" in describe_counterfactual(with_path(effect, path))
    assert describe_effect(effect) == (
        "Two line charts of the difference between contacts with the campaign and those expected without it. By month "
        "it is +17 (9 to 25) in May 2019 and +28 (20 to 36) in December 2020. Added up, it comes to +447 (287 to "
        "607)."
    )


def test_density_alt_text_gives_the_probability_of_the_claim(estimated):
    assert "Probability that the rate ratio is 3 or more: less than 1\u00a0%." in describe_density(estimated, claimed=3)


def test_a_forest_names_every_region_and_says_what_is_missing(make_effect):
    effects = [
        make_effect((1.6, 1.2, 2.1), region="Ashmere"),
        make_effect((0.8, 0.7, 0.9), region="Briar $x$"),
        make_effect(NotEstimable("too short"), region="Coldwick"),
    ]
    frame = estimates_frame(effects)
    ax = plot_estimates(frame)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Ashmere", "Briar $x$", "Coldwick"]
    assert "not estimable" in words(ax)
    assert ax.get_xscale() == "log"
    said = describe_estimates(frame)
    assert "lowest is 0.80 in Briar $x$, the highest 1.60 in Ashmere" in said
    assert "above 1 in 1, wholly below 1 in 1, and holds 1 in 0" in said
    assert "In one it could not be estimated." in said


def test_whiskers_beyond_the_axis_end_in_an_arrow(make_effect):
    ax = plot_estimates([make_effect((3.0, 0.1, 90.0))], limits=(0.5, 4.0))
    assert {line.get_marker() for line in ax.lines} >= {"<", ">"}


def test_drawing_changes_no_setting(estimated):
    before = dict(mpl.rcParams)
    plot_counterfactual(estimated)
    plot_density(estimated, claimed=3)
    assert dict(mpl.rcParams) == before


def test_the_same_numbers_give_the_same_bytes(estimated, events):
    one, two = (theme.to_svg(plot_counterfactual(estimated, events=events).figure) for _ in range(2))
    assert one == two
    assert "<dc:date>" not in one
    assert ">Campaign starts, May 2019<" in one


def test_given_axes_are_used(estimated):
    _, ax = plt.subplots()
    assert plot_counterfactual(estimated, ax=ax) is ax


@pytest.mark.parametrize("frequency", ["Y", "Q", "M", "W", "D"])
def test_every_frequency_has_few_ticks(make_effect, frequency):
    effect = make_effect((1.62, 1.21, 2.14))
    index = pd.period_range("2017-01-02", periods=len(effect.path), freq=frequency)
    launch = index[28]
    ax = plot_counterfactual(with_path(replace(effect, launch=launch), effect.path.set_axis(index)))
    assert 2 <= len(ax.get_xticks()) <= 10


def by_year(effect: Effect) -> Effect:
    """The effect with its path added up by year, as a region with few contacts is published."""
    path = effect.path
    return with_path(effect, path.groupby(path.index.asfreq("Y")).sum(min_count=1))


def drawn(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_a_single_year_from_launch_is_drawn_as_a_point_with_its_interval(make_effect):
    effect = by_year(make_effect((1.62, 1.21, 2.14), months=8))
    row = effect.path.iloc[-1]
    for ax, name in zip(plot_effect(effect), ("effect", "cumulative_effect"), strict=True):
        (line,), (point,) = drawn(ax, f"{name}-alone-interval"), drawn(ax, f"{name}-alone")
        assert line.get_segments()[0][:, 1].tolist() == [row[f"{name}_lower"], row[f"{name}_upper"]]
        assert list(point.get_ydata()) == [row[name]]
        low, high = ax.get_xlim()
        assert low < line.get_segments()[0][0, 0] < high


def test_a_single_year_from_launch_keeps_its_expectation_and_the_whole_band(make_effect):
    effect = by_year(make_effect((1.62, 1.21, 2.14), months=8))
    effect.path["counterfactual_upper"] *= 2
    ax = plot_counterfactual(effect)
    (band,) = drawn(ax, "band-alone")
    (point,) = drawn(ax, "counterfactual-alone")
    assert band.get_segments()[0][:, 1].tolist() == [
        effect.path["counterfactual_lower"].iloc[-1],
        effect.path["counterfactual_upper"].iloc[-1],
    ]
    assert list(point.get_ydata()) == [effect.path["counterfactual"].iloc[-1]]
    assert ax.get_ylim()[1] > effect.path["counterfactual_upper"].max()


def test_a_period_between_gaps_is_drawn_too_and_a_run_of_periods_has_no_markers(make_effect):
    effect = make_effect((1.62, 1.21, 2.14))
    assert drawn(plot_effect(effect)[0], "effect-alone") == []
    path = effect.path.copy()
    path.loc[path.index[[-4, -2]], ["effect", "effect_lower", "effect_upper"]] = np.nan
    shown = with_path(effect, path)
    left, right = plot_effect(shown)
    (point,) = drawn(left, "effect-alone")
    assert sorted(point.get_ydata()) == sorted(path["effect"].iloc[[-3, -1]])
    assert drawn(right, "cumulative_effect-alone") == []
