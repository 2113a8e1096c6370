"""Command line of the speed study; writes ``benchmarks/results/speed_*.csv``.

python -m benchmarks.speed                 everything (about half an hour, mostly CausalPy and 100,000 series)
python -m benchmarks.speed methods growth  parts of it
python -m benchmarks.speed page            tables and figure of docs/methods/speed.md
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.places import RESULTS, ROOT
from benchmarks.rivals import RIVALS, RivalUnavailableError, run_rival
from benchmarks.speed.import_time import import_times
from benchmarks.speed.ours import TIMED, latent_arrays
from benchmarks.speed.refits import checks
from benchmarks.speed.series import MONTHS, REGIONS, design_of, series_of
from evalkit.model.latent import Series, fit_many_latent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.model.latent import LatentPosterior

RIVAL_SERIES: Final = {"pycausalimpact": 15, "pycausalimpact-covariates": 10, "causalpy": 4, "causalpy-log": 4}
"""Regions that a slow rival is given; the others get all of them."""
LENGTHS: Final = (24, 48, 96, 192, 480, 960)
HARMONICS: Final = (0, 1, 2, 3, 4, 5, 6)
SIZES: Final = (1, 10, 100, 1_000, 10_000, 100_000)
REPEATS: Final = 3


def cpu_ms(one: Callable[[NDArray[np.float64]], object], counts: NDArray[np.float64]) -> float:
    """CPU milliseconds a series of a warm loop: the least of three repeats, as load on the machine only adds."""
    one(counts[0])
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        for y in counts:
            one(y)
        times.append((time.process_time() - began) / len(counts) * 1e3)
    return min(times)


def methods() -> pd.DataFrame:
    """CPU time a series on the same 45 regions of 72 months, one row a method."""
    counts, design = series_of(MONTHS, REGIONS), design_of(MONTHS)
    rows = []
    for name, (label, one) in tqdm(TIMED.items(), desc="methods"):
        rows.append(
            {"method": name, "label": label, "series": REGIONS, "cpu_ms": cpu_ms(partial(one, design=design), counts)}
        )
    for name, rival in tqdm(RIVALS.items(), desc="rivals"):
        chosen = counts[np.linspace(0, REGIONS - 1, RIVAL_SERIES.get(name, REGIONS)).astype(int)]
        row = {"method": name, "label": rival.label, "series": len(chosen)}
        try:
            seconds = run_rival(name, chosen, design.with_campaign, MONTHS // 2)["seconds"]
            rows.append(row | {"cpu_ms": float(np.mean(seconds[1:])) * 1e3})
        except RivalUnavailableError as problem:
            rows.append(row | {"cpu_ms": np.nan, "absent": str(problem)})
    table = pd.DataFrame(rows).assign(months=MONTHS, columns=design.with_campaign.shape[1])
    ours = float(table.loc[table["method"] == "latent", "cpu_ms"].iloc[0])
    return table.assign(times_latent=table["cpu_ms"] / ours)


def growth() -> pd.DataFrame:
    """CPU time a series as one thing grows: months, design columns, series in one call (on one thread)."""
    rows = []
    for months in tqdm(LENGTHS, desc="months"):
        design = design_of(months)
        ms = cpu_ms(partial(latent_arrays, design=design), series_of(months, REGIONS))
        rows.append({"axis": "months", "value": months, "months": months, "columns": 8, "cpu_ms": ms})
    for harmonics in tqdm(HARMONICS, desc="columns"):
        design = design_of(48, harmonics)
        p = design.with_campaign.shape[1]
        ms = cpu_ms(partial(latent_arrays, design=design), series_of(48, REGIONS))
        rows.append({"axis": "columns", "value": p, "months": 48, "columns": p, "cpu_ms": ms})
    for size in tqdm(SIZES, desc="series"):
        ms = _batch_ms(size)
        rows.append({"axis": "series", "value": size, "months": 48, "columns": 8, "cpu_ms": ms})
    return pd.DataFrame(rows)


def _batch_ms(size: int) -> float:
    design = design_of(48)
    series = [Series(y, design.with_campaign) for y in series_of(48, size)]
    keep = partial(_level, position=design.column("level"))
    times = []
    for _ in range(REPEATS if size <= 1000 else 1):
        began = time.process_time()
        fit_many_latent(series, keep, workers=1)
        times.append((time.process_time() - began) / size * 1e3)
    return min(times)


def _level(posterior: LatentPosterior, position: int) -> NDArray[np.float64]:
    return posterior.coefficient(position).quantile((0.5, 0.025, 0.975))


def cold(repeats: int = 5) -> pd.DataFrame:
    """``evalkit estimate`` as a new process on the bundled contacts: wall and CPU seconds of each of five calls.

    The first call finds the compiled kernels on disk only where the library has been used before in the environment.
    """
    contacts = ROOT / "data" / "demo" / "contacts.csv"
    first = pd.read_csv(contacts, comment="#", nrows=1).iloc[0]
    command = [str(Path(sys.executable).with_name("evalkit")), "estimate", str(contacts)]
    command += ["--region", first["region"], "--channel", first["channel"], "--launch", "2019-01", "--json"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for call in range(repeats):
            before, began = os.times(), time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
            wall, after = time.perf_counter() - began, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            rows.append({"call": call + 1, "wall_s": wall, "cpu_s": cpu, "exit_code": done.returncode})
            if done.returncode > 1:
                raise RuntimeError(f"evalkit estimate ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return pd.DataFrame(rows)


PARTS: Final[dict[str, Callable[[], pd.DataFrame]]] = {
    "methods": methods,
    "growth": growth,
    "cold": cold,
    "checks": checks,
    "import": import_times,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and write what was asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "page", []], help="all parts but the page by default")
    asked = parser.parse_args(arguments).parts or list(PARTS)
    RESULTS.mkdir(exist_ok=True)
    for part in asked:
        if part == "page":
            from benchmarks.speed.page import write_page

            write_page()
            continue
        table = PARTS[part]().assign(machine=_machine(), python=platform.python_version())
        table.to_csv(RESULTS / f"speed_{part}.csv", index=False, float_format="%.5g")
        print(table.drop(columns=["machine", "python"]).to_string(index=False))


def _machine() -> str:
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, shared"


if __name__ == "__main__":
    main()
