"""Effects by time since launch: bins, reference, regions that do not reach, leads as placebo evidence."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.errors import DesignError
from evalkit.model.latent import fit_latent

LAUNCHES = {"A": "2018-01", "B": "2018-05", "C": "2018-09", "D": "2019-01"}


def regions(ratio_of_month, *, seed: int = 3, others: int = 0) -> pd.DataFrame:
    """Six years of counts; ``ratio_of_month(since)`` is the factor ``since`` months after launch (negative before)."""
    rng = np.random.default_rng(seed)
    periods = pd.period_range("2014-01", periods=72, freq="M")
    columns = {}
    for name in (*LAUNCHES, *(f"N{i}" for i in range(others))):
        expected = 80 * np.exp(0.05 * np.arange(72) / 12 + rng.normal(0, 0.08, 72))
        if name in LAUNCHES:
            start = periods.get_loc(pd.Period(LAUNCHES[name], "M"))
            expected = expected * np.array([ratio_of_month(t - start) for t in range(72)])
        columns[name] = rng.poisson(expected)
    return pd.DataFrame(columns, index=periods)


def rising(since: int) -> float:
    return 1.0 if since < 0 else (1.3 if since < 6 else 2.0)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return regions(rising)


@pytest.fixture(scope="module")
def study(table: pd.DataFrame) -> ek.EventStudy:
    return ek.event_study(table, LAUNCHES, lags=12, harmonics=0)


def test_it_follows_the_effect_as_it_builds_up(study: ek.EventStudy) -> None:
    frame = study.table.set_index("first")
    assert list(frame.index) == [-12, -9, -6, -3, 0, 3, 6, 9]
    assert list(frame["last"]) == [-10, -7, -4, -1, 2, 5, 8, 11]
    for first, truth in ((-12, 1), (-3, 1), (0, 1.3), (3, 1.3), (6, 2), (9, 2)):
        assert frame.loc[first, "lower"] < truth < frame.loc[first, "upper"]
    assert frame.loc[9, "lower"] > frame.loc[0, "value"]
    assert (frame["new_lower"] < frame["lower"]).all()
    assert (frame["regions"] == 4).all()


def test_leads_are_placebo_evidence(study: ek.EventStudy) -> None:
    assert study.leads_outside[1] == 4
    assert study.before.lower < 1 < study.before.upper
    early = ek.event_study(regions(lambda since: 1.8 if since >= -6 else 1.0), LAUNCHES, lags=12, harmonics=0)
    assert early.before.lower > 1  # what begins half a year before launch shows before launch
    assert early.leads_outside[0] >= 2


def test_a_bin_is_the_coefficient_of_its_indicator(table: pd.DataFrame, study: ek.EventStudy) -> None:
    """Built by hand from the arrays: intercept, trend, and one indicator a bin."""
    t = np.arange(48 + 12)  # until twelve months after A's launch
    since = t - 48
    bins = [((since >= first) & (since < first + 3)).astype(float) for first in range(-12, 12, 3)]
    matrix = np.column_stack([np.ones(len(t)), since / 12, *bins])
    posterior = fit_latent(table["A"].to_numpy(float)[: len(t)], matrix)
    row = study.by_region.query("region == 'A' and first == 6").iloc[0]
    found = np.exp(posterior.coefficient(2 + 6).quantile([0.5, 0.025, 0.975]))
    assert (row["value"], row["lower"], row["upper"]) == pytest.approx(tuple(found), rel=1e-6)


def test_scale_and_order_of_regions_do_not_matter(table: pd.DataFrame, study: ek.EventStudy) -> None:
    again = ek.event_study(table[["C", "A", "D", "B"]], LAUNCHES, lags=12, harmonics=0)
    columns = ["value", "lower", "upper"]
    assert again.table[columns].to_numpy() == pytest.approx(study.table[columns].to_numpy(), rel=1e-6)


def test_a_region_that_does_not_reach_counts_where_it_does(table: pd.DataFrame) -> None:
    short = table.copy()
    short.loc["2019-04":, "D"] = np.nan  # three months after D's launch
    short.loc["2018-12":, "C"] = np.nan  # three months after C's launch
    found = ek.event_study(short, LAUNCHES, lags=6, harmonics=0)
    assert list(found.table["regions"]) == [4, 4, 4, 4, 4, 2]
    assert any("not every region reaches every bin" in warning for warning in found.warnings)


def test_a_bin_with_one_region_has_a_reason(table: pd.DataFrame) -> None:
    two = table[["A", "D"]].copy()
    two.loc["2019-04":, "D"] = np.nan
    found = ek.event_study(two, {"A": "2018-01", "D": "2019-01"}, lags=6, harmonics=0)
    assert found.table["reason"].iloc[-1] == "1 of the regions reach it; an average needs at least 2"
    assert np.isnan(found.table["value"].iloc[-1])
    assert found.estimable
    assert "reason" in json.loads(json.dumps(found.to_dict(), allow_nan=False))["bins"][-1]


def test_a_year_of_reference_is_needed(table: pd.DataFrame) -> None:
    found = ek.event_study(table.loc["2016-06":], LAUNCHES, harmonics=0)
    assert [left.region for left in found.left_out] == ["A", "B"]
    assert "7 months counted before the first bin; the reference needs at least 12" in found.left_out[0].reason


def test_beside_regions_without_a_campaign_a_common_change_is_no_effect() -> None:
    table = regions(lambda since: 1.0, others=4)
    table.loc["2018-03":] = (table.loc["2018-03":] * 1.6).round()
    launches = {"A": "2018-02", "B": "2018-03", "C": "2018-03", "D": "2018-04"}
    alone = ek.event_study(table, launches, lags=12, harmonics=0)
    beside = ek.event_study(table, launches, lags=12, harmonics=0, comparisons="not-yet-launched")
    after = alone.table.query("first >= 3")
    assert (after["lower"] > 1).all()
    after = beside.table.query("first >= 0")
    assert ((after["lower"] < 1) & (after["upper"] > 1)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"leads": 10}, "leads is 10, which bins of 3 do not divide"),
        ({"lags": 0}, "lags is 0"),
        ({"bin": 0}, "bin is 0"),
        ({"slope": True}, "bins in the place of 'slope'"),
        ({"harmonic": 1}, "Did you mean 'harmonics'"),
    ],
)
def test_options_that_make_no_sense_are_refused(table: pd.DataFrame, options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ek.event_study(table, LAUNCHES, **options)  # type: ignore[arg-type]


def test_it_prints(study: ek.EventStudy) -> None:
    assert "ratio by months since launch" in study.summary()
    assert "<table" in study._repr_html_()
    assert list(study.to_frame().columns) == list(study.table.columns)
