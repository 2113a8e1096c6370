"""Power curves: the chance of each conclusion against what a plan can change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.check.planning import MEASURES
from evalkit.check.planning.plan import VARIED
from evalkit.errors import ReportError, unknown
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import Frame, described, mark_simulated, shown_axes
from evalkit.report.figures.telling import tells
from evalkit.report.power import measure_words, truth_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from evalkit.check.planning import Power

FRAME: Final = Frame(height=2.5, left=0.62, right=1.5, top=0.35, bottom=0.5)
AXES: Final = ("ratio", *VARIED)
_MOST_LINES: Final = 8
_ROOM: Final = 11.0  # points between the labels of two lines


@tells("describe_power")
def plot_power(
    power: Power,
    *,
    x: str = "ratio",
    measure: str = "detected",
    where: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the chance of a conclusion against one thing that the plan varies, a line for each of the others.

    Parameters
    ----------
    power : Power
        The study.
    x : str
        ``"ratio"`` or one of the things varied: before, after, mean, dispersion, autocorrelation, comparisons.
    measure : {"detected", "confirmed", "refuted"}
        Which conclusion.
    where : mapping, optional
        Values to hold fixed, such as ``{"ratio": 1.5}``, for a plan that varies more than one chart can show.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Raises
    ------
    ReportError
        Unknown x, measure or value; a plan without a claim; or more lines than a chart can carry.
    """
    lines = power_lines(power, x, measure, where or {})
    with theme.theme():
        ax = ax or shown_axes(FRAME)[0]
        ends = []
        for place, (label, part) in enumerate(lines):
            colour = _COLOURS[place % len(_COLOURS)]
            style = _STYLES[place // len(_COLOURS) % len(_STYLES)]
            ax.errorbar(
                part[x], part[measure], yerr=1.96 * part[f"{measure}_mcse"], color=colour, ls=style, lw=1.6, marker="o",
                ms=3.5, elinewidth=0.9, capsize=0,
            )  # fmt: skip
            ends.append((float(part[x].iloc[-1]), float(part[measure].iloc[-1]), label, colour))
        if x in ("ratio", "mean"):
            ax.set_xscale("log")
        ticks = sorted({float(value) for _, part in lines for value in part[x]})
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.set_ylim(-0.02, 1.02)
        ax.set_yticks([0, 0.2, 0.5, 0.8, 1], [numbers.percent(share) for share in (0, 0.2, 0.5, 0.8, 1)])
        ax.axhline(0.8, color=theme.RULE, lw=0.9, zorder=0)
        ax.set_xlabel(text(f"figure.power.axis.{x}"))
        ax.set_title(text("figure.power.title", measure=measure_words(measure)), loc="left", parse_math=False)
        _label_ends(ax, ends)
        mark_simulated(ax, simulated=True, place="above")
    return ax


@in_its_language
def describe_power(
    power: Power, *, x: str = "ratio", measure: str = "detected", where: Mapping[str, float] | None = None
) -> str:
    """The chart of :func:`plot_power` in words, from its numbers."""
    parts = [text("figure.power.lead", measure=measure_words(measure), by=text(f"figure.power.by.{x}"))]
    for label, part in power_lines(power, x, measure, where or {}):
        points = ", ".join(
            text("figure.power.point", share=numbers.percent(share), at=f"{at:g}")
            for at, share in zip(part[x], part[measure], strict=True)
        )
        parts.append(text("figure.power.line", name=label or text("figure.power.all"), points=points))
    return described(parts, simulated=True)


def power_lines(power: Power, x: str, measure: str, where: Mapping[str, float]) -> list[tuple[str, pd.DataFrame]]:
    """The lines of the chart: a label, and the rows of the table in order of x."""
    if x not in AXES:
        raise ReportError(unknown("axis", x, AXES))
    if measure not in MEASURES:
        raise ReportError(unknown("measure", measure, MEASURES))
    table = power.table
    if measure not in table:
        raise ReportError(
            f"The plan has no claim, so nothing is {measure}. Give PowerPlan(claim=...) or another measure."
        )
    for name, value in where.items():
        if name not in AXES:
            raise ReportError(unknown("thing to hold fixed", name, AXES))
        chosen = table[table[name] == value]
        if chosen.empty:
            known = ", ".join(f"{one:g}" for one in sorted(table[name].unique()))
            raise ReportError(f"The plan has no {name} of {value!r}. It has: {known}.")
        table = chosen
    others = [name for name in ("ratio", *VARIED) if name != x and len(table[name].unique()) > 1]
    groups = table.groupby(others, sort=False) if others else [((), table)]
    lines = [(_label(others, values), part.sort_values(x)) for values, part in groups]
    if len(lines) > _MOST_LINES:
        raise ReportError(
            f"This chart would have {len(lines)} lines; {_MOST_LINES} is the most. Hold some of {', '.join(others)} "
            f"fixed with where={{...}}."
        )
    return lines


_COLOURS: Final = (theme.BLUE, theme.ACCENT, theme.INK, theme.GREY)
_STYLES: Final[tuple[Any, ...]] = ("-", (0, (4, 2)))


def _label(names: list[str], values: Any) -> str:
    pairs = zip(names, values if isinstance(values, tuple) else (values,), strict=True)
    return ", ".join(_named(name, value) for name, value in pairs)


def _named(name: str, value: float) -> str:
    if name == "ratio":
        return truth_text(value) if value != 1 else text("figure.power.no_change")
    if name == "comparisons" and not value:
        return text("figure.power.no_comparison")
    return text(f"figure.power.named.{name}", value=f"{value:g}")


def _label_ends(ax: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Each line's label at its right end, moved apart where they would overlap."""
    height = ax.get_window_extent().height * 72 / ax.figure.dpi
    low, high = ax.get_ylim()
    last = float("-inf")
    for _, y, label, colour in sorted(ends, key=lambda end: end[1]):
        wanted = (y - low) / (high - low) * height
        placed = max(wanted, last + _ROOM)
        last = placed
        if label:
            ax.annotate(
                label, xy=(1, (y - low) / (high - low)), xycoords="axes fraction", xytext=(5, placed - wanted),
                textcoords="offset points", va="center", color=colour, fontsize=theme.FONT_SIZE - 1,
                annotation_clip=False, parse_math=False,
            )  # fmt: skip
