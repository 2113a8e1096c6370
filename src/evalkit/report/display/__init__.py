"""How results show themselves in a notebook: one display a class, rendered as HTML, Markdown or text.

``evalkit.display.Displayed`` finds this room through the facade. A new result needs one function: register it with
:func:`shown` beside its like; a test over the public names fails until it is there.
"""

from __future__ import annotations

from typing import Any

from evalkit.report.display import claims, estimates, evidence, inputs, rounds  # noqa: F401  # each registers its displays
from evalkit.report.display.render import html, markdown, text
from evalkit.report.display.shown import Shown, shown, table

__all__ = ["Shown", "as_html", "as_markdown", "as_text", "shown", "table"]


def as_html(result: Any) -> str:
    """A result as HTML: an accessible table, units, windows, intervals, warnings first."""
    return html(shown(result))


def as_markdown(result: Any) -> str:
    """A result as Markdown."""
    return markdown(shown(result))


def as_text(result: Any) -> str:
    """A result as plain text: its own ``summary()`` where it has one."""
    summary = getattr(result, "summary", None)
    return str(summary()) if callable(summary) else text(shown(result))
