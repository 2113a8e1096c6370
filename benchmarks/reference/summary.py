"""Quantiles of the draws under the library's prior, with their Monte-Carlo errors."""

from __future__ import annotations

import datetime as dt
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from benchmarks.reference.planes import probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.reference.cases import Case
    from benchmarks.reference.planes import Plane
    from benchmarks.reference.prior import Prior

LEVELS = {"q025": 0.025, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q975": 0.975}
ALLOWED = {"q025": 0.02, "q50": 0.01, "q975": 0.02}
"""Monte-Carlo error allowed of a quantile, in its unit: a fifth of the discrepancy allowed to the library."""
TOTALS = ("cumulative_effect", "counterfactual_total")


def summarise(planes: Sequence[Plane], prior: Prior) -> pd.DataFrame:
    """A row an estimand: mean, sd, quantiles (``LEVELS``), their errors, effective sizes and units, and R-hat.

    The posterior is the mixture of the planes. ``mcse_*`` is the standard error of a weighted quantile, from the
    autocorrelated influence of each draw on it within its plane, and from the error of the planes' evidences.
    ``ess_*`` is the number of independent draws from the posterior that would give that error. ``unit_*`` is what
    errors and discrepancies of the quantile are measured in (:func:`_unit`). R-hat is of the unweighted chains, the
    largest of the planes.
    """
    arviz = _arviz()
    share = probabilities(planes, prior)
    raw = [plane.weights(prior) for plane in planes]
    scaled = [w / w.mean() for w in raw]  # of mean 1 within a plane
    weight = np.concatenate([p * w.ravel() / w.size for p, w in zip(share, scaled, strict=True)])
    rows = []
    for name in planes[0].run.values:
        xs = [plane.run.values[name] for plane in planes]
        x = np.concatenate([part.ravel() for part in xs])
        mean = float(np.average(x, weights=weight))
        row: dict[str, Any] = {"estimand": name, "mean": mean}
        row["sd"] = float(np.sqrt(np.average((x - mean) ** 2, weights=weight)))
        at, ordered = _distribution(x, weight)
        row |= {label: float(np.interp(level, at, ordered)) for label, level in LEVELS.items()}
        for label, level in LEVELS.items():
            width = 0.2 * min(level, 1 - level)
            low, high = np.interp([level - width, level + width], at, ordered)
            density = 2 * width / (high - low)
            variance = 0.0
            for p, w, part, plane in zip(share, scaled, xs, planes, strict=True):
                influence = w * ((part <= row[label]) - level)
                within = influence.std() / np.sqrt(arviz.ess(influence, method="mean"))
                variance += (p * within) ** 2 + (p * influence.mean() * plane.evidence.error) ** 2
            error = float(np.sqrt(variance))
            row[f"mcse_{label}"] = error / density
            row[f"ess_{label}"] = round(level * (1 - level) / error**2)
            row[f"unit_{label}"] = _unit(name, row["sd"], norm.pdf(norm.ppf(level)) / density)
        row["rhat"] = max(float(arviz.rhat(part)) for part in xs)
        rows.append(row)
    return pd.DataFrame(rows).set_index("estimand")


def worst_error(table: pd.DataFrame) -> float:
    """Largest Monte-Carlo error as a share of what is allowed; at most 1 where the run is long enough."""
    shares = [table[f"mcse_{label}"] / table[f"unit_{label}"] / allowed for label, allowed in ALLOWED.items()]
    return float(pd.concat(shares).max())


def write(runs: Mapping[Case, Sequence[Plane]], prior: Prior, folder: Path) -> None:
    """Write ``posteriors.csv`` (a row a case and estimand) and ``runs.csv`` (a row a case) for the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {case.name: summarise(planes, prior) for case, planes in runs.items()}
    pd.concat(tables, names=["case"]).to_csv(folder / "posteriors.csv", float_format="%.6g", lineterminator="\n")
    rows = [_row(case, planes, tables[case.name], prior) for case, planes in runs.items()]
    pd.DataFrame(rows).to_csv(folder / "runs.csv", index=False, lineterminator="\n")


def _row(case: Case, planes: Sequence[Plane], table: pd.DataFrame, prior: Prior) -> dict[str, Any]:
    weight = [plane.weights(prior) for plane in planes]
    share = probabilities(planes, prior)
    runs = [plane.run for plane in planes]
    design = case.design()
    return {
        "case": case.name,
        "periods": int(design.used.sum()),
        "contacts": int(design.observed[design.used].sum()),
        "terms": len(design.columns),
        "chains": min(w.shape[0] for w in weight),
        "draws": sum(w.size for w in weight),
        "share_inside_prior": round(float(share @ [(w > 0).mean() for w in weight]), 4),
        "memoryless": round(float(share @ [plane.white > 0 for plane in planes]), 4),
        "evidence_error": round(max(plane.evidence.error for plane in planes), 4),
        "divergences": sum(run.divergences for run in runs),
        "rhat_max": round(float(table["rhat"].max()), 5),
        "error_of_allowed": round(worst_error(table), 3),
        "steps": round(float(np.mean([run.steps for run in runs])), 1),
        "seconds": round(sum(run.seconds for run in runs)),
        "prior": str(prior),
        "sampler": f"nutpie {version('nutpie')}",
        "made": dt.datetime.now(tz=dt.UTC).date().isoformat(),
    }


def _unit(name: str, sd: float, local: float) -> float:
    """What errors of one quantile are measured in.

    For effects on the log scale, the posterior standard deviation. For totals in contacts, whose standard deviation a
    few extreme draws can rule, the local one, phi(z_p) / f(q_p) with f the posterior density at the quantile: the
    standard deviation where the posterior is normal. For rho and sigma, with their long thin tails, the larger.
    """
    if name in TOTALS:
        return local
    return max(sd, local) if name in ("rho", "sigma") else sd


def _distribution(
    x: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted distribution function at the sorted values: (probability, value), each of the size of x."""
    order = np.argsort(x, axis=None)
    mass = weight.ravel()[order]
    at = np.cumsum(mass) - 0.5 * mass
    return at / mass.sum(), x.ravel()[order]


def _arviz() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import arviz
    return arviz
