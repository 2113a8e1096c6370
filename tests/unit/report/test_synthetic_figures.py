"""Figures of a synthetic control: drawn from its numbers, in words too, and refused for other models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from evalkit.effect import Effect, estimate_effect
from evalkit.errors import ReportError
from evalkit.model import Synthetic
from evalkit.report import (
    describe_placebos_in_space,
    describe_weights,
    plot_counterfactual,
    plot_placebos_in_space,
    plot_weights,
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    months = pd.period_range("2016-01", periods=48, freq="M")
    shared = 0.3 * np.sin(np.arange(48) / 4)
    rate = 90 * np.exp(shared[:, None] * rng.uniform(0.5, 1.5, 8) + 0.1 * rng.standard_normal((48, 8)))
    rate[36:, 0] *= 2.5
    rate[:, 7] *= np.exp(1.4 * rng.standard_normal(48))
    names = ["A $1$", *(f"Region {j}" for j in range(1, 7)), "Restless"]
    return pd.DataFrame(rng.poisson(rate).astype(float), months, names)


def effect_of(table: pd.DataFrame, model: Synthetic | None = None, **options: object) -> Effect:
    return estimate_effect(
        table.iloc[:, 0],
        "2019-01",
        model=model or Synthetic(),
        controls=table.iloc[:, 1:],
        region="A $1$",
        second_opinion=False,
        **options,  # type: ignore[arg-type]
    )


def test_weights_are_drawn_heaviest_first(table: pd.DataFrame) -> None:
    effect = effect_of(table)
    ax = plot_weights(effect, simulated=True)
    drawn = [bar.get_width() for bar in ax.patches]
    weights = effect.fit.donors["weight"]
    assert drawn == pytest.approx(list(weights[weights > 0.0005]))
    assert drawn == sorted(drawn, reverse=True)
    assert describe_weights(effect).startswith("Bar chart of donor weights: ")
    assert any(text.get_gid() == "simulated" for text in ax.texts)


def test_negative_weights_of_the_augmented_form_are_drawn(table: pd.DataFrame) -> None:
    effect = effect_of(table, Synthetic(form="augmented", penalty=0.01))
    ax = plot_weights(effect)
    assert min(bar.get_width() for bar in ax.patches) < 0
    assert ax.get_xlim()[0] < 0


def test_placebos_are_all_drawn_and_poor_fits_dotted(table: pd.DataFrame) -> None:
    effect = effect_of(table)
    ax = plot_placebos_in_space(effect)
    placebos = [line for line in ax.lines if line.get_gid() == "placebo"]
    dotted = [line for line in placebos if line.get_linestyle() != "-"]
    assert len(placebos) == 7
    assert len(dotted) == 1
    treated = next(line for line in ax.lines if line.get_gid() == "treated")
    ratio = effect.fit.gaps["observed"] / effect.fit.gaps["synthetic"]
    assert treated.get_ydata()[-1] == pytest.approx(ratio.iloc[-1], rel=0.02)  # half a contact is added to both
    low, high = ax.get_ylim()
    assert low < treated.get_ydata().min()
    assert high > treated.get_ydata().max()
    assert "rank 1 of 8" in ax.get_title(loc="left")
    words = describe_placebos_in_space(effect)
    assert "rank 1 of 8 (exact p = 0.125)" in words
    assert "Without the one that fit poorly before launch: rank 1 of 7" in words


def test_a_measure_is_drawn_as_a_difference(table: pd.DataFrame) -> None:
    ax = plot_placebos_in_space(effect_of(table, Synthetic(kind="measure")))
    assert ax.get_yscale() == "linear"
    assert ax.get_ylabel() == "Observed less synthetic"


def test_counterfactual_is_drawn(table: pd.DataFrame) -> None:
    assert plot_counterfactual(effect_of(table)).lines


def test_other_models_are_refused(table: pd.DataFrame) -> None:
    latent = estimate_effect(table.iloc[:, 0], "2019-01", second_opinion=False)
    with pytest.raises(ReportError, match="its model is 'latent'"):
        plot_weights(latent)
    nothing = effect_of(table[table.columns[:2]])
    with pytest.raises(ReportError, match="it was not estimable"):
        plot_placebos_in_space(nothing)
