"""The latent model on arrays and on designs: invariances, joint draws, batches, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.design import DesignSpec, build_design
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.base import Fit, Model
from evalkit.model.latent import (
    Forecast,
    Latent,
    LatentGrid,
    LatentModel,
    LatentPrior,
    Series,
    fit_latent,
    fit_many_latent,
)
from evalkit.model.latent.posterior import _random_numbers

TAILS = np.array([0.025, 0.5, 0.975])
LEVEL = 4
SAME = 2e-3  # in posterior sd: Newton stops within 1e-3, and a grid point near the cutoff may come or go


def matrix(n: int, launch: int, first: int = 0) -> np.ndarray:
    t = np.arange(n)
    season = 2 * np.pi * (t + first) / 12
    post = (t >= launch) * 1.0
    return np.column_stack(
        [np.ones(n), (t - launch) / 12, np.sin(season), np.cos(season), post, post * (t - launch) / 12]
    )


def counts(n: int = 48, launch: int = 24, mean: float = 12, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    u = np.zeros(n)
    for t in range(1, n):
        u[t] = 0.5 * u[t - 1] + 0.3 * rng.normal()
    return rng.poisson(mean * np.exp(u + 0.4 * (np.arange(n) >= launch))).astype(float)


def quantiles(y, X, **kwargs) -> np.ndarray:
    return fit_latent(y, X, **kwargs).coefficient(LEVEL).quantile(TAILS)


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    sd = (expected[2] - expected[0]) / 3.92
    np.testing.assert_allclose(found, expected, atol=SAME * sd)


def series(y: np.ndarray, start: str = "2015-01") -> pd.Series:
    return pd.Series(y, index=pd.period_range(start, periods=len(y), freq="M"), name="contacts")


class TestInvariance:
    """What must not change the answer."""

    def test_exposure_in_other_units(self):
        y, X = counts(), matrix(48, 24)
        exposure = np.linspace(1.0, 1.3, 48)
        one = fit_latent(y, X, offset=np.log(exposure))
        other = fit_latent(y, X, offset=np.log(exposure * 1e5))
        assert_same(other.coefficient(LEVEL).quantile(TAILS), one.coefficient(LEVEL).quantile(TAILS))
        assert other.coefficient(0).centre == pytest.approx(one.coefficient(0).centre - np.log(1e5), abs=1e-3)
        assert other.log_marginal_likelihood == pytest.approx(one.log_marginal_likelihood, abs=1e-6)

    def test_the_calendar_shifted(self):
        """Another first month turns sine and cosine into each other: the same model, the same effect."""
        y = counts()
        assert_same(quantiles(y, matrix(48, 24, first=5)), quantiles(y, matrix(48, 24)))

    def test_columns_in_another_order_and_other_units(self):
        y, X = counts(), matrix(48, 24)
        other = fit_latent(y, (X * [1, 12, 1, 1, 1, 12])[:, [4, 5, 0, 3, 2, 1]])
        assert_same(other.coefficient(0).quantile(TAILS), quantiles(y, X))

    def test_masked_periods_at_the_ends(self):
        y, X = counts(), matrix(54, 27)
        used = np.zeros(54, dtype=bool)
        used[3:51] = True
        padded = np.concatenate([[99.0] * 3, y, [np.nan] * 3])
        assert_same(quantiles(padded, X, used=used), quantiles(y, X[3:51]))

    def test_time_reversed(self):
        """A stationary AR(1) looks the same backwards."""
        y, X = counts(), matrix(48, 24)
        assert_same(quantiles(y[::-1], X[::-1]), quantiles(y, X))

    def test_rows_of_a_series_in_another_order(self):
        whole = series(counts())
        shuffled = whole.sample(frac=1, random_state=3)
        designs = [build_design(s, "2017-01", DesignSpec(harmonics=1)) for s in (whole, shuffled)]
        one, other = (Latent().fit(d).marginal("level").quantile(TAILS) for d in designs)
        np.testing.assert_array_equal(one, other)

    def test_a_linear_combination_of_one_term_is_that_term(self):
        posterior = fit_latent(counts(), matrix(48, 24))
        a = np.zeros(6)
        a[LEVEL] = 2.0
        assert_same(posterior.linear(a).quantile(TAILS) / 2, posterior.coefficient(LEVEL).quantile(TAILS))


class TestPosterior:
    """The parts of a posterior agree with each other."""

    def test_grid_settings_do_not_matter(self):
        """A grid four times as fine and ten times as wide moves no quantile by a twentieth of a posterior sd."""
        fine = LatentModel(grid=LatentGrid(step=0.6, cells=(24, 30), cutoff=1e-6, tolerance=1e-6))
        for seed in range(4):
            y, X = counts(seed=seed), matrix(48, 24)
            coarse, exact = quantiles(y, X), quantiles(y, X, model=fine)
            assert np.abs(coarse - exact).max() < 0.05 * (exact[2] - exact[0]) / 3.92

    def test_marginal_functions_agree(self):
        marginal = fit_latent(counts(), matrix(48, 24)).coefficient(LEVEL)
        x = np.linspace(*marginal.quantile([1e-7, 1 - 1e-7]), 4001)
        assert np.trapezoid(marginal.pdf(x), x) == pytest.approx(1, abs=1e-4)
        assert np.trapezoid(x * marginal.pdf(x), x) == pytest.approx(marginal.mean, abs=0.02 * marginal.sd)
        np.testing.assert_allclose(marginal.cdf(marginal.quantile(TAILS)), TAILS, atol=1e-8)

    def test_rho_and_sigma_are_distributions(self):
        posterior = fit_latent(counts(96, 48), matrix(96, 48))
        for marginal in (posterior.rho, posterior.sigma):
            assert marginal.mass.sum() == pytest.approx(1)
            assert np.all(np.diff(marginal.edges) > 0)
            assert marginal.cdf(marginal.centre) == pytest.approx(0.5)
        assert 0.15 < posterior.sigma.centre < 0.6  # the truth is 0.35

    def test_draws_agree_with_the_marginals(self):
        """The draws are exact up to Monte-Carlo error, so this checks the corrected mixture too."""
        for mean in (2, 30):
            posterior = fit_latent(counts(mean=mean, seed=4), matrix(48, 24))
            drawn = posterior.draws(20000, 1)
            for j in (0, LEVEL):
                marginal = posterior.coefficient(j)
                error = np.quantile(drawn.b[:, j], TAILS) - marginal.quantile(TAILS)
                assert np.abs(error).max() < 0.1 * marginal.sd
            assert drawn.effective_size > 2000

    def test_draws_agree_with_the_marginals_where_part_of_the_process_has_no_memory(self):
        used = ~np.isin(np.arange(48), (5, 30))
        for mean in (3, 40):
            half = LatentModel(prior=LatentPrior(white={0.5: 1.0}))
            posterior = fit_latent(counts(mean=mean, seed=4), matrix(48, 24), used=used, model=half)
            drawn, marginal = posterior.draws(20000, 1), posterior.coefficient(LEVEL)
            error = np.quantile(drawn.b[:, LEVEL], TAILS) - marginal.quantile(TAILS)
            assert np.abs(error).max() < 0.1 * marginal.sd
            assert set(drawn.white) == {0.5}

    def test_the_memoryless_share_is_found(self):
        """Slow variation and as much that has no memory, in 400 periods: the single AR(1) is given up."""
        n, X = 400, np.ones((400, 1))
        rng = np.random.default_rng(8)
        a = np.zeros(n)
        for t in range(1, n):
            a[t] = 0.95 * a[t - 1] + np.sqrt(1 - 0.95**2) * 0.4 * rng.normal()
        y = rng.poisson(200 * np.exp(a + 0.4 * rng.normal(size=n))).astype(float)
        mixed, single = (
            fit_latent(y, X, model=LatentModel(prior=LatentPrior(white=white)))
            for white in ({0.0: 0.9, 0.5: 0.1}, {0.0: 1.0})
        )
        assert mixed.white[0.5] > 0.99
        assert single.white == {0.0: pytest.approx(1)}
        assert mixed.log_marginal_likelihood > single.log_marginal_likelihood + 5
        assert mixed.rho.quantile(0.025) < 0.95 < mixed.rho.quantile(0.975)
        assert single.rho.quantile(0.975) < 0.95

    def test_one_plane_is_the_single_process(self):
        y, X = counts(), matrix(48, 24)
        one = fit_latent(y, X, model=LatentModel(prior=LatentPrior(white={0.0: 1.0})))
        both = fit_latent(y, X, model=LatentModel(prior=LatentPrior(white={0.0: 0.999999, 0.5: 0.000001})))
        assert not one.theta[:, 2].any()
        assert not one.draws(50, 1).white.any()
        assert_same(both.coefficient(LEVEL).quantile(TAILS), one.coefficient(LEVEL).quantile(TAILS))

    def test_draws_repeat_with_the_seed_and_reach_masked_periods(self):
        used = np.arange(48) != 30
        posterior = fit_latent(counts(), matrix(48, 24), used=used)
        one, two = posterior.draws(500, 7), posterior.draws(500, 7)
        np.testing.assert_array_equal(one.eta, two.eta)
        spread = one.eta.std(axis=0)
        assert np.isfinite(one.eta).all()
        assert spread[30] > spread[29]

    def test_random_numbers_are_kept_unless_they_take_too_much_memory(self, monkeypatch):
        found = fit_latent(counts(), matrix(48, 30))
        small = found.draws(100, 11)
        assert _random_numbers.cache_info().currsize > 0
        monkeypatch.setattr("evalkit.model.latent.posterior._MOST_KEPT", 100)
        before = _random_numbers.cache_info()
        np.testing.assert_array_equal(found.draws(100, 11).b, small.b)
        assert _random_numbers.cache_info() == before

    def test_draws_of_a_chain_that_starts_anew_do_not_follow_the_one_before(self):
        y, n = counts(mean=200), 48
        y[34:40] *= 3  # high at the end of what was counted: a chain that goes on stays high, a new one does not
        used = np.arange(n) < 40
        X, close = np.ones((n, 1)), LatentModel(prior=LatentPrior(rho_lower=0.8))
        u = {}
        for name, starts in (("one", None), ("two", np.isin(np.arange(n), (0, 40)))):
            joint = fit_latent(y, X, used=used, starts=starts, model=close).draws(16_000, 1)
            u[name] = joint.eta - joint.b[:, :1]
        assert np.median(u["one"][:, 40]) > 0.4
        assert abs(np.median(u["two"][:, 40])) < 0.05
        assert abs(np.corrcoef(u["two"][:, 39], u["two"][:, 40])[0, 1]) < 0.05
        assert np.corrcoef(u["two"][:, 40], u["two"][:, 41])[0, 1] > 0.6  # a chain among themselves
        assert u["two"][:, 40].std() == pytest.approx(u["two"][:, 47].std(), rel=0.1)  # stationary from its first

    def test_marginal_likelihood_prefers_the_true_level_change(self):
        y, X = counts(mean=60, seed=2), matrix(48, 24)
        prior = LatentPrior(coefficient_sd={"level": 1.0})
        terms = ("intercept", "trend", "sin", "cos", "level")
        y[24:] *= 3
        with_level = fit_latent(y, X[:, :5], model=LatentModel(prior=prior, terms=terms))
        without = fit_latent(y, X[:, :4])
        assert with_level.log_marginal_likelihood > without.log_marginal_likelihood + 2


class TestBatch:
    """A batch is the series one by one."""

    def test_a_batch_gives_what_one_by_one_gives(self):
        items = [Series(counts(seed=s), matrix(48, 24)) for s in range(40)]
        seen: list[tuple[int, int]] = []
        batch = fit_many_latent(
            items,
            lambda posterior: posterior.coefficient(LEVEL).quantile(TAILS),
            workers=2,
            progress=lambda done, total: seen.append((done, total)),
        )
        for item, found in zip(items, batch, strict=True):
            np.testing.assert_array_equal(found, quantiles(item.y, item.X))
        assert seen[-1] == (40, 40)

    def test_a_failing_series_leaves_the_others(self):
        items = [Series(np.zeros(48), matrix(48, 24)), *(Series(counts(seed=s), matrix(48, 24)) for s in range(10))]
        found = fit_many_latent(items, lambda posterior: posterior.coefficient(LEVEL).centre)
        assert isinstance(found[0], CannotEstimate)
        assert all(isinstance(value, float) for value in found[1:])


class TestDesigns:
    """The models of a design."""

    @pytest.mark.parametrize("model", [Latent(), Forecast()])
    def test_a_fit_keeps_the_contract(self, model):
        design = build_design(series(counts(mean=40)), "2017-01", DesignSpec(harmonics=1))
        fit = model.fit(design)
        assert isinstance(model, Model)
        assert isinstance(fit, Fit)
        draws = fit.draws(400, 1)
        for array in (draws.with_campaign, draws.without_campaign, fit.predictive(400, 1)):
            assert array.shape == (400, 48)
            assert np.isfinite(array).all()
        counted = fit.counted(draws.without_campaign, 1)
        np.testing.assert_array_equal(counted, np.rint(counted))
        assert fit.fitted.shape == fit.systematic.shape == (48,)
        assert fit.dispersion > 1
        assert set(fit.parameters) == {"rho", "sigma", "white"}
        np.testing.assert_array_equal(fit.draws(400, 1).without_campaign, draws.without_campaign)

    def test_a_batch_of_designs(self):
        designs = [
            build_design(series(counts(seed=s)), launch, DesignSpec(harmonics=1))
            for s, launch in zip(range(9), ["2017-01"] * 8 + ["2015-03"], strict=True)
        ]
        fits = Latent().fit_many(designs)
        assert isinstance(fits[8], CannotEstimate)
        one = Latent().fit(designs[3]).marginal("level").quantile(TAILS)
        np.testing.assert_array_equal(fits[3].marginal("level").quantile(TAILS), one)

    def test_forecast_and_latent_agree_on_a_clear_change(self):
        y = counts(72, 60, mean=200, seed=9)
        y[60:] *= 2
        design = build_design(series(y), "2020-01", DesignSpec(harmonics=1, slope=False))
        latent, forecast = Latent().fit(design).draws(2000, 1), Forecast().fit(design).draws(2000, 1)
        window = design.window
        by_latent = latent.with_campaign[:, window].sum(1) / latent.without_campaign[:, window].sum(1)
        by_forecast = y[60:].sum() / forecast.without_campaign[:, window].sum(1)
        assert np.median(by_latent) == pytest.approx(np.median(by_forecast), rel=0.3)
        assert np.quantile(by_forecast, 0.025) > 1


BAD = {
    "all zero": (np.zeros(48), "no contacts were counted in any period"),
    "zero after launch": (np.where(np.arange(48) < 24, 9.0, 0.0), "'x4'"),
    "zero before launch": (np.where(np.arange(48) < 24, 0.0, 9.0), "no lower bound"),
    "one contact in all": ((np.arange(48) == 30) * 1.0, "no lower bound"),
}


class TestBadInput:
    """A sound wide answer or a reason, never a crash or a NaN."""

    @pytest.mark.parametrize("name", BAD)
    def test_an_improper_posterior_is_refused(self, name: str):
        y, message = BAD[name]
        with pytest.raises(CannotEstimate, match=message):
            fit_latent(y, matrix(48, 24))

    def test_a_prior_makes_separation_a_wide_answer(self):
        y = np.where(np.arange(48) < 24, 9.0, 0.0)
        model = LatentModel(terms=tuple("abcdef"), prior=LatentPrior(coefficient_sd={"e": 1.0, "f": 1.0}))
        lower, _, upper = quantiles(y, matrix(48, 24), model=model)
        assert -7 < lower < upper < 0
        assert upper - lower > 2

    def test_culprits_are_named(self):
        X = matrix(48, 24)
        terms = ("intercept", "trend", "sin", "cos", "level", "slope", "event")
        for extra in (X[:, 4], X[:, 0] - 2 * X[:, 4]):
            with pytest.raises(CannotEstimate, match="'event' cannot be told"):
                fit_latent(counts(), np.column_stack([X, extra]), model=LatentModel(terms=terms))
        with pytest.raises(CannotEstimate, match="'event' is zero"):
            fit_latent(counts(), np.column_stack([X, 0 * X[:, 4]]), model=LatentModel(terms=terms))

    @pytest.mark.parametrize(
        ("y", "used"),
        [
            (np.full(48, 20.0), None),
            (np.full(48, 1e9), None),
            (np.where(np.arange(48) == 10, 1e9, 8.0), None),
            (np.where(np.arange(48) == 30, 1e9, counts()), None),
            (counts(), np.arange(48) % 5 == 0),
            (np.where(np.arange(48) == 30, 1.0, np.where(np.arange(48) < 24, 9.0, 0.0)), None),
            (np.round(np.exp(np.linspace(0, 20, 48))), None),
        ],
        ids=["constant", "constant 1e9", "one 1e9", "one 1e9 after", "mostly missing", "one after launch", "1 to 1e9"],
    )
    def test_strange_series_give_finite_answers(self, y, used):
        posterior = fit_latent(y, matrix(48, 24), used=used)
        for j in range(6):
            assert np.isfinite(posterior.coefficient(j).quantile(TAILS)).all()
        drawn = posterior.draws(200, 1)
        assert np.isfinite(drawn.eta).all()
        assert np.isfinite(posterior.log_marginal_likelihood)
        assert posterior.failures == 0

    def test_two_and_three_points(self):
        lower, _, upper = fit_latent([3.0, 5, 7], np.ones((3, 1))).coefficient(0).quantile(TAILS)
        assert upper - lower > np.log(2)
        with pytest.raises(CannotEstimate, match="3 counted periods for 3 terms"):
            fit_latent([3.0, 5, 7], np.vander([0.0, 1, 2], 3))

    def test_too_few_contacts_for_the_terms(self):
        y = np.zeros(48)
        y[[2, 9, 17, 25, 36, 47]] = 1
        with pytest.raises(CannotEstimate, match="too few contacts for the terms of the design"):
            fit_latent(y, matrix(48, 24))

    def test_twenty_thousand_points(self):
        n = 20000
        y = counts(n, n // 2, mean=5)
        X = np.column_stack([np.ones(n), np.arange(n) / n, (np.arange(n) >= n // 2) * 1.0])
        posterior = fit_latent(y, X)
        assert posterior.coefficient(2).cdf(0.4) == pytest.approx(0.5, abs=0.4999)
        assert posterior.rho.quantile(0.01) < 0.5 < posterior.rho.quantile(0.99)

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"y": np.full(48, -1.0)}, "numbers of 0 or more"),
            ({"y": np.full(48, np.nan)}, "numbers of 0 or more"),
            ({"X": np.ones((47, 1))}, "one row"),
            ({"X": np.full((48, 1), np.inf)}, "not finite"),
            ({"offset": np.full(48, -np.inf)}, "not finite"),
            ({"starts": np.arange(48) == 3}, "the first of them True"),
            ({"starts": np.ones(47, bool)}, "one entry for each count"),
        ],
    )
    def test_unreadable_arrays(self, kwargs, message):
        arguments = {"y": counts(), "X": matrix(48, 24), **kwargs}
        with pytest.raises(ModelError, match=message):
            fit_latent(arguments.pop("y"), arguments.pop("X"), **arguments)

    @pytest.mark.parametrize(
        "options",
        [
            {"sigma": "flatt"},
            {"sigma_upper": 0.0},
            {"sigma_rate": -1.0},
            {"rho_lower": 0.99},
            {"rho_power": 3.0},
            {"coefficient_sd": {"level": 0.0}},
            {"white": {1.0: 1.0}},
            {"white": {}},
            {"white": {0.0: 0.5, 0.5: 0.4}},
        ],
    )
    def test_impossible_priors(self, options):
        with pytest.raises(ModelError, match="Allowed"):
            LatentPrior(**options)

    @pytest.mark.parametrize(
        "options", [{"cutoff": 0.0}, {"step": 9.0}, {"cells": (2, 9)}, {"order": 3}, {"tolerance": 1.0}]
    )
    def test_impossible_grids(self, options):
        with pytest.raises(ModelError, match="Allowed"):
            LatentGrid(**options)

    def test_a_prior_on_a_term_that_is_not_there(self):
        model = LatentModel(terms=("level",), prior=LatentPrior(coefficient_sd={"levle": 1.0}))
        with pytest.raises(ModelError, match="Did you mean 'level'"):
            fit_latent(counts(), np.ones((48, 1)), model=model)


def test_no_share_of_the_memoryless_part_is_lost_between_the_cells_of_its_plane():
    y = [80, 92, 117, 102, 121, 71, 77, 70, 71, 70, 66, 107, 76, 107, 140, 100, 98, 100, 82, 65, 84, 68, 81, 82]
    y += [
        112,
        78,
        94,
        131,
        115,
        126,
        121,
        82,
        71,
        77,
        89,
        56,
        172,
        203,
        190,
        273,
        154,
        208,
        121,
        134,
        113,
        157,
        108,
        151,
    ]
    y += [
        166,
        197,
        235,
        249,
        217,
        220,
        165,
        143,
        133,
        164,
        143,
        146,
        148,
        151,
        198,
        213,
        215,
        156,
        170,
        137,
        145,
        145,
        161,
        210,
    ]
    found = fit_latent(y, second_harmonic := np.column_stack([matrix(72, 36), season(72, 2)]))
    fine = LatentModel(grid=LatentGrid(step=0.6, cutoff=1e-6, cells=(16, 16)))
    assert found.white[0.5] == pytest.approx(fit_latent(y, second_harmonic, model=fine).white[0.5], abs=0.01)


@pytest.mark.parametrize(
    ("n", "mean", "sd", "seed"), [(300, 6000, 0.05, 0), (300, 760, 1.0, 24), (150, 3000, 0.1, 3), (72, 9000, 0.05, 4)]
)
def test_no_plane_is_lost_where_long_series_of_large_counts_have_narrow_peaks(n, mean, sd, seed):
    """Peaks much narrower than a cell of the coarse grid: heights on that grid say little of the planes."""
    rng = np.random.default_rng(seed)
    y, X = rng.poisson(mean * np.exp(sd * rng.normal(size=n))), np.column_stack([np.ones(n), np.arange(n) >= 0.7 * n])
    fine = fit_latent(y, X, model=LatentModel(grid=LatentGrid(step=0.8, cutoff=1e-6, cells=(20, 20))))
    for grid in (LatentGrid(), LatentGrid(step=2.0, cutoff=1e-3)):
        found = fit_latent(y, X, model=LatentModel(grid=grid))
        assert found.white[0.5] == pytest.approx(fine.white[0.5], abs=0.05)
        assert found.log_marginal_likelihood == pytest.approx(fine.log_marginal_likelihood, abs=0.1)


def season(n: int, harmonic: int) -> np.ndarray:
    angle = 2 * np.pi * harmonic * np.arange(n) / 12
    return np.column_stack([np.sin(angle), np.cos(angle)])
