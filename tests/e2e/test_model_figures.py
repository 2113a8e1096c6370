"""An attacker with the same program asks which small count agrees with every published model figure.

To first order: derivatives of each figure by each count, every other count anywhere in what is printed for it, every
figure anywhere in what is printed of it, and a linear programme for the least and the greatest value of the count that
is left out. The figures of an estimate leave its whole range open; those of its path by period would not, which is why
a path is made from published counts where some are left out (``report/disclosure/redrawn.py``).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

import evalkit as ek
from evalkit.report import ChannelResult
from evalkit.report.disclosure import named_profile, rounding
from evalkit.report.disclosure.earlier import told_by_value
from evalkit.report.disclosure.gate import control_channel

pytestmark = pytest.mark.slow  # a hundred fits for their derivatives

PERIODS = pd.period_range("2016-01", periods=60, freq="M")
LAUNCH, PLACE, SMALL, BASE = 40, 30, 4, 5
DEFAULT = named_profile("default")


def counts_of(zeros: int) -> NDArray[np.int64]:
    """Sixty months about 14, more from the launch on; one small count; some months in which nobody called."""
    generator = np.random.default_rng(5)
    counts = np.maximum(generator.poisson(14, 60), 8)
    counts[LAUNCH:] = np.maximum(generator.poisson(18.2, 20), 8)
    others = [place for place in range(60) if place != PLACE]
    counts[np.random.default_rng(2).permutation(others)[:zeros]] = 0
    counts[PLACE] = SMALL
    return counts


def figures(counts: NDArray[np.int64]) -> dict[str, tuple[float, bool]]:
    """Every estimate, and the path by period but for the month left out; whether each is a number of contacts."""
    effect = ek.estimate_effect(pd.Series(counts.astype(float), PERIODS), "2019-05")
    assert effect.second_opinion is not None
    found: dict[str, tuple[float, bool]] = {}
    for name, one in {**effect.estimates, "second": effect.second_opinion.rate_ratio}.items():
        assert isinstance(one, ek.Estimate)
        for end in ("value", "lower", "upper"):
            found[f"{name}.{end}"] = (getattr(one, end), rounding.is_number(one.unit))
    for column in effect.path.columns.drop("observed"):
        for place, value in enumerate(effect.path[column]):
            if place != PLACE and math.isfinite(value):
                found[f"path.{column}.{place}"] = (float(value), True)
    return found


@cache
def derivatives(zeros: int) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Names, values, printed steps and derivatives of the figures by each count that is not known exactly."""
    counts = counts_of(zeros)
    here = figures(counts)
    values = np.array([value for value, _ in here.values()])
    steps = np.array(
        [BASE if whole else 10.0 ** (math.floor(math.log10(abs(value))) - 2) for value, whole in here.values()]
    )
    slopes = np.zeros((len(here), 60))
    for place in np.flatnonzero(counts):
        step = np.eye(60, dtype=np.int64)[place]
        above, below = figures(counts + step), figures(counts - step)
        slopes[:, place] = [(above[name][0] - below[name][0]) / 2 for name in here]
    return list(here), values, steps, slopes


def range_left(zeros: int, *, paths: bool) -> tuple[float, float]:
    """Least and greatest value of the small count that agree with the figures."""
    counts = counts_of(zeros)
    names, values, steps, slopes = derivatives(zeros)
    chosen = np.array([paths or not name.startswith("path") for name in names])
    up, down = np.ceil(values / steps) * steps, np.floor(values / steps) * steps
    near = np.round(values / steps) * steps
    told_of = [_ends(*one) for one in zip(names, steps == BASE, near, up, down, steps, strict=True)]
    low, high = np.array(told_of).T
    told = [told_by_value(DEFAULT, DEFAULT.published(int(count)) or 0) for count in counts]
    told[PLACE] = (1, 7)
    bounds = [(least - count, most - count) for (least, most), count in zip(told, counts, strict=True)]
    wanted = np.eye(60)[PLACE]
    matrix = np.vstack([slopes[chosen], -slopes[chosen]])
    room = np.concatenate([(high - values)[chosen], (values - low)[chosen]]) + 1e-9
    ends = [linprog(sign * wanted, A_ub=matrix, b_ub=room, bounds=bounds) for sign in (1, -1)]
    assert all(end.status == 0 for end in ends)
    return SMALL + ends[0].fun, SMALL - ends[1].fun


def _ends(name: str, number: bool, near: float, up: float, down: float, step: float) -> tuple[float, float]:
    """Between which values a figure is printed alike: ends of intervals of contacts are rounded outward."""
    if number and name.split(".")[-2 if name.startswith("path") else -1].endswith("lower"):
        return down, down + step
    if number and name.split(".")[-2 if name.startswith("path") else -1].endswith("upper"):
        return up - step, up
    return near - step / 2, near + step / 2


@pytest.mark.parametrize(("zeros", "width"), [(0, 6.0), (20, 5.0)])
def test_estimates_leave_the_range_of_a_small_count_open(zeros: int, width: float) -> None:
    """All of it, from 1 to 7; where a third of the months are known exactly at least five of its seven values."""
    low, high = range_left(zeros, paths=False)
    assert low <= 2
    assert high == pytest.approx(7, abs=1e-6)
    assert high - low >= width - 1e-6


def test_the_path_by_period_of_exact_counts_would_not() -> None:
    """So this attack is one that can succeed: a third of the months known as 0, a few hundred figures with edges."""
    low, high = range_left(20, paths=True)
    assert high - low < 2
    assert low <= SMALL <= high


def test_a_path_fitted_to_published_counts_is_the_same_for_each_value_of_the_small_count() -> None:
    paths = []
    for value in (1, SMALL, 7):
        counts = counts_of(20)
        counts[PLACE] = value
        series = pd.Series(counts.astype(float), PERIODS)
        effect = ek.estimate_effect(series, "2019-05", region="North Vale", channel="helpline")
        plan = ek.plan_disclosure({("North Vale", "helpline"): series})
        paths.append(control_channel(ChannelResult(channel="helpline", effect=effect), plan, region="North Vale").path)
    for other in paths[1:]:
        pd.testing.assert_frame_equal(paths[0].iloc[:-1], other.iloc[:-1])
