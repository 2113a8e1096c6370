"""pycausalimpact on many series; run by the interpreter of its own environment.

usage: pyci.py GIVEN.npz ANSWER.npz [covariates]

With its default settings; with ``covariates``, trend and season enter as regressors. The ratio is 1 + its cumulative
relative effect.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd
from causalimpact import CausalImpact


def main(given: str, answer: str, option: str = "") -> None:
    """Read counts, write ratios with their intervals and the CPU seconds of each series."""
    warnings.simplefilter("ignore")
    with np.load(given) as stored:
        counts, covariates, launch = stored["counts"], stored["covariates"], int(stored["launch"])
    found = np.full((4, len(counts)), np.nan)
    for i, y in enumerate(counts):
        np.random.seed(i)  # noqa: NPY002 - the package draws from numpy's global generator
        began = time.process_time()
        data = pd.DataFrame(np.column_stack([y, covariates]) if option == "covariates" else y[:, None])
        try:
            summary = CausalImpact(data, [0, launch - 1], [launch, len(y) - 1]).summary_data["cumulative"]
        except (np.linalg.LinAlgError, ValueError):
            continue
        finally:
            found[3, i] = time.process_time() - began
        found[:3, i] = [1 + summary[f"rel_effect{part}"] for part in ("", "_lower", "_upper")]
    np.savez(answer, centre=found[0], lower=found[1], upper=found[2], seconds=found[3])


if __name__ == "__main__":
    main(*sys.argv[1:])
