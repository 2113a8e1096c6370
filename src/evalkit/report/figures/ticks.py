"""The ticks of a chart that is drawn once and then closed, as few marks as they are.

matplotlib makes five artists of each tick (two marks, a grid line, two labels), most of them never seen, and measures
the labels again and again, so that they can follow a reader who moves the chart. Nobody moves a picture: there the grid
is one artist, the marks are another, and each label is a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

from evalkit.report import theme
from evalkit.report.figures.axes import text_width

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Tick = tuple[float, str]
_PLAIN: Final = (
    {"bottom": True, "top": False, "labelbottom": True, "labeltop": False, "gridOn": False},
    {"left": True, "right": False, "labelleft": True, "labelright": False, "gridOn": True},
)


@contextmanager
def fixed_ticks(axes: Iterable[Axes]) -> Iterator[None]:
    """Within this context charts have fixed ticks, afterwards their own again.

    Left alone are charts of another look: with a label below, or whose ticks somebody has asked for or changed.
    """
    plain = [ax for ax in axes if _is_plain(ax)]
    with theme.theme():
        added = [artist for ax in plain for artist in fix_ticks(ax)]
    try:
        yield
    finally:
        for artist in added:
            artist.remove()
        for ax in plain:
            ax.xaxis.set_visible(True)
            ax.yaxis.set_visible(True)


def _is_plain(ax: Axes) -> bool:
    both, label = (ax.xaxis, ax.yaxis), ax.yaxis.label
    untouched = all(axis.get_visible() and len(axis.majorTicks) == 1 for axis in both)  # drawn ones are more
    alike = tuple(axis.get_tick_params() for axis in both) == _PLAIN and not len(ax.xaxis.get_minorticklocs())
    return (
        untouched and alike and not ax.get_xlabel() and (label.get_rotation(), label.get_fontweight()) == (90, "normal")
    )


def fix_ticks(ax: Axes) -> list[Artist]:
    """Draw the ticks as they are now, where matplotlib would, and hide its own; only within the house style.

    The vertical axis may have a grid and a label, the horizontal one ticks below it and no label.
    """
    upright, level = _ticks(ax.yaxis), _ticks(ax.xaxis)
    made = [_grid(ax, [place for place, _ in upright]), *_beside(ax, upright), *_below(ax, level)]
    ax.xaxis.set_visible(False)
    ax.yaxis.set_visible(False)
    return made


def _ticks(axis: Axis) -> list[Tick]:
    """Places and labels within the limits."""
    low, high = sorted(axis.get_view_interval())
    places = axis.get_majorticklocs()
    labels = axis.get_major_formatter().format_ticks(list(places))
    slack = (high - low) * 1e-9
    return [(float(at), said) for at, said in zip(places, labels, strict=True) if low - slack <= at <= high + slack]


def _grid(ax: Axes, places: Sequence[float]) -> Artist:
    from matplotlib.collections import LineCollection

    look = {"colors": mpl.rcParams["grid.color"], "linewidths": mpl.rcParams["grid.linewidth"], "capstyle": "round"}
    lines = [[(0, place), (1, place)] for place in places]
    return ax.add_artist(
        LineCollection(lines, transform=ax.get_yaxis_transform(), zorder=ax.yaxis.get_zorder(), **look)
    )


def _beside(ax: Axes, ticks: Sequence[Tick]) -> list[Artist]:
    """Labels to the left of the vertical axis, and the label of the axis to the left of them."""
    pad = mpl.rcParams["ytick.major.pad"] + mpl.rcParams["ytick.major.size"]
    transform, up, across = ax.get_yaxis_text1_transform(pad)
    places = [(0.0, place, said) for place, said in ticks]
    label = ax.yaxis.label
    widest = max((text_width(said, theme.TICK_SIZE) for _, said in ticks), default=0.0)
    named = ax.annotate(
        label.get_text(), (0, 0.5), xycoords="axes fraction", textcoords="offset points",
        xytext=(-(pad + widest + ax.yaxis.labelpad), 0),
        rotation=90, rotation_mode="anchor", ha="center", va="bottom",
        color=label.get_color(), fontsize=label.get_fontsize(), annotation_clip=False,
    )  # fmt: skip
    return [*_labels(ax, places, transform=transform, va=up, ha=across), named]


def _below(ax: Axes, ticks: Sequence[Tick]) -> list[Artist]:
    """Marks and labels below the horizontal axis."""
    from matplotlib.lines import Line2D
    from matplotlib.markers import TICKDOWN

    size = mpl.rcParams["xtick.major.size"]
    down: Any = TICKDOWN
    marks = Line2D(
        [place for place, _ in ticks], [0.0] * len(ticks), transform=ax.get_xaxis_transform(),
        ls="", marker=down, ms=size, mew=mpl.rcParams["xtick.major.width"], color=mpl.rcParams["xtick.color"],
        zorder=ax.xaxis.get_zorder(), clip_on=False,
    )  # fmt: skip
    transform, up, across = ax.get_xaxis_text1_transform(mpl.rcParams["xtick.major.pad"] + size)
    places = [(place, 0.0, said) for place, said in ticks]
    return [ax.add_artist(marks), *_labels(ax, places, transform=transform, va=up, ha=across)]


def _labels(ax: Axes, labels: Sequence[tuple[float, float, str]], **how: Any) -> list[Artist]:
    """Labels as the theme has those of ticks."""
    look: dict[str, Any] = {"fontsize": theme.TICK_SIZE, "color": theme.GREY, "zorder": ax.xaxis.get_zorder()}
    return [ax.text(across, up, said, **look, **how) for across, up, said in labels]
