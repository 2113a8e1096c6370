"""How what goes in shows itself: contacts, designs, evaluations and plans; and the report that comes out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evalkit import vocab
from evalkit.catalogue import term, text, texts
from evalkit.contacts import Contacts
from evalkit.design import Design
from evalkit.errors import Problem
from evalkit.evaluation import Deviation, Evaluation, Plan, PlanReview
from evalkit.report import numbers, quality, wording
from evalkit.report.content import ChannelResult, RegionReport
from evalkit.report.disclosure import DisclosurePlan
from evalkit.report.display.shown import Shown, fields_table, shown, table
from evalkit.report.release import RegionRelease
from evalkit.report.tables import Table, checks_table, estimates_table, verdicts_table
from evalkit.simulate import Simulated


@shown.register
def _(result: Contacts) -> Shown:
    first, last = (numbers.period_text(period) for period in (result.periods[0], result.periods[-1]))
    return Shown(
        title=result.title or text("figure.checks.contacts"),
        sentence=text(
            f"display.contacts.sentence.{vocab.FREQUENCY_NAMES[result.frequency]}",
            regions=wording.sentence_case(numbers.plural(len(result.regions), "region")),
            channels=numbers.plural(len(result.channels), "channel"),
            first=first,
            last=last,
            counts=numbers.whole(len(result.frame)),
            unit=wording.unit_words(result.unit),
        ),
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.notes),
        tables=(_channels(result),),
        notes=(text("display.contacts.note", source=_name_of(result.source)),),
        simulated=result.simulated,
    )


def _channels(contacts: Contacts) -> Table:
    rows = []
    for channel in contacts.channels:
        counts = contacts.wide(channel).to_numpy(dtype=float)
        counted = counts[~np.isnan(counts)]
        figures = (counted.min(), float(np.median(counted)), counted.max())
        sizes = (counts.shape[1], counted.size, counts.size - counted.size, *figures)
        rows.append((wording.channel_name(channel), *(numbers.whole(size) for size in sizes)))
    noun = vocab.FREQUENCY_NAMES[contacts.frequency]
    return table(
        text("display.contacts.caption", unit=wording.unit_words(contacts.unit), period=numbers.singular_of(noun)),
        texts("display.contacts.header"),
        rows,
        right=range(1, 7),
    )


def _name_of(source: str) -> str:
    """The last part of a path: the folder is the reader's own affair."""
    return source.replace("\\", "/").rsplit("/", 1)[-1]


@shown.register
def _(result: Design) -> Shown:
    rows = [
        (
            name,
            text("display.design.campaign" if name in result.campaign_terms else "display.design.both"),
            numbers.interval(f"{column.min():.3g}", f"{column.max():.3g}"),
        )
        for name, column in zip(result.columns, result.with_campaign.T, strict=True)
    ]
    first, last = (numbers.period_text(period) for period in (result.periods[0], result.periods[-1]))
    beside = ""
    if result.comparison:
        names = numbers.plural(len(result.comparison.names), "comparison region")
        beside = text("display.design.beside", regions=names)
    return Shown(
        title=text("display.design.title", launch=numbers.period_text(result.launch)),
        sentence=text(
            "display.design.sentence",
            periods=numbers.plural(len(result.periods), numbers.period_noun(result.launch)),
            first=first,
            last=last,
            fitted=numbers.whole(result.used.sum()),
            window=numbers.whole(result.window.sum()),
            beside=beside,
        ),
        warnings=result.warnings,
        tables=(table(text("display.design.caption"), texts("display.design.header"), rows),),
        simulated=result.simulated,
    )


@shown.register
def _(result: Evaluation) -> Shown:
    files = [(name, path.name) for name, path in result.inputs.items()]
    asked = [
        (text("display.asked.regions"), ", ".join(result.regions) or text("display.asked.all")),
        (text("display.asked.channels"), ", ".join(result.channels) or text("display.asked.all")),
        (text("display.asked.reference"), result.reference_launch or text("display.asked.no_date")),
    ]
    who = text("display.asked.commissioner", name=result.commissioner) if result.commissioner else ""
    return Shown(
        title=result.title,
        sentence="\n".join(filter(None, (result.description, who))),
        tables=(
            table(text("display.asked.caption"), texts("display.asked.header"), asked),
            table(text("display.asked.files"), texts("display.asked.files_header"), files),
            fields_table(result.model),
        ),
    )


