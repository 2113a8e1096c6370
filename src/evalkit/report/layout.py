"""Where labels go so that none covers another: plain arithmetic on intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_SPACE: Final = 6.0
CLEAR: Final = 5.0  # nearer than that a label seems to name the line of another


def spread(wanted: Sequence[float], heights: Sequence[float], *, low: float, high: float) -> list[float]:
    """Centres as near to those wanted as possible, in the same order, no two boxes overlapping, all inside if they fit.

    Parameters
    ----------
    wanted, heights : sequence of float, same length
        Wanted centre and height of each box.
    low, high : float
        Ends of the room. Where the boxes are higher than the room altogether they are packed from ``low`` up.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    centres = [0.0] * len(wanted)
    floor = low
    for place in order:
        half = heights[place] / 2
        centres[place] = max(wanted[place], floor + half)
        floor = centres[place] + half
    ceiling = max(high, low + sum(heights))
    for place in reversed(order):
        half = heights[place] / 2
        centres[place] = min(centres[place], ceiling - half)
        ceiling = centres[place] - half
    return centres


def fit_rows(spans: Sequence[tuple[float, float]], anchors: Sequence[float] | None = None) -> list[int]:
    """The row (0 is the lowest) of each label, so that labels of one row keep apart and no label is struck through.

    Parameters
    ----------
    spans : sequence of (float, float)
        Left and right end of each label.
    anchors : sequence of float, optional
        Where a thin line runs from each label down to the chart; by default no lines are drawn. Labels are placed from
        the last anchor to the first, so that labels that extend to the right of their anchors are never crossed.
    """
    order = range(len(spans)) if anchors is None else sorted(range(len(spans)), key=lambda place: -anchors[place])
    chosen: dict[int, int] = {}
    for number in order:
        fits = (row for row in range(len(spans)) if _fits(row, number, spans, anchors, chosen))
        chosen[number] = next(fits, max(chosen.values(), default=-1) + 1)
    return [chosen[number] for number in range(len(spans))]


def _fits(
    row: int,
    number: int,
    spans: Sequence[tuple[float, float]],
    anchors: Sequence[float] | None,
    chosen: Mapping[int, int],
) -> bool:
    left, right = spans[number]
    for other, taken in chosen.items():
        start, end = spans[other]
        if taken == row and left - _SPACE < end and start - _SPACE < right:
            return False
        if anchors is not None and taken > row and left - CLEAR < anchors[other] < right + CLEAR:
            return False
        if anchors is not None and taken < row and start - CLEAR < anchors[number] < end + CLEAR:
            return False
    return True


def shortened(text: str, longest: int) -> str:
    """The text, cut with an ellipsis where it is longer than ``longest`` characters, between words if it can."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    whole_words = kept.rpartition(" ")[0]
    return f"{whole_words if len(whole_words) > longest // 2 else kept.rstrip()}…"
