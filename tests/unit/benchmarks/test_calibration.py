"""The generators have the moments that are claimed for them, and the block regressions are those of the library."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.model import Segmented

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from benchmarks.calibration import __main__ as study
from benchmarks.calibration import generators, regression, store, summary
from benchmarks.calibration.cells import CountCell, TurnerCell, count_cells
from benchmarks.calibration.intervals import Intervals, from_ratio
from benchmarks.calibration.methods import version_of

CELL = CountCell(generator="latent", n=48, launch="half", rho=0.3, mean=20.0)


def lag_one(u: np.ndarray) -> float:
    """Lag-one correlation of a process with mean 0 that is stationary, pooled over series."""
    return float((u[:, 1:] * u[:, :-1]).mean() / (u**2).mean())


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_processes_have_unit_variance_and_their_correlation(rho: float) -> None:
    rng = np.random.default_rng(1)
    for process in (generators.ar1, generators.ar2):
        u = process(rng, 4000, 40, rho)
        # 4,000 series: the error of a variance in one month is 0.02, of the pooled correlation below 0.01
        assert u[:, 0].var() == pytest.approx(1, abs=0.1)
        assert u[:, -1].var() == pytest.approx(1, abs=0.1)
        assert lag_one(u) == pytest.approx(rho, abs=0.03)


def test_the_second_lag_of_the_ar2_is_longer_than_that_of_an_ar1() -> None:
    u = generators.ar2(np.random.default_rng(2), 4000, 40, 0.3)
    second = (u[:, 2:] * u[:, :-2]).mean()
    assert second == pytest.approx(0.3 * 0.3 * 0.8 + 0.2, abs=0.03)


@pytest.mark.parametrize("generator", generators.WITHIN_ASSUMPTIONS)
@pytest.mark.parametrize("mean", [5.0, 60.0])
def test_counts_have_the_mean_and_three_times_the_variance(generator: str, mean: float) -> None:
    cell = CountCell(generator=generator, n=24, launch="half", rho=0.3, mean=mean)
    y = cell.simulate(np.random.default_rng(3), 20_000, null=True)[:, 12]  # at launch the season is at 0
    assert y.mean() == pytest.approx(mean, rel=0.03)
    assert y.var() / y.mean() == pytest.approx(3, rel=0.08)


def test_the_effect_multiplies_every_exposed_month() -> None:
    sides = [CELL.simulate(np.random.default_rng(4), 20_000, null=null).mean(axis=0) for null in (False, True)]
    ratio = sides[0] / sides[1]
    assert ratio[:24] == pytest.approx(1, rel=0.05)
    assert ratio[24:] == pytest.approx(1.5, rel=0.05)


def test_a_scaled_gaussian_series_is_gaussian_on_the_log_scale() -> None:
    cell = TurnerCell(n=24, rho=0.4)
    y = np.log(cell.simulate(np.random.default_rng(5), 5000, null=True)) / 0.2
    assert (y - y.mean(axis=0)).var() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("family", ["poisson", "quasi-poisson", "negative-binomial"])
@pytest.mark.parametrize("hac", [False, True])
def test_block_regressions_are_those_of_the_library(family: str, hac: bool) -> None:
    counts = CELL.simulate(np.random.default_rng(6), 12, null=False)
    block = regression.segmented(counts, CELL.setting, family=family, hac=hac)
    level = CELL.setting.level
    for i, y in enumerate(counts):
        design = replace(CELL.setting.design, observed=y)
        fit = Segmented(family=family, covariance="hac" if hac else "model").fit(design)
        # the library's negative binomial stops at a gradient of about 1e-5
        assert block.coefficients[i] == pytest.approx(fit.coefficients, abs=1e-4)
        assert block.covariance[i, level, level] == pytest.approx(fit.covariance[level, level], rel=1e-3)


def test_the_grid_is_the_one_of_the_page() -> None:
    cells = list(count_cells())
    assert len(cells) == 5 * 4 * 2 * 4 * 4
    assert len({store.key_of(cell.labels) for cell in cells}) == len(cells)


def test_figures_count_coverage_and_false_positives() -> None:
    effect = Intervals(
        centre=np.array([0.4, 0.5, np.nan, 0.3]),
        lower=np.array([0.2, 0.45, np.nan, 0.1]),
        upper=np.array([0.6, 0.7, np.nan, 0.5]),
    )
    null = Intervals(centre=np.array([0.0, 0.3]), lower=np.array([-0.1, 0.2]), upper=np.array([0.1, 0.4]))
    row = summary.figures(effect, null, 0.4)
    assert row["coverage"] == pytest.approx(2 / 3)
    assert row["not_estimable"] == pytest.approx(0.25)
    assert row["false_positive"] == pytest.approx(0.5)
    assert row["bias"] == pytest.approx(0.0)
    assert row["median_width"] == pytest.approx(0.4)
    assert row["coverage_mcse"] == pytest.approx(np.sqrt(2 / 9 / 3))


def test_a_share_of_none_or_all_still_has_an_error() -> None:
    value, error = summary.share(np.ones(100, dtype=bool))
    assert value == 1
    assert 0 < error < 0.02


def test_a_ratio_that_ends_below_zero_has_no_lower_end_on_the_log_scale() -> None:
    found = from_ratio(np.array([1.0]), np.array([-0.2]), np.array([2.0]))
    assert found.lower[0] == -np.inf


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WORK", tmp_path)
    run = store.Run.opened("a", entropy=5)
    again = store.Run.opened("a")
    assert again.entropy == 5
    with pytest.raises(ValueError, match="another name"):
        store.Run.opened("a", entropy=6)
    first = run.series(CELL, 600, null=False)
    assert np.array_equal(first[:50], again.series(CELL, 50, null=False))
    assert not np.array_equal(first[:50], run.series(CELL, 50, null=True))
    path = run.path("poisson", CELL, null=False)
    intervals = Intervals(centre=np.zeros(3), lower=np.zeros(3), upper=np.ones(3))
    store.save(path, store.Result(estimated={"level_change": intervals}, cpu_seconds=1.5, size=3, version="a"))
    found = store.load(path)
    assert (found.cpu_seconds, found.size, found.version) == (1.5, 3, "a")
    assert np.array_equal(found.estimated["level_change"].upper, np.ones(3))


def test_more_replicates_are_added_to_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WORK", tmp_path)
    run = store.Run.opened("a", entropy=5)
    path = run.path("quasi-poisson", CELL, null=False)
    for size in (20, 30, 10):
        study.run_grid(run, [CELL], ["quasi-poisson"], (size, 0), refresh=False)
    added = store.load(path)
    path.unlink()
    study.run_grid(run, [CELL], ["quasi-poisson"], (30, 0), refresh=False)
    at_once = store.load(path)
    assert (added.size, at_once.size) == (30, 30)
    level = [result.estimated["level_change"].lower for result in (added, at_once)]
    assert level[0] == pytest.approx(level[1], rel=1e-6)


def test_results_of_other_code_are_kept_until_a_refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WORK", tmp_path)
    run = store.Run.opened("a", entropy=5)
    path = run.path("quasi-poisson", CELL, null=False)
    nothing = Intervals(centre=np.zeros(5), lower=np.zeros(5), upper=np.zeros(5))
    store.save(path, store.Result(estimated={"level_change": nothing}, cpu_seconds=0.0, size=5, version="old"))
    study.run_grid(run, [CELL], ["quasi-poisson"], (5, 0), refresh=False)
    assert store.load(path).version == "old"
    study.run_grid(run, [CELL], ["quasi-poisson"], (5, 0), refresh=True)
    assert store.load(path).version == version_of("quasi-poisson")


def test_rows_of_a_run_take_the_place_of_those_of_the_same_method_and_cell() -> None:
    from benchmarks.calibration.__main__ import replaced

    def row(method: str, n: str, coverage: str, mean: str | float = "5.0") -> dict[str, str | float]:
        cell = {"generator": "latent", "n": n, "launch": "half", "rho": "0.3", "mean": mean}
        return {"method": method, "estimand": "level_change", **cell, "coverage": coverage}

    before = pd.DataFrame(
        [row("latent", "24", "0.90"), row("poisson", "24", "0.70"), row("latent", "36", "0.91", np.nan)]
    )
    after = pd.DataFrame(
        [row("latent", "36", "0.95", np.nan), row("latent", "24", "0.94"), row("latent", "48", "0.96")]
    )
    assert list(replaced(before, after)["coverage"]) == ["0.94", "0.70", "0.95", "0.96"]
