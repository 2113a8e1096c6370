"""Figures shown in a notebook carry their description; figures made for files do not need it."""

from __future__ import annotations

import inspect

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.report import describe_counterfactual, describe_effect, describe_estimates, estimates_frame, figures

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
