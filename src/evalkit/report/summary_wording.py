"""The sentences of the pages over all regions: numbers of regions and claims, never a sum of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.report.numbers import how_many, in_words, plural
from evalkit.report.wording import (
    ASSUMPTIONS,
    ASSUMPTIONS_COMPARED,
    SUMMARY_LIMITATIONS,
    Finding,
    channel_title,
    counted,
    listed,
    sentence_case,
)

_OWN_PAST: Final = text("summary.own_past")
_COMPARED: Final = text("summary.compared")


def summary_headline(channel: str, unit: str, findings: Sequence[Finding]) -> str:
    """How many campaign regions came out which way, for one channel. Numbers of regions, never a sum of contacts."""
    of = plural(len(findings), "region")
    if not findings:
        return f"No region with a campaign has {counted(channel, unit)}."
    parts = [
        _region_count(findings, Finding.HIGHER, f"more {unit} than expected without the campaign"),
        _region_count(findings, Finding.LOWER, f"fewer {unit} than expected without it"),
        _region_count(findings, Finding.NO_CLEAR_CHANGE, "no clear change"),
        _region_count(findings, Finding.UNCLEAR, "an interval too wide to tell"),
    ]
    shown = [part for part in parts if part]
    failed = findings.count(Finding.NOT_ESTIMABLE)
    rest = f"; in {in_words(failed)} the data cannot say" if failed else ""
    body = f"{listed(shown)}{rest}" if shown else f"in {in_words(failed)} the data cannot say"
    return f"{sentence_case(counted(channel, unit))}: of {of} with a campaign, {body}."


def _region_count(findings: Sequence[Finding], finding: Finding, words: str) -> str:
    number = findings.count(finding)
    return f"{in_words(number)} {'show' if number != 1 else 'shows'} {words}" if number else ""


def placebo_headline(channel: str, unit: str, findings: Sequence[Finding], level: float) -> str:
    """How many comparison regions show a change where no campaign ran, and how many chance would give."""
    tried = [finding for finding in findings if finding is not Finding.NOT_ESTIMABLE]
    if not tried:
        return f"{sentence_case(counted(channel, unit))}: no comparison region could be analysed."
    moved = sum(finding in {Finding.HIGHER, Finding.LOWER} for finding in tried)
    expected = (1 - level) * len(tried)
    chance = "fewer than one" if expected < 0.95 else f"about {in_words(round(expected))}"
    return (
        f"{sentence_case(counted(channel, unit))}: of {plural(len(tried), 'comparison region')} in which no campaign "
        f"ran, {how_many(moved)} {'shows' if moved < 2 else 'show'} a change all the same; {chance} would be "
        "expected by chance."
    )


def verdicts_headline(kinds: Sequence[vocab.VerdictKind]) -> str:
    """How many published claims came out which way."""
    if not kinds:
        return "No published claim was given to check."
    counts = [(kind, list(kinds).count(kind)) for kind in vocab.VerdictKind]
    parts = [f"{in_words(number)} {_verb(kind, number)}{kind}" for kind, number in counts if number]
    return f"Of {plural(len(kinds), 'published claim')} checked, {listed(parts)}."


def _verb(kind: vocab.VerdictKind, number: int) -> str:
    if kind is vocab.VerdictKind.CANNOT_BE_CHECKED:
        return ""
    return "is " if number == 1 else "are "


def failures_sentence(done: int, failed: int) -> str:
    """How many reports were made and how many failed."""
    made = f"{plural(done, 'region report')} {'was' if done == 1 else 'were'} made"
    if not failed:
        return f"{made}; none failed."
    return f"{made}; {in_words(failed)} failed, with the {'cause' if failed == 1 else 'causes'} below."


def disagreements_sentence(disagree: int, compared: int) -> str:
    """In how many series the second method disagrees with the main one."""
    if not compared:
        return "No second method was run."
    return (
        f"Segmented regression, run beside the main model on {plural(compared, 'series')}, disagrees in "
        f"{how_many(disagree)}."
    )


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
    first = (
        f"Did {unit} with the service ({via}) change after {_campaigns(names)} began, by how much, and do the "
        "published claims hold?"
    )
    how = (
        "each beside regions that had no campaign. What was counted after launch was compared with what those regions "
        "and the time before launch lead to expect."
        if compared
        else "each on its own. Each region's trend and season before launch were carried on, and what was counted "
        "afterwards was compared with that."
    )
    second = (
        f"{sentence_case(plural(campaigns, 'region', words=True))} with a campaign and "
        f"{plural(comparisons, 'comparison region', words=True)} without one were analysed, {how}"
    )
    return [first, second]


def limitations(*, compared: bool) -> list[str]:
    """The limits of the pages over all regions; ``compared`` where the model reads comparison regions side by side."""
    return [*SUMMARY_LIMITATIONS[:2], _COMPARED if compared else _OWN_PAST, *SUMMARY_LIMITATIONS[2:]]


def assumptions(*, compared: bool) -> list[str]:
    """What would have to be true, as on the page of a region; events are listed there, not on these pages."""
    shown = (*ASSUMPTIONS_COMPARED[:-1], ASSUMPTIONS[-1]) if compared else ASSUMPTIONS
    return [text.replace("is marked in the chart", "is listed in each region's report") for text in shown]


def _campaigns(names: Sequence[str]) -> str:
    return "the campaign" if len(names) == 1 else f"{in_words(len(names))} campaigns" if names else "a campaign"


def tile_regions(higher: int, regions: int, channel: str) -> tuple[str, str, str]:
    """How many campaign regions show more, on the leading channel."""
    return f"{higher} of {regions}", "campaign regions show more than expected", channel_title(channel)


def tile_supported(supported: int, claims: int) -> tuple[str, str, str]:
    """How many published claims are supported, where any was given."""
    return (
        f"{supported} of {claims}",
        f"published {'claim is' if claims == 1 else 'claims are'} supported",
        "All channels",
    )


def tile_placebo(moved: int, tried: int, channel: str, *, asked: int) -> tuple[str, str, str]:
    """How many comparison regions show a change although no campaign ran, of those that could be analysed."""
    if not asked:
        return "None", "comparison region to compare with", "Weak evidence: no comparison"
    if not tried:
        return "None", "comparison region could be analysed", channel_title(channel)
    return f"{moved} of {tried}", "comparison regions show a change too", channel_title(channel)


def cards_caption(channel: str, unit: str) -> str:
    """How to read the small charts of the index."""
    return (
        f"{sentence_case(counted(channel, unit))}, each region on its own scale from 0. Solid: what was counted. "
        "Dashed: what would be expected without the campaign. Shaded: from launch on (in comparison regions, from "
        "the placebo date)."
    )
