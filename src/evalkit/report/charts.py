"""Charts as SVG files for pages: drawn on figures of their own, closed to everyone else, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import text
from evalkit.report import captions, theme, wording
from evalkit.report.content import RegionSummary
from evalkit.report.figures import density, effect, estimates, path, pooled
from evalkit.report.figures.axes import Frame, bare_axes
from evalkit.report.figures.ticks import fix_ticks
from evalkit.report.tables import summary_frame

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.report.release import ChannelView, RegionRelease
    from evalkit.report.together import Together

MOST_FOREST_ROWS: Final = 54
_FOREST_ROW: Final = 0.152


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart with the words that belong to it.

    Attributes
    ----------
    name : str
        Unique on its page; letters, digits and hyphens.
    svg : str
        Standalone SVG with selectable text.
    heading, caption, alt : str
        What it is, how to read it, and what it shows in words.
    """

    name: str
    svg: str
    heading: str
    caption: str
    alt: str

    @property
    def file(self) -> str:
        """Name of the file in a document."""
        return f"{self.name}.svg"


def counterfactual_chart(report: RegionRelease, result: ChannelView, name: str, *, lead: bool = True) -> Chart:
    """The counterfactual path of one channel; that of the leading channel is a little higher."""
    events = [event for event in report.events if not event.channels or result.channel in event.channels]
    shown = {"events": events, "unit": report.unit, "placebo": report.is_comparison, "simulated": report.simulated}
    frame = path.FRAME if lead else path.LOW_FRAME
    with theme.theme():
        (ax,) = bare_axes(frame)
        path.make_room(ax, frame, path.draw_counterfactual(ax, result, **shown))  # type: ignore[arg-type]
        fix_ticks(ax)
        svg = theme.to_svg(ax.figure)
    return Chart(
        name=name,
        svg=svg,
        heading=captions.path_heading(result.channel),
        caption=wording.joined(
            captions.path_caption(result, report.unit, placebo=report.is_comparison),
            path.events_named(result, events),
            *result.shown_by,
        ),
        alt=" ".join([path.describe_counterfactual(result, **shown), *result.shown_by]),  # type: ignore[arg-type]
    )


def effect_chart(report: RegionRelease, result: ChannelView, name: str) -> Chart:
    """The effect of one channel by period and added up; only where it is estimable."""
    with theme.theme():
        left, right = bare_axes(effect.FRAME, 2)
        effect.plot_effect(result, axes=(left, right), unit=report.unit, simulated=report.simulated)
        fix_ticks(left)
        fix_ticks(right)
        svg = theme.to_svg(left.figure)
    return Chart(
        name=name,
        svg=svg,
        heading=captions.effect_heading(result.channel),
        caption=captions.effect_caption(result, report.unit, placebo=report.is_comparison),
        alt=effect.describe_effect(result, unit=report.unit, simulated=report.simulated),
    )


def density_chart(
    report: RegionRelease, result: ChannelView, claimed: float, name: str, *, narrow: bool = False
) -> Chart:
    """How plausible each rate ratio of one channel is, with a claimed ratio; ``narrow`` for half the text's width."""
    with theme.theme():
        (ax,) = bare_axes(density.NARROW_FRAME if narrow else density.FRAME)
        density.plot_density(result, claimed=claimed, ax=ax, simulated=report.simulated)
        svg = theme.to_svg(ax.figure)
    return Chart(
        name=name,
        svg=svg,
        heading=captions.density_heading(result.channel),
        caption=captions.density_caption(result, claimed),
        alt=density.describe_density(result, claimed=claimed, simulated=report.simulated),
    )


def forest_charts(regions: Sequence[RegionSummary], channels: Sequence[str], *, level: float) -> Iterator[Chart]:
    """The rate ratio of every region, one column a channel, in as many charts as pages need."""
    simulated = any(region.simulated for region in regions)
    frames = {channel: summary_frame(regions, channel) for channel in channels}
    limits = {channel: estimates.forest_limits(frame) for channel, frame in frames.items()}
    numerators = [result.numerator for region in regions for result in region.results if result.channel in channels]
    for number, part in enumerate(_pages(regions), 1):
        named = {region.region for region in part}
        shown = {channel: frame[frame["region"].isin(named)] for channel, frame in frames.items()}
        yield Chart(
            name=f"forest-{number}",
            svg=_forest_svg(shown, limits, simulated=simulated),
            heading=text("across.by_region"),
            caption=captions.forest_caption(level, numerators),
            alt=" ".join(
                estimates.describe_estimates(
                    frame, title=wording.counted(channel, regions[0].unit), simulated=simulated
                )
                for channel, frame in shown.items()
            ),
        )


