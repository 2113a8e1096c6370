"""How long ``import evalkit`` takes in a new process, beside an empty process and the libraries that it defers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

import pandas as pd

REPEATS: Final = 5
STATEMENTS: Final = {
    "an empty process": "pass",
    "import evalkit": "import evalkit",
    "import pandas": "import pandas",
    "import evalkit, and first use of read_contacts": "import evalkit; evalkit.read_contacts",
    "import evalkit, and first use of estimate_effect": "import evalkit; evalkit.estimate_effect",
    "import evalkit, and first use of plot_counterfactual": "import evalkit; evalkit.plot_counterfactual",
}


def import_times() -> pd.DataFrame:
    """CPU and wall seconds of each statement in a process of its own: the least and the median of five repeats."""
    rows = []
    for what, statement in STATEMENTS.items():
        timed = [_timed(statement) for _ in range(REPEATS)]
        frame = pd.DataFrame(timed, columns=["cpu_s", "wall_s"])
        rows.append(
            {"what": what, "repeats": REPEATS, "cpu_s": frame["cpu_s"].min(), "cpu_median_s": frame["cpu_s"].median()}
            | {"wall_s": frame["wall_s"].min(), "wall_median_s": frame["wall_s"].median()}
        )
    return pd.DataFrame(rows)


def _timed(statement: str) -> tuple[float, float]:
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return max(cpu, 0.0), wall
