"""What stands on the pages over all regions, as plain values that the web and the print templates share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evalkit import vocab
from evalkit.catalogue import Spoken, language_of, speaking, spoken, text
from evalkit.effect import Estimate
from evalkit.errors import ReportError
from evalkit.report import (
    charts,
    costs,
    evidence,
    numbers,
    quality,
    reading,
    summary_wording,
    tables,
    together,
    wording,
)
from evalkit.report.content import ChannelSummary, Control, RegionSummary, channels_of
from evalkit.report.parts import Built, Page, chart_dict, disclosure_part, filled, front, meanings
from evalkit.report.release import release_of
from evalkit.report.signature import Signature, signature_of
from evalkit.report.wording import Finding

if TYPE_CHECKING:
    from evalkit.evaluation import Evaluation
    from evalkit.report.content import RegionReport
    from evalkit.report.release import RegionRelease


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A region whose report could not be made, and why."""

    region: str
    cause: str
    status: str = "failed"


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary(Spoken):
    """Everything that the pages over all regions say: regions in reporting order, and what failed."""

    regions: tuple[RegionSummary, ...]
    failures: tuple[Failure, ...] = ()
    title: str
    commissioner: str = ""
    description: str = ""
    signature: Signature = field(default_factory=Signature)

    @property
    def campaigns(self) -> tuple[RegionSummary, ...]:
        """Regions with a campaign."""
        return tuple(region for region in self.regions if not region.is_comparison)

    @property
    def comparisons(self) -> tuple[RegionSummary, ...]:
        """Regions without one."""
        return tuple(region for region in self.regions if region.is_comparison)


def summary_of(
    reports: Iterable[RegionReport | RegionRelease | Mapping[str, Any]],
    failures: Iterable[Sequence[str] | Failure] = (),
    *,
    evaluation: Evaluation | None = None,
) -> Summary:
    """Reports, or the values stored of them, in reporting order: campaigns by launch, comparison regions last.

    Parameters
    ----------
    reports : iterable of RegionReport, RegionRelease or mapping
        What was found in each region.
    failures : iterable of (str, str) or (str, str, str) or Failure
        Region and cause, or region, status and cause, of each report that could not be made.
    evaluation : Evaluation, optional
        What was asked; by default title and commissioner are those of the first report.

    Raises
    ------
    ReportError
        Neither a report nor a failure, or stored values of another layout.
    """
    wording = evaluation.wording if evaluation else language_of(reports := list(reports)) or spoken()
    with speaking(wording):
        return _summary(reports, failures, evaluation)


def _summary(
    reports: Iterable[RegionReport | RegionRelease | Mapping[str, Any]],
    failures: Iterable[Sequence[str] | Failure],
    evaluation: Evaluation | None,
) -> Summary:
    stored = [report if isinstance(report, Mapping) else release_of(report).to_dict() for report in reports]
    regions = sorted((RegionSummary.from_dict(values) for values in stored), key=_order)
    failed = tuple(found if isinstance(found, Failure) else _failure(found) for found in failures)
    if not regions and not failed:
        raise ReportError("There is nothing to summarise: no report was made and none failed.")
    return Summary(
        regions=tuple(regions),
        failures=failed,
        title=evaluation.title if evaluation else regions[0].title if regions else text("summary.untitled"),
        commissioner=evaluation.commissioner if evaluation else regions[0].commissioner if regions else "",
        description=evaluation.description if evaluation else "",
        signature=signature_of(evaluation) if evaluation else regions[0].signature if regions else Signature(),
    )


def _failure(found: Sequence[str]) -> Failure:
    region, *status, cause = found
    return Failure(region=region, cause=cause, status=status[0] if status else "failed")


def _order(region: RegionSummary) -> tuple[Any, ...]:
    return region.is_comparison, region.launch.ordinal, region.campaign_title or "", region.region.casefold()


