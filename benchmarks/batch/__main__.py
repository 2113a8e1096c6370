"""Run every arm once, side by side, and write ``benchmarks/results/batch_*.csv``.

python -m benchmarks.batch                 the 45 regions of the demonstration, and growth
python -m benchmarks.batch --regions 3     a quick look
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

import evalkit as ek
from benchmarks.batch.equal import compared
from benchmarks.batch.measure import Measured, measure

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIZES = (10, 50, 150, 500)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def arm(name: str, out: Path, evaluation: Path, *, regions: int, workers: int = 1) -> Measured:
    """One arm in a process of its own; threads as a user has them, unless evalkit sets them itself."""
    command = [sys.executable, "-m", "benchmarks.batch.arms", name, str(out), "--evaluation", str(evaluation)]
    command += ["--regions", str(regions), "--workers", str(workers)]
    environment = {key: value for key, value in os.environ.items() if key not in THREADS}
    return measure(command, environment=environment)


def grown(folder: Path, regions: int) -> Path:
    """An evaluation of so many regions with a campaign, made of the demonstration's; five regions to compare with."""
    demo = ek.resources.path("data/demo")
    inputs = ek.read_inputs(demo)
    launched = [region for region in inputs.regions if inputs.campaign_of(region) is not None]
    beside = [region for region in inputs.regions if inputs.campaign_of(region) is None][:5]
    contacts = pd.read_csv(demo / "contacts.csv", dtype=str)
    contacts = contacts[contacts["channel"] == "website"]
    campaigns = pd.read_csv(demo / "campaigns.csv", dtype=str)
    names = {f"Region {number:03d}": launched[number % len(launched)] for number in range(regions)}
    parts = [contacts[contacts["region"].isin(beside)]]
    rows = []
    for name, like in names.items():
        parts.append(contacts[contacts["region"] == like].assign(region=name))
        own = inputs.campaign_of(like)
        assert own is not None
        rows.append(campaigns[campaigns["campaign"] == own.campaign].head(1).assign(campaign=f"c-{name}", region=name))
    folder.mkdir(parents=True)
    pd.concat(parts).to_csv(folder / "contacts.csv", index=False)
    shutil.copy(demo / "contacts.metadata.json", folder)
    pd.concat(rows).to_csv(folder / "campaigns.csv", index=False)
    listed = ", ".join(f'"{name}"' for name in names)
    file = folder / "evaluation.toml"
    file.write_text(f'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\nregions = [{listed}]\n', encoding="utf-8")
    return file


def write(name: str, rows: Iterable[dict[str, object]]) -> None:
    """Put rows into ``benchmarks/results``."""
    held = list(rows)
    with (RESULTS / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(held[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(held)


def row(name: str, regions: int, workers: int, found: Measured) -> dict[str, object]:
    """A row of results; load is the mean length of the run queue over the last five minutes."""
    return {
        "arm": name,
        "regions": regions,
        "workers": workers,
        "wall_s": round(found.wall, 1),
        "cpu_s": round(found.cpu, 1),
        "kernel_mb": round(found.kernel_mb),
        "total_mb": round(found.total_mb),
        "load": round(os.getloadavg()[1], 1),
    }


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--regions", type=int, default=45)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--only", choices=["arms", "growth"], help="half of it")
    given = parser.parse_args()
    demo = ek.resources.path("data/demo/evaluation.toml")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if given.only != "growth":
            rows = []
            for label, which, out, workers in (
                ("papermill, notebooks", "papermill", "plain", 1),
                ("warm, notebooks", "warm", "warm1", 1),
                ("warm, notebooks", "warm", "warm2", 2),
                ("evalkit run", "run", "run1", 1),
                ("evalkit run", "run", "run2", 2),
                ("nbconvert, HTML", "html", "plain", 1),
                ("chromium, PDF", "pdf", "plain", 1),
            ):
                if which == "pdf" and not Path("/usr/bin/chromium").exists():
                    continue
                found = arm(which, folder / out, demo, regions=given.regions, workers=workers)
                rows.append(row(label, given.regions, workers, found))
                print(rows[-1], flush=True)
                write("batch_arms.csv", rows)
            write("batch_equal.csv", compared(folder / "plain", folder / "warm1", demo, regions=given.regions))
        if given.only != "arms":
            rows = []
            for size in given.sizes:
                found = arm("run", folder / f"out-{size}", grown(folder / f"in-{size}", size), regions=size, workers=2)
                rows.append(row("evalkit run", size, 2, found))
                print(rows[-1], flush=True)
                write("batch_growth.csv", rows)


if __name__ == "__main__":
    main()
