"""Tables of a report: rows of text for readers, frames of numbers for machines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from evalkit import vocab
from evalkit.catalogue import in_its_language, term, text, texts
from evalkit.display import Displayed
from evalkit.effect import Effect, Estimate, NotEstimable
from evalkit.effect.names import shown_name
from evalkit.report import captions, numbers, wording
from evalkit.report.content import RegionSummary
from evalkit.report.release import from_launch, holding_launch, views_of

if TYPE_CHECKING:
    from evalkit.registers import Event
    from evalkit.report.content import ChannelResult
    from evalkit.report.release import ChannelView

Align = Literal["left", "right"]

_PER_YEAR = " per year"
MOST_REASONS = 3  # in a table; they are in order of weight


@dataclass(frozen=True, kw_only=True)
class Table(Displayed):
    """A table as readers see it.

    Attributes
    ----------
    caption : str
        What the table shows.
    header : tuple of str
        One heading a column.
    rows : tuple of tuple of str
        Cells, as many a row as headings; the first one heads its row.
    align : tuple of {"left", "right"}
        By column; numbers stand to the right.
    tone : tuple of str
        One word a row (a verdict or outcome) by which its last cell is coloured; empty for none.
    widths : tuple of float
        Share of each column, 0 for as wide as its content.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]
    tone: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The same cells as a data frame of text."""
        return pd.DataFrame(self.rows, columns=list(self.header))

    def __str__(self) -> str:
        return f"{self.caption}\n{self.to_frame().to_string(index=False)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a template."""
        return {
            "caption": self.caption,
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
            "align": list(self.align),
            "tone": list(self.tone) or [""] * len(self.rows),
            "widths": list(self.widths) or [0.0] * len(self.header),
        }


# --- for readers ------------------------------------------------------------------------------------------------------


@in_its_language
def estimates_table(results: Sequence[ChannelResult | ChannelView], unit: str) -> Table:
    """Every estimand of every channel, and the second method's rate ratio below them."""
    views = views_of(results)
    rows = [row for view in views for row in _channel_rows(view, unit)]
    methods = dict.fromkeys(view.model_label for view in views)
    others = [view.second_opinion for view in views]
    second = dict.fromkeys(other.model_label for other in others if other is not None)
    numerators = [one.numerator for one in (*views, *others) if one is not None]
    said = {"methods": wording.listed([*methods]), "chance": captions.chance_sentence(numerators)}
    both = text("table.estimates_caption_second", second=wording.listed([*second]), **said) if second else ""
    return Table(
        caption=both or text("table.estimates_caption", **said),
        header=texts("table.estimates_table_header"),
        rows=tuple(rows),
        align=("left", "left", "right", "right"),
        widths=(0, 1, 0, 0),
    )


def _channel_rows(view: ChannelView, unit: str) -> list[tuple[str, ...]]:
    channel = wording.channel_title(view.channel)
    rows: list[tuple[str, ...]] = []
    order = (vocab.RATE_RATIO, vocab.CUMULATIVE_EFFECT, vocab.LEVEL_CHANGE, vocab.SLOPE_CHANGE)
    if isinstance(view.rate_ratio, NotEstimable):
        rows.append((channel, wording.sentence_case(str(view.rate_ratio)), "–", "–"))
    else:
        for name in order:
            value, interval = estimate_cells(view.estimates[name])
            quantity = wording.estimand_name(name, unit) + difference_unit(view.estimates[name])
            rows.append((channel, quantity, value, interval))
        for name, part in view.components.items():
            rows.append((channel, component_name(name, part), *estimate_cells(part)))
    if view.second_opinion is not None:
        value, interval = estimate_cells(view.second_opinion.rate_ratio)
        rows.append((channel, text("table.second_ratio"), value, interval))
    return rows


