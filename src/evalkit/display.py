"""How a result shows itself: as a table and a sentence in a notebook, as Markdown, as plain text.

Words for readers are made in ``report``, and results are made to the left of it. So a result only says that it can be
shown (:class:`Displayed`), and the facade says who shows it (:func:`shown_by`); nothing to the left imports ``report``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol


class _Prints(Protocol):
    """What IPython hands to ``_repr_pretty_``."""

    def text(self, text: str) -> None: ...


_SHOWROOM: dict[str, str] = {}


def shown_by(module: str) -> None:
    """Name the module whose ``as_html``, ``as_markdown`` and ``as_text`` show results; it is imported on first use."""
    _SHOWROOM["module"] = module


class Displayed:
    """A result that shows itself.

    A class that holds large things leaves its ``__repr__`` to this one; a small one keeps its own.
    """

    def _repr_html_(self) -> str:
        return str(_showroom().as_html(self))

    def _repr_markdown_(self) -> str:
        return str(_showroom().as_markdown(self))

    def _repr_pretty_(self, printer: _Prints, cycle: bool) -> None:
        printer.text("…" if cycle else str(self))

    def __repr__(self) -> str:
        return str(_showroom().as_text(self))

    def __str__(self) -> str:
        return repr(self)


def _showroom() -> Any:
    return import_module(_SHOWROOM["module"])
