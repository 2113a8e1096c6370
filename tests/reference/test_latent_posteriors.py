"""The latent model against long runs of NUTS on the same model and prior (``benchmarks/reference``).

Two studies: the library's default prior, and one process that has memory, which more and longer series were run for.

Medians within 0.05 posterior standard deviations, 2.5 % and 97.5 % quantiles within 0.1, for every estimand, rho and
sigma; ``unit_*`` in ``posteriors.csv`` is that standard deviation, or what stands in for it where a posterior is far
from normal (``benchmarks/reference/README.md``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.reference import density
from benchmarks.reference.cases import Case, cases
from benchmarks.reference.compare import COMPARED, LIMITS, discrepancies
from benchmarks.reference.prior import Prior
from benchmarks.reference.studies import STUDIES, Study
from benchmarks.reference.summary import ALLOWED, TOTALS

CASES = list(cases().values())
PAIRS = [(study, cases()[name]) for study in STUDIES.values() for name in study.runs.index]
NAMES = [f"{study.name}-{case.name}" for study, case in PAIRS]
EFFECTS = ("log_level_change", "log_slope_change", "log_rate_ratio")
LATENT = ("rho", "sigma")


@pytest.fixture(scope="module", params=STUDIES.values(), ids=STUDIES)
def study(request: pytest.FixtureRequest) -> Study:
    return request.param


@pytest.fixture(scope="module")
def posteriors(study: Study) -> pd.DataFrame:
    return study.posteriors


@pytest.fixture(scope="module")
def runs(study: Study) -> pd.DataFrame:
    return study.runs


def available(case: Case) -> Case:
    if not case.path.exists():
        pytest.skip(f"the series {case.file} is not on this machine")
    return case


@pytest.fixture(scope="module")
def found() -> Callable[[Case, Study], pd.DataFrame]:
    """Discrepancies of a case, computed once for all tests of the module."""
    return cache(discrepancies)


@pytest.mark.parametrize("estimands", [EFFECTS, TOTALS, LATENT], ids=["effects", "totals", "rho and sigma"])
@pytest.mark.parametrize(("study", "case"), PAIRS, ids=NAMES)
def test_quantiles_agree_with_the_reference(
    study: Study, case: Case, estimands: tuple[str, ...], found: Callable[[Case, Study], pd.DataFrame]
) -> None:
    table = found(available(case), study)
    table = table[table.index.isin(estimands)]
    outside = table[(table[list(COMPARED)].abs() > pd.Series(LIMITS)).any(axis=1)]
    assert outside.empty, f"{case.name}, in posterior standard deviations (allowed {LIMITS}):\n{outside.round(3)}"


@pytest.mark.parametrize(("study", "case"), PAIRS, ids=NAMES)
def test_the_reference_belongs_to_the_series(study: Study, case: Case) -> None:
    design = available(case).design()
    run = study.runs.loc[case.name]
    assert (run["periods"], run["terms"]) == (design.used.sum(), len(design.columns))
    assert run["contacts"] == design.observed[design.used].sum()


def test_every_case_has_a_reference_for_every_estimand(posteriors: pd.DataFrame, runs: pd.DataFrame) -> None:
    assert len(runs) >= 12
    assert list(runs.index) == [name for name in cases() if name in runs.index]
    for case in (cases()[name] for name in runs.index):
        absent = set() if case.options["slope"] else {"log_slope_change"}
        assert set(posteriors.loc[case.name].index) == {*EFFECTS, *TOTALS, *LATENT} - absent


@pytest.mark.parametrize("label", ALLOWED)
def test_monte_carlo_error_of_the_reference_is_a_fifth_of_what_is_tested(label: str, posteriors: pd.DataFrame) -> None:
    share = posteriors[f"mcse_{label}"] / posteriors[f"unit_{label}"]
    assert ALLOWED[label] == pytest.approx(LIMITS[label] / 5)
    assert share[share > ALLOWED[label]].empty, share[share > ALLOWED[label]]


def test_the_chains_of_the_reference_agree(posteriors: pd.DataFrame, runs: pd.DataFrame) -> None:
    assert posteriors["rhat"].max() < 1.005
    assert (runs["divergences"] / runs["draws"]).max() < 2e-4
    assert runs["chains"].min() >= 8


def test_every_series_was_run_with_one_process() -> None:
    assert list(STUDIES["memory_only"].runs.index) == list(cases())


def test_the_planes_are_weighed_to_a_twentieth() -> None:
    runs = STUDIES["default"].runs
    assert runs["evidence_error"].max() < 0.05  # of a log marginal likelihood
    assert runs["memoryless"].between(0, 1).all()


def test_the_reference_has_the_prior_of_its_study(study: Study, runs: pd.DataFrame) -> None:
    assert set(runs["prior"]) == {str(study.prior)}


def test_weights_turn_the_sampled_prior_into_the_one_asked_for() -> None:
    rng = np.random.default_rng(1)
    rho = np.tanh(rng.uniform(*np.arctanh(density.RHO), 200_000))
    sigma = rng.uniform(*density.SIGMA, 200_000)
    weight = Prior(rho=(-0.3, 0.9), sigma=(0.0, 4.0), power=0.0, rate=2.0).weights(
        rho, sigma, density.RHO, density.SIGMA
    )
    assert np.average(rho, weights=weight) == pytest.approx(0.3, abs=0.01)  # flat on (-0.3, 0.9)
    assert np.average(sigma, weights=weight) == pytest.approx(0.5, abs=0.01)  # Exponential(2)


def test_a_prior_wider_than_what_was_sampled_is_refused() -> None:
    with pytest.raises(ValueError, match="Widen those"):
        Prior(rho=(-0.95, 0.98)).weights(np.zeros(2), np.ones(2), density.RHO, density.SIGMA)


@pytest.mark.slow
@pytest.mark.parametrize("white", [0.0, 0.5])
def test_the_density_that_is_sampled_has_its_gradient(white: float) -> None:
    problem, _ = density.problem_of(cases()["mean3_n48_gaps"].design())
    arguments = (*problem, density.bounds_of(white))
    q = np.random.default_rng(2).normal(size=density.size_of(problem, white))
    gradient = density.log_density(q, *arguments)[1]
    step = 1e-5
    for k in range(len(q)):
        ahead, behind = q.copy(), q.copy()
        ahead[k] += step
        behind[k] -= step
        slope = (density.log_density(ahead, *arguments)[0] - density.log_density(behind, *arguments)[0]) / (2 * step)
        assert gradient[k] == pytest.approx(slope, abs=1e-6)
