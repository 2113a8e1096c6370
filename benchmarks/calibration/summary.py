"""From intervals to one row of figures, each with its Monte-Carlo error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.calibration.intervals import Intervals
from benchmarks.calibration.store import Run, load

COLUMNS = (
    "method",
    "generator",
    "n",
    "launch",
    "rho",
    "mean",
    "estimand",
    "replicates",
    "coverage",
    "coverage_mcse",
    "replicates_null",
    "false_positive",
    "fp_mcse",
    "bias",
    "bias_mcse",
    "median_width",
    "not_estimable",
    "cpu_seconds",
    "version",
    "entropy",
)


def share(hits: np.ndarray) -> tuple[float, float]:
    """A share and its Monte-Carlo standard error; NaN where nothing was counted.

    At 0 or 1 the error is that of half a hit, as the usual formula would give none.
    """
    if not len(hits):
        return float("nan"), float("nan")
    value = float(np.mean(hits))
    smoothed = (np.sum(hits) + 0.5) / (len(hits) + 1) if value in (0.0, 1.0) else value
    return value, float(np.sqrt(smoothed * (1 - smoothed) / len(hits)))


def figures(effect: Intervals, null: Intervals | None, log_truth: float) -> dict[str, float]:
    """Coverage, false positives, bias and width of one method on one cell.

    Coverage is over the estimable series with the effect; a false positive is an interval that leaves out 0 (a ratio of
    1) in a series without. Bias and width are on the log scale.
    """
    usable = ~np.isnan(effect.centre)
    covered = (effect.lower <= log_truth) & (log_truth <= effect.upper)
    coverage, coverage_mcse = share(covered[usable])
    row = {
        "replicates": len(effect),
        "coverage": coverage,
        "coverage_mcse": coverage_mcse,
        "replicates_null": 0,
        "false_positive": np.nan,
        "fp_mcse": np.nan,
        "bias": float(np.mean(effect.centre[usable]) - log_truth) if usable.any() else np.nan,
        "bias_mcse": float(np.std(effect.centre[usable]) / np.sqrt(usable.sum())) if usable.any() else np.nan,
        "median_width": float(np.median((effect.upper - effect.lower)[usable])) if usable.any() else np.nan,
        "not_estimable": float(1 - usable.mean()),
    }
    if null is not None:
        present = ~np.isnan(null.centre)
        out = (null.lower > 0) | (null.upper < 0)
        row["false_positive"], row["fp_mcse"] = share(out[present])
        row["replicates_null"] = len(null)
    return row


def table(run: Run, cells: Mapping[str, tuple[Mapping[str, object], float]]) -> pd.DataFrame:
    """Every result of a run, one row a method, cell and estimand.

    Parameters
    ----------
    run : Run
    cells : mapping
        Labels and true log ratio of each cell by its file key.
    """
    rows = []
    for path in sorted(run.folder.glob("*/*_effect.npz")):
        key = path.stem.removesuffix("_effect")
        if key not in cells:
            continue
        labels, log_truth = cells[key]
        effect = load(path)
        other = path.with_name(f"{key}_null.npz")
        null = load(other) if other.exists() else None
        rows += [
            {
                "method": path.parent.name,
                **labels,
                "estimand": name,
                **figures(intervals, null.estimated.get(name) if null else None, log_truth),
                "cpu_seconds": effect.cpu_seconds + (null.cpu_seconds if null else 0.0),
                "version": effect.version,
                "entropy": str(run.entropy),
            }
            for name, intervals in effect.estimated.items()
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
