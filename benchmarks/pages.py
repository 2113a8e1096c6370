"""Pages whose figures come from a script: what stands between two markers is replaced, the prose around it stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def fill(page: Path, blocks: Mapping[str, str]) -> None:
    """Replace the text between ``<!-- name -->`` and ``<!-- end of name -->`` for every block.

    Raises
    ------
    ValueError
        The page has no such pair of markers, or a pair for which there is no block.
    """
    text = page.read_text(encoding="utf-8")
    asked = set(re.findall(r"<!-- end of ([\w-]+) -->", text))
    if asked != set(blocks):
        raise ValueError(f"{page.name} has markers for {sorted(asked)}, blocks are there for {sorted(blocks)}.")
    for name, block in blocks.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)"
        text = re.sub(pattern, lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, words: int = 1) -> str:
    """A Markdown table; the first columns (``words`` of them) aligned to the left, the others to the right."""
    rule = [":--"] * words + ["--:"] * (len(head) - words)
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(rule)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def percent(value: float, digits: int = 1) -> str:
    """A share as a percentage without its sign; a dash where there is none."""
    return "–" if not np.isfinite(value) else f"{100 * value:.{digits}f}"


def spread(values: Any, digits: int = 1) -> str:
    """Lowest, median and highest share, as percentages: ``93.1 – 95.2 – 96.9``."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return "–"
    return " – ".join(percent(float(one), digits) for one in (known.min(), np.median(known), known.max()))


def write_figure(figure: Figure, path: Path) -> None:
    """Save as SVG with outlined letters and without a date: the same bytes for the same numbers."""
    import matplotlib as mpl

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "evalkit"}):
        figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")