def difference_unit(result: Estimate | NotEstimable) -> str:
    """The unit of a change of level or slope that is a difference, in brackets; nothing where it is a ratio."""
    changes = (vocab.LEVEL_CHANGE, vocab.SLOPE_CHANGE)
    if isinstance(result, NotEstimable) or result.name not in changes or result.unit.startswith("rate ratio"):
        return ""
    return text("table.unit", what="", unit=wording.unit_words(result.unit.removesuffix(_PER_YEAR)))


def component_name(name: str, part: Estimate | NotEstimable) -> str:
    """A component of an effect as a row of a table: what it is, and what it is counted in where that is no ratio."""
    title = wording.sentence_case(shown_name(name))
    if isinstance(part, Estimate) and part.unit != "share":
        return text("table.unit", what=title, unit=wording.unit_words(part.unit))
    return title


def estimate_cells(result: Estimate | NotEstimable) -> tuple[str, str]:
    """Value and interval as text: ratios with at least two decimals, counts rounded to what their interval carries."""
    if isinstance(result, NotEstimable):
        return "–", "–"
    if result.name == vocab.CUMULATIVE_EFFECT:
        value, lower, upper = numbers.count_texts(result)
        return numbers.signed(value), numbers.interval(lower, upper)
    value, lower, upper = numbers.ratio_texts(result, fewest=2)
    return value, numbers.interval(lower, upper)


@in_its_language
def verdicts_table(results: Sequence[ChannelResult | ChannelView], *, most: int = MOST_REASONS) -> Table:
    """Each published claim about the region, the verdict and its ``most`` weightiest reasons.

    The JSON file has all of them.
    """
    verdicts = [verdict for view in views_of(results) for verdict in view.verdicts]
    return Table(
        caption=text("table.verdicts_table_caption"),
        header=texts("table.verdicts_table_header"),
        rows=tuple(
            (
                verdict.statement,
                " ".join(wording.finished(reason) for reason in verdict.reasons[:most]) or "–",
                wording.verdict_title(verdict.kind),
            )
            for verdict in verdicts
        ),
        align=("left",) * 3,
        tone=tuple(str(verdict.kind) for verdict in verdicts),
        widths=(1, 1.3, 0) if most < MOST_REASONS else (1, 2.4, 0),
    )


@in_its_language
def checks_table(
    results: Sequence[ChannelResult | ChannelView],
    *,
    every: bool = False,
    meanings: bool = True,
    brief: bool = False,
) -> Table:
    """Each check: question, what came out, outcome; fails first, then what could not be told.

    Parameters
    ----------
    results : sequence of ChannelResult or ChannelView
        The channels with their checks.
    every : bool, optional
        A row for each check. By default those that pass, and those that were not run, share a row each by channel.
    meanings : bool, optional
        Whether to say of each outcome what it means for the conclusion.
    brief : bool, optional
        The first sentence of each, and one row for all that pass and one for all that were not run, by number.
    """
    rows = [row for result in results for row in _check_rows(result, every=every or brief, meanings=meanings)]
    if brief:
        rows = _brief(results, rows)
    rows.sort(key=lambda row: _WEIGHT.index(row[1]))
    return Table(
        caption=text("table.checks_table_caption"),
        header=texts("table.checks_table_header"),
        rows=tuple((*cells, wording.outcome_title(outcome)) for cells, outcome in rows),
        align=("left",) * 4,
        tone=tuple(str(outcome) for _, outcome in rows),
        widths=(0.8, 0, 1.8, 0),
    )


CheckRow = tuple[tuple[str, str, str], vocab.Outcome]
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_WEIGHT = (vocab.Outcome.FAILED, vocab.Outcome.INCONCLUSIVE, vocab.Outcome.PASSED, vocab.Outcome.NOT_RUN)
_TOGETHER = (vocab.Outcome.PASSED, vocab.Outcome.NOT_RUN)


def _together(outcome: vocab.Outcome) -> str:
    """What heads the checks that came to the same, where they share a row."""
    return text(f"table.together.{outcome.name.lower()}")


