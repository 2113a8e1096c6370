"""How strong the evidence over all regions is: levels, failed checks, and what stands out among so many looks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.check.many import adjusted
from evalkit.report.numbers import how_many, in_words, percent, plural
from evalkit.report.wording import Finding, check_name, finding_of_interval, listed, sentence_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evalkit.check.quality import Level
    from evalkit.report.content import ChannelSummary, RegionSummary

_MOST_NAMED: Final = 4


def evidence_sentences(regions: Sequence[RegionSummary]) -> list[str]:
    """What may be believed of the results of campaign regions, in a few sentences; empty where there are none."""
    results = [result for region in regions for result in region.results]
    if not results:
        return []
    return [text("evidence.what_a_result_is"), *_levels(results), _looks(results), _checks(results)]


def _levels(results: Sequence[ChannelSummary]) -> list[str]:
    """Where the results stand on both scales; empty where no quality statement was made."""
    stated = [result.quality for result in results if result.quality is not None]
    if not stated:
        return []
    maryland = _on_scale([statement.level_maryland for statement in stated])
    nesta = _on_scale([statement.level_nesta for statement in stated])
    return [f"{maryland} {text('evidence.what_levels_mean')}", nesta]


def _on_scale(levels: Sequence[Level]) -> str:
    found = Counter(level.value for level in levels)
    ranked = sorted((value for value in found if value is not None), reverse=True)
    highest = levels[0].highest
    parts = [text("evidence.at_level", number=in_words(found[value]), level=value, highest=highest) for value in ranked]
    parts += [text("evidence.at_no_level", number=in_words(found[None]))] if found[None] else []
    return text("evidence.on_scale", scale=levels[0].scale, results=_of(len(levels)), found=listed(parts))


def _looks(results: Sequence[ChannelSummary]) -> str:
    """How many changes stand out alone, and how many among all that were looked at (Benjamini and Hochberg 1995)."""
    known = [result for result in results if result.tail is not None]
    if not known:
        return text("evidence.none_estimated")
    alone = np.array([finding_of_interval(result.rate_ratio) in (Finding.HIGHER, Finding.LOWER) for result in known])
    rate = 1 - known[0].level
    among = adjusted(np.array([result.tail for result in known], dtype=np.float64)) <= rate
    first, still = int(alone.sum()), int((alone & among).sum())
    alone_said = text(
        "evidence.alone_one" if first == 1 else "evidence.alone",
        number=sentence_case(how_many(first)),
        results=_of(len(known)),
    )
    return text(
        "evidence.among_one" if still == 1 else "evidence.among",
        alone=alone_said,
        number=how_many(still),
        rate=percent(rate),
    )


def _checks(results: Sequence[ChannelSummary]) -> str:
    """In how many results a check failed, and which ones most often."""
    failed = Counter(name for result in results for name in _failed(result))
    some = sum(bool(list(_failed(result))) for result in results)
    if not some:
        return text("evidence.none_failed", results=_of(len(results)))
    named = [f"{check_name(name)} ({number})" for name, number in failed.most_common(_MOST_NAMED)]
    more = len(failed) - len(named)
    rest = text("evidence.other_checks", checks=plural(more, "other check", words=True)) if more else ""
    return text(
        "evidence.failed",
        number=in_words(some),
        results=_of(len(results)),
        checks=f"{listed(named)}{rest}",
    )


def _failed(result: ChannelSummary) -> Iterable[str]:
    return (name for name, outcome in result.checks.items() if outcome == vocab.Outcome.FAILED)


def _of(number: int) -> str:
    return plural(number, "result")