def summary_page(summary: Summary) -> Page:
    """What the index and the funder's report share: counts of regions, tables, limits."""
    regions, channels = summary.regions, channels_of(summary.regions)
    unit = regions[0].unit if regions else str(vocab.Unit.CONTACTS)
    kinds = [verdict.kind for region in regions for result in region.results for verdict in result.verdicts]
    provenance = regions[0].provenance if regions else None
    simulated = any(region.simulated for region in regions)
    compared = any(reading.is_compared(result.model) for region in summary.campaigns for result in region.results)
    return {
        **front(summary, about=text("cite.all_regions"), provenance=provenance, simulated=simulated),
        "counts": summary_wording.failures_sentence(len(regions), len(summary.failures)),
        "headlines": [_campaign_headline(summary, channel, unit) for channel in channels],
        "placebos": [_placebo_headline(summary, channel, unit) for channel in channels] if summary.comparisons else [],
        "claims_headline": summary_wording.verdicts_headline(kinds),
        "evidence": evidence.evidence_sentences(summary.campaigns),
        "second": summary_wording.disagreements_sentence(*_disagreements(regions)),
        "description": wording.finished(summary.description) if summary.description else "",
        "asked": summary_wording.asked_paragraphs(
            campaigns=len(summary.campaigns),
            comparisons=len(summary.comparisons),
            names=tuple(dict.fromkeys(region.campaign_title or "" for region in summary.campaigns)),
            channels=channels,
            unit=unit,
            compared=compared,
        ),
        "groups": [
            table.to_dict() for part in _channel_pairs(channels) for table in _group_tables(summary, part, channels)
        ],
        "claims": filled(tables.claims_table(regions)),
        "verdict_meanings": meanings(kinds),
        "failures": filled(
            tables.failures_table([(failed.region, failed.status, failed.cause) for failed in summary.failures])
        ),
        "plan": quality.plan_part(regions[0].plan if regions else None),
        "limitations": summary_wording.limitations(compared=compared),
        "assumptions": summary_wording.assumptions(compared=compared),
        "pooled": [said for part in together.pooled_parts(summary) for said in part.said],
        "costs": filled(costs.costs_table(regions, channels)),
        "costs_said": [text("cost.each_channel"), text("cost.contact_only")],
        "how_ratio": wording.how_to_read_ratio(),
        "how_verdict": wording.how_to_read_verdict() if kinds else "",
        "disclosure": disclosure_part(regions[0].control if regions else Control(profile="default")),
        "tiles": _summary_tiles(summary, channels, kinds),
    }


def across_page(summary: Summary) -> Built:
    """The page over all regions with every chart."""
    page = summary_page(summary)
    parts, shown = [], []
    for number, part in enumerate(together.pooled_parts(summary), 1):
        chart = charts.pooled_chart(part, f"pooled-{number}", simulated=bool(page["simulated"]))
        shown.append(chart)
        parts.append({"chart": chart_dict(chart), "said": list(part.said), "warnings": _pooled_warnings(part)})
    placebos = []
    for number, channel in enumerate(channels_of(summary.comparisons), 1):
        chart = charts.placebo_chart(summary.comparisons, channel, f"placebo-{number}")
        shown.append(chart)
        placebos.append({"chart": chart_dict(chart)})
    kinds = [verdict.kind for region in summary.regions for result in region.results for verdict in result.verdicts]
    built = {
        **page,
        "parts_of": parts,
        "placebo_charts": placebos,
        "verdict_counts": filled(tables.verdict_counts_table(kinds)),
        "regions": [region.region for region in summary.regions],
    }
    return built, tuple(shown)


def _pooled_warnings(part: together.Together) -> list[str]:
    return [*map(wording.finished, part.pooled.warnings), text("across.method", method=part.pooled.method)]


def notes_of(page: Page) -> list[str]:
    """What a reader of the tables must know, from the page over all regions."""
    marks = [page["simulated_note"], page["disclosure"]["note"]]
    rules = [*page["disclosure"]["rules"], *page["limitations"], page["how_ratio"]]
    sources = [f"{label}: {value}" for label, value in page["provenance"]]
    return [said for said in (*marks, *rules, page["cite"], page["signposting"], *sources) if said]