@shown.register
def _(result: Plan) -> Shown:
    rows = [
        (text("display.plan.frozen_on"), numbers.day_text(result.frozen_on)),
        (text("display.plan.data_end"), result.data_end),
        (text("display.plan.planned_end"), result.planned_end or text("display.plan.no_end")),
        (text("display.asked.regions"), numbers.whole(len(result.regions))),
        (text("display.asked.channels"), ", ".join(result.channels)),
        (text("display.plan.series"), numbers.whole(len(result.series))),
        (text("display.plan.version"), result.code_version),
        (text("display.plan.hash"), result.hash),
    ]
    what = table(text("display.plan.caption"), texts("display.plan.header"), rows)
    return Shown(title=text("display.plan.title", title=result.title), tables=(what,))


@shown.register
def _(result: Deviation) -> Shown:
    return Shown(
        title=text("display.deviation.title", kind=term("deviations", result.kind), what=result.what),
        sentence=text(
            "display.deviation.sentence",
            planned=result.planned or text("display.deviation.nothing"),
            found=result.found or text("display.deviation.nothing"),
        ),
    )


@shown.register
def _(result: Problem) -> Shown:
    return Shown(title=text("display.problem"), warnings=(f"{wording.finished(result.what)} {result.repair}",))


@shown.register
def _(result: PlanReview) -> Shown:
    return Shown(
        title=text("display.plan.review"),
        sentence=quality.plan_sentence(result),
        tables=(quality.deviations_table(result),) if result.deviations else (),
    )


@shown.register
def _(result: ChannelResult) -> Shown:
    parts = [shown(result.effect)]
    checks = (checks_table([result]),) if result.checks else ()
    verdicts = (verdicts_table([result]),) if result.verdicts else ()
    return changed(parts[0], tables=(*parts[0].tables, *checks, *verdicts))


@shown.register
def _(result: RegionRelease) -> Shown:
    """The published values alone: a release holds no others."""
    sentences = [
        wording.finding_sentence(one, unit=result.unit, placebo=result.is_comparison) for one in result.results
    ]
    return Shown(
        title=text("display.release.title", region=result.region),
        sentence="\n".join(sentences),
        warnings=result.notes,
        tables=(estimates_table(result.results, result.unit),),
        simulated=result.simulated,
    )


@shown.register
def _(result: DisclosurePlan) -> Shown:
    rows = [
        (region, wording.channel_name(channel), level or text("display.deviation.nothing"))
        for (region, channel), level in sorted(result.levels.items())
    ]
    left_out = sum(value is None for value in result.cells.values())
    return Shown(
        title=text("display.disclosure.title", profile=result.profile.name),
        sentence=text(
            "display.disclosure.sentence",
            series=numbers.plural(len(result.levels), "series"),
            cells=numbers.whole(len(result.cells)),
            left_out=numbers.whole(left_out),
        ),
        tables=(
            table(
                text("display.disclosure.caption"),
                texts("display.disclosure.header"),
                rows,
                where="levels",
            ),
        ),
    )


@shown.register
def _(result: RegionReport) -> Shown:
    warnings = [
        f"{wording.channel_title(one.channel)}: {warning}" for one in result.results for warning in one.effect.warnings
    ]
    sentences = [
        wording.finding_sentence(one.effect, unit=result.unit, placebo=result.is_comparison) for one in result.results
    ]
    claims = any(one.verdicts for one in result.results)
    return Shown(
        title=f"{result.region}: {result.campaign_title or text('display.report.comparison')}",
        sentence="\n".join(sentences),
        warnings=(*result.notes, *_unique(warnings)),
        tables=(
            estimates_table(result.results, result.unit),
            *([checks_table(result.results)] if any(one.checks for one in result.results) else []),
            *([verdicts_table(result.results)] if claims else []),
        ),
        simulated=result.simulated,
    )


@shown.register
def _(result: Simulated) -> Shown:
    inner = shown(result.contacts)
    return changed(inner, title=result.config.title)


def _unique(texts: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(texts)]


def changed(shown_: Shown, **changes: object) -> Shown:
    """The same display with some of its parts replaced."""
    from dataclasses import replace

    return replace(shown_, **changes)  # type: ignore[arg-type]  # the fields of Shown, by name
