"""Command line of the calibration study.

python -m benchmarks.calibration run --grid counts --methods latent --replicates 2000 --null-replicates 1000
python -m benchmarks.calibration run … --scheduler tcp://10.0.0.5:8786    (workers need this checkout on PYTHONPATH)
python -m benchmarks.calibration table
python -m benchmarks.calibration page
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from benchmarks.calibration import summary
from benchmarks.calibration.again import write_again
from benchmarks.calibration.causes import write_causes
from benchmarks.calibration.cells import GRIDS
from benchmarks.calibration.controlled import PARTS, run_controlled
from benchmarks.calibration.emulator import write_emulator
from benchmarks.calibration.flags import write_flags
from benchmarks.calibration.generators import GENERATORS
from benchmarks.calibration.intervals import joined
from benchmarks.calibration.methods import METHODS, version_of
from benchmarks.calibration.store import Result, Run, key_of, load, save
from benchmarks.places import RESULTS, WORK
from benchmarks.rivals import RivalUnavailableError
from evalkit.cli.common import spread

if TYPE_CHECKING:
    from benchmarks.calibration.cells import Cell
    from benchmarks.calibration.intervals import Estimated
    from evalkit.cluster import Mapper


@dataclass(frozen=True, kw_only=True)
class Task:
    """The series of a cell that a method has not been fitted to yet; all that its intervals depend on.

    Attributes
    ----------
    entropy : int
        Of the run: with the cell it gives the series.
    done, size : int
        The series from ``done`` on, up to but not including ``size``.
    """

    method: str
    cell: Cell
    null: bool
    entropy: int
    done: int
    size: int


def fitted(task: Task) -> tuple[Estimated, float]:
    """Intervals of a task and the CPU seconds of their fits, on this machine or a worker of a cluster."""
    counts = Run(folder=WORK, entropy=task.entropy).series(task.cell, task.size, null=task.null)[task.done :]
    began = os.times()
    estimated = METHODS[task.method].estimate(counts, task.cell.setting)
    ended = os.times()
    # own CPU time and that of finished child processes: user + system of each
    return estimated, sum(ended[:4]) - sum(began[:4])


def kept(run: Run, method: str, cell: Cell, *, null: bool, refresh: bool, size: int) -> Result | None:
    """What was done before and stays; None where all must be done.

    A smaller result of the same version of the code is added to; one of another version stays, unless it is too small
    or ``refresh`` is asked for.
    """
    path = run.path(method, cell, null=null)
    before = load(path) if path.exists() else None
    if before is None or before.version == version_of(method):
        return before
    return before if before.size >= size and not refresh else None


def tasks_of(run: Run, method: str, cells: Sequence[Cell], sizes: tuple[int, int], refresh: bool) -> Iterator[Task]:
    """What a method has still to do; nothing is done twice."""
    for cell in cells:
        for null, size in zip((False, True), sizes, strict=True):
            before = kept(run, method, cell, null=null, refresh=refresh, size=size)
            done = 0 if before is None else before.size
            if done < size:
                yield Task(method=method, cell=cell, null=null, entropy=run.entropy, done=done, size=size)


def keep(run: Run, task: Task, made: tuple[Estimated, float]) -> None:
    """Add the intervals of a task to those of its cell that were kept before it."""
    estimated, seconds = made
    path, version = run.path(task.method, task.cell, null=task.null), version_of(task.method)
    if task.done:
        before = load(path)
        estimated = {name: joined([before.estimated[name], part]) for name, part in estimated.items()}
        seconds += before.cpu_seconds
    save(path, Result(estimated=estimated, cpu_seconds=seconds, size=task.size, version=version))


def run_grid(
    run: Run,
    cells: Sequence[Cell],
    methods: Sequence[str],
    sizes: tuple[int, int],
    *,
    refresh: bool = False,
    mapper: Mapper | None = None,
) -> None:
    """Every method on every cell; a rival that is not available is named and left out.

    Parameters
    ----------
    sizes : tuple of int
        Series with the effect and without, for each cell.
    refresh : bool
        Compute again what an older version of the code has made.
    mapper : callable, optional
        What spreads the fits, such as that of a cluster. Files are written here, by this process alone.
    """
    for method in methods:
        version_of(method)
    for method in methods:
        tasks = list(tasks_of(run, method, cells, sizes, refresh))
        try:
            made = (mapper or map)(fitted, tasks)
            for task, one in tqdm(zip(tasks, made, strict=True), method, len(tasks), unit="file", mininterval=5):
                keep(run, task, one)
        except RivalUnavailableError as problem:
            tqdm.write(f"{method} left out: {problem}")


def combined(name: str) -> pd.DataFrame:
    """Every result of a run in one table, in the order of the methods and of the grid."""
    run = Run.opened(name)
    cells: dict[str, tuple[object, float]] = {}
    for grid, make in GRIDS.items():
        try:
            cells |= {key_of(cell.labels): (cell.labels, cell.log_truth) for cell in make()}
        except FileNotFoundError as absent:
            tqdm.write(f"{grid} left out: {absent}")
    table = summary.table(run, cells)
    rank = {key: position for position, key in enumerate(cells)}
    method_rank = {method: position for position, method in enumerate(METHODS)}
    keys = table[["generator", "n", "launch", "rho", "mean"]].apply(lambda row: rank[key_of(row.to_dict())], axis=1)
    order = table.assign(_method=table["method"].map(method_rank), _cell=keys)
    return order.sort_values(["_method", "estimand", "_cell"]).drop(columns=["_method", "_cell"])


def write_tables(name: str) -> None:
    """The committed CSV files: the count grid, and the two Gaussian designs.

    Rows of the run take the place of those of the same method, estimand and cell; what it does not have stays.
    """
    table = combined(name)
    on_counts = table["generator"].isin(GENERATORS)
    RESULTS.mkdir(exist_ok=True)
    for part, file in ((table[on_counts], "calibration_counts.csv"), (table[~on_counts], "calibration_gaussian.csv")):
        part.to_csv(RESULTS / f"{file}.new", index=False, float_format="%.5g")
        rows = pd.read_csv(RESULTS / f"{file}.new", dtype=str)
        (RESULTS / f"{file}.new").unlink()
        if (RESULTS / file).exists():
            rows = replaced(pd.read_csv(RESULTS / file, dtype=str), rows)
        rows.to_csv(RESULTS / file, index=False)
        print(f"{RESULTS / file}: {len(part)} of {len(rows)} rows from this run")


def replaced(before: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The earlier table with new rows in the place of theirs, in its order; rows of new cells come last."""
    key = ["method", "estimand", "generator", "n", "launch", "rho", "mean"]
    both = pd.concat([before, rows], ignore_index=True)
    place = both[key].fillna("").apply(tuple, axis=1)
    kept = both[~place.duplicated(keep="last")].assign(_place=place)
    first = {where: number for number, where in reversed(list(enumerate(place)))}
    return kept.sort_values("_place", key=lambda column: column.map(first)).drop(columns="_place")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run", help="simulate, fit and keep intervals; goes on where it stopped")
    runner.add_argument("--grid", choices=tuple(GRIDS), default="counts")
    runner.add_argument("--methods", nargs="+", choices=tuple(METHODS), required=True)
    runner.add_argument("--replicates", type=int, default=2000, help="series with the effect, for each cell")
    runner.add_argument("--null-replicates", type=int, default=1000, help="series without, for each cell")
    runner.add_argument("--generators", nargs="+", choices=tuple(GENERATORS), help="only these")
    runner.add_argument("--entropy", type=int, help="begin the run from this number, not from a fresh one")
    runner.add_argument("--scheduler", metavar="ADDRESS", help="spread the fits over a running dask scheduler")
    runner.add_argument("--refresh", action="store_true", help="compute again what an older version of the code made")
    flagger = commands.add_parser("flags", help="how often the checks raise a concern, by generator")
    flagger.add_argument("--replicates", type=int, default=200)
    causer = commands.add_parser("causes", help="cells that miss, under other priors and finer numerics")
    causer.add_argument("--replicates", type=int, default=500)
    against = commands.add_parser("controlled", help="controlled designs: a common shock must not become an effect")
    against.add_argument("--part", choices=tuple(PARTS), required=True)
    against.add_argument("--replicates", type=int, default=60, help="series with the effect; half as many without")
    emulator = commands.add_parser("emulator", help="priors of rho and w compared in the Gaussian limit of the cells")
    emulator.add_argument("--replicates", type=int, default=4000)
    emulator.add_argument("--entropy", type=int, help="a number to begin from, not a fresh one")
    repeater = commands.add_parser("again", help="cells outside 93.5-96.5 %%, on many fresh series")
    repeater.add_argument("--replicates", type=int, default=10_000)
    tabler = commands.add_parser("table", help="combine all results into benchmarks/results")
    pager = commands.add_parser("page", help="write the tables and figures of docs/methods/calibration.md")
    for command in (runner, flagger, causer, against, repeater, tabler, pager):
        command.add_argument("--run", default="main", help="name of the run")
    asked = parser.parse_args(arguments)
    if asked.command == "run":
        cells = [c for c in GRIDS[asked.grid]() if not asked.generators or c.labels["generator"] in asked.generators]
        began = time.monotonic()
        run, sizes = Run.opened(asked.run, asked.entropy), (asked.replicates, asked.null_replicates)
        with spread(asked.scheduler) as mapper:
            run_grid(run, cells, asked.methods, sizes, refresh=asked.refresh, mapper=mapper)
        print(f"entropy {run.entropy}, {time.monotonic() - began:.0f} s")
    elif asked.command == "flags":
        write_flags(asked.run, asked.replicates)
    elif asked.command == "causes":
        write_causes(asked.run, asked.replicates)
    elif asked.command == "controlled":
        run_controlled(asked.run, asked.part, asked.replicates)
    elif asked.command == "emulator":
        write_emulator(asked.replicates, asked.entropy)
    elif asked.command == "again":
        write_again(asked.run, asked.replicates)
    elif asked.command == "table":
        write_tables(asked.run)
    else:
        from benchmarks.calibration.controlled_page import write_controlled_page
        from benchmarks.calibration.page import write_page

        write_page()
        write_controlled_page()


if __name__ == "__main__":
    main()