def pooled_chart(part: Together, name: str, *, simulated: bool) -> Chart:
    """Every region of one channel, their average, and what a further region may expect."""
    rows = len(part.pooled.regions) + len(part.pooled.left_out) + 3
    (ax,) = bare_axes(Frame(height=0.2 + 0.165 * rows, left=1.85, right=1.35, top=0.3, bottom=0.5))
    pooled.plot_pooled(part.pooled, ax=ax, simulated=simulated)
    return Chart(
        name=name,
        svg=theme.to_svg(ax.figure),
        heading=text("across.forest_heading", channel=wording.channel_title(part.channel)),
        caption=text("across.forest_caption"),
        alt=pooled.describe_pooled(part.pooled, simulated=simulated),
    )


def placebo_chart(regions: Sequence[RegionSummary], channel: str, name: str) -> Chart:
    """The rate ratio where no campaign ran."""
    frame = summary_frame(regions, channel)
    simulated = any(region.simulated for region in regions)
    (ax,) = bare_axes(estimates.forest_frame(len(estimates.forest_rows(frame, None))))
    estimates.plot_estimates(frame, ax=ax, simulated=simulated)
    heading = text("across.placebo_heading", channel=wording.channel_title(channel))
    return Chart(
        name=name,
        svg=theme.to_svg(ax.figure),
        heading=heading,
        caption=text("across.placebo_caption"),
        alt=estimates.describe_estimates(frame, title=heading, simulated=simulated),
    )


def _forest_svg(frames: dict[str, pd.DataFrame], limits: dict[str, tuple[float, float]], *, simulated: bool) -> str:
    rows = max(len(estimates.forest_rows(frame, "group")) for frame in frames.values())
    frame = Frame(height=0.1 + _FOREST_ROW * rows, left=1.85, right=0.1, top=0.3, bottom=0.3, between=0.2)
    axes = bare_axes(frame, len(frames))
    for place, (ax, (channel, data)) in enumerate(zip(axes, frames.items(), strict=True)):
        estimates.plot_estimates(
            data,
            ax=ax,
            group="group",
            title=wording.channel_title(channel),
            labels=place == 0,
            limits=limits[channel],
            simulated=simulated and place == len(axes) - 1,
        )
    return theme.to_svg(axes[0].figure)


def _pages(regions: Sequence[RegionSummary]) -> Iterator[list[RegionSummary]]:
    """Regions in runs of about equal length whose rows, group names included, fit a page."""
    rows = len(regions) + len({region.campaign_title for region in regions})
    pages = -(-rows // MOST_FOREST_ROWS)
    each = -(-len(regions) // max(pages, 1))
    for first in range(0, len(regions), each):
        yield list(regions[first : first + each])


# --- SVG inside a web page --------------------------------------------------------------------------------------------

_PROLOGUE: Final = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA: Final = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_IDS: Final = re.compile(r"""(\bid="|(?:xlink:)?href="#|url\(#)""")


def inline_svg(chart: Chart) -> str:
    """The chart as an element of a web page: an image to assistive technology, its ids unique on the page."""
    from markupsafe import escape

    body = _METADATA.sub("", _PROLOGUE.sub("", chart.svg, count=1))
    body = _IDS.sub(lambda found: f"{found[1]}{chart.name}-", body)
    head, rest = body.split(">", 1)
    title, text = f"{chart.name}-title", f"{chart.name}-desc"
    labelled = f'{head} role="img" aria-labelledby="{title} {text}" focusable="false">'
    described = f'<title id="{title}">{escape(chart.heading)}</title><desc id="{text}">{escape(chart.alt)}</desc>'
    return f"{labelled}{described}{rest}".strip()
