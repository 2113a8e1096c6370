"""What was asked of a design: small, frozen, self-validating options."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral
from typing import Literal, get_args

import pandas as pd

from evalkit.errors import DesignError, unknown

Season = Literal["harmonics", "indicators"]
TransitionHandling = Literal["exclude", "model"]


@dataclass(frozen=True, kw_only=True)
class EventTerm:
    """Something else that happened, and the periods it is allowed to have changed.

    Attributes
    ----------
    name : str
        Short unique name; it becomes the name of the design column.
    start, end : pandas.Period or str
        First and last affected period, both inclusive. ``end=None`` is a lasting change of level.
    """

    name: str
    start: pd.Period | str
    end: pd.Period | str | None = None


@dataclass(frozen=True, kw_only=True)
class DesignSpec:
    """The systematic part of the model on the log scale.

    Attributes
    ----------
    trend : bool
        A straight line on the log scale, in years since launch.
    slope : bool
        Whether the campaign may change the trend as well as the level.
    season : {"harmonics", "indicators"}
        Annual sine and cosine pairs, or one indicator for each calendar month (quarter) but the first.
    harmonics : int
        Number K of annual pairs (0 for none). Data with s periods a year carry at most s/2 pairs, so annual data have
        none and quarterly data two; a larger K is cut to that.
    transition : int
        Number of periods, from the launch on, during which the campaign is phased in.
    transition_handling : {"exclude", "model"}
        Leave the transition periods out of the fit, or give them one level of their own.
    end : pandas.Period or str, optional
        Last period of the evaluation window, inclusive. Later periods are left out of the fit and of every total.
    events : tuple of EventTerm
        Known events that enter the model with and without the campaign.
    """

    trend: bool = True
    slope: bool = True
    season: Season = "harmonics"
    harmonics: int = 2
    transition: int = 0
    transition_handling: TransitionHandling = "exclude"
    end: pd.Period | str | None = None
    events: tuple[EventTerm, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.season not in get_args(Season):
            raise DesignError(unknown("season", self.season, get_args(Season)))
        if self.transition_handling not in get_args(TransitionHandling):
            raise DesignError(unknown("transition handling", self.transition_handling, get_args(TransitionHandling)))
        for name in ("harmonics", "transition"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
                raise DesignError(f"{name} is {value!r}. Allowed: a whole number, 0 or more.")
        names = [event.name for event in self.events]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DesignError(f"Event name {twice[0]!r} is used more than once. Give each event a name of its own.")
