"""bsts-causalimpact on many series; run by the interpreter of its own environment.

usage: bsts.py GIVEN.npz ANSWER.npz [covariates | season]

With its default settings; with ``covariates``, trend and season enter as regressors; with ``season``, it gets its own
monthly season (``nseasons=12``). The ratio is 1 + its relative effect.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from causal_impact import CausalImpact


def main(given: str, answer: str, option: str = "") -> None:
    """Read counts, write ratios with their intervals and the CPU seconds of each series."""
    with np.load(given) as stored:
        counts, covariates, launch = stored["counts"], stored["covariates"], int(stored["launch"])
    found = np.full((4, len(counts)), np.nan)
    for i, y in enumerate(counts):
        began = time.process_time()
        data = np.column_stack([y, covariates]) if option == "covariates" else y[:, None]
        args = {"seed": i} | ({"nseasons": 12} if option == "season" else {})
        results = CausalImpact(data, [0, launch - 1], [launch, len(y) - 1], model_args=args)._results
        found[3, i] = time.process_time() - began
        found[:3, i] = [1 + getattr(results, f"relative_effect_{part}") for part in ("mean", "lower", "upper")]
    np.savez(answer, centre=found[0], lower=found[1], upper=found[2], seconds=found[3])


if __name__ == "__main__":
    main(*sys.argv[1:])
