"""Why some cells miss: the same series under other priors and finer numerics, to tell the two apart.

Nothing is chosen from this; the default of the library stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.calibration.cells import CountCell
from benchmarks.calibration.store import Run
from benchmarks.calibration.summary import share
from benchmarks.places import RESULTS
from evalkit.model.latent import LatentGrid, LatentModel, LatentPrior, Series, fit_many_latent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.model.latent import LatentPosterior

NEAR: Final = 0.01


def cause_cells() -> Iterator[CountCell]:
    """Cells that miss to either side, and two hard ones that do not."""
    for generator, n, rho, mean in (
        ("latent", 36, 0.0, 60.0),
        ("latent", 36, 0.8, 60.0),
        ("latent", 24, 0.6, 5.0),
        ("nb-ar1", 48, 0.8, 60.0),
        ("nb-ar1", 96, 0.8, 60.0),
    ):
        yield CountCell(generator=generator, n=n, launch="half", rho=rho, mean=mean)


def variants(rho: float) -> dict[str, LatentModel]:
    """The default, other priors, finer numerics, and ρ known."""
    known = LatentPrior(rho_lower=rho - NEAR, rho_upper=rho + NEAR)
    return {
        "default": LatentModel(),
        "ρ known": LatentModel(prior=known),
        "prior of ρ: power ½": LatentModel(prior=LatentPrior(rho_power=0.5)),
        "prior of ρ: flat": LatentModel(prior=LatentPrior(rho_power=0.0)),
        "a single AR(1), ρ from −0.3": LatentModel(prior=LatentPrior(rho_lower=-0.3, white={0.0: 1.0})),
        "prior of σ: exponential": LatentModel(prior=LatentPrior(sigma="exponential")),
        "plain Laplace": LatentModel(grid=LatentGrid(order=0)),
        "grid twice as fine": LatentModel(grid=LatentGrid(step=0.8, cutoff=1e-6)),
    }


def write_causes(name: str, replicates: int) -> None:
    """Write ``calibration_causes.csv``: one row a cell and variant."""
    run = Run.opened(name)
    jobs = [(cell, label, model) for cell in cause_cells() for label, model in variants(cell.rho).items()]
    rows = []
    for cell, label, model in tqdm(jobs, desc="causes", unit="fit"):
        design = cell.setting
        series = [Series(y, design.matrix) for y in run.series(cell, replicates, null=False)]

        def kept(posterior: LatentPosterior, position: int = design.level) -> NDArray[np.float64]:
            quantiles = posterior.coefficient(position).quantile((0.025, 0.975))
            return np.append(quantiles, (posterior.rho.centre, posterior.sigma.centre))

        found = [one for one in fit_many_latent(series, kept, model=model, workers=1) if isinstance(one, np.ndarray)]
        lower, upper, rho, sigma = np.array(found).T
        coverage, mcse = share((lower <= cell.log_truth) & (cell.log_truth <= upper))
        figures = {
            "replicates": len(found),
            "coverage": coverage,
            "coverage_mcse": mcse,
            "median_width": np.median(upper - lower),
            "median_rho": np.median(rho),
            "median_sigma": np.median(sigma),
            "entropy": str(run.entropy),
        }
        rows.append({**cell.labels, "variant": label, **figures})
    pd.DataFrame(rows).to_csv(RESULTS / "calibration_causes.csv", index=False, float_format="%.5g")
