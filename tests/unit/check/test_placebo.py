"""Placebo in time: every false launch, and how many may leave out 1 where nothing happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.check import placebo_in_time
from evalkit.check.placebo import _admissible, _count_under_nothing
from evalkit.errors import DesignError, UsageError
from evalkit.vocab import Outcome


def test_it_passes_where_nothing_happened(poisson, effect_of_series) -> None:
    found = placebo_in_time(effect_of_series(poisson(1)))
    assert found.outcome is Outcome.PASSED
    assert "no effect" not in found.statement


def test_it_fails_after_an_earlier_jump(poisson, effect_of_series) -> None:
    jump = poisson()
    jump.iloc[30:] *= 2
    found = placebo_in_time(effect_of_series(jump))
    assert found.outcome is Outcome.FAILED
    assert found.figures["found"] > found.figures["usual"]
    single = placebo_in_time(effect_of_series(jump), launch=pd.Period("2016-07", "M"))
    assert single.outcome is Outcome.FAILED
    assert "2016-07" in single.statement
    assert single.figures["lower"] > 1


def test_it_is_inconclusive_where_every_interval_is_wide(poisson, effect_of_series) -> None:
    found = placebo_in_time(effect_of_series(poisson(mean=2), model="latent", slope=True))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "too wide to tell, as most intervals hold both 0.67 and 1.50" in found.statement


def test_it_is_not_run_without_room_for_a_false_launch(poisson, effect_of_series) -> None:
    found = placebo_in_time(effect_of_series(poisson(), launch="2015-02"))
    assert found.outcome is Outcome.NOT_RUN
    assert found.meaning == "Add earlier data."


def test_it_never_sees_the_data_after_the_true_launch(poisson, effect_of_series) -> None:
    quiet = poisson()
    loud = quiet.copy()
    loud.iloc[48:] *= 30
    pd.testing.assert_frame_equal(
        placebo_in_time(effect_of_series(loud)).table, placebo_in_time(effect_of_series(quiet)).table
    )


def test_every_admissible_false_launch_is_there_with_a_window_no_longer_than_the_true_one(
    poisson, effect_of_series
) -> None:
    """A year before and two months after: of 48 months before launch, those from the 13th to the 47th."""
    table = placebo_in_time(effect_of_series(poisson())).table
    assert list(table["launch"]) == [str(p) for p in pd.period_range("2015-01", "2017-11", freq="M")]
    assert table["periods"].max() == 24
    assert list(table["periods"].iloc[-3:]) == [4, 3, 2]


def test_a_false_launch_may_be_written_as_text(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    assert placebo_in_time(effect, "2016-07") == placebo_in_time(effect, pd.Period("2016-07", "M"))
    with pytest.raises(UsageError, match="2016"):
        placebo_in_time(effect, "2016")
    with pytest.raises(DesignError, match="before the true launch"):
        placebo_in_time(effect, "2019-07")


@pytest.mark.slow
def test_what_is_usual_agrees_with_simulated_series(poisson, effect_of_series) -> None:
    """The number of intervals that leave out 1, in 120 series without any change, beside the simulated numbers.

    Means within four of their standard errors; the share above the "usual" number at most 12 % (5 % is nominal, and
    0.1 % of samples of 120 would exceed 12 %).
    """
    effect = effect_of_series(poisson())
    counts = _count_under_nothing(_admissible(effect.design), effect.fit, 0.95)
    found = np.array([placebo_in_time(effect_of_series(poisson(seed))).figures["found"] for seed in range(120)])
    usual = placebo_in_time(effect).figures["usual"]
    assert abs(found.mean() - counts.mean()) < 4 * counts.std() / np.sqrt(120)
    assert np.mean(found > usual) <= 0.12


def test_scaling_the_exposure_changes_nothing(poisson, effect_of_series) -> None:
    plain, scaled = (
        placebo_in_time(effect_of_series(poisson(), exposure=exposure)).table for exposure in (1.0, 50_000.0)
    )
    np.testing.assert_allclose(plain["value"], scaled["value"], rtol=1e-6)
