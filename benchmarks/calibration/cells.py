"""The cells of the calibration study: which series are simulated, and what is fitted to them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np
import pandas as pd

from benchmarks.calibration import generators
from benchmarks.places import published_table
from evalkit import vocab
from evalkit.design import Design, DesignSpec, build_design

if TYPE_CHECKING:
    from numpy.typing import NDArray

Launch = Literal["half", "6 before end"]
LENGTHS: Final = (24, 36, 48, 96)
LAUNCHES: Final[tuple[Launch, ...]] = ("half", "6 before end")
RHOS: Final = (0.0, 0.3, 0.6, 0.8)
MEANS: Final = (5.0, 20.0, 60.0, 400.0)
RATIO: Final = 1.5
SCALE: Final = 0.2
"""One unit of a Gaussian series on the log scale of the counts that stand for it."""
GAUSSIAN_MEAN: Final = 1e7
"""Mean of the counts that stand for a Gaussian series: large enough that rounding and Poisson noise do not matter."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What is fitted to the series of a cell, the same for all of them.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
        Design with the campaign.
    campaign : tuple of int
        Its campaign columns; the first is the change of level.
    post : ndarray of bool, shape (n,)
        Periods from the launch on.
    design : Design or None
        The same as the library has it; None for the Gaussian designs, which have no calendar.
    """

    matrix: NDArray[np.float64]
    campaign: tuple[int, ...]
    post: NDArray[np.bool_]
    design: Design | None = None

    @property
    def level(self) -> int:
        """Position of the change of level."""
        return self.campaign[0]


class Cell(Protocol):
    """One cell: it can be named, simulated from, and has a setting."""

    @property
    def labels(self) -> Mapping[str, object]:
        """Columns that identify the cell in the result tables."""
        ...

    @property
    def log_truth(self) -> float:
        """The true log ratio in the series with an effect."""
        ...

    @property
    def setting(self) -> Setting:
        """What is fitted."""
        ...

    def simulate(self, rng: np.random.Generator, size: int, *, null: bool) -> NDArray[np.float64]:
        """Counts of shape (size, n), with the effect, or without it where ``null``."""
        ...


@dataclass(frozen=True, kw_only=True)
class CountCell:
    """Monthly counts; see :mod:`benchmarks.calibration.generators`."""

    generator: str
    n: int
    launch: Launch
    rho: float
    mean: float

    @property
    def labels(self) -> Mapping[str, object]:
        """Columns that identify the cell."""
        return {
            "generator": self.generator,
            "n": self.n,
            "launch": self.launch,
            "rho": self.rho,
            "mean": self.mean,
        }

    @property
    def first_exposed(self) -> int:
        """Position of the first exposed month."""
        return self.n // 2 if self.launch == "half" else self.n - 6

    @property
    def log_truth(self) -> float:
        """The log of 1.5."""
        return float(np.log(RATIO))

    @property
    def setting(self) -> Setting:
        """Trend, one harmonic, changes of level and slope."""
        return _monthly(self.n, self.first_exposed)

    def simulate(self, rng: np.random.Generator, size: int, *, null: bool) -> NDArray[np.float64]:
        """Counts of shape (size, n)."""
        return generators.counts(
            rng,
            size,
            generator=self.generator,
            n=self.n,
            launch=self.first_exposed,
            rho=self.rho,
            mean=self.mean,
            ratio=1.0 if null else RATIO,
        )


@dataclass(frozen=True, kw_only=True)
class TurnerCell:
    """Gaussian series of Turner et al. 2021 (BMC Med Res Methodol 21:181): level and slope change, AR(1) errors.

    ``y = 0.1 t + 1 [t >= n/2] + 0.1 (t - n/2) [t >= n/2] + e`` with e of variance 1. As the models are for counts, a
    series enters as ``round(10^7 exp(0.2 y))``: its log is 0.2 y plus a constant, and the Poisson noise of such counts
    is a thousandth of e, so the latent model is the Gaussian AR(1) model there.
    """

    n: int
    rho: float

    @property
    def labels(self) -> Mapping[str, object]:
        """Columns that identify the cell."""
        return {"generator": "turner", "n": self.n, "launch": "half", "rho": self.rho, "mean": np.nan}

    @property
    def log_truth(self) -> float:
        """One unit on the scale of the counts."""
        return SCALE

    @property
    def setting(self) -> Setting:
        """Intercept, trend, changes of level and slope."""
        return _lines(self.n, True)

    def simulate(self, rng: np.random.Generator, size: int, *, null: bool) -> NDArray[np.float64]:
        """Scaled counts of shape (size, n)."""
        t, half = np.arange(self.n), self.n // 2
        post = t >= half
        line = 0.1 * t + post * (0.1 * (t - half) + (0.0 if null else 1.0))
        return _as_counts(line - line.mean() + generators.ar1(rng, size, self.n, self.rho))


@dataclass(frozen=True, kw_only=True)
class BottomleyCell:
    """Gaussian series of Bottomley et al. 2023: ``y = 4 - x - t/n + MA(3)``, change at n/2, true effect -1.

    Innovations have variance 1. The series enters as counts in the way of :class:`TurnerCell`.
    """

    scenario: int
    n: int
    coefficients: tuple[float, float, float]

    @property
    def labels(self) -> Mapping[str, object]:
        """Columns that identify the cell."""
        lag_one = _ma_correlation(self.coefficients)
        return {
            "generator": f"bottomley-{self.scenario}",
            "n": self.n,
            "launch": "half",
            "rho": round(lag_one, 3),
            "mean": np.nan,
        }

    @property
    def log_truth(self) -> float:
        """Minus one unit on the scale of the counts."""
        return -SCALE

    @property
    def setting(self) -> Setting:
        """Intercept, trend, change of level."""
        return _lines(self.n, False)

    def simulate(self, rng: np.random.Generator, size: int, *, null: bool) -> NDArray[np.float64]:
        """Scaled counts of shape (size, n)."""
        t = np.arange(1, self.n + 1)
        line = -t / self.n - (0.0 if null else 1.0) * (np.arange(self.n) >= self.n // 2)
        return _as_counts(line + generators.ma(rng, size, self.n, self.coefficients))


def count_cells() -> Iterator[CountCell]:
    """The 640 cells of the count grid."""
    for generator, n, launch, rho, mean in itertools.product(generators.GENERATORS, LENGTHS, LAUNCHES, RHOS, MEANS):
        yield CountCell(generator=generator, n=n, launch=launch, rho=rho, mean=mean)


def core_cells() -> Iterator[CountCell]:
    """Cells for methods too slow for the grid: n 48, launch at the half, ρ 0 and 0.6, mean 20 and 400, this model."""
    for rho, mean in itertools.product((0.0, 0.6), (20.0, 400.0)):
        yield CountCell(generator="latent", n=48, launch="half", rho=rho, mean=mean)


def corner_cells() -> Iterator[CountCell]:
    """Cells in between: n 24 and 48, both launches, ρ 0 and 0.6, mean 5 and 400, the first three generators."""
    chosen = itertools.product(generators.WITHIN_ASSUMPTIONS, (24, 48), LAUNCHES, (0.0, 0.6), (5.0, 400.0))
    for generator, n, launch, rho, mean in chosen:
        yield CountCell(generator=generator, n=n, launch=launch, rho=rho, mean=mean)


def turner_cells() -> Iterator[TurnerCell]:
    """Lengths 12, 24 and 48, ρ from 0 to 0.8."""
    for n, rho in itertools.product((12, 24, 48), (0.0, 0.2, 0.4, 0.6, 0.8)):
        yield TurnerCell(n=n, rho=rho)


def bottomley_cells() -> Iterator[BottomleyCell]:
    """The 40 scenarios of the published table; ``FileNotFoundError`` where it is not on this machine."""
    table = pd.read_csv(published_table("sim_bottomley2023_coverage.csv")).drop_duplicates("scenario")
    for row in table.itertuples():
        yield BottomleyCell(scenario=int(row.scenario), n=int(row.n), coefficients=(row.ma1, row.ma2, row.ma3))


GRIDS: Final[dict[str, Callable[[], Iterator[Cell]]]] = {
    "counts": count_cells,
    "corners": corner_cells,
    "core": core_cells,
    "turner": turner_cells,
    "bottomley": bottomley_cells,
}


@lru_cache(maxsize=64)
def _monthly(n: int, launch: int) -> Setting:
    periods = pd.period_range("2015-01", periods=n, freq="M")
    series = pd.Series(np.ones(n), index=periods, name=vocab.CONTACTS)
    design = build_design(series, periods[launch], DesignSpec(harmonics=1))
    campaign = (design.column(vocab.LEVEL), design.column(vocab.SLOPE))
    return Setting(
        matrix=np.ascontiguousarray(design.with_campaign), campaign=campaign, post=design.post, design=design
    )


@lru_cache(maxsize=64)
def _lines(n: int, slope: bool) -> Setting:
    since = np.arange(n) - n // 2
    post = since >= 0
    columns = [np.ones(n), since / 12, post.astype(float)] + ([post * since / 12] if slope else [])
    return Setting(matrix=np.column_stack(columns), campaign=(2, 3) if slope else (2,), post=post)


def _as_counts(y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(GAUSSIAN_MEAN * np.exp(SCALE * y))


def _ma_correlation(coefficients: tuple[float, ...]) -> float:
    full = np.array([1.0, *coefficients])
    return float(full[1:] @ full[:-1] / (full @ full))
