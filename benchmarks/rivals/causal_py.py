"""CausalPy's interrupted time series on many series; run by the interpreter of its own environment.

usage: causal_py.py GIVEN.npz ANSWER.npz [log]

Its linear regression with trend and season, default priors and sampler settings (chains one after another, so that CPU
seconds are those of one core). On counts the ratio is the total counted over the total that it expects; with ``log`` it
is given log(y + 1/2), which suits its priors better, and the ratio is exp of its mean impact.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time
import warnings

import causalpy as cp
import numpy as np
import pandas as pd


def main(given: str, answer: str, option: str = "") -> None:
    """Read counts, write ratios with their intervals and the CPU seconds of each series."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with np.load(given) as stored:
        counts, covariates, launch = stored["counts"], stored["covariates"], int(stored["launch"])
    found = np.full((4, len(counts)), np.nan)
    names = [f"x{j}" for j in range(covariates.shape[1])]
    for i, y in enumerate(counts):
        began = time.process_time()
        outcome = np.log(y + 0.5) if option == "log" else y
        frame = pd.DataFrame(covariates, columns=names).assign(y=outcome)
        settings = {"random_seed": i, "progressbar": False, "cores": 1}
        with contextlib.redirect_stdout(io.StringIO()):
            result = cp.InterruptedTimeSeries(
                frame,
                launch,
                formula="y ~ 1 + " + " + ".join(names),
                model=cp.pymc_models.LinearRegression(sample_kwargs=settings),
            )
        found[3, i] = time.process_time() - began
        impact = result.post_impact
        if option == "log":
            ratio = np.exp(impact.mean("obs_ind")).to_numpy().ravel()
        else:
            total = outcome[launch:].sum()
            ratio = total / (total - impact.sum("obs_ind").to_numpy().ravel())
        found[:3, i] = np.quantile(ratio, (0.5, 0.025, 0.975))
    np.savez(answer, centre=found[0], lower=found[1], upper=found[2], seconds=found[3])


if __name__ == "__main__":
    main(*sys.argv[1:])
