"""Many regions and what they say together: the forest of a pooled effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.effect import Estimate
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import Frame, described, mark_simulated, ratio_axis, shown_axes
from evalkit.report.figures.estimates import draw_whisker, forest_limits, note_beside
from evalkit.report.figures.telling import tells
from evalkit.report.layout import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.effect import Pooled

_RIGHT: Final = 1.35


@tells("describe_pooled")
def plot_pooled(
    pooled: Pooled,
    *,
    ax: Axes | None = None,
    title: str = "",
    limits: tuple[float, float] | None = None,
    simulated: bool | None = None,
) -> Axes:
    """Draw the regions, their average and what a new region may expect, on one logarithmic ratio axis.

    Parameters
    ----------
    pooled : Pooled
        Regions stand in the order of their launches, each with its own interval; from the one-stage model a small
        upright mark shows the effect drawn towards the average. Below them the average with its interval, then the
        interval for a new region; both with their numbers. Regions left out are named.
    ax : Axes, optional
        Where to draw; a new figure, as high as the rows need, by default.
    title : str, optional
        Above the chart.
    limits : pair of float, optional
        Ends of the axis, both above 0; whiskers that reach further end in an arrow.
    simulated : bool, optional
        Whether to write "Simulated data"; by default what ``pooled.simulated`` says.
    """
    regions = _ordered(pooled)
    left = list(pooled.left_out)
    rows = len(regions) + len(left) + 3
    with theme.theme():
        ax = ax or shown_axes(Frame(height=0.2 + 0.175 * rows, left=1.9, right=_RIGHT, top=0.3, bottom=0.5))[0]
        low, high = limits or _limits(pooled)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.set_ylim(rows - 0.4, -0.6)
        ax.axvline(1, color=theme.INK, lw=0.9, zorder=1)
        names = []
        for place, (name, row) in enumerate(regions.iterrows()):
            draw_whisker(ax, place, row, low, high)
            names.append(shortened(str(name), 32))
            if "pooled_value" in row and low <= row["pooled_value"] <= high:
                ax.plot(row["pooled_value"], place, marker="|", ms=8, mew=1.6, color=theme.ACCENT, zorder=4)
        for place, one in enumerate(left, len(regions)):
            note_beside(ax, low, place, text("figure.pooled.not_counted"))
            names.append(shortened(one.region, 32))
        names += ["", *_draw_together(ax, pooled, rows - 2, (low, high))]
        ratio_axis(ax, low, high)
        ax.set_yticks(range(rows), names, parse_math=False)
        for label in ax.get_yticklabels()[-2:]:
            label.set_fontweight("bold")
            label.set_color(theme.INK)
        ax.set_xlabel(_axis_text(pooled))
        ax.grid(axis="x", color="#e6ebef")
        ax.grid(visible=False, axis="y")
        ax.set_title(title, parse_math=False)
        mark_simulated(ax, pooled.simulated if simulated is None else simulated, place="above")
    return ax


@in_its_language
def describe_pooled(pooled: Pooled, *, simulated: bool | None = None) -> str:
    """The forest of a pooled effect in words, from its numbers."""
    regions = pooled.regions
    parts = [text("figure.pooled.lead", regions=numbers.plural(len(regions), "region"))]
    if len(regions):
        values = regions["value"].sort_values(kind="stable")
        parts.append(
            text(
                "figure.pooled.range",
                low=f"{values.iloc[0]:.2f}",
                lowest=values.index[0],
                high=f"{values.iloc[-1]:.2f}",
                highest=values.index[-1],
            )
        )
    if isinstance(pooled.effect, Estimate):
        parts.append(text("figure.pooled.average_is", value=_number(pooled.effect)))
        ahead = text("figure.pooled.new_unknown")
        if isinstance(pooled.new_region, Estimate):
            _, lower, upper = numbers.ratio_texts(pooled.new_region, fewest=2)
            ahead = text("figure.pooled.new_between", lower=lower, upper=upper)
        parts.append(ahead)
    else:
        parts.append(text("figure.pooled.no_average", reason=pooled.effect.reason))
    if pooled.left_out:
        parts.append(text("figure.pooled.left_out", regions=numbers.plural(len(pooled.left_out), "region")))
    return described(parts, pooled.simulated if simulated is None else simulated)


def _ordered(pooled: Pooled) -> pd.DataFrame:
    return pooled.regions.sort_values("launch", kind="stable")


def _limits(pooled: Pooled) -> tuple[float, float]:
    rows = [pooled.regions[["lower", "upper"]]]
    rows += [
        pd.DataFrame({"lower": [result.lower], "upper": [result.upper]})
        for result in (pooled.effect, pooled.new_region)
        if isinstance(result, Estimate)
    ]
    return forest_limits(pd.concat(rows))


def _draw_together(ax: Axes, pooled: Pooled, place: int, ends: tuple[float, float]) -> list[str]:
    """The average and the new region, with their numbers at the right; the names of the two rows."""
    low, high = ends
    for row, result, colour in ((place, pooled.effect, theme.BLUE), (place + 1, pooled.new_region, theme.BLUE_BAND)):
        if not isinstance(result, Estimate):
            note_beside(ax, low, row, text("figure.not_estimable"))
            continue
        ax.plot([max(result.lower, low), min(result.upper, high)], [row] * 2, color=colour, lw=7, zorder=2)
        ax.lines[-1].set_solid_capstyle("butt")
        ax.plot(result.value, row, marker="D", ms=4.5, mfc=theme.WHITE, mec=theme.BLUE, mew=1.2, zorder=3)
        ax.annotate(
            _number(result),
            xy=(1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=theme.INK,
            fontsize=theme.FONT_SIZE - 1,
            annotation_clip=False,
            gid=f"number-{row}",
        )
    return [text("figure.pooled.average"), text("figure.pooled.new")]


def _number(result: Estimate) -> str:
    value, lower, upper = numbers.ratio_texts(result, fewest=2)
    return f"{value} ({numbers.interval(lower, upper)})"


def _axis_text(pooled: Pooled) -> str:
    what = text("figure.rate_ratio" if pooled.estimand == "rate_ratio" else "figure.pooled.ratio_at_launch")
    key = "figure.pooled.axis_drawn" if pooled.stage == "one-stage" else "figure.pooled.axis"
    return text(key, what=what, level=numbers.level_text(pooled.level))
