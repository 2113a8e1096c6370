"""Every region of an evaluation: a notebook, a page and a PDF each, then the pages over all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit import resources
from evalkit.batch.inputs import Inputs, read_inputs
from evalkit.batch.notebook import NotebookRun, one_thread_per_kernel, run_notebook
from evalkit.display import Displayed
from evalkit.errors import BatchError
from evalkit.report import slug, write_summary

NOTEBOOK = "notebooks/region_impact.ipynb"
Progress = Callable[[str, str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class RegionRun:
    """What became of one region.

    Attributes
    ----------
    region : str
        Name of the region.
    status : str
        ``"done"`` or what went wrong, as in :class:`NotebookRun`.
    cause : str
        Why, in one line; empty where done.
    seconds : float
        Wall time.
    notebook, page, pdf : str
        Paths relative to the output folder; empty where there is no such file.
    """

    region: str
    status: str
    cause: str
    seconds: float
    notebook: str
    page: str = ""
    pdf: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class RunSummary(Displayed):
    """What a run wrote and what failed."""

    out: Path
    regions: tuple[RegionRun, ...]

    @property
    def failed(self) -> tuple[RegionRun, ...]:
        """Regions without a report."""
        return tuple(region for region in self.regions if region.status != "done")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "out": str(self.out),
            "index": str(self.out / "index.html"),
            "funder_pdf": str(self.out / "funder.pdf"),
            "done": len(self.regions) - len(self.failed),
            "failed": len(self.failed),
            "regions": [vars(region) for region in self.regions],
        }


def run(
    evaluation: str | Path,
    out: str | Path,
    *,
    regions: Sequence[str] | None = None,
    workers: int | None = None,
    timeout: int = 600,
    progress: Progress | None = None,
) -> RunSummary:
    """Run an evaluation end to end, for every region.

    Parameters
    ----------
    evaluation : str or Path
        ``evaluation.toml``, or the folder that holds it.
    out : str or Path
        Folder to write into; it is created. Reports of an earlier run in it are replaced.
    regions : sequence of str, optional
        Only these.
    workers : int, optional
        Reports made side by side; the number of processors, at most eight, unless said otherwise.
    timeout : int, optional
        Seconds that one notebook cell may take.
    progress : callable, optional
        Called after each region with (region, status, done, total).

    Returns
    -------
    RunSummary
        One row a region. A region that fails leaves its error in its notebook and in the summary; the others go on.

    Raises
    ------
    EvalkitError
        Wrong input, before anything is written.
    """
    inputs = read_inputs(evaluation)
    chosen = tuple(dict.fromkeys(map(inputs.require_region, regions))) if regions else inputs.regions
    if workers is not None and workers < 1:
        raise BatchError(f"{workers} workers were asked for. Allowed: 1 or more.")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise BatchError(f"The output {folder} is a file. Name a folder.")
    try:
        (folder / "regions").mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BatchError(
            f"The output {folder} cannot be made: {problem.strerror}. Name a folder that can."
        ) from problem

    file = Path(evaluation)
    file = (file / "evaluation.toml" if file.is_dir() else file).resolve()
    finished: dict[str, RegionRun] = {}
    with one_thread_per_kernel(), ThreadPoolExecutor(workers or min(os.cpu_count() or 1, 8)) as pool:
        futures = {pool.submit(_one_region, file, region, folder, timeout): region for region in chosen}
        try:
            for future in as_completed(futures):
                row = future.result()
                finished[row.region] = row
                if progress is not None:
                    progress(row.region, row.status, len(finished), len(chosen))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    summary = RunSummary(out=folder, regions=tuple(finished[region] for region in chosen))
    _write_overview(inputs, summary)
    return summary


def _one_region(evaluation: Path, region: str, folder: Path, timeout: int) -> RegionRun:
    stem = slug(region)
    target = folder / "regions" / f"{stem}.ipynb"
    for suffix in (".html", ".pdf", ".json", ".ipynb"):
        target.with_suffix(suffix).unlink(missing_ok=True)
    parameters = {"evaluation": str(evaluation), "region": region, "out": str(target.parent.resolve())}
    result: NotebookRun = run_notebook(resources.path(NOTEBOOK), target, parameters, timeout=timeout)
    made = {
        name: f"regions/{stem}{suffix}" if target.with_suffix(suffix).exists() else ""
        for name, suffix in (("notebook", ".ipynb"), ("page", ".html"), ("pdf", ".pdf"))
    }
    return RegionRun(region=region, status=result.status, cause=result.cause, seconds=round(result.seconds, 2), **made)


def _write_overview(inputs: Inputs, summary: RunSummary) -> None:
    """Index page, funder PDF and results table, from what the region reports left behind."""
    reports = [
        json.loads((summary.out / "regions" / f"{slug(row.region)}.json").read_text(encoding="utf-8"))
        for row in summary.regions
        if row.status == "done"
    ]
    failures = [(row.region, row.status, row.cause) for row in summary.failed]
    write_summary(reports, failures, summary.out, evaluation=inputs.evaluation)
