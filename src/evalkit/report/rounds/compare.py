"""What changed between two rounds, from what each published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.display import Displayed
from evalkit.effect import Estimate, NotEstimable
from evalkit.report import tables, wording
from evalkit.report.content import ChannelSummary, RegionSummary, estimate_from
from evalkit.report.disclosure.profiles import named_profile
from evalkit.report.rounds.difference import Change, RegionDifference, RoundsDifference
from evalkit.report.rounds.noise import moved
from evalkit.report.rounds.reasons import data_reasons, round_reasons

if TYPE_CHECKING:
    from evalkit.report.disclosure.profiles import Profile

_ABSENT: Final = "–"
_ESTIMANDS: Final = (vocab.RATE_RATIO, vocab.LEVEL_CHANGE, vocab.SLOPE_CHANGE, vocab.CUMULATIVE_EFFECT)
Estimates = Mapping[str, Estimate | NotEstimable]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Round(Displayed):
    """What one round published, and what its internal part adds where that is at hand.

    Attributes
    ----------
    name : str
        What the round is called.
    manifest : mapping
        ``manifest.json``.
    regions : mapping of str to mapping
        The JSON file of each region that has a report, by region.
    inputs : mapping, optional
        ``internal/inputs.json``: hashes of every input file and every series; None where only the published part is
        at hand.
    suppressed : mapping of (region, channel, period) to bool, optional
        Which counts of ``counts.csv`` were left out; None where the file is not at hand.
    """

    name: str
    manifest: Mapping[str, Any]
    regions: Mapping[str, Mapping[str, Any]]
    inputs: Mapping[str, Any] | None = None
    suppressed: Mapping[tuple[str, str, str], bool] | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """Regions that were asked for and have no report."""
        return tuple(row["region"] for row in self.manifest["reports"] if row["status"] != "done")


def compare_rounds(first: Round, second: Round) -> RoundsDifference:
    """What the second round says otherwise than the first, region by region.

    Only published values are compared. A number that moved by no more than rounding and simulation explain is not
    called changed (:func:`evalkit.report.rounds.noise.moved`).

    Raises
    ------
    ReportError
        A stored result is of another layout.
    """
    both = [region for region in second.regions if region in first.regions]
    failed = dict.fromkeys([*first.failed, *second.failed])
    shared = round_reasons(first, second)
    return RoundsDifference(
        first=first.name,
        second=second.name,
        reasons=shared,
        regions=tuple(_region(region, first, second, shared) for region in both),
        added=tuple(region for region in second.regions if region not in first.regions and region not in failed),
        removed=tuple(region for region in first.regions if region not in second.regions and region not in failed),
        failed=tuple(failed),
    )


def _region(region: str, first: Round, second: Round, shared: Sequence[str]) -> RegionDifference:
    before, after = first.regions[region], second.regions[region]
    profile = _coarser(first, second)
    changes: list[Change] = []
    noise = 0
    summaries = [RegionSummary.from_dict(one) for one in (before, after)]
    channels = dict.fromkeys(result.channel for summary in summaries for result in summary.results)
    for channel in channels:
        results = [summary.result(channel) for summary in summaries]
        values = [_estimates(one, channel) for one in (before, after)]
        found, unseen = _channel(channel, results, values, profile)
        changes += found
        noise += unseen
    launches = [str(summary.launch) for summary in summaries]
    launch = (
        (text("rounds.reason.launch", first=launches[0], second=launches[1]),) if launches[0] != launches[1] else ()
    )
    reasons = (*launch, *data_reasons(region, first, second), *shared)
    if changes and not reasons:
        reasons = (text("rounds.reason.not_reproduced"),)
    return RegionDifference(
        region=region, changes=tuple(changes), reasons=reasons if changes else (), within_noise=noise
    )


def _coarser(first: Round, second: Round) -> Profile | None:
    """The profile of the two rounds that rounds more; None where neither says."""
    names = [one.manifest.get("disclosure", {}).get("profile") for one in (first, second)]
    profiles = [named_profile(name) for name in names if name]
    return max(profiles, key=lambda profile: 0 if profile.off else profile.base, default=None)


def _estimates(region: Mapping[str, Any], channel: str) -> Estimates:
    """The estimands of a channel by name; empty where the region has no such channel."""
    stored: Mapping[str, Any] = next(
        (result["estimates"] for result in region["results"] if result["channel"] == channel), {}
    )
    return {name: estimate_from(name, values, region["frequency"]) for name, values in stored.items()}


def _channel(
    channel: str,
    results: Sequence[ChannelSummary | None],
    values: Sequence[Estimates],
    profile: Profile | None,
) -> tuple[list[Change], int]:
    """Changes of one channel, and how many numbers moved within noise."""
    before, after = results
    if before is None or after is None:
        words = [_ABSENT if one is None else _finding(one) for one in results]
        return [Change(channel=channel, what="finding", before=words[0], after=words[1])], 0
    changes = []
    findings = _finding(before), _finding(after)
    if findings[0] != findings[1]:
        changes.append(Change(channel=channel, what="finding", before=findings[0], after=findings[1]))
    noise = 0
    periods = max(one.n_pre + one.n_post for one in (before, after))
    for name in _ESTIMANDS:
        pair = [one.get(name) for one in values]
        change = _estimate_change(channel, name, pair, periods, profile)
        if change is not None:
            changes.append(change)
        elif all(isinstance(one, Estimate) for one in pair) and _numbers(pair[0]) != _numbers(pair[1]):
            noise += 1
    changes += _verdicts(channel, before, after)
    return changes, noise


def _estimate_change(
    channel: str, name: str, pair: Sequence[Estimate | NotEstimable | None], periods: int, profile: Profile | None
) -> Change | None:
    before, after = pair
    if isinstance(before, Estimate) and isinstance(after, Estimate):
        if not moved(before, after, periods=periods, profile=profile):
            return None
    elif _reason(before) == _reason(after):
        return None
    return Change(channel=channel, what=name.replace("_", " "), before=_words(before), after=_words(after))


def _numbers(result: Estimate | NotEstimable | None) -> tuple[float, ...]:
    return (result.value, result.lower, result.upper) if isinstance(result, Estimate) else ()


def _reason(result: Estimate | NotEstimable | None) -> str | None:
    return result.reason if isinstance(result, NotEstimable) else None if result is None else "estimated"


def _words(result: Estimate | NotEstimable | None) -> str:
    if result is None:
        return _ABSENT
    if isinstance(result, NotEstimable):
        return text("rounds.not_estimable", reason=result.reason)
    value, interval = tables.estimate_cells(result)
    return f"{value} ({interval})"


def _finding(result: ChannelSummary) -> str:
    return text(f"rounds.finding.{wording.finding_of_interval(result.rate_ratio).name.lower()}")


def _verdicts(channel: str, before: ChannelSummary, after: ChannelSummary) -> Iterator[Change]:
    kinds = [
        {verdict.statement: wording.verdict_word(verdict.kind) for verdict in one.verdicts} for one in (before, after)
    ]
    for statement in dict.fromkeys([*kinds[0], *kinds[1]]):
        first, second = (one.get(statement, _ABSENT) for one in kinds)
        if first != second:
            yield Change(channel=channel, what="verdict", about=statement, before=first, after=second)
