"""The runs of one case, one a plane (a value of w), and what each plane weighs in the posterior."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reference import nuts
from benchmarks.reference.density import RHO, SIGMA
from benchmarks.reference.importance import weighted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.reference.cases import Case
    from benchmarks.reference.prior import Prior

EVIDENCE_DRAWS = 100_000


@dataclass(frozen=True)
class Evidence:
    """Log marginal likelihood of a plane under the sampler's prior, up to a constant that the planes of a case share.

    Attributes
    ----------
    log, error : float
        Its value and standard error.
    effective : float
        Effective number of the draws behind it.
    """

    log: float
    error: float
    effective: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """One plane of a case.

    Attributes
    ----------
    white : float
        w.
    run : Run
        The sampler's run.
    evidence : Evidence
        Of the plane.
    """

    white: float
    run: nuts.Run
    evidence: Evidence

    def weights(self, prior: Prior) -> NDArray[np.float64]:
        """Prior density of each draw over that of the sampler, shape (chains, draws)."""
        return prior.weights(self.run.values["rho"], self.run.values["sigma"], RHO, SIGMA)


def probabilities(planes: Sequence[Plane], prior: Prior) -> NDArray[np.float64]:
    """Posterior probability of each plane: prior mass times marginal likelihood under that prior, adding to 1."""
    mass = dict(prior.white)
    log_p = [np.log(mass[plane.white]) + plane.evidence.log + np.log(plane.weights(prior).mean()) for plane in planes]
    p = np.exp(np.array(log_p) - max(log_p))
    return np.asarray(p / p.sum())


def load(case: Case, prior: Prior, cache: Path) -> tuple[Plane, ...]:
    """Every plane of the prior; empty where one has not been sampled yet. The evidence is worked out once and kept."""
    runs = {white: nuts.load(case, white, cache) for white, _ in prior.white}
    if any(run is None for run in runs.values()):
        return ()
    return tuple(
        Plane(white=white, run=run, evidence=_evidence(case, white, run, cache))
        for white, run in runs.items()
        if run is not None
    )


def _evidence(case: Case, white: float, guide: nuts.Run, cache: Path) -> Evidence:
    file = cache / f"{case.name}-{white:g}.evidence.json"
    if not file.exists():
        found = weighted(case.design(), white, guide, draws=EVIDENCE_DRAWS)
        kept = Evidence(found.log_evidence, found.error, found.effective)
        file.write_text(json.dumps(asdict(kept)), encoding="ascii")
    return Evidence(**json.loads(file.read_text(encoding="ascii")))
