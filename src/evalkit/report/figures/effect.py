"""The effect by period, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit.effect import NotEstimable
from evalkit.errors import ReportError
from evalkit.report import numbers, theme, wording
from evalkit.report.figures.axes import (
    Frame,
    described,
    is_simulated,
    mark_simulated,
    midpoints,
    shown_axes,
    time_axis,
)
from evalkit.report.figures.telling import tells

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from evalkit.report.release import Shown

FRAME: Final = Frame(height=1.35, right=0.2)


@tells(lambda: describe_effect)
def plot_effect(
    effect: Shown,
    *,
    axes: tuple[Axes, Axes] | None = None,
    unit: str | None = None,
    simulated: bool | None = None,
) -> tuple[Axes, Axes]:
    """Draw the effect by period, and added up from launch, each with its interval (without observation noise).

    Raises
    ------
    ReportError
        Nothing is estimable, so there is nothing to draw.
    """
    after = _effect_part(effect)
    with theme.theme():
        left, right = axes or shown_axes(FRAME, 2)
        when = midpoints(after.index)
        titles = (f"Each {numbers.period_noun(after.index[0])}", "Added up from launch")
        for ax, name, title in zip((left, right), ("effect", "cumulative_effect"), titles, strict=True):
            ax.fill_between(when, after[f"{name}_lower"], after[f"{name}_upper"], color=theme.BLUE_BAND, lw=0)
            ax.plot(when, after[name], color=theme.BLUE, lw=1.8, gid=name)
            ax.axhline(0, color=theme.INK, lw=0.9)
            ax.set_title(title, parse_math=False)
            time_axis(ax, most=5)
        left.set_ylabel(f"{wording.sentence_case(unit or effect.unit)}, difference", parse_math=False)
        mark_simulated(right, is_simulated(effect, simulated), place="above")
    return left, right


def describe_effect(effect: Shown, *, unit: str | None = None, simulated: bool | None = None) -> str:
    """The effect panel in words, from its numbers."""
    after, counted = _effect_part(effect), unit or effect.unit
    noun = numbers.period_noun(after.index[0])
    first, last = after.iloc[0], after.iloc[-1]
    ends = [
        f"{numbers.signed(numbers.whole(row['effect']))} ({numbers.whole(row['effect_lower'])} to "
        f"{numbers.whole(row['effect_upper'])})"
        for row in (first, last)
    ]
    total = (
        f"{numbers.signed(numbers.whole(last['cumulative_effect']))} "
        f"({numbers.whole(last['cumulative_effect_lower'])} to {numbers.whole(last['cumulative_effect_upper'])})"
    )
    parts = [
        f"Two line charts of the difference between {counted} with the campaign and those expected without it.",
        (
            f"By {noun} it is {ends[0]} in {numbers.period_text(after.index[0])} and {ends[1]} in "
            f"{numbers.period_text(after.index[-1])}."
        ),
        f"Added up, it comes to {total}.",
    ]
    return described(parts, is_simulated(effect, simulated))


def _effect_part(effect: Shown) -> pd.DataFrame:
    if isinstance(effect.rate_ratio, NotEstimable):
        raise ReportError(
            f"There is no effect to draw: {effect.rate_ratio.reason}. Check effect.estimable before drawing it."
        )
    return effect.path[effect.path["effect"].notna()]
