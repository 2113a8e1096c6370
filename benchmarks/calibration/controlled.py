"""Controlled designs: coverage and false positives where a shock hits treated and comparison regions alike.

Every region of a cell has the trend, season and extra variance of the count generators
(:mod:`benchmarks.calibration.generators`, "latent") and a latent process of its own. At the launch the contacts of
every region are multiplied by ``exp(shock + tau z_j)``, z_j standard normal, and those of the treated region by the
ratio as well. The comparison regions have 100 to 400 contacts a month, so their latent processes are smaller than that
of the treated region.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.calibration import generators
from benchmarks.calibration.cells import RATIO
from benchmarks.calibration.intervals import Intervals
from benchmarks.calibration.methods import CORE, hash_of
from benchmarks.calibration.store import Run, key_of
from benchmarks.calibration.summary import figures
from benchmarks.places import RESULTS
from evalkit import vocab
from evalkit.design import DesignSpec, build_design
from evalkit.errors import CannotEstimate
from evalkit.model import Controlled, Latent, Segmented

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.model import Model

_SOURCES = (
    *CORE,
    *(f"src/evalkit/model/controlled/{name}.py" for name in ("combine", "marginal", "separate", "shared")),
)
CONTROL_MEANS: Final = {1: (200.0,), 4: (100.0, 200.0, 300.0, 400.0)}
SHOCK: Final = float(np.log(1.5))
_QUANTILES = (0.5, 0.025, 0.975)


@dataclass(frozen=True, kw_only=True)
class ControlledCell:
    """Monthly counts of a treated and k comparison regions, launch at the half."""

    n: int
    rho: float
    mean: float
    controls: int
    shock: float
    tau: float = 0.0

    @property
    def labels(self) -> Mapping[str, object]:
        """Columns that identify the cell."""
        return {
            "generator": "controlled",
            "n": self.n,
            "rho": self.rho,
            "mean": self.mean,
            "controls": self.controls,
            "shock": round(self.shock, 3),
            "tau": self.tau,
        }

    @property
    def log_truth(self) -> float:
        """The log of 1.5."""
        return float(np.log(RATIO))

    def simulate(self, rng: np.random.Generator, size: int, *, null: bool) -> NDArray[np.float64]:
        """Counts of shape (size, 1 + k, n), the treated region first."""
        launch = self.n // 2
        post = np.arange(self.n) >= launch
        regions = []
        for j, mean in enumerate((self.mean, *CONTROL_MEANS[self.controls])):
            change = self.shock + self.tau * rng.standard_normal((size, 1))
            if j == 0 and not null:
                change = change + np.log(RATIO)
            regions.append(
                generators.counts(
                    rng,
                    size,
                    generator="latent",
                    n=self.n,
                    launch=launch,
                    rho=self.rho,
                    mean=mean,
                    ratio=np.exp(change * post),
                )
            )
        return np.stack(regions, axis=1)


def _controlled(model: Controlled) -> Callable[[NDArray[np.float64]], tuple[Model, Design]]:
    return lambda counts: (model, _design(counts, "comparison"))


METHODS: Final[dict[str, tuple[str, Callable[[NDArray[np.float64]], tuple[Model, Design]]]]] = {
    "controlled": ("controlled (default)", _controlled(Controlled())),
    "controlled-same": ("controlled, same change in all regions", _controlled(Controlled(changes="same"))),
    "controlled-shared": (
        "controlled, shared trend and season",
        _controlled(Controlled(shared=("trend", "season"))),
    ),
    "controlled-common": ("controlled, one variability", _controlled(Controlled(process="common"))),
    "controlled-common-shared": (
        "controlled, one variability, shared trend and season",
        _controlled(Controlled(process="common", shared=("trend", "season"))),
    ),
    "latent-covariate": ("latent, log of the controls", lambda counts: (Latent(), _design(counts, "covariate"))),
    "quasi-poisson-covariate": (
        "quasi-Poisson regression, log of the controls",
        lambda counts: (Segmented(), _design(counts, "covariate")),
    ),
    "latent-alone": ("latent, no comparison region", lambda counts: (Latent(), _design(counts[:1], "covariate"))),
}


def grid_cells() -> Iterator[ControlledCell]:
    """Lengths 36, 48, 96; ρ 0 to 0.8; treated mean 5, 20, 60; 1 and 4 comparison regions; no shock, and one of 1.5."""
    axes = itertools.product((36, 48, 96), (0.0, 0.3, 0.6, 0.8), (5.0, 20.0, 60.0), (1, 4), (0.0, SHOCK))
    for n, rho, mean, controls, shock in axes:
        yield ControlledCell(n=n, rho=rho, mean=mean, controls=controls, shock=shock)


def unlike_cells() -> Iterator[ControlledCell]:
    """Four comparison regions whose changes differ with standard deviation τ; n 48 and 96, ρ 0.3, mean 60."""
    for n, tau in itertools.product((48, 96), (0.0, 0.1, 0.2)):
        yield ControlledCell(n=n, rho=0.3, mean=60.0, controls=4, shock=SHOCK, tau=tau)


def core_cells() -> Iterator[ControlledCell]:
    """For the other methods: n 48, ρ 0.3 and 0.6, mean 5 and 20, both numbers of regions, with the shock."""
    for rho, mean, controls in itertools.product((0.3, 0.6), (5.0, 20.0), (1, 4)):
        yield ControlledCell(n=48, rho=rho, mean=mean, controls=controls, shock=SHOCK)


def compute(folder: Path, run: Run, method: str, cell: ControlledCell, size: int, *, null: bool) -> Intervals:
    """Intervals of the change of level for the first ``size`` series of a cell; those done before are read."""
    path = _path(folder, method, cell, null=null)
    before = pd.read_csv(path).to_numpy() if path.exists() else np.empty((0, 3))
    if len(before) < size:
        series = run.series(cell, size, null=null)[len(before) :]
        before = np.vstack([before, [_level(method, counts) for counts in series]])
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(before, columns=["centre", "lower", "upper"]).to_csv(path, index=False)
    return _intervals(before[:size])


def _path(folder: Path, method: str, cell: ControlledCell, *, null: bool) -> Path:
    return folder / f"{method}_{key_of(cell.labels)}_{'null' if null else 'effect'}.csv"


def _intervals(rows: NDArray[np.float64]) -> Intervals:
    centre, lower, upper = rows.T
    return Intervals(centre=centre, lower=lower, upper=upper)


PARTS: Final[dict[str, tuple[tuple[str, ...], Callable[[], Iterator[ControlledCell]]]]] = {
    "grid": (("controlled",), grid_cells),
    "unlike": (("controlled", "controlled-same"), unlike_cells),
    "core": (tuple(METHODS), core_cells),
}
"""Methods and cells of each part of the study."""


def run_controlled(name: str, part: str, replicates: int) -> None:
    """Every method of a part on its cells, with half as many series without the effect, as rows of the table.

    What is stored stays, and more replicates add series to it; another version of the code begins anew.
    """
    run, version = Run.opened(name), hash_of(_SOURCES)
    methods, cells = PARTS[part]
    jobs = [(method, cell) for method in methods for cell in sorted(cells(), key=lambda cell: -cell.shock)]
    for method, cell in tqdm(jobs, desc=part, unit="cell", mininterval=5):
        for null, size in ((False, replicates), (True, replicates // 2)):
            compute(run.folder / "controlled" / version, run, method, cell, size, null=null)
    write_table(run, version)


def write_table(run: Run, version: str) -> None:
    """Write ``calibration_controlled.csv`` from everything that is stored.

    A cell that this version of the code has not done is given as an earlier one did it; each row has its version.
    """
    whole = run.folder / "controlled"
    earlier = sorted((p for p in whole.iterdir() if p.name != version), key=lambda p: -p.stat().st_mtime)
    folders = [whole / version, *earlier]
    everywhere = {key_of(cell.labels): cell for _, cells in PARTS.values() for cell in cells()}
    rows = []
    for method, cell in itertools.product(METHODS, everywhere.values()):
        done = [[_path(folder, method, cell, null=null) for null in (False, True)] for folder in folders]
        paths = next((pair for pair in done if all(path.exists() for path in pair)), None)
        if paths is not None:
            effect, null = (_intervals(pd.read_csv(path).to_numpy()) for path in paths)
            found = figures(effect, null, cell.log_truth)
            about = {"version": paths[0].parent.name, "entropy": str(run.entropy)}
            rows.append({"method": method, **cell.labels, "estimand": vocab.LEVEL_CHANGE, **found, **about})
    pd.DataFrame(rows).to_csv(RESULTS / "calibration_controlled.csv", index=False, float_format="%.5g")


def _level(method: str, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    model, design = METHODS[method][1](counts)
    try:
        return np.asarray(model.fit(design).marginal(vocab.LEVEL).quantile(_QUANTILES))
    except CannotEstimate:
        return np.full(3, np.nan)


def _design(counts: NDArray[np.float64], controls_as: str) -> Design:
    periods = _months(counts.shape[1])
    controls = pd.DataFrame(counts[1:].T, periods, [f"region {j}" for j in range(1, len(counts))])
    return build_design(
        pd.Series(counts[0], periods),
        periods[len(periods) // 2],
        DesignSpec(harmonics=1),
        controls=controls if len(counts) > 1 else None,
        controls_as=controls_as,
    )


@lru_cache
def _months(n: int) -> pd.PeriodIndex:
    return pd.period_range("2015-01", periods=n, freq="M")
