"""The published copy of a region's notebook: its own cells, with outputs made from the release, cell by cell.

Nothing of the executed notebook is in it: its outputs hold raw counts, in tables, charts and the memory of widgets.
Which output a cell gets is said by its tag; a cell without one gets none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from evalkit import resources
from evalkit.catalogue import in_its_language, text
from evalkit.languages import ENGLISH, packaged
from evalkit.report import tables

if TYPE_CHECKING:
    from evalkit.report.charts import Chart
    from evalkit.report.release import RegionRelease
    from evalkit.report.tables import Table

SOURCE: Final = "notebooks/region_impact.ipynb"
_PARAMETERS: Final = "parameters"
_REMARK: Final = "  # "
Output = dict[str, Any]
Made = Callable[["RegionRelease", Sequence["Chart"]], list[Output]]


@in_its_language
def published_notebook(
    release: RegionRelease, charts: Sequence[Chart], *, source: Mapping[str, Any] | None = None
) -> bytes:
    """A notebook as it may be read by everybody.

    Parameters
    ----------
    release : RegionRelease
        What may be seen.
    charts : sequence of Chart
        The charts of its page.
    source : mapping, optional
        The notebook that made the report, as plain values; that of the region reports unless given.

    Returns
    -------
    bytes
        A notebook with the same cells; the same bytes for the same release.
    """
    notebook = source or json.loads(resources.path(SOURCE).read_text(encoding="utf-8"))
    cells = [_cell(cell, release, charts) for cell in notebook["cells"]]
    marked = [_markdown(mark) for mark in _marks(release)]
    metadata = {**notebook.get("metadata", {}), "title": f"{release.title}: {release.region}"}
    made = {**notebook, "cells": [*marked, *cells], "metadata": metadata}
    return (json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "surrogatepass")


def said(source: str) -> str:
    """The text of a cell, or a line of code with its remark, in the language that is spoken.

    Only what evalkit's own notebook says is said in it; a notebook of one's own keeps its words.
    """
    code, mark, remark = source.rpartition(_REMARK)
    if mark and (key := _own_words("comments").get(remark.rstrip("\n"))):
        end = "\n" if remark.endswith("\n") else ""
        return f"{code}{mark}{text(f'notebook.comments.{key}')}{end}"
    key = _own_words("cells").get(source)
    return text(f"notebook.cells.{key}") if key else source


@cache
def _own_words(table: str) -> dict[str, str]:
    """The names of the texts of the notebook by what they are in English."""
    return {entry: name for name, entry in packaged(ENGLISH).entries["notebook"][table].items()}


def _cell(cell: Mapping[str, Any], release: RegionRelease, charts: Sequence[Chart]) -> dict[str, Any]:
    if cell["cell_type"] == "markdown":
        return {**cell, "source": said("".join(cell["source"])).splitlines(keepends=True)}
    if cell["cell_type"] != "code":
        return dict(cell)
    tags = cell.get("metadata", {}).get("tags", [])
    if _PARAMETERS in tags:
        cell = {**cell, "source": _named(cell["source"], release.region)}
    made = [output for tag in tags if tag in _OUTPUTS for output in _OUTPUTS[tag](release, charts)]
    return {**cell, "outputs": made, "execution_count": None}


def _named(source: str | Sequence[str], region: str) -> list[str]:
    """A parameters cell with the region of the copy, and what to give before it is run; no place of any file."""
    lines = "".join(source).splitlines(keepends=True)
    named = [f"region = {region!r}\n" if line.partition("=")[0].strip() == "region" else said(line) for line in lines]
    return [f"# {text('notebook.give')}\n", *named]


def _marks(release: RegionRelease) -> list[str]:
    """What stands before everything else: that it is internal, or how its outputs were made."""
    if release.control.internal:
        return [*release.control.sentences]
    return ["\n\n".join([text("notebook.published"), *release.control.sentences])]


def _markdown(said: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "how-this-copy-was-made", "metadata": {}, "source": [said]}


def _text(said: str) -> Output:
    return {"output_type": "stream", "name": "stdout", "text": said.splitlines(keepends=True)}


def _shown(**kinds: str) -> Output:
    data = {name.replace("_", "/", 1): said.splitlines(keepends=True) for name, said in kinds.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _charts(start: str) -> Made:
    def made(_: RegionRelease, charts: Sequence[Chart]) -> list[Output]:
        return [
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"image/svg+xml": chart.svg.splitlines(keepends=True), "text/plain": [chart.alt]},
            }
            for chart in charts
            if chart.name.startswith(start)
        ]

    return made


def _table(table: Table) -> list[Output]:
    return [_shown(text_html=table._repr_html_(), text_plain=str(table))] if table.rows else []


_OUTPUTS: Final[dict[str, Made]] = {
    "finding": lambda release, _: [_text(f"{release.summary()}\n")],
    "paths": _charts("path"),
    "estimates": lambda release, _: _table(tables.estimates_table(release.results, release.unit)),
    "effects": _charts("effect"),
    "checks": lambda release, _: _table(tables.checks_table(release.results)),
    "verdicts": lambda release, _: _table(tables.verdicts_table(release.results)),
}
