"""Figures of an audit of published claims: claim against interval, implied figures, change against other regions.

Every dot has two whiskers: the thick one for chance in the counts alone (Poisson), the thin one for contacts that vary
``DISPERSION`` times as much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import in_its_language, text
from evalkit.claim import AuditClass, Bounds, ClaimAudit, Comparison, ComparisonRegion, Exposure
from evalkit.claim.wording import when
from evalkit.report import numbers, theme
from evalkit.report.figures.axes import Frame, described, mark_simulated, ratio_axis, shown_axes
from evalkit.report.figures.telling import tells
from evalkit.report.layout import shortened
from evalkit.report.wording import channel_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW: Final = 0.185
_LABEL: Final = 46
_IMPLIED: Final = ("implied-baseline", "implied-current")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a dot-and-whisker chart."""

    label: str
    value: float
    inner: Bounds
    outer: Bounds
    claimed: Bounds | None = None
    clear: bool = True


@tells("describe_claims")
def plot_claims(audits: Iterable[ClaimAudit], *, ax: Axes | None = None, simulated: bool = False) -> Axes:
    """Draw each recomputed change as a dot with whiskers, and what was claimed as an orange bar.

    Parameters
    ----------
    audits : iterable of ClaimAudit
        Those without two published counts are left out.
    ax : Axes, optional
        Where to draw; a new figure, as high as the rows need, by default.
    simulated : bool, optional
        Whether to write "Simulated data".
    """
    rows = claim_rows(audits)
    with theme.theme():
        ax = ax or shown_axes(rows_frame(len(rows)))[0]
        _whiskers(ax, rows)
        ax.axvline(1, color=theme.INK, lw=0.9, zorder=1)
        for place, row in enumerate(rows):
            if row.claimed is not None:
                _claimed(ax, place, row.claimed)
        mark_simulated(ax, simulated, place="above")
    return ax


@in_its_language
def describe_claims(audits: Iterable[ClaimAudit], *, simulated: bool = False) -> str:
    """The chart of claims and intervals in words, from its numbers."""
    rows = claim_rows(audits)
    outside = [row for row in rows if row.claimed and not row.claimed.overlaps(row.outer)]
    holds = [row for row in rows if row.outer.contains(1)]
    lead = text("figure.claims.lead", changes=numbers.plural(len(rows), "change"))
    if not rows:
        return described([lead], simulated)
    values, labels = [row.value for row in rows], "; ".join(row.label for row in outside)
    number = numbers.how_many(len(outside))
    named = text("figure.claims.outside_named", number=number, labels=labels) if outside else ""
    return described(
        [
            lead,
            text("figure.claims.range", lowest=f"{min(values):.2f}", highest=f"{max(values):.2f}"),
            named or text("figure.claims.outside", number=number),
            text("figure.claims.holds", number=numbers.how_many(len(holds))),
        ],
        simulated,
    )


@tells("describe_implied")
def plot_implied(audits: Iterable[ClaimAudit], *, ax: Axes | None = None, simulated: bool = False) -> Axes:
    """Draw each figure that a claim implies (open dot, with its range) beside the published one (filled)."""
    found = implied_rows(audits)
    with theme.theme():
        ax = ax or shown_axes(rows_frame(len(found)))[0]
        values = [end for _, known, implied in found for end in (known, implied.lower, implied.upper)]
        _prepare(ax, [label for label, *_ in found], values)
        for place, (_, known, implied) in enumerate(found):
            upper = implied.upper if implied.finite else known
            ax.plot([implied.lower, known], [place] * 2, color=theme.RULE, lw=1, zorder=1)
            ax.plot([implied.lower, upper], [place] * 2, color=theme.ACCENT, lw=2.4, zorder=2, solid_capstyle="butt")
            ax.plot(implied.centre, place, "o", ms=5, mfc=theme.WHITE, mec=theme.ACCENT, mew=1.3, zorder=3)
            ax.plot(known, place, "o", ms=4.6, color=theme.BLUE, zorder=3)
        _count_axis(ax)
        mark_simulated(ax, simulated, place="above")
    return ax


