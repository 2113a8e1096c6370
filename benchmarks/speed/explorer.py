"""How long the explorer takes from a choice to a new figure and verdict; writes ``results/speed_explorer.csv``.

python -m benchmarks.speed.explorer
"""

from __future__ import annotations

import time
from itertools import product
from typing import Final

import numpy as np
import pandas as pd

import evalkit as ek
from benchmarks.places import RESULTS
from evalkit.explorer import Choice, source_of
from evalkit.explorer.choices import MODELS

REGIONS: Final = ("Wathermere", "Belmarrow", "Copsenwater")
LAUNCHES: Final = ("2017-09", "2018-09", "2019-09", "2020-09")
WINDOWS: Final = (None, 24)


def main() -> None:
    """Measure every model on the same choices of the demonstration, and write the table."""
    source = source_of(ek.resources.path("data/demo/evaluation.toml"))
    rows = [measured(source, model) for model in MODELS]
    table = pd.DataFrame(rows)
    table.to_csv(RESULTS / "speed_explorer.csv", index=False, float_format="%.0f", lineterminator="\n")
    print(table.to_string(index=False))


def measured(source: object, model: str) -> dict[str, object]:
    """CPU and wall milliseconds of the requests of one model: each with another launch, window or region."""
    asked = list(product(REGIONS, LAUNCHES, WINDOWS))
    asked = asked if model != "controlled" else asked[::6]
    cpu, wall = [], []
    for number, (region, launch, window) in enumerate([asked[0], *asked]):
        choice = Choice(region=region, channel="website", launch=launch, model=model, window=window, claim="threefold")
        began = time.process_time(), time.perf_counter()
        view = ek.explorer_state(source, choice)  # type: ignore[arg-type]
        if view.error:
            raise RuntimeError(view.error)
        if number:  # the first one compiles and loads fonts
            cpu.append(1e3 * (time.process_time() - began[0]))
            wall.append(1e3 * (time.perf_counter() - began[1]))
    ends = {"median": 50, "p95": 95}
    kinds = {"cpu": cpu, "wall": wall}
    times = {f"{kind}_{name}_ms": np.percentile(kinds[kind], q) for kind in kinds for name, q in ends.items()}
    return {"model": model, "requests": len(cpu), **times}


if __name__ == "__main__":
    main()
