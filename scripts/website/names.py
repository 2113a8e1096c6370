"""Reference pages of the Python names, one for each section of docs/reference/python.md, from the docstrings."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Final

import evalkit

_ROW: Final = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
_SECTION: Final = re.compile(r"^## (.+)$", re.MULTILINE)


def api_pages(root: Path) -> dict[str, str]:
    """Path and Markdown text of a page for each section of the list of names."""
    parts = _SECTION.split((root / "docs" / "reference" / "python.md").read_text(encoding="utf-8"))
    pages = zip(parts[1::2], parts[2::2], strict=True)
    return {
        f"docs/reference/api/{number:02d}-{_stem(title)}.md": _page(title, _ROW.findall(body))
        for number, (title, body) in enumerate(pages, 1)
    }


def linked_names(text: str) -> str:
    """The list of names, each linked to its entry."""
    return _ROW.sub(lambda found: f"| {{py:obj}}`{found[1]} <evalkit.{found[1]}>` |", text)


def _stem(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower()).strip("-")


def _page(title: str, names: list[str]) -> str:
    entries = "\n".join(_entry(name) for name in names)
    return f"# {title}: reference\n\nFrom the docstrings; `import evalkit as ek` gives each as `ek.NAME`.\n\n{entries}"


def _entry(name: str) -> str:
    thing = getattr(evalkit, name)
    if inspect.ismodule(thing):
        directive, where, options = "automodule", f"evalkit.{name}", ["members"]
    elif inspect.isclass(thing):
        directive, where, options = "autoclass", f"evalkit.{name}", ["members"]
    else:
        directive, where, options = "autofunction", f"evalkit.{name}", []
    lines = [f".. {directive}:: {where}", *(f"   :{option}:" for option in options)]
    return "\n".join([f"## `{name}`", "", "```{eval-rst}", *lines, "```", ""])
