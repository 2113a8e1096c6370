"""Estimates of many regions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import Frame, described, mark_simulated, ratio_axis, shown_axes
from evalkit.report.figures.telling import tells
from evalkit.report.layout import shortened
from evalkit.report.tables import estimates_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.effect import Effect


@tells("_describe")
def plot_estimates(
    estimates: pd.DataFrame | Iterable[Effect],
    *,
    ax: Axes | None = None,
    group: str | None = None,
    title: str = "",
    labels: bool = True,
    limits: tuple[float, float] | None = None,
    simulated: bool = False,
) -> Axes:
    """Draw one dot and whisker a region on a logarithmic axis, with a line at 1.

    Parameters
    ----------
    estimates : DataFrame or iterable of Effect
        Columns region, value, lower, upper, and optionally ``group``, as :func:`evalkit.report.estimates_frame` gives
        them; NaN where not estimable. Drawn from top to bottom in the order given.
    ax : Axes, optional
        Where to draw; a new figure, as high as the rows need, by default.
    group : str, optional
        Column that names the group of each row; each run of one group stands under its name.
    title : str, optional
        Above the chart.
    labels : bool, optional
        Whether to name the rows.
    limits : pair of float, optional
        Ends of the axis, both above 0; whiskers that reach further end in an arrow.
    simulated : bool, optional
        Whether to write "Simulated data".
    """
    frame = estimates if isinstance(estimates, pd.DataFrame) else estimates_frame(estimates)
    rows = forest_rows(frame, group)
    with theme.theme():
        ax = ax or shown_axes(forest_frame(len(rows)))[0]
        low, high = limits or forest_limits(frame)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.axvline(1, color=theme.INK, lw=0.9, zorder=1)
        for place, (_, estimate) in enumerate(rows):
            if estimate is not None:
                draw_whisker(ax, place, estimate, low, high)
        ratio_axis(ax, low, high)
        names = [name if labels and estimate is not None else "" for name, estimate in rows]
        ax.set_yticks(range(len(rows)), names, parse_math=False)
        if labels:
            _name_groups(ax, rows)
        ax.grid(axis="x", color="#e6ebef")
        ax.grid(visible=False, axis="y")
        ax.set_title(title, parse_math=False)
        mark_simulated(ax, simulated, place="above")
    return ax


@in_its_language
def _describe(estimates: pd.DataFrame | Iterable[Effect], *, title: str = "", simulated: bool = False) -> str:
    frame = estimates if isinstance(estimates, pd.DataFrame) else estimates_frame(estimates)
    return describe_estimates(frame, title=title, simulated=simulated)


def describe_estimates(frame: pd.DataFrame, *, title: str = "", simulated: bool = False) -> str:
    """The forest of estimates in words, from its numbers."""
    known = frame.dropna(subset=["value"])
    regions = numbers.plural(len(frame), "region")
    titled = text("figure.estimates.lead_titled", regions=regions, title=title) if title else ""
    parts = [titled or text("figure.estimates.lead", regions=regions)]
    if len(known):
        ordered = known.sort_values("value")
        lowest, highest = ordered.iloc[0], ordered.iloc[-1]
        above, below = int((known["lower"] > 1).sum()), int((known["upper"] < 1).sum())
        parts += [
            text(
                "figure.estimates.range",
                low=f"{lowest['value']:.2f}",
                lowest=lowest["region"],
                high=f"{highest['value']:.2f}",
                highest=highest["region"],
                median=f"{known['value'].median():.2f}",
            ),
            text("figure.estimates.sides", above=above, below=below, holding=len(known) - above - below),
        ]
    missing = len(frame) - len(known)
    if missing:
        parts.append(text("figure.estimates.missing", number=numbers.in_words(missing)))
    return described(parts, simulated)


def forest_limits(frame: pd.DataFrame, *, widest: tuple[float, float] = (0.2, 8.0)) -> tuple[float, float]:
    """Ends of a common ratio axis: what the intervals need, at least 0.5 to 2, at most ``widest``."""
    lower, upper = frame["lower"].min(), frame["upper"].max()
    low = 0.5 if pd.isna(lower) else min(0.5, max(widest[0], lower / 1.08))
    high = 2.0 if pd.isna(upper) else max(2.0, min(widest[1], upper * 1.08))
    return float(low), float(high)


def forest_frame(rows: int) -> Frame:
    """Room for a forest of that many rows, group names included."""
    return Frame(height=0.2 + 0.165 * rows, left=1.9, right=0.2, top=0.3, bottom=0.45)


def forest_rows(frame: pd.DataFrame, group: str | None) -> list[tuple[str, pd.Series | None]]:
    """Text and estimate of each row of the forest; a group's name is a row without an estimate."""
    rows: list[tuple[str, pd.Series | None]] = []
    current: object = None
    for _, row in frame.iterrows():
        if group is not None and row[group] != current:
            current = row[group]
            rows.append((shortened(str(current), 60), None))
        rows.append((shortened(str(row["region"]), 32), row))
    return rows


def _name_groups(ax: Axes, rows: Sequence[tuple[str, pd.Series | None]]) -> None:
    """Write the name of each group from the left edge of the figure on, across its empty row."""
    edge = 4 - ax.get_window_extent().x0 * 72 / ax.figure.dpi
    for place, (name, estimate) in enumerate(rows):
        if estimate is None:
            ax.annotate(
                name,
                xy=(0, place),
                xycoords=("axes fraction", "data"),
                xytext=(edge, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold",
                annotation_clip=False,
                parse_math=False,
                bbox={"facecolor": theme.WHITE, "edgecolor": "none", "pad": 0.8},
                gid=f"group-{place}",
            )


def note_beside(ax: Axes, low: float, place: int, note: str) -> None:
    """What stands in a row that has no whisker, at the lower end of the axis."""
    ax.text(low * 1.03, place, note, color=theme.GREY, fontsize=theme.FONT_SIZE - 2, va="center")


def draw_whisker(ax: Axes, place: int, estimate: pd.Series, low: float, high: float) -> None:
    """One region: its interval as a line, an arrow where it leaves the axis, and its value."""
    value, lower, upper = estimate["value"], estimate["lower"], estimate["upper"]
    if pd.isna(value):
        note_beside(ax, low, place, text("figure.not_estimable"))
        return
    clear = lower > 1 or upper < 1
    colour = theme.BLUE if clear else theme.GREY
    ax.plot([max(lower, low), min(upper, high)], [place] * 2, color=colour, lw=1.3, zorder=2, solid_capstyle="butt")
    for end, beyond, marker in ((high, upper > high, ">"), (low, lower < low, "<")):
        if beyond:
            ax.plot(end, place, marker=marker, color=colour, ms=4, clip_on=False, zorder=3)
    if low <= value <= high:
        face = colour if clear else theme.WHITE
        ax.plot(value, place, marker="o", ms=4.6, mfc=face, mec=colour, mew=1.2, zorder=3)
