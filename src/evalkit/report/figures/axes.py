"""What all figures share: axes, ticks, the mark on simulated data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from evalkit.catalogue import spoken
from evalkit.report import numbers, theme, wording

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from evalkit.languages import Wording
    from evalkit.report.release import Shown

RIGHT_OF_AXES: Final = 6.0
ROW_HEIGHT: Final = 11.5
SimulatedPlace = Literal["beside", "below", "above"]
_SIMULATED_PLACES: Final[dict[SimulatedPlace, tuple[float, tuple[float, float], Any, Any]]] = {
    "beside": (0, (RIGHT_OF_AXES, -8), "left", "top"),
    "below": (0, (0, -20), "right", "top"),
    "above": (1, (0, 5), "right", "bottom"),
}
_MONTHS: Final = 12
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 48, 60, 120, 240)
_SHORT_SPAN: Final = 75
_ROUND: Final = 1e-9
_DOTS: Final = 100.0


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Size of the chart itself and the room around it, in inches."""

    height: float
    left: float = 0.62
    right: float = 0.95
    top: float = 0.3
    bottom: float = 0.32
    between: float = 0.55
    width: float = theme.TEXT_WIDTH


def shown_axes(frame: Frame, columns: int = 1) -> tuple[Axes, ...]:
    """Axes of a new figure that a notebook shows by itself, and that carries its description (:mod:`.telling`)."""
    from matplotlib import pyplot as plt

    from evalkit.report.figures.described import DescribedFigure

    return arrange(plt.figure(figsize=_size(frame), FigureClass=DescribedFigure), frame, columns)


def bare_axes(frame: Frame, columns: int = 1) -> tuple[Axes, ...]:
    """Axes of a new figure that nothing but the caller knows of; for files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with theme.theme():
        figure = Figure(figsize=_size(frame))
        FigureCanvasAgg(figure)
        return arrange(figure, frame, columns)


def arrange(figure: Figure, frame: Frame, columns: int = 1) -> tuple[Axes, ...]:
    """Axes side by side in a figure, at exact places, so that labels measured now still fit when it is saved."""
    width, height = _size(frame)
    room = frame.width - frame.left - frame.right - frame.between * (columns - 1)
    each = room / columns
    return tuple(
        figure.add_axes(
            (
                (frame.left + number * (each + frame.between)) / width,
                frame.bottom / height,
                each / width,
                frame.height / height,
            )
        )
        for number in range(columns)
    )


def grow(ax: Axes, frame: Frame, top: float) -> None:
    """Give a figure of one chart more room above it (inches); the chart keeps its size."""
    higher = replace(frame, top=max(frame.top, top))
    width, height = _size(higher)
    figure = cast("Figure", ax.figure)
    figure.set_size_inches(width, height)
    box = ax.get_position()
    ax.set_position((box.x0, higher.bottom / height, box.width, higher.height / height))


def _size(frame: Frame) -> tuple[float, float]:
    return frame.width, frame.height + frame.top + frame.bottom


def is_simulated(effect: Shown, said: bool | None) -> bool:
    """Whether to say "Simulated data": as said, or as the data's own metadata say."""
    return effect.simulated if said is None else said


def mark_simulated(ax: Axes, simulated: bool, *, place: SimulatedPlace = "beside") -> None:
    """Write "Simulated data" beside the right end of the horizontal axis, below it, or above the chart."""
    if not simulated:
        return
    height, offset, across, up = _SIMULATED_PLACES[place]
    ax.annotate(
        wording.simulated_mark(),
        xy=(1, height),
        xycoords="axes fraction",
        xytext=offset,
        textcoords="offset points",
        ha=across,
        va=up,
        color=theme.ACCENT,
        fontsize=theme.FONT_SIZE - 1,
        fontweight="bold",
        annotation_clip=False,
        gid="simulated",
    )


def described(parts: Sequence[str], simulated: bool) -> str:
    """Sentences as one text, after "Simulated data." where they are."""
    return " ".join([*([f"{wording.simulated_mark()}."] if simulated else []), *parts])


