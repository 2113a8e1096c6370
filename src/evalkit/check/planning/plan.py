"""What is planned: months, contacts, their variability, comparison regions, and the ratios to be told apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evalkit.contacts import complete_series
from evalkit.design import DesignSpec, build_design
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate, UsageError, unknown
from evalkit.model import Latent

if TYPE_CHECKING:
    import pandas as pd

RATIOS: Final = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
VARIED: Final = ("before", "after", "mean", "dispersion", "autocorrelation", "comparisons")
MOST_FITS: Final = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One combination of what a plan varies; attributes as in :class:`PowerPlan`, one value each."""

    before: int
    after: int
    mean: float
    dispersion: float
    autocorrelation: float
    comparisons: int

    @property
    def sigma(self) -> float:
        """Standard deviation of the latent process (log scale): ``log(1 + (dispersion - 1) / mean)`` is its square."""
        return float(np.sqrt(np.log1p((self.dispersion - 1) / self.mean)))


@dataclass(frozen=True, kw_only=True)
class PowerPlan(Displayed):
    """A planned evaluation of monthly contacts; each of the first six takes one value or several, combined in all ways.

    Attributes
    ----------
    before, after : tuple of int
        Months counted before the launch (12 or more) and from the launch on (2 or more).
    mean : tuple of float
        Contacts a month at the launch without the campaign, above 0.
    dispersion : tuple of float
        Variance of a monthly count over its mean, around trend and season; 1 or more.
    autocorrelation : tuple of float
        Lag-one correlation of the latent process, from 0 up to but not including 1.
    comparisons : tuple of int
        Number of comparison regions, with as many contacts as the region itself; 0 for a single region.
    ratios : tuple of float
        True rate ratios to be tried, above 0; 1 is always among them, for false alarms.
    claim : float or None
        A claimed ratio, such as 3 for "threefold": the chance of confirming or refuting it. Above 1 the claim is "at
        least", below 1 "at most".
    shock : float
        Standard deviation, on the log scale, of a change at the launch that hits every region alike and is not the
        campaign's; 0 for none. Comparison regions protect against it, a single region has no defence.
    season, growth : float
        Half the seasonal range on the log scale, and the ratio of contacts from one year to the next.
    harmonics : int
        Annual pairs in the model that is fitted.
    slope : bool
        Whether the model lets the campaign change the trend as well, as evaluations do unless told otherwise. Without,
        intervals are narrower, and wrong where an effect fades or builds up.
    level : float
        Probability content of the intervals.
    likely, excluded : float
        Probability from which a claim counts as confirmed, and up to which as refuted, as in the verdicts.
    replicates : int
        Simulated series for each combination and ratio, 50 or more.
    seed : int
        Of the simulation: the same plan gives the same figures.
    """

    before: tuple[int, ...] = (24,)
    after: tuple[int, ...] = (12,)
    mean: tuple[float, ...] = (20.0,)
    dispersion: tuple[float, ...] = (3.0,)
    autocorrelation: tuple[float, ...] = (0.3,)
    comparisons: tuple[int, ...] = (0,)
    ratios: tuple[float, ...] = RATIOS
    claim: float | None = 3.0
    shock: float = 0.0
    season: float = 0.2
    growth: float = 1.0
    harmonics: int = 2
    slope: bool = True
    level: float = 0.95
    likely: float = 0.90
    excluded: float = 0.05
    replicates: int = 400
    seed: int = 20190502

    def __post_init__(self) -> None:
        for name in (*VARIED, "ratios"):
            object.__setattr__(self, name, _several(name, getattr(self, name)))
        object.__setattr__(self, "ratios", tuple(sorted({1.0, *map(float, self.ratios)})))
        for name, low, high, whole in _ALLOWED:
            for value in _several(name, getattr(self, name)):
                _require(name, value, low, high, whole)
        if self.claim is not None and not (0 < self.claim < np.inf and self.claim != 1):
            raise UsageError(f"claim is {self.claim!r}. Allowed: a ratio above 0 other than 1, or None for no claim.")
        if self.fits > MOST_FITS:
            raise UsageError(
                f"This plan takes {self.fits:,} fits; {MOST_FITS:,} is the most. Vary fewer things at once, or lower "
                f"replicates."
            )

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every combination, the last of ``VARIED`` changing fastest."""
        return tuple(self._scenarios())

    def _scenarios(self) -> Iterator[Scenario]:
        for values in itertools.product(*(getattr(self, name) for name in VARIED)):
            yield Scenario(**dict(zip(VARIED, values, strict=True)))

    @property
    def fits(self) -> int:
        """How many series will be fitted, comparison regions included."""
        series = sum(1 + scenario.comparisons for scenario in self._scenarios())
        return series * len(self.ratios) * self.replicates


_ALLOWED: Final[tuple[tuple[str, float, float, bool], ...]] = (
    ("before", 12, 600, True),
    ("after", 2, 600, True),
    ("mean", 0.5, 1e6, False),
    ("dispersion", 1, 1e4, False),
    ("autocorrelation", 0, 0.97, False),
    ("comparisons", 0, 50, True),
    ("ratios", 0.01, 100, False),
    ("shock", 0, 3, False),
    ("season", 0, 3, False),
    ("growth", 0.1, 10, False),
    ("harmonics", 0, 6, True),
    ("level", 0.5, 0.999, False),
    ("likely", 0.51, 1, False),
    ("excluded", 0, 0.49, False),
    ("replicates", 50, 100_000, True),
    ("seed", 0, 2**63, True),
)


def power_plan_like(series: pd.Series, *, exposure: pd.Series | float | None = None, **changes: Any) -> PowerPlan:
    """A plan with the mean, dispersion and autocorrelation of counts at hand, before any campaign.

    The latent model is fitted with trend and season but no campaign. The mean is that of the last twelve months (or of
    fewer, where there are no more); dispersion and autocorrelation are posterior medians; ``before`` is how many months
    were counted.

    Parameters
    ----------
    series : pandas.Series
        Monthly counts without a campaign in them, 12 months or more.
    exposure : pandas.Series or float, optional
        As in :func:`evalkit.estimate_effect`.
    **changes
        Attributes of :class:`PowerPlan` to be set otherwise.

    Raises
    ------
    UsageError
        The series is not monthly, too short, or cannot be fitted; or an attribute is not allowed.
    """
    for name in changes:
        if name not in PowerPlan.__dataclass_fields__:
            raise UsageError(unknown("attribute of a power plan", name, tuple(PowerPlan.__dataclass_fields__)))
    counts = complete_series(series)
    ahead = counts.index[-1] + 1  # a month that nothing was counted in yet stands for the launch
    design = build_design(counts.reindex([*counts.index, ahead]), ahead, DesignSpec(slope=False), exposure=exposure)
    if design.frequency != "M":
        raise UsageError(f"The series is counted by {design.frequency!r}. Power is worked out for monthly counts.")
    try:
        fit = Latent().fit(design.before_launch())
    except CannotEstimate as problem:
        raise UsageError(f"The series cannot be fitted: {problem.reason}. {problem.remedy}.") from problem
    counted = design.observed[design.used]
    found: dict[str, Any] = {
        "before": len(counted),
        "mean": max(float(counted[-12:].mean()), 0.5),
        "dispersion": max(fit.dispersion, 1.0),
        "autocorrelation": float(np.clip(fit.parameters["rho"], 0.0, 0.97)),
    }
    return PowerPlan(**{**found, **changes})


def _several(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or value is None:
        raise UsageError(f"{name} is {value!r}. Allowed: a number, or several.")
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    if not values:
        raise UsageError(f"{name} is empty. Give at least one number.")
    return tuple(dict.fromkeys(values))


def _require(name: str, value: Any, low: float, high: float, whole: bool) -> None:
    number = not isinstance(value, bool) and isinstance(value, (int, float, np.integer, np.floating))
    if not number or not low <= value <= high or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise UsageError(f"{name} is {value!r}. Allowed: {kind} from {low:g} to {high:g}.")
