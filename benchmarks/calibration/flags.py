"""How often the checks of the library raise a concern, where the model holds and where it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.calibration.cells import CountCell
from benchmarks.calibration.generators import GENERATORS
from benchmarks.calibration.store import Run, key_of
from benchmarks.calibration.summary import share
from benchmarks.places import RESULTS
from evalkit.check import overdispersion, placebo_in_time, residual_autocorrelation
from evalkit.effect import Estimate, Sampling, effect_of
from evalkit.model import Latent, Segmented
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect
    from evalkit.model import Model

CHECKS: Final = {
    "residual autocorrelation": residual_autocorrelation,
    "overdispersion": overdispersion,
    "placebo in time": placebo_in_time,
}
MODELS: Final[dict[str, Model]] = {"latent": Latent(), "quasi-poisson": Segmented()}
_SAMPLING = Sampling(draws=500)


def flag_cells() -> Iterator[CountCell]:
    """Every generator; n 48 and 96, launch at the half, ρ 0.3, mean 20 and 400."""
    for generator, n, mean in itertools.product(GENERATORS, (48, 96), (20.0, 400.0)):
        yield CountCell(generator=generator, n=n, launch="half", rho=0.3, mean=mean)


def write_flags(name: str, replicates: int) -> None:
    """Write ``calibration_flags.csv``: one row a model, cell and check (and "any check").

    Columns: the share of series in which the check raised a concern, the coverage of the level change in all series and
    in those that no check flagged, each with its Monte-Carlo error. A cell computed before is read, not computed again.
    """
    run = Run.opened(name)
    rows = []
    jobs = [(model, cell) for model in MODELS for cell in flag_cells()]
    for model, cell in tqdm(jobs, desc="checks", unit="cell"):
        path = run.folder / "flags" / f"{model}_{key_of(cell.labels)}.csv"
        if not path.exists() or len(pd.read_csv(path)) < replicates:
            path.parent.mkdir(parents=True, exist_ok=True)
            series_of(run, MODELS[model], cell, replicates).to_csv(path, index=False)
        rows += _rows(pd.read_csv(path), {"model": model, **cell.labels}, str(run.entropy))
    table = pd.DataFrame(rows)
    table.to_csv(RESULTS / "calibration_flags.csv", index=False, float_format="%.5g")


def series_of(run: Run, model: Model, cell: CountCell, replicates: int) -> pd.DataFrame:
    """One row a series: whether the level change was covered, and whether each check raised a concern."""
    records = []
    design = cell.setting.design
    for y in run.series(cell, replicates, null=False):
        effect = effect_of(replace(design, observed=y), model, sampling=_SAMPLING)
        outcomes = {check: ask(effect).outcome is Outcome.FAILED for check, ask in CHECKS.items()}
        records.append({"covered": _covered(effect, cell.log_truth), **outcomes})
    return pd.DataFrame(records)


def _covered(effect: Effect, log_truth: float) -> float:
    level = effect.level_change
    return float(level.lower <= np.exp(log_truth) <= level.upper) if isinstance(level, Estimate) else np.nan


def _rows(found: pd.DataFrame, labels: dict[str, object], entropy: str) -> list[dict[str, object]]:
    usable = found.dropna(subset=["covered"])
    usable = usable.assign(**{"any check": usable[list(CHECKS)].any(axis=1)})
    rows = []
    for check in (*CHECKS, "any check"):
        flagged, flagged_mcse = share(usable[check].to_numpy(dtype=float))
        coverage, coverage_mcse = share(usable["covered"].to_numpy())
        passed, passed_mcse = share(usable.loc[~usable[check], "covered"].to_numpy())
        rows.append(
            {
                **labels,
                "check": check,
                "replicates": len(found),
                "flagged": flagged,
                "flagged_mcse": flagged_mcse,
                "coverage": coverage,
                "coverage_mcse": coverage_mcse,
                "coverage_unflagged": passed,
                "coverage_unflagged_mcse": passed_mcse,
                "entropy": entropy,
            }
        )
    return rows
