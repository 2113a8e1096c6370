"""Reports as files: safe names, and writes that either happen or do not."""

from __future__ import annotations

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

from evalkit.report import html, notebook, pages, pdf, tables
from evalkit.report.release import release_of

if TYPE_CHECKING:
    from evalkit.evaluation import Evaluation
    from evalkit.report.content import RegionReport
    from evalkit.report.pages import Failure
    from evalkit.report.release import RegionRelease

LONGEST_STEM: Final = 48
REGION_FILES: Final = ("html", "pdf", "json", "ipynb")
_SMALL_WORDS: Final = frozenset({"and", "by", "in", "le", "of", "on", "the", "under", "upon", "with"})
_RESERVED: Final = frozenset({"con", "prn", "aux", "nul", "index", "funder", "results"}) | {
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
        Written files by kind: ``html``, ``pdf``, ``json``, ``ipynb``. All contents are made before any is written.
    """
    stem = slug(report.region)
    release = release_of(report)
    built = pages.region_page(release)
    contents = {
        "pdf": pdf.region_pdf(release, built=built),
        "html": html.region_html(release, links={"PDF": f"{stem}.pdf", **(links or {})}, built=built).encode(),
        "json": _json(release.to_dict()),
        "ipynb": notebook.published_notebook(release, built[1]),
    }
    return {kind: write_atomically(Path(folder) / f"{stem}.{kind}", content) for kind, content in contents.items()}


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
        Written files: ``index`` (index.html), ``funder`` (funder.pdf), ``results`` (results.csv).
    """
    summary = pages.summary_of(reports, failures, evaluation=evaluation)
    links = {region.region: _links(region.region, Path(folder), pages_folder) for region in summary.regions}
    over_all = {"Report over all regions (PDF)": "funder.pdf", "Results (CSV)": "results.csv"}
    contents = {
        "funder.pdf": pdf.summary_pdf(summary),
        "index.html": html.index_html(summary, links=links, files=over_all).encode(),
        "results.csv": tables.results_frame(summary.regions).to_csv(index=False, lineterminator="\n").encode(),
    }
    return {Path(name).stem: write_atomically(Path(folder) / name, content) for name, content in contents.items()}


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
    found = {"Page": f"{base}{stem}.html", "PDF": f"{base}{stem}.pdf"}
    if (folder / inside / f"{stem}.ipynb").exists():
        found["Notebook"] = f"{base}{stem}.ipynb"
    return found


def _json(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
