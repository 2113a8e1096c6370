"""The limits that belong to the data of one region: each is said only where the data give reason to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.report import numbers, wording
from evalkit.report.reading import methods_disagree
from evalkit.report.wording import Finding

if TYPE_CHECKING:
    from evalkit.registers import Event
    from evalkit.report.release import ChannelView, RegionRelease

_FEW_YEARS: Final = 2
_MOST_NAMED: Final = 3


def own_limits(report: RegionRelease) -> list[str]:
    """What weakens this result in particular, channel by channel, then for all channels."""
    date = text("words.placebo_date" if report.is_comparison else "words.launch")
    said = [sentence for view in report.results for sentence in _of_channel(view, date)]
    lead = report.results[0]
    within = [event.title or event.event for event in events_within(report)]
    if within:
        more = len(within) - _MOST_NAMED
        named = [*within[:_MOST_NAMED], *([text("words.more", number=numbers.in_words(more))] if more > 0 else [])]
        said.append(text("limits.events", events=wording.listed(named)))
    beside = "compared" if lead.compared else "looked_at" if _looked_at(report) else "single"
    said.append(text(f"limits.{beside}", date=date))
    if report.shared_launch:
        said.append(text("limits.shared_launch"))
    return said


def _looked_at(report: RegionRelease) -> bool:
    """Whether a check of the first channel was run on comparison regions."""
    return any(
        check.name in wording.ON_OTHER_REGIONS and check.outcome != vocab.Outcome.NOT_RUN
        for check in report.results[0].checks
    )


def events_within(report: RegionRelease) -> list[Event]:
    """Events that began between the launch and the end of the window of the first channel."""
    window = report.results[0].window
    if window is None:
        return []
    first, last = report.launch.start_time.date(), window.end.end_time.date()
    return [event for event in report.events if event.start.start is not None and first <= event.start.start <= last]


def _of_channel(view: ChannelView, date: str) -> Iterator[str]:
    channel, noun = wording.channel_title(view.channel), numbers.period_noun(view.launch)
    finding = wording.finding_of_interval(view.rate_ratio)
    if finding is Finding.NOT_ESTIMABLE:
        yield text("limits.not_estimable", channel=channel)
    a_year = vocab.PERIODS_PER_YEAR[numbers.frequency_of(view.launch)]
    if view.n_pre < _FEW_YEARS * a_year:
        yield text("limits.few_years", channel=channel, count=numbers.plural(view.n_pre, noun), date=date)
    if view.n_post > view.n_pre:
        yield text("limits.longer_after", channel=channel, date=date)
    if view.gaps:
        yield text("limits.gaps", channel=channel, count=numbers.plural(view.gaps, noun))
    if finding is Finding.UNCLEAR:
        yield text("limits.wide", channel=channel)
    if methods_disagree(view):
        yield text("limits.disagree", channel=channel)
    failed = [check.name for check in view.checks if check.outcome == vocab.Outcome.FAILED]
    if failed:
        yield text("limits.failed", channel=channel, checks=wording.listed(failed))
