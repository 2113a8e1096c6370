"""A round on a local dask cluster beside the same round without one; writes ``benchmarks/results/batch_cluster.csv``.

nice -n 10 python -m benchmarks.batch.cluster --regions 8

Starting the scheduler and its workers is part of the time, as it is when a cluster is started for a round.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import evalkit as ek
from benchmarks.batch.__main__ import THREADS, row, write
from benchmarks.batch.measure import measure

ISSUED = "2026-01-05"


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A scheduler in this process and workers as a user starts them; the address."""
    import distributed

    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as local:
        started = [
            subprocess.Popen([*command, local.scheduler_address], stderr=subprocess.DEVNULL) for _ in range(workers)
        ]
        try:
            yield local.scheduler_address
        finally:
            for process in started:
                process.terminate()
                process.wait()


def one(out: Path, evaluation: Path, *, regions: int, workers: int, spread: bool) -> None:
    """One round in this process."""
    chosen = ek.read_inputs(evaluation).regions[:regions]
    asked = {"regions": chosen, "issued": ISSUED, "engine": "warm"}
    if spread:
        with cluster(workers) as address:
            summary = ek.run(evaluation, out, scheduler=address, **asked)
    else:
        summary = ek.run(evaluation, out, workers=workers, **asked)
    assert summary.complete, summary.failed


def main() -> None:
    """Measure both ways with one worker and with two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regions", type=int, default=45)
    parser.add_argument("--one", nargs=3, metavar=("OUT", "WORKERS", "WAY"), help="one round, for the measurement")
    given = parser.parse_args()
    demo = ek.resources.path("data/demo/evaluation.toml")
    if given.one:
        out, workers, way = given.one
        one(Path(out), demo, regions=given.regions, workers=int(workers), spread=way == "cluster")
        return
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for way in ("local", "cluster"):
            for workers in (1, 2):
                command = [sys.executable, "-m", "benchmarks.batch.cluster", "--regions", str(given.regions)]
                command += ["--one", f"{folder}/{way}{workers}", str(workers), way]
                rows.append(row(way, given.regions, workers, measure(command, environment=environment)))
                print(rows[-1], flush=True)
                write("batch_cluster.csv", rows)


if __name__ == "__main__":
    main()
