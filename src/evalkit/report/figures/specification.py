"""The specification curve: estimates in rising order above, the choices behind each below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.errors import ReportError
from evalkit.report import theme, wording
from evalkit.report.figures.axes import Frame, described, mark_simulated, shown_axes
from evalkit.report.figures.telling import tells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.check import SpecificationCurve

_UPPER: Final = 1.9
_ROW: Final = 0.145
_GAP: Final = 0.12
CHOICES: Final = ("model", "season", "trend", "lag", "transition", "window")
_SAID: Final = {
    "trend": {"True": "with", "False": "without"},
    "season": {"0": "none", "1": "pair_1", "2": "pair_2", "3": "pair_3"},
    "lag": {"0": "none", "1": "period_1"},
    "transition": {"0": "none", "1": "period_1", "2": "period_2", "3": "period_3"},
}


@tells("describe_specification_curve")
def plot_specification_curve(curve: SpecificationCurve) -> tuple[Axes, Axes]:
    """Draw every estimate with its interval, in rising order, and a dot for each choice that it was made with.

    Returns
    -------
    tuple of Axes
        The estimates, and the choices below them.

    Raises
    ------
    ReportError
        No specification of the curve can be estimated.
    """
    if curve.known.empty:
        raise ReportError(f"There is no curve to draw. {curve.summary()}")
    rows = _rows(curve.known)
    groups = len({choice for choice, _ in rows})
    below = _ROW * len(rows) + _GAP * groups
    frame = Frame(height=_UPPER + 0.15 + below, left=1.55, right=0.2, top=0.35, bottom=0.35)
    with theme.theme():
        (whole,) = shown_axes(frame)
        box = whole.get_position()
        total = frame.height
        upper = whole.figure.add_axes(
            (box.x0, box.y0 + box.height * (1 - _UPPER / total), box.width, box.height * _UPPER / total)
        )
        lower = whole.figure.add_axes((box.x0, box.y0, box.width, box.height * below / total))
        whole.remove()
        draw_estimates(upper, curve.known)
        if curve.base is not None:
            upper.axhline(curve.base.value, color=theme.BLUE, lw=1.0, ls=(0, (4, 2)), zorder=1)
            upper.annotate(
                text("figure.specification.as_asked", value=f"{curve.base.value:.2f}"), (0, curve.base.value),
                xytext=(2, 3), textcoords="offset points",
                color=theme.BLUE, fontweight="bold", fontsize=theme.FONT_SIZE - 1,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6},
            )  # fmt: skip
        upper.set_xlabel("")
        upper.set_title(text("figure.specification.title"))
        _draw_choices(lower, curve.known, rows)
        mark_simulated(upper, curve.simulated, place="above")
    return upper, lower


@in_its_language
def describe_specification_curve(curve: SpecificationCurve) -> str:
    """The curve in words, from its numbers."""
    said = curve.summary().removeprefix(f"{wording.simulated_mark()}. ")
    return described([text("figure.specification.lead"), said], curve.simulated)


def draw_estimates(ax: Axes, table: pd.DataFrame) -> None:
    """The estimates of a curve in rising order with their intervals, on a logarithmic axis."""
    from matplotlib.ticker import NullFormatter, NullLocator

    known = table[table["value"].notna()].sort_values("value")
    at = np.arange(len(known))
    clear = ((known["lower"] > 1) | (known["upper"] < 1)).to_numpy()
    low = float(np.clip(known["lower"].quantile(0.02) / 1.1, 0.1, 0.9))
    high = float(np.clip(known["upper"].quantile(0.98) * 1.1, 1.1, 12))
    for chosen, colour in ((~clear, theme.MARK), (clear, theme.ACCENT)):
        ends = known[["lower", "upper"]][chosen].clip(low, high)
        ax.vlines(at[chosen], ends["lower"], ends["upper"], color=colour, lw=0.7, alpha=0.55)
        ax.plot(at[chosen], known["value"][chosen], ".", ms=3, color=colour)
    ax.axhline(1, color=theme.INK, lw=0.9, zorder=1)
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    candidates = [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5, 8, 12]
    apart = [1.0]
    for tick in (one for one in candidates if low <= one <= high):
        if min(abs(np.log(tick / other)) for other in apart) > 0.09 * np.log(high / low):
            apart.append(tick)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(apart, [f"{tick:g}" for tick in apart])
    ax.set_xticks([])
    ax.set_xlim(-1, len(known))
    ax.set_ylabel(text("figure.rate_ratio"))
    ax.set_xlabel(text("figure.specification.axis"))


def _rows(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Every choice that varies, with each of its values."""
    rows = []
    for choice in CHOICES:
        values = list(dict.fromkeys(table[choice].astype(str)))
        if len(values) > 1:
            rows += [(choice, value) for value in sorted(values)]
    return rows


def _draw_choices(ax: Axes, table: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    height, heights, before = 0.0, [], ""
    for choice, _ in rows:
        height += 1.0 + (_GAP / _ROW if choice != before and before else 0.0)
        before = choice
        heights.append(height)
    clear = ((table["lower"] > 1) | (table["upper"] < 1)).to_numpy()
    at = np.arange(len(table))
    for (choice, value), place in zip(rows, heights, strict=True):
        has = (table[choice].astype(str) == value).to_numpy()
        for chosen, colour in ((has & ~clear, theme.MARK), (has & clear, theme.ACCENT)):
            ax.plot(at[chosen], np.full(int(chosen.sum()), place), "|", ms=5.5, mew=0.8, color=colour)
    ax.set_yticks(heights, [_label(choice, value) for choice, value in rows], parse_math=False)
    ax.tick_params(axis="y", labelsize=theme.FONT_SIZE - 1.5)
    ax.set_ylim(height + 0.7, 0.3)
    ax.set_xlim(-1, len(table))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)


def _label(choice: str, value: str) -> str:
    word = _SAID.get(choice, {}).get(value)
    said = text(f"figure.specification.said.{word}") if word else value
    if choice == "model":
        return wording.sentence_case(said)
    return text(f"figure.specification.choice.{choice}", said=said)
