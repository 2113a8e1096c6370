"""Many regions together: both ways, bad input, regions left out, comparisons."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.effect import RegionEstimate, pool_estimates
from evalkit.errors import DesignError, ModelError

LAUNCHES = {"A": "2018-01", "B": "2018-05", "C": "2018-09", "D": "2019-01"}


def regions(
    ratios: dict[str, float] | None = None, *, others: int = 0, shock: float = 1.0, seed: int = 11, mean: float = 60
) -> pd.DataFrame:
    """Five years of counts: regions with a launch, ``others`` without; from 2018-03 on all times ``shock``."""
    rng = np.random.default_rng(seed)
    periods = pd.period_range("2015-01", periods=60, freq="M")
    t = np.arange(60)
    wanted = dict.fromkeys(LAUNCHES, 1.5) | (ratios or {}) | {f"N{i}": 1.0 for i in range(others)}
    columns = {}
    for name, ratio in wanted.items():
        launched = periods >= pd.Period(LAUNCHES[name], "M") if name in LAUNCHES else np.zeros(60, bool)
        expected = mean * np.exp(0.1 * t / 12 + 0.2 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 0.1, 60))
        expected = (
            expected * np.where(launched, ratio, 1.0) * np.where(periods >= pd.Period("2018-03", "M"), shock, 1.0)
        )
        columns[name] = rng.poisson(expected)
    return pd.DataFrame(columns, index=periods)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return regions()


@pytest.fixture(scope="module")
def pooled(table: pd.DataFrame) -> ek.Pooled:
    return ek.estimate_pooled(table, LAUNCHES)


@pytest.fixture(scope="module")
def effects(table: pd.DataFrame) -> ek.Effects:
    return ek.estimate_effects(table, LAUNCHES, slope=False)


def test_both_ways_find_the_common_effect(pooled: ek.Pooled, effects: ek.Effects) -> None:
    for found in (pooled, ek.pool_effects(effects)):
        assert found.effect.lower < 1.5 < found.effect.upper
        assert found.new_region.lower < found.effect.lower < found.effect.upper < found.new_region.upper
        assert list(found.regions.index) == list(LAUNCHES)
        assert found.regions["weight"].sum() == pytest.approx(1)
        assert found.left_out == ()
        assert found.prob_at_least(1.0) > 0.95
        assert found.prob_at_least(1.0, new_region=True) < found.prob_at_least(1.0)


def test_the_interval_is_the_one_behind_the_probabilities(pooled: ek.Pooled, effects: ek.Effects) -> None:
    for found in (pooled, ek.pool_effects(effects), ek.pool_effects(effects, level=0.8)):
        tail = (1 - found.level) / 2
        assert found.prob_at_least(found.effect.lower) == pytest.approx(1 - tail, abs=1e-6)
        assert found.prob_at_least(found.effect.upper) == pytest.approx(tail, abs=1e-6)
        assert found.prob_at_least(found.new_region.upper, new_region=True) == pytest.approx(tail, abs=1e-6)


def test_regions_are_drawn_towards_the_common_effect(pooled: ek.Pooled) -> None:
    frame, centre = pooled.regions, pooled.effect.value
    own, drawn = np.log(frame["value"] / centre), np.log(frame["pooled_value"] / centre)
    assert (drawn.abs() <= own.abs() + 0.02).all()
    assert ((frame["pooled_upper"] - frame["pooled_lower"]) < (frame["upper"] - frame["lower"])).all()


def test_the_window_is_counted_from_each_launch(table: pd.DataFrame, pooled: ek.Pooled) -> None:
    assert (pooled.regions["periods"] == 12).all()
    later = table.copy()
    later.loc["2019-01":, "A"] = 9999  # after the twelfth month of A: must not matter
    again = ek.estimate_pooled(later, LAUNCHES)
    assert again.effect == pooled.effect
    everything = ek.estimate_pooled(table, LAUNCHES, window=None)
    assert sorted(everything.regions["periods"]) == [12, 16, 20, 24]
    assert any("between 12 and 24 periods" in warning for warning in everything.warnings)


def test_the_order_of_regions_and_rows_does_not_matter(table: pd.DataFrame, pooled: ek.Pooled) -> None:
    again = ek.estimate_pooled(table[["D", "B", "A", "C"]].iloc[::-1], LAUNCHES)
    assert (again.effect.value, again.effect.lower) == pytest.approx(
        (pooled.effect.value, pooled.effect.lower), rel=1e-9
    )


def test_a_slope_gives_the_ratio_of_the_window_and_the_level_at_launch(table: pd.DataFrame) -> None:
    window = ek.estimate_pooled(table, LAUNCHES, slope=True)
    own = ek.estimate_effects(table[["A"]], {"A": "2018-01"}, slope=True, end="2018-12")["A"]
    row = window.regions.loc["A"]
    # 8,000 draws: the ends of the interval carry a Monte-Carlo error of about 0.03 standard deviations
    for name in ("value", "lower", "upper"):
        assert row[name] == pytest.approx(getattr(own.rate_ratio, name), rel=0.01)
    level = ek.estimate_pooled(table, LAUNCHES, slope=True, estimand="level_change")
    assert level.regions.loc["A", "value"] == pytest.approx(own.level_change.value, rel=1e-9)


def test_a_common_change_is_not_an_effect_beside_regions_without_a_campaign() -> None:
    shocked = regions(dict.fromkeys(LAUNCHES, 1.0), others=4, shock=1.6)
    launches = {"A": "2018-02", "B": "2018-03", "C": "2018-03", "D": "2018-04"}  # the change comes in 2018-03
    alone = ek.estimate_pooled(shocked, launches)
    beside = ek.estimate_pooled(shocked, launches, comparisons="not-yet-launched")
    assert alone.effect.lower > 1  # each against its own past: the change is taken for an effect
    assert beside.effect.lower < 1 < beside.effect.upper
    assert any("common error" in warning for warning in beside.warnings)


def test_only_regions_without_a_campaign_by_then_are_compared_with() -> None:
    table = regions(others=1)
    frozen = ek.estimate_pooled(table, LAUNCHES, comparisons="not-yet-launched")
    changed = table.copy()
    changed.loc["2018-01":"2018-12", "A"] *= 3  # within A's own window; A serves no other region
    again = ek.estimate_pooled(changed, LAUNCHES, comparisons="not-yet-launched")
    for name in ("B", "C", "D"):
        assert again.regions.loc[name, "value"] == pytest.approx(frozen.regions.loc[name, "value"], rel=1e-12)
    assert again.regions.loc["A", "value"] > 2 * frozen.regions.loc["A", "value"]


def test_the_last_region_to_launch_has_nothing_to_stand_beside(table: pd.DataFrame) -> None:
    found = ek.estimate_pooled(table, LAUNCHES, comparisons="not-yet-launched")
    reasons = {left.region: left.reason for left in found.left_out}
    assert "without a campaign until 2019-12" in reasons["D"]
    assert "D" not in found.regions.index


def test_a_launch_outside_the_data_is_listed(table: pd.DataFrame) -> None:
    found = ek.estimate_pooled(table, {**LAUNCHES, "A": "2024-01", "B": "2015-01"})
    reasons = {left.region: left.reason for left in found.left_out}
    assert "lies after its data, which end in 2019-12" in reasons["A"]
    assert "nothing is known of before" in reasons["B"]
    assert list(found.regions.index) == ["C", "D"]
    assert "2 regions say little" in found.warnings[0]


def test_one_region_says_that_it_is_one(table: pd.DataFrame, effects: ek.Effects) -> None:
    for found in (ek.estimate_pooled(table, {"A": "2018-01"}), ek.pool_effects([effects["A"]])):
        assert not found.estimable
        assert "1 of 1 region could be estimated" in found.effect.reason
        assert found.prob_at_least(2.0) == found.effect
        assert list(found.regions.index) == ["A"]


def test_what_cannot_be_estimated_is_listed_with_its_reason(table: pd.DataFrame) -> None:
    short = table.copy()
    short.loc[:"2017-12", "B"] = np.nan
    effects = ek.estimate_effects(short, LAUNCHES, slope=False)
    for found in (ek.pool_effects(effects), ek.estimate_pooled(short, LAUNCHES)):
        assert [left.region for left in found.left_out] == ["B"]
        assert "before launch" in found.left_out[0].reason
        assert "B" in found.to_frame().index
        assert len(found.regions) == 3


@pytest.mark.parametrize(
    ("launches", "message"),
    [
        ({"Aa": "2018-01"}, "Did you mean 'A'"),
        ({}, "No region has a launch"),
        (
            pd.DataFrame({"region": ["A", "A"], "launch": ["2018-01", "2019-01"]}),
            "'A' has two launches, 2018-01 and 2019-01",
        ),
        (pd.DataFrame({"place": ["A"]}), "Allowed: a mapping of region to launch"),
    ],
)
def test_launches_that_make_no_sense_are_refused(table: pd.DataFrame, launches: object, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ek.estimate_pooled(table, launches)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "The window is 0"),
        ({"window": 12, "end": "2019-06"}, "Both an end and a window"),
        ({"comparisons": "not-yet-launchd"}, "Did you mean 'not-yet-launched'"),
        ({"channel": "helpline"}, "Leave channel= out"),
        ({"slop": True}, "Did you mean 'slope'"),
        ({"off": "2019-06"}, "off describes the campaign of one series"),
    ],
)
def test_options_that_make_no_sense_are_refused(table: pd.DataFrame, options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ek.estimate_pooled(table, LAUNCHES, **options)  # type: ignore[arg-type]


def test_one_series_under_two_names_is_refused(table: pd.DataFrame) -> None:
    twice = table.assign(B=table["A"])
    same = {"A": "2018-01", "B": "2018-01", "C": "2018-09"}
    with pytest.raises(DesignError, match="'A' and 'B' have the same count in every period"):
        ek.estimate_pooled(twice, same)
    with pytest.raises(DesignError, match="counted twice"):
        ek.pool_effects(ek.estimate_effects(twice, same))


def test_effects_that_do_not_belong_together_are_refused(table: pd.DataFrame, effects: ek.Effects) -> None:
    with pytest.raises(DesignError, match="'A' comes twice"):
        ek.pool_effects([effects["A"], effects["A"]])
    other = ek.estimate_effect(table["B"], "2018-05", region="B", channel="website")
    with pytest.raises(DesignError, match="2 channels"):
        ek.pool_effects([effects["A"], other])
    with pytest.raises(ModelError, match="Item 1 to pool is a str"):
        ek.pool_effects(["A"])  # type: ignore[list-item]
    with pytest.raises(ModelError, match="no effects to pool"):
        ek.pool_effects([])
    with pytest.raises(ModelError, match="estimand to pool 'cumulative_effect'"):
        ek.pool_effects(effects, estimand="cumulative_effect")
    with pytest.raises(ModelError, match="level is 1"):
        ek.pool_effects(effects, level=1)
    with pytest.raises(ModelError, match="ratio of 0"):
        ek.pool_effects(effects).prob_at_least(0)


def test_the_combination_warns_of_its_interval_for_a_new_region(effects: ek.Effects, pooled: ek.Pooled) -> None:
    assert any("new region is too narrow" in warning for warning in ek.pool_effects(effects).warnings)
    assert not any("new region is too narrow" in warning for warning in pooled.warnings)


def test_two_effects_combine_without_a_prediction(effects: ek.Effects) -> None:
    found = ek.pool_effects([effects["A"], effects["B"]])
    assert found.estimable
    assert "needs at least 3 regions" in found.new_region.reason


def test_tidy_contacts_need_a_channel(table: pd.DataFrame) -> None:
    tidy = table.rename_axis("period").reset_index().melt("period", var_name="region", value_name="contacts")
    tidy["period"] = tidy["period"].astype(str)
    both = pd.concat([tidy.assign(channel="helpline"), tidy.assign(channel="website", contacts=tidy["contacts"] + 1)])
    with pytest.raises(DesignError, match="2 channels"):
        ek.estimate_pooled(both, LAUNCHES)
    found = ek.estimate_pooled(both, LAUNCHES, channel="helpline")
    assert set(found.regions["channel"]) == {"helpline"}
    assert found.effect.value == pytest.approx(ek.estimate_pooled(table, LAUNCHES).effect.value, rel=1e-9)
    with pytest.raises(DesignError, match="Did you mean 'helpline'"):
        ek.estimate_pooled(both, LAUNCHES, channel="helplin")


def test_the_unit_of_the_exposure_does_not_matter() -> None:
    wide = regions(others=1).rename_axis("period").reset_index()
    tidy = wide.melt("period", var_name="region", value_name="contacts")
    tidy = tidy.assign(period=tidy["period"].astype(str), channel="helpline")
    people = tidy["region"].map({"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0, "N0": 5.0}) * 1e5
    effects = [
        ek.estimate_pooled(tidy.assign(exposure=people * unit), LAUNCHES, comparisons="not-yet-launched").effect
        for unit in (1.0, 1e-5)
    ]
    assert effects[1].value == pytest.approx(effects[0].value, rel=1e-6)
    assert effects[1].upper == pytest.approx(effects[0].upper, rel=1e-6)


def test_an_exposure_that_all_regions_share_is_in_their_total_already() -> None:
    """The length of a month, or a population that grows alike everywhere, must not be counted twice."""
    table = regions(others=2)
    tidy = table.rename_axis("period").reset_index().melt("period", var_name="region", value_name="contacts")
    tidy = tidy.assign(period=tidy["period"].astype(str), channel="helpline")
    days = np.asarray(pd.PeriodIndex(tidy["period"], freq="M").days_in_month)
    days = days * np.where(tidy["period"] >= "2018-06", 2.0, 1.0)
    columns = ["value", "lower", "upper"]
    plain, with_days, open_days = (
        ek.estimate_pooled(given, LAUNCHES, comparisons="not-yet-launched", **options).regions[columns].to_numpy()
        for given, options in (
            (table, {}),
            (tidy.assign(exposure=days), {}),
            (table, {"opening": "Monday to Friday"}),
        )
    )
    np.testing.assert_allclose(with_days, plain, rtol=1e-6)
    np.testing.assert_allclose(open_days, plain, rtol=1e-6)


def test_known_events_of_other_times_do_not_matter(table: pd.DataFrame, pooled: ek.Pooled) -> None:
    found = ek.estimate_pooled(table, LAUNCHES, events={"later": "2019-12"})
    kept = found.regions.drop(index="D")  # only D's window holds it
    assert kept["value"].to_numpy() == pytest.approx(pooled.regions.drop(index="D")["value"].to_numpy(), rel=1e-12)
    assert found.regions.loc["D", "value"] != pooled.regions.loc["D", "value"]


def test_it_prints_and_becomes_plain_values(pooled: ek.Pooled, effects: ek.Effects) -> None:
    for found in (pooled, ek.pool_effects(effects), ek.pool_effects([effects["A"]])):
        plain = json.loads(json.dumps(found.to_dict((1.0, 2.0)), allow_nan=False))
        assert plain["stage"] == found.stage
        assert "average effect" in found.summary()
        assert "<table" in found._repr_html_()
        assert list(found.to_frame().index[-3:]) == ["average", "new region", "fixed effect"]


def test_simulated_data_say_so(table: pd.DataFrame) -> None:
    marked = table.copy()
    marked.attrs["simulated"] = True
    assert ek.estimate_pooled(marked, LAUNCHES).summary().startswith("Simulated data")


def test_stored_estimates_are_combined_as_live_effects_are(effects: ek.Effects) -> None:
    live = ek.pool_effects(effects)
    stored = [
        RegionEstimate(region=effect.region, channel="", launch=effect.launch, result=effect.rate_ratio)
        for effect in effects.values()
    ]
    read = pool_estimates(stored)
    assert read.effect == live.effect
    assert read.new_region == live.new_region
    assert read.heterogeneity == live.heterogeneity
    pd.testing.assert_frame_equal(read.regions, live.regions)


def test_stored_estimates_follow_the_same_rules() -> None:
    why = ek.NotEstimable("too short")
    one = RegionEstimate(region="A", channel="helpline", launch=pd.Period("2019-01", "M"), result=why)
    assert pool_estimates([one]).left_out[0].reason == "too short"
    with pytest.raises(DesignError, match="comes twice"):
        pool_estimates([one, one])
    with pytest.raises(ModelError, match="no estimates"):
        pool_estimates([])
