"""Which prior of (rho, w) covers: the count study's cells in their Gaussian limit, where a fit takes microseconds.

For many contacts the log counts are nearly normal: y = X b + u + e, with e of known variance (the Poisson noise, the
unit here) and u of variance 2, as the count study has it for variance 3 times the mean. So every cell with large means
is one cell here. u is a stationary AR(1) of variance sigma^2 (1 - w) plus noise without memory of variance sigma^2 w.
For each (rho, sigma, w) on a grid the posterior of b is normal and exact; sigma (flat) is integrated once, and any
prior of (rho, w) is then a set of weights. The default prior of the latent model was chosen from such a table; the
count study checks it on series of its own.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.special import ndtr
from tqdm import tqdm

from benchmarks.calibration.cells import LENGTHS, RHOS
from benchmarks.calibration.generators import WITHIN_ASSUMPTIONS, ar1, ar2
from benchmarks.places import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FILE: Final = "calibration_emulator.csv"
Z: Final = np.linspace(np.arctanh(-0.9), np.arctanh(0.98), 51)[1::2]  # atanh(rho): middles of 25 equal cells
SIGMAS: Final = np.exp(np.linspace(np.log(0.15), np.log(20), 13))
SHARES: Final = (0.0, 0.3, 0.5, 0.7)
LATENT_VARIANCE: Final = 2.0
TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Candidate:
    """A prior: rho from ``lower``, density proportional to (1 - rho^2)^-power, the mass of each memoryless share."""

    lower: float
    power: float
    white: tuple[tuple[float, float], ...] = ((0.0, 1.0),)

    def weights(self) -> NDArray[np.float64]:
        """Prior mass of each (rho, w), shape (25, 4)."""
        rho = np.tanh(Z)
        inside = np.where(np.arctanh(self.lower) - 1e-9 < Z, (1 - rho**2) ** (1 - self.power), 0.0)
        mass = dict(self.white)
        return np.outer(inside / inside.sum(), [mass.get(share, 0.0) for share in SHARES])


def candidates() -> Iterator[Candidate]:
    """Lower ends, powers, and where the mass on a memoryless share lies and how much it is."""
    for lower, power in itertools.product((-0.3, -0.6, -0.9), (0.0, 0.5, 1.0, 1.25)):
        yield Candidate(lower, power)
        yield Candidate(lower, power, ((0.0, 0.9), (0.5, 0.1)))
    for share, mass in itertools.product((0.3, 0.5, 0.7), (0.05, 0.1, 0.2)):
        yield Candidate(-0.9, 1.0, ((0.0, 1 - mass), (share, mass)))


def simulate(rng: np.random.Generator, size: int, n: int, generator: str, rho: float) -> NDArray[np.float64]:
    """Series without an effect, shape (size, n), in units of the Poisson noise."""
    noise = rng.standard_normal((size, n))
    if generator == "nb-ar1":
        return ar1(rng, size, n, rho) + rng.standard_normal((size, n)) + noise
    process = ar2 if generator == "ar2" else ar1
    return np.sqrt(LATENT_VARIANCE) * process(rng, size, n, rho) + noise


def design(n: int, launch: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The study's six columns, shape (n, 6), and two contrasts (2, 6): level change, mean log ratio over the window."""
    t = np.arange(n)
    post = (t >= launch).astype(float)
    slope = post * (t - launch + 1) / 12
    angle = 2 * np.pi * t / 12
    matrix = np.column_stack([np.ones(n), (t - launch) / 12, np.sin(angle), np.cos(angle), post, slope])
    return matrix, np.array([[0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, slope[launch:].mean()]])


