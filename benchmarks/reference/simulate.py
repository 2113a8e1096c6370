"""Make ``simulated.csv``, the small-count series of the reference posteriors, from their fixed seeds.

The file is committed; the numbers of the reference posteriors belong to it, not to a new one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.reference.cases import FOLDER, SIMULATED, cases
from evalkit.simulate import simulate_series


def simulated_table() -> pd.DataFrame:
    """All simulated series in the layout of a contacts file, with the true parameters left to ``cases.toml``.

    ``growth`` becomes the growth of the exposure where a case has one, so that the rate has no trend.
    """
    parts = []
    for case in cases().values():
        if case.simulation is None:
            continue
        options = dict(case.simulation)
        rng = np.random.default_rng(options.pop("seed"))
        gaps = options.pop("gaps", [])
        counts = simulate_series(rng, **options, launch=case.launch)
        years = np.arange(len(counts)) / 12
        exposure = np.rint(100_000 * options.get("growth", 1.0) ** years) if case.exposure else np.nan
        rows = pd.DataFrame(
            {
                "region": case.name,
                "channel": "helpline",
                "period": counts.index.astype(str),
                "contacts": counts.to_numpy().astype(int),
                "exposure": exposure,
                "simulated": True,
            }
        )
        parts.append(rows[~rows["period"].isin(gaps)])
    return pd.concat(parts, ignore_index=True)


def write() -> None:
    """Write the file."""
    simulated_table().to_csv(FOLDER / SIMULATED, index=False, float_format="%.0f", lineterminator="\n")
