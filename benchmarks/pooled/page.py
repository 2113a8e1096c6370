"""The tables of ``docs/methods/pooled.md``, from the committed CSV file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.pages import fill, percent, table
from benchmarks.places import PAGES
from benchmarks.pooled.methods import METHODS

if TYPE_CHECKING:
    import pandas as pd

CELL: Final = ["shock", "ratio", "lowest", "highest", "regions", "tau"]
SHOWN: Final = ("one-stage", "hartung-knapp", "hartung-knapp bare", "dersimonian-laird", "fixed")
BESIDE: Final = ("one-stage", "one-stage, errors apart", "hartung-knapp", "fixed")


def write_page(results: pd.DataFrame) -> None:
    """Fill the page."""
    own = results[results["comparisons"] == "none"]
    beside = results[results["comparisons"] == "not-yet-launched"]
    blocks = {
        "methods": table(["name", "what it is"], list(METHODS.items()), words=2),
        "own": by_cell(own, SHOWN, "coverage"),
        "beside": by_cell(beside, BESIDE, "coverage"),
        "own-new": by_cell(own, SHOWN[:3], "new_region"),
        "beside-new": by_cell(beside, BESIDE[:3], "new_region"),
    }
    fill(PAGES / "pooled.md", blocks)


def by_cell(results: pd.DataFrame, methods: tuple[str, ...], column: str) -> str:
    """One row a cell, one column a method: the share in per cent with its Monte-Carlo error."""
    rows = []
    for key, group in results.groupby(CELL, sort=False):
        shock, ratio, lowest, highest, regions, tau = key
        by_method = group.set_index("method")
        cells = [
            f"{percent(by_method.loc[m, column])} ± {percent(by_method.loc[m, f'{column}_mcse'])}" for m in methods
        ]
        counts = f"{lowest:g}–{highest:g}"
        rows.append([shock, f"{ratio:g}", counts, regions, f"{tau:g}", *cells])
    return table(["shock", "ratio", "counts a month", "regions", "τ", *methods], rows, words=1)
