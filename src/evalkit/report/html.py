"""Web pages that need nothing but themselves: style, fonts and charts are inside, and nothing is fetched."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from evalkit.catalogue import in_its_language, text, words
from evalkit.report import charts, overview, pages, sparkline, summary_wording, theme, wording
from evalkit.report.content import channels_of
from evalkit.report.release import release_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from evalkit.report.content import RegionReport, RegionSummary
    from evalkit.report.overview import Summary
    from evalkit.report.parts import Built
    from evalkit.report.release import RegionRelease

WEB_FONTS = {400: "FiraSans-Regular.woff", 600: "FiraSans-SemiBold.woff"}


@in_its_language
def region_html(
    report: RegionReport | RegionRelease, *, links: Mapping[str, str] | None = None, built: Built | None = None
) -> str:
    """The page on one region.

    ``links`` are further files by label, as addresses relative to the page; ``built`` is its content where that has
    been made already.
    """
    page, shown = built or pages.region_page(release_of(report))
    inline = {chart.name: charts.inline_svg(chart) for chart in shown}
    return render("region.html.j2", {**page, "svg": inline, "links": links or {}})


@in_its_language
def index_html(
    summary: Summary, *, links: Mapping[str, Mapping[str, str]] | None = None, files: Mapping[str, str] | None = None
) -> str:
    """The page over all regions: counts, small multiples, and a table to sort and filter.

    ``links`` gives, for each region, its files by label as addresses relative to the page; the first is its own page.
    ``files`` are those over all regions.
    """
    page = overview.summary_page(summary)
    channels = channels_of(summary.regions)
    cards = [_card(region, channels, (links or {}).get(region.region, {})) for region in summary.regions]
    titles = [wording.channel_title(channel) for channel in channels]
    cards_words = summary_wording.cards_caption(channels[0], summary.regions[0].unit) if channels else ""
    verdicts = sorted({found["word"] for card in cards for found in card["verdicts"]})
    return render(
        "index.html.j2",
        {
            **page,
            "cards": cards,
            "verdicts": verdicts,
            "channels": titles,
            "files": files or {},
            "how_cards": cards_words,
        },
    )


@in_its_language
def across_html(
    summary: Summary, *, links: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> str:
    """The report over all regions as one page: forests, averages, how far regions differ, verdicts, placebo regions.

    ``links`` gives the page of each region; ``files`` are those over all regions.
    """
    page, shown = overview.across_page(summary)
    inline = {chart.name: charts.inline_svg(chart) for chart in shown}
    return render("across.html.j2", {**page, "svg": inline, "links": links or {}, "files": files or {}})


def _card(region: RegionSummary, channels: Sequence[str], links: Mapping[str, str]) -> dict[str, Any]:
    """One region of the index: its small chart, its estimates and where its files are."""
    lead = region.results[0]
    finding = wording.finding_of_interval(lead.rate_ratio)
    kinds = [verdict.kind for result in region.results for verdict in result.verdicts]
    return {
        "region": region.region,
        "campaign": region.campaign_title or text("summary.comparison_region"),
        "launch": overview.launch_words(region),
        "launch_key": str(region.launch),
        "links": links,
        "page": next(iter(links.values()), ""),
        "spark": sparkline.sparkline(region, lead),
        "finding": wording.finding_word(finding, placebo=region.is_comparison),
        "verdicts": [{"word": wording.verdict_title(kind), "tone": str(kind)} for kind in dict.fromkeys(kinds)]
        or [{"word": "–", "tone": ""}],
        "ratios": overview.ratio_cells(region, channels),
    }


def render(template: str, page: dict[str, Any]) -> str:
    """A template of ``templates/`` filled with plain values, with the style, the fonts and the colours.

    Hidden characters in names (NUL, signs that turn the direction of text) are shown as their codes.
    """
    own = {
        "t": words("page"),
        "fonts": web_fonts(),
        "colours": theme.COLOURS | {"blue": page.get("accent", theme.BLUE)},
    }
    return theme.visible(_environment().get_template(template).render(page | own))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("evalkit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def web_fonts() -> dict[int, str]:
    """The web fonts as data addresses, by weight."""
    folder = resources.files("evalkit.report").joinpath("templates", "fonts")
    return {
        weight: f"data:font/woff;base64,{base64.b64encode(folder.joinpath(name).read_bytes()).decode()}"
        for weight, name in WEB_FONTS.items()
    }
