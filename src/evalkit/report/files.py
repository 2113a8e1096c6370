"""Reports as files: safe names, and writes that either happen or do not."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from evalkit.catalogue import in_its_language, speaking, text, words
from evalkit.report import exports, html, notebook, overview, pages, pdf, tables
from evalkit.report.dictionary import dictionary_frame
from evalkit.report.release import release_of
from evalkit.report.stamp import stamped

if TYPE_CHECKING:
    from evalkit.evaluation import Evaluation
    from evalkit.report.charts import Chart
    from evalkit.report.content import RegionReport
    from evalkit.report.overview import Failure, Summary
    from evalkit.report.release import RegionRelease

LONGEST_STEM: Final = 48
REGION_FILES: Final = ("html", "pdf", "json", "ipynb")
FIGURES: Final = "figures"
_KINDS: Final = {
    "index.html": "index",
    "across.html": "across",
    "funder.pdf": "funder",
    "results.csv": "results",
    "results.parquet": "parquet",
    "results.xlsx": "workbook",
    "data-dictionary.csv": "dictionary",
}
OVER_ALL: Final = tuple(_KINDS)
"""Names of the files over all regions."""
_LABELS: Final = {
    "index.html": "index",
    "funder.pdf": "funder",
    "across.html": "across",
    "results.xlsx": "results_xlsx",
    "results.csv": "results_csv",
    "results.parquet": "results_parquet",
    "data-dictionary.csv": "dictionary",
}
_SMALL_WORDS: Final = frozenset({"and", "by", "in", "le", "of", "on", "the", "under", "upon", "with"})
_RESERVED: Final = frozenset({"con", "prn", "aux", "nul", "index", "funder", "results", "across", "figures"}) | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(10)
}


def slug(region: str) -> str:
    """A file name without ending for a region: lower-case ASCII letters, digits and hyphens, different for each region.

    A plain name ("Vale of Arden") becomes itself (``vale-of-arden``). Any other name, where letters, case or signs are
    lost, carries the first eight digits of its sha256, so that no two names share a file and no name leaves its folder.
    """
    plain = unicodedata.normalize("NFKD", region).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_STEM].strip("-")
    if slug and slug not in _RESERVED and _name_of(slug) == region:
        return slug
    digest = hashlib.sha256(region.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else f"region-{digest}"


def _name_of(slug: str) -> str:
    """The one name that a slug stands for without a digest."""
    words = slug.split("-")
    return " ".join(word if place and word in _SMALL_WORDS else word.capitalize() for place, word in enumerate(words))


@in_its_language
def write_region_report(
    report: RegionReport | RegionRelease, folder: str | Path, *, links: Mapping[str, str] | None = None
) -> dict[str, Path]:
    """Write the web page, the PDF, the results and the published notebook of one region.

    Parameters
    ----------
    report : RegionRelease or RegionReport
        What to say; a report is released first.
    folder : str or Path
        Where to; made where it does not exist.
    links : mapping of str to str, optional
        Further files that the web page links to: label to address, relative to the page.

    Returns
    -------
    dict of str to Path
        Written files by kind: ``html``, ``pdf``, ``json``, ``ipynb``; and each figure as ``path-1.svg``,
        ``path-1.png`` and so on, in the folder ``figures``. All contents are made before the first file is written.

    Raises
    ------
    ReportError
        The PDF could not be set, or an independent checker finds that it is not accessible.
    """
    stem = slug(report.region)
    release = release_of(report)
    built = pages.region_page(release)
    label = text("files.pdf")
    contents = {
        "pdf": pdf.require_accessible(pdf.region_pdf(release, built=built), f"{stem}.pdf"),
        "html": html.region_html(release, links={label: f"{stem}.pdf", **(links or {})}, built=built).encode(),
        "json": _json(release.to_dict()),
        "ipynb": notebook.published_notebook(release, built[1]),
    }
    contents = stamped(contents, release.provenance, exact=release.control.internal)
    charts = {name: content for chart in built[1] for name, content in _figure_files(chart).items()}
    figures = stamped(charts, release.provenance, exact=release.control.internal)
    written = {kind: write_atomically(Path(folder) / f"{stem}.{kind}", found) for kind, found in contents.items()}
    return written | {
        name: write_atomically(Path(folder) / FIGURES / f"{stem}-{name}", found) for name, found in figures.items()
    }


def _figure_files(chart: Chart) -> dict[str, bytes]:
    """A chart as SVG and as PNG, by name."""
    return {f"{chart.name}.svg": chart.svg.encode(), f"{chart.name}.png": pdf.chart_png(chart)}


def write_summary(
    reports: Iterable[RegionReport | RegionRelease | Mapping[str, Any]],
    failures: Iterable[Sequence[str] | Failure],
    folder: str | Path,
    *,
    evaluation: Evaluation | None = None,
    pages_folder: str = "regions",
) -> dict[str, Path]:
    """Write the pages over all regions.

    Parameters
    ----------
    reports : iterable of RegionReport, RegionRelease or mapping
        Reports, or the values that ``RegionReport.to_dict`` gave (as in the regions' JSON files).
    failures : iterable of (str, str) or (str, str, str) or Failure
        Region and cause, or region, status and cause, of each report that could not be made.
    folder : str or Path
        Where to; made where it does not exist.
    evaluation : Evaluation, optional
        What was asked: its title, commissioner and description; by default title and commissioner of the first report.
    pages_folder : str, optional
        Folder of the regions' own files as seen from ``folder``, empty for the same folder. The index links to each
        region's page and PDF, and to its executed notebook where one stands there.

    Returns
    -------
    dict of str to Path
        Written files: ``index`` (index.html), ``across`` (across.html), ``funder`` (funder.pdf), ``results``
        (results.csv), ``parquet``, ``workbook`` (results.parquet, results.xlsx), ``dictionary`` (data-dictionary.csv).

    Raises
    ------
    ReportError
        As :func:`write_region_report`.
    """
    summary = overview.summary_of(reports, failures, evaluation=evaluation)
    with speaking(summary.wording):
        contents = _pages_over_all(summary, Path(folder), pages_folder)
    return {_KINDS[name]: write_atomically(Path(folder) / name, content) for name, content in contents.items()}


def _pages_over_all(summary: Summary, folder: Path, pages_folder: str) -> dict[str, bytes]:
    """The files over all regions by name, each with what it was made from."""
    links = {region.region: _links(region.region, folder, pages_folder) for region in summary.regions}
    page_of = {region: next(iter(found.values())) for region, found in links.items()}
    contents = {
        "funder.pdf": pdf.require_accessible(pdf.summary_pdf(summary), "funder.pdf"),
        "index.html": html.index_html(summary, links=links, files=_over_all("index.html")).encode(),
        "across.html": html.across_html(summary, links=page_of, files=_over_all("across.html")).encode(),
        **_exported(summary),
    }
    first = summary.regions[0] if summary.regions else None
    return stamped(
        contents, None if first is None else first.provenance, exact=first is not None and first.control.internal
    )


def _over_all(own: str) -> dict[str, str]:
    """The files over all regions by label, but for the page that links to them."""
    labels = words("files")
    return {labels[label]: name for name, label in _LABELS.items() if name != own}


def _exported(summary: Summary) -> dict[str, bytes]:
    """Every table for others to use."""
    regions = summary.regions
    results = tables.results_frame(regions)
    frames = {
        "results": results,
        "claims": exports.claims_frame(regions),
        "checks": exports.checks_frame(regions),
        "series": exports.series_frame(regions),
    }
    page = overview.summary_page(summary)
    issued = dt.date.fromisoformat(page["issued_iso"])
    return {
        "results.csv": exports.csv_bytes(results),
        "results.parquet": exports.parquet_bytes(results),
        "results.xlsx": exports.workbook_bytes(overview.notes_of(page), frames, title=summary.title, issued=issued),
        "data-dictionary.csv": exports.csv_bytes(dictionary_frame()),
    }


def write_atomically(path: Path, content: bytes) -> Path:
    """Write a file under a temporary name beside its place, then rename it: nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _links(region: str, folder: Path, inside: str) -> dict[str, str]:
    """The files of a region as the index addresses them."""
    base = f"{quote(inside.strip('/'))}/" if inside else ""
    stem = slug(region)
    labels = words("files")
    found = {labels["page"]: f"{base}{stem}.html", labels["pdf"]: f"{base}{stem}.pdf"}
    if (folder / inside / f"{stem}.ipynb").exists():
        found[labels["notebook"]] = f"{base}{stem}.ipynb"
    return found


def _json(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
