"""The latent model once more, in PyMC and in plain coordinates: a check on the density that is sampled.

Sampled in these coordinates, NUTS diverges and hardly moves in (rho, sigma), which is why ``density.py`` has others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.reference.density import RHO, SIGMA, bounds_of, log_density, problem_of, size_of, unpack

if TYPE_CHECKING:
    from evalkit.design import Design


def build(design: Design, white: float) -> Any:
    """The model as a ``pymc.Model`` in (atanh rho, sigma, b, f, e), f = X b + a, with X orthogonalised.

    Without e where ``white``, the share of the variance without memory, is 0.
    """
    import pymc as pm
    import pytensor.tensor as pt

    problem, _ = problem_of(design)
    used, offset = problem.used, problem.offset
    n, p = problem.X.shape
    with pm.Model() as model:
        atanh_rho = pm.Uniform("atanh_rho", *np.arctanh(RHO), initval=0.2)
        rho = pt.tanh(atanh_rho)
        sigma = pm.Uniform("sigma", *SIGMA, initval=0.3)
        b = pm.Flat("b", shape=p, initval=np.linalg.lstsq(problem.X[used], problem.r[used], rcond=None)[0])
        f = pm.Flat("f", shape=n, initval=problem.r)
        a = pm.Deterministic("a", f - pt.dot(problem.X, b))
        sd = sigma * np.sqrt(1 - white)
        pm.Potential("first", pm.logp(pm.Normal.dist(0, sd), a[0]))
        pm.Potential("later", pm.logp(pm.Normal.dist(rho * a[:-1], sd * pt.sqrt(1 - rho**2)), a[1:]).sum())
        eta = f
        if white > 0:
            e = pm.Flat("e", shape=n, initval=np.zeros(n))
            pm.Potential("noise", pm.logp(pm.Normal.dist(0, sigma * np.sqrt(white)), e).sum())
            eta = f + e
        pm.Potential("counts", pm.logp(pm.Poisson.dist(pt.exp(offset[used] + eta[used])), problem.y[used]).sum())
    return model


def agreement(design: Design, white: float, *, points: int = 20, seed: int = 1) -> float:
    """Range, over random points, of the difference of the two log densities, which should be one constant.

    The density of q is PyMC's density of (atanh rho, sigma, b, f, e) times the Jacobian of the map from q, taken here
    by differences: the map is affine in z, so unit steps give that part of the determinant exactly.
    """
    problem, _ = problem_of(design)
    arguments = (*problem, bounds_of(white))
    n, p = problem.X.shape
    size = size_of(problem, white)
    rng = np.random.default_rng(seed)
    density = build(design, white).compile_logp(jacobian=False)
    gaps = []
    for _ in range(points):
        q = rng.normal(size=size)
        around = q + np.vstack([np.zeros(size), np.eye(size)[2:]])
        theta, b, memory, noise = unpack(around, *arguments)
        placed = np.hstack([b, b @ problem.X.T + memory, noise])[:, : size - 2]
        determinant = np.linalg.slogdet(placed[1:] - placed[0])[1]
        step = 1e-6 * np.eye(size)[:2]
        ahead, behind = unpack(q + step, *arguments)[0], unpack(q - step, *arguments)[0]
        d_rho, d_sigma = (np.arctanh(ahead[0, 0]) - np.arctanh(behind[0, 0])), ahead[1, 1] - behind[1, 1]
        jacobian = determinant + np.log(d_rho / 2e-6) + np.log(d_sigma / 2e-6)
        at = {"atanh_rho": np.arctanh(theta[0, 0]), "sigma": theta[0, 1], "b": b[0], "f": placed[0, p : p + n]}
        if white > 0:
            at["e"] = noise[0]
        gaps.append(log_density(q, *arguments)[0] - float(density(_on_value_variables(at))) - jacobian)
    return float(np.ptp(gaps))


def _on_value_variables(values: dict[str, Any]) -> dict[str, Any]:
    """PyMC's names of the transformed variables, for a density in (atanh rho, sigma, b, f, e)."""
    low, high = np.arctanh(RHO)
    share_rho = (values["atanh_rho"] - low) / (high - low)
    share_sigma = (values["sigma"] - SIGMA[0]) / (SIGMA[1] - SIGMA[0])
    return {
        "atanh_rho_interval__": np.log(share_rho / (1 - share_rho)),
        "sigma_interval__": np.log(share_sigma / (1 - share_sigma)),
        **{name: value for name, value in values.items() if name in ("b", "f", "e")},
    }
