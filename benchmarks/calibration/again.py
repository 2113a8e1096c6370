"""Cells outside the band that was aimed for, once more: fresh seeds, so many series that chance explains little.

With 2,000 series the Monte-Carlo error of a coverage is half a percentage point, and of 384 cells some lie outside a
band by chance. A cell picked because it lay outside is judged by new series alone: those that made it be picked do not
enter.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from tqdm import tqdm

from benchmarks.calibration import summary
from benchmarks.calibration.cells import count_cells
from benchmarks.calibration.methods import METHODS, version_of
from benchmarks.calibration.store import Result, Run, key_of, load, save
from benchmarks.places import RESULTS

AIMED = (0.935, 0.965)
METHOD = "latent"
ESTIMAND = "level_change"
GENERATORS = ("latent", "nb-ar1", "ar2")
KEYS = ["generator", "n", "launch", "rho", "mean"]


def picked(before: pd.DataFrame) -> pd.DataFrame:
    """Rows of the committed table, of the generators within the model's reach, with a coverage outside ``AIMED``."""
    rows = before[
        (before["method"] == METHOD) & (before["estimand"] == ESTIMAND) & before["generator"].isin(GENERATORS)
    ]
    return rows[~rows["coverage"].between(*AIMED)]


def write_again(name: str, replicates: int) -> None:
    """Fit the picked cells on the series of a run and write ``calibration_again.csv``; goes on where it stopped."""
    run = Run.opened(name)
    rows = picked(pd.read_csv(RESULTS / "calibration_counts.csv"))
    wanted = {key_of(_labels(row)): row for _, row in rows.iterrows()}
    cells = [cell for cell in count_cells() if key_of(cell.labels) in wanted]
    if len(cells) != len(rows):
        raise ValueError(f"{len(rows)} rows are outside, but the grid has {len(cells)} of their names.")
    if run.entropy in set(rows["entropy"]):
        raise ValueError(f"Run {name!r} has the seeds of the table itself. Give it another name.")
    found = list(_rows(run, cells, wanted, replicates))
    pd.DataFrame(found).to_csv(RESULTS / "calibration_again.csv", index=False, float_format="%.5g")
    print(f"{len(found)} cells, entropy {run.entropy}")


def _rows(run: Run, cells: list, wanted: dict[str, pd.Series], replicates: int) -> Iterator[dict[str, object]]:
    for cell in tqdm(cells, unit="cell", mininterval=5):
        path = run.path(METHOD, cell, null=False)
        result = load(path) if path.exists() else None
        if result is None or result.size < replicates or result.version != version_of(METHOD):
            estimated = METHODS[METHOD].estimate(run.series(cell, replicates, null=False), cell.setting)
            result = Result(estimated=estimated, cpu_seconds=0.0, size=replicates, version=version_of(METHOD))
            save(path, result)
        figures = summary.figures(result.estimated[ESTIMAND], None, cell.log_truth)
        first = wanted[key_of(cell.labels)]
        yield {
            **cell.labels,
            "first_coverage": first["coverage"],
            "first_mcse": first["coverage_mcse"],
            "first_replicates": first["replicates"],
            "replicates": result.size,
            "coverage": figures["coverage"],
            "coverage_mcse": figures["coverage_mcse"],
            "version": result.version,
            "entropy": run.entropy,
        }


def _labels(row: pd.Series) -> dict[str, object]:
    return {**{key: row[key] for key in KEYS}, "rho": float(row["rho"]), "mean": float(row["mean"])}
