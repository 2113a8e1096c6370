"""The latent model once more, in PyMC and in plain coordinates: a check on the density that is sampled.

Sampled in these coordinates, NUTS diverges and hardly moves in (rho, sigma), which is why ``density.py`` has others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.reference.density import BOUNDS, RHO, SIGMA, log_density, problem_of, unpack

if TYPE_CHECKING:
    from evalkit.design import Design


def build(design: Design) -> Any:
    """The model as a ``pymc.Model`` in (atanh rho, sigma, b, e), e = X b + u, with X orthogonalised."""
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
        e = pm.Flat("e", shape=n, initval=problem.r)
        u = pm.Deterministic("u", e - pt.dot(problem.X, b))
        step = sigma * pt.sqrt(1 - rho**2)
        pm.Potential("first", pm.logp(pm.Normal.dist(0, sigma), u[0]))
        pm.Potential("later", pm.logp(pm.Normal.dist(rho * u[:-1], step), u[1:]).sum())
        pm.Potential("counts", pm.logp(pm.Poisson.dist(pt.exp(offset[used] + e[used])), problem.y[used]).sum())
    return model


def agreement(design: Design, *, points: int = 20, seed: int = 1) -> float:
    """Range, over random points, of the difference of the two log densities, which should be one constant.

    The density of q is PyMC's density of (atanh rho, sigma, b, e) times the Jacobian of the map from q, taken here by
    differences: the map is affine in z, so unit steps give that part of the determinant exactly.
    """
    problem, _ = problem_of(design)
    arguments = (*problem, BOUNDS)
    n, p = problem.X.shape
    rng = np.random.default_rng(seed)
    density = build(design).compile_logp(jacobian=False)
    gaps = []
    for _ in range(points):
        q = rng.normal(size=2 + p + n)
        around = q + np.vstack([np.zeros(2 + p + n), np.eye(2 + p + n)[2:]])
        theta, b, u = unpack(around, *arguments)
        both = np.hstack([b, b @ problem.X.T + u])
        determinant = np.linalg.slogdet(both[1:] - both[0])[1]
        step = 1e-6 * np.eye(2 + p + n)[:2]
        ahead, behind = unpack(q + step, *arguments)[0], unpack(q - step, *arguments)[0]
        d_rho, d_sigma = (np.arctanh(ahead[0, 0]) - np.arctanh(behind[0, 0])), ahead[1, 1] - behind[1, 1]
        jacobian = determinant + np.log(d_rho / 2e-6) + np.log(d_sigma / 2e-6)
        at = {"atanh_rho": np.arctanh(theta[0, 0]), "sigma": theta[0, 1], "b": b[0], "e": both[0, p:]}
        gaps.append(log_density(q, *arguments)[0] - float(density(_on_value_variables(at))) - jacobian)
    return float(np.ptp(gaps))


def _on_value_variables(values: dict[str, Any]) -> dict[str, Any]:
    """PyMC's names of the transformed variables, for a density in (atanh rho, sigma, b, e)."""
    low, high = np.arctanh(RHO)
    share_rho = (values["atanh_rho"] - low) / (high - low)
    share_sigma = (values["sigma"] - SIGMA[0]) / (SIGMA[1] - SIGMA[0])
    return {
        "atanh_rho_interval__": np.log(share_rho / (1 - share_rho)),
        "sigma_interval__": np.log(share_sigma / (1 - share_sigma)),
        "b": values["b"],
        "e": values["e"],
    }
