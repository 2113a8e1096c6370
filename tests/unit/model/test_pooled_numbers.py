"""Random effects and the hierarchical model on arrays: closed forms, invariances, edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate as quadrature
from scipy import stats

from evalkit.errors import CannotEstimate, ModelError
from evalkit.model import StudentMarginal
from evalkit.model.pooled import Hierarchy, RandomEffects, combine, integrate

Y = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16]) / 20  # Rubin 1981, in units of 20 points
S = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6]) / 20


class ClosedForm:
    """Normal estimates: given tau everything is normal (Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4)."""

    def __init__(self, options: Hierarchy) -> None:
        self.options = options
        self.total = self.mean_of(lambda tau: 1.0)

    def of_theta(self, tau: float) -> tuple[float, float]:
        w = 1 / (S**2 + tau**2)
        return float(w @ Y / w.sum()), float(w.sum() ** -0.5)

    def density(self, tau: float) -> float:
        w = 1 / (S**2 + tau**2)
        m, sd = self.of_theta(tau)
        prior = float(np.exp(self.options.log_density(np.array(tau))))
        return prior * sd * float(np.prod(np.sqrt(w) * np.exp(-0.5 * w * (Y - m) ** 2)))

    def mean_of(self, function, upper: float | None = None) -> float:
        top = self.options.upper if upper is None else upper
        return quadrature.quad(lambda tau: self.density(tau) * function(tau), 0, top, limit=200, epsabs=0)[0]

    def common(self, x: float) -> float:
        return self.mean_of(lambda tau: stats.norm.cdf(x, *self.of_theta(tau))) / self.total

    def ahead(self, x: float) -> float:
        def below(tau: float) -> float:
            m, sd = self.of_theta(tau)
            return float(stats.norm.cdf(x, m, np.hypot(sd, tau)))

        return self.mean_of(below) / self.total

    def region(self, x: float, r: int) -> float:
        def below(tau: float) -> float:
            m, sd = self.of_theta(tau)
            keep = S[r] ** 2 / (S[r] ** 2 + tau**2)
            spread = np.sqrt((1 - keep) * S[r] ** 2 + keep**2 * sd**2)
            return float(stats.norm.cdf(x, keep * m + (1 - keep) * Y[r], spread))

        return self.mean_of(below) / self.total


@pytest.mark.parametrize(
    "options", [Hierarchy(), Hierarchy(tau_scale=0.1), Hierarchy(tau_prior="half-cauchy")], ids=["0.5", "0.1", "cauchy"]
)
def test_normal_estimates_agree_with_the_closed_form(options: Hierarchy) -> None:
    found = integrate([StudentMarginal(y, s) for y, s in zip(Y, S, strict=True)], options)
    known = ClosedForm(options)
    for q in (0.025, 0.25, 0.5, 0.75, 0.975):
        # quadrature over 64 values of tau, quantiles by linear interpolation
        assert known.common(float(found.common.quantile(q))) == pytest.approx(q, abs=5e-4)
        assert known.ahead(float(found.new_region.quantile(q))) == pytest.approx(q, abs=5e-4)
        assert known.region(float(found.regions[0].quantile(q)), 0) == pytest.approx(q, abs=1e-3)
        below = known.mean_of(lambda tau: 1.0, float(found.tau.quantile(q))) / known.total
        assert below == pytest.approx(q, abs=1.5e-3)


def test_a_skewed_density_is_used_as_it_is() -> None:
    """Two regions whose likelihood is that of a Poisson rate, for which the product is known at tau near 0."""
    shape = np.array([4.0, 7.0])
    parts = [LogGamma(a) for a in shape]
    found = integrate(parts, Hierarchy(tau_scale=0.01))
    together = LogGamma(float(shape.sum()), scale=0.5)
    for q in (0.025, 0.5, 0.975):
        # tau is not 0 but about 0.01, beside standard deviations of 0.5 and 0.4
        assert float(found.common.quantile(q)) == pytest.approx(float(together.quantile(q)), abs=2e-3)


class LogGamma:
    """Log of a gamma variable."""

    def __init__(self, shape: float, scale: float = 1.0) -> None:
        self.shape, self.scale = shape, scale

    def quantile(self, q: object) -> np.ndarray:
        return np.log(stats.gamma.ppf(q, self.shape, scale=self.scale))

    def cdf(self, x: object) -> np.ndarray:
        return stats.gamma.cdf(np.exp(x), self.shape, scale=self.scale)

    def pdf(self, x: object) -> np.ndarray:
        return stats.gamma.pdf(np.exp(x), self.shape, scale=self.scale) * np.exp(x)

    @property
    def centre(self) -> float:
        return float(self.quantile(0.5))


def test_both_ways_move_with_a_shift_and_do_not_see_the_order() -> None:
    order = np.random.default_rng(1).permutation(len(Y))
    first, second = combine(Y, S), combine(Y[order] + 0.7, S[order])
    ends = [(c.value, c.lower, c.upper, *c.prediction, *c.fixed) for c in (first, second)]
    assert np.array(ends[1]) == pytest.approx(np.array(ends[0]) + 0.7, abs=1e-9)
    assert (second.tau2, second.q, second.i2) == pytest.approx((first.tau2, first.q, first.i2), abs=1e-9)
    assert second.weights == pytest.approx(first.weights[order], abs=1e-12)

    one = integrate([StudentMarginal(y, s) for y, s in zip(Y, S, strict=True)])
    two = integrate([StudentMarginal(y + 0.7, s) for y, s in zip(Y[order], S[order], strict=True)])
    q = np.array([0.025, 0.5, 0.975])
    assert two.common.quantile(q) == pytest.approx(one.common.quantile(q) + 0.7, abs=1e-6)
    assert two.tau.quantile(q) == pytest.approx(one.tau.quantile(q), abs=1e-6)
    assert two.regions[0].quantile(q) == pytest.approx(one.regions[order[0]].quantile(q) + 0.7, abs=1e-6)


def test_a_scale_passes_through_the_two_stage_way() -> None:
    first, second = combine(Y, S), combine(3 * Y, 3 * S)
    assert (second.value, second.lower, second.upper) == pytest.approx(
        (3 * first.value, 3 * first.lower, 3 * first.upper)
    )
    assert second.tau2 == pytest.approx(9 * first.tau2, abs=1e-9)
    assert second.i2 == pytest.approx(first.i2)


def test_regions_that_agree_too_well_get_the_fixed_effect_interval() -> None:
    y, s = np.array([0.30, 0.301, 0.299]), np.full(3, 0.2)
    bare = combine(y, s, options=RandomEffects(never_narrower=False))
    safe = combine(y, s)
    assert bare.upper - bare.lower < 0.01
    assert safe.widened
    assert (safe.lower, safe.upper) == pytest.approx(safe.fixed[1:])


def test_two_regions_say_little() -> None:
    y, s = np.array([0.2, 0.6]), np.array([0.1, 0.1])
    found = combine(y, s)
    assert found.prediction is None
    posterior = integrate([StudentMarginal(a, b) for a, b in zip(y, s, strict=True)])
    low, high = posterior.common.quantile([0.025, 0.975])
    assert high - low > 2 * (2 * 1.96 * 0.1 / np.sqrt(2))  # more than twice the fixed-effect interval
    low, high = posterior.new_region.quantile([0.025, 0.975])
    assert high - low > 1.5  # a factor of more than four between the ends


def test_an_error_in_common_widens_and_nothing_else() -> None:
    density = integrate([StudentMarginal(y, s) for y, s in zip(Y, S, strict=True)]).common
    wider = density.widened(0.3)
    spread = [float(np.diff(d.quantile([0.1587, 0.8413]))[0]) / 2 for d in (density, wider)]
    assert spread[1] == pytest.approx(np.hypot(spread[0], 0.3), rel=0.01)  # the density is not quite normal
    assert wider.centre == pytest.approx(density.centre, abs=5e-3)
    assert density.widened(0.0) is density


def test_what_cannot_be_put_together_is_refused() -> None:
    with pytest.raises(ModelError, match="needs two or more"):
        integrate([StudentMarginal(0, 1)])
    with pytest.raises(CannotEstimate, match="too narrow for a common grid"):
        integrate([StudentMarginal(0, 1e-4), StudentMarginal(0, 40)])
    with pytest.raises(ModelError, match="two or more finite pairs"):
        combine(np.array([0.1]), np.array([0.1]))
    with pytest.raises(ModelError, match="above 0"):
        combine(np.array([0.1, 0.2]), np.array([0.1, 0.0]))
    with pytest.raises(ModelError, match="Did you mean 'paule-mandel'"):
        RandomEffects(tau2="paule-mandle")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="tau_scale is 0"):
        Hierarchy(tau_scale=0)
