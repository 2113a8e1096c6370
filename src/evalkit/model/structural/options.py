"""``model="structural"``: what may be asked of a structural time series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from evalkit.display import Displayed
from evalkit.errors import ModelError, unknown

if TYPE_CHECKING:
    from evalkit.design import ControlsAs, Design
    from evalkit.model.structural.fit import StructuralFit

Level = Literal["local level", "local linear trend", "smooth trend", "deterministic trend", "deterministic constant"]
StructuralSeason = Literal["design", "fixed", "stochastic"]
Form = Literal["intervention", "counterfactual"]
Estimation = Literal["restricted", "maximum"]


@dataclass(frozen=True, kw_only=True)
class Structural(Displayed):
    """Options of a structural time series of log contacts (statsmodels ``UnobservedComponents``).

    Attributes
    ----------
    level : str
        The moving part, as statsmodels names it: ``"local level"`` (a random walk; a trend of the design stays a
        straight line beside it), ``"local linear trend"``, ``"smooth trend"``, ``"deterministic trend"`` or
        ``"deterministic constant"``. What it contains (intercept, trend) is taken out of the design.
    season : {"design", "fixed", "stochastic"}
        The season of the design; or one effect for each of the s periods of the year, the same every year or moving.
    form : {"intervention", "counterfactual"}
        Fit all periods with the campaign's terms, or only those before launch and compare what was counted with the
        projection.
    estimation : {"restricted", "maximum"}
        Variances by the likelihood in which every coefficient is a diffuse state, coefficients by generalised least
        squares given them, Student t intervals; or all by maximum likelihood with the outer product of gradients and
        normal intervals, as statsmodels does by default and as published analyses report.
    added : float
        What is added to every count before the log; 0 needs every count above 0.
    """

    level: Level = "local level"
    season: StructuralSeason = "design"
    form: Form = "intervention"
    estimation: Estimation = "restricted"
    added: float = 0.5

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("level", self.level, get_args(Level)),
            ("season", self.season, get_args(StructuralSeason)),
            ("form", self.form, get_args(Form)),
            ("estimation", self.estimation, get_args(Estimation)),
        ):
            if value not in allowed:
                raise ModelError(unknown(what, value, allowed))
        if not 0 <= self.added <= 1:
            raise ModelError(f"added is {self.added!r}. Allowed: a number from 0 to 1, such as 0.5.")
        if self.estimation == "maximum" and self.form == "counterfactual":
            raise ModelError(
                'estimation="maximum" gives errors of coefficients, and a projection has no campaign term. Use '
                'estimation="restricted", or form="intervention".'
            )

    @property
    def name(self) -> str:
        """``"structural"``."""
        return "structural"

    @property
    def controls_as(self) -> ControlsAs:
        """``"covariate"``."""
        return "covariate"

    def fit(self, design: Design) -> StructuralFit:
        """Fit one design; ``CannotEstimate`` where the data cannot say."""
        from evalkit.model.structural.fit import fit_structural  # loads statsmodels' state space models

        return fit_structural(self, design)
