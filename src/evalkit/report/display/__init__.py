"""How results show themselves in a notebook: one display a class, rendered as HTML, Markdown or text.

``evalkit.display.Displayed`` finds this room through the facade. A new result needs one function: register it with
:func:`shown` beside its like; a test over the public names fails until it is there.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from evalkit.catalogue import in_its_language
from evalkit.report import theme
from evalkit.report.display import claims, estimates, evidence, inputs, rounds  # noqa: F401  # each registers its displays
from evalkit.report.display.render import html, markdown, text
from evalkit.report.display.shown import Shown, shown, table

__all__ = ["Shown", "as_html", "as_markdown", "as_text", "display_of", "shown", "table"]


@in_its_language
def as_html(result: Any) -> str:
    """A result as HTML: an accessible table, units, windows, intervals, warnings first."""
    return theme.visible(html(display_of(result)))


@in_its_language
def as_markdown(result: Any) -> str:
    """A result as Markdown."""
    return theme.visible(markdown(display_of(result)))


@in_its_language
def as_text(result: Any) -> str:
    """A result as plain text: its own ``summary()`` where it has one."""
    summary = getattr(result, "summary", None)
    return theme.visible(str(summary()) if callable(summary) else text(display_of(result)))


def display_of(result: Any) -> Shown:
    """The display of a result; that of contacts counted from logs is loaded only where logs have been counted."""
    if "evalkit.contacts.ingest" in sys.modules:
        import_module("evalkit.report.display.ingested")
    return shown(result)