def _summary_tiles(
    summary: Summary, channels: Sequence[str], kinds: Sequence[vocab.VerdictKind]
) -> list[dict[str, str]]:
    lead = channels[0] if channels else ""
    found = _findings(summary.campaigns, lead)
    placebo = _findings(summary.comparisons, lead)
    moved = sum(finding in {Finding.HIGHER, Finding.LOWER} for finding in placebo)
    tried = sum(finding is not Finding.NOT_ESTIMABLE for finding in placebo)
    supported = sum(kind is vocab.VerdictKind.SUPPORTED for kind in kinds)
    return [
        {"value": value, "label": label, "note": note}
        for value, label, note in (
            summary_wording.tile_regions(found.count(Finding.HIGHER), len(found), lead),
            *([summary_wording.tile_supported(supported, len(kinds))] if kinds else []),
            summary_wording.tile_placebo(moved, tried, lead, asked=len(placebo)),
        )
    ]


def _campaign_headline(summary: Summary, channel: str, unit: str) -> str:
    return summary_wording.summary_headline(channel, unit, _findings(summary.campaigns, channel))


def _placebo_headline(summary: Summary, channel: str, unit: str) -> str:
    level = _results(summary.comparisons, channel)[0].level if _results(summary.comparisons, channel) else 0.95
    return summary_wording.placebo_headline(channel, unit, _findings(summary.comparisons, channel), level)


def _results(regions: Sequence[RegionSummary], channel: str) -> list[ChannelSummary]:
    return [result for region in regions if (result := region.result(channel)) is not None]


def _findings(regions: Sequence[RegionSummary], channel: str) -> list[Finding]:
    return [wording.finding_of_interval(result.rate_ratio) for result in _results(regions, channel)]


def _disagreements(regions: Sequence[RegionSummary]) -> tuple[int, int]:
    """In how many series the two methods disagree, and in how many both were estimable."""
    answers = [result.disagrees for region in regions for result in region.results]
    compared = [answer for answer in answers if answer is not None]
    return sum(compared), len(compared)


def _group_tables(summary: Summary, part: Sequence[str], channels: Sequence[str]) -> list[tables.Table]:
    """One table of campaign regions and one of comparison regions, for one or two channels."""
    some = wording.listed([wording.channel_name(channel) for channel in part])
    named = text("summary.channels_of_table", channels=some) if len(channels) > len(part) else ""
    made = (
        (text("summary.with_campaign", channels=named), summary.campaigns),
        (text("summary.without_campaign", channels=named), summary.comparisons),
    )
    return [tables.regions_table(regions, part, caption) for caption, regions in made if regions]


def _channel_pairs(channels: Sequence[str]) -> list[Sequence[str]]:
    return [channels[first : first + 2] for first in range(0, len(channels), 2)]


def launch_words(region: RegionSummary) -> str:
    """When the campaign began; for a comparison region the placebo date, said to be one."""
    when = numbers.period_text(region.launch, short=True)
    return text("summary.placebo_launch", date=when) if region.is_comparison else when


def ratio_cells(region: RegionSummary, channels: Sequence[str]) -> list[dict[str, str]]:
    """For each channel: rate ratio and interval as text, and the number to sort by (empty where there is none)."""
    return [_ratio_cell(region.result(channel)) for channel in channels]


def _ratio_cell(result: ChannelSummary | None) -> dict[str, str]:
    if result is None:
        return {"value": "–", "interval": text("summary.no_data"), "key": ""}
    if isinstance(result.rate_ratio, Estimate):
        value, interval = tables.estimate_cells(result.rate_ratio)
        return {"value": value, "interval": interval, "key": f"{result.rate_ratio.value:.6g}"}
    return {"value": "–", "interval": text("summary.not_estimable"), "key": ""}
