"""Published intervention analyses, reproduced; the series are other people's, and the tests skip where they are absent.

Tolerances are half a unit of the last printed digit. Reference distribution and variance are those of ARIMA software:
normal, maximum likelihood.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit import Arima, estimate_effect


def _monthly(folder: Path, name: str) -> pd.DataFrame:
    table = pd.read_csv(folder / f"{name}.csv")
    return table.set_index(pd.PeriodIndex(table["period"], freq="M"))


@pytest.fixture
def quetiapine(shared_series: Path) -> pd.Series:
    return _monthly(shared_series, "quetiapine_australia")["count"]


@pytest.fixture
def quitline(shared_series: Path) -> pd.DataFrame:
    return _monthly(shared_series, "quitline_sweden_1999_2005")


def test_quetiapine_step_and_ramp(quetiapine: pd.Series) -> None:
    """Schaffer 2021: ARIMA(2,1,0)(0,1,1)12 on the counts; published −3285 (−4465, −2104) and −1397 (−1606, −1188).

    The default optimum of statsmodels is −1849.
    """
    model = Arima(order=(2, 1, 0), seasonal_order=(0, 1, 1, 12), scale="identity", reference="normal")
    effect = estimate_effect(quetiapine, "2014-01", model=model, trend=False, harmonics=0)
    step, ramp = effect.level_change, effect.slope_change
    assert (step.value, step.lower, step.upper) == pytest.approx((-3285, -4465, -2104), abs=0.5)
    assert step.unit == "contacts"
    per_month = tuple(end / 12 for end in (ramp.value, ramp.lower, ramp.upper))
    assert per_month == pytest.approx((-1397, -1606, -1188), abs=0.5)
    assert effect.fit.parameters["log_likelihood"] == pytest.approx(-284.447, abs=0.0005)
    assert effect.fit.terms == ("level", "slope")


def test_quetiapine_does_not_depend_on_harmonics_that_differencing_removes(quetiapine: pd.Series) -> None:
    model = Arima(order=(2, 1, 0), seasonal_order=(0, 1, 1, 12), scale="identity", reference="normal")
    effect = estimate_effect(quetiapine, "2014-01", model=model)
    assert effect.level_change.value == pytest.approx(-3285, abs=0.5)


@pytest.mark.parametrize(
    ("window", "launch", "order", "published", "reproduced", "delta", "log_likelihood"),
    [
        (slice("1999-01", "2002-08"), "2001-01", (0, 1, 0), (1.85, 1.13, 3.04), (0.7666, 1.85171), -0.2444, -2.421),
        (slice("2001-01", "2005-05"), "2002-09", (0, 0, 1), (1.53, 1.20, 1.94), (0.0818, 1.52884), 0.8981, 10.836),
    ],
    ids=["campaign", "warnings"],
)
def test_quitline_ratio_at_six_months(
    quitline: pd.DataFrame,
    window: slice,
    launch: str,
    order: tuple[int, int, int],
    published: tuple[float, ...],
    reproduced: tuple[float, float],
    delta: float,
    log_likelihood: float,
) -> None:
    """Log rate, omega / (1 - delta B) on the step, ARIMA noise; the orders are those with the stated likelihood."""
    table = quitline.loc[window]
    model = Arima(order=order, response="gradual", added=0, reference="normal")
    effect = estimate_effect(
        table["count"],
        launch,
        model=model,
        exposure=table["population"],
        trend=False,
        slope=False,
        harmonics=0,
    )
    ratio = effect.components["ratio 6 months after launch"]
    assert (ratio.value, ratio.lower, ratio.upper) == pytest.approx(published, abs=0.005)
    assert ratio.value == pytest.approx(reproduced[1], abs=2e-4)  # a sample of 8,000 has its median this near
    assert effect.fit.maximum.coefficients[-1] == pytest.approx(reproduced[0], abs=0.00005)
    assert effect.fit.parameters["delta"] == pytest.approx(delta, abs=0.00005)
    assert effect.fit.parameters["log_likelihood"] == pytest.approx(log_likelihood, abs=0.0005)
