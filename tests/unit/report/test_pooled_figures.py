"""The forest of a pooled effect and the event study: what they show, in pictures and in words."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import evalkit as ek
from evalkit.errors import ReportError
from evalkit.report import describe_event_study, describe_pooled

LAUNCHES = {"North": "2018-01", "West": "2018-05", "East $x_1$": "2018-09"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    periods = pd.period_range("2015-01", periods=60, freq="M")
    frame = pd.DataFrame({name: rng.poisson(70, 60) for name in LAUNCHES}, index=periods)
    frame.attrs["simulated"] = True
    return frame


@pytest.fixture(scope="module")
def pooled(table: pd.DataFrame) -> ek.Pooled:
    return ek.estimate_pooled(table, {**LAUNCHES, "East $x_1$": "2030-01"}, harmonics=0)


@pytest.fixture(scope="module")
def study(table: pd.DataFrame) -> ek.EventStudy:
    return ek.event_study(table, LAUNCHES, harmonics=0)


def words(ax) -> str:
    return " ".join(text.get_text() for text in ax.figure.findobj(mpl.text.Text))


def test_the_forest_names_regions_average_and_new_region(pooled: ek.Pooled) -> None:
    ax = ek.plot_pooled(pooled)
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == ["North", "West", "East $x_1$", "", "Average of the regions", "A new region may expect"]
    assert "not counted" in words(ax)
    assert f"{pooled.effect.value:.2f}" in words(ax)
    assert "Simulated data" in words(ax)
    assert "Simulated data" not in words(ek.plot_pooled(pooled, simulated=False))


def test_everything_written_lies_inside_the_figure(pooled: ek.Pooled, study: ek.EventStudy) -> None:
    for ax in (ek.plot_pooled(pooled, title="A title"), ek.plot_event_study(study, title="A title")):
        edge = ax.figure.get_window_extent()
        for text in ax.texts:
            box = text.get_window_extent()
            assert edge.x0 <= box.x0 <= box.x1 <= edge.x1, text.get_text()
            assert edge.y0 <= box.y0 <= box.y1 <= edge.y1, text.get_text()


def test_the_forest_in_words(pooled: ek.Pooled, table: pd.DataFrame) -> None:
    text = describe_pooled(pooled)
    assert text.startswith("Simulated data. ")
    assert f"The average is {pooled.effect.value:.2f}" in text
    assert "1 region could not be counted." in text
    one = ek.estimate_pooled(table, {"North": "2018-01"}, harmonics=0)
    assert "No average could be estimated: 1 of 1 region" in describe_pooled(one)
    assert "not estimable" in words(ek.plot_pooled(one))


def test_the_event_study_shows_every_bin_and_the_launch(study: ek.EventStudy) -> None:
    ax = ek.plot_event_study(study)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == 10
    assert [dot.get_markerfacecolor() == "#ffffff" for dot in dots] == [True] * 4 + [False] * 6
    outside, bins = study.leads_outside
    assert f"Before launch: {bins - outside} of {bins} hold 1" in words(ax)
    assert ax.get_yscale() == "log"


def test_the_event_study_in_words(study: ek.EventStudy) -> None:
    text = describe_event_study(study)
    late = study.table.query("first >= 0")
    assert f"goes from {late['value'].iloc[0]:.2f}" in text
    assert "of four intervals leave out 1" in text


def test_an_event_study_without_a_bin_cannot_be_drawn(table: pd.DataFrame) -> None:
    one = ek.event_study(table, {"North": "2018-01"}, harmonics=0)
    assert not one.estimable
    with pytest.raises(ReportError, match="an average needs at least 2"):
        ek.plot_event_study(one)
