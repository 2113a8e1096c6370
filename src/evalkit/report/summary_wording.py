"""The sentences of the pages over all regions: numbers of regions and claims, never a sum of contacts."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit import vocab
from evalkit.catalogue import text, texts
from evalkit.report import wording
from evalkit.report.numbers import how_many, in_words, plural
from evalkit.report.wording import (
    Finding,
    channel_title,
    counted,
    listed,
    sentence_case,
    unit_words,
    verdict_word,
)


def summary_headline(channel: str, unit: str, findings: Sequence[Finding]) -> str:
    """How many campaign regions came out which way, for one channel. Numbers of regions, never a sum of contacts."""
    if not findings:
        return text("summary.headline.none", counted=counted(channel, unit))
    parts = [
        _region_count(findings, Finding.HIGHER, text("summary.headline.higher", unit=unit_words(unit))),
        _region_count(findings, Finding.LOWER, text("summary.headline.lower", unit=unit_words(unit))),
        _region_count(findings, Finding.NO_CLEAR_CHANGE, text("summary.headline.no_clear_change")),
        _region_count(findings, Finding.UNCLEAR, text("summary.headline.unclear")),
    ]
    shown = [part for part in parts if part]
    failed = findings.count(Finding.NOT_ESTIMABLE)
    rest = text("summary.headline.cannot_say", number=in_words(failed)) if failed else ""
    body = "; ".join(filter(None, (listed(shown), rest)))
    of = plural(len(findings), "region")
    return text("summary.headline.line", subject=sentence_case(counted(channel, unit)), regions=of, found=body)


def _region_count(findings: Sequence[Finding], finding: Finding, what: str) -> str:
    number = findings.count(finding)
    key = "summary.headline.shows" if number == 1 else "summary.headline.show"
    return text(key, number=in_words(number), what=what) if number else ""


def placebo_headline(channel: str, unit: str, findings: Sequence[Finding], level: float) -> str:
    """How many comparison regions show a change where no campaign ran, and how many chance would give."""
    tried = [finding for finding in findings if finding is not Finding.NOT_ESTIMABLE]
    if not tried:
        return text("summary.placebo.none", subject=sentence_case(counted(channel, unit)))
    moved = sum(finding in {Finding.HIGHER, Finding.LOWER} for finding in tried)
    expected = (1 - level) * len(tried)
    few = expected < 0.95
    chance = text("summary.placebo.below_one") if few else text("words.about", number=in_words(round(expected)))
    return text(
        "summary.placebo.shows" if moved < 2 else "summary.placebo.show",
        subject=sentence_case(counted(channel, unit)),
        regions=plural(len(tried), "comparison region"),
        moved=how_many(moved),
        chance=chance,
    )


def verdicts_headline(kinds: Sequence[vocab.VerdictKind]) -> str:
    """How many published claims came out which way."""
    if not kinds:
        return text("summary.verdicts.none")
    counts = [(kind, list(kinds).count(kind)) for kind in vocab.VerdictKind]
    parts = [_verdict_count(kind, number) for kind, number in counts if number]
    return text("summary.verdicts.line", claims=plural(len(kinds), "published claim"), found=listed(parts))


def _verdict_count(kind: vocab.VerdictKind, number: int) -> str:
    key = "one" if number == 1 else "many"
    if kind is vocab.VerdictKind.CANNOT_BE_CHECKED:
        key = "bare"
    return text(f"summary.verdicts.{key}", number=in_words(number), verdict=verdict_word(kind))


def failures_sentence(done: int, failed: int) -> str:
    """How many reports were made and how many failed."""
    made = text("summary.made_one" if done == 1 else "summary.made", reports=plural(done, "region report"))
    if not failed:
        return text("summary.none_failed", made=made)
    return text("summary.failed_one" if failed == 1 else "summary.failed", made=made, number=in_words(failed))


def disagreements_sentence(disagree: int, compared: int) -> str:
    """In how many series the second method disagrees with the main one."""
    if not compared:
        return text("second.none")
    return text("summary.disagrees", series=plural(compared, "series"), number=how_many(disagree))


def asked_paragraphs(
    *,
    campaigns: int,
    comparisons: int,
    names: Sequence[str],
    channels: Sequence[str],
    unit: str,
    compared: bool = False,
) -> list[str]:
    """What was asked, of which regions, and how it was answered."""
    via = listed([counted(channel, "").strip() for channel in channels])
    first = text("summary.asked.question", unit=unit_words(unit), channels=via, campaigns=_campaigns(names))
    second = text(
        "summary.asked.compared" if compared else "summary.asked.own",
        regions=sentence_case(plural(campaigns, "region", words=True)),
        comparisons=plural(comparisons, "comparison region", words=True),
    )
    return [first, second]


def limitations(*, compared: bool) -> list[str]:
    """The limits of the pages over all regions; ``compared`` where the model reads comparison regions side by side."""
    of_all = texts("wording.summary_limitations")
    return [*of_all[:2], text("summary.compared" if compared else "summary.own_past"), *of_all[2:]]


def assumptions(*, compared: bool) -> list[str]:
    """What would have to be true, as on the page of a region; events are listed there, not on these pages."""
    return list(wording.assumptions(compared=compared, events_listed=True))


def _campaigns(names: Sequence[str]) -> str:
    if len(names) == 1:
        return text("summary.asked.the_campaign")
    if not names:
        return text("summary.asked.a_campaign")
    return text("summary.asked.campaigns", number=in_words(len(names)))


def tile_regions(higher: int, regions: int, channel: str) -> tuple[str, str, str]:
    """How many campaign regions show more, on the leading channel."""
    return _of(higher, regions), text("tile.regions"), channel_title(channel)


def _of(number: int, all_of_them: int) -> str:
    return text("words.of", number=number, all=all_of_them)


def tile_supported(supported: int, claims: int) -> tuple[str, str, str]:
    """How many published claims are supported, where any was given."""
    label = text("tile.supported_one" if claims == 1 else "tile.supported")
    return _of(supported, claims), label, text("tile.all_channels")


def tile_placebo(moved: int, tried: int, channel: str, *, asked: int) -> tuple[str, str, str]:
    """How many comparison regions show a change although no campaign ran, of those that could be analysed."""
    if not asked:
        return text("tile.none"), text("tile.no_comparison"), text("tile.weak")
    if not tried:
        return text("tile.none"), text("tile.none_analysed"), channel_title(channel)
    return _of(moved, tried), text("tile.placebo"), channel_title(channel)


def cards_caption(channel: str, unit: str) -> str:
    """How to read the small charts of the index."""
    return text("summary.cards", subject=sentence_case(counted(channel, unit)))
