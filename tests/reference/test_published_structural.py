"""The UK seat-belt law by a structural time series; other people's series, and the tests skip where it is absent.

Published (Harvey and Durbin 1986, abstract): −23 % car drivers, −30 % front, +3 % rear passengers, with a slightly
different model. The figures here are those of statsmodels for the stated one: local level, fixed season, log petrol
price, log kilometres and the law, with its default errors (outer product of gradients). Its optimiser stopped 0.001
points short of the maximum; the tolerance is half a unit of the second decimal.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import Structural, estimate_effect


@pytest.fixture
def seatbelts(shared_series: Path) -> pd.DataFrame:
    table = pd.read_csv(shared_series / "uk_seatbelts.csv")
    return table.set_index(pd.PeriodIndex(table["period"], freq="M"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("drivers_ksi", (-21.0097, -27.4448, -14.0038)),
        ("front_ksi", (-28.6600, -34.8343, -21.9007)),
        ("rear_ksi", (0.2445, -9.5635, 11.1162)),
    ],
)
def test_seat_belt_law(seatbelts: pd.DataFrame, column: str, expected: tuple[float, ...]) -> None:
    covariates = pd.DataFrame({"log petrol": np.log(seatbelts["PetrolPrice"]), "log km": np.log(seatbelts["kms"])})
    effect = estimate_effect(
        seatbelts[column],
        "1983-02",
        model=Structural(level="local level", season="fixed", estimation="maximum", added=0),
        covariates=covariates,
        trend=False,
        slope=False,
        second_opinion=False,
    )
    change = effect.level_change
    percent = tuple(100 * (end - 1) for end in (change.value, change.lower, change.upper))
    assert percent == pytest.approx(expected, abs=0.005)
    assert effect.fit.terms == ("level", "log petrol", "log km")
