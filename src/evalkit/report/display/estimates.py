"""How effects show themselves: one, many, pooled, by time since launch, and the numbers they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from evalkit import vocab
from evalkit.effect import Effect, Effects, Estimate, EventStudy, NotEstimable, Pooled
from evalkit.effect.estimate import Window
from evalkit.effect.pooled.pooled import Heterogeneity, LeftOut
from evalkit.report import numbers, wording
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.tables import Table, component_name, difference_unit, estimate_cells

_NONE = "–"
_ORDER = (vocab.RATE_RATIO, vocab.CUMULATIVE_EFFECT, vocab.LEVEL_CHANGE, vocab.SLOPE_CHANGE)


@shown.register
def _(result: Effect) -> Shown:
    where = ", ".join(part for part in (result.region, result.channel) if part) or "Series"
    return Shown(
        title=f"{where}: effect from {numbers.period_text(result.launch)}",
        sentence=wording.finding_sentence(result),
        warnings=result.warnings,
        tables=(effect_table(result),),
        notes=_small_print(result),
        simulated=result.simulated,
    )


def _small_print(effect: Effect) -> tuple[str, ...]:
    reminder = " Contacts are not people, and not prevented offences." if effect.design.kind == "counts" else ""
    return (f"{wording.chance_sentence([effect.numerator])}{reminder}",) if effect.estimable else ()


def effect_table(effect: Effect) -> Table:
    """Every estimand and component of one effect with its interval and window, or why there is none."""
    noun = numbers.period_noun(effect.launch)
    caption = (
        f"By {effect.model_label}, from {numbers.plural(effect.n_pre, noun)} before launch and {effect.n_post} from it "
        f"on; intervals at {numbers.level_text(effect.level)}."
    )
    rows = [
        (f"{_estimand(name, effect)}{difference_unit(effect.estimates[name])}", effect.estimates[name])
        for name in _ORDER
    ]
    rows += [(component_name(name, part), part) for name, part in effect.components.items()]
    other = effect.second_opinion
    rows += [] if other is None else [(f"Rate ratio by {other.model_label}", other.rate_ratio)]
    return table(
        caption,
        ("Quantity", "Estimate", "Interval", "Window, or why not"),
        [(name, *estimate_cells(part), _window_or_reason(part)) for name, part in rows],
        right=(1, 2),
    )


def _estimand(name: str, effect: Effect) -> str:
    return wording.ESTIMAND_NAMES[name].replace("contacts", effect.design.unit)


def _window_or_reason(result: Estimate | NotEstimable) -> str:
    if isinstance(result, NotEstimable):
        return f"Not estimable: {_reason(result)}"
    return wording.window_text(result.window)


@shown.register
def _(result: Effects) -> Shown:
    effects = list(result.values())
    known = sum(effect.estimable for effect in effects)
    warned = sum(bool(effect.warnings) for effect in effects)
    found = [wording.finding_of(effect) for effect in effects]
    counts = [
        f"{wording.finding_word(one).lower()}: {numbers.whole(found.count(one))}"
        for one in wording.Finding
        if one in found
    ]
    return Shown(
        title=f"Effects of {numbers.plural(len(effects), 'series')}, {numbers.whole(known)} estimable",
        sentence=wording.sentence_case(wording.finished("; ".join(counts))) if counts else "",
        warnings=(f"{numbers.whole(warned)} of the effects carry warnings; look at each before it is used",)
        if warned
        else (),
        tables=(_effects_table(effects),) if effects else (),
        simulated=any(effect.simulated for effect in effects),
    )


def _effects_table(effects: Sequence[Effect]) -> Table:
    rows = [
        (
            effect.region or "Series",
            effect.channel or _NONE,
            numbers.period_text(effect.launch, short=True),
            *estimate_cells(effect.rate_ratio),
            wording.finding_word(wording.finding_of(effect)),
        )
        for effect in effects
    ]
    levels = wording.listed([*dict.fromkeys(numbers.level_text(effect.level) for effect in effects)])
    return table(
        f"Rate ratio of each series over its window, with its {levels} interval.",
        ("Region", "Channel", "Launch", "Rate ratio", "Interval", "Finding"),
        rows,
        right=(3, 4),
        where="to_frame()",
    )


@shown.register
def _(result: Estimate) -> Shown:
    title = wording.ESTIMAND_NAMES.get(result.name, wording.sentence_case(result.name.replace("_", " ")))
    value, interval = estimate_cells(result)
    return Shown(
        title=title,
        sentence=f"{value} ({numbers.level_text(result.level)} interval {interval}), counted in: {result.unit}; "
        f"{wording.window_text(result.window)}.",
    )


@shown.register
def _(result: NotEstimable) -> Shown:
    return Shown(title="Not estimable", sentence=wording.sentence_case(_reason(result)))


def _reason(result: NotEstimable | LeftOut) -> str:
    return " ".join(wording.finished(part) for part in (result.reason, result.remedy) if part)


@shown.register
def _(result: Window) -> Shown:
    return Shown(title="Window", sentence=f"{wording.window_text(result)}; both ends included.")


@shown.register
def _(result: LeftOut) -> Shown:
    return Shown(title=f"Left out: {result.region}", sentence=_reason(result))


@shown.register
def _(result: Heterogeneity) -> Shown:
    return Shown(title="How far the effects of regions differ", sentence=_heterogeneity(result))


def _heterogeneity(found: Heterogeneity) -> str:
    return (
        f"Q is {found.q:.1f} on {found.df} degrees of freedom, about equal where regions differ by chance alone; "
        f"{numbers.percent(found.i2)} of the variance of the estimates lies between regions."
    )


@shown.register
def _(result: Pooled) -> Shown:
    name = wording.ESTIMAND_NAMES.get(result.estimand, result.estimand)
    notes = [_heterogeneity(result.heterogeneity)] if result.heterogeneity is not None else []
    notes.append("Contacts are not people.")
    return Shown(
        title=f"{name}: {numbers.plural(len(result.regions), 'region')} together, by {result.method}",
        sentence=_pooled_sentence(result),
        warnings=result.warnings,
        tables=(
            _together(result),
            _regions(result.regions, result.level),
            *([_left_out(result.left_out)] if result.left_out else []),
        ),
        notes=tuple(notes),
        simulated=result.simulated,
    )


def _pooled_sentence(pooled: Pooled) -> str:
    average, ahead = pooled.effect, pooled.new_region
    if isinstance(average, NotEstimable):
        return f"The average effect cannot be estimated: {wording.finished(average.reason)}"
    value, interval = estimate_cells(average)
    level = numbers.level_text(average.level)
    beside = "regions without a launch by then" if pooled.comparisons else "each region's own past"
    first = f"On average the ratio was {value} ({level} interval {interval}), compared with {beside}"
    if isinstance(ahead, NotEstimable):
        return f"{first}. What a further region may expect cannot be said: {wording.finished(ahead.reason)}"
    return f"{first}; in one further region of the same kind it would lie in {estimate_cells(ahead)[1]}."


def _together(pooled: Pooled) -> Table:
    rows = (
        ("Average of the regions", pooled.effect),
        ("In a new region", pooled.new_region),
        ("Spread between regions (log scale)", pooled.tau),
        ("If all regions had one effect", pooled.fixed),
    )
    return table(
        f"The regions together; intervals at {numbers.level_text(pooled.level)}.",
        ("Quantity", "Estimate", "Interval", "Window, or why not"),
        [(name, *estimate_cells(part), _window_or_reason(part)) for name, part in rows],
        right=(1, 2),
    )


def _regions(frame: pd.DataFrame, level: float) -> Table:
    rows = [
        (
            str(region),
            str(row["launch"]),
            f"{row['value']:.2f}",
            numbers.interval(f"{row['lower']:.2f}", f"{row['upper']:.2f}"),
            numbers.percent(row["weight"], 1),
        )
        for region, row in frame.iterrows()
    ]
    return table(
        f"Each region on its own, with its {numbers.level_text(level)} interval and its weight.",
        ("Region", "Launch", "Ratio", "Interval", "Weight"),
        rows,
        right=(2, 3, 4),
        where="to_frame()",
    )


def _left_out(left_out: Iterable[LeftOut]) -> Table:
    return table("Regions that do not count.", ("Region", "Why"), [(one.region, one.reason) for one in left_out])


@shown.register
def _(result: EventStudy) -> Shown:
    outside, bins = result.leads_outside
    before = (
        f"the average before launch was {estimate_cells(result.before)[0]} ({estimate_cells(result.before)[1]}), "
        if isinstance(result.before, Estimate)
        else ""
    )
    return Shown(
        title="Ratio by time since launch, average over regions",
        sentence=wording.sentence_case(
            f"{before}and {numbers.how_many(outside)} of {numbers.plural(bins, 'bin')} "
            "before launch has an interval without 1, where no effect should be."
        )
        if bins
        else "There are no bins before launch to test the method on.",
        warnings=result.warnings,
        tables=(
            _bins(result.table.to_dict("records"), vocab.FREQUENCY_NAMES[result.frequency], result.level),
            *([_left_out(result.left_out)] if result.left_out else []),
        ),
        notes=("Each interval is for its bin alone. Contacts are not people.",),
        simulated=result.simulated,
    )


def _bins(rows: Sequence[Mapping[object, object]], noun: str, level: float) -> Table:
    cells = []
    for row in rows:
        span = f"{row['first']} to {row['last']}".replace("-", numbers.MINUS)
        if row["reason"]:
            cells.append((span, _NONE, _NONE, _NONE, str(row["reason"])))
        else:
            ratio, ends = f"{row['value']:.2f}", numbers.interval(f"{row['lower']:.2f}", f"{row['upper']:.2f}")
            cells.append((span, ratio, ends, str(row["regions"]), ""))
    return table(
        f"Ratio in each bin of {numbers.plural_of(noun)} since launch (0 is the launch), with its "
        f"{numbers.level_text(level)} interval.",
        (f"{wording.sentence_case(numbers.plural_of(noun))} since launch", "Ratio", "Interval", "Regions", "Why not"),
        cells,
        right=(1, 2, 3),
    )
