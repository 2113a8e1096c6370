"""One display as HTML, Markdown or plain text. Every text of the data is escaped; nothing is read as mathematics.

The HTML brings its few styles along, since a notebook has no style sheet of ours, and names no colour of ink or ground,
so that it is legible in light and dark themes.
"""

from __future__ import annotations

import re
from html import escape
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from evalkit.catalogue import text as text_of
from evalkit.report import wording
from evalkit.report.display.shown import Shown
from evalkit.report.tables import Table

_WIDEST: Final = 44
_IGNORED_BY_MATHJAX: Final = "tex2jax_ignore mathjax_ignore"
_LEFT: Final = "text-align:left"
_RIGHT: Final = "text-align:right;font-variant-numeric:tabular-nums"
_CELL: Final = "vertical-align:top;padding:.25em .8em .25em 0;white-space:normal;max-width:42em"
_WARNING: Final = "border-left:4px solid #a8480f;padding:.1em .7em;margin:.4em 0"
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|$~!])")


def html(shown: Shown) -> str:
    """The display as HTML: what is simulated and warnings first, then the sentence, tables and notes."""
    parts = [f"<p><strong>{wording.simulated_mark()}</strong></p>"] if shown.simulated else []
    parts += [
        f'<p role="note" style="{_WARNING}"><strong>{escape(_mark())}.</strong> {escape(warning)}</p>'
        for warning in map(wording.finished, shown.warnings)
    ]
    heading = f"<strong>{escape(shown.title)}</strong>" if shown.title else ""
    said = "<br>".join(filter(None, (heading, _lines(shown.sentence))))
    parts += [f"<p>{said}</p>"] if said else []
    if shown.points:
        parts.append(f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in shown.points)}</ul>")
    parts += [table_html(table) for table in shown.tables]
    parts += [f"<p><small>{escape(note)}</small></p>" for note in shown.notes]
    return f'<div class="evalkit {_IGNORED_BY_MATHJAX}">{"".join(parts)}</div>'


def _mark() -> str:
    """The word before a warning."""
    return text_of("display.warning")


def table_html(table: Table) -> str:
    """A table with a caption and headings of rows and columns."""
    sides = [_RIGHT if side == "right" else _LEFT for side in table.align]
    head = "".join(
        f'<th scope="col" style="{side};{_CELL}">{escape(text)}</th>'
        for side, text in zip(sides, table.header, strict=True)
    )
    body = "".join(f"<tr>{_row(row, sides)}</tr>" for row in table.rows)
    return (
        f'<table style="border-collapse:collapse;margin:.6em 0"><caption style="caption-side:top;{_LEFT};'
        f'padding:.2em 0;opacity:1">{escape(table.caption)}</caption><thead><tr style="border-bottom:1px solid">{head}'
        f"</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row: tuple[str, ...], sides: list[str]) -> str:
    first = f'<th scope="row" style="{sides[0]};{_CELL};font-weight:normal">{escape(row[0])}</th>'
    return first + "".join(
        f'<td style="{side};{_CELL}">{escape(cell)}</td>' for side, cell in zip(sides[1:], row[1:], strict=True)
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def markdown(shown: Shown) -> str:
    """The display as Markdown."""
    parts = [f"**{wording.simulated_mark()}**"] if shown.simulated else []
    parts += [f"> **{_mark()}.** {_plain(wording.finished(warning))}" for warning in shown.warnings]
    parts += [f"**{_plain(shown.title)}**"] if shown.title else []
    parts += [_plain(line) for line in shown.sentence.splitlines()]
    if shown.points:
        parts.append("\n".join(f"- {_plain(point)}" for point in shown.points))
    parts += [part for table in shown.tables for part in (_plain(table.caption), _grid(table))]
    parts += [f"*{_plain(note)}*" for note in shown.notes]
    return "\n\n".join(parts)


def _grid(table: Table) -> str:
    rule = ["---:" if side == "right" else "---" for side in table.align]
    rows = [[_plain(cell) for cell in row] for row in (table.header, *table.rows)]
    lines = [rows[0], rule, *rows[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def text(shown: Shown) -> str:
    """The display as plain text."""
    lines = [wording.simulated_mark()] if shown.simulated else []
    lines += [f"{_mark()}: {wording.finished(warning)}" for warning in shown.warnings]
    lines += [part for part in (shown.title, *shown.sentence.splitlines()) if part]
    lines += [f"- {point}" for point in shown.points]
    for table in shown.tables:
        lines += ["", table.caption, *_columns(table)]
    lines += ["", *shown.notes] if shown.notes else []
    return "\n".join(lines)


def _columns(table: Table) -> list[str]:
    """Cells in columns, long ones over several lines."""
    rows = [[wrap(cell, _WIDEST) or [""] for cell in row] for row in (table.header, *table.rows)]
    widths = [max(len(line) for row in rows for line in row[place]) for place in range(len(table.header))]
    return [
        "  ".join(
            line.rjust(width) if side == "right" else line.ljust(width)
            for line, width, side in zip(lines, widths, table.align, strict=True)
        ).rstrip()
        for row in rows
        for lines in zip_longest(*row, fillvalue="")
    ]
