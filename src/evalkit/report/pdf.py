"""Accessible PDFs through Typst: PDF/UA-1 and PDF/A-2a at once, with the same bytes for the same content and date.

All content goes in as ``data.json`` and SVG files, never as markup, and the compiler sees no file but those handed
to it.
"""

from __future__ import annotations

import base64
import calendar
import datetime as dt
import json
import re
import tempfile
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from evalkit.catalogue import in_its_language, words
from evalkit.errors import ReportError
from evalkit.report import charts, overview, pages, parts, short, theme
from evalkit.report.content import channels_of
from evalkit.report.release import release_of

if TYPE_CHECKING:
    from evalkit.report.charts import Chart
    from evalkit.report.content import RegionReport
    from evalkit.report.overview import Summary
    from evalkit.report.parts import Built, Page
    from evalkit.report.release import RegionRelease

STANDARDS: Final = ("ua-1", "a-2a")
RESOLUTION: Final = 200
_MOST_FAULTS: Final = 3
_PAGE: Final = re.compile(rb"/Type ?/Page\b")
_ENDS_IN_RETURN: Final = re.compile(rb"\r\nendstream\nendobj")
_IN_USE: Final = re.compile(rb"(\d{10}) (\d{5}) n")
_START: Final = re.compile(rb"startxref\s+(\d+)")


@in_its_language
def region_pdf(report: RegionReport | RegionRelease, *, built: Built | None = None) -> bytes:
    """The report on one region as a PDF file; ``built`` is its page where that has been made already.

    Where it would have more than four pages, what has no room is left to the web page, and the document says so.

    Raises
    ------
    ReportError
        The document could not be set; the message says where.
    """
    page, shown = built or pages.region_page(release_of(report))
    for attempt in short.attempts(page):
        pdf = document("region.typ", attempt, shown)
        if len(_PAGE.findall(pdf)) <= short.MOST_PAGES:
            break
    return pdf


@in_its_language
def summary_pdf(summary: Summary) -> bytes:
    """The report over all regions as a PDF file; errors as :func:`region_pdf`."""
    page = overview.summary_page(summary)
    forests = _forests(summary)
    return document("funder.typ", {**page, "forests": [parts.chart_dict(chart) for chart in forests]}, forests)


def _forests(summary: Summary) -> tuple[Chart, ...]:
    if not summary.regions:
        return ()
    channels = channels_of(summary.regions)
    level = summary.regions[0].results[0].level
    shown = [channels[first : first + 2] for first in range(0, len(channels), 2)]
    return tuple(chart for part in shown for chart in charts.forest_charts(summary.regions, part, level=level))


def document(template: str, page: Page, shown: Sequence[Chart]) -> bytes:
    """A page set by one of the templates."""
    import typst

    data = {
        **_drawable(page),
        "subject": theme.drawable(_description(page)),
        "words": words("page"),
    }
    files = {
        **_logo(page),
        "main.typ": _template(template),
        "base.typ": _template("base.typ"),
        "data.json": json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False).encode(),
        **{chart.file: theme.drawable(chart.svg).encode() for chart in shown},
    }
    with tempfile.TemporaryDirectory(prefix="evalkit-") as empty:
        compiler = typst.Compiler(files, root=empty, font_paths=load_fonts())
        try:
            pdf, _ = compiler.compile_with_warnings(
                format="pdf", pdf_standards=list(STANDARDS), timestamp=_noon(page["issued_iso"])
            )
        except typst.TypstError as problem:
            raise ReportError(
                f"The PDF of {page.get('region', page['title'])!r} could not be set: {problem}"
            ) from problem
    return unambiguous_ends(cast("bytes", pdf))


def require_accessible(pdf: bytes, name: str) -> bytes:
    """The same document, where an independent checker finds it to be what it says: PDF/UA-1 and PDF/A-2a.

    Raises
    ------
    ReportError
        With the first faults: a report that assistive technology cannot read, or an archive cannot keep, is none.
    """
    import page

    faults = [
        f"{profile}: {failure.rule_id} {failure.message}"
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A)
        for failure in _failures(page.validate_pdf_bytes(pdf, profile=profile))
    ]
    if faults:
        more = f" and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise ReportError(
            f"The PDF {name} is not accessible: {'; '.join(faults[:_MOST_FAULTS])}{more}. It was not written; please "
            "report this with the evaluation file."
        )
    return pdf


def _failures(report: Any) -> Sequence[Any]:
    return () if report.is_compliant else tuple(report.failures)


def chart_png(chart: Chart) -> bytes:
    """A chart as a picture, 200 dots to the inch: made from its SVG, with the same bytes every time."""
    import typst

    source = '#set page(width: auto, height: auto, margin: 0pt)\n#image("chart.svg")'
    files = {"main.typ": source.encode(), "chart.svg": theme.drawable(chart.svg).encode()}
    with tempfile.TemporaryDirectory(prefix="evalkit-") as empty:
        compiler = typst.Compiler(files, root=empty, font_paths=load_fonts())
        return cast("bytes", compiler.compile(format="png", ppi=RESOLUTION))


def _logo(page: Page) -> dict[str, bytes]:
    """The logo as a file of the document."""
    logo = page.get("logo")
    if not logo:
        return {}
    return {logo["file"]: base64.b64decode(logo["address"].partition(",")[2])}


def unambiguous_ends(pdf: bytes) -> bytes:
    """The same document with a line end of its own after every stream that happens to end in a carriage return.

    Compressed data may end in that byte. The line feed before ``endstream`` then looks like the second half of a
    two-byte line end, the stream seems one byte shorter than its ``/Length``, and checkers of PDF/A reject the file
    (about one in ten). A carriage return is put between the two, and the cross-reference table, which lists where each
    object starts, is moved along.
    """
    places = [found.start() + 1 for found in _ENDS_IN_RETURN.finditer(pdf)]
    if not places:
        return pdf
    start = pdf.rindex(b"\nxref\n") + 1
    pieces = [pdf[first:last] for first, last in pairwise([0, *places, start])]

    def moved(offset: bytes) -> int:
        return int(offset) + bisect_left(places, int(offset))

    table = _IN_USE.sub(lambda found: b"%010d %s n" % (moved(found[1]), found[2]), pdf[start:])
    table = _START.sub(lambda found: b"startxref\n%d" % moved(found[1]), table)
    return b"\r".join(pieces) + table


def _description(page: Page) -> str:
    said = page.get("headline") or " ".join(page.get("headlines", ()))
    marks = filter(None, (page.get("disclosure", {}).get("mark"), page["simulated"]))
    return " ".join([*(f"{mark}." for mark in marks), said])


def _drawable(value: Any) -> Any:
    """The same values with every text made drawable by the fonts."""
    if isinstance(value, str):
        return theme.drawable(value)
    if isinstance(value, dict):
        return {key: _drawable(inner) for key, inner in value.items()}
    return [_drawable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _noon(issued: str) -> int:
    """Noon of the date of issue (UTC) in seconds: the only time that enters the file."""
    return calendar.timegm(dt.datetime.fromisoformat(f"{issued}T12:00:00").timetuple())


@cache
def _template(name: str) -> bytes:
    return resources.files("evalkit.report").joinpath("templates", name).read_bytes()


@cache
def load_fonts() -> Any:
    """The typefaces as Typst takes them, read once."""
    import typst

    folders = sorted({str(file.parent) for file in theme.font_files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
