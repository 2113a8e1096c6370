"""What stands on the page of one region, as plain values that the web and the print templates share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.catalogue import text
from evalkit.report import (
    charts,
    costs,
    limits,
    quality,
    reading,
    summary_wording,
    tables,
    wording,
)
from evalkit.report.charts import Chart
from evalkit.report.figures.path import expectation_shape
from evalkit.report.parts import Built, chart_dict, disclosure_part, filled, front, meanings

if TYPE_CHECKING:
    from evalkit.registers import Event
    from evalkit.report.release import ChannelView, RegionRelease


def region_page(report: RegionRelease) -> Built:
    """The page on one region and its charts."""
    lead = report.results[0]
    compared = lead.compared
    paths = [
        charts.counterfactual_chart(report, result, f"path-{number}", lead=number == 1)
        for number, result in enumerate(report.results, 1)
        if result.drawable
    ]
    effects = [charts.effect_chart(report, lead, "effect")] if lead.effect_drawable else []
    densities = _density_charts(report)
    sentences = [
        wording.finding_sentence(result, unit=report.unit, placebo=report.is_comparison) for result in report.results
    ]
    limits_of_all = wording.limitations()
    page = {
        **front(report, about=report.region),
        "region": report.region,
        "about": wording.about_line(
            campaign=report.campaign_title, launch=report.launch, source=report.campaign_source
        ),
        "covers": wording.period_line(lead, placebo=report.is_comparison),
        "headline": sentences[0],
        "findings": sentences[1:],
        "tiles": _tiles(report, lead),
        "paths": [chart_dict(chart) for chart in paths],
        "effects": [chart_dict(chart) for chart in effects],
        "densities": [chart_dict(chart) for chart in densities],
        "how_path": _how_path(lead, placebo=report.is_comparison),
        "how_ratio": wording.how_to_read_ratio(),
        "estimates": tables.estimates_table(report.results, report.unit).to_dict(),
        "second": [said for view in report.results if (said := reading.second_sentence(view))] or [text("second.none")],
        "costs": costs.cost_sentences(report),
        "verdicts": filled(tables.verdicts_table(report.results)),
        "verdicts_short": filled(tables.verdicts_table(report.results, most=2)),
        "no_verdicts": summary_wording.verdicts_headline([]),
        "verdict_meanings": meanings(verdict.kind for result in report.results for verdict in result.verdicts),
        "checks": filled(tables.checks_table(report.results)),
        "checks_short": filled(tables.checks_table(report.results, meanings=False, brief=True)),
        "quality": quality.quality_part(report.results),
        "plan": quality.plan_part(report.plan),
        "events": filled(tables.events_table(report.events)),
        "events_within": filled(tables.events_table(_until_window(report))),
        "data": tables.data_table(report.results, placebo=report.is_comparison).to_dict(),
        "warnings": _warnings(report),
        "assumptions": _assumptions(compared=compared, placebo=report.is_comparison),
        "limitations": [limits_of_all[0], *limits_of_all[2:]],
        "disclosure": disclosure_part(report.control, report.results),
        "limits_own": limits.own_limits(report),
        "methods": reading.methods_text(
            lead.model,
            version=report.provenance.code_version,
            claims=any(view.verdicts for view in report.results),
        ),
    }
    return page, (*paths, *effects, *densities)


def _assumptions(*, compared: bool, placebo: bool) -> list[str]:
    """What would have to be true; what the campaign did is no matter where none ran."""
    shown = wording.assumptions(compared=compared)
    return list(shown[:-1] if placebo else shown)


def _until_window(report: RegionRelease) -> list[Event]:
    """Events up to the end of the window of the first channel: later ones have no bearing on the numbers."""
    window = report.results[0].window
    if window is None:
        return list(report.events)
    last = window.end.end_time.date()
    return [event for event in report.events if event.start.start is None or event.start.start <= last]


def _tiles(report: RegionRelease, lead: ChannelView) -> list[dict[str, str]]:
    verdicts = [verdict for result in report.results for verdict in result.verdicts]
    first = verdicts[0].statement if verdicts else ""
    tiles = (
        wording.tile_ratio(lead, placebo=report.is_comparison),
        wording.tile_total(lead, report.unit),
        *([wording.tile_claims([verdict.kind for verdict in verdicts], first)] if verdicts else []),
    )
    return [{"value": value, "label": label, "note": note} for value, label, note in tiles]


def _density_charts(report: RegionRelease) -> list[Chart]:
    """One distribution for each channel about which a ratio was claimed."""
    found = []
    for number, result in enumerate(report.results, 1):
        ratios = [verdict.claimed_ratio for verdict in result.verdicts]
        claimed = next((ratio for ratio in ratios if ratio), None)
        if claimed and result.ratio_density is not None and result.estimable:
            found.append((result, claimed, f"density-{number}"))
    return [charts.density_chart(report, *chosen, narrow=len(found) > 1) for chosen in found]


def _how_path(lead: ChannelView, *, placebo: bool) -> str:
    shape = expectation_shape(lead)
    return reading.how_to_read_path(lead.model, placebo=placebo, shape=shape) if lead.estimable else ""


def _warnings(report: RegionRelease) -> list[str]:
    said = [
        f"{wording.channel_title(result.channel)}: {wording.finished(warning)}"
        for result in report.results
        for warning in result.warnings
    ]
    return [*said, *(wording.finished(note) for note in report.notes)]
