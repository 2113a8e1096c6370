"""Command line of the study of pooled effects.

nice -n 10 python -m benchmarks.pooled run --replicates 500
python -m benchmarks.pooled table
python -m benchmarks.pooled page
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.calibration.methods import hash_of
from benchmarks.places import RESULTS, WORK
from benchmarks.pooled.cells import CELLS, Cell
from benchmarks.pooled.methods import METHODS, SOURCES, rows
from benchmarks.pooled.page import write_page

BLOCK: Final = 50
TABLE: Final = RESULTS / "calibration_pooled.csv"
FOLDER: Final = WORK / "pooled"


def entropy_of(folder: Path) -> int:
    """The entropy that every table of the study comes from, fresh on first use."""
    note = folder / "run.json"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"entropy": secrets.randbits(64)}))
    return int(json.loads(note.read_text())["entropy"])


def compute(cell: Cell, block: int, entropy: int) -> pd.DataFrame:
    """Every method on one block of tables; each block has a random stream of its own."""
    seed = np.random.SeedSequence(entropy, spawn_key=(zlib.crc32(cell.key.encode()), block))
    rng = np.random.default_rng(seed)
    found = []
    for replicate in range(BLOCK):
        table, launches = cell.simulate(rng)
        found += [{"replicate": replicate, **row} for row in rows(cell, table, launches)]
    return pd.DataFrame(found)


def run(replicates: int, *, first: int, refresh: bool) -> None:
    """Compute what is missing, block by block over all cells, so that a run that is stopped has all of them.

    A block that another version of the code made stays, unless ``refresh`` is asked for; its version is in the table.
    """
    entropy, version = entropy_of(FOLDER), hash_of(SOURCES)
    wanted = [(block, cell) for block in range(first, math.ceil(replicates / BLOCK)) for cell in CELLS]
    for block, cell in tqdm(wanted):
        path = FOLDER / f"{cell.key}.{block}.csv"
        if path.exists() and not (refresh and _version(path) != version):
            continue
        unfinished = path.with_suffix(".part")
        compute(cell, block, entropy).assign(version=version).to_csv(unfinished, index=False)
        unfinished.replace(path)


def _version(path: Path) -> str:
    return str(pd.read_csv(path, dtype={"version": str}, nrows=1)["version"].iloc[0])


def table() -> pd.DataFrame:
    """One row a cell, kind of comparison and method."""
    found = []
    for cell in CELLS:
        parts = [pd.read_csv(path, dtype={"version": str}) for path in sorted(FOLDER.glob(f"{cell.key}.*.csv"))]
        if not parts:
            continue
        together = pd.concat(parts)
        for (comparisons, method), group in together.groupby(["comparisons", "method"]):
            found.append({**vars(cell), "comparisons": comparisons, "method": method, **measured(cell, group)})
    frame = pd.DataFrame(found).assign(entropy=str(entropy_of(FOLDER)))
    order = {name: place for place, name in enumerate(METHODS)}
    cells = {cell.key: place for place, cell in enumerate(CELLS)}
    key = [cells[Cell(**row).key] for row in frame[list(vars(CELLS[0]))].to_dict("records")]
    frame = frame.assign(cell=key, place=frame["method"].map(order))
    return frame.sort_values(["cell", "comparisons", "place"]).drop(columns=["cell", "place"])


def measured(cell: Cell, group: pd.DataFrame) -> dict[str, object]:
    """Coverage of the mean effect and of new regions, bias and width, each with its Monte-Carlo error."""
    known = group.dropna(subset=["centre"])
    truth, n = math.log(cell.ratio), len(known)
    held = ((known["lower"] <= truth) & (truth <= known["upper"])).to_numpy(float)
    error = (known["centre"] - truth).to_numpy()
    ahead = known["new_region"].dropna().to_numpy()
    return {
        "replicates": len(group),
        "coverage": _mean(held),
        "coverage_mcse": _share_error(held),
        "false_positive": 1 - _mean(held) if cell.ratio == 1 else math.nan,
        "new_region": _mean(ahead),
        "new_region_mcse": _mean_error(ahead),
        "bias": _mean(error),
        "bias_mcse": _mean_error(error),
        "median_width": float(np.median(known["upper"] - known["lower"])) if n else math.nan,
        "left_out": _mean(group["left_out"].to_numpy(float)) / cell.regions,
        "not_estimable": 1 - n / len(group),
        "version": " ".join(sorted(set(group["version"]))),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _mean_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def _share_error(held: np.ndarray) -> float:
    """Binomial standard error; at 0 and 1, where it would be 0, that of one half case."""
    if not len(held):
        return math.nan
    share = min(max(float(held.mean()), 0.5 / len(held)), 1 - 0.5 / len(held))
    return math.sqrt(share * (1 - share) / len(held))


def main() -> None:
    """Run, tabulate, or fill the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["run", "table", "page"])
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="block to begin with, to share a run between processes")
    parser.add_argument("--refresh", action="store_true", help="compute again what another version of the code made")
    chosen = parser.parse_args()
    if chosen.step == "run":
        run(chosen.replicates, first=chosen.first, refresh=chosen.refresh)
    elif chosen.step == "table":
        table().to_csv(TABLE, index=False, float_format="%.5g")
    else:
        write_page(pd.read_csv(TABLE))


if __name__ == "__main__":
    main()
