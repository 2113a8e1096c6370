"""Every check has a chart, drawn from its own numbers; the specification curve has one of its own."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from evalkit import Choices, Segmented, estimate_effect, run_checks, specification_curve
from evalkit.check import CheckContext, CheckResult, across_specifications, placebo_in_time
from evalkit.errors import ReportError
from evalkit.registers import Event
from evalkit.registers.dates import parse_date
from evalkit.report import (
    describe_check,
    describe_specification_curve,
    plot_check,
    plot_specification_curve,
)
from evalkit.report.figures.checks import _DRAWINGS
from evalkit.vocab import Outcome

FEW = Choices(season=(0, 1), lag=(0, 1), models={"quasi-Poisson": Segmented()})


def _series(seed: int, ratio: float = 1.0) -> pd.Series:
    rate = np.where(np.arange(60) >= 36, 60 * ratio, 60)
    counts = np.random.default_rng(seed).poisson(rate).astype(float)
    return pd.Series(counts, pd.period_range("2014-01", periods=60, freq="M"))


@pytest.fixture(scope="module")
def effect():
    controls = pd.DataFrame({name: _series(seed) for name, seed in (("A", 5), ("B", 6))})
    return estimate_effect(_series(1, 1.5), "2017-01", harmonics=1, controls=controls)


@pytest.fixture(scope="module")
def checks(effect) -> dict[str, CheckResult]:
    controls = {name: _series(seed) for name, seed in (("A", 5), ("$B_1$", 6))}
    context = CheckContext(
        events=(Event(event="a", title="A film with $x_1$ in its title", start=parse_date("2017-06")),),
        regions=controls,
        negative_controls={"other subject": _series(8)},
        controls=pd.DataFrame(controls),
        capacity=100.0,
        others={"A": effect},
    )
    few = across_specifications(effect, specification_curve(effect, choices=FEW))
    return {check.name: check for check in (*run_checks(effect, context=context, full=True)[:-1], few)}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def _words(ax) -> str:
    return " ".join(text.get_text() for text in ax.figure.findobj(mpl.text.Text))


def test_every_check_has_a_chart_and_every_chart_a_check(checks) -> None:
    assert set(checks) == set(_DRAWINGS)
    assert [name for name, check in checks.items() if check.outcome is Outcome.NOT_RUN] == []


@pytest.mark.parametrize("name", list(_DRAWINGS))
def test_each_chart_says_its_name_and_outcome_and_marks_simulated_data(name: str, checks) -> None:
    ax = plot_check(checks[name], simulated=True)
    assert str(checks[name].outcome) in ax.get_title(loc="left")
    assert "Simulated data" in _words(ax)
    ax.figure.canvas.draw()
    assert "Simulated data" not in _words(plot_check(checks[name]))


def test_a_chart_draws_the_numbers_of_its_table(checks) -> None:
    ax = plot_check(checks["placebo in time"])
    drawn = np.sort(
        np.concatenate([line.get_ydata() for line in ax.lines if len(line.get_ydata()) and line.get_marker() == "o"])
    )
    np.testing.assert_allclose(drawn, np.sort(checks["placebo in time"].table["value"]))


def test_a_check_that_was_not_run_has_no_chart() -> None:
    effect = estimate_effect(_series(1), "2014-04", second_opinion=False)
    with pytest.raises(ReportError, match="nothing to draw"):
        plot_check(placebo_in_time(effect))


def test_a_chart_in_words_has_question_finding_and_meaning(checks) -> None:
    check = checks["season that changes"]
    said = describe_check(check, simulated=True)
    assert said.startswith("Simulated data. ")
    assert check.question in said
    assert check.meaning in said


def test_the_curve_is_drawn_in_rising_order_with_a_row_for_each_choice_that_varies(effect) -> None:
    curve = specification_curve(effect, choices=FEW)
    upper, lower = plot_specification_curve(curve)
    labels = [label.get_text() for label in lower.get_yticklabels()]
    assert "Trend: without" in labels
    assert "Season: 1 pair" in labels
    assert not any("Poisson" in label for label in labels)  # one model only: nothing varies
    marks = sum(len(line.get_xdata()) for line in lower.lines)
    assert marks == len(curve.known) * 5  # trend, season, lag, transition, window
    assert f"as asked: {curve.base.value:.2f}" in _words(upper)
    assert f"{curve.median:.2f}" in describe_specification_curve(curve)


def test_no_curve_is_drawn_where_nothing_is_estimable() -> None:
    curve = specification_curve(_series(1).iloc[:20], "2014-06", choices=FEW)
    with pytest.raises(ReportError, match="None of"):
        plot_specification_curve(curve)
