"""The same analysis where the campaign was not, and many effects at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit import estimate_effect, multiplicity
from evalkit.check import CheckContext, many_effects, negative_control, placebo_in_space, spill_over
from evalkit.check.elsewhere import combined
from evalkit.check.many import adjusted, tail_area
from evalkit.errors import UsageError
from evalkit.model import Synthetic
from evalkit.vocab import Outcome

NOTHING = CheckContext()


def _regions(poisson, number: int, ratio: float = 1.0, mean: float = 80) -> dict[str, pd.Series]:
    return {f"Region {k}": poisson(100 + k, mean, ratio=ratio) for k in range(number)}


def test_a_change_that_no_other_region_has_passes(poisson, effect_of_series) -> None:
    found = placebo_in_space(effect_of_series(poisson(ratio=1.5)), CheckContext(regions=_regions(poisson, 12)))
    assert found.outcome is Outcome.PASSED
    assert found.figures["rank"] == 1
    assert found.figures["share"] == pytest.approx(1 / 13)
    assert len(found.table) == 13


def test_a_change_that_every_region_has_fails(poisson, effect_of_series) -> None:
    context = CheckContext(regions=_regions(poisson, 6, ratio=1.5))
    assert placebo_in_space(effect_of_series(poisson(ratio=1.5)), context).outcome is Outcome.FAILED


def test_a_region_that_was_left_out_of_the_comparison_is_no_placebo(poisson) -> None:
    """It had the campaign itself, or is a copy of the series: of course it changed."""
    series = poisson(ratio=1.5)
    controls = pd.DataFrame(_regions(poisson, 6)).assign(campaign=poisson(7, ratio=1.5), copy=series)
    model = Synthetic(excluded={"campaign": "had the campaign itself"})
    effect = estimate_effect(series, "2018-01", model=model, controls=controls)
    found = placebo_in_space(effect, NOTHING)
    assert found.table is not None
    assert list(found.table["region"])[1:] == [f"Region {k}" for k in range(6)]


def test_a_first_rank_among_three_regions_is_inconclusive(poisson, effect_of_series) -> None:
    context = CheckContext(regions=_regions(poisson, 3))
    assert placebo_in_space(effect_of_series(poisson(ratio=1.5)), context).outcome is Outcome.INCONCLUSIVE


def test_regions_with_hardly_a_contact_cannot_tell_whether_something_changed_everywhere(
    poisson, effect_of_series
) -> None:
    context = CheckContext(regions=_regions(poisson, 12, mean=1))
    found = placebo_in_space(effect_of_series(poisson()), context)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "too wide to tell" in found.statement


def test_ranks_do_not_depend_on_the_order_or_the_size_of_regions(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(ratio=1.2))
    regions = _regions(poisson, 5)
    turned = dict(reversed(list(regions.items())))
    first, second = (placebo_in_space(effect, CheckContext(regions=one)).figures for one in (regions, turned))
    assert first == second
    exposures = {name: pd.Series(7e5, series.index) for name, series in regions.items()}
    scaled = placebo_in_space(effect, CheckContext(regions=regions, exposures=exposures))
    assert scaled.figures == pytest.approx(first, rel=1e-6)


@pytest.mark.parametrize("check", [placebo_in_space, spill_over, negative_control, many_effects])
def test_what_is_missing_is_said(check, poisson, effect_of_series, not_estimable) -> None:
    found = check(effect_of_series(poisson()), NOTHING)
    assert found.outcome is Outcome.NOT_RUN
    assert "CheckContext(" in found.meaning
    given = CheckContext(
        regions=_regions(poisson, 2), negative_controls=_regions(poisson, 1), others={"a": not_estimable}
    )
    assert check(not_estimable, given).outcome is Outcome.NOT_RUN


def test_a_region_that_does_not_reach_the_launch_has_its_reason(poisson, effect_of_series) -> None:
    regions = _regions(poisson, 2) | {"Short": poisson().iloc[:20]}
    table = placebo_in_space(effect_of_series(poisson()), CheckContext(regions=regions)).table
    assert "outside the data" in table.set_index("region").loc["Short", "reason"]


def test_negative_controls(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(ratio=1.5))
    quiet = CheckContext(negative_controls={"other subject": poisson(9)})
    moved = CheckContext(negative_controls={"other subject": poisson(9, ratio=1.5), "lost property": poisson(11)})
    few = CheckContext(negative_controls={"other subject": poisson(10, mean=1)})
    assert negative_control(effect, quiet).outcome is Outcome.PASSED
    assert negative_control(effect, moved).outcome is Outcome.FAILED
    assert "other subject" in negative_control(effect, moved).statement
    assert negative_control(effect, few).outcome is Outcome.INCONCLUSIVE


def test_spill_over(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(ratio=1.5))
    assert spill_over(effect, CheckContext(regions=_regions(poisson, 4))).outcome is Outcome.PASSED
    reached = _regions(poisson, 3) | {
        "Next door": poisson(20, ratio=1.4),
        "Across": poisson(21, ratio=1.4),
        "Beyond": poisson(22, ratio=1.4),
    }
    near = CheckContext(regions=reached, neighbours=("Next door", "Across", "Beyond"))
    found = spill_over(effect, near)
    assert found.outcome is Outcome.FAILED
    assert "3 neighbouring regions" in found.statement
    assert spill_over(effect, CheckContext(regions={"Tiny": poisson(104, 1)})).outcome is Outcome.INCONCLUSIVE
    with pytest.raises(UsageError, match="neighbour"):
        CheckContext(regions=reached, neighbours=("Far away",))


def test_the_common_ratio_agrees_with_statsmodels() -> None:
    """The function of statsmodels, combine_effects (DerSimonian-Laird, Hartung-Knapp), on four log ratios."""
    from statsmodels.stats.meta_analysis import combine_effects

    y, sd = np.array([0.1, 0.5, -0.2, 0.4]), np.array([0.1, 0.15, 0.12, 0.2])
    table = pd.DataFrame({"value": np.exp(y), "sd": sd, "lower": np.nan, "upper": np.nan})
    reference = combine_effects(y, sd**2, method_re="chi2", use_t=True).summary_frame()
    ours = np.log(combined(table, 0.95))
    assert ours[0] == pytest.approx(reference.loc["random effect", "eff"], rel=1e-6)
    half = max(reference.loc["random effect wls", "sd_eff"], reference.loc["random effect", "sd_eff"])
    assert ours[2] - ours[0] == pytest.approx(stats.t.ppf(0.975, 3) * half, rel=1e-3)


def test_adjusted_tails_agree_with_statsmodels_and_scipy() -> None:
    tails = np.random.default_rng(1).random(40) ** 2
    np.testing.assert_allclose(adjusted(tails), stats.false_discovery_control(tails))
    with_gap = np.insert(tails, 5, np.nan)
    np.testing.assert_allclose(np.delete(adjusted(with_gap), 5), stats.false_discovery_control(tails))


def test_the_tail_area_agrees_with_the_probability_of_the_effect(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    above = effect.prob_at_least(1.0)
    assert tail_area(effect) == pytest.approx(2 * min(above, 1 - above), abs=1e-3)


def test_one_change_among_many(poisson, effect_of_series) -> None:
    quiet = {f"r{k}": effect_of_series(poisson(200 + k)) for k in range(12)}
    context = CheckContext(others=quiet)
    assert many_effects(effect_of_series(poisson(ratio=1.5)), context).outcome is Outcome.PASSED
    assert many_effects(effect_of_series(poisson(1)), context).outcome is Outcome.PASSED  # nothing to adjust
    ratio = effect_of_series(poisson(ratio=1.5)).rate_ratio
    draws = np.exp(np.random.default_rng(1).normal(np.log(1.1), np.log(1.1) / 2.1, 8000))
    barely = replace(
        effect_of_series(poisson(1)),
        rate_ratio=replace(ratio, value=1.1, lower=1.003, upper=1.2),
        ratio_draws=draws,
    )
    found = many_effects(barely, context)
    assert found.outcome is Outcome.FAILED
    assert found.figures["adjusted"] > found.figures["tail"]
    strong = {f"s{k}": effect_of_series(poisson(300 + k, ratio=2)) for k in range(3)}
    assert many_effects(barely, CheckContext(others=strong)).outcome is Outcome.INCONCLUSIVE


def test_multiplicity_reads_mappings_and_lists_and_refuses_nothing(poisson, effect_of_series, not_estimable) -> None:
    effects = [effect_of_series(poisson(ratio=1.5)), not_estimable]
    found = multiplicity(effects)
    assert found.found == 1
    assert np.isnan(found.table["tail"].iloc[1])
    assert multiplicity(dict(enumerate(effects))).summary() == found.summary()
    assert "Of 1 effects 1 stand out" in found.summary()
    for bad, rate in (([], 0.05), (effects, 1.5)):
        with pytest.raises(UsageError):
            multiplicity(bad, rate=rate)


def test_the_rate_is_held_where_nothing_happened() -> None:
    """200 sets of 20 uniform tails: a false find in at most 9 % of them (5 % nominal; 0.7 % of samples exceed 9 %)."""
    tails = np.random.default_rng(3).random((200, 20))
    assert np.mean([(adjusted(row) <= 0.05).any() for row in tails]) <= 0.09


def test_regions_that_a_model_reads_side_by_side_take_the_place_of_the_treated_one(poisson) -> None:
    controls = pd.DataFrame(_regions(poisson, 4))
    effect = estimate_effect(poisson(ratio=1.5), "2018-01", model="synthetic", controls=controls, second_opinion=False)
    context = CheckContext(regions=_regions(poisson, 4), negative_controls={"other": poisson(9)})
    found = placebo_in_space(effect, context)
    assert list(found.table["region"]) == ["this region", *controls.columns]
    assert found.figures["of"] == 5
    assert found.outcome is not Outcome.NOT_RUN
    assert spill_over(effect, context).outcome is Outcome.PASSED
    assert negative_control(effect, context).outcome is not Outcome.NOT_RUN
