"""A chart of the size of a word for the index: counts, what was expected, and when the campaign began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import text
from evalkit.report import numbers, theme, wording

if TYPE_CHECKING:
    from markupsafe import Markup

    from evalkit.report.content import ChannelSummary, RegionSummary

WIDTH: Final = 180
HEIGHT: Final = 52
_SHADE: Final = "#eef1f4"


def sparkline(region: RegionSummary, result: ChannelSummary) -> Markup:
    """The lead channel of a region as a small SVG image with its description; missing periods are gaps."""
    from markupsafe import Markup, escape

    periods = list(result.path["period"])
    launch = _place(str(region.launch), periods, result.path.get("from_launch"))
    observed, expected = result.path["observed"], result.path["counterfactual"]
    after = [value if place >= launch else None for place, value in enumerate(expected)]
    top = max((value for value in (*observed, *after) if value is not None), default=1.0) or 1.0
    step = WIDTH / max(len(periods) - 1, 1)
    start = max(launch - 0.5, 0) * step
    shapes = (
        f'<rect x="{start:.1f}" y="0" width="{WIDTH - start:.1f}" height="{HEIGHT}" fill="{_SHADE}"/>'
        f'<path d="{_line(observed, step, top)}" fill="none" stroke="{theme.BLUE}" stroke-width="1.2"/>'
        f'<path d="{_line(after, step, top)}" fill="none" stroke="{theme.ACCENT}" stroke-width="1.4" '
        f'stroke-dasharray="3 2"/>{_dots(observed, step, top, theme.BLUE)}{_dots(after, step, top, theme.ACCENT)}'
    )
    return Markup(
        f'<svg role="img" viewBox="0 -2 {WIDTH} {HEIGHT + 4}" aria-label="{escape(_described(region, result))}">'
        f"{shapes}</svg>"
    )


def _described(region: RegionSummary, result: ChannelSummary) -> str:
    finding = wording.finding_word(wording.finding_of_interval(result.rate_ratio), placebo=region.is_comparison)
    counts = [value for value in result.path["observed"] if value is not None]
    span = numbers.interval(numbers.whole(min(counts)), numbers.whole(max(counts))) if counts else ""
    said = text(
        "figure.sparkline.counted" if counts else "figure.sparkline.bare",
        region=region.region,
        counted=wording.counted(result.channel, region.unit),
        finding=finding,
        **({"span": span} if counts else {}),
    )
    return f"{wording.simulated_mark()}. {said}" if region.simulated else said


def pen_path(points: Iterable[tuple[float, float] | None]) -> str:
    """Points as the commands of an SVG path; the pen is lifted over missing ones."""
    commands, drawing = [], False
    for point in points:
        if point is not None:
            commands.append(f"{'L' if drawing else 'M'}{point[0]:.1f} {point[1]:.1f}")
        drawing = point is not None
    return " ".join(commands)


def _line(values: Sequence[float | None], step: float, top: float) -> str:
    return pen_path(
        None if value is None else (place * step, HEIGHT * (1 - value / top)) for place, value in enumerate(values)
    )


def _dots(values: Sequence[float | None], step: float, top: float, colour: str) -> str:
    """A dot for each value between gaps, which no line shows."""
    padded = [None, *values, None]
    return "".join(
        f'<circle cx="{place * step:.1f}" cy="{HEIGHT * (1 - value / top):.1f}" r="2.4" fill="{colour}"/>'
        for place, value in enumerate(values)
        if value is not None and padded[place] is None and padded[place + 2] is None
    )


def _place(launch: str, periods: Sequence[str], exposed: Sequence[bool] | None) -> int:
    """Place of the first period that holds the launch or follows it; periods may be longer than that of the launch."""
    if exposed is not None:
        return list(exposed).index(True) if True in exposed else len(periods)
    return periods.index(launch) if launch in periods else len(periods)
