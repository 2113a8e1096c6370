"""Figures shown in a notebook carry their description; figures made for files do not need it."""

from __future__ import annotations

import inspect
import io
from functools import partial

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

import evalkit as ek
from evalkit.report import describe_counterfactual, describe_effect, describe_estimates, estimates_frame, figures, theme

mpl.use("Agg")


@pytest.fixture(scope="module")
def effect() -> ek.Effect:
    series = ek.simulate_series(np.random.default_rng(1), level_ratio=1.5, launch="2018-01")
    return ek.estimate_effect(series, launch="2018-01", region="A", channel="helpline", model="segmented")


def test_the_output_of_a_notebook_holds_the_words_beside_the_picture(effect: ek.Effect) -> None:
    data, metadata = ek.plot_counterfactual(effect, placebo=True).figure._repr_mimebundle_()
    assert data["text/plain"] == describe_counterfactual(effect, placebo=True)
    assert metadata["image/png"]["alt"] == data["text/plain"]
    left, _ = ek.plot_effect(effect)
    assert left.figure._repr_mimebundle_()[0]["text/plain"] == describe_effect(effect)


def test_a_forest_of_effects_is_described_from_its_numbers(effect: ek.Effect) -> None:
    data, _ = ek.plot_estimates([effect]).figure._repr_mimebundle_()
    assert data["text/plain"] == describe_estimates(estimates_frame([effect]))


def test_every_plot_has_a_description_that_takes_the_same_first_argument() -> None:
    plots = [getattr(figures, name) for name in figures.__all__ if name.startswith("plot_")]
    assert len(plots) > 8
    for plot in plots:
        assert hasattr(plot, "__wrapped__"), f'{plot.__name__} is not decorated with @tells("describe_…")'
        describe = getattr(figures, plot.__name__.replace("plot_", "describe_"))
        assert len(inspect.signature(describe).parameters) >= 1


def test_a_figure_drawn_on_axes_of_the_caller_is_left_as_it_is(effect: ek.Effect) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert not hasattr(ek.plot_density(effect, ax=axes).figure, "describe")
    assert isinstance(effect.path, pd.DataFrame)


def printed(figure, usual: bool = False):
    """The PNG of a notebook; ``usual`` as matplotlib crops it."""
    file = io.BytesIO()
    how = {"format": "png", "dpi": figure.dpi, "facecolor": figure.get_facecolor(), "bbox_inches": "tight"}
    (partial(FigureCanvasAgg.print_figure, figure.canvas) if usual else figure.canvas.print_figure)(file, **how)
    return np.asarray(Image.open(file).convert("L"), dtype=int)


def test_a_notebook_shows_what_matplotlib_would_crop_to_but_drawn_once(effect: ek.Effect) -> None:
    ax = ek.plot_counterfactual(effect, placebo=True)
    figure, draws = ax.figure, []
    ax.add_artist(Counting(draws))
    once = printed(figure)
    assert len(draws) == 1
    with theme.theme():  # how many ticks there are depends on the size of letters
        usual = printed(figure, usual=True)
    assert len(draws) > 2
    for mine, other in zip(once.shape, usual.shape, strict=True):
        assert abs(mine - other) <= 8  # dots of the margin: boxes of text are a little higher than their letters
    assert (once < 255).sum() == pytest.approx((usual < 255).sum(), rel=0.02)
    ground = [once[0], once[-1], once[:, 0], once[:, -1]]
    assert all((side == 255).all() for side in ground)


def test_what_a_reader_adds_is_shown_however_far_outside(effect: ek.Effect) -> None:
    left, _ = ek.plot_effect(effect)
    figure, before = left.figure, printed(left.figure).shape
    beside = left.text(0.5, -0.5, "below", transform=left.transAxes)
    assert printed(figure).shape[0] > before[0] + 20
    for beyond in (lambda: beside.set_y(-0.95), lambda: figure.text(0.5, -3, "far below")):
        beyond()
        assert printed(figure).shape == pytest.approx(printed(figure, usual=True).shape, abs=8)


class Counting(Artist):
    """An artist that counts how often it is drawn."""

    def __init__(self, draws: list[int]) -> None:
        super().__init__()
        self.draws = draws

    def draw(self, _) -> None:
        self.draws.append(1)

    def get_tightbbox(self, renderer=None):
        return None
