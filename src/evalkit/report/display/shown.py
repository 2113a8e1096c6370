"""What a display holds, before anyone decides whether it becomes HTML, Markdown or text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any, Final

import pandas as pd

from evalkit.catalogue import text, texts
from evalkit.report import numbers
from evalkit.report.tables import Align, Table

MOST_ROWS: Final = 60
"""Rows that a table in a notebook shows; a longer one says how many more there are, and where."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The display of one result.

    Attributes
    ----------
    title : str
        What it is and of what.
    sentence : str
        What it says, in plain English; empty where the tables say it.
    warnings : tuple of str
        What the reader should know first; they come before everything else.
    points : tuple of str
        Reasons or findings, the weightiest first.
    tables : tuple of Table
        The numbers, with units, windows and intervals.
    notes : tuple of str
        What is small print: what the intervals cover, where all rows are.
    simulated : bool
        Whether to say that the contacts are simulated, before all else.
    """

    title: str
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False


@singledispatch
def shown(result: Any) -> Shown:
    """The display of a result, by its class; options and other small values are shown as a table of their fields."""
    return Shown(title=type(result).__name__, sentence=_first_line(type(result)), tables=(fields_table(result),))


@shown.register
def _(result: Table) -> Shown:
    return Shown(title="", tables=(result,))


def fields_table(result: Any) -> Table:
    """A value's fields: name, value, and whether that is the default."""
    rows = [
        (name, value_text(value), text("display.option.default") if default else "")
        for name, value, default in _fields(result)
    ]
    return table(text("display.option.caption"), texts("display.option.header"), rows)


def table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = (), where: str = ""
) -> Table:
    """A table of text cells; columns numbered in ``right`` stand to the right, rows beyond the most are counted."""
    every = [tuple(row) for row in rows]
    kept = every[:MOST_ROWS]
    rest = len(every) - len(kept)
    hidden = text("display.rows_elsewhere" if where else "display.rows", **_hidden(rest, where)) if rest else ""
    columns = set(right)
    align: tuple[Align, ...] = tuple("right" if place in columns else "left" for place in range(len(header)))
    return Table(caption=" ".join(filter(None, (caption, hidden))), header=tuple(header), rows=tuple(kept), align=align)


def _hidden(rest: int, where: str) -> dict[str, str]:
    number = numbers.whole(rest)
    return {"number": number, "where": where} if where else {"number": number}


def value_text(value: Any) -> str:
    """A value of an option as a reader writes it: ``yes``, ``none``, a list without brackets, a file by its name."""
    if value is None or (isinstance(value, str | tuple | list) and not value):
        return text("numbers.none")
    if isinstance(value, bool):
        return text("display.yes" if value else "display.no")
    if isinstance(value, Path):
        return value.name
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, pd.Series | pd.DataFrame):
        return text("display.option.table", rows=len(value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_text(part)}" for key, part in value.items()) or text("numbers.none")
    if isinstance(value, tuple | list):
        return ", ".join(value_text(part) for part in value)
    return str(value)


def _fields(result: Any) -> list[tuple[str, Any, bool]]:
    if is_dataclass(result):
        found = []
        for field in fields(result):
            value = getattr(result, field.name)
            default = field.default if field.default_factory is MISSING else field.default_factory()
            found.append((field.name, value, _same(value, default)))
        return found
    model = getattr(type(result), "model_fields", {})
    return [(name, getattr(result, name), name not in result.model_fields_set) for name in model]


def _same(value: Any, default: Any) -> bool:
    return default is not MISSING and type(value) is type(default) and not _large(value) and bool(value == default)


def _large(value: Any) -> bool:
    return isinstance(value, pd.Series | pd.DataFrame) or hasattr(value, "dtype")


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().split("\n")[0]
