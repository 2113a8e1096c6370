"""Figures of a synthetic control: the weights of its donors, and the same analysis of every donor as a placebo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evalkit.catalogue import in_its_language, text
from evalkit.errors import ReportError
from evalkit.model import SyntheticFit, placebo_gaps, placebo_in_space
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import (
    Frame,
    day_number,
    described,
    is_simulated,
    mark_simulated,
    midpoints,
    shown_axes,
    time_axis,
)
from evalkit.report.figures.telling import tells
from evalkit.report.layout import shortened

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from evalkit.effect import Effect

_SEEN: Final = 0.0005  # a weight that rounds to 0.000 is not drawn
_MOST: Final = 15
_ROW: Final = 0.19
_PLACEBO_FRAME: Final = Frame(height=2.4)
_REGION_WORDS: Final = 26


@tells("describe_weights")
def plot_weights(effect: Effect, *, ax: Axes | None = None, simulated: bool | None = None) -> Axes:
    """Draw the weight of every donor that has one, the heaviest on top.

    Raises
    ------
    ReportError
        The effect is not a fitted synthetic control.
    """
    table = _weighted(_fit_of(effect)).head(_MOST)
    with theme.theme():
        ax = ax or shown_axes(Frame(height=_ROW * len(table) + 0.15, left=1.75, right=0.55, bottom=0.5))[0]
        place = np.arange(len(table))
        colours = [theme.BLUE if weight > 0 else theme.ACCENT for weight in table["weight"]]
        ax.barh(place, table["weight"], height=0.62, color=colours, gid="weights")
        ax.axvline(0, color=theme.INK, lw=0.9)
        ax.set_ylim(len(table) - 0.4, -0.6)
        low, high = min(0.0, float(table["weight"].min())), float(table["weight"].max())
        ax.set_xlim(1.18 * low, 1.18 * high)
        ax.set_yticks(place, [shortened(name, _REGION_WORDS) for name in table["donor"]], parse_math=False)
        for row, weight in zip(place, table["weight"], strict=True):
            ax.annotate(
                f"{weight:.2f}",
                (weight, row),
                xytext=(3 if weight > 0 else -3, 0),
                textcoords="offset points",
                ha="left" if weight > 0 else "right",
                va="center",
                fontsize=theme.FONT_SIZE - 1,
                color=theme.GREY,
            )
        ax.grid(visible=False, axis="y")
        ax.set_xlabel(text("figure.synthetic.weight"))
        mark_simulated(ax, is_simulated(effect, simulated), place="above")
    return ax


@in_its_language
def describe_weights(effect: Effect, *, simulated: bool | None = None) -> str:
    """The weights in words, from their numbers."""
    fit = _fit_of(effect)
    table = _weighted(fit)
    named = [f"{row.donor} {row.weight:.2f}" for row in table.head(5).itertuples()]
    rest = len(table) - len(named)
    donors = int(fit.donors["eligible"].sum())
    parts = [
        text("figure.synthetic.weights_lead", number=numbers.in_words(len(table)), donors=donors),
        text("figure.synthetic.named_and_more", named=", ".join(named), rest=rest) if rest else f"{', '.join(named)}.",
    ]
    return described(parts, is_simulated(effect, simulated))


@tells("describe_placebos_in_space")
def plot_placebos_in_space(effect: Effect, *, ax: Axes | None = None, simulated: bool | None = None) -> Axes:
    """Draw what was counted over the synthetic series, for the region (dark) and every donor as a placebo (grey).

    Counts are drawn as a ratio on a logarithmic axis, a measure as a difference. Placebo regions that fit poorly before
    launch are dotted, not left out.

    Raises
    ------
    ReportError
        The effect is not a fitted synthetic control.
    """
    fit = _fit_of(effect)
    found = placebo_in_space(fit)
    values = placebo_gaps(fit)[fit.panel.pre | fit.panel.window]
    counts = fit.design.kind == "counts"
    shown = values.transform(np.exp) if counts else values
    with theme.theme():
        ax = ax or shown_axes(_PLACEBO_FRAME)[0]
        when = midpoints(shown.index)
        for name, poor in zip(shown.columns[1:], found.table["poor_fit"][1:], strict=True):
            style = (0, (1, 2)) if poor else "-"
            ax.plot(when, shown[name], color="#b9c3cb", lw=0.7, ls=style, gid="placebo", zorder=1)
        own = shown.iloc[:, 0]
        ax.plot(when, own, color=theme.BLUE, lw=1.9, gid="treated", zorder=3)
        ax.axhline(1 if counts else 0, color=theme.INK, lw=0.9, zorder=2)
        ax.axvline(day_number(effect.launch.start_time), color=theme.ACCENT, lw=1.1, zorder=2, gid="launch")
        ax.set_ylabel(text("figure.synthetic.ratio" if counts else "figure.synthetic.difference"))
        time_axis(ax)
        if counts:
            _ratio_scale(ax, shown)
        else:
            ax.yaxis.set_major_formatter(lambda value, _: numbers.signed(f"{value:g}"))
        ax.set_title(_rank_title(found.rank, found.of), parse_math=False)
        _label_end(ax, when[-1], float(own.iloc[-1]), effect.region or text("figure.synthetic.this_region"))
        mark_simulated(ax, is_simulated(effect, simulated), place="above")
    return ax


@in_its_language
def describe_placebos_in_space(effect: Effect, *, simulated: bool | None = None) -> str:
    """The placebo chart in words, from its numbers."""
    found = placebo_in_space(_fit_of(effect))
    parts = [
        text("figure.synthetic.placebos_lead", number=found.of - 1),
        text("figure.synthetic.exact", rank=_rank_title(found.rank, found.of), p=f"{found.p_value:.3f}"),
    ]
    poor = found.of - found.of_kept
    if poor:
        parts.append(
            text(
                "figure.synthetic.without_poor",
                number=numbers.in_words(poor),
                rank=found.rank_kept,
                of=found.of_kept,
                p=f"{found.p_value_kept:.3f}",
            )
        )
    return described(parts, is_simulated(effect, simulated))


def _fit_of(effect: Effect) -> SyntheticFit:
    if isinstance(effect.fit, SyntheticFit):
        return effect.fit
    why = "it was not estimable" if effect.fit is None else f"its model is {effect.model!r}"
    raise ReportError(f"There are no donors to draw for this effect: {why}. Estimate with model='synthetic'.")


def _weighted(fit: SyntheticFit) -> pd.DataFrame:
    table = fit.donors
    return table[table["weight"].abs() > _SEEN]


def _rank_title(rank: int, of: int) -> str:
    return text("figure.synthetic.rank", rank=rank, of=of)


def _ratio_scale(ax: Axes, shown: pd.DataFrame) -> None:
    """Log axis from 1/c to c that holds the region wholly, and placebo lines as far as they go up to fourfold."""
    from matplotlib.ticker import NullFormatter, NullLocator

    widest = max(
        float(np.abs(np.log(shown.iloc[:, 0])).max()), min(float(np.abs(np.log(shown)).max().max()), np.log(4))
    )
    high = float(np.exp(1.08 * widest))
    ax.set_yscale("log")
    ax.set_ylim(1 / high, high)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ticks = [tick for tick in (0.1, 0.25, 0.5, 0.7, 1, 1.4, 2, 4, 10) if 1 / high <= tick <= high]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def _label_end(ax: Axes, when: Any, value: float, name: str) -> None:
    ax.annotate(
        shortened(name, _REGION_WORDS),
        xy=(when, value),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=theme.BLUE,
        fontweight="bold",
        fontsize=theme.FONT_SIZE - 1,
        annotation_clip=False,
        parse_math=False,
        gid="label-treated",
    )
