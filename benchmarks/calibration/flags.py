"""How often the checks of the library raise a concern, where the model holds and where it does not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.calibration.cells import CountCell
from benchmarks.calibration.generators import GENERATORS
from benchmarks.calibration.store import Run, key_of
from benchmarks.calibration.summary import share
from benchmarks.places import RESULTS
from evalkit.check import (
    drift,
    longer_lags,
    overdispersion,
    placebo_in_time,
    predictive_distribution,
    residual_autocorrelation,
    season_changes,
)
from evalkit.effect import Estimate, Sampling, effect_of
from evalkit.model import Latent, Segmented
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.check import CheckResult
    from evalkit.effect import Effect
    from evalkit.model import Model

    Ask = Callable[[Effect], CheckResult]

RESIDUALS: Final[dict[str, Ask]] = {
    "residual autocorrelation": residual_autocorrelation,
    "autocorrelation at longer lags": longer_lags,
    "overdispersion": overdispersion,
    "predictive distribution": predictive_distribution,
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model and the checks asked of its effects, each of the first so many series of a cell, as a share of all."""

    model: Model
    checks: dict[str, tuple[Ask, float]]


ASKED: Final[dict[str, Asked]] = {
    "latent": Asked(
        model=Latent(),
        checks={
            "season that changes": (season_changes, 1.0),
            "drift": (drift, 1.0),
            **{name: (ask, 0.25) for name, ask in RESIDUALS.items()},
            "placebo in time": (placebo_in_time, 0.25),
        },
    ),
    "quasi-poisson": Asked(model=Segmented(), checks={name: (ask, 0.25) for name, ask in RESIDUALS.items()}),
}
_SAMPLING = Sampling(draws=500)


def flag_cells() -> Iterator[CountCell]:
    """Every generator (n 48 and 96, launch at the half, ρ 0.3, mean 20 and 400), and this model with ρ 0.8."""
    for generator, n, mean in itertools.product(GENERATORS, (48, 96), (20.0, 400.0)):
        yield CountCell(generator=generator, n=n, launch="half", rho=0.3, mean=mean)
    for n in (48, 96):
        yield CountCell(generator="latent", n=n, launch="half", rho=0.8, mean=400.0)


def write_flags(name: str, replicates: int) -> None:
    """Write ``calibration_flags.csv``: one row a model, cell and check.

    Columns: how many series were asked, the share in which the check failed and in which it was inconclusive, the
    coverage of the level change in all those series and in those that did not fail, with Monte-Carlo errors. A cell
    computed before is read, not computed again.
    """
    run = Run.opened(name)
    rows = []
    jobs = [(model, cell) for model in ASKED for cell in flag_cells()]
    for model, cell in tqdm(jobs, desc="checks", unit="cell"):
        path = run.folder / "flags" / f"{model}_{key_of(cell.labels)}.csv"
        if not path.exists() or len(pd.read_csv(path)) < replicates:
            path.parent.mkdir(parents=True, exist_ok=True)
            series_of(run, ASKED[model], cell, replicates).to_csv(path, index=False)
        rows += _rows(pd.read_csv(path), {"model": model, **cell.labels}, str(run.entropy))
    pd.DataFrame(rows).to_csv(RESULTS / "calibration_flags.csv", index=False, float_format="%.5g")


def series_of(run: Run, asked: Asked, cell: CountCell, replicates: int) -> pd.DataFrame:
    """One row a series: whether the level change was covered, and what each check came to (empty where not asked)."""
    records: list[dict[str, object]] = []
    design = cell.setting.design
    assert design is not None  # every count cell has one
    for number, y in enumerate(run.series(cell, replicates, null=False)):
        effect = effect_of(replace(design, observed=y), asked.model, sampling=_SAMPLING)
        outcomes = {
            check: str(ask(effect).outcome) for check, (ask, part) in asked.checks.items() if number < part * replicates
        }
        records.append({"covered": _covered(effect, cell.log_truth), **outcomes})
    return pd.DataFrame(records)


def _covered(effect: Effect, log_truth: float) -> float:
    level = effect.level_change
    return float(level.lower <= np.exp(log_truth) <= level.upper) if isinstance(level, Estimate) else np.nan


def _rows(found: pd.DataFrame, labels: dict[str, object], entropy: str) -> list[dict[str, object]]:
    usable = found.dropna(subset=["covered"])
    rows = []
    for check in [name for name in found if name != "covered"]:
        known = usable[usable[check].notna() & (usable[check] != str(Outcome.NOT_RUN))]
        failed = known[check] == str(Outcome.FAILED)
        flagged, flagged_mcse = share(failed.to_numpy(dtype=float))
        unclear, unclear_mcse = share((known[check] == str(Outcome.INCONCLUSIVE)).to_numpy(dtype=float))
        coverage, coverage_mcse = share(known["covered"].to_numpy())
        passed, passed_mcse = share(known.loc[~failed, "covered"].to_numpy())
        rows.append(
            {
                **labels,
                "check": check,
                "replicates": len(known),
                "flagged": flagged,
                "flagged_mcse": flagged_mcse,
                "unclear": unclear,
                "unclear_mcse": unclear_mcse,
                "coverage": coverage,
                "coverage_mcse": coverage_mcse,
                "coverage_unflagged": passed,
                "coverage_unflagged_mcse": passed_mcse,
                "entropy": entropy,
            }
        )
    return rows
