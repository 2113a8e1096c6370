"""The effect by period, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import in_its_language, text
from evalkit.effect import NotEstimable
from evalkit.errors import ReportError
from evalkit.report import numbers, theme, wording
from evalkit.report.figures.axes import (
    Frame,
    alone,
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
    from numpy.typing import NDArray

    from evalkit.report.release import Shown

FRAME: Final = Frame(height=1.35, right=0.2)


@tells("describe_effect")
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
        titles = (text(f"figure.effect.each.{numbers.period_noun(after.index[0])}"), text("figure.effect.added_up"))
        for ax, name, title in zip((left, right), ("effect", "cumulative_effect"), titles, strict=True):
            ax.fill_between(when, after[f"{name}_lower"], after[f"{name}_upper"], color=theme.BLUE_BAND, lw=0)
            ax.plot(when, after[name], color=theme.BLUE, lw=1.8, gid=name)
            _draw_alone(ax, when, after, name)
            ax.axhline(0, color=theme.INK, lw=0.9)
            ax.set_title(title, parse_math=False)
            time_axis(ax, most=5)
        difference = text("figure.effect.difference", unit=wording.sentence_case(unit or effect.unit))
        left.set_ylabel(difference, parse_math=False)
        mark_simulated(right, is_simulated(effect, simulated), place="above")
    return left, right


def _draw_alone(ax: Axes, when: NDArray[Any], after: pd.DataFrame, name: str) -> None:
    """A marker with its interval where a period stands by itself: neither line nor band shows it."""
    single = alone(after[name])
    if not single.any():
        return
    lower, upper = after[f"{name}_lower"].to_numpy()[single], after[f"{name}_upper"].to_numpy()[single]
    ax.vlines(when[single], lower, upper, color=theme.BLUE, lw=1.2, gid=f"{name}-alone-interval")
    ax.plot(
        when[single], after[name].to_numpy()[single], color=theme.BLUE, ls="", marker="o", ms=4, gid=f"{name}-alone"
    )
    if len(when) == 1:
        half = (after.index[0].end_time - after.index[0].start_time) / 2
        ax.set_xlim(after.index[0].start_time - half, after.index[0].end_time + half)


@in_its_language
def describe_effect(effect: Shown, *, unit: str | None = None, simulated: bool | None = None) -> str:
    """The effect panel in words, from its numbers."""
    after, counted = _effect_part(effect), unit or effect.unit
    noun = numbers.period_noun(after.index[0])
    first, last = after.iloc[0], after.iloc[-1]
    parts = [
        text("figure.effect.lead", counted=counted),
        text(
            f"figure.effect.ends.{noun}",
            first=_with_interval(first, "effect"),
            begin=numbers.period_text(after.index[0]),
            last=_with_interval(last, "effect"),
            end=numbers.period_text(after.index[-1]),
        ),
        text("figure.effect.total", total=_with_interval(last, "cumulative_effect")),
    ]
    return described(parts, is_simulated(effect, simulated))


def _with_interval(row: pd.Series, name: str) -> str:
    """``+34 (11 to 56)``."""
    value = numbers.signed(numbers.whole(row[name]))
    return f"{value} ({numbers.interval(numbers.whole(row[f'{name}_lower']), numbers.whole(row[f'{name}_upper']))})"


def _effect_part(effect: Shown) -> pd.DataFrame:
    """From the first period with an effect to the last; missing ones in between stay gaps."""
    if isinstance(effect.rate_ratio, NotEstimable):
        raise ReportError(
            f"There is no effect to draw: {effect.rate_ratio.reason}. Check effect.estimable before drawing it."
        )
    known = effect.path["effect"].notna()
    return effect.path.loc[known.idxmax() : known[::-1].idxmax()]