def _check_rows(result: ChannelResult | ChannelView, *, every: bool, meanings: bool) -> list[CheckRow]:
    channel = wording.channel_title(result.channel)
    rows = []
    for outcome in _WEIGHT:
        found = [check for check in result.checks if check.outcome == outcome]
        if every or outcome not in _TOGETHER or len(found) == 1:
            said = [" ".join(filter(None, (check.statement, check.meaning if meanings else ""))) for check in found]
            rows += [
                ((check.question, channel, wording.finished(sentence)), outcome)
                for check, sentence in zip(found, said, strict=True)
            ]
        elif found:
            named = wording.finished(
                wording.sentence_case("; ".join(wording.check_name(check.name) for check in found))
            )
            rows.append(((_together(outcome), channel, named), outcome))
    return rows


def _brief(results: Sequence[ChannelResult | ChannelView], rows: Sequence[CheckRow]) -> list[CheckRow]:
    """What is of concern in a sentence each; the rest counted."""
    kept: list[CheckRow] = [
        ((question, channel, _SENTENCE_END.split(said)[0]), outcome)
        for (question, channel, said), outcome in rows
        if outcome not in _TOGETHER
    ]
    for outcome in _TOGETHER:
        numbers_of = {
            wording.channel_title(result.channel): sum(check.outcome == outcome for check in result.checks)
            for result in results
        }
        said = [f"{channel}: {numbers.plural(number, 'check')}" for channel, number in numbers_of.items() if number]
        if said:
            kept.append(((_together(outcome), "–", f"{'; '.join(said)}."), outcome))
    return kept


def data_table(results: Sequence[ChannelResult | ChannelView], *, placebo: bool = False) -> Table:
    """What was counted before and after launch, by channel: periods, missing ones, mean, least and most.

    A longer period that holds the launch has a row of its own, as it belongs to neither side.
    """
    date = text("words.placebo_date" if placebo else "words.the_launch")
    rows = [row for view in views_of(results) for row in _data_rows(view, date)]
    return Table(
        caption=text("table.data_table_caption"),
        header=texts("table.data_table_header"),
        rows=tuple(rows),
        align=("left", "left", "right", "right", "right", "right", "right"),
        widths=(0, 1, 0, 0, 0, 0, 0),
    )


def _data_rows(view: ChannelView, date: str) -> list[tuple[str, ...]]:
    observed, exposed = view.path["observed"], from_launch(view.path, view.launch)
    holding = holding_launch(view.path, view.launch)
    held, rows = observed.index[holding], []
    for part in (observed[~exposed], observed[holding], observed[exposed & ~holding]):
        if not len(part):
            continue
        known = part.dropna()
        figures = [known.mean(), known.min(), known.max()] if len(known) else []
        texts = [numbers.whole(figure) for figure in figures] or ["–"] * 3
        counts = (numbers.whole(len(known)), numbers.whole(len(part) - len(known)))
        rows.append(
            (wording.channel_title(view.channel), _span(part, date if part.index[0] in held else ""), *counts, *texts)
        )
    return rows


def _span(part: pd.Series, holds: str) -> str:
    first, last = numbers.period_text(part.index[0], short=True), numbers.period_text(part.index[-1], short=True)
    if holds:
        return text("words.contains_launch", period=first, date=holds)
    single = len(part) == 1 and numbers.frequency_of(part.index[0]) in {"Y", "Q"}
    return first if single else numbers.interval(first, last)


def events_table(events: Sequence[Event]) -> Table:
    """What else is known to have happened."""
    return Table(
        caption=text("table.events_table_caption"),
        header=texts("table.events_table_header"),
        rows=tuple((event.title, event_time(event), event.source or "–") for event in events),
        align=("left", "left", "left"),
        widths=(1, 0, 0),
    )


