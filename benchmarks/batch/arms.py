"""The ways to make a round of reports, each a command of its own: ``python -m benchmarks.batch.arms NAME OUT …``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import evalkit as ek

ISSUED = "2026-01-05"
NOTEBOOK = "notebooks/region_impact.ipynb"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def papermill_alone(evaluation: Path, out: Path, regions: list[str]) -> None:
    """What papermill does by itself, one notebook after another; the notebook writes no report."""
    import papermill

    source = ek.resources.path(NOTEBOOK)
    for number, region in enumerate(regions):
        given = {"evaluation": str(evaluation), "region": region, "issued": ISSUED}
        papermill.execute_notebook(str(source), str(out / f"{number}.ipynb"), given, progress_bar=False)


def nbconvert_html(folder: Path) -> None:
    """Nbconvert's own web page of each executed notebook, with nothing to be fetched from elsewhere."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(require_js_url="", mathjax_url="", jquery_url="")
    for book in sorted(folder.glob("*.ipynb")):
        page, _ = exporter.from_filename(str(book))
        book.with_suffix(".html").write_text(page, encoding="utf-8")


def chromium_pdf(folder: Path) -> None:
    """What nbconvert's webpdf does: the web page printed by a headless Chromium."""
    for page in sorted(folder.glob("*.html")):
        target = page.with_suffix(".pdf")
        command = [CHROMIUM, *FLAGS, f"--print-to-pdf={target}", page.resolve().as_uri()]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
        assert target.stat().st_size > 0


def warm_alone(evaluation: Path, out: Path, regions: list[str], workers: int) -> None:
    """The same notebook without a report, by forked kernels; the disclosure plan made once for all, as in a run."""
    from evalkit.batch import work
    from evalkit.batch.disclosure import disclosure_plan
    from evalkit.batch.drive import Driver
    from evalkit.batch.engine import start_ahead
    from evalkit.batch.tasks import Planner

    start_ahead("warm", str(evaluation))
    inputs = ek.read_inputs(evaluation)
    planner = Planner(inputs=inputs, evaluation=evaluation, plan=disclosure_plan(inputs))
    tasks = [planner.task(region, ISSUED) for region in regions]
    work.REPORT = ""  # type: ignore[misc]
    driver = Driver(workers=workers, engine="warm", timeout=600)
    with tempfile.TemporaryDirectory(prefix="ek-") as folder:
        for task, outcome in driver.drive(tasks, Path(folder)):
            assert outcome.status == "done", outcome.cause
            for name, content in outcome.files.items():
                (out / f"{task.slug}-{Path(name).name}").write_bytes(content)


def whole_run(evaluation: Path, out: Path, regions: list[str], workers: int) -> None:
    """``evalkit run`` with everything on."""
    summary = ek.run(evaluation, out, regions=regions, workers=workers, issued=ISSUED)
    assert summary.complete, summary.failed


def main() -> None:
    """Run one arm; prints its stages and their wall seconds as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("arm", choices=["papermill", "html", "pdf", "warm", "run"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--regions", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    regions = list(ek.read_inputs(given.evaluation).regions[: given.regions])
    start = time.perf_counter()
    if given.arm == "papermill":
        papermill_alone(given.evaluation, given.out, regions)
    elif given.arm == "html":
        nbconvert_html(given.out)
    elif given.arm == "pdf":
        chromium_pdf(given.out)
    elif given.arm == "warm":
        warm_alone(given.evaluation, given.out, regions, given.workers)
    else:
        whole_run(given.evaluation, given.out, regions, given.workers)
    json.dump({"arm": given.arm, "seconds": time.perf_counter() - start}, sys.stdout)


if __name__ == "__main__":
    main()
