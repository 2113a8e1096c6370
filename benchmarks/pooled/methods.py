"""Every way of putting the regions together, on one simulated table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import ndtr, ndtri

import evalkit as ek
from benchmarks.pooled.cells import WINDOW, Cell
from evalkit.errors import CannotEstimate
from evalkit.model.pooled import RandomEffects, combine

if TYPE_CHECKING:
    import pandas as pd

METHODS: Final = {
    "one-stage": "one hierarchical model (`estimate_pooled`)",
    "one-stage, errors apart": "the same without the error that shared comparisons have in common",
    "hartung-knapp": "Paule-Mandel, Hartung-Knapp not below fixed, t with k − 2 for a new region (`pool_effects`)",
    "hartung-knapp bare": "Paule-Mandel, Hartung-Knapp as it is, t with k − 1 for a new region",
    "dersimonian-laird": "DerSimonian-Laird with normal intervals",
    "fixed": "inverse variance, one effect for all",
}
_TWO_STAGE: Final[dict[str, RandomEffects]] = {
    "hartung-knapp": RandomEffects(),
    "hartung-knapp bare": RandomEffects(never_narrower=False, prediction="k-1"),
    "dersimonian-laird": RandomEffects(tau2="dersimonian-laird", interval="normal"),
}
SOURCES: Final = (
    "benchmarks/pooled/cells.py",
    "src/evalkit/model/pooled/random_effects.py",
    "src/evalkit/model/pooled/hierarchy.py",
    *(f"src/evalkit/effect/pooled/{name}.py" for name in ("one_stage", "gather", "density", "shared")),
    *(
        f"src/evalkit/model/latent/{name}.py"
        for name in ("explore", "kernel", "loggamma", "marginal", "posterior", "prior")
    ),
)


def rows(cell: Cell, table: pd.DataFrame, launches: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One row a way: centre, ends, share of new regions that the prediction interval holds, regions left out."""
    for comparisons in ("none", "not-yet-launched") if cell.beside else ("none",):
        try:
            pooled = ek.estimate_pooled(
                table, launches, window=WINDOW, comparisons=None if comparisons == "none" else comparisons
            )
        except CannotEstimate:
            pooled = None
        about = {"comparisons": comparisons, "left_out": len(launches)}
        if pooled is None or not pooled.estimable:
            yield from ({"method": name, **about} for name in METHODS)
            continue
        about["left_out"] = len(pooled.left_out)
        for name, (ends, ahead) in _intervals(pooled).items():
            held = math.nan if ahead is None else _content(cell, *ahead)
            centre, lower, upper = ends
            yield {"method": name, "centre": centre, "lower": lower, "upper": upper, "new_region": held, **about}


def _intervals(pooled: ek.Pooled) -> dict[str, tuple[tuple[float, float, float], tuple[float, float] | None]]:
    posterior = pooled.posterior
    assert posterior is not None
    q = [0.5, 0.025, 0.975]
    found = {"one-stage": (_log(pooled.effect), _log(pooled.new_region)[1:])}
    apart, ahead = posterior.common.quantile(q), posterior.new_region.quantile(q)
    found["one-stage, errors apart"] = (tuple(map(float, apart)), tuple(map(float, ahead[1:])))
    y = np.log(pooled.regions["value"].to_numpy())
    s = np.log(pooled.regions["upper"] / pooled.regions["lower"]).to_numpy() / (2 * float(ndtri(0.975)))
    for name, options in _TWO_STAGE.items():
        combined = combine(y, s, options=options)
        found[name] = ((combined.value, combined.lower, combined.upper), combined.prediction)
        found["fixed"] = (combined.fixed, None)
    return found


def _log(result: Any) -> tuple[float, float, float]:
    return math.log(result.value), math.log(result.lower), math.log(result.upper)


def _content(cell: Cell, lower: float, upper: float) -> float:
    """Probability that the log effect of a new region, ``Normal(log ratio, tau^2)``, lies between two values."""
    centre = math.log(cell.ratio)
    if cell.tau == 0:
        return float(lower <= centre <= upper)
    return float(ndtr((upper - centre) / cell.tau) - ndtr((lower - centre) / cell.tau))