def event_time(event: Event) -> str:
    """When an event was, at the precision it is known to."""
    if event.start.start is None:
        return text("table.date_unknown")
    start = _date_text(event.start)
    return start if event.end is None or event.end.start is None else numbers.interval(start, _date_text(event.end))


def _date_text(date: Any) -> str:
    if date.precision == vocab.DatePrecision.YEAR:
        return str(date.start.year)
    if date.precision == vocab.DatePrecision.MONTH:
        return numbers.month_text(date.start)
    return numbers.day_text(date.start)


def regions_table(regions: Sequence[RegionSummary], channels: Sequence[str], caption: str) -> Table:
    """Regions: launch, the rate ratio of each channel with its interval, and the verdicts where claims were made."""
    headings = [heading for channel in channels for heading in (wording.channel_title(channel), text("table.interval"))]
    kinds = [[verdict.kind for result in region.results for verdict in result.verdicts] for region in regions]
    claimed = any(kinds)
    return Table(
        caption=caption,
        header=(
            text("page.region"),
            text("page.launch"),
            *headings,
            *([text("table.verdict_on_claim")] if claimed else []),
        ),
        rows=tuple(
            (
                region.region,
                numbers.period_text(region.launch, short=True),
                *_ratio_cells(region, channels),
                *([_verdict_words(own)] if claimed else []),
            )
            for region, own in zip(regions, kinds, strict=True)
        ),
        align=("left", "left", *("right",) * len(headings), *(["left"] if claimed else [])),  # type: ignore[arg-type]
        tone=tuple(str(own[0]) if own else "" for own in kinds),
        # several verdicts are long: given all the room they ask for, they would leave none to the name of the region
        widths=(1, 0, *(0,) * len(headings), *([1.6] if claimed else [])),
    )


def _ratio_cells(region: RegionSummary, channels: Sequence[str]) -> list[str]:
    results = [region.result(channel) for channel in channels]
    return [
        cell for result in results for cell in (("–", "–") if result is None else estimate_cells(result.rate_ratio))
    ]


def _verdict_words(kinds: Sequence[vocab.VerdictKind]) -> str:
    return wording.listed([*dict.fromkeys(wording.verdict_title(kind) for kind in kinds)]) or "–"


def claims_table(regions: Sequence[RegionSummary]) -> Table:
    """Every published claim of every region with the estimate beside it."""
    triples = [
        (region, result, verdict) for region in regions for result in region.results for verdict in result.verdicts
    ]
    return Table(
        caption=text("table.claims_table_caption"),
        header=texts("table.claims_table_header"),
        rows=tuple(
            (
                verdict.statement,
                region.region,
                *estimate_cells(result.rate_ratio),
                wording.verdict_title(verdict.kind),
            )
            for region, result, verdict in triples
        ),
        align=("left", "left", "right", "right", "left"),
        tone=tuple(str(verdict.kind) for *_, verdict in triples),
        widths=(1, 0, 0, 0, 0),
    )


def verdict_counts_table(kinds: Sequence[vocab.VerdictKind]) -> Table | None:
    """How many claims came to which verdict, with what each means; None where no claim was given."""
    if not kinds:
        return None
    found = [(kind, list(kinds).count(kind)) for kind in vocab.VerdictKind]
    return Table(
        caption=text("across.verdict_caption"),
        header=(text("page.verdict"), text("across.verdict_count"), text("across.verdict_meaning")),
        rows=tuple(
            (wording.verdict_title(kind), str(number), wording.verdict_meaning(kind))
            for kind, number in found
            if number
        ),
        align=("left", "right", "left"),
        widths=(0, 0, 1),
    )


def failures_table(failures: Sequence[tuple[str, str, str]]) -> Table:
    """Regions whose report could not be made, with the cause."""
    return Table(
        caption=text("table.failures_table_caption"),
        header=texts("table.failures_table_header"),
        rows=tuple(
            (region, wording.sentence_case(term("statuses", status)), cause) for region, status, cause in failures
        ),
        align=("left", "left", "left"),
        widths=(0, 0, 1),
    )