def posteriors(
    y: NDArray[np.float64], matrix: NDArray[np.float64], contrasts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log marginal likelihood of each (rho, w), shape (25, 4, m), and P(contrast < 0) there, shape (2, 25, 4, m)."""
    m, n = y.shape
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    log_likelihood = np.empty((len(Z), len(SHARES), m))
    below = np.empty((2, *log_likelihood.shape))
    for i, rho in enumerate(np.tanh(Z)):
        values, vectors = np.linalg.eigh(rho**lag)
        turned = y @ vectors, vectors.T @ matrix
        for j, share in enumerate(SHARES):
            log_likelihood[i, j], below[:, i, j] = _over_sigma(*turned, (1 - share) * values + share, contrasts)
    return log_likelihood, below


def _over_sigma(
    y: NDArray[np.float64], matrix: NDArray[np.float64], values: NDArray[np.float64], contrasts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    logs, below = [], []
    for sigma in SIGMAS:
        root = np.sqrt(sigma**2 * values + 1)
        X, z = matrix / root[:, None], y / root
        C = np.linalg.inv(X.T @ X)
        b = z @ X @ C
        rest = (z**2).sum(axis=1) - ((z @ X) * b).sum(axis=1)
        log_determinants = 2 * np.log(root).sum() - np.linalg.slogdet(C)[1]
        logs.append(np.log(sigma) - (log_determinants + rest) / 2)  # equal steps of log sigma, flat in sigma
        below.append(ndtr(-(b @ contrasts.T) / np.sqrt(np.einsum("kp,pq,kq->k", contrasts, C, contrasts))).T)
    stacked = np.array(logs)
    top = stacked.max(axis=0)
    weight = np.exp(stacked - top)
    return top + np.log(weight.sum(axis=0)), np.einsum("sm,skm->km", weight / weight.sum(axis=0), np.array(below))


def covered(
    log_likelihood: NDArray[np.float64], below: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coverage of both contrasts under a prior of (rho, w), shape (2,)."""
    weight = np.exp(log_likelihood - log_likelihood.max(axis=(0, 1))) * prior[:, :, None]
    weight /= weight.sum(axis=(0, 1))
    at_truth = (below * weight).sum(axis=(1, 2))
    return np.asarray(((at_truth > TAILS[0]) & (at_truth < TAILS[1])).mean(axis=1))


def write_emulator(replicates: int, entropy: int | None = None) -> None:
    """Write ``calibration_emulator.csv``: one row a prior, with its lowest, median and highest cell."""
    chosen = entropy if entropy is not None else np.random.SeedSequence().entropy
    tried = list(dict.fromkeys(candidates()))
    found: dict[Candidate, list[NDArray[np.float64]]] = {one: [] for one in tried}
    cells = list(itertools.product(LENGTHS, ("half", "6 before end"), WITHIN_ASSUMPTIONS, RHOS))
    for number, (n, launch, generator, rho) in enumerate(tqdm(cells, desc="emulator", unit="cell")):
        rng = np.random.default_rng([*np.random.SeedSequence(chosen).generate_state(4), number])
        matrix, contrasts = design(n, n // 2 if launch == "half" else n - 6)
        known = posteriors(simulate(rng, replicates, n, generator, rho), matrix, contrasts)
        for one in tried:
            found[one].append(covered(*known, one.weights()))
    rows = []
    for one, coverages in found.items():
        table = 100 * np.array(coverages)
        row = {"rho_lower": one.lower, "rho_power": one.power}
        row |= {"white": "; ".join(f"{share:g}: {mass:g}" for share, mass in one.white)}
        for k, name in enumerate(("level", "ratio")):
            low, middle, high = np.quantile(table[:, k], [0, 0.5, 1])
            row |= {f"{name}_lowest": low, f"{name}_median": middle, f"{name}_highest": high}
            row[f"{name}_outside_93_97"] = int(((table[:, k] < 93) | (table[:, k] > 97)).sum())
        rows.append({**row, "cells": len(cells), "replicates": replicates, "entropy": str(chosen)})
    pd.DataFrame(rows).to_csv(RESULTS / FILE, index=False, float_format="%.5g")
