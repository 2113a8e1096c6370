"""Make the reference values of the synthetic control on Proposition 99, with another package.

Run in an environment of its own (it is not among the dependencies of evalkit)::

    python -m venv reference && reference/bin/pip install pysyncon==1.7.0
    reference/bin/python make_prop99.py prop99_cigsales.csv .

pysyncon (MIT licence) solves the same problem by sequential quadratic programming. Predictors are the 19 outcomes
before 1989 and nothing else, with equal importance. Its own ``Synth.fit`` divides each predictor by its standard
deviation; the optimiser is therefore called on the outcomes as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from pysyncon import AugSynth, Dataprep, Synth

TREATED, FIRST, LAUNCH, LAST = "California", 1970, 1989, 2000


def main(source: str, out: str) -> None:
    """Write ``prop99_weights.csv`` and ``prop99_gaps.csv`` into ``out``."""
    table = pd.read_csv(source)
    others = [region for region in table["region"].unique() if region != TREATED]
    before = range(FIRST, LAUNCH)
    prepared = Dataprep(
        foo=table,
        predictors=[],
        predictors_op="mean",
        dependent="packs_per_capita",
        unit_variable="region",
        time_variable="period",
        treatment_identifier=TREATED,
        controls_identifier=others,
        time_predictors_prior=before,
        time_optimize_ssr=before,
    )
    donors, treated = prepared.make_outcome_mats(time_period=before)
    options = {"maxiter": 5000, "ftol": 1e-14}
    weights, _ = Synth.w_optimize(
        V_mat=np.eye(len(before)), X0=donors.to_numpy(), X1=treated.to_numpy(), qp_options=options
    )
    augmented = AugSynth()
    augmented.fit(prepared, use_covariates=False)
    both = pd.DataFrame({"classic": weights, "augmented": augmented.W}, index=donors.columns)
    both.index.name = "donor"
    all_donors, all_treated = prepared.make_outcome_mats(time_period=range(FIRST, LAST + 1))
    gaps = pd.DataFrame({name: all_treated - all_donors @ both[name] for name in both})
    gaps.index.name = "year"
    both.round(8).to_csv(Path(out) / "prop99_weights.csv")
    gaps.round(8).to_csv(Path(out) / "prop99_gaps.csv")
    sys.stdout.write(f"penalty of the augmented form: {augmented.lambda_!r}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
