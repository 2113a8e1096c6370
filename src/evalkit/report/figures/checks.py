"""One chart for each check, drawn from the numbers that the check hands on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import in_its_language, term, text
from evalkit.errors import ReportError
from evalkit.report import numbers, theme, wording
from evalkit.report.figures.axes import Frame, count_axis, described, mark_simulated, ratio_axis, shown_axes
from evalkit.report.figures.estimates import note_beside
from evalkit.report.figures.telling import tells
from evalkit.report.layout import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from evalkit.check import CheckResult

FRAME: Final = Frame(height=1.9, left=0.62, right=0.2, top=0.3, bottom=0.55)
_ROW: Final = 0.19
_MOST_LABELS: Final = 9
Drawing = Callable[["Axes", "CheckResult"], None]


@tells("describe_check")
def plot_check(result: CheckResult, *, ax: Axes | None = None, simulated: bool = False) -> Axes:
    """Draw what a check found: its refits, its residuals or its figures, whichever it has.

    Parameters
    ----------
    result : CheckResult
        What a check of :mod:`evalkit.check` came to.
    ax : Axes, optional
        Where to draw; a new figure by default.
    simulated : bool, optional
        Whether to write "Simulated data".

    Raises
    ------
    ReportError
        The check was not run, or it is one that has no chart.
    """
    if result.table is None and not result.figures:
        raise ReportError(f"The check {result.name!r} has nothing to draw. {result.statement}")
    if result.name not in _DRAWINGS:
        raise ReportError(f"The check {result.name!r} has no chart. Those with one: {', '.join(_DRAWINGS)}.")
    with theme.theme():
        ax = ax or shown_axes(_frame(result))[0]
        _DRAWINGS[result.name](ax, result)
        named = wording.sentence_case(wording.check_name(result.name))
        title = text("figure.checks.title", name=named, outcome=wording.outcome_word(result.outcome))
        ax.set_title(title, parse_math=False)
        mark_simulated(ax, simulated, place="above")
    return ax


@in_its_language
def describe_check(result: CheckResult, *, simulated: bool = False) -> str:
    """The chart of a check in words: its question, what came out and what it means."""
    said = {"question": result.question, "statement": wording.finished(result.statement)}
    parts = [text("figure.checks.lead", name=wording.check_name(result.name), **said)]
    return described([*parts, *([result.meaning] if result.meaning else [])], simulated)


def _frame(result: CheckResult) -> Frame:
    rows = 0 if result.table is None else len(result.table)
    if result.name in _LISTS:
        return Frame(height=0.25 + _ROW * max(rows, 2), left=2.3, right=0.2, top=0.35, bottom=0.5)
    if result.name in {"residual autocorrelation", "overdispersion"}:
        return Frame(height=0.5, left=0.3, right=0.3, top=0.35, bottom=0.5)
    return FRAME


# --- refits: ratios with their intervals ------------------------------------------------------------------------------


def _ratios_in_time(ax: Axes, result: CheckResult) -> None:
    """Ratios from left to right, in the order of the table."""
    table = _table(result)
    known = table["value"].notna()
    at = np.arange(len(table))[known]
    shown = table[known]
    clear = ((shown["lower"] > 1) | (shown["upper"] < 1)).to_numpy()
    for chosen, colour in ((~clear, theme.GREY), (clear, theme.ACCENT)):
        ax.vlines(at[chosen], shown["lower"][chosen], shown["upper"][chosen], color=colour, lw=1.1)
        ax.plot(
            at[chosen],
            shown["value"][chosen],
            "o",
            ms=3.4,
            color=colour,
            mfc=theme.WHITE if chosen is ~clear else colour,
        )
    ax.axhline(1, color=theme.INK, lw=0.9, zorder=1)
    ax.set_yscale("log")
    _ratio_ticks(ax, shown)
    _names_below(ax, table.iloc[:, 0].astype(str).tolist())
    ax.set_ylabel(text("figure.rate_ratio"))
    ax.set_xlabel(text(_IN_TIME[result.name]))


def _ratios_listed(ax: Axes, result: CheckResult) -> None:
    """Ratios from top to bottom, each beside its name."""
    table = _table(result)
    name = next(column for column in table.columns if column in {"region", "prior", "design", "model"})
    known = table[table["value"].notna()]
    low, high = min(0.8, known["lower"].min() / 1.1), max(1.25, known["upper"].max() * 1.1)
    low, high = max(low, 0.1), min(high, 12.0)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    for place, row in enumerate(_rows(table)):
        if pd.isna(row.value):
            note_beside(ax, low, place, text("figure.not_estimable"))
            continue
        colour = theme.ACCENT if row.lower > 1 or row.upper < 1 else theme.GREY
        ax.hlines(place, max(row.lower, low), min(row.upper, high), color=colour, lw=1.3)
        ax.plot(np.clip(row.value, low, high), place, "o", ms=4.4, color=colour)
    ax.axvline(1, color=theme.INK, lw=0.9, zorder=1)
    labels = [shortened(str(one), 40) for one in table[name]]
    if "probability" in table:
        shares = [f"  {100 * p:.0f} %" if p < 1 else "" for p in table["probability"]]
        labels = [f"{label}{share}" for label, share in zip(labels, shares, strict=True)]
    ax.set_yticks(range(len(table)), labels, parse_math=False)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ratio_axis(ax, low, high)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(text("figure.checks.with_probability" if "probability" in table else "figure.rate_ratio"))


# --- the course of something ------------------------------------------------------------------------------------------


def _seasons(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    at = np.arange(len(table))
    ax.fill_between(at, table["later_lower"], table["later_upper"], color=theme.BAND, lw=0)
    ax.plot(at, table["later"], color=theme.ACCENT, lw=1.8, ls=(0, (4, 2)))
    ax.plot(at, table["earlier"], color=theme.BLUE, lw=1.8)
    for column, colour in (("earlier", theme.BLUE), ("later", theme.ACCENT)):
        best = int((table[column] - table[{"earlier": "later", "later": "earlier"}[column]]).abs().argmax())
        up = table[column].iloc[best] >= table[{"earlier": "later", "later": "earlier"}[column]].iloc[best]
        ax.annotate(
            text(f"figure.checks.{column}"),
            (best, table[column].iloc[best]),
            xytext=(0, 6 if up else -12),
            textcoords="offset points",
            color=colour,
            ha="center",
            fontweight="bold",
        )
    ax.axhline(1, color=theme.INK, lw=0.9, zorder=1)
    _names_below(ax, table["period"].tolist())
    ax.set_ylabel(text("figure.checks.season_ratio"))
    ax.margins(y=0.2)


def _wandering(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    at = np.arange(len(table))
    ax.fill_between(at, table["lower"], table["upper"], color=theme.BLUE_BAND, lw=0)
    ax.plot(at, table["value"], color=theme.BLUE, lw=1.8)
    ax.axhline(1, color=theme.INK, lw=0.9, zorder=1)
    _names_below(ax, table["period"].tolist())
    ax.set_ylabel(text("figure.checks.drift_ratio"))


def _capacity(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    at = np.arange(len(table))
    after = table["after"].to_numpy(dtype=bool)
    ax.plot(at, table["observed"], color=theme.MARK, lw=1.0)
    ax.plot(at[after], table["observed"][after], "o", ms=3.2, color=theme.BLUE)
    if table["capacity"].notna().any():
        ax.plot(at, table["capacity"], color=theme.ACCENT, lw=1.4, ls=(0, (4, 2)))
        first = int(np.flatnonzero(table["capacity"].notna())[0])
        ax.annotate(
            text("figure.checks.capacity"), (first, table["capacity"].iloc[first]), xytext=(2, -10),
            textcoords="offset points", color=theme.ACCENT, fontweight="bold",
        )  # fmt: skip
    ax.set_ylim(bottom=0)
    count_axis(ax)
    _names_below(ax, table["period"].tolist())
    ax.set_ylabel(text("figure.checks.contacts"))
    ax.set_xlabel(text("figure.checks.dots"))


# --- residuals --------------------------------------------------------------------------------------------------------


def _histogram(ax: Axes, result: CheckResult) -> None:
    pit = _table(result)["pit"].to_numpy()
    bins = 10 if len(pit) >= 40 else 5
    expected = len(pit) / bins
    half = 1.96 * np.sqrt(expected * (1 - 1 / bins))
    ax.axhspan(max(expected - half, 0), expected + half, color=theme.BLUE_BAND, lw=0, zorder=0)
    ax.hist(pit, bins=bins, range=(0, 1), color=theme.GREY, rwidth=0.86)
    ax.axhline(expected, color=theme.BLUE, lw=1.0)
    ax.set_xlim(0, 1)
    ax.set_xlabel(text("figure.checks.predicted"))
    ax.set_ylabel(text("figure.checks.periods"))


def _lags(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    at = np.arange(len(table))
    ax.vlines(at, table["lower"], table["upper"], color=theme.BLUE_BAND, lw=14)
    outside = ((table["correlation"] > table["upper"]) | (table["correlation"] < table["lower"])).to_numpy()
    for chosen, colour in ((~outside, theme.GREY), (outside, theme.ACCENT)):
        ax.plot(at[chosen], table["correlation"][chosen], "o", ms=5, color=colour)
    ax.axhline(0, color=theme.INK, lw=0.9, zorder=1)
    ax.set_xticks(at, [str(lag) for lag in table["lag"]])
    ax.set_xlim(-0.6, len(table) - 0.4)
    ax.set_xlabel(text("figure.checks.apart"))
    ax.set_ylabel(text("figure.checks.correlation"))


def _beside_range(ax: Axes, result: CheckResult) -> None:
    """One figure beside the range that counts made by the model have."""
    name, value = next(iter(result.figures.items()))
    lower, upper = result.figures["lower"], result.figures["upper"]
    ax.hlines(0, lower, upper, color=theme.BLUE_BAND, lw=14)
    ax.plot(value, 0, "o", ms=6, color=theme.ACCENT if value > upper else theme.GREY)
    ax.set_yticks([])
    ax.set_ylim(-1, 1)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(text("figure.checks.beside_range", name=wording.sentence_case(term("figure.checks.statistic", name))))


# --- circumstances ----------------------------------------------------------------------------------------------------


def _beside_least(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    ratio = (table["found"] / table["least"]).clip(lower=0.05)
    colours = [theme.ACCENT if one < 1 else theme.GREY for one in ratio]
    ax.barh(range(len(table)), np.log2(ratio.clip(upper=64)), color=colours, height=0.55)
    ax.axvline(0, color=theme.INK, lw=0.9)
    labels = [f"{row.what}: {_short(row.found)}" for row in _rows(table)]
    ax.set_yticks(range(len(table)), labels, parse_math=False)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ticks = np.arange(-2, 7, 2)
    ax.set_xticks(ticks, [f"{2.0**tick:g}" for tick in ticks])
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(text("figure.checks.times_least"))


def _short(number: float) -> str:
    """``33,620`` and ``13.5``: whole from 1,000 on, otherwise four digits; never with an exponent."""
    return numbers.whole(number) if number >= 1000 else f"{number:.4g}"


def _inflation(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    value = table["inflation"].clip(upper=20)
    ax.barh(range(len(table)), value, color=[theme.ACCENT if one >= 2.5 else theme.GREY for one in value], height=0.5)
    for limit in (1.5, 2.5):
        ax.axvline(limit, color=theme.INK, lw=0.9, ls=(0, (2, 2)))
    ax.set_yticks(range(len(table)), table["term"].tolist(), parse_math=False)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, max(3.0, float(value.max()) * 1.1))
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(text("figure.checks.inflation"))


def _events(ax: Axes, result: CheckResult) -> None:
    table = _table(result)
    ax.set_yticks([])
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlim(0, 1)
    ax.set_ylim(max(len(table), 2) - 0.4, -0.6)
    if table.empty:
        ax.text(0, 0, text("figure.checks.no_event"), color=theme.GREY)
    for place, row in enumerate(_rows(table)):
        open_one = row.where != "outside" and not row.in_design
        where = "open" if row.where == "within" else row.where
        place_words = term("figure.checks.where", "allowed for" if row.in_design else where)
        ax.text(
            0, place, shortened(f"{row.start}   {row.title}", 70), va="center", parse_math=False,
            color=theme.INK if open_one else theme.GREY,
        )  # fmt: skip
        ax.text(1, place, place_words, va="center", ha="right", color=theme.ACCENT if open_one else theme.GREY)


def _many(ax: Axes, result: CheckResult) -> None:
    table = _table(result).dropna(subset=["tail"])
    own = table["tail"].iloc[0]
    tails = np.sort(table["tail"].to_numpy())
    rank = np.arange(1, len(tails) + 1)
    ax.plot(rank, rank / len(tails) * 0.05, color=theme.BLUE, lw=1.4)
    ax.plot(rank, tails, "o", ms=4, color=theme.GREY)
    place = int(np.searchsorted(tails, own)) + 1
    ax.plot(place, own, "o", ms=6, color=theme.ACCENT)
    said = text("figure.checks.this_effect")
    ax.annotate(said, (place, own), xytext=(6, 4), textcoords="offset points", color=theme.ACCENT)
    ax.set_yscale("log")
    ax.set_xlabel(text("figure.checks.by_rank"))
    ax.set_ylabel(text("figure.checks.tail_area"))


def _curve(ax: Axes, result: CheckResult) -> None:
    from evalkit.report.figures.specification import draw_estimates

    draw_estimates(ax, _table(result))


_IN_TIME: Final = {
    "placebo in time": "figure.checks.false_launch",
    "leave one period out": "figure.checks.period_left_out",
}
_DRAWINGS: Final[dict[str, Drawing]] = {
    "placebo in time": _ratios_in_time,
    "leave one period out": _ratios_in_time,
    "placebo in space": _ratios_listed,
    "negative control": _ratios_listed,
    "spill-over": _ratios_listed,
    "leave one comparison region out": _ratios_listed,
    "second method": _ratios_listed,
    "prior sensitivity": _ratios_listed,
    "model probability": _ratios_listed,
    "season that changes": _seasons,
    "drift": _wandering,
    "ceiling": _capacity,
    "predictive distribution": _histogram,
    "autocorrelation at longer lags": _lags,
    "residual autocorrelation": _beside_range,
    "overdispersion": _beside_range,
    "sparse data": _beside_least,
    "launch and season": _inflation,
    "other events": _events,
    "what is counted": _events,
    "many effects": _many,
    "specification curve": _curve,
}
_LISTS: Final = frozenset(
    name for name, drawing in _DRAWINGS.items() if drawing in {_ratios_listed, _beside_least, _inflation, _events}
)


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())


def _table(result: CheckResult) -> pd.DataFrame:
    if result.table is None:
        raise ReportError(f"The check {result.name!r} has no table to draw. {result.statement}")
    return result.table


def _names_below(ax: Axes, names: list[str]) -> None:
    """A few of the names below the axis, evenly apart."""
    step = max(1, -(-len(names) // _MOST_LABELS))
    at = range(0, len(names), step)
    ax.set_xticks(list(at), [names[place] for place in at], parse_math=False)
    ax.set_xlim(-0.7, len(names) - 0.3)


def _ratio_ticks(ax: Axes, table: pd.DataFrame) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    low = max(0.1, min(0.8, float(table["lower"].min()) / 1.05))
    high = min(12.0, max(1.25, float(table["upper"].max()) * 1.05))
    ax.set_ylim(low, high)
    candidates = (
        [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 8, 12] if high / low > 2 else [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4]
    )
    ticks = [tick for tick in candidates if low <= tick <= high]
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
