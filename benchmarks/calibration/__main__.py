"""Command line of the calibration study.

python -m benchmarks.calibration run --grid counts --methods latent --replicates 2000 --null-replicates 1000
python -m benchmarks.calibration table
python -m benchmarks.calibration page
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from benchmarks.calibration import summary
from benchmarks.calibration.causes import write_causes
from benchmarks.calibration.cells import GRIDS
from benchmarks.calibration.controlled import PARTS, run_controlled
from benchmarks.calibration.emulator import write_emulator
from benchmarks.calibration.flags import write_flags
from benchmarks.calibration.generators import GENERATORS
from benchmarks.calibration.intervals import joined
from benchmarks.calibration.methods import METHODS, version_of
from benchmarks.calibration.store import Result, Run, key_of, load, save
from benchmarks.places import RESULTS
from benchmarks.rivals import RivalUnavailableError

if TYPE_CHECKING:
    from benchmarks.calibration.cells import Cell


def compute(run: Run, method: str, cell: Cell, *, null: bool, size: int, refresh: bool) -> None:
    """Fit one method to the first ``size`` series of a cell and keep the intervals.

    What was done before is not done again: a smaller result of the same version of the code is added to; one of another
    version stays, unless it is too small or ``refresh`` is asked for.
    """
    path, version = run.path(method, cell, null=null), version_of(method)
    before = load(path) if path.exists() else None
    if before is not None and before.size >= size and not (refresh and before.version != version):
        return
    if before is not None and before.version != version:
        before = None
    done = 0 if before is None else before.size
    counts = run.series(cell, size, null=null)[done:]
    began = os.times()
    estimated = METHODS[method].estimate(counts, cell.setting)
    ended = os.times()
    # own CPU time and that of finished child processes: user + system of each
    seconds = sum(ended[:4]) - sum(began[:4])
    if before is not None:
        estimated = {name: joined([before.estimated[name], part]) for name, part in estimated.items()}
        seconds += before.cpu_seconds
    save(path, Result(estimated=estimated, cpu_seconds=seconds, size=size, version=version))


def run_grid(run: Run, cells: Sequence[Cell], methods: Sequence[str], sizes: tuple[int, int], refresh: bool) -> None:
    """Every method on every cell; a rival that is not available is named and left out.

    Parameters
    ----------
    sizes : tuple of int
        Series with the effect and without, for each cell.
    refresh : bool
        Compute again what an older version of the code has made.
    """
    for method in methods:
        version_of(method)
    for method in methods:
        jobs = [(cell, null, size) for cell in cells for null, size in zip((False, True), sizes, strict=True) if size]
        try:
            for cell, null, size in tqdm(jobs, desc=method, unit="file", mininterval=5):
                compute(run, method, cell, null=null, size=size, refresh=refresh)
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
    tabler = commands.add_parser("table", help="combine all results into benchmarks/results")
    pager = commands.add_parser("page", help="write the tables and figures of docs/methods/calibration.md")
    for command in (runner, flagger, causer, against, tabler, pager):
        command.add_argument("--run", default="main", help="name of the run")
    asked = parser.parse_args(arguments)
    if asked.command == "run":
        cells = [c for c in GRIDS[asked.grid]() if not asked.generators or c.labels["generator"] in asked.generators]
        began = time.monotonic()
        run = Run.opened(asked.run, asked.entropy)
        run_grid(run, cells, asked.methods, (asked.replicates, asked.null_replicates), asked.refresh)
        print(f"entropy {run.entropy}, {time.monotonic() - began:.0f} s")
    elif asked.command == "flags":
        write_flags(asked.run, asked.replicates)
    elif asked.command == "causes":
        write_causes(asked.run, asked.replicates)
    elif asked.command == "controlled":
        run_controlled(asked.run, asked.part, asked.replicates)
    elif asked.command == "emulator":
        write_emulator(asked.replicates, asked.entropy)
    elif asked.command == "table":
        write_tables(asked.run)
    else:
        from benchmarks.calibration.controlled_page import write_controlled_page
        from benchmarks.calibration.page import write_page

        write_page()
        write_controlled_page()


if __name__ == "__main__":
    main()
