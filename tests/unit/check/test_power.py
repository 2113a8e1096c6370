"""Power: plans that are refused, figures that must come out, and what a table says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.check.planning import Scenario
from evalkit.check.planning.result import _crossing
from evalkit.check.planning.study import _counts, _template, log_rate_ratio
from evalkit.claim.decision import THRESHOLDS
from evalkit.errors import ReportError, UsageError
from evalkit.model import Latent
from evalkit.report import power

QUICK = {"replicates": 60, "slope": False, "harmonics": 1}


@pytest.fixture(scope="module")
def small() -> ek.Power:
    return ek.power(ek.PowerPlan(mean=(10, 200), ratios=(1.5, 3.0), **QUICK))


def test_a_plan_takes_one_value_or_several_and_always_tries_no_change() -> None:
    plan = ek.PowerPlan(before=24, after=[6, 12, 6], mean=np.array([5.0, 20.0]), ratios=2)
    assert (plan.before, plan.after, plan.mean) == ((24,), (6, 12), (5.0, 20.0))
    assert plan.ratios == (1.0, 2.0)
    assert len(plan.scenarios) == 4
    assert plan.fits == 4 * 2 * plan.replicates


def test_comparison_regions_count_as_fits() -> None:
    assert ek.PowerPlan(comparisons=(0, 3), ratios=2, replicates=50).fits == (1 + 4) * 2 * 50


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"before": 6}, "before is 6. Allowed: a whole number from 12 to 600"),
        ({"after": 2.5}, "after is 2.5. Allowed: a whole number"),
        ({"mean": 0}, "mean is 0. Allowed"),
        ({"dispersion": 0.5}, "dispersion is 0.5"),
        ({"autocorrelation": 1.0}, "autocorrelation is 1.0"),
        ({"mean": "20"}, "mean is '20'"),
        ({"mean": ()}, "mean is empty"),
        ({"claim": 1}, "claim is 1"),
        ({"replicates": 10}, "replicates is 10"),
        ({"mean": [float("nan")]}, "mean is nan"),
        ({"mean": True}, "mean is True"),
        ({"after": range(2, 500), "before": range(12, 500)}, "the most. Vary fewer things"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_what_is_allowed(changes, words) -> None:
    with pytest.raises(UsageError, match=words):
        ek.PowerPlan(**changes)


def test_the_thresholds_are_those_of_the_verdicts() -> None:
    plan = ek.PowerPlan()
    assert (plan.likely, plan.excluded) == (THRESHOLDS.likely, THRESHOLDS.excluded)


def test_simulated_counts_have_the_mean_the_dispersion_and_the_ratio_asked_for() -> None:
    plan = ek.PowerPlan(before=12, after=12, season=0.0, autocorrelation=0.0, dispersion=4.0, mean=50)
    (scenario,) = plan.scenarios
    counts = _counts(plan, scenario, 2.0, range(3000))[:, :, 0]
    before, after = counts[:, :12], counts[:, 12:]
    assert before.mean() == pytest.approx(50, rel=0.02)
    assert after.mean() / before.mean() == pytest.approx(2, rel=0.02)
    assert before.var() / before.mean() == pytest.approx(4, rel=0.08)


def test_a_common_shock_hits_every_region_and_the_campaign_only_the_first() -> None:
    plan = ek.PowerPlan(before=12, after=12, season=0.0, shock=1.0, dispersion=1.0, mean=1000, comparisons=1)
    (scenario,) = plan.scenarios
    counts = _counts(plan, scenario, 3.0, range(40))
    rise = np.log(counts[:, 12:].mean(axis=1) / counts[:, :12].mean(axis=1))
    assert np.allclose(rise[:, 0] - rise[:, 1], np.log(3), atol=0.05)
    assert rise[:, 1].std() > 0.5


def test_the_same_plan_gives_the_same_figures_and_scenarios_do_not_disturb_each_other(small) -> None:
    alone = ek.power(ek.PowerPlan(mean=200, ratios=(1.5, 3.0), **QUICK)).table
    both = small.table[small.table["mean"] == 200].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, both)


def test_more_contacts_and_larger_changes_are_detected_more_often(small) -> None:
    share = small.table.set_index(["mean", "ratio"])["detected"]
    assert share[200, 3.0] == 1
    assert share[200, 1.5] > share[10, 1.5] + 0.3
    assert share[10, 3.0] > share[10, 1.5]
    assert share[200, 1.0] < 0.15  # false alarms, 5 % nominal, 60 series


def test_a_claim_is_refuted_where_nothing_changed_and_not_where_it_is_true(small) -> None:
    table = small.table.set_index(["mean", "ratio"])
    assert table.loc[(200, 1.0), "refuted"] > 0.95
    assert table.loc[(200, 3.0), "refuted"] < 0.15
    assert table.loc[(200, 1.0), "confirmed"] == 0
    assert (table["confirmed_mcse"] > 0).all()


def test_a_fall_can_be_planned_for() -> None:
    found = ek.power(ek.PowerPlan(mean=200, ratios=(0.4,), claim=0.5, **QUICK)).table.set_index("ratio")
    assert found.loc[0.4, "detected"] > 0.9
    assert found.loc[0.4, "confirmed"] > found.loc[1.0, "confirmed"]
    assert found.loc[1.0, "refuted"] > 0.9


def test_comparison_regions_protect_against_a_common_shock() -> None:
    plan = ek.PowerPlan(
        before=24, after=12, mean=300, shock=0.5, comparisons=(0, 1), ratios=(2.0,), claim=None, **QUICK
    )
    false = ek.power(plan).table.query("ratio == 1").set_index("comparisons")["detected"]
    assert false[0] > 0.4
    assert false[1] < 0.15


def test_the_log_rate_ratio_is_that_of_the_effect() -> None:
    series = ek.simulate_series(np.random.default_rng(3), n=48, mean=30, level_ratio=2.0)
    for slope in (False, True):
        effect = ek.estimate_effect(series, "2017-01", slope=slope, second_opinion=False)
        lower, middle, upper = np.exp(log_rate_ratio(effect.fit).quantile([0.025, 0.5, 0.975]))
        assert middle == pytest.approx(effect.rate_ratio.value, rel=0.03)  # 1,000 draws beside 8,000
        assert lower == pytest.approx(effect.rate_ratio.lower, rel=0.1)
        assert upper == pytest.approx(effect.rate_ratio.upper, rel=0.1)


def test_the_design_is_the_one_an_evaluation_has() -> None:
    plan = ek.PowerPlan(before=24, after=6)
    design = _template(plan, plan.scenarios[0])
    assert (design.n_pre, design.n_post) == (24, 6)
    assert design.campaign_terms == ("level", "slope")
    assert Latent().fit(ek.build_design(pd.Series(range(20, 50), index=design.periods), design.launch)).terms == (
        design.columns
    )


@pytest.mark.parametrize(
    ("share", "ratio"),
    [([0.0, 0.6, 1.0], 1.63), ([0.9, 0.95, 1.0], 1.0), ([0.1, 0.2, 0.3], None), ([0.0, 0.9, 0.5], None)],
)
def test_the_smallest_detectable_ratio_is_where_the_monotone_curve_crosses(share, ratio) -> None:
    found = _crossing(np.array([1.0, 1.414214, 2.0]), np.array(share), 0.8)
    assert found == (None if ratio is None else pytest.approx(ratio, abs=0.06))


def test_a_ratio_that_is_not_reached_has_a_reason(small) -> None:
    table = small.smallest_detectable(0.8).set_index("mean")
    assert table.loc[200, "reason"] == ""
    assert 1 < table.loc[200, "lower"] <= table.loc[200, "ratio"] <= table.loc[200, "upper"] < 3
    assert table.loc[10, "ratio"] is pd.NA
    assert "above 3, the largest ratio that was tried" in table.loc[10, "reason"]
    with pytest.raises(UsageError, match=r"power is 1\.2"):
        small.smallest_detectable(1.2)
    with pytest.raises(UsageError, match="no ratio above 1"):
        ek.Power(plan=small.plan, table=small.table[small.table["ratio"] == 1]).smallest_detectable()


def test_a_plan_from_counts_at_hand_takes_their_mean_and_variability() -> None:
    rng = np.random.default_rng(5)
    series = ek.simulate_series(rng, n=120, mean=80, sigma=0.3, rho=0.0)
    plan = ek.power_plan_like(series, after=(6, 12), replicates=50)
    assert plan.before == (120,)
    assert plan.after == (6, 12)
    assert plan.mean[0] == pytest.approx(series.iloc[-12:].mean())
    assert plan.dispersion[0] == pytest.approx(1 + 80 * np.expm1(0.3**2), rel=0.4)
    with pytest.raises(UsageError, match="Did you mean 'after'"):
        ek.power_plan_like(series, afterr=3)
    with pytest.raises(UsageError, match="cannot be fitted: 8 months before launch"):
        ek.power_plan_like(series.iloc[:8])


def test_a_quarterly_series_is_refused() -> None:
    series = pd.Series(range(10, 30), index=pd.period_range("2015Q1", periods=20, freq="Q"))
    with pytest.raises(UsageError, match="monthly counts"):
        ek.power_plan_like(series)


def test_a_bound_beyond_the_ratios_tried_is_said_to_be_one() -> None:
    for missing in (None, pd.NA, float("nan")):
        found = {"reason": "", "ratio": 1.8, "lower": missing, "upper": missing}
        assert "is to 1.80 times as many (between 1 and more than 1.80," in power._detectable(found, 0.8)


def test_words_table_and_chart_say_the_same(small, tmp_path) -> None:
    text = ek.power_text(small)
    assert "Where nothing changed, a change would be shown in" in text
    assert "No ratio that was tried would be shown with a chance of 80" in text
    table = ek.power_table(small)
    assert list(table["True change"]) == ["none", "1.5 times as many", "3 times as many"] * 2
    assert table.loc[5, "Shown as a change"].startswith("100")
    written = ek.write_power(small, tmp_path)
    assert sorted(path.name for path in written.values()) == ["power.csv", "power.svg", "power.txt"]
    assert pd.read_csv(written["table"])["detected"].tolist() == pytest.approx(
        small.table["detected"].tolist(), abs=1e-5
    )
    assert "Simulated data" in written["chart"].read_text(encoding="utf-8")


def test_a_chart_says_what_it_cannot_show(small) -> None:
    from evalkit.report import describe_power

    with pytest.raises(ReportError, match="Did you mean 'mean'"):
        ek.plot_power(small, x="means")
    with pytest.raises(ReportError, match="Unknown measure"):
        ek.plot_power(small, measure="power")
    with pytest.raises(ReportError, match=r"no ratio of 9\. It has: 1, 1\.5, 3"):
        ek.plot_power(small, x="mean", where={"ratio": 9})
    without = ek.Power(plan=small.plan, table=small.table.drop(columns=["confirmed", "refuted"]))
    with pytest.raises(ReportError, match="no claim"):
        ek.plot_power(without, measure="refuted")
    words = describe_power(small, x="mean", where={"ratio": 3.0})
    assert words.startswith("Simulated data. Shown as a change")
    assert "at 10" in words


def test_sigma_follows_from_dispersion_and_mean() -> None:
    scenario = Scenario(before=24, after=12, mean=20, dispersion=3, autocorrelation=0.3, comparisons=0)
    assert 20 * np.expm1(scenario.sigma**2) + 1 == pytest.approx(3)


def test_evaluations_of_few_contacts_that_cannot_be_estimated_count_as_not_shown_and_are_reported() -> None:
    plan = ek.PowerPlan(before=44, after=12, mean=1.5, ratios=(2.0,), replicates=50)
    found = ek.power(plan)
    share = found.table["not_estimable"]
    assert (share > 0).all()
    assert (found.table["detected"] + share <= 1).all()
    without = round(float((share * 50).sum()))
    assert f"{without} of 100 evaluations could not be estimated (too few contacts)" in ek.power_text(found)
