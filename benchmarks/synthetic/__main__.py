"""Run the study: ``python -m benchmarks.synthetic default|scenarios|wide|grid|page``. Finished cells are kept.

``default`` is every cell with the method of the library, ``grid`` every cell with the quick methods, ``wide`` nine
cells with all methods, ``scenarios`` treated regions unlike their donors. ``page`` writes the tables of
``docs/methods/synthetic.md`` from ``benchmarks/results/calibration_synthetic.csv``.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.synthetic import page
from benchmarks.synthetic.methods import METHODS, QUICK
from benchmarks.synthetic.panels import SCENARIOS, Cell, simulate
from evalkit.errors import CannotEstimate

RESULTS: Final = Path(__file__).resolve().parents[1] / "results" / "calibration_synthetic.csv"
KEY: Final = ["scenario", "n", "mean", "donors", "rho", "method"]
ALL: Final = tuple(METHODS)

GRID: Final = [Cell(*parts) for parts in itertools.product((36, 48, 96), (10, 50, 200), (6, 12, 30), (0.0, 0.3, 0.6))]
FEW: Final = [Cell(48, mean, donors, 0.3) for mean in (10, 50, 200) for donors in (2, 3)]
WIDE: Final = [  # a Latin square: each number of months with each number of donors and each size of counts
    Cell(n, (10, 50, 200)[(row + column) % 3], donors, (0.0, 0.3, 0.6)[(row + column) % 3])
    for row, n in enumerate((36, 48, 96))
    for column, donors in enumerate((6, 12, 30))
]
UNLIKE: Final = [
    Cell(n, mean, donors, rho, scenario)  # type: ignore[arg-type]
    for scenario in SCENARIOS
    if scenario != "alike"
    for n, mean, donors, rho in ((36, 10, 6, 0.0), (48, 50, 12, 0.3), (48, 200, 30, 0.6))
]
STUDIES: Final = {
    "default": ([*GRID, *FEW], ("standardised placebo",), 300),
    "scenarios": (UNLIKE, ALL, 100),
    "wide": (WIDE, ALL, 100),
    "grid": ([*GRID, *FEW], QUICK, 300),
}


def measure(cell: Cell, method: str, replicates: int) -> dict[str, object]:
    """Coverage of the nominal 95 % interval of one method in one cell, with its Monte-Carlo error."""
    ends = np.full((replicates, 3), np.nan)
    for seed in range(replicates):
        panel = simulate(cell, seed)
        try:
            ends[seed] = *METHODS[method](panel), panel.truth
        except CannotEstimate:
            continue
    done = ~np.isnan(ends).any(axis=1)
    low, high, truth = ends[done].T
    covered = float(np.mean((low <= truth) & (truth <= high)))
    return {
        "scenario": cell.scenario,
        "n": cell.n,
        "mean": cell.mean,
        "donors": cell.donors,
        "rho": cell.rho,
        "method": method,
        "replicates": int(done.sum()),
        "not_estimable": int((~done).sum()),
        "coverage": round(covered, 4),
        "error": round(float(np.sqrt(covered * (1 - covered) / done.sum())), 4),
        "width": round(float(np.median(np.log(high / low))), 4),
        "bias": round(float(np.median(np.log(low * high) / 2 - np.log(truth))), 4),
    }


def run(study: str) -> None:
    """Measure every cell and method of a study that has no more replicates already."""
    cells, methods, replicates = STUDIES[study]
    for cell, method in itertools.product(cells, methods):
        table = pd.read_csv(RESULTS) if RESULTS.exists() else pd.DataFrame(columns=[*KEY, "replicates"])
        key = (cell.scenario, cell.n, cell.mean, cell.donors, cell.rho, method)
        same = (table[KEY] == list(key)).all(axis=1) if len(table) else pd.Series(dtype=bool)
        if len(table) and (table.loc[same, "replicates"] + table.loc[same, "not_estimable"] >= replicates).any():
            continue
        row = pd.DataFrame([measure(cell, method, replicates)])
        table = row if not len(table) else pd.concat([table[~same], row], ignore_index=True)
        table.sort_values(KEY).to_csv(RESULTS, index=False)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=[*STUDIES, "page"])
    study = parser.parse_args().study
    if study == "page":
        page.write(pd.read_csv(RESULTS))
    else:
        run(study)


if __name__ == "__main__":
    main()