# --- for machines -----------------------------------------------------------------------------------------------------


def estimates_frame(effects: Iterable[Effect]) -> pd.DataFrame:
    """One row an effect: region, channel, value, lower, upper of the rate ratio (NaN where not estimable), reason."""
    rows = [
        {"region": effect.region, "channel": effect.channel, **_numbers_of(effect.rate_ratio)} for effect in effects
    ]
    return pd.DataFrame(rows, columns=["region", "channel", "value", "lower", "upper", "reason"])


def summary_frame(regions: Sequence[RegionSummary], channel: str) -> pd.DataFrame:
    """The same for one channel of stored results, with the campaign of each region as ``group``."""
    rows = [
        {
            "region": region.region,
            "channel": channel,
            "group": region.campaign_title or text("summary.comparison_regions"),
            **_numbers_of(result.rate_ratio),
        }
        for region in regions
        if (result := region.result(channel)) is not None
    ]
    return pd.DataFrame(rows, columns=["region", "channel", "group", "value", "lower", "upper", "reason"])


def results_frame(regions: Sequence[RegionSummary]) -> pd.DataFrame:
    """One row a region and channel with every stored number: the content of ``results.csv``."""
    from evalkit.report.exports import typed

    return typed("results", (_result_row(region, result) for region in regions for result in region.results))


def _result_row(region: RegionSummary, result: Any) -> dict[str, object]:
    from evalkit.report.costs import cost_of

    ratio, total, second = result.rate_ratio, result.cumulative_effect, result.second_opinion
    cost, each = region.cost, cost_of(result, region.cost, region.unit)
    return {
        "region": region.region,
        "channel": result.channel,
        "campaign": region.campaign_title or "",
        "comparison": region.is_comparison,
        "launch": str(region.launch),
        "unit": region.unit,
        "simulated": region.simulated,
        "model": result.model_label,
        "level": result.level,
        "periods_before": result.n_pre,
        "periods_after": result.n_post,
        **_window_columns(ratio),
        **_columns("rate_ratio", ratio),
        **_columns("cumulative_effect", total),
        **({} if second is None else _columns("second_rate_ratio", second)),
        "finding": str(wording.finding_of_interval(ratio)),
        "not_estimable": ratio.reason if isinstance(ratio, NotEstimable) else "",
        "verdicts": "; ".join(str(verdict.kind) for verdict in result.verdicts),
        "maryland_level": None if result.quality is None else result.quality.level_maryland.value,
        "nesta_level": None if result.quality is None else result.quality.level_nesta.value,
        "concerns": "; ".join(name for name, outcome in result.checks.items() if outcome == vocab.Outcome.FAILED),
        "cost": None if cost is None else cost.amount,
        "currency": "" if cost is None else cost.currency,
        **({} if each is None else _columns("cost_per_additional_contact", each)),
        "cost_not_estimable": each.reason if isinstance(each, NotEstimable) else "",
    }


def _window_columns(ratio: Estimate | NotEstimable) -> dict[str, str]:
    if isinstance(ratio, NotEstimable):
        return {}
    return {"window_start": str(ratio.window.start), "window_end": str(ratio.window.end)}


def _columns(name: str, result: Estimate | NotEstimable) -> dict[str, float | None]:
    parts = ("value", "lower", "upper")
    known = isinstance(result, Estimate)
    return {f"{name}_{part}": getattr(result, part) if known else None for part in parts}


def _numbers_of(result: Estimate | NotEstimable) -> dict[str, object]:
    if isinstance(result, NotEstimable):
        return {"value": float("nan"), "lower": float("nan"), "upper": float("nan"), "reason": result.reason}
    return {"value": result.value, "lower": result.lower, "upper": result.upper, "reason": ""}
