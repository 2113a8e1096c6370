"""Synthetic control: the optimum, the donors, what must not matter, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize

from evalkit.check import overdispersion, placebo_in_time, predictive_distribution, residual_autocorrelation
from evalkit.design import Design, DesignSpec, build_design
from evalkit.effect import Effect, Estimate, NotEstimable, effect_of, estimate_effect
from evalkit.errors import CannotEstimate, DesignError, ModelError
from evalkit.model import Synthetic, leave_one_donor_out, placebo_gaps, placebo_in_space
from evalkit.model.synthetic.placebo import Misses, error_scale
from evalkit.model.synthetic.weights import augmented_weights, chosen_penalty, simplex_weights
from evalkit.vocab import Outcome

months = pd.period_range("2016-01", periods=48, freq="M")
LAUNCH = "2019-01"


def panel(seed: int = 1, k: int = 8, *, mean: float = 80, ratio: float = 1.0, shock: float = 1.0) -> pd.DataFrame:
    """Counts of region "A" and k donors that share a wave, a trend and a common shock at the launch."""
    rng = np.random.default_rng(seed)
    t = np.arange(48)
    post = months >= pd.Period(LAUNCH)
    shared = 0.2 * np.cos(2 * np.pi * t / 12) + 0.1 * t / 12 + np.log(shock) * post
    size = mean * np.exp(rng.uniform(-0.7, 1.1, k + 1))
    size[0] = mean
    wave = rng.uniform(0.5, 1.5, k + 1) * 0.2 * np.sin(t / 5)[:, None]
    log_rate = np.log(size) + shared[:, None] + wave + 0.1 * rng.standard_normal((48, k + 1))
    log_rate[post, 0] += np.log(ratio)
    counts = rng.poisson(np.exp(log_rate)).astype(float)
    return pd.DataFrame(counts, index=months, columns=["A", *(f"D{j}" for j in range(1, k + 1))])


def synthetic(table: pd.DataFrame, model: Synthetic | None = None, **options: object) -> Effect:
    return estimate_effect(
        table["A"],
        LAUNCH,
        model=model or Synthetic(),
        controls=table.drop(columns="A"),
        second_opinion=False,
        **options,  # type: ignore[arg-type]
    )


def designed(table: pd.DataFrame) -> Design:
    return build_design(table["A"], LAUNCH, DesignSpec(), controls=table.drop(columns="A"), controls_as="comparison")


# --- the optimum ---


@pytest.mark.parametrize(("m", "k"), [(24, 6), (19, 38), (84, 30), (24, 30), (12, 2)])
def test_weights_meet_the_optimality_conditions(m: int, k: int) -> None:
    """Karush, Kuhn and Tucker: multipliers not negative, and zero wherever a weight is above zero."""
    rng = np.random.default_rng(m + k)
    for _ in range(20):
        target, donors = 1 + 0.3 * rng.standard_normal(m), 1 + 0.3 * rng.standard_normal((m, k))
        found = simplex_weights(target, donors)
        assert found.weights.sum() == pytest.approx(1, abs=1e-12)
        assert found.weights.min() >= 0
        gradient = donors.T @ (donors @ found.weights - target)
        multipliers = gradient - found.weights @ gradient
        scale = np.abs(donors).max() ** 2 * m
        assert multipliers.min() > -1e-12 * scale
        assert np.abs(multipliers[found.weights > 0]).max() < 1e-12 * scale
        assert found.unique


def test_weights_agree_with_a_general_optimiser() -> None:
    """SLSQP on the same problem; its tolerance, not ours, sets the agreement."""
    rng = np.random.default_rng(3)
    target, donors = rng.standard_normal(30), rng.standard_normal((30, 6))
    by_slsqp = minimize(
        lambda w: np.sum((target - donors @ w) ** 2),
        np.full(6, 1 / 6),
        jac=lambda w: -2 * donors.T @ (target - donors @ w),
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(6)},
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    np.testing.assert_allclose(simplex_weights(target, donors).weights, by_slsqp.x, atol=1e-6)


def test_duplicate_donor_shares_the_weight_and_is_flagged() -> None:
    rng = np.random.default_rng(4)
    target, donors = rng.standard_normal(30), rng.standard_normal((30, 5))
    plain = simplex_weights(target, donors)
    doubled = simplex_weights(target, np.column_stack([donors, donors[:, 0]]))
    assert plain.unique
    assert plain.weights[0] > 0.05
    assert not doubled.unique
    assert doubled.weights[0] == pytest.approx(doubled.weights[5], rel=1e-6)
    # the ridge that shares the weight moves the fit by about its size, 1e-8
    np.testing.assert_allclose(
        np.column_stack([donors, donors[:, 0]]) @ doubled.weights, donors @ plain.weights, atol=1e-6
    )


def test_augmented_weights_solve_the_ridge_equations() -> None:
    """By the formula with an explicit inverse; weights still add to 1, and a huge penalty corrects nothing."""
    rng = np.random.default_rng(5)
    target, donors = 2 + rng.standard_normal(20), rng.standard_normal((20, 8))
    weights = simplex_weights(target, donors).weights
    centred = donors - donors.mean(axis=1, keepdims=True)
    by_inverse = weights + centred.T @ np.linalg.inv(centred @ centred.T + 3 * np.eye(20)) @ (target - donors @ weights)
    found = augmented_weights(target, donors, weights, 3.0)
    np.testing.assert_allclose(found, by_inverse, atol=1e-10)
    assert found.sum() == pytest.approx(1, abs=1e-10)
    np.testing.assert_allclose(augmented_weights(target, donors, weights, 1e12), weights, atol=1e-9)


def test_penalty_is_the_largest_within_a_standard_error_of_the_best() -> None:
    """Recomputed by brute force."""
    rng = np.random.default_rng(6)
    donors = rng.standard_normal((18, 7)).cumsum(axis=0)
    target = donors @ np.full(7, 1 / 7) + 0.5 + 0.3 * rng.standard_normal(18)
    centred = donors - donors.mean(axis=1, keepdims=True)
    penalties = np.linalg.svd(centred, compute_uv=False)[0] ** 2 * np.logspace(0, -8, 33)
    errors = np.empty((18, 33))
    for t in range(18):
        keep = np.arange(18) != t
        weights = simplex_weights(target[keep], donors[keep]).weights
        for p, penalty in enumerate(penalties):
            errors[t, p] = (
                target[t] - donors[t] @ augmented_weights(target[keep], donors[keep], weights, penalty)
            ) ** 2
    mean = errors.mean(axis=0)
    limit = mean.min() + errors[:, mean.argmin()].std(ddof=1) / np.sqrt(18)
    assert chosen_penalty(target, donors) == pytest.approx(penalties[mean <= limit].max(), rel=1e-9)


# --- recovery and null ---


def test_finds_a_known_effect_beside_a_common_shock() -> None:
    effect = synthetic(panel(2, k=12, mean=200, ratio=1.8, shock=1.5))
    ratio = effect.rate_ratio
    assert isinstance(ratio, Estimate)
    assert ratio.lower < 1.8 < ratio.upper
    assert ratio.lower > 1.3
    assert effect.numerator == "observed"


def test_a_common_shock_alone_is_no_effect() -> None:
    """Of 40 panels at a nominal 5 %, at most 6 may leave out 1 (chance of more: about 0.3 %)."""
    false = 0
    for seed in range(40):
        ratio = synthetic(panel(100 + seed, mean=60, shock=1.6)).rate_ratio
        assert isinstance(ratio, Estimate)
        false += not ratio.lower <= 1 <= ratio.upper
    assert false <= 6


def test_ratio_is_observed_over_synthetic_and_the_path_adds_up() -> None:
    effect = synthetic(panel(3, ratio=1.5))
    fit = effect.fit
    gaps = fit.gaps[fit.gaps["window"]]
    plain = gaps["observed"].sum() / gaps["synthetic"].sum()
    # the median of 8,000 stratified draws: a millionth of the scale for the total
    assert effect.rate_ratio.value == pytest.approx(plain, rel=1e-3)
    path = effect.path
    inside = path["effect"].notna()
    assert path.loc[inside, "cumulative_effect"].iloc[-1] == pytest.approx(effect.cumulative_effect.value, rel=1e-6)
    assert (path.loc[inside, "counterfactual_lower"] < path.loc[inside, "counterfactual_upper"]).all()
    assert isinstance(effect.level_change, NotEstimable)


# --- what must not matter ---

FORMS = [Synthetic(), Synthetic(form="augmented"), Synthetic(match="log", form="demeaned"), Synthetic(match="rate")]


@pytest.mark.parametrize("model", FORMS, ids=lambda m: f"{m.matched}-{m.form}")
def test_order_and_names_of_donors_do_not_matter(model: Synthetic) -> None:
    table = panel(5, ratio=1.4)
    plain = synthetic(table, model)
    shuffled = table[["A", *sorted(table.columns[1:], reverse=True)]].rename(columns={"D3": "Zz"})
    other = synthetic(shuffled, model)
    np.testing.assert_allclose(other.fit.fitted, plain.fit.fitted, rtol=1e-8)
    assert other.rate_ratio.value == pytest.approx(plain.rate_ratio.value, rel=1e-8)
    assert other.rate_ratio.upper == pytest.approx(plain.rate_ratio.upper, rel=1e-8)


def test_duplicate_donor_leaves_the_synthetic_series_unchanged() -> None:
    table = panel(6)
    plain = synthetic(table)
    heaviest = plain.fit.donors["donor"].iloc[0]
    doubled = synthetic(table.assign(copy=2 * table[heaviest]))  # the same index
    np.testing.assert_allclose(doubled.fit.fitted, plain.fit.fitted, rtol=1e-6)
    assert any("fit equally well" in warning for warning in doubled.warnings)
    assert not any("fit equally well" in warning for warning in plain.warnings)


def test_copy_of_a_donor_is_not_a_second_one() -> None:
    """As placebos two copies match each other exactly, which says nothing of errors."""
    table = panel(6)
    plain = synthetic(table)
    doubled = synthetic(table.assign(copy=table["D2"]))
    reason = doubled.fit.donors.set_index("donor")["reason"]
    assert reason["copy"].startswith("identical to 'D2' in every period")
    for end in ("value", "lower", "upper"):
        assert getattr(doubled.rate_ratio, end) == pytest.approx(getattr(plain.rate_ratio, end), rel=1e-12)


def test_the_second_method_sees_the_same_donors() -> None:
    """Not a region that had the campaign itself, and not a copy of the series, which would explain the effect away."""
    table = panel(11, ratio=1.5)
    table["D5"] = table["D5"].where(months < pd.Period(LAUNCH), 4 * table["D5"])
    model = Synthetic(excluded={"D5": "had the campaign itself"})
    plain = estimate_effect(table["A"], LAUNCH, model=model, controls=table.drop(columns=["A", "D5"]))
    more = estimate_effect(table["A"], LAUNCH, model=model, controls=table.drop(columns="A").assign(twin=table["A"]))
    assert plain.second_opinion is not None
    assert more.second_opinion is not None
    assert more.second_opinion.rate_ratio == plain.second_opinion.rate_ratio


def test_two_donors_give_a_wide_interval_and_not_none() -> None:
    """One degree of freedom: some draws lie beyond any count, and the quantiles of the others stay what they are."""
    effect = synthetic(panel(5, k=2, mean=200))
    assert isinstance(effect.rate_ratio, Estimate)
    scale = effect.fit.scale
    reach = stats.t.ppf(0.975, scale.df) * scale.total
    assert scale.df == 1
    assert np.log(effect.rate_ratio.upper / effect.rate_ratio.value) == pytest.approx(reach, rel=0.05)


def test_index_does_not_see_the_size_of_a_donor() -> None:
    """Weights, and with them the synthetic series, are the same when every donor counts ten times as much."""
    table = panel(7)
    larger = table.copy()
    larger[table.columns[1:]] *= 10
    np.testing.assert_allclose(synthetic(larger).fit.fitted, synthetic(table).fit.fitted, rtol=1e-8)


def test_exposure_scales_out() -> None:
    """Counts over a constant exposure have the same index."""
    table = panel(8, ratio=1.3)
    exposure = pd.DataFrame(5000.0, index=months, columns=table.columns[1:])
    plain = synthetic(table).rate_ratio
    rated = synthetic(table, exposure=2000.0, controls_exposure=exposure).rate_ratio
    assert rated.value == pytest.approx(plain.value, rel=1e-8)
    assert rated.lower == pytest.approx(plain.lower, rel=1e-8)


def test_demeaned_form_ignores_a_constant_added_to_a_donor() -> None:
    table = panel(9)
    model = Synthetic(kind="measure", form="demeaned")
    moved = table.assign(D2=table["D2"] + 500, D4=table["D4"] - 30)
    plain, other = synthetic(table, model), synthetic(moved, model)
    np.testing.assert_allclose(other.fit.fitted, plain.fit.fitted, rtol=1e-8)
    assert other.cumulative_effect.lower == pytest.approx(plain.cumulative_effect.lower, rel=1e-6)


def test_measure_moves_with_its_unit() -> None:
    """All regions in another unit: the same weights, every difference in that unit."""
    table = panel(10, ratio=1.4)
    model = Synthetic(kind="measure")
    plain, other = synthetic(table, model), synthetic(table * 7.5, model)
    np.testing.assert_allclose(other.fit.synthesis.weights, plain.fit.synthesis.weights, atol=1e-8)
    for end in ("value", "lower", "upper"):
        expected = 7.5 * getattr(plain.cumulative_effect, end)
        assert getattr(other.cumulative_effect, end) == pytest.approx(expected, rel=1e-6)


# --- donors ---


def test_reasons_for_exclusion_are_data() -> None:
    table = panel(11)
    post = months >= pd.Period(LAUNCH)
    table["gappy"] = table["D1"].where(months > pd.Period("2016-06"))
    table["late"] = table["D2"].where(months >= pd.Period(LAUNCH))
    table["ended"] = table["D2"].where(~post)
    table["silent"] = np.where(post, 5.0, 0.0)
    table["twin"] = table["A"]
    table["tiny"] = np.where(np.arange(48) % 3 == 0, 1.0, 0.0)
    fit = synthetic(table, Synthetic(excluded={"D5": "had the campaign itself"})).fit
    reason = fit.donors.set_index("donor")["reason"]
    assert reason["D5"] == "had the campaign itself"
    assert reason["gappy"] == "not counted in 6 of 36 periods before launch (allowed: a share of up to 0.1)"
    assert reason["late"] == "shares no counted period with the series before the launch"
    assert reason["ended"].startswith("not counted in 12 of 12 periods from the launch on")
    assert reason["silent"] == "no contacts were counted before launch"
    assert reason["twin"].startswith("identical to the series")
    assert reason["tiny"].startswith("its mean count before launch is 0.0")
    assert (reason[["D1", "D2", "D3", "D4", "D6", "D7", "D8"]] == "").all()
    weights = fit.donors.set_index("donor")["weight"]
    assert weights.sum() == pytest.approx(1)
    assert (weights[~fit.donors.set_index("donor")["eligible"]] == 0).all()
    assert any(w.startswith("7 of 14 comparison regions are not among the donors") for w in fit.warnings)


def test_fewer_than_two_donors_say_which_were_left_out() -> None:
    table = panel(12, k=3)
    effect = synthetic(table, Synthetic(excluded={"D1": "had the campaign itself", "D2": "changed its opening hours"}))
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert effect.rate_ratio.reason == (
        "1 eligible donor, needs at least 2 (D1: had the campaign itself; D2: changed its opening hours)"
    )
    alone = estimate_effect(table["A"], LAUNCH, model="synthetic", second_opinion=False)
    assert isinstance(alone.rate_ratio, NotEstimable)
    assert "needs comparison regions" in alone.rate_ratio.reason


def test_rate_of_another_order_is_no_donor() -> None:
    table = panel(13)
    table["D1"] *= 100
    reason = synthetic(table, Synthetic(match="rate")).fit.donors.set_index("donor")["reason"]
    assert "allowed: within 0.1 to 10" in reason["D1"]
    assert synthetic(table).fit.donors.set_index("donor")["reason"]["D1"] == ""


def test_period_that_a_donor_lacks_is_left_out() -> None:
    table = panel(14)
    table.loc["2018-03", "D2"] = np.nan
    table.loc["2019-05", "D4"] = np.nan
    effect = synthetic(table)
    assert effect.n_pre == 35
    assert effect.n_post == 11
    assert any(w.startswith("2 periods have no count in every eligible donor") for w in effect.warnings)
    assert np.isnan(effect.path.loc["2019-05", "effect"])
    assert np.isnan(effect.path.loc["2019-05", "counterfactual"])
    assert len(effect.fit.gaps) == 46


# --- placebo in space and leave-one-donor-out ---


def test_placebo_ranks_are_exact() -> None:
    table = panel(15, k=9, mean=300, ratio=2.5)
    fit = synthetic(table).fit
    found = placebo_in_space(fit)
    assert (found.rank, found.of, found.p_value) == (1, 10, 0.1)
    assert sorted(found.table["rank"]) == list(range(1, 11))
    by_hand = found.table["post_rmspe"] / found.table["pre_rmspe"]
    np.testing.assert_allclose(found.table["ratio"], by_hand)
    donor = synthetic(table.drop(columns="A").rename(columns={"D3": "A"})).fit
    row = found.table.set_index("region").loc["D3"]
    assert row["pre_rmspe"] == pytest.approx(donor.parameters["rmspe"], rel=1e-9)
    assert row["window_error"] == pytest.approx(donor.misses.window[0], rel=1e-9)


def test_poor_fits_are_reported_not_dropped() -> None:
    table = panel(16, mean=150)
    rng = np.random.default_rng(1)
    table["D1"] = rng.poisson(150 * np.exp(1.5 * rng.standard_normal(48))).astype(float)
    fit = synthetic(table).fit
    found = placebo_in_space(fit)
    row = found.table.set_index("region").loc["D1"]
    assert row["poor_fit"]
    assert found.of == 9
    assert found.of_kept == 8
    assert fit.scale.left_out == ("D1",)
    assert fit.scale.df == 6
    assert any("D1" in warning for warning in fit.warnings)
    with pytest.raises(ModelError, match=r"poor_fit is 0\.5"):
        placebo_in_space(fit, poor_fit=0.5)


def test_null_placebo_p_values_are_uniform() -> None:
    """With 9 donors each rank has chance 1/10 under the null: of 200 panels, 8 to 34 have rank 1 (99.9 %)."""
    ranks = np.array([placebo_in_space(synthetic_fit(panel(1000 + seed, k=9))).rank for seed in range(200)])
    assert 8 <= (ranks == 1).sum() <= 34
    assert 4.6 < ranks.mean() < 6.4


def test_equal_weights_and_independent_regions_give_the_t_interval_for_a_new_observation() -> None:
    """By hand, with weights fixed at 1/k and the same error before launch everywhere."""
    k, n = 6, 40
    rng = np.random.default_rng(2)
    own = rng.standard_normal(k + 1)
    errors = np.empty((n, k + 1))
    others = [[i for i in range(1, k + 1) if i != j] for j in range(k + 1)]
    window = np.array([own[j] - own[others[j]].mean() for j in range(k + 1)])
    pre = np.arange(n) < 30
    errors[:30] = np.where(np.arange(30) % 2, 1.0, -1.0)[:, None]
    errors[30:] = window
    misses = Misses(fitted_errors=errors, errors=errors, window=window, pre=pre, inside=~pre)
    scale = error_scale(synthetic_fit(panel(30, k=k)).panel, misses)
    by_hand = own[1:].std(ddof=1) * np.sqrt(1 + 1 / k) / np.sqrt(1 - 1 / k**2)
    assert scale.df == k - 1
    assert scale.total == pytest.approx(by_hand, rel=1e-12)


def synthetic_fit(table: pd.DataFrame):
    return Synthetic().fit(designed(table))


def test_leave_one_donor_out() -> None:
    table = panel(17, ratio=1.5)
    fit = synthetic_fit(table)
    found = leave_one_donor_out(fit).set_index("donor")
    heaviest = fit.donors["donor"].iloc[0]
    without = synthetic_fit(table.drop(columns=heaviest))
    gaps = without.gaps[without.gaps["window"]]
    assert found.loc[heaviest, "rate_ratio"] == pytest.approx(
        gaps["observed"].sum() / gaps["synthetic"].sum(), rel=1e-9
    )
    assert found.loc[heaviest, "pre_rmspe"] >= fit.parameters["rmspe"]
    plain = fit.gaps[fit.gaps["window"]]
    unused = found[found["weight"] == 0]
    np.testing.assert_allclose(unused["rate_ratio"], plain["observed"].sum() / plain["synthetic"].sum())
    with pytest.raises(CannotEstimate, match="2 donors, of which one would be left"):
        leave_one_donor_out(synthetic_fit(table[["A", "D1", "D2"]]))


def test_tables_of_the_fit() -> None:
    fit = synthetic_fit(panel(18))
    assert list(placebo_gaps(fit).columns) == ["(treated)", *(f"D{j}" for j in range(1, 9))]
    assert fit.parameters["rmspe"] <= fit.parameters["rmspe_average"]
    assert fit.parameters["donors"] == 8
    assert fit.predictive(50, 1).shape == (50, 48)
    with pytest.raises(DesignError, match="no 'level' coefficient"):
        fit.marginal("level")


def test_draws_repeat_and_do_not_depend_on_each_other() -> None:
    fit = synthetic_fit(panel(19))
    first, again, other = fit.draws(400, 1), fit.draws(400, 1), fit.draws(400, 2)
    np.testing.assert_array_equal(first.without_campaign, again.without_campaign)
    assert not np.array_equal(first.without_campaign, other.without_campaign)
    window = fit.panel.window
    np.testing.assert_array_equal(first.with_campaign[0, window], fit.panel.values[window, 0])


# --- what it refuses ---


def test_too_short_before_launch() -> None:
    table = panel(20).iloc[30:]
    effect = synthetic(table)
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert effect.rate_ratio.reason.startswith("6 months before launch in which the region and all its donors")


def test_exact_match_before_launch_says_nothing_of_errors() -> None:
    """A region that is the average of two others: no error before launch to judge by."""
    table = panel(21, k=4) * 2
    table["A"] = (table["D1"] + table["D2"]) / 2
    effect = synthetic(table, Synthetic(kind="measure"))
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert "matches all 36 periods before launch exactly" in effect.rate_ratio.reason


def test_rates_need_exposure_on_both_sides() -> None:
    effect = synthetic(panel(22), Synthetic(match="rate"), exposure=1000.0)
    assert isinstance(effect.rate_ratio, NotEstimable)
    assert "exposure was given on one side only" in effect.rate_ratio.reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"match": "indx"}, "Did you mean 'index'"),
        ({"form": "augmentd"}, "Did you mean 'augmented'"),
        ({"kind": "count"}, "Did you mean 'counts'"),
        ({"penalty": -1.0}, "penalty is -1.0"),
        ({"level_factor": 0.5}, "level_factor is 0.5"),
        ({"max_missing": 1.0}, "max_missing is 1.0"),
        ({"excluded": ["D1"]}, "excluded is a list"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Synthetic(**options)  # type: ignore[arg-type]


def test_unknown_region_to_exclude_is_named() -> None:
    """A warning and no error: checks refit without single regions under the same options."""
    effect = synthetic(panel(23), Synthetic(excluded={"D11": "campaign"}))
    assert any(w.startswith("to be excluded, but not among the comparison regions: D11") for w in effect.warnings)


def test_events_and_covariates_are_said_to_be_unused() -> None:
    effect = synthetic(panel(24), events={"relaunch": "2017-05"})
    assert any("not used: relaunch" in warning for warning in effect.warnings)


def test_residual_checks_look_at_the_periods_before_launch() -> None:
    """A fivefold effect must not count as misfit; the checks run, and a well-behaved region passes."""
    effect = synthetic(panel(26, mean=150, ratio=5.0))
    np.testing.assert_array_equal(effect.fit.before.used, effect.fit.panel.pre)
    for check in (residual_autocorrelation, overdispersion, predictive_distribution):
        assert check(effect).outcome is Outcome.PASSED, check(effect)


def test_placebo_in_time_takes_terms_that_cannot_be_told_apart() -> None:
    """They are not used by the model, so the check must not stumble over them."""
    effect = synthetic(panel(27), events={"relaunch": "2017-05", "opening": "2017-05"})
    assert placebo_in_time(effect).outcome is not Outcome.NOT_RUN


def test_placebo_in_time_uses_the_periods_before_launch() -> None:
    design = designed(panel(25))
    false = effect_of(design.placebo(pd.Period("2018-01", "M")), Synthetic())
    assert isinstance(false.rate_ratio, Estimate)
    assert false.rate_ratio.lower < 1 < false.rate_ratio.upper
