"""Covariates on the calendar of a design: what enters, what is left out, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import build_design, estimate_effect
from evalkit.design import DesignSpec
from evalkit.effect import Estimate, NotEstimable
from evalkit.errors import DesignError

PERIODS = pd.period_range("2015-01", periods=48, freq="M")


def _counts(seed: int = 1, covariate: np.ndarray | float = 0.0, effect: float = 0.0) -> pd.Series:
    rate = 60 * np.exp(covariate + effect * (pd.Period("2017-01", "M") <= PERIODS))
    return pd.Series(np.random.default_rng(seed).poisson(rate).astype(float), PERIODS)


def _wave(seed: int = 3) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).normal(5.0, 0.4, len(PERIODS)), PERIODS, name="wave")


def test_a_covariate_is_a_centred_column_with_and_without_the_campaign() -> None:
    wave = _wave()
    design = build_design(_counts(), "2017-01", covariates=wave)
    column = design.column("wave")
    np.testing.assert_allclose(design.with_campaign[:, column], wave - wave.mean(), atol=1e-12)
    np.testing.assert_array_equal(design.without_campaign[:, column], design.with_campaign[:, column])
    assert "wave" not in design.campaign_terms
    assert "wave" in design.before_launch().columns
    assert "wave" in design.placebo(pd.Period("2016-01", "M")).columns


def test_a_period_without_a_value_is_left_out_and_said_so() -> None:
    table = pd.DataFrame({"wave": _wave(), "tide": _wave(4)})
    table.iloc[3, 0] = np.nan
    table = table.drop(PERIODS[40])
    design = build_design(_counts(), "2017-01", covariates=table)
    assert not design.used[[3, 40]].any()
    assert design.used.sum() == 46
    assert design.warnings == ("2 periods have no value of every covariate and are left out of the fit",)


def test_order_of_rows_and_of_a_longer_calendar_do_not_matter() -> None:
    longer = pd.Series(range(60), pd.period_range("2014-06", periods=60, freq="M"), name="wave") ** 1.5
    straight = build_design(_counts(), "2017-01", covariates=longer)
    mixed = build_design(_counts(), "2017-01", covariates=longer.sample(frac=1, random_state=2))
    np.testing.assert_array_equal(straight.with_campaign, mixed.with_campaign)


@pytest.mark.parametrize("model", ["latent", "segmented"])
def test_what_a_covariate_did_is_not_the_campaigns(model: str) -> None:
    """A wave that rose at launch raises contacts by exp(0.6); the campaign did nothing."""
    wave = _wave(5) + 0.6 * (pd.Period("2017-01", "M") <= PERIODS)
    counts = _counts(7, covariate=(wave - wave.mean()).to_numpy())
    options = {"model": model, "slope": False, "harmonics": 0, "second_opinion": False}
    alone = estimate_effect(counts, "2017-01", **options).level_change
    beside = estimate_effect(counts, "2017-01", covariates=wave, **options).level_change
    assert alone.lower > 1.2
    assert beside.lower < 1 < beside.upper


def test_the_second_opinion_has_the_covariates_too() -> None:
    effect = estimate_effect(_counts(), "2017-01", covariates=_wave())
    assert "wave" in effect.second_opinion.design.columns


def test_units_of_a_covariate_do_not_matter() -> None:
    plain = estimate_effect(_counts(), "2017-01", model="segmented", covariates=_wave())
    scaled = estimate_effect(_counts(), "2017-01", model="segmented", covariates=1000 * _wave() - 70)
    assert isinstance(plain.level_change, Estimate)
    assert scaled.level_change.value == pytest.approx(plain.level_change.value, rel=1e-8)
    assert scaled.level_change.upper == pytest.approx(plain.level_change.upper, rel=1e-8)


def test_a_covariate_that_repeats_another_term_is_named() -> None:
    straight = pd.Series(np.arange(48.0), PERIODS, name="prices")
    effect = estimate_effect(_counts(), "2017-01", covariates=straight)
    assert isinstance(effect.level_change, NotEstimable)
    assert "'prices' cannot be told from the terms before it" in effect.level_change.reason


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        (pd.Series(3.0, PERIODS, name="flat"), r"covariate 'flat' is 3 in every period"),
        (pd.DataFrame(index=PERIODS), r"covariates are a DataFrame without a column"),
        (pd.Series(1.0, PERIODS - 600, name="early"), r"covariates \(early\) have no value in any period of the data"),
        (pd.Series("a", PERIODS, name="words"), r"covariate 'words' is not made of numbers"),
        (pd.Series(-np.inf, PERIODS, name="logs"), r"covariate 'logs' is infinite in 2015-01"),
        (pd.DataFrame({"level": _wave()}), r"covariate name 'level' is the name of another term"),
        (pd.concat([_wave(), _wave(4)], axis=1), r"covariate 'wave' is given twice"),
        (pd.concat([_wave(), _wave()]), r"covariate 'wave' has 2015-01 more than once"),
        (pd.Series(1.0, pd.period_range("2015", periods=4, freq="Y"), name="years"), r"'years' is given by Y"),
    ],
)
def test_what_is_refused(covariates: pd.DataFrame, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        build_design(_counts(), "2017-01", covariates=covariates)


def test_season_terms_are_the_annual_columns() -> None:
    waves = build_design(_counts(), "2017-01", DesignSpec(harmonics=1), covariates=_wave())
    assert waves.season_terms == ("sin 1", "cos 1")
    months = build_design(_counts(), "2017-01", DesignSpec(season="indicators"))
    assert len(months.season_terms) == 11
    assert build_design(_counts(), "2017-01", DesignSpec(harmonics=0)).season_terms == ()


def test_the_callers_table_is_not_changed() -> None:
    wave = _wave()
    before = wave.copy()
    design = build_design(_counts(), "2017-01", covariates=wave)
    design.with_campaign[:, design.column("wave")] = 0
    pd.testing.assert_series_equal(wave, before)
