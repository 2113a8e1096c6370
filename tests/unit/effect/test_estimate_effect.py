"""The main call: what it gives back, what it refuses, and what must not matter."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from evalkit import Segmented, Structural, estimate_effect, estimate_effects, vocab
from evalkit.effect import Estimate, NotEstimable
from evalkit.errors import ContactsError, DesignError, ModelError, UsageError


def _series(seed: int = 1, n: int = 72, launch: int = 48, ratio: float = 1.5, mean: float = 60) -> pd.Series:
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    rate = mean * np.exp(0.1 * t / 12 + 0.2 * np.sin(2 * np.pi * t / 12)) * np.where(t >= launch, ratio, 1.0)
    return pd.Series(rng.poisson(rate).astype(float), pd.period_range("2014-01", periods=n, freq="M"), name="contacts")


@pytest.fixture(scope="module")
def effect():
    return estimate_effect(_series(), "2018-01", model="segmented", region="Kestrelshire", channel="helpline")


def test_every_estimand_has_value_interval_unit_and_window(effect) -> None:
    for name in vocab.ESTIMANDS:
        estimate = getattr(effect, name)
        assert isinstance(estimate, Estimate)
        assert estimate.lower < estimate.value < estimate.upper
        assert (str(estimate.window.start), str(estimate.window.end)) == ("2018-01", "2019-12")
    assert effect.cumulative_effect.unit == "contacts"
    assert effect.rate_ratio.lower < 1.5 < effect.rate_ratio.upper


@pytest.mark.parametrize("model", ["controlled", "synthetic"])
def test_many_series_each_by_itself_have_no_comparison_regions(model) -> None:
    with pytest.raises(ModelError, match="estimate_effect with controls="):
        estimate_effects(pd.DataFrame({"A": _series(1), "B": _series(2)}), "2018-01", model=model)


@pytest.mark.parametrize("model", ["forecast", Structural(form="counterfactual")])
def test_a_projection_needs_one_period_and_no_slope(model) -> None:
    """It has no campaign term, so a slope that is asked for by default asks nothing more of the data."""
    last = estimate_effect(_series(), "2019-12", model=model, second_opinion=False)
    assert isinstance(last.rate_ratio, Estimate)
    assert last.rate_ratio.window.periods == 1


def test_point_estimate_is_the_plug_in_ratio(effect) -> None:
    """The median of the draws stands near the ratio of fitted totals."""
    fit, design = effect.fit, effect.design
    with_campaign = np.exp(design.with_campaign @ fit.coefficients)[design.window].sum()
    without = np.exp(design.without_campaign @ fit.coefficients)[design.window].sum()
    assert effect.rate_ratio.value == pytest.approx(with_campaign / without, rel=0.01)
    assert effect.cumulative_effect.value == pytest.approx(with_campaign - without, rel=0.03)


def test_path_adds_up_and_widens(effect) -> None:
    path = effect.path
    assert tuple(path.columns) == vocab.PATH_COLUMNS
    assert path["effect"].isna().sum() == 48
    last = path.iloc[-1]
    assert last["cumulative_effect"] == pytest.approx(effect.cumulative_effect.value)
    assert last["cumulative_effect_lower"] == pytest.approx(effect.cumulative_effect.lower)
    inside = path["counterfactual_lower"].lt(path["counterfactual"]) & path["counterfactual"].lt(
        path["counterfactual_upper"]
    )
    assert inside.all()


def test_sum_of_quantiles_is_not_the_quantile_of_the_sum(effect) -> None:
    assert effect.path["effect_upper"].sum() > effect.cumulative_effect.upper


def test_probability_of_at_least(effect) -> None:
    assert effect.prob_at_least(0) == 1
    assert effect.prob_at_least(effect.rate_ratio.value) == pytest.approx(0.5, abs=0.001)
    assert effect.prob_at_least(effect.rate_ratio.lower) == pytest.approx(0.975, abs=0.001)
    with pytest.raises(ModelError, match="Allowed: a number of 0 or more"):
        effect.prob_at_least(-1)


def test_quantiles_and_density(effect) -> None:
    assert effect.quantile("rate_ratio", 0.025) == pytest.approx(effect.rate_ratio.lower)
    assert effect.quantile("level_change", 0.975) == pytest.approx(effect.level_change.upper)
    for name in vocab.ESTIMANDS:
        curve = effect.density(name)
        area = np.trapezoid(curve["density"], curve["value"])
        assert area == pytest.approx(0.998, abs=0.02)
    with pytest.raises(ModelError, match="Did you mean 'rate_ratio'"):
        effect.quantile("rate ratio", 0.5)


def test_wider_level_gives_a_wider_interval() -> None:
    narrow = estimate_effect(_series(), "2018-01", model="segmented", level=0.8)
    wide = estimate_effect(_series(), "2018-01", model="segmented", level=0.99)
    assert wide.rate_ratio.lower < narrow.rate_ratio.lower < narrow.rate_ratio.upper < wide.rate_ratio.upper


def test_to_dict_is_the_contract_and_is_json(effect) -> None:
    contract = {"region", "channel", "launch", "model", "n_pre", "n_post", "level", *vocab.ESTIMANDS}
    contract |= {"prob_at_least", "warnings"}
    made = json.loads(json.dumps(effect.to_dict((3.0,))))
    assert contract <= made.keys()
    assert made["rate_ratio"].keys() == {"value", "lower", "upper", "unit"}
    assert made["prob_at_least"].keys() == {"3"}
    assert (made["n_pre"], made["n_post"], made["region"]) == (48, 24, "Kestrelshire")


def test_what_cannot_be_estimated_says_why_everywhere() -> None:
    short = estimate_effect(_series(n=72, launch=5), "2014-06", model="segmented")
    reason = "5 months before launch with contacts counted; needs at least 12"
    for name in vocab.ESTIMANDS:
        assert getattr(short, name) == NotEstimable(reason, "Add earlier data, or evaluate a later launch")
    assert short.prob_at_least(2).reason == reason
    assert short.to_dict()["rate_ratio"]["not_estimable"] == reason
    assert reason in short.summary()
    assert reason in short._repr_html_()
    assert short.to_frame().loc["rate_ratio", "reason"] == reason
    assert short.path["observed"].notna().all()


def test_no_slope_change_is_a_reason_not_a_gap() -> None:
    effect = estimate_effect(_series(), "2018-01", model="segmented", slope=False)
    assert isinstance(effect.slope_change, NotEstimable)
    assert "no slope term" in effect.slope_change.reason


@pytest.mark.parametrize(
    "given",
    [
        lambda s: s.set_axis(s.index.to_timestamp()),
        lambda s: s.set_axis(s.index.astype(str)),
        lambda s: s.astype("Int64"),
        lambda s: s.sample(frac=1, random_state=0),
        lambda s: s.rename(None),
    ],
    ids=["timestamps", "text", "nullable integers", "shuffled", "unnamed"],
)
def test_any_series_of_counts_will_do(given) -> None:
    series = _series()
    expected = estimate_effect(series, "2018-01", model="segmented").rate_ratio
    assert estimate_effect(given(series), "2018-01", model="segmented").rate_ratio == expected


def test_rescaled_exposure_changes_nothing() -> None:
    series = _series()
    exposure = pd.Series(np.linspace(9e5, 1e6, len(series)), series.index)
    one = estimate_effect(series, "2018-01", model="segmented", exposure=exposure)
    other = estimate_effect(series, "2018-01", model="segmented", exposure=exposure * 1000)
    assert other.rate_ratio.value == pytest.approx(one.rate_ratio.value, rel=1e-6)
    assert other.level_change.upper == pytest.approx(one.level_change.upper, rel=1e-6)


def test_calendar_shift_by_whole_years_changes_nothing() -> None:
    series = _series()
    later = series.set_axis(series.index + 36)
    assert estimate_effect(later, "2021-01", model="segmented").rate_ratio.value == pytest.approx(
        estimate_effect(series, "2018-01", model="segmented").rate_ratio.value, rel=1e-9
    )


def test_many_series_wide_and_tidy_give_what_one_by_one_gives() -> None:
    wide = pd.DataFrame({name: _series(seed) for seed, name in enumerate(["Ashmere", "Brackenholt"])})
    many = estimate_effects(wide, {"Ashmere": "2018-01", "Brackenholt": "2017-06"}, model="segmented")
    alone = estimate_effect(wide["Brackenholt"], "2017-06", model="segmented")
    assert many["Brackenholt"].rate_ratio == alone.rate_ratio
    tidy = wide.rename_axis("period").melt(ignore_index=False, var_name="region", value_name="contacts").reset_index()
    from_tidy = estimate_effects(tidy.assign(channel="helpline"), "2018-01", model="segmented")
    assert set(from_tidy) == {("Ashmere", "helpline"), ("Brackenholt", "helpline")}
    assert from_tidy["Ashmere", "helpline"].rate_ratio == many["Ashmere"].rate_ratio
    frame = from_tidy.to_frame()
    assert len(frame) == 8
    assert list(frame.columns[:5]) == ["region", "channel", "launch", "model", "estimand"]


def test_series_without_a_launch_are_left_out() -> None:
    wide = pd.DataFrame({"A": _series(0), "B": _series(1)})
    assert list(estimate_effects(wide, {"A": "2018-01"}, model="segmented")) == ["A"]
    with pytest.raises(DesignError, match=r"a series that is not there. Unknown series 'C'"):
        estimate_effects(wide, {"A": "2018-01", "C": "2018-01"}, model="segmented")
    with pytest.raises(DesignError, match="No series has a launch"):
        estimate_effects(wide, {}, model="segmented")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "segmentd"}, ModelError, r"Unknown model 'segmentd'. Did you mean 'segmented'"),
        ({"level": 1.0}, ModelError, r"level is 1.0"),
        ({"level": 0.2}, ModelError, r"level is 0.2"),
        ({"launch": "2031-01"}, DesignError, r"launch 2031-01 lies outside the data"),
        ({"launch": "last May"}, UsageError, r"last May"),
        ({"events": {"film": ("2016-05", "2016-02")}}, DesignError, r"'film' ends in 2016-02, before it starts"),
    ],
)
def test_wrong_arguments_are_one_clear_error(change: dict, error: type, message: str) -> None:
    arguments = {"launch": "2018-01", "model": "segmented"} | change
    with pytest.raises(error, match=message):
        estimate_effect(_series(), **arguments)


def test_wrong_counts_are_reported_together() -> None:
    series = _series()
    series.iloc[3], series.iloc[5] = -2, 7.5
    with pytest.raises(ContactsError) as caught:
        estimate_effect(series, "2018-01", model="segmented")
    assert len(caught.value.problems) == 2


def test_model_options_object_is_taken_as_it_is() -> None:
    effect = estimate_effect(_series(), "2018-01", model=Segmented(family="poisson", covariance="hac"))
    assert effect.model_label == "Poisson regression, Newey–West covariance"
    with pytest.raises(ModelError, match="The model is a int"):
        estimate_effect(_series(), "2018-01", model=3)


def test_the_mark_of_simulated_counts_travels_from_the_series_to_every_text() -> None:
    series = _series()
    series.attrs["simulated"] = True
    marked = estimate_effect(series, "2018-01", model="segmented")
    plain = estimate_effect(_series(), "2018-01", model="segmented")
    assert marked.summary().startswith("Simulated data\n")
    assert "Simulated data" in marked._repr_html_()
    assert marked.to_dict()["simulated"] is True
    assert "imulated" not in plain.summary() + plain._repr_html_()


def test_the_mark_travels_from_a_file() -> None:
    import evalkit as ek

    contacts = ek.read_contacts(ek.resources.path("data/demo/contacts.csv"))
    assert estimate_effect(contacts.series("Wathermere", "website"), "2018-09", model="segmented").simulated
    many = ek.estimate_effects(contacts, {"Wathermere": "2018-09"}, model="segmented")
    assert {effect.simulated for effect in many.values()} == {True}
