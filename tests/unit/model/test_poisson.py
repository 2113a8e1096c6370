"""The library's own Poisson regression against the GLM of statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.errors import CannotEstimate
from evalkit.model.poisson import fit_poisson


@pytest.mark.parametrize("mean", [2.0, 60.0, 1e6])
@pytest.mark.parametrize("quasi", [False, True])
def test_estimates_and_covariance_equal_those_of_statsmodels(mean: float, quasi: bool) -> None:
    rng = np.random.default_rng(7)
    n = 60
    matrix = np.column_stack([np.ones(n), np.linspace(-1, 1, n), np.arange(n) >= 30, rng.normal(size=n)])
    offset = rng.normal(0.2, 0.1, n)
    counts = rng.poisson(mean * np.exp(matrix @ [0.0, 0.3, 0.5, -0.2] + offset)).astype(float)
    found = fit_poisson(counts, matrix, offset, quasi=quasi)
    wanted = sm.GLM(counts, matrix, family=sm.families.Poisson(), offset=offset).fit(scale="X2" if quasi else None)
    np.testing.assert_allclose(found.params, wanted.params, atol=1e-8)
    np.testing.assert_allclose(found.cov_params(), wanted.cov_params(), atol=1e-5 * found.cov_params().max())
    assert found.scale == pytest.approx(wanted.scale, rel=1e-7)
    assert found.pearson_chi2 == pytest.approx(wanted.pearson_chi2, rel=1e-7)


def test_a_fit_that_runs_away_is_refused_or_names_a_large_coefficient() -> None:
    counts = np.array([0.0, 0.0, 0.0, 5.0, 7.0, 6.0])
    matrix = np.column_stack([np.ones(6), np.arange(6) >= 3])
    try:
        found = fit_poisson(counts, matrix, np.zeros(6))
    except (CannotEstimate, FloatingPointError):
        return
    assert found.params[1] > 15
