"""One reported number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evalkit.catalogue import term, text
from evalkit.display import Displayed


@dataclass(frozen=True, kw_only=True)
class Window(Displayed):
    """The periods that a total is taken over.

    Attributes
    ----------
    start, end : pandas.Period
        First and last period, both inclusive.
    periods : int
        Number of periods in between that were counted; missing ones are not part of any total.
    """

    start: pd.Period
    end: pd.Period
    periods: int

    def __str__(self) -> str:
        return text("words.span", first=self.start, last=self.end)


@dataclass(frozen=True)
class Estimate(Displayed):
    """A number, its interval, what it is counted in and over which periods.

    Attributes
    ----------
    name : str
        One of ``vocab.ESTIMANDS``, or the name of a component.
    value : float
        Posterior median (Bayesian models) or point estimate (the others).
    lower, upper : float
        Ends of the central interval at ``level``.
    level : float
        Probability content of the interval, in (0, 1).
    unit : str
        ``"rate ratio"``, ``"rate ratio per year"``, ``"contacts"`` or ``"contacts per year"``; of a measure that is no
        count, ``"units of the measure"`` in their place. Of components also ``"share"``, and ``"share left a period
        later"`` and ``"periods"`` of an effect that decays.
    window : Window
        Periods that the number speaks of.
    """

    name: str
    value: float
    lower: float
    upper: float
    level: float
    unit: str
    window: Window

    def to_dict(self) -> dict[str, object]:
        """Plain values: ``value``, ``lower``, ``upper``, ``unit``."""
        return {"value": self.value, "lower": self.lower, "upper": self.upper, "unit": self.unit}

    def __str__(self) -> str:
        return text(
            "effect.shown.estimate", value=self.value, lower=self.lower, upper=self.upper, unit=term("units", self.unit)
        )


@dataclass(frozen=True)
class NotEstimable(Displayed):
    """The data cannot say, and why.

    Attributes
    ----------
    reason : str
        Why, with the figures.
    remedy : str
        What would help.
    """

    reason: str
    remedy: str = ""

    def to_dict(self) -> dict[str, object]:
        """``{"not_estimable": reason, "remedy": remedy}``."""
        return {"not_estimable": self.reason, **({"remedy": self.remedy} if self.remedy else {})}

    def __str__(self) -> str:
        return text("effect.shown.not_estimable", reason=self.reason)


Result = Estimate | NotEstimable