@in_its_language
def describe_implied(audits: Iterable[ClaimAudit], *, simulated: bool = False) -> str:
    """The chart of implied figures in words, from its numbers."""
    found = implied_rows(audits)
    parts = [text("figure.claims.implied_lead", figures=numbers.plural(len(found), "figure"))]
    for label, known, implied in found[:4]:
        ends = numbers.interval(numbers.whole(implied.lower), numbers.whole(implied.upper)) if implied.finite else ""
        implies = ends or text("figure.claims.or_more")
        parts.append(text("figure.claims.implies", label=label, known=numbers.whole(known), ends=implies))
    if len(found) > 4:
        parts.append(text("figure.claims.implied_rest", number=numbers.in_words(len(found) - 4)))
    return described(parts, simulated)


@tells("describe_comparison")
def plot_comparison(comparison: Comparison, *, ax: Axes | None = None, simulated: bool = False) -> Axes:
    """Draw the change in one region relative to the same change in each other region; 1 is the same change.

    Regions without a known regional campaign are blue, the others grey; below them all of the former together, and the
    country.
    """
    rows = comparison_rows(comparison)
    with theme.theme():
        ax = ax or shown_axes(rows_frame(len(rows)))[0]
        _whiskers(ax, rows)
        ax.axvline(1, color=theme.INK, lw=0.9, zorder=1)
        mark_simulated(ax, simulated, place="above")
    return ax


@in_its_language
def describe_comparison(comparison: Comparison, *, simulated: bool = False) -> str:
    """The chart against other regions in words, from its numbers."""
    lead = text(
        "figure.claims.comparison_lead",
        region=comparison.region,
        periods=_periods(comparison),
        ratio=f"{comparison.ratio:.2f}",
        regions=numbers.plural(len(comparison.regions), "other region"),
    )
    parts = [lead]
    for one, name in ((comparison.pool, text("figure.claims.all_without")), (comparison.nation, "")):
        if one is not None:
            ends = numbers.interval(f"{one.relative_dispersed.lower:.2f}", f"{one.relative_dispersed.upper:.2f}")
            said = {"name": name or one.region, "value": f"{one.relative:.2f}", "interval": ends}
            parts.append(text("figure.claims.relative_to", **said))
    return described(parts, simulated)


def claim_rows(audits: Iterable[ClaimAudit]) -> list[Row]:
    """A row for each recomputed change: contradicted ones first, then by size."""
    found = [one for one in audits if one.interval("poisson") and one.interval("dispersed") and one.recomputed]
    ordered = sorted(found, key=lambda one: (one.audit_class is not AuditClass.CONTRADICTED, -(one.recomputed or 0)))
    return [_claim_row(one) for one in ordered]


def implied_rows(audits: Iterable[ClaimAudit]) -> list[tuple[str, float, Bounds]]:
    """Label, published count and implied figure of each claimed change that implies one; largest first."""
    found = []
    for one in audits:
        main = one.main
        if main is None or main.rule not in _IMPLIED or main.figures.get("none"):
            continue
        claim = one.claim
        missing = claim.baseline if main.rule == "implied-baseline" else claim.period
        said = claim.baseline_text if main.rule == "implied-baseline" else claim.period_text
        bounds = Bounds(float(main.figures["implied_lower"]), float(main.figures["implied_upper"]))
        label = f"{claim.region}, {channel_name(claim.channel)}, {when(str(missing)) if missing else said}"
        found.append((shortened(label, _LABEL), float(main.figures["known"]), bounds))
    return sorted(found, key=lambda row: -row[1])


def comparison_rows(comparison: Comparison) -> list[Row]:
    """A row for each other region, then all without a known campaign together, then the country."""
    rows = [_relative_row(one, one.region, one.exposure is Exposure.NONE) for one in comparison.regions]
    if comparison.pool is not None and len(comparison.unexposed) > 1:
        rows.append(_relative_row(comparison.pool, text("figure.claims.all_with_none"), clear=True))
    if comparison.nation is not None:
        whole = text("figure.claims.as_a_whole", region=comparison.nation.region)
        rows.append(_relative_row(comparison.nation, whole, clear=False))
    return rows


