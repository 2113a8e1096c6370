"""How what goes in shows itself: contacts, designs, evaluations and plans; and the report that comes out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evalkit import vocab
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
        title=result.title or "Contacts",
        sentence=(
            f"{wording.sentence_case(numbers.plural(len(result.regions), 'region'))} and "
            f"{numbers.plural(len(result.channels), 'channel')}, by {vocab.FREQUENCY_NAMES[result.frequency]} from "
            f"{first} to {last}: {numbers.whole(len(result.frame))} counts of {result.unit}."
        ),
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.notes),
        tables=(_channels(result),),
        notes=(f"Read from {_name_of(result.source)}. A contact is not a person. A missing count is not zero.",),
        simulated=result.simulated,
    )


def _channels(contacts: Contacts) -> Table:
    rows = []
    for channel in contacts.channels:
        counts = contacts.wide(channel).to_numpy(dtype=float)
        counted = counts[~np.isnan(counts)]
        figures = (counted.min(), float(np.median(counted)), counted.max())
        sizes = (counts.shape[1], counted.size, counts.size - counted.size, *figures)
        rows.append((channel, *(numbers.whole(size) for size in sizes)))
    noun = vocab.FREQUENCY_NAMES[contacts.frequency]
    return table(
        f"What was counted by channel. Least, median and most are {contacts.unit} in one region and {noun}.",
        ("Channel", "Regions", "Counts", "Missing", "Least", "Median", "Most"),
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
            "campaign" if name in result.campaign_terms else "with and without the campaign",
            f"{column.min():.3g} to {column.max():.3g}",
        )
        for name, column in zip(result.columns, result.with_campaign.T, strict=True)
    ]
    first, last = (numbers.period_text(period) for period in (result.periods[0], result.periods[-1]))
    beside = (
        f"; beside {numbers.plural(len(result.comparison.names), 'comparison region')}" if result.comparison else ""
    )
    return Shown(
        title=f"Design with its launch in {numbers.period_text(result.launch)}",
        sentence=(
            f"{numbers.plural(len(result.periods), numbers.period_noun(result.launch))} from {first} to {last}, of "
            f"which {numbers.whole(result.used.sum())} enter the fit and {numbers.whole(result.window.sum())} lie in "
            f"the window of the effect{beside}."
        ),
        warnings=result.warnings,
        tables=(table("The terms of the model.", ("Term", "Belongs to", "Values"), rows),),
        simulated=result.simulated,
    )


@shown.register
def _(result: Evaluation) -> Shown:
    files = [(name, path.name) for name, path in result.inputs.items()]
    asked = [
        ("Regions", ", ".join(result.regions) or "all in the contacts file"),
        ("Channels", ", ".join(result.channels) or "all in the contacts file"),
        ("Comparison regions are analysed at", result.reference_launch or "no date given"),
    ]
    return Shown(
        title=result.title,
        sentence="\n".join(filter(None, (result.description, result.commissioner and f"For {result.commissioner}."))),
        tables=(
            table("What was asked.", ("Setting", "Value"), asked),
            table("The files it rests on.", ("What", "File"), files),
            fields_table(result.model),
        ),
    )


@shown.register
def _(result: Plan) -> Shown:
    rows = [
        ("Frozen on", numbers.day_text(result.frozen_on)),
        ("Data ended", result.data_end),
        ("Planned end of data", result.planned_end or "none was given"),
        ("Regions", numbers.whole(len(result.regions))),
        ("Channels", ", ".join(result.channels)),
        ("Series recorded", numbers.whole(len(result.series))),
        ("Version of evalkit", result.code_version),
        ("Hash", result.hash),
    ]
    return Shown(title=f"Plan: {result.title}", tables=(table("What was frozen.", ("What", "Value"), rows),))


@shown.register
def _(result: Deviation) -> Shown:
    return Shown(
        title=f"Deviation: {result.kind}, {result.what}",
        sentence=f"Planned: {result.planned or 'nothing'}. Now: {result.found or 'nothing'}.",
    )


@shown.register
def _(result: Problem) -> Shown:
    return Shown(title="Problem", warnings=(f"{wording.finished(result.what)} {result.repair}",))


@shown.register
def _(result: PlanReview) -> Shown:
    return Shown(
        title="The plan, and what differs from it",
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
        title=f"{result.region}: what may be published",
        sentence="\n".join(sentences),
        warnings=result.notes,
        tables=(estimates_table(result.results, result.unit),),
        simulated=result.simulated,
    )


@shown.register
def _(result: DisclosurePlan) -> Shown:
    rows = [(region, channel, level or "nothing") for (region, channel), level in sorted(result.levels.items())]
    left_out = sum(value is None for value in result.cells.values())
    return Shown(
        title=f"Disclosure plan, profile {result.profile.name}",
        sentence=(
            f"{numbers.plural(len(result.levels), 'series')}; of {numbers.whole(len(result.cells))} counts and totals "
            f"{numbers.whole(left_out)} are left out. The plan holds no count that is not published."
        ),
        tables=(
            table(
                "The period at which each series is published (D, W, M, Q, Y).",
                ("Region", "Channel", "Published by"),
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
        title=f"{result.region}: {result.campaign_title or 'comparison region, no campaign'}",
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
