"""``model="arima"``: what may be asked of a regression with ARIMA noise."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, get_args

from evalkit.display import Displayed
from evalkit.errors import ModelError, unknown

if TYPE_CHECKING:
    from evalkit.design import ControlsAs, Design
    from evalkit.model.arima.fit import ArimaFit

Order = tuple[int, int, int]
SeasonalOrder = tuple[int, int, int, int]
Scale = Literal["log", "identity"]
Response = Literal["immediate", "gradual"]
Reference = Literal["t", "normal"]
_HIGHEST = {"order": (6, 2, 6), "seasonal_order": (2, 1, 2, 400)}


@dataclass(frozen=True, kw_only=True)
class Arima(Displayed):
    """Options of a regression with ARIMA noise: an intervention or transfer-function model.

    The campaign's terms are those of the design: a step (``level``), a ramp (``slope``), a pulse (one transition period
    with ``transition_handling="model"``). With ``response="gradual"`` the step becomes the transfer function
    ``omega / (1 - delta B)``: the effect approaches its new level geometrically.

    Attributes
    ----------
    order : (p, d, q) or "auto"
        Autoregressive lags, differences, moving-average lags. ``"auto"`` differences once where the KPSS test of what
        the design leaves says so (5 %), then takes the p, q of 0 to 2 with the lowest AICc.
    seasonal_order : (P, D, Q, s) or "auto"
        The same at the seasonal lag s. ``"auto"``, with ``order="auto"``, also tries one seasonal autoregressive lag
        where there are four years of monthly or quarterly data.
    scale : {"log", "identity"}
        Model log((y + added) / exposure), so that changes are ratios, or the counts themselves, so that they are
        differences.
    added : float
        What is added to every count before the log. 0 fits the log of the rate itself and needs every count above 0.
    response : {"immediate", "gradual"}
        A step at once, or its approach through ``omega / (1 - delta B)`` with delta between -1 and 1.
    ratio_after : tuple of int
        With a gradual response: periods after the first exposed one at which the ratio reached is reported.
    reference : {"t", "normal"}
        Reference distribution of the intervals: Student t with m - p degrees of freedom (m periods after differencing,
        p coefficients and delta) and the variance of the innovations with that divisor; or normal with the maximum
        likelihood variance, as ARIMA software reports.
    """

    order: Order | Literal["auto"] = (1, 0, 0)
    seasonal_order: SeasonalOrder | Literal["auto"] = (0, 0, 0, 0)
    scale: Scale = "log"
    added: float = 0.5
    response: Response = "immediate"
    ratio_after: tuple[int, ...] = (6,)
    reference: Reference = "t"

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("scale", self.scale, get_args(Scale)),
            ("response", self.response, get_args(Response)),
            ("reference", self.reference, get_args(Reference)),
        ):
            if value not in allowed:
                raise ModelError(unknown(what, value, allowed))
        for what, highest in _HIGHEST.items():
            _require_orders(what, getattr(self, what), highest)
        if self.seasonal_order == "auto" and self.order != "auto":
            raise ModelError('seasonal_order="auto" needs order="auto". Give both, or the seasonal orders as numbers.')
        if self.seasonal_order != "auto" and any(self.seasonal_order[:3]) and self.seasonal_order[3] < 2:
            raise ModelError(
                f"The seasonal lag is {self.seasonal_order[3]}. Allowed: 2 or more; 12 for a year of months."
            )
        if not 0 <= self.added <= 1:
            raise ModelError(f"added is {self.added!r}. Allowed: a number from 0 to 1, such as 0.5.")
        if not all(_whole(after) and after >= 0 for after in self.ratio_after):
            raise ModelError(f"ratio_after is {self.ratio_after!r}. Allowed: whole numbers of periods, 0 or more.")

    @property
    def name(self) -> str:
        """``"arima"``."""
        return "arima"

    @property
    def controls_as(self) -> ControlsAs:
        """``"covariate"``."""
        return "covariate"

    def fit(self, design: Design) -> ArimaFit:
        """Fit by exact maximum likelihood; ``CannotEstimate`` where the data cannot say.

        Raises
        ------
        ModelError
            The identity scale is asked for together with an exposure.
        """
        from evalkit.model.arima.fit import fit_arima  # loads optimisers, which other models do without

        return fit_arima(self, design)


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _require_orders(what: str, value: Any, highest: tuple[int, ...]) -> None:
    if isinstance(value, str):
        if value != "auto":
            raise ModelError(unknown(what, value, ("auto",)))
        return
    right = isinstance(value, tuple | list) and len(value) == len(highest) and all(_whole(part) for part in value)
    if not right or not all(0 <= part <= limit for part, limit in zip(value, highest, strict=True)):
        letters = "(p, d, q)" if len(highest) == 3 else "(P, D, Q, s)"
        raise ModelError(
            f'{what} is {value!r}. Allowed: "auto", or {letters} in whole numbers from 0 to {highest}, in this order.'
        )
