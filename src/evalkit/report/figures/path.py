"""The counterfactual path: what was counted, and what would have been counted without the campaign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.report import numbers, theme, wording
from evalkit.report.figures.axes import (
    RIGHT_OF_AXES,
    ROW_HEIGHT,
    Frame,
    alone,
    day_number,
    described,
    grow,
    height_in_points,
    is_simulated,
    mark_simulated,
    midpoints,
    shown_axes,
    text_width,
    time_axis,
)
from evalkit.report.figures.telling import tells
from evalkit.report.layout import CLEAR, fit_rows, shortened, spread
from evalkit.report.release import from_launch, holding_launch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from evalkit.registers import Event
    from evalkit.report.release import Shown

FRAME: Final = Frame(height=1.75)
LOW_FRAME: Final = Frame(height=1.6)
LINE_GAP: Final = 11.5
EVENT_WORDS: Final = 34
SHORTEST: Final = 12
MOST_NAMED: Final = 12
_ALIKE: Final = 0.02  # of the highest count: about the width of a line
MOST_DAYS: Final = 180
_LONG: Final = frozenset({"Y", "Q"})
_LAUNCH: Final = "launch"


@tells("describe_counterfactual")
def plot_counterfactual(
    effect: Shown,
    *,
    events: Iterable[Event] = (),
    ax: Axes | None = None,
    unit: str | None = None,
    placebo: bool = False,
    simulated: bool | None = None,
) -> Axes:
    """Draw what was counted, what was fitted, and what would have been counted without the campaign.

    Parameters
    ----------
    effect : Effect or ChannelView
        Its ``path`` is drawn; missing periods stay gaps.
    events : iterable of Event, optional
        What else happened; those within the data are marked and named above the chart.
    ax : Axes, optional
        Where to draw; a new figure by default.
    unit : str, optional
        What is counted, for the axis; that of the design unless given.
    placebo : bool, optional
        Whether the launch is a placebo date in a region without a campaign.
    simulated : bool, optional
        Whether to write "Simulated data"; by default what ``effect.simulated`` says.

    Returns
    -------
    Axes
        Contacts from 0 upwards against time. The band is the interval for single counts at ``effect.level``. More than
        180 days are drawn as dots, with means of seven days as lines and no band, as single days hide the rest.
    """
    with theme.theme():
        chart = ax or shown_axes(FRAME)[0]
        rows = draw_counterfactual(
            chart,
            effect,
            events=events,
            unit=unit or effect.unit,
            placebo=placebo,
            simulated=is_simulated(effect, simulated),
        )
        if ax is None:
            make_room(chart, FRAME, rows)
    return chart


def draw_counterfactual(
    ax: Axes, effect: Shown, *, events: Iterable[Event], unit: str, placebo: bool, simulated: bool
) -> int:
    """Draw on axes whose figure has its final width; the number of rows of names above the chart."""
    path = effect.path
    when = midpoints(path.index)
    after = from_launch(path, effect.launch)
    top = _top_of(path)
    ax.set_ylim(0, top)
    ax.set_xlim(path.index[0].start_time, path.index[-1].end_time)
    many_days = effect.launch.freqstr == "D" and len(path) > MOST_DAYS
    shown = _weekly_mean(path, after) if many_days else path
    if effect.estimable:
        _draw_expectation(ax, shown, when, after, band=not many_days)
    observed = path["observed"].to_numpy()
    if many_days:
        ax.plot(when, observed, color=theme.MARK, ls="", marker="o", ms=1.4, mew=0, zorder=0.5, gid="days")
        ax.plot(when, shown["observed"], color=theme.INK, lw=1.1, zorder=4, gid="observed")
    else:
        ax.plot(when, observed, color=theme.INK, lw=1.1, marker="o", ms=2.2, zorder=4, gid="observed")
    ax.axvline(day_number(effect.launch.start_time), color=theme.INK, lw=1.0, zorder=3)
    noun = numbers.period_noun(path.index[0])
    label = text(f"figure.path.axis.{noun}", unit=wording.sentence_case(unit))
    means = f"\n{text('figure.path.means')}" if many_days else ""
    ax.set_ylabel(f"{label}{means}", parse_math=False)
    time_axis(ax)
    _label_line_ends(ax, shown, effect, placebo=placebo)
    mark_simulated(ax, simulated)
    return _label_launch_and_events(ax, effect, tuple(events), placebo=placebo)


def make_room(ax: Axes, frame: Frame, rows: int) -> None:
    """Make the figure as high as the names above its one chart need."""
    grow(ax, frame, (rows * ROW_HEIGHT + 8) / 72)


@in_its_language
def describe_counterfactual(
    effect: Shown,
    *,
    events: Iterable[Event] = (),
    unit: str | None = None,
    placebo: bool = False,
    simulated: bool | None = None,
) -> str:
    """The counterfactual figure in words, from its numbers."""
    path, noun = effect.path, numbers.period_noun(effect.path.index[0])
    observed, exposed = path["observed"], from_launch(effect.path, effect.launch)
    before, after = observed[~exposed], observed[exposed & ~holding_launch(path, effect.launch)]
    subject = wording.counted(effect.channel, unit or effect.unit)
    parts = [
        text(
            f"figure.path.lead.{noun}",
            subject=subject,
            first=numbers.period_text(path.index[0]),
            last=numbers.period_text(path.index[-1]),
        ),
        *_spans(before, after, noun, placebo=placebo),
    ]
    if not effect.estimable:
        parts.append(text("figure.path.no_expectation"))
    elif path.loc[exposed, "counterfactual"].isna().all():
        parts.append(text("figure.path.not_drawn"))
    else:
        parts.append(_outside_band(path.loc[exposed], noun, placebo=placebo))
    missing = int(observed.isna().sum())
    if missing:
        periods = wording.sentence_case(numbers.plural(missing, noun, words=True))
        parts.append(text("figure.path.gaps", periods=periods))
    named = [event.title for _, event in _within(path.index, events)]
    if named:
        parts.append(text("figure.path.also", events=wording.listed(named)))
    return described(parts, is_simulated(effect, simulated))


def _spans(before: pd.Series, after: pd.Series, noun: str, *, placebo: bool) -> list[str]:
    where = "placebo" if placebo else "launch"
    spans = [(f"figure.path.before_{where}", before), (f"figure.path.from_{where}", after)]
    return [
        text(
            key,
            least=numbers.whole(part.min()),
            most=numbers.whole(part.max()),
            each=text(f"each.{noun}"),
            mean=numbers.whole(part.mean()),
        )
        for key, part in spans
        if part.notna().any()
    ]


def _outside_band(path: pd.DataFrame, noun: str, *, placebo: bool) -> str:
    counted = path[path["observed"].notna() & path["counterfactual"].notna()]
    above = int((counted["observed"] > counted["counterfactual_upper"]).sum())
    below = int((counted["observed"] < counted["counterfactual_lower"]).sum())
    return text(
        "figure.path.outside_placebo" if placebo else "figure.path.outside",
        mean=numbers.whole(counted["counterfactual"].mean()),
        each=text(f"each.{noun}"),
        periods=numbers.plural(len(counted), noun),
        above=numbers.whole(above),
        below=numbers.whole(below),
    )


def _weekly_mean(path: pd.DataFrame, after: NDArray[np.bool_]) -> pd.DataFrame:
    """Mean of seven days about each, on either side of the launch by itself: the week is seen as one."""
    sides = [path.loc[side].rolling(7, center=True, min_periods=4).mean() for side in (~after, after)]
    return pd.concat(sides)


def _draw_expectation(
    ax: Axes, path: pd.DataFrame, when: NDArray[Any], after: NDArray[np.bool_], *, band: bool
) -> None:
    one_line = _is_one_line(path, after)
    if not one_line:
        ax.plot(when, path["fitted"], color=theme.BLUE, lw=1.6, zorder=2, alpha=1, gid="fitted")
    lower, upper = path["counterfactual_lower"].to_numpy(), path["counterfactual_upper"].to_numpy()
    if band:
        ax.fill_between(when[after], lower[after], upper[after], color=theme.BAND, lw=0, zorder=1, gid="band")
        single = alone(lower[after])
        if single.any():
            ends = lower[after][single], upper[after][single]
            ax.vlines(when[after][single], *ends, color=theme.BAND, lw=7, zorder=1, gid="band-alone")
    expected = path["counterfactual"].to_numpy()
    single = alone(expected[after])
    if single.any():
        place = when[after][single], expected[after][single]
        ax.plot(*place, color=theme.ACCENT, ls="", marker="D", ms=3.6, zorder=3.5, gid="counterfactual-alone")
    ax.plot(
        when if one_line else when[after],
        np.where(after, expected, path["fitted"].to_numpy()) if one_line else expected[after],
        color=theme.ACCENT,
        lw=1.6,
        ls=(0, (4, 2)),
        zorder=3,
        gid="counterfactual",
    )


def expectation_shape(effect: Shown) -> str:
    """How what is expected is drawn: ``"line"``, ``"point"`` where a period stands by itself, or ``"both"``."""
    after = from_launch(effect.path, effect.launch)
    expected = effect.path["counterfactual"].to_numpy()[after]
    single = alone(expected)
    if not single.any():
        return "line"
    return "both" if _is_one_line(effect.path, after) or single.sum() < np.isfinite(expected).sum() else "point"


def _is_one_line(path: pd.DataFrame, after: NDArray[np.bool_]) -> bool:
    """Whether fitted and expected are one line, before launch and after it.

    So it is where the model says from launch on what is expected without the campaign: a forecast, or an average of
    other regions.
    """
    fitted, expected = path["fitted"].to_numpy()[after], path["counterfactual"].to_numpy()[after]
    apart = np.abs(fitted - expected)
    return bool(np.isfinite(apart).any() and np.nanmax(apart) <= _ALIKE * path["observed"].max())


def _label_line_ends(ax: Axes, path: pd.DataFrame, effect: Shown, *, placebo: bool) -> None:
    """Name each line at its right end; names that would touch are moved apart."""
    lines = [(text("figure.counted"), "observed", theme.INK)]
    if effect.estimable:
        without = text("figure.expected" if placebo else "figure.without_campaign")
        one_line = _is_one_line(path, from_launch(path, effect.launch))
        lines += [] if one_line else [(text("figure.model"), "fitted", theme.BLUE)]
        lines.append((without, "counterfactual", theme.ACCENT))
    ends = [float(path[column].dropna().iloc[-1]) for _, column, _ in lines if path[column].notna().any()]
    lines = [line for line in lines if path[line[1]].notna().any()]
    heights = [LINE_GAP * (1 + label.count("\n")) for label, _, _ in lines]
    low, high = 0.0, height_in_points(ax)
    wanted = [end / ax.get_ylim()[1] * high for end in ends]
    for (label, column, colour), place in zip(lines, spread(wanted, heights, low=low, high=high), strict=True):
        ax.annotate(
            label,
            xy=(1, 0),
            xycoords="axes fraction",
            xytext=(RIGHT_OF_AXES, place),
            textcoords="offset points",
            color=colour,
            fontweight="bold",
            va="center",
            ha="left",
            linespacing=1.05,
            annotation_clip=False,
            gid=f"label-{column}",
        )


def _label_launch_and_events(ax: Axes, effect: Shown, events: Sequence[Event], *, placebo: bool) -> int:
    """Name the launch and the known events above the chart, in as many rows as keep the names apart."""
    launch = numbers.period_text(effect.launch)
    named = text("figure.path.placebo_date" if placebo else "figure.path.campaign_starts", date=launch)
    marks = [(effect.launch.start_time, named, _LAUNCH)]
    held = [*_within(effect.path.index, events)]
    with_names = _named(held, effect.launch)
    for number, (start, event) in enumerate(held, 1):
        end = event.end.end if event.end else None
        if number - 1 in with_names:
            marks.append((start, shortened(event.title, EVENT_WORDS), f"event-{number}"))
        if end is None:
            ax.axvline(day_number(start), color=theme.MARK, lw=0.8, ls=(0, (1, 2)), zorder=1.5)
        else:
            ax.axvspan(day_number(start), day_number(pd.Timestamp(end)), color="#eef1f4", lw=0, zorder=0)
    return _stack(ax, marks)


def _named(held: Sequence[tuple[pd.Timestamp, Event]], launch: pd.Period) -> set[int]:
    """Places of the events whose names have room above the chart: those nearest to the launch."""
    nearest = sorted(range(len(held)), key=lambda place: abs(held[place][0] - launch.start_time))
    return set(nearest[:MOST_NAMED])


def events_named(effect: Shown, events: Iterable[Event]) -> str:
    """A sentence where a chart holds more events than it names; otherwise nothing."""
    held = len([*_within(effect.path.index, events)])
    return text("chart.events_named", named=MOST_NAMED, all=held) if held > MOST_NAMED else ""


def _mark_text(ax: Axes, day: float, row: int, *, said: str, name: str, turned: bool) -> None:
    """Write a name above the chart, in its row, to the right or to the left of its day."""
    launch = name == _LAUNCH
    ax.annotate(
        said,
        xy=(day, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 4 + row * ROW_HEIGHT),
        textcoords="offset points",
        color=theme.INK if launch else theme.GREY,
        fontweight="bold" if launch else "normal",
        fontsize=_size(name),
        va="bottom",
        ha="right" if turned else "left",
        annotation_clip=False,
        parse_math=False,
        bbox={"facecolor": theme.WHITE, "edgecolor": "none", "pad": 0.6},
        gid=f"label-{name}",
    )


def _stack(ax: Axes, marks: Sequence[tuple[pd.Timestamp, str, str]]) -> int:
    """Write each name in the lowest free row, to the left where it would leave the figure; rows used.

    The first name is that of the launch.
    """
    scale = 72 / ax.figure.dpi
    days = [day_number(when) for when, _, _ in marks]
    anchors = [float(ax.transData.transform((day, 0))[0]) * scale for day in days]
    left, edge = ax.get_window_extent().x0 * scale, ax.figure.get_window_extent().x1 * scale
    names, spans, turned = [], [], []
    for anchor, (_, said, name) in zip(anchors, marks, strict=True):
        width = _width(said, name)
        turned.append(anchor + width > edge and anchor - width >= left)
        names.append(_clear_of_launch(said, name, anchor=anchor, launch=anchors[0]) if turned[-1] else said)
        width = _width(names[-1], name)
        spans.append((anchor - width, anchor) if turned[-1] else (anchor, anchor + width))
    rows = fit_rows(spans, anchors)
    for place, (day, row) in enumerate(zip(days, rows, strict=True)):
        _mark_text(ax, day, row, said=names[place], name=marks[place][2], turned=turned[place])
    lifts = [1 + (3 + row * ROW_HEIGHT) / height_in_points(ax) for row in rows]
    look: dict[str, Any] = {"color": theme.MARK, "lw": 0.6, "capstyle": "round", "clip_on": False, "zorder": 1}
    ax.vlines(days, 1, lifts, transform=ax.get_xaxis_transform(), **look)
    return max(rows) + 1


def _clear_of_launch(said: str, name: str, *, anchor: float, launch: float) -> str:
    """A name that ends at its day, shortened where it would reach the line of the launch and seem to name that."""
    while anchor - _width(said, name) - CLEAR < launch < anchor and len(said) > SHORTEST:
        bare = said.rstrip("…")
        said = shortened(bare, len(bare) - 1)
    return said


def _width(said: str, name: str) -> float:
    return text_width(said, _size(name), bold=name == _LAUNCH)


def _size(name: str) -> float:
    return theme.FONT_SIZE if name == _LAUNCH else theme.FONT_SIZE - 1


def _top_of(path: pd.DataFrame) -> float:
    """Upper end of the count axis, a little above the highest line; the band is cut at half as much again.

    By year or quarter the interval of a single point is all there is to see: it is drawn whole.
    """
    lines = path[["observed", "fitted", "counterfactual"]].max().max()
    band = path["counterfactual_upper"].max()
    most = band if numbers.frequency_of(path.index[0]) in _LONG else 1.5 * lines
    highest = max(lines, min(band, most)) if pd.notna(band) else lines
    return float(highest) * 1.06 if pd.notna(highest) and highest > 0 else 1.0


def _within(index: pd.Index, events: Iterable[Event]) -> list[tuple[pd.Timestamp, Event]]:
    """Events whose start is known and lies within the data, with that start, earliest first."""
    dated = [(pd.Timestamp(event.start.start), event) for event in events if event.start.start is not None]
    first, last = index[0].start_time, index[-1].end_time
    return sorted((pair for pair in dated if first <= pair[0] <= last), key=lambda pair: pair[0])
