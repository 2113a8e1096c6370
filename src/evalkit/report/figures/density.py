"""How plausible each rate ratio is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import in_its_language, text
from evalkit.effect import Estimate, NotEstimable
from evalkit.errors import ReportError
from evalkit.report import numbers, theme, wording
from evalkit.report.figures.axes import (
    ROW_HEIGHT,
    Frame,
    described,
    is_simulated,
    mark_simulated,
    ratio_axis,
    shown_axes,
)
from evalkit.report.figures.telling import tells
from evalkit.report.layout import fit_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.report.release import Shown

FRAME: Final = Frame(height=1.15, left=0.2, right=0.2, top=0.45, bottom=0.5)
NARROW_FRAME: Final = replace(FRAME, width=theme.TEXT_WIDTH / 2 - 0.1)


@tells("describe_density")
def plot_density(
    effect: Shown, *, claimed: float | None = None, ax: Axes | None = None, simulated: bool | None = None
) -> Axes:
    """Draw how plausible each rate ratio is, shade its interval, and mark 1 and a claimed ratio.

    Raises
    ------
    ReportError
        The rate ratio is not estimable, or the claimed ratio is not above 0.
    """
    if claimed is not None and not claimed > 0:
        raise ReportError(f"A claimed ratio of {claimed!r} cannot be drawn. Allowed: a number above 0.")
    density = effect.density(vocab.RATE_RATIO)
    if isinstance(density, NotEstimable) or not isinstance(effect.rate_ratio, Estimate):
        raise ReportError(f"There is no distribution to draw: {density}. Check effect.estimable before drawing it.")
    ratio = effect.rate_ratio
    with theme.theme():
        ax = ax or shown_axes(FRAME)[0]
        value, height = density["value"].to_numpy(), density["density"].to_numpy()
        inside = (value >= ratio.lower) & (value <= ratio.upper)
        ax.fill_between(value[inside], height[inside], color=theme.BLUE_BAND, lw=0)
        ax.plot(value, height, color=theme.BLUE, lw=1.8)
        ends = [value[0], value[-1], 0.9, 1.1, *([claimed * 0.9, claimed * 1.1] if claimed else [])]
        low, high = min(ends), max(ends)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.set_ylim(0, height.max() * 1.08)
        ratio_axis(ax, low, high)
        ax.set_yticks([])
        ax.set_xlabel(text("figure.rate_ratio"))
        ax.axvline(1, color=theme.INK, lw=0.9)
        names = [(1.0, text("figure.density.no_change"), theme.INK)]
        if claimed is not None:
            ax.axvline(claimed, color=theme.ACCENT, lw=1.6, ls=(0, (4, 2)))
            names.append((claimed, text("figure.density.claimed", ratio=f"{claimed:g}"), theme.ACCENT))
        _name_ratios(ax, names)
        mark_simulated(ax, is_simulated(effect, simulated), place="below")
    return ax


@in_its_language
def describe_density(effect: Shown, *, claimed: float | None = None, simulated: bool | None = None) -> str:
    """The distribution of the rate ratio in words, from its numbers."""
    ratio = effect.rate_ratio
    if isinstance(ratio, NotEstimable):
        none = text("figure.density.none", reason=wording.finished(ratio.reason))
        return described([none], is_simulated(effect, simulated))
    value, lower, upper = numbers.ratio_texts(ratio)
    level = numbers.level_text(ratio.level)
    parts = [text("figure.density.lead", value=value, level=level, lower=lower, upper=upper)]
    probability = None if claimed is None else effect.prob_at_least(claimed)
    if claimed is not None and not isinstance(probability, NotEstimable) and probability is not None:
        parts.append(wording.probability_sentence(claimed, probability))
    return described(parts, is_simulated(effect, simulated))


def _name_ratios(ax: Axes, names: Sequence[tuple[float, str, str]]) -> None:
    """Name vertical lines above the chart, in as many rows as keep the names apart."""
    labels = [
        ax.annotate(
            name,
            xy=(value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=colour,
            fontweight="bold",
            annotation_clip=False,
            gid=f"label-ratio-{number}",
        )
        for number, (value, name, colour) in enumerate(names, 1)
    ]
    boxes = [label.get_window_extent() for label in labels]
    for label, row in zip(labels, fit_rows([(box.x0, box.x1) for box in boxes]), strict=True):
        label.set_position((0, 3 + row * ROW_HEIGHT))