def time_axis(ax: Axes, most: int = 10) -> None:
    """At most ``most`` ticks at whole years, months or days, named in English; counts with thousands separators."""
    from matplotlib.ticker import FixedFormatter, FixedLocator

    first, last = ax.get_xlim()
    ticks = _ticks(_moment(first), _moment(last), most, spoken())
    ax.xaxis.set_major_locator(FixedLocator([day_number(tick) for tick, _ in ticks]))
    ax.xaxis.set_major_formatter(FixedFormatter([label for _, label in ticks]))
    count_axis(ax)


def count_axis(ax: Axes) -> None:
    """Whole numbers with thousands separators on the vertical axis: no tick at 2.5 contacts that prints as 3.

    A measure that moves within less than two whole numbers keeps its decimals.
    """
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: _tick_number(value))


def _tick_number(value: float) -> str:
    if abs(value - round(value)) < _ROUND:
        return numbers.whole(value)
    return f"{value:g}".replace("-", numbers.MINUS)


@lru_cache(maxsize=64)
def _ticks(first: pd.Timestamp, last: pd.Timestamp, most: int, _wording: Wording) -> list[tuple[pd.Timestamp, str]]:
    """Moments and labels at the finest step that gives at most ``most``; January bears its year, as does the first."""
    import pandas as pd

    for step in _MONTH_STEPS if (last - first).days > _SHORT_SPAN else ():
        years = max(step // _MONTHS, 1)
        start = pd.Timestamp(year=first.year - first.year % years, month=1, day=1)
        whens = [when for when in pd.date_range(start, last, freq=pd.DateOffset(months=step)) if when >= first]
        if len(whens) <= most:
            return [(when, _tick_label(when, first=place == 0)) for place, when in enumerate(whens)]
    days = max(1, -(-((last - first).days + 1) // most))
    whens = list(pd.date_range(first.normalize(), last, freq=pd.DateOffset(days=days)))
    return [(when, numbers.day_of_year_text(when.date())) for when in whens]


def _tick_label(when: pd.Timestamp, *, first: bool) -> str:
    if when.month == 1:
        return str(when.year)
    return numbers.month_text(when.date(), short=True) if first else numbers.month_name(when.date(), short=True)


def _moment(number: float) -> pd.Timestamp:
    import pandas as pd
    from matplotlib.dates import num2date

    return pd.Timestamp(num2date(number)).tz_localize(None)  # type: ignore[no-untyped-call]


def ratio_axis(ax: Axes, low: float, high: float, *, upright: bool = False) -> None:
    """Ticks of a logarithmic ratio axis at numbers that people use; ``upright`` for the vertical one."""
    from matplotlib.ticker import NullFormatter, NullLocator

    if high / low < 1.6:
        candidates = [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5]
    else:
        candidates = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 50]
    ticks = [tick for tick in candidates if low <= tick <= high]
    axis = ax.yaxis if upright else ax.xaxis
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])


def midpoints(index: pd.Index) -> NDArray[Any]:
    """The middle of each period, where its count is drawn."""
    periods = cast("pd.PeriodIndex", index)
    start, end = periods.to_timestamp(how="start"), periods.to_timestamp(how="end")
    return (start + (end - start) / 2).to_numpy()


def alone(values: Any) -> NDArray[np.bool_]:
    """Which values stand between gaps, so that no line or band can be drawn through them."""
    there = np.isfinite(np.asarray(values, dtype=float))
    beside = np.r_[False, there, False]
    return np.asarray(there & ~beside[:-2] & ~beside[2:])


def day_number(when: pd.Timestamp) -> float:
    """A moment as matplotlib counts days."""
    from matplotlib.dates import date2num

    return float(date2num(when.to_pydatetime()))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1024)
def text_width(said: str, size: float, *, bold: bool = False) -> float:
    """Width of one line of text in points, with the fonts of the theme; measured once for all figures."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=[theme.FAMILY, theme.FALLBACK], weight="bold" if bold else "normal", size=size)
    renderer: Any = RendererAgg(1, 1, _DOTS)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(said, font, ismath=False)
    return float(width) * 72 / _DOTS


def height_in_points(ax: Axes) -> float:
    """Height of the chart itself."""
    return float(ax.get_window_extent().height * 72 / ax.figure.dpi)
