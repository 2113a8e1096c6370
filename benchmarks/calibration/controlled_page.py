"""Tables of ``docs/methods/controlled.md``, from the committed CSV file alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from benchmarks.calibration.controlled import METHODS, SHOCK
from benchmarks.pages import fill, percent, table
from benchmarks.places import PAGES, RESULTS

AXES: Final = {
    "n": "months",
    "rho": "ρ",
    "mean": "treated mean",
    "controls": "comparison regions",
    "shock": "shock in all regions, log",
}
_HEAD = ["series", "coverage, %", "false positives, %", "bias (log)", "width (log)", "not estimable, %"]


def write_controlled_page() -> None:
    """Fill the page."""
    rows = pd.read_csv(RESULTS / "calibration_controlled.csv", dtype={"entropy": str, "version": str})
    fill(PAGES / "controlled.md", {"grid": by_axis(rows), "methods": methods(rows), "unlike": unlike(rows)})


def by_axis(rows: pd.DataFrame) -> str:
    """The grid of the default method, summed over every other axis."""
    grid = rows[(rows["method"] == "controlled") & rows["n"].isin((36, 48, 96)) & (rows["tau"] == 0)]
    grid = grid[grid["mean"].isin((5, 20, 60)) & grid["rho"].isin((0, 0.3, 0.6, 0.8))]
    lines = [("all", "", *_pooled(grid))]
    for axis, words in AXES.items():
        lines += [(words, f"{value:g}", *_pooled(part)) for value, part in grid.groupby(axis)]
    return table(["axis", "value", *_HEAD], lines)


def methods(rows: pd.DataFrame) -> str:
    """Every method on the core cells, with one comparison region and with four."""
    core = rows[(rows["n"] == 48) & (rows["tau"] == 0) & rows["mean"].isin((5, 20)) & rows["rho"].isin((0.3, 0.6))]
    core = core[np.isclose(core["shock"], SHOCK, atol=1e-3)]
    lines = []
    for method, (label, _) in METHODS.items():
        for controls, part in core[core["method"] == method].groupby("controls"):
            lines.append((label, f"{controls:g}", *_pooled(part)))
    return table(["method", "comparison regions", *_HEAD], lines)


def unlike(rows: pd.DataFrame) -> str:
    """Regions whose changes differ: the default beside the same change in all."""
    chosen = rows[(rows["mean"] == 60) & (rows["rho"] == 0.3) & (rows["controls"] == 4) & rows["n"].isin((48, 96))]
    chosen = chosen[np.isclose(chosen["shock"], SHOCK, atol=1e-3)]
    lines = []
    for (n, tau), both in chosen.groupby(["n", "tau"]):
        for method in ("controlled", "controlled-same"):
            part = both[both["method"] == method]
            if len(part):
                lines.append((METHODS[method][0], f"{n:g}", f"{tau:g}", *_pooled(part)))
    return table(["method", "months", "τ", *_HEAD], lines)


def _pooled(part: pd.DataFrame) -> tuple[str, ...]:
    """Shares over all series of some cells with their Monte-Carlo errors; medians of the cells' widths."""
    usable = part["replicates"] * (1 - part["not_estimable"])
    null = part["replicates_null"]
    return (
        f"{int(part['replicates'].sum()):,}",
        _share(part["coverage"], usable),
        _share(part["false_positive"], null),
        f"{np.average(part['bias'], weights=usable):+.3f}",
        f"{part['median_width'].median():.2f}",
        percent(float(np.average(part["not_estimable"], weights=part["replicates"]))),
    )


def _share(shares: pd.Series, weights: pd.Series) -> str:
    known = shares.notna()
    value = float(np.average(shares[known], weights=weights[known]))
    error = np.sqrt(max(value * (1 - value), 1e-4) / weights[known].sum())
    return f"{percent(value)} ± {percent(error)}"
