"""A heat map of regions by periods as inline SVG: missing cells stand out, with words for those who do not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.contacts.coverage import ranges_text
from evalkit.contacts.periods import period_text
from evalkit.report import numbers, theme, wording
from evalkit.report.sparkline import pen_path

if TYPE_CHECKING:
    from markupsafe import Markup
    from numpy.typing import NDArray

WIDTH: Final = 900
LEFT: Final = 190
ROW: Final = 15
_TOP: Final = 24
_LONGEST: Final = 26
_COUNTED: Final = theme.BLUE_BAND
_ZERO: Final = "#8fb3cb"
_TICKS: Final = 8
_SHARE_HEIGHT: Final = 110


def heat_map(table: pd.DataFrame, channel: str) -> Markup:
    """One channel: a row a region, a column a period; missing cells in the accent colour with a hatch, zeros darker.

    Parameters
    ----------
    table : pandas.DataFrame
        Regions by periods (a PeriodIndex), NaN where there is no count.
    channel : str
        For the description.
    """
    from markupsafe import Markup, escape

    values = table.to_numpy(dtype=np.float64)
    periods = pd.PeriodIndex(table.columns)
    step = (WIDTH - LEFT) / max(len(periods), 1)
    height = _TOP + ROW * len(table) + 4
    hatch = f"hatch-{re.sub(r'[^a-z0-9]+', '-', channel.casefold())}"
    shapes = [_hatch(hatch), *_axis(periods, step, height)]
    for number, (region, row) in enumerate(zip(table.index, values, strict=True)):
        top = _TOP + ROW * number
        name = str(region)
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        shapes.append(f'<text x="{LEFT - 8}" y="{top + 11}" text-anchor="end">{escape(short)}</text>')
        shapes.append(_run(0, len(row), top, step, _COUNTED))
        shapes += [_run(first, last, top, step, _ZERO) for first, last in _runs(row == 0)]
        shapes += [_run(first, last, top, step, f"url(#{hatch})", theme.ACCENT) for first, last in _runs(np.isnan(row))]
    described = escape(_described(table, channel))
    return Markup(  # every text in it is escaped above
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" font-size="11" fill="{theme.INK}" aria-label="{described}">'
        f"<title>{described}</title>{''.join(shapes)}</svg>"
    )


def gaps(table: pd.DataFrame) -> list[str]:
    """The missing cells in words, regions with the same gaps together."""
    periods = pd.PeriodIndex(table.columns)
    groups: dict[bytes, list[str]] = {}
    absent = table.isna().to_numpy()
    for region, row in zip(table.index, absent, strict=True):
        if row.any():
            groups.setdefault(row.tobytes(), []).append(str(region))
    texts = []
    for key, regions in groups.items():
        row = np.frombuffer(key, dtype=np.bool_)
        named = and_more(regions)
        texts.append(f"{named}: {ranges_text(periods[row])}")
    return texts


def and_more(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many there are besides."""
    named = ", ".join(names[:most])
    return text("figure.heat_map.and_more", named=named, number=len(names) - most) if len(names) > most else named


def share_line(rows: Sequence[Mapping[str, Any]]) -> Markup | None:
    """The share of contacts with a region over time, as a small line chart; None where there is nothing to draw."""
    from markupsafe import Markup, escape

    shares = [1 - row["unallocated"] / row["contacts"] if row["contacts"] else None for row in rows]
    known = [share for share in shares if share is not None]
    if len(known) < 2:
        return None
    step = (WIDTH - LEFT) / max(len(rows) - 1, 1)
    points = pen_path(
        None if share is None else (LEFT + place * step, _level(share)) for place, share in enumerate(shares)
    )
    least, most = min(known), max(known)
    described = escape(
        text(
            "figure.heat_map.share",
            first=rows[0]["period"],
            last=rows[-1]["period"],
            least=numbers.percent(least, 1),
            most=numbers.percent(most, 1),
        )
    )
    marks = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_level(level):.1f}" y2="{_level(level):.1f}" stroke="{theme.RULE}"/>'
        f'<text x="{LEFT - 8}" y="{_level(level) + 4:.1f}" text-anchor="end">{escape(numbers.percent(level))}</text>'
        for level in (0.0, 0.5, 1.0)
    )
    return Markup(  # every text in it is escaped above
        f'<svg role="img" viewBox="0 0 {WIDTH} {_SHARE_HEIGHT + 20}" font-size="11" fill="{theme.INK}" '
        f'aria-label="{described}"><title>{described}</title>{marks}'
        f'<path d="{points}" fill="none" stroke="{theme.BLUE}" stroke-width="1.6"/></svg>'
    )


def label(period: pd.Period) -> str:
    """A period as files write it."""
    return period_text(period)


def _level(share: float) -> float:
    return 10 + _SHARE_HEIGHT * (1 - share)


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="4" height="4" fill="{theme.BAND}"/><rect width="1.6" height="4" fill="{theme.ACCENT}"/>'
        "</pattern></defs>"
    )


def _axis(periods: pd.PeriodIndex, step: float, height: int) -> Iterator[str]:
    every = max(len(periods) // _TICKS, 1)
    for place in range(0, len(periods) - every // 2, every):
        x = LEFT + place * step
        yield f'<text x="{x:.1f}" y="12" fill="{theme.GREY}">{period_text(periods[place])}</text>'
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="16" y2="{height}" stroke="{theme.RULE}"/>'


def _run(first: int, last: int, top: int, step: float, fill: str, stroke: str = "none") -> str:
    return (
        f'<rect x="{LEFT + first * step:.1f}" y="{top}" width="{(last - first) * step:.1f}" height="{ROW - 3}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="0.6"/>'
    )


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) place of each run of true values."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _described(table: pd.DataFrame, channel: str) -> str:
    missing, zeros = int(table.isna().to_numpy().sum()), int((table == 0).to_numpy().sum())
    return text(
        "figure.heat_map.described",
        channel=wording.channel_name(channel),
        regions=len(table),
        periods=table.shape[1],
        missing=missing,
        zeros=zeros,
    )
