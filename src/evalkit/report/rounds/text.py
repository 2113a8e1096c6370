"""The comparison of two rounds as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import term, text, texts
from evalkit.report.numbers import plural

if TYPE_CHECKING:
    from evalkit.report.rounds.difference import Change, RegionDifference, RoundsDifference

_WIDEST: Final = 46


def difference_text(difference: RoundsDifference) -> str:
    """What changed, region by region, each with a table and what may be why; then what did not."""
    lines = [text("rounds.then", first=difference.first, second=difference.second)]
    if difference.reasons:
        lines += [text("rounds.for_all"), *(f"  {reason}" for reason in difference.reasons)]
    for key, regions in (
        ("rounds.new", difference.added),
        ("rounds.gone", difference.removed),
        ("rounds.failed", difference.failed),
    ):
        if regions:
            lines.append(text(key, regions=", ".join(regions)))
    for region in difference.changed:
        lines += ["", *_region(region, difference.reasons)]
    lines += ["", _closing(difference)]
    return "\n".join(lines)


def _region(region: RegionDifference, shared: Sequence[str]) -> list[str]:
    own = [reason for reason in region.reasons if reason not in shared]
    why = own or ([text("rounds.see_above")] if shared else list(region.reasons))
    return [
        f"{region.region}: {plural(len(region.changes), 'change')}",
        *(f"  {line}" for line in _table([_row(change) for change in region.changes])),
        f"  {text('rounds.may_be_why', reasons='; '.join(why))}",
    ]


def _row(change: Change) -> tuple[str, str, str, str]:
    name = term("rounds.what", change.what)
    what = f"{name}: {change.about}" if change.about else name
    return change.channel, what, change.before, change.after


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows in columns; a long text takes lines of its own column."""
    every = (texts("rounds.header"), *rows)
    widths = [min(max(len(row[k]) for row in every), _WIDEST) for k in range(len(every[0]))]
    lines = []
    for row in every:
        cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for k in range(max(map(len, cells))):
            parts = (cell[k] if k < len(cell) else "" for cell in cells)
            lines.append("  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip())
    return lines


def _wrapped(cell: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(cell, width) or [""]


def _closing(difference: RoundsDifference) -> str:
    still = len(difference.regions) - len(difference.changed)
    noise = sum(region.within_noise for region in difference.regions)
    said = text("rounds.changed", regions=plural(len(difference.changed), "region"), still=still)
    if noise:
        said = f"{said} {text('rounds.noise', numbers=plural(noise, 'number'))}"
    return said
