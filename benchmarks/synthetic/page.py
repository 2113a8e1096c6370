"""The tables of ``docs/methods/synthetic.md``, from the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import pages
from benchmarks.places import PAGES
from benchmarks.synthetic.methods import METHODS

if TYPE_CHECKING:
    import pandas as pd

DEFAULT: Final = "standardised placebo"
FULLEST: Final = "latent, level"
"""A method that is run where all are: its cells are those that the methods are compared in."""
FEWEST: Final = 50
"""Panels with an estimate that a cell needs to be shown."""
KEY: Final = ["scenario", "n", "mean", "donors", "rho"]
PAGE: Final = PAGES / "synthetic.md"


def write(results: pd.DataFrame) -> None:
    """Fill the page."""
    pages.fill(
        PAGE,
        {"default": _default(results), "methods": _methods(results), "scenarios": _scenarios(results)},
    )


def _default(results: pd.DataFrame) -> str:
    mine = results[(results["method"] == DEFAULT) & (results["scenario"] == "alike")]
    rows = []
    for (donors, mean), part in mine.groupby(["donors", "mean"]):
        cells = [f"{row.n}, {row.rho:g}: {pages.percent(row.coverage)}" for row in part.itertuples()]
        rows.append([donors, mean, pages.spread(part["coverage"]), f"{part['width'].median():.2f}", "; ".join(cells)])
    return pages.table(
        ["donors", "mean count", "coverage, %: lowest – median – highest", "median width (log)", "n, ρ: coverage, %"],
        rows,
        words=5,
    )


def _methods(results: pd.DataFrame) -> str:
    core = results.loc[results["method"] == FULLEST, KEY].drop_duplicates()
    inside = results.merge(core, on=KEY)
    inside = inside[inside["scenario"] == "alike"]
    rows = []
    for method in METHODS:
        part = inside[inside["method"] == method]
        if len(part):
            refused = (
                f"{pages.percent(part['not_estimable'].sum() / (part['not_estimable'] + part['replicates']).sum())}"
            )
            part = part[part["replicates"] >= FEWEST]
            below = int((part["coverage"] < 0.925).sum())
            replicates = f"{part['replicates'].min()}–{part['replicates'].max()}"
            width = f"{part['width'].min():.2f} – {part['width'].median():.2f} – {part['width'].max():.2f}"
            rows.append([method, len(part), replicates, pages.spread(part["coverage"]), below, width, refused])
    head = [
        "interval",
        "cells",
        "panels a cell",
        "coverage, %",
        "cells below 92.5 %",
        "width (log)",
        "not estimable, %",
    ]
    return pages.table(head, rows)


def _scenarios(results: pd.DataFrame) -> str:
    unlike = results[results["scenario"] != "alike"]
    scenarios = list(dict.fromkeys(unlike["scenario"]))
    rows = []
    for method in METHODS:
        cells = [unlike[(unlike["method"] == method) & (unlike["scenario"] == one)] for one in scenarios]
        if all(len(cell) for cell in cells):
            rows.append([method, *(pages.spread(cell["coverage"]) for cell in cells)])
    return pages.table(["interval", *scenarios], rows) if rows else "Not run."
