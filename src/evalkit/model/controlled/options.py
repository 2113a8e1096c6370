"""``model="controlled"``: what was asked of a comparison of regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from evalkit.display import Displayed
from evalkit.errors import ModelError, unknown
from evalkit.model.controlled.gaussian import fit_gaussian
from evalkit.model.controlled.regions import regions_of
from evalkit.model.controlled.separate import fit_separate
from evalkit.model.controlled.shared import fit_shared
from evalkit.model.controlled.stack import kind_of_term
from evalkit.model.controlled.stacked import fit_stacked
from evalkit.model.latent import LatentGrid, LatentPrior

if TYPE_CHECKING:
    from evalkit import vocab
    from evalkit.design import ControlsAs, Design
    from evalkit.model.base import Fit

ControlledFamily = Literal["latent", "gaussian"]
Process = Literal["own", "common"]
RegionChanges = Literal["same", "vary"]
Shared = Literal["trend", "season"]
ControlledCovariance = Literal["model", "hac", "hac-stacked"]


@dataclass(frozen=True, kw_only=True)
class Controlled(Displayed):
    """Options of the controlled design: the treated region against comparison regions.

    Every region has its own intercept, trend, season and events. The change at the launch that the comparison regions
    show is what the treated region is taken to have seen without its campaign; its own change net of that is the
    effect.

    Attributes
    ----------
    family : {"latent", "gaussian"}
        Poisson counts with a latent AR(1) process in each region; or least squares with Newey–West errors for a measure
        that is no count.
    process : {"own", "common"}
        Whether each region's latent process has a variability of its own (rho and sigma), or all share one. With its
        own, every region is fitted by itself. One for all makes intervals much too narrow where regions differ in it,
        as regions of different size do (``docs/methods/controlled.md``).
    shared : tuple of {"trend", "season"}
        What all regions have in common, treated included; by default nothing.
    changes : {"same", "vary"}
        Whether what happened at the launch is the same in all regions, or differs from region to region around a common
        value, with a spread that three or more comparison regions let the data estimate; it enters the interval.
        With fewer the changes are taken to be the same, and a warning says so. ``"vary"`` needs ``process="own"``,
        where it is the default.
    pooled : bool
        Treat the comparison regions as one: the sum of their counts, or for a measure one line through all of them.
    prior, grid : LatentPrior, LatentGrid
        Of the latent family; see :class:`evalkit.Latent`. Coefficients have flat priors.
    covariance : {"model", "hac", "hac-stacked"}
        Of the Gaussian family: from the model; Newey–West with lags inside each region; or with lags along the stack of
        regions, as some software does (:mod:`evalkit.model.controlled.gaussian`).
    lags : int, optional
        Of the Newey–West covariance; by default ⌊4 (n/100)^(2/9)⌋ for n periods.
    """

    family: ControlledFamily = "latent"
    process: Process = "own"
    shared: tuple[Shared, ...] = ()
    changes: RegionChanges | None = None
    pooled: bool = False
    prior: LatentPrior = field(default_factory=LatentPrior)
    grid: LatentGrid = field(default_factory=LatentGrid)
    covariance: ControlledCovariance = "hac"
    lags: int | None = None

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("family", self.family, get_args(ControlledFamily)),
            ("process", self.process, get_args(Process)),
            ("covariance", self.covariance, get_args(ControlledCovariance)),
            *(("shared part", part, get_args(Shared)) for part in self.shared),
            *((("changes", self.changes, get_args(RegionChanges)),) if self.changes is not None else ()),
        ):
            if value not in allowed:
                raise ModelError(unknown(what, value, allowed))
        if self.lags is not None and (not isinstance(self.lags, int) or self.lags < 0):
            raise ModelError(
                f"lags is {self.lags!r}. Allowed: a whole number, 0 or more, or None for the default rule."
            )
        if self.prior.coefficient_sd:
            raise ModelError("Coefficients of the controlled model have flat priors. Leave coefficient_sd out.")
        if self.changes == "vary" and (self.family == "gaussian" or self.process == "common"):
            raise ModelError(
                "Changes that vary from region to region are fitted with each region by itself. Use the latent family "
                "with process='own', or changes='same'."
            )

    @property
    def name(self) -> str:
        """``"controlled"``."""
        return "controlled"

    @property
    def controls_as(self) -> ControlsAs:
        """``"comparison"``."""
        return "comparison"

    @property
    def kind(self) -> vocab.Kind:
        """``"measure"`` for the Gaussian family, else ``"counts"``."""
        return "measure" if self.family == "gaussian" else "counts"

    @property
    def vary(self) -> bool:
        """Whether the changes at the launch may differ from region to region."""
        return self.changes == "vary" or (self.changes is None and self.family == "latent" and self.process == "own")

    def fit(self, design: Design) -> Fit:
        """Fit all regions; ``ModelError`` without comparison regions, ``CannotEstimate`` where the data cannot say."""
        regions = regions_of(design, pooled=self.pooled and self.family == "latent")
        if self.family == "gaussian":
            return fit_gaussian(self, design, regions)
        if self.process == "common":
            return fit_stacked(self, design, regions)
        shares = any(kind_of_term(term) in self.shared for term in design.columns)
        return fit_shared(self, design, regions) if shares else fit_separate(self, design, regions)
