"""How effects show themselves: one, many, pooled, by time since launch, and the numbers they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text, texts
from evalkit.effect import Effect, Effects, Estimate, EventStudy, NotEstimable, Pooled
from evalkit.effect.estimate import Window
from evalkit.effect.names import shown_name
from evalkit.effect.pooled.pooled import Heterogeneity, LeftOut
from evalkit.report import captions, numbers, wording
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.tables import Table, component_name, difference_unit, estimate_cells

_NONE = "–"
_ORDER = (vocab.RATE_RATIO, vocab.CUMULATIVE_EFFECT, vocab.LEVEL_CHANGE, vocab.SLOPE_CHANGE)


@shown.register
def _(result: Effect) -> Shown:
    where = _where(result.region, result.channel) or text("display.effect.series")
    return Shown(
        title=text("display.effect.title", where=where, launch=numbers.period_text(result.launch)),
        sentence=wording.finding_sentence(result),
        warnings=result.warnings,
        tables=(effect_table(result),),
        notes=_small_print(result),
        simulated=result.simulated,
    )


def _where(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _small_print(effect: Effect) -> tuple[str, ...]:
    said = [captions.chance_sentence([effect.numerator])]
    said += [text("display.effect.reminder")] if effect.design.kind == "counts" else []
    return (" ".join(said),) if effect.estimable else ()


def effect_table(effect: Effect) -> Table:
    """Every estimand and component of one effect with its interval and window, or why there is none."""
    noun = numbers.period_noun(effect.launch)
    caption = text(
        "display.effect.caption",
        model=effect.model_label,
        before=numbers.plural(effect.n_pre, noun),
        after=effect.n_post,
        level=numbers.level_text(effect.level),
    )
    rows = [
        (f"{_estimand(name, effect)}{difference_unit(effect.estimates[name])}", effect.estimates[name])
        for name in _ORDER
    ]
    rows += [(component_name(name, part), part) for name, part in effect.components.items()]
    other = effect.second_opinion
    rows += [] if other is None else [(text("display.effect.second", model=other.model_label), other.rate_ratio)]
    return table(
        caption,
        texts("display.effect.header"),
        [(name, *estimate_cells(part), _window_or_reason(part)) for name, part in rows],
        right=(1, 2),
    )


def _estimand(name: str, effect: Effect) -> str:
    return wording.estimand_name(name, effect.design.unit)


def _window_or_reason(result: Estimate | NotEstimable) -> str:
    if isinstance(result, NotEstimable):
        return text("display.not_estimable_because", reason=_reason(result))
    return wording.window_text(result.window)


@shown.register
def _(result: Effects) -> Shown:
    effects = list(result.values())
    known = sum(effect.estimable for effect in effects)
    warned = sum(bool(effect.warnings) for effect in effects)
    found = [wording.finding_of(effect) for effect in effects]
    counts = [
        text("display.effects.found", finding=text(f"display.effects.{one.name.lower()}"), number=found.count(one))
        for one in wording.Finding
        if one in found
    ]
    return Shown(
        title=text("display.effects.title", series=numbers.plural(len(effects), "series"), number=numbers.whole(known)),
        sentence=wording.sentence_case(wording.finished("; ".join(counts))) if counts else "",
        warnings=(text("display.effects.warned", number=numbers.whole(warned)),) if warned else (),
        tables=(_effects_table(effects),) if effects else (),
        simulated=any(effect.simulated for effect in effects),
    )


def _effects_table(effects: Sequence[Effect]) -> Table:
    rows = [
        (
            effect.region or text("display.effect.series"),
            wording.channel_name(effect.channel or _NONE),
            numbers.period_text(effect.launch, short=True),
            *estimate_cells(effect.rate_ratio),
            wording.finding_word(wording.finding_of(effect)),
        )
        for effect in effects
    ]
    levels = wording.listed([*dict.fromkeys(numbers.level_text(effect.level) for effect in effects)])
    return table(
        text("display.effects.caption", levels=levels),
        texts("display.effects.header"),
        rows,
        right=(3, 4),
        where="to_frame()",
    )


@shown.register
def _(result: Estimate) -> Shown:
    title = wording.sentence_case(shown_name(wording.estimand_name(result.name)))
    value, interval = estimate_cells(result)
    return Shown(
        title=title,
        sentence=text(
            "display.estimate.sentence",
            value=value,
            level=numbers.level_text(result.level),
            interval=interval,
            unit=wording.unit_words(result.unit),
            window=wording.window_text(result.window),
        ),
    )


@shown.register
def _(result: NotEstimable) -> Shown:
    return Shown(title=text("display.not_estimable"), sentence=wording.sentence_case(_reason(result)))


def _reason(result: NotEstimable | LeftOut) -> str:
    return " ".join(wording.finished(part) for part in (result.reason, result.remedy) if part)


@shown.register
def _(result: Window) -> Shown:
    return Shown(
        title=text("display.window.title"),
        sentence=text("display.window.sentence", window=wording.window_text(result)),
    )


@shown.register
def _(result: LeftOut) -> Shown:
    return Shown(title=text("display.left_out.title", region=result.region), sentence=_reason(result))


@shown.register
def _(result: Heterogeneity) -> Shown:
    return Shown(title=text("display.pooled.differences"), sentence=_heterogeneity(result))


def _heterogeneity(found: Heterogeneity) -> str:
    share = numbers.percent(found.i2)
    return text("display.pooled.heterogeneity", q=f"{found.q:.1f}", df=found.df, share=share)


@shown.register
def _(result: Pooled) -> Shown:
    name = wording.estimand_name(result.estimand)
    notes = [_heterogeneity(result.heterogeneity)] if result.heterogeneity is not None else []
    notes.append(text("display.not_people"))
    return Shown(
        title=text(
            "display.pooled.title",
            name=name,
            regions=numbers.plural(len(result.regions), "region"),
            method=result.method,
        ),
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
        return text("display.pooled.no_average", reason=wording.finished(average.reason))
    value, interval = estimate_cells(average)
    first = text(
        "display.pooled.beside_others" if pooled.comparisons else "display.pooled.beside_past",
        value=value,
        level=numbers.level_text(average.level),
        interval=interval,
    )
    if isinstance(ahead, NotEstimable):
        return text("display.pooled.new_unknown", average=first, reason=wording.finished(ahead.reason))
    return text("display.pooled.new", average=first, interval=estimate_cells(ahead)[1])


def _together(pooled: Pooled) -> Table:
    rows = (
        (text("figure.pooled.average"), pooled.effect),
        (text("display.pooled.in_new"), pooled.new_region),
        (text("display.pooled.spread"), pooled.tau),
        (text("display.pooled.fixed"), pooled.fixed),
    )
    return table(
        text("display.pooled.caption", level=numbers.level_text(pooled.level)),
        texts("display.effect.header"),
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
        text("display.pooled.regions_caption", level=numbers.level_text(level)),
        texts("display.pooled.regions_header"),
        rows,
        right=(2, 3, 4),
        where="to_frame()",
    )


def _left_out(left_out: Iterable[LeftOut]) -> Table:
    rows = [(one.region, one.reason) for one in left_out]
    return table(text("display.left_out.caption"), texts("display.left_out.header"), rows)


@shown.register
def _(result: EventStudy) -> Shown:
    outside, bins = result.leads_outside
    return Shown(
        title=text("display.event_study.title"),
        sentence=_before(result, outside, bins) if bins else text("display.event_study.no_bins"),
        warnings=result.warnings,
        tables=(
            _bins(result.table.to_dict("records"), vocab.FREQUENCY_NAMES[result.frequency], result.level),
            *([_left_out(result.left_out)] if result.left_out else []),
        ),
        notes=(text("display.event_study.note"),),
        simulated=result.simulated,
    )


def _before(result: EventStudy, outside: int, bins: int) -> str:
    """What the time before launch, where no effect should be, says of the method."""
    said = {"outside": numbers.how_many(outside), "bins": numbers.plural(bins, "bin")}
    if not isinstance(result.before, Estimate):
        return text("display.event_study.outside", **said)
    value, interval = estimate_cells(result.before)
    return text("display.event_study.average_and_outside", value=value, interval=interval, **said)


def _bins(rows: Sequence[Mapping[object, object]], noun: str, level: float) -> Table:
    cells = []
    for row in rows:
        span = numbers.interval(str(row["first"]), str(row["last"])).replace("-", numbers.MINUS)
        if row["reason"]:
            cells.append((span, _NONE, _NONE, _NONE, str(row["reason"])))
        else:
            ratio, ends = f"{row['value']:.2f}", numbers.interval(f"{row['lower']:.2f}", f"{row['upper']:.2f}")
            cells.append((span, ratio, ends, str(row["regions"]), ""))
    return table(
        text("display.event_study.caption", periods=numbers.plural_of(noun), level=numbers.level_text(level)),
        (
            text("display.event_study.since", periods=wording.sentence_case(numbers.plural_of(noun))),
            *texts("display.event_study.header"),
        ),
        cells,
        right=(1, 2, 3),
    )
