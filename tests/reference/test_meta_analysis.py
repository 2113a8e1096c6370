"""Published meta-analyses: the BCG vaccine trials, and two small sets with results of R's metafor.

Sources
-------
The thirteen trials: Colditz and others 1994, JAMA 271:698, as in Table I of
van Houwelingen, Arends and Stijnen 2002, Statist Med 21:589.
Odds ratios: van Houwelingen et al. p. 596-597, and metafor's own test of them
(``tests/testthat/test_analysis_example_vanhouwelingen2002.r``); inverse-variance and DerSimonian-Laird results of
Stata's ``metan`` in metafor's ``tests/testthat/test_misc_metan_vs_rma.uni_with_dat.bcg.r``. REML for relative risks:
printed output of ``metafor::rma`` in the vignette "Bayesian Meta-Analysis" of the R package RoBMA 4.0.
The sets of four and eight estimates: output of ``rma(method="PM", test="knha")``, ``predict`` and ``confint`` of
metafor, quoted in a public regression test of another project.
"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from evalkit.model.pooled import RandomEffects, combine
from evalkit.model.pooled.random_effects import generalised_q, reml

# tuberculosis yes and no among the vaccinated, yes and no among the others
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)
FOUR = (np.array([0.40, -0.20, 0.55, 0.10]), np.sqrt([0.05, 0.06, 0.04, 0.05]))
EIGHT = (
    np.array([0.80, 0.20, 0.95, -0.10, 0.55, 0.70, 0.05, 0.40]),
    np.sqrt([0.02, 0.03, 0.015, 0.04, 0.025, 0.02, 0.05, 0.03]),
)
PRINTED = 6e-5  # four decimals are printed


def odds_ratios() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    return np.log(a * d / (b * c)), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def relative_risks() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    return np.log(a / (a + b) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_fixed_effect_and_q_of_the_trials() -> None:
    found = combine(*odds_ratios())
    assert np.exp(found.fixed) == pytest.approx((0.647, 0.595, 0.702), abs=6e-4)  # p. 596, three decimals
    assert found.q == pytest.approx(163.1649, abs=PRINTED)
    found = combine(*relative_risks())
    assert found.fixed == pytest.approx((-0.4303, -0.5097, -0.3509), abs=PRINTED)
    assert (found.q, found.df) == (pytest.approx(152.2330, abs=PRINTED), 12)


def test_dersimonian_laird_with_normal_intervals() -> None:
    options = RandomEffects(tau2="dersimonian-laird", interval="normal")
    found = combine(*relative_risks(), options=options)
    assert (found.value, found.lower, found.upper) == pytest.approx((-0.7141, -1.0644, -0.3638), abs=PRINTED)
    assert (found.tau2, 100 * found.i2) == pytest.approx((0.3088, 92.1173), abs=PRINTED)
    found = combine(*odds_ratios(), options=options)
    assert (found.value, found.lower, found.upper) == pytest.approx((-0.7474, -1.1242, -0.3706), abs=PRINTED)
    assert (found.tau2, 100 * found.i2) == pytest.approx((0.3663, 92.6455), abs=PRINTED)


def test_restricted_likelihood_of_the_trials() -> None:
    found = combine(*relative_risks(), options=RandomEffects(tau2="reml", interval="normal"))
    assert (found.tau2, found.standard_error) == pytest.approx((0.3132, 0.1798), abs=PRINTED)
    assert (found.value, found.lower, found.upper) == pytest.approx((-0.7145, -1.0669, -0.3622), abs=PRINTED)
    assert 100 * found.i2 == pytest.approx(92.22, abs=6e-3)


def test_q_profile_interval_of_the_trials() -> None:
    found = combine(*odds_ratios())
    assert (found.tau2_lower, found.tau2_upper) == pytest.approx((0.130, 1.181), abs=6e-4)


def test_hartung_knapp_interval_at_the_published_tau2(monkeypatch: pytest.MonkeyPatch) -> None:
    # metafor's values are for tau2 by maximum likelihood, 0.302, which is not an option here: it is put in its place
    monkeypatch.setitem(combine.__globals__["_ESTIMATORS"], "paule-mandel", lambda y, v: 0.3025)
    found = combine(*odds_ratios())
    assert np.exp((found.value, found.lower, found.upper)) == pytest.approx((0.476, 0.318, 0.714), abs=6e-4)


def test_paule_mandel_hartung_knapp_and_both_predictions() -> None:
    found = combine(*FOUR, options=RandomEffects(prediction="k-1"))
    assert (found.value, found.tau2) == pytest.approx((0.22957, 0.05930), abs=6e-6)
    assert found.prediction == pytest.approx((-0.70650, 1.16564), abs=6e-6)
    assert not found.widened
    wider = combine(*FOUR, options=RandomEffects(prediction="k-2")).prediction
    assert wider == pytest.approx((-1.036, 1.495), abs=6e-4)


def test_q_profile_interval_of_eight() -> None:
    found = combine(*EIGHT)
    # metafor stops its search at a tolerance of about 1e-4 relative
    assert (found.tau2_lower, found.tau2_upper) == pytest.approx((0.031707203, 0.545204664), rel=1e-4)


@pytest.mark.parametrize("data", [odds_ratios(), relative_risks(), FOUR, EIGHT], ids=["or", "rr", "four", "eight"])
@pytest.mark.parametrize(("ours", "theirs"), [("paule-mandel", "iterated"), ("dersimonian-laird", "chi2")])
def test_statsmodels_agrees(data: tuple[np.ndarray, np.ndarray], ours: str, theirs: str) -> None:
    y, s = data
    found = combine(y, s, options=RandomEffects(tau2=ours, never_narrower=False))
    other = combine_effects(y, s**2, method_re=theirs, use_t=True)
    # statsmodels stops Paule-Mandel where Q is within 1e-5 of k - 1
    assert found.tau2 == pytest.approx(other.tau2, rel=1e-4)
    assert found.value == pytest.approx(other.mean_effect_re, abs=1e-5)
    assert found.weights == pytest.approx(other.weights_rel_re, abs=1e-5)
    scaled = other.summary_frame().loc["random effect wls"]
    assert (found.lower, found.upper) == pytest.approx((scaled["ci_low"], scaled["ci_upp"]), abs=1e-5)


def test_statsmodels_gives_a_negative_variance_where_ours_is_zero() -> None:
    """The reason why its DerSimonian-Laird estimate is not used here."""
    y, s = np.array([0.1, 0.11, 0.12]), np.array([0.2, 0.2, 0.2])
    assert combine_effects(y, s**2, method_re="chi2").tau2 < 0
    assert combine(y, s, options=RandomEffects(tau2="dersimonian-laird")).tau2 == 0


def test_the_restricted_likelihood_has_no_higher_point() -> None:
    y, s = odds_ratios()
    v = s**2

    def height(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float(0.5 * np.log(w).sum() - 0.5 * np.log(w.sum()) - 0.5 * generalised_q(tau2, y, v))

    top = height(reml(y, v))
    assert all(height(tau2) <= top + 1e-12 for tau2 in np.linspace(0, 3, 3001))
