"""The controlled design: what it nets out, what does not change its answer, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit import vocab
from evalkit.design import DesignSpec, build_design
from evalkit.design.calendar import read_opening
from evalkit.effect import Estimate, NotEstimable, Sampling, estimate_effect
from evalkit.errors import DesignError, ModelError
from evalkit.model import Controlled, Fit, HasComponents, Latent, LatentPrior, Model, StudentMarginal
from evalkit.model.controlled import SeparateFit, SharedFit, StackedFit
from evalkit.model.controlled.combine import ComparisonChange, disagreement
from evalkit.model.controlled.gaussian import bartlett
from evalkit.model.controlled.marginal import DifferenceMarginal
from evalkit.model.controlled.regions import regions_of
from evalkit.model.latent import NormalMixture
from evalkit.vocab import WEEKDAYS

TAILS = np.array([0.025, 0.5, 0.975])
PERIODS = pd.period_range("2015-01", periods=48, freq="M")
LAUNCH = "2017-01"
QUICK = Sampling(draws=1000)
COUNT_MODELS = {
    "own": Controlled(),
    "shared": Controlled(shared=("trend", "season")),
    "common": Controlled(process="common"),
    "common, shared": Controlled(process="common", shared=("trend", "season")),
    "pooled": Controlled(pooled=True),
}


def regions(
    seed: int = 1, k: int = 3, *, ratio: float = 1.0, shock: float = 1.0, mean: float = 60, sd: float = 0.15
) -> tuple[pd.Series, pd.DataFrame]:
    """A treated series and k comparison regions on one calendar."""
    rng = np.random.default_rng(seed)
    post = np.arange(48) >= 24
    season = 0.2 * np.sin(2 * np.pi * np.arange(48) / 12)
    rate = np.exp(np.log(shock) * post + season + 0.002 * np.arange(48))[:, None] * np.exp(
        sd * rng.normal(size=(48, k + 1))
    )
    rate *= np.array([mean, *(100.0 + 40 * np.arange(k))])
    rate[:, 0] *= ratio**post
    counts = rng.poisson(rate).astype(float)
    return pd.Series(counts[:, 0], PERIODS), pd.DataFrame(counts[:, 1:], PERIODS, [f"region {j}" for j in range(k)])


def design_of(series: pd.Series, controls: pd.DataFrame, **options):
    return build_design(
        series, LAUNCH, DesignSpec(harmonics=1, slope=False), controls=controls, controls_as="comparison", **options
    )


def _thirty_years():
    rng, n = np.random.default_rng(4), 360
    t, periods = np.arange(n), pd.period_range("1990-01", periods=n, freq="M")
    line = 0.2 * np.sin(2 * np.pi * t / 12) + 0.001 * t
    counts = rng.poisson(100 * np.exp(line[:, None] + 0.15 * rng.normal(size=(n, 3)))).astype(float)
    spec = DesignSpec(harmonics=1, slope=False)
    controls = pd.DataFrame(counts[:, 1:], periods, ["a", "b"])
    return build_design(pd.Series(counts[:, 0], periods), "2008-01", spec, controls=controls, controls_as="comparison")


class TestContract:
    """Every form keeps the promises of a fit."""

    @pytest.mark.parametrize("form", COUNT_MODELS)
    def test_a_fit_of_counts(self, form: str):
        model = COUNT_MODELS[form]
        fit = model.fit(design_of(*regions()))
        assert isinstance(model, Model)
        assert isinstance(fit, Fit)
        assert isinstance(fit, HasComponents)
        draws = fit.draws(400, 1)
        for array in (draws.with_campaign, draws.without_campaign, fit.predictive(400, 1)):
            assert array.shape == (400, 48)
            assert np.isfinite(array).all()
        np.testing.assert_allclose(draws.with_campaign[:, :24], draws.without_campaign[:, :24])
        assert fit.fitted.shape == fit.systematic.shape == (48,)
        np.testing.assert_allclose(fit.systematic.mean(), fit.design.observed.mean(), rtol=0.1)
        np.testing.assert_array_equal(fit.draws(400, 1).without_campaign, draws.without_campaign)
        for term in fit.terms:
            low, middle, high = fit.marginal(term).quantile(TAILS)
            assert low < middle < high
            assert fit.marginal(term).cdf(middle) == pytest.approx(0.5, abs=0.01)
        with pytest.raises(DesignError, match="no 'slope' column"):
            fit.marginal("slope")

    @pytest.mark.parametrize("form", COUNT_MODELS)
    def test_the_treated_change_is_the_comparison_change_times_the_effect(self, form: str):
        fit = COUNT_MODELS[form].fit(design_of(*regions(ratio=1.5, shock=1.3)))
        treated, comparison = (part.draws for part in fit.components(500, 3))
        draws = fit.draws(500, 3)
        window = fit.design.window
        net = draws.with_campaign[:, window].sum(axis=1) / draws.without_campaign[:, window].sum(axis=1)
        np.testing.assert_allclose(treated, comparison * net, rtol=1e-9)

    @pytest.mark.parametrize("form", COUNT_MODELS)
    def test_marginal_and_draws_agree(self, form: str):
        """With a change of level alone the rate ratio is the level change; both from the same posterior."""
        fit = COUNT_MODELS[form].fit(design_of(*regions(ratio=1.5)))
        draws = fit.draws(6000, 5)
        ratio = np.log(draws.with_campaign[:, -1] / draws.without_campaign[:, -1])
        marginal = fit.marginal("level")
        width = np.ptp(marginal.quantile(TAILS))
        np.testing.assert_allclose(np.quantile(ratio, TAILS), marginal.quantile(TAILS), atol=0.03 * width)

    def test_a_shock_that_all_regions_share_is_no_effect(self):
        series, controls = regions(ratio=1.0, shock=2.0, mean=200, sd=0.05)
        effect = estimate_effect(
            series, LAUNCH, model="controlled", controls=controls, harmonics=1, slope=False, sampling=QUICK
        )
        assert effect.rate_ratio.lower < 1 < effect.rate_ratio.upper
        assert effect.components["treated change"].lower > 1.5
        assert effect.components["comparison change"].lower > 1.2
        alone = estimate_effect(series, LAUNCH, harmonics=1, slope=False, sampling=QUICK)
        assert alone.rate_ratio.lower > 1.5

    def test_an_effect_beside_a_shock(self):
        series, controls = regions(ratio=1.8, shock=0.5, mean=200, sd=0.05)
        effect = estimate_effect(series, LAUNCH, model=Controlled(), controls=controls, harmonics=1, slope=False)
        assert effect.level_change.lower < 1.8 < effect.level_change.upper
        assert effect.level_change.lower > 1
        path = effect.path.loc[PERIODS[24] :]
        assert (path["counterfactual"] < path["fitted"]).all()


class TestFlights:
    """A design whose campaign has more than a level and a slope."""

    @pytest.mark.parametrize("form", ["own", "shared"])
    def test_each_flight_is_net_of_what_the_comparison_regions_did(self, form: str):
        series, controls = regions(ratio=1.8, shock=1.5, mean=300, sd=0.05)
        effect = estimate_effect(
            series,
            LAUNCH,
            model=COUNT_MODELS[form],
            controls=controls,
            harmonics=1,
            slope=False,
            launches=["2018-01"],
            sampling=QUICK,
        )
        assert effect.rate_ratio.lower < 1.8 < effect.rate_ratio.upper
        launches = [result for name, result in effect.components.items() if "change" not in name]
        assert len(launches) == 2
        assert launches[-1].lower < 1 < launches[-1].upper


class TestOwnProcesses:
    """Every region by itself."""

    def test_with_one_region_it_is_the_difference_of_two_separate_fits(self):
        series, controls = regions(k=1, ratio=1.4, mean=12)
        fit = Controlled().fit(design_of(series, controls))
        assert isinstance(fit, SeparateFit)
        alone = [
            Latent().fit(build_design(one, LAUNCH, DesignSpec(harmonics=1, slope=False))).marginal("level")
            for one in (series, controls["region 0"])
        ]
        rng = np.random.default_rng(0)
        one, other = (marginal.quantile(rng.uniform(1e-6, 1 - 1e-6, 100_000)) for marginal in alone)
        found, expected = fit.marginal("level").quantile(TAILS), np.quantile(one - other, TAILS)
        np.testing.assert_allclose(found, expected, atol=0.02 * (expected[2] - expected[0]))

    def test_shared_and_separate_agree_where_sharing_says_nothing_new(self):
        """A season shared with a region of few contacts, whose own season is as good as unknown."""
        series, _ = regions(mean=2000, sd=0.02)
        _, controls = regions(seed=8, k=1)
        thin = (controls / 12).round()
        separate = Controlled().fit(design_of(series, thin)).marginal("level").quantile(TAILS)
        fit = Controlled(shared=("season",)).fit(design_of(series, thin))
        assert isinstance(fit, SharedFit)
        np.testing.assert_allclose(
            fit.marginal("level").quantile(TAILS), separate, atol=0.08 * (separate[2] - separate[0])
        )

    def test_sharing_agrees_with_one_model_of_all_regions(self):
        """Thirty years of regions that vary alike: rho and sigma are known, so own and common ones are the same."""
        design = _thirty_years()
        first = Controlled(shared=("trend", "season")).fit(design)
        second = Controlled(process="common", shared=("trend", "season")).fit(design)
        assert isinstance(second, StackedFit)
        for term in ("level", "sin 1", "trend"):
            one, other = (fit.marginal(term).quantile(TAILS) for fit in (first, second))
            np.testing.assert_allclose(one, other, atol=0.08 * (other[2] - other[0]))

    def test_sharing_a_season_that_is_not_shared_is_warned_of(self):
        series, controls = regions(mean=400, sd=0.05)
        turned = controls * np.exp(0.6 * np.cos(2 * np.pi * np.arange(48) / 12))[:, None]
        fit = Controlled(shared=("season",)).fit(design_of(series, turned.round()))
        assert any("differs from the comparison regions" in warning for warning in fit.warnings)
        assert not any(
            "differs" in warning for warning in Controlled(shared=("season",)).fit(design_of(series, controls)).warnings
        )


class TestRegionsThatDiffer:
    """The change of the comparison regions, and its spread."""

    @staticmethod
    def normals(means: list[float], sd: float) -> tuple[NormalMixture, ...]:
        return tuple(
            NormalMixture(weight=np.ones(1), mean=np.array([[m, 0.0]]), covariance=np.diag([sd**2, 0.04])[None])
            for m in means
        )

    def test_the_same_change_is_the_weighted_mean(self):
        change = ComparisonChange(regions=self.normals([0.1, 0.3, 0.2], 0.1), varies=np.zeros(2, dtype=bool))
        draws, tau = change.draws(20_000, 1)
        assert (tau == 0).all()
        np.testing.assert_allclose(draws.mean(axis=0), [0.2, 0.0], atol=0.005)
        np.testing.assert_allclose(draws.std(axis=0), [0.1 / np.sqrt(3), 0.2 / np.sqrt(3)], rtol=0.03)
        mean, covariance = change.normal
        np.testing.assert_allclose(mean, [0.2, 0.0], atol=1e-12)
        np.testing.assert_allclose(np.diag(covariance), [0.01 / 3, 0.04 / 3])

    def test_a_spread_is_integrated_as_by_a_fine_grid(self):
        """Three normal estimates: the predictive distribution of a further region by brute force over tau."""
        means = [0.1, 0.5, -0.1]
        change = ComparisonChange(regions=self.normals(means, 0.1), varies=np.array([True, False]))
        draws, tau = change.draws(40_000, 1)
        grid = np.linspace(0.0005, 1.2, 2400)
        variance = 0.01 + grid**2
        log_p = stats.halfnorm.logpdf(grid, scale=0.25) - np.log(variance) - np.var(means) * 3 / (2 * variance)
        weight = np.exp(log_p - log_p.max())
        weight /= weight.sum()
        spread = np.sqrt(weight @ (variance / 3 + grid**2))
        assert draws[:, 0].mean() == pytest.approx(np.mean(means), abs=0.01)
        assert draws[:, 0].std() == pytest.approx(spread, rel=0.04)
        assert tau.mean() == pytest.approx(weight @ grid, rel=0.04)
        assert draws[:, 1].std() == pytest.approx(0.2 / np.sqrt(3), rel=0.03)  # the slope does not vary

    def test_regions_that_differ_widen_the_interval_and_are_named(self):
        series, controls = regions(k=4, mean=300, sd=0.03)
        unlike = controls.copy()
        unlike.iloc[24:] = (unlike.iloc[24:] * [1.5, 1.0, 0.8, 1.2]).round()
        width = {}
        for name, table in (("alike", controls), ("unlike", unlike)):
            fit = Controlled().fit(design_of(series, table))
            width[name] = np.ptp(fit.marginal("level").quantile(TAILS))
            width[f"tau {name}"] = fit.parameters["tau"]
        assert width["unlike"] > 2 * width["alike"]
        assert width["tau unlike"] > 2 * width["tau alike"]
        same = Controlled(changes="same").fit(design_of(series, unlike))
        assert any("differ more than their own uncertainty" in warning for warning in same.warnings)
        assert disagreement(same.change.regions) < 1e-4

    def test_with_two_regions_it_says_that_it_cannot_tell(self):
        fit = Controlled().fit(design_of(*regions(k=2)))
        assert "tau" not in fit.parameters
        assert any("cannot say how much such regions differ" in warning for warning in fit.warnings)
        same = Controlled(changes="same").fit(design_of(*regions(k=2)))
        assert not any("cannot say" in warning for warning in same.warnings)
        np.testing.assert_array_equal(fit.marginal("level").quantile(TAILS), same.marginal("level").quantile(TAILS))

    def test_a_difference_of_two_normals(self):
        points = stats.norm.ppf((np.arange(2000) + 0.5) / 2000, 0.3, 0.2)
        found = DifferenceMarginal(StudentMarginal(1.0, 0.4), points)
        exact = stats.norm(0.7, np.hypot(0.4, 0.2))
        np.testing.assert_allclose(found.quantile(TAILS), exact.ppf(TAILS), atol=2e-3)
        x = np.linspace(-0.5, 2, 9)
        np.testing.assert_allclose(found.cdf(x), exact.cdf(x), atol=1e-3)
        np.testing.assert_allclose(found.pdf(x), exact.pdf(x), atol=5e-3)


class TestInvariance:
    """What must not change the answer."""

    @pytest.mark.parametrize("form", COUNT_MODELS)
    def test_order_of_regions_and_rows(self, form: str):
        series, controls = regions(ratio=1.4)
        one = COUNT_MODELS[form].fit(design_of(series, controls)).marginal("level").quantile(TAILS)
        mixed = controls.iloc[::-1, [2, 0, 1]]
        other = COUNT_MODELS[form].fit(design_of(series.iloc[::-1], mixed)).marginal("level").quantile(TAILS)
        np.testing.assert_array_equal(one, other)

    def test_units_of_the_exposure(self):
        series, controls = regions(ratio=1.4)
        people = pd.Series(np.linspace(1e5, 1.1e5, 48), PERIODS)
        table = pd.DataFrame({name: people * (j + 2) for j, name in enumerate(controls.columns)})
        found = [
            Controlled()
            .fit(design_of(series, controls, exposure=people / unit, controls_exposure=table / unit))
            .marginal("level")
            .quantile(TAILS)
            for unit in (1.0, 1e5)
        ]
        np.testing.assert_allclose(found[0], found[1], atol=2e-3)

    def test_an_exposure_that_grows_at_the_launch_is_no_change(self):
        series, controls = regions(mean=300, sd=0.03)
        people = pd.DataFrame(1000.0, PERIODS, controls.columns)
        doubled = controls.copy()
        doubled.iloc[24:], people.iloc[24:] = 2 * controls.iloc[24:], 2000.0
        plain = Controlled().fit(design_of(series, controls)).marginal("level").quantile(TAILS)
        adjusted = (
            Controlled().fit(design_of(series, doubled, controls_exposure=people)).marginal("level").quantile(TAILS)
        )
        assert plain[1] == pytest.approx(adjusted[1], abs=0.02)  # doubled counts are a little noisier than counts
        np.testing.assert_allclose(plain, adjusted, atol=0.1)

    def test_missing_periods_of_any_region(self):
        series, controls = regions(ratio=1.5, mean=300, sd=0.05)
        series.iloc[[3, 30]] = np.nan
        controls.iloc[[5, 31, 32], 1] = np.nan
        effect = estimate_effect(series, LAUNCH, model="controlled", controls=controls, harmonics=1, slope=False)
        assert effect.n_pre + effect.n_post == 46
        assert effect.level_change.lower < 1.5 < effect.level_change.upper


class TestGaussian:
    """A measure: least squares on the regions end to end."""

    @staticmethod
    def measures(k: int = 3) -> tuple[pd.Series, pd.DataFrame]:
        rng = np.random.default_rng(2)
        values = 10 + 0.02 * np.arange(48)[:, None] + rng.normal(0, 0.5, (48, k + 1))
        return pd.Series(values[:, 0], PERIODS), pd.DataFrame(values[:, 1:], PERIODS, [f"r{j}" for j in range(k)])

    def fit(self, model: Controlled, series: pd.Series, controls: pd.DataFrame):
        return model.fit(design_of(series, controls, kind="measure"))

    @pytest.mark.parametrize("model", [Controlled(family="gaussian"), Controlled(family="gaussian", pooled=True)])
    def test_a_step_common_to_all_regions_moves_the_effect_by_nothing(self, model: Controlled):
        series, controls = self.measures()
        step = np.where(np.arange(48) >= 24, 3.0, 0.0)
        one = self.fit(model, series, controls)
        other = self.fit(model, series + step, controls.add(step, axis=0))
        for term in ("level",):
            found = [fit.marginal(term) for fit in (one, other)]
            assert found[0].estimate == pytest.approx(found[1].estimate, abs=1e-9)
            assert found[0].standard_error == pytest.approx(found[1].standard_error, rel=1e-9)
        moved = other.linear({"comparison level": 1.0}).estimate - one.linear({"comparison level": 1.0}).estimate
        assert moved == pytest.approx(3.0)

    def test_it_is_ordinary_least_squares_with_clusters_of_lags(self):
        import statsmodels.api as sm

        series, controls = self.measures(k=2)
        fit = self.fit(Controlled(family="gaussian", covariance="hac-stacked", lags=2), series, controls)
        stacked = fit.stacked
        by_hand = sm.OLS(stacked.observed, stacked.matrix).fit(
            cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True}
        )
        np.testing.assert_allclose(fit.coefficients, by_hand.params, rtol=1e-8)
        np.testing.assert_allclose(fit.covariance, by_hand.cov_params(), rtol=1e-6, atol=1e-12)
        model = self.fit(Controlled(family="gaussian", covariance="model"), series, controls)
        np.testing.assert_allclose(
            model.covariance, sm.OLS(stacked.observed, stacked.matrix).fit().cov_params(), rtol=1e-6, atol=1e-12
        )

    def test_lags_stay_inside_a_region_and_order_does_not_matter(self):
        series, controls = self.measures()
        model = Controlled(family="gaussian", lags=3)
        one = self.fit(model, series, controls)
        mixed = self.fit(model, series.sample(frac=1, random_state=1), controls.sample(frac=1, axis=1, random_state=2))
        assert one.marginal("level").standard_error == pytest.approx(mixed.marginal("level").standard_error, rel=1e-12)
        renamed = controls.set_axis(["z", "m", "a"], axis=1)
        other = self.fit(model, series, renamed).marginal("level").standard_error
        assert one.marginal("level").standard_error == pytest.approx(other, rel=1e-9)
        scores = np.random.default_rng(0).normal(size=(30, 2))
        assert bartlett(scores, 0) == pytest.approx(scores.T @ scores)
        apart = bartlett(scores[:15], 1) + bartlett(scores[15:], 1)
        assert np.abs(apart - bartlett(scores, 1)).max() > 1e-3

    def test_components_are_differences_that_add_up(self):
        series, controls = self.measures()
        effect = estimate_effect(
            series, LAUNCH, model=Controlled(family="gaussian"), controls=controls, harmonics=1, slope=False
        )
        assert effect.fit.link == "identity"
        assert effect.level_change.unit == "units of the measure"
        parts = effect.components
        assert parts["treated change"].unit == "units of the measure"
        total = parts["comparison change"].value + effect.cumulative_effect.value
        assert parts["treated change"].value == pytest.approx(total, abs=0.2)
        assert effect.cumulative_effect.lower < 0 < effect.cumulative_effect.upper

    def test_a_gap_keeps_its_place_in_the_lags(self):
        series, controls = self.measures()
        series.iloc[10] = np.nan
        fit = self.fit(Controlled(family="gaussian"), series, controls)
        assert fit.df == 4 * 48 - 1 - len(fit.coefficients)
        assert np.isfinite(fit.marginal("level").standard_error)


class TestLogControlCovariate:
    """The other way to use controls: the log of their total as a column, with a coefficient that the data choose."""

    @staticmethod
    def driven(seed: int = 5) -> tuple[pd.Series, pd.DataFrame]:
        """Regions whose months go up and down together, as with the weather, and an effect of 1.5 in the first."""
        rng = np.random.default_rng(seed)
        together = 0.3 * rng.normal(size=48)
        means = np.array([80.0, 300.0, 500.0])
        rate = means * np.exp(together)[:, None]
        rate[24:, 0] *= 1.5
        counts = rng.poisson(rate).astype(float)
        return pd.Series(counts[:, 0], PERIODS), pd.DataFrame(counts[:, 1:], PERIODS, ["a", "b"])

    def level(self, **options) -> np.ndarray:
        series, controls = self.driven()
        chosen = {"controls": controls, **options}
        effect = estimate_effect(
            series, LAUNCH, harmonics=1, slope=False, second_opinion=False, sampling=QUICK, **chosen
        )
        return np.array([effect.level_change.lower, effect.level_change.value, effect.level_change.upper])

    def test_it_takes_up_what_moves_all_regions_month_by_month(self):
        found, alone, beside = self.level(), self.level(controls=None), self.level(model="controlled")
        assert found[0] < 1.5 < found[2]
        assert found[2] / found[0] < 0.6 * alone[2] / alone[0]
        assert found[2] / found[0] < 0.6 * beside[2] / beside[0]

    def test_units_and_order_of_the_controls(self):
        _, controls = self.driven()
        np.testing.assert_allclose(self.level(controls=controls[["b", "a"]]), self.level(), rtol=1e-6)
        np.testing.assert_allclose(self.level(controls=1000 * controls), self.level(), rtol=0.01)

    def test_a_period_without_all_controls_leaves_the_fit(self):
        series, controls = self.driven()
        controls.iloc[7, 1] = np.nan
        effect = estimate_effect(series, LAUNCH, controls=controls, harmonics=1, slope=False, sampling=QUICK)
        assert effect.n_pre == 23
        assert any("no count in every comparison region" in warning for warning in effect.warnings)


class TestExposureOfBothSides:
    """A rate is compared with rates, and open days are those of every region."""

    def test_closed_days_are_no_zeros_of_a_comparison_region(self):
        days = pd.period_range("2018-01-01", periods=140, freq="D")
        closed = np.asarray(days.day_of_week) == 6
        rng = np.random.default_rng(3)
        counts = rng.poisson(30, size=(140, 2)) * ~closed[:, None]
        series, controls = pd.Series(counts[:, 0], days), pd.DataFrame(counts[:, 1:], days, ["Kent"])
        spec = DesignSpec(harmonics=0, slope=False, opening=read_opening(WEEKDAYS[:6]))
        design = build_design(series, "2018-03-15", spec, controls=controls, controls_as="comparison")
        assert design.comparison is not None
        assert np.isnan(design.comparison.observed[closed]).all()
        assert np.isfinite(design.comparison.observed[~closed]).all()

    def test_a_weekday_that_the_series_never_counted_is_not_taken_for_another(self):
        """Without a count it has no ratio of its own, and would stand for a Monday in the comparison regions."""
        days = pd.period_range("2018-01-01", periods=139, freq="D")
        sunday = np.asarray(days.day_of_week) == 6
        counts = np.random.default_rng(3).poisson(30, size=(139, 2))
        series, controls = pd.Series(counts[:, 0], days)[~sunday], pd.DataFrame(counts[:, 1:], days, ["Kent"])
        spec = DesignSpec(harmonics=0, slope=False)
        design = build_design(series, "2018-03-15", spec, controls=controls, controls_as="comparison")
        assert design.comparison is not None
        assert (np.isnan(design.comparison.observed[:, 0]) == sunday).all()

    def test_the_length_of_a_month_is_that_of_every_region(self):
        series, controls = regions()
        design = design_of(series, controls, exposure="days")
        assert design.comparison is not None
        np.testing.assert_allclose(
            design.comparison.offset, np.log(np.tile(np.asarray(PERIODS.days_in_month)[:, None], 3))
        )

    @pytest.mark.parametrize("side", ["series", "comparison regions"])
    def test_an_exposure_on_one_side_only_is_warned_of(self, side):
        series, controls = regions()
        growing = np.linspace(1000, 1500, 48)
        own = pd.Series(growing, PERIODS)
        theirs = pd.DataFrame(dict.fromkeys(controls, growing), PERIODS)
        options = {"exposure": own} if side == "series" else {"controls_exposure": theirs}
        one = design_of(series, controls, **options)
        assert any(f"an exposure is given for the {side}" in warning for warning in one.warnings)
        assert not design_of(series, controls, exposure=own, controls_exposure=theirs).warnings
        assert not design_of(series, controls, exposure=1000.0).warnings


class TestBadInput:
    """One clear message, or a reason in the place of the answer."""

    def test_without_comparison_regions(self):
        series, _ = regions()
        with pytest.raises(ModelError, match="none were given"):
            estimate_effect(series, LAUNCH, model="controlled")

    def test_a_copy_of_the_series(self):
        series, controls = regions()
        effect = estimate_effect(series, LAUNCH, model="controlled", controls=controls.assign(copy=series))
        assert isinstance(effect.rate_ratio, NotEstimable)
        assert "'copy' has the same values as the series itself in all 48 periods" in effect.rate_ratio.reason
        twice = estimate_effect(series, LAUNCH, model="controlled", controls=controls.assign(copy=controls["region 0"]))
        assert "'region 0'" in twice.rate_ratio.reason

    def test_a_region_that_cannot_carry_the_design_is_left_out_by_name(self):
        series, controls = regions()
        late = controls.copy()
        late.iloc[:20, 1] = np.nan
        effect = estimate_effect(
            series, LAUNCH, model="controlled", controls=late, harmonics=1, slope=False, sampling=QUICK
        )
        assert isinstance(effect.rate_ratio, Estimate)
        assert any("'region 1' is left out: 4 months before launch" in warning for warning in effect.warnings)
        none = estimate_effect(series, LAUNCH, model="controlled", controls=late[["region 1"]], sampling=QUICK)
        assert "no comparison region can carry the design" in none.rate_ratio.reason

    def test_comparison_regions_that_were_never_counted_together(self):
        """Each can be compared with; only the second method, which needs their total, must do without them."""
        series, controls = regions()
        apart = controls[["region 0", "region 1"]].copy()
        apart.iloc[np.r_[12:24, 30:48], 0] = np.nan
        apart.iloc[np.r_[0:12, 24:30], 1] = np.nan
        effect = estimate_effect(
            series, LAUNCH, model="controlled", controls=apart, harmonics=1, slope=False, sampling=QUICK
        )
        assert isinstance(effect.rate_ratio, Estimate)
        assert effect.second_opinion is not None
        assert not effect.second_opinion.design.controlled

    @pytest.mark.parametrize("model", ["latent", "segmented"])
    def test_a_copy_as_a_covariate_would_explain_the_effect_away(self, model):
        series, controls = regions(ratio=2.0)
        with pytest.raises(DesignError, match="'copy' has the same count as the series"):
            estimate_effect(series, LAUNCH, model=model, controls=controls.assign(copy=series))

    def test_controls_and_their_exposure_are_tables(self):
        series, controls = regions()
        with pytest.raises(DesignError, match="The controls are a list"):
            estimate_effect(series, LAUNCH, model="controlled", controls=[1, 2, 3])
        with pytest.raises(DesignError, match="The exposure of the controls is a Series"):
            design_of(series, controls[["region 0"]], controls_exposure=controls["region 0"])

    def test_a_transition_begins_after_the_lag_in_every_region(self):
        series, controls = regions()
        series.iloc[24:28] = np.nan  # so that only the calendar says which periods the comparison regions leave out
        spec = DesignSpec(harmonics=0, slope=False, lag=2, transition=2)
        design = build_design(series, LAUNCH, spec, controls=controls, controls_as="comparison")
        alone = regions_of(design, pooled=False).comparison["region 0"]
        assert np.flatnonzero(~alone.used).tolist() == [26, 27]

    def test_no_overlap_in_time(self):
        series, controls = regions()
        earlier = controls.set_axis(pd.period_range("2001-01", periods=48, freq="M"))
        with pytest.raises(DesignError, match="shares no counted period"):
            estimate_effect(series, LAUNCH, model="controlled", controls=earlier)

    def test_two_regions_of_one_name_and_the_treated_region_itself(self):
        series, controls = regions()
        double = controls.set_axis(["Kent", "Kent", "Essex"], axis=1)
        with pytest.raises(DesignError, match="'Kent' is given twice"):
            estimate_effect(series, LAUNCH, model="controlled", controls=double)
        named = controls.set_axis(["Kent", "Devon", "Essex"], axis=1)
        with pytest.raises(DesignError, match="'Kent' is the treated region"):
            estimate_effect(series, LAUNCH, model="controlled", controls=named, region="Kent")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"family": "gausian"}, "Did you mean 'gaussian'"),
            ({"process": "none"}, "process"),
            ({"shared": ("trends",)}, "Did you mean 'trend'"),
            ({"covariance": "newey"}, "covariance"),
            ({"changes": "varies"}, "Did you mean 'vary'"),
            ({"changes": "vary", "process": "common"}, "each region by itself"),
            ({"lags": -1}, "whole number"),
            ({"prior": LatentPrior(coefficient_sd={"level": 1.0})}, "flat priors"),
        ],
    )
    def test_options(self, options, message):
        with pytest.raises(ModelError, match=message):
            Controlled(**options)

    def test_a_placebo_keeps_the_comparison_regions(self):
        design = design_of(*regions(mean=200, sd=0.05))
        early = design.placebo(pd.Period("2016-03", "M"))
        fit = Controlled().fit(early)
        low, _, high = fit.marginal(vocab.LEVEL).quantile(TAILS)
        assert low < 0 < high
        assert len(fit.comparison) == 3
        assert replace(early, comparison=None).comparison is None
