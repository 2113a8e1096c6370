"""The effect by time since launch, pooled over regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import in_its_language, text
from evalkit.errors import ReportError
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import Frame, described, mark_simulated, ratio_axis, shown_axes
from evalkit.report.figures.estimates import forest_limits
from evalkit.report.figures.telling import tells

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from evalkit.effect import EventStudy

FRAME: Final = Frame(height=2.0, left=0.75, right=0.25, top=0.42, bottom=0.5)


@tells("describe_event_study")
def plot_event_study(
    study: EventStudy,
    *,
    ax: Axes | None = None,
    title: str = "",
    limits: tuple[float, float] | None = None,
    simulated: bool | None = None,
) -> Axes:
    """Draw the average ratio in each bin of periods since launch, with its interval, on a logarithmic axis.

    Parameters
    ----------
    study : EventStudy
        Bins before launch are hollow (placebo evidence), those from it on filled. The pale bars are the intervals for
        one further region.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
        Above the chart.
    limits : pair of float, optional
        Ends of the ratio axis, both above 0.
    simulated : bool, optional
        Whether to write "Simulated data"; by default what ``study.simulated`` says.

    Raises
    ------
    ReportError
        No bin could be estimated, so there is nothing to draw.
    """
    known = _known(study)
    with theme.theme():
        ax = ax or shown_axes(FRAME)[0]
        low, high = limits or forest_limits(known.assign(lower=known["new_lower"], upper=known["new_upper"]))
        ax.set_yscale("log")
        ax.set_ylim(low, high)
        ax.set_xlim(-study.leads - 0.5, study.lags + 0.5)
        ax.axhline(1, color=theme.INK, lw=0.9, zorder=1)
        ax.axvline(0, color=theme.INK, lw=1.0, zorder=1)
        for row in known.itertuples():
            _draw_bin(ax, row, study.bin)
        ratio_axis(ax, low, high, upright=True)
        _label(ax, study)
        unit = vocab.FREQUENCY_NAMES[study.frequency]
        ax.set_xticks(range(-study.leads, study.lags + 1, _step(study)))
        ax.set_xlabel(text(f"figure.event_study.axis.{unit}"))
        ax.set_ylabel(text("figure.event_study.ratio"))
        ax.set_title(title, parse_math=False, pad=16)
        mark_simulated(ax, study.simulated if simulated is None else simulated, place="below")
    return ax


@in_its_language
def describe_event_study(study: EventStudy, *, simulated: bool | None = None) -> str:
    """The event study in words, from its numbers."""
    known, unit = _known(study), vocab.FREQUENCY_NAMES[study.frequency]
    early, late = known[known["last"] < 0], known[known["first"] >= 0]
    size = numbers.plural(study.bin, unit)
    parts = [text(f"figure.event_study.lead.{unit}", size=size, level=numbers.level_text(study.level))]
    if len(early):
        outside = study.leads_outside[0]
        parts.append(
            text(
                "figure.event_study.before",
                lowest=f"{early['value'].min():.2f}",
                highest=f"{early['value'].max():.2f}",
                outside=numbers.how_many(outside),
                bins=numbers.in_words(len(early)),
            )
        )
    if len(late):
        first, last = late.iloc[0], late.iloc[-1]
        parts.append(text("figure.event_study.after", first=_with_interval(first), last=_with_interval(last)))
    return described(parts, study.simulated if simulated is None else simulated)


def _with_interval(row: pd.Series) -> str:
    """``1.32 (1.10 to 1.58)``."""
    value, lower, upper = (f"{row[name]:.2f}" for name in ("value", "lower", "upper"))
    return f"{value} ({numbers.interval(lower, upper)})"


def _known(study: EventStudy) -> pd.DataFrame:
    known = study.table[study.table["reason"] == ""]
    if known.empty:
        reasons = study.table["reason"].iloc[0] if len(study.table) else "there are no bins"
        raise ReportError(f"There is no event study to draw: {reasons}. Check study.estimable before drawing it.")
    return known


def _draw_bin(ax: Axes, row: object, size: int) -> None:
    middle = row.first + size / 2  # type: ignore[attr-defined]
    late = row.first >= 0  # type: ignore[attr-defined]
    colour = theme.BLUE if late else theme.GREY
    pale = theme.BLUE_BAND if late else theme.RULE
    ends = ([row.new_lower, row.new_upper], [row.lower, row.upper])  # type: ignore[attr-defined]
    ax.plot([middle] * 2, ends[0], color=pale, lw=7, zorder=1, solid_capstyle="butt")
    ax.plot([middle] * 2, ends[1], color=colour, lw=1.5, zorder=2, solid_capstyle="butt")
    face = colour if late else theme.WHITE
    ax.plot(middle, row.value, marker="o", ms=5, mfc=face, mec=colour, mew=1.2, zorder=3)  # type: ignore[attr-defined]


def _label(ax: Axes, study: EventStudy) -> None:
    """Words above the two sides of the launch."""
    sides = [(text("figure.event_study.from_launch"), 0, "left", 4, theme.BLUE)]
    if study.leads:
        outside, bins = study.leads_outside
        holding = text("figure.event_study.before_launch_holding", number=bins - outside, bins=bins) if bins else ""
        kept = holding or text("figure.event_study.before_launch")
        sides.append((kept, 0, "right", -4, theme.GREY))
    for side_words, x, side, shift, colour in sides:
        ax.annotate(
            side_words,
            xy=(x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(shift, 4),
            textcoords="offset points",
            ha=side,
            va="bottom",
            color=colour,
            fontsize=theme.FONT_SIZE - 1,
            annotation_clip=False,
            parse_math=False,
            gid=f"label-{side}",
        )


def _step(study: EventStudy) -> int:
    """Ticks at multiples of the bin, at most about twelve."""
    reach = (study.leads + study.lags) // study.bin
    return study.bin * max(1, -(-reach // 12))
