"""Long runs of the No-U-Turn sampler (nutpie) on the latent model, kept round by round outside the repository.

Each value of w, the share of the variance without memory, is a run of its own: a plane.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.reference.density import bounds_of, log_density, problem_of, size_of, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.reference.cases import Case
    from evalkit.design import Design

CHAINS, TUNE, DRAWS = 4, 1000, 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """All rounds of one case in one plane.

    Attributes
    ----------
    values : dict of ndarray of shape (chains, draws)
        Each estimand, ``rho`` and ``sigma``.
    q : ndarray of shape (S, 2)
        The sampler's coordinates of rho and sigma.
    divergences : int
        Divergent transitions.
    steps : float
        Mean number of leapfrog steps a draw.
    seconds : float
        Time it took.
    """

    values: dict[str, NDArray[np.float64]]
    q: NDArray[np.float64]
    divergences: int
    steps: float
    seconds: float

    @property
    def rounds(self) -> int:
        """Number of rounds of ``CHAINS`` chains."""
        return self.values["rho"].shape[0] // CHAINS


def estimands(
    design: Design, b: NDArray[np.float64], u: NDArray[np.float64], seed: int
) -> dict[str, NDArray[np.float64]]:
    """Every estimand of every draw of b (S, p) and u (S, n).

    ``counterfactual_total`` is what would have been counted in the window without the campaign, observation noise
    included, with a uniform jitter of half a contact to either side so that its quantiles are smooth.
    """
    w = design.window
    values = {
        f"log_{name}_change": b[:, design.column(name)] for name in design.campaign_terms if name in ("level", "slope")
    }
    common = design.offset[w] + u[:, w]
    with_total = np.exp(common + b @ design.with_campaign[w].T).sum(axis=1)
    without_total = np.exp(common + b @ design.without_campaign[w].T).sum(axis=1)
    rng = np.random.default_rng(seed)
    values["log_rate_ratio"] = np.log(with_total / without_total)
    values["cumulative_effect"] = with_total - without_total
    values["counterfactual_total"] = rng.poisson(np.minimum(without_total, 1e15)) + rng.uniform(-0.5, 0.5, len(u))
    return values


def sample_round(design: Design, white: float, number: int, target_accept: float) -> dict[str, Any]:
    """One round: arrays of shape (chains, draws[, p]) by name, and how the sampler fared. The round fixes the seeds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import nutpie
        from nutpie.compiled_pyfunc import from_pyfunc

    problem, to_b = problem_of(design)
    arguments = (*problem, bounds_of(white))
    size = size_of(problem, white)
    compiled = from_pyfunc(
        size,
        lambda: lambda q: log_density(q, *arguments),
        lambda *_: lambda q: {"q": q},
        [np.dtype("float64")],
        [(size,)],
        ["q"],
        make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=size) / 2,
    )
    began = time.perf_counter()
    trace = nutpie.sample(
        compiled,
        draws=DRAWS,
        tune=TUNE,
        chains=CHAINS,
        cores=1,
        seed=1000 + number,
        save_warmup=False,
        progress_bar=False,
        target_accept=target_accept,
    )
    seconds = time.perf_counter() - began
    theta, b, memory, noise = unpack(trace.posterior["q"].to_numpy().reshape(-1, size), *arguments)
    b = b @ to_b.T
    values = estimands(design, b, memory + noise, seed=number) | {"rho": theta[:, 0], "sigma": theta[:, 1]}
    shape = (CHAINS, DRAWS)
    return {name: value.reshape(shape) for name, value in values.items()} | {
        "b": b.reshape(*shape, -1),
        "q": trace.posterior["q"].to_numpy()[:, :, :2],
        "divergences": int(trace.sample_stats["diverging"].sum()),
        "steps": float(trace.sample_stats["n_steps"].mean()),
        "seconds": seconds,
    }


def add_round(case: Case, white: float, cache: Path, number: int) -> None:
    """Sample one round of a case into the cache; a round that is stopped half-way leaves nothing behind."""
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / f"{case.name}-{white:g}.partial.npz"
    np.savez(partial, **sample_round(case.design(), white, number, case.target_accept))
    partial.rename(_file(case, white, cache, number))


def has_round(case: Case, white: float, cache: Path, number: int) -> bool:
    """Whether the round is in the cache."""
    return _file(case, white, cache, number).exists()


def _file(case: Case, white: float, cache: Path, number: int) -> Path:
    return cache / f"{case.name}-{white:g}-{number:02d}.npz"


def load(case: Case, white: float, cache: Path) -> Run | None:
    """All rounds of a case and plane that are in the cache; None where there is none."""
    rounds = [dict(np.load(file)) for file in sorted(cache.glob(f"{case.name}-{white:g}-??.npz"))]
    if not rounds:
        return None
    names = [name for name, value in rounds[0].items() if value.ndim == 2]
    return Run(
        q=np.concatenate([r["q"] for r in rounds]).reshape(-1, 2),
        values={name: np.concatenate([r[name] for r in rounds]) for name in names},
        divergences=sum(int(r["divergences"]) for r in rounds),
        steps=float(np.mean([r["steps"] for r in rounds])),
        seconds=float(sum(r["seconds"] for r in rounds)),
    )