def rows_frame(rows: int) -> Frame:
    """Room for that many rows with long labels."""
    return Frame(height=0.2 + ROW * max(rows, 1), left=2.75, right=0.25, top=0.3, bottom=0.45)


def _claim_row(one: ClaimAudit) -> Row:
    claim, ratio = one.claim, one.claim.ratio
    assert ratio is not None
    inner, outer = one.interval("poisson"), one.interval("dispersed")
    assert inner is not None
    assert outer is not None
    period = when(str(claim.period)) if claim.period else claim.period_text or text("figure.claims.no_period")
    label = shortened(f"{claim.region}, {period}", _LABEL - 6)
    return Row(
        label=f"{label} ({claim.claim_id})",
        value=one.recomputed or math.nan,
        inner=Bounds(*inner),
        outer=Bounds(*outer),
        claimed=ratio,
        clear=one.audit_class is not AuditClass.CONTRADICTED,
    )


def _relative_row(one: ComparisonRegion, name: str, clear: bool) -> Row:
    key = "figure.claims.row" if clear or one.exposure is Exposure.NONE else "figure.claims.row_campaign"
    label = text(key, name=shortened(name, _LABEL - 16), change=numbers.percent_change(one.ratio))
    return Row(label=label, value=one.relative, inner=one.relative_poisson, outer=one.relative_dispersed, clear=clear)


def _periods(comparison: Comparison) -> str:
    return text("claim_words.against", period=when(str(comparison.period)), baseline=when(str(comparison.baseline)))


def _whiskers(ax: Axes, rows: Sequence[Row]) -> None:
    ends = [end for row in rows for end in (row.outer.lower, row.outer.upper, 1.0)]
    ends += [end for row in rows if row.claimed for end in (row.claimed.lower, row.claimed.upper) if end > 0]
    low, high = _prepare(ax, [row.label for row in rows], ends)
    for place, row in enumerate(rows):
        colour = theme.BLUE if row.clear else theme.GREY
        for span, width in ((row.outer, 0.9), (row.inner, 2.6)):
            ax.plot([span.lower, span.upper], [place] * 2, color=colour, lw=width, zorder=2, solid_capstyle="butt")
        ax.plot(row.value, place, "o", ms=4.8, mfc=colour if row.clear else theme.WHITE, mec=colour, mew=1.2, zorder=4)
    ratio_axis(ax, low, high)


def _claimed(ax: Axes, place: int, claimed: Bounds) -> None:
    """What was claimed: a bar over what its rounding leaves open, an arrow where it has no upper end."""
    low, high = ax.get_xlim()
    start, end = max(claimed.lower, low), min(claimed.upper, high)
    style: Any = {"color": theme.ACCENT, "zorder": 3}
    if end / start < 1.02:
        middle = math.sqrt(start * end)
        ax.plot([middle] * 2, [place - 0.42, place + 0.42], lw=2.2, solid_capstyle="butt", **style)
    else:
        ax.plot([start, end], [place + 0.3] * 2, lw=2.2, solid_capstyle="butt", **style)
    if not claimed.finite:
        ax.plot(end, place + 0.3, marker=">", ms=4, clip_on=False, **style)


def _prepare(ax: Axes, labels: Sequence[str], values: Sequence[float]) -> tuple[float, float]:
    """A logarithmic axis that holds the values, one named row a label; the ends of the axis."""
    known = [value for value in values if value > 0 and math.isfinite(value)] or [1.0]
    low, high = min(known) / 1.12, max(known) * 1.12
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), [theme.drawable(label) for label in labels], parse_math=False)
    ax.grid(axis="x", color="#e6ebef")
    ax.grid(visible=False, axis="y")
    return low, high


def _count_axis(ax: Axes) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = ax.get_xlim()
    ticks = [base * 10**power for power in range(7) for base in (1, 3) if low <= base * 10**power <= high]
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.set_xticks(ticks, [numbers.whole(tick) for tick in ticks])
