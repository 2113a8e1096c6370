"""What a run knows that bears on its quality, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.check.events import has_term
from evalkit.contacts import to_period
from evalkit.vocab import EventKind, Outcome

if TYPE_CHECKING:
    from evalkit.check.base import CheckResult
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.evaluation import Declaration, Declarations, PlanReview
    from evalkit.registers import Event

COUNTING: Final = frozenset({EventKind.DEFINITION, EventKind.CAPACITY, EventKind.CHANNEL_OPENS})
"""Kinds of event that change what is counted rather than how many people seek help."""
# how each model treats counts that depend on their neighbours; a model of another name says so by a fitted rho
_DEPENDENCE: Final = frozenset({"latent", "forecast", "controlled", "pooled", "arima", "structural", "synthetic"})
SHAPELESS: Final = frozenset({"synthetic", "forecast"})
"""Models that assume no shape of the effect."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """An effect with everything that bears on its quality.

    Attributes
    ----------
    effect : Effect
        The effect.
    checks : tuple of CheckResult
        Checks made of it.
    declarations : Declarations
        What was declared.
    events : tuple of Event
        What else is known to have happened.
    plan : PlanReview, optional
        The plan and the deviations from it.
    """

    effect: Effect
    checks: tuple[CheckResult, ...]
    declarations: Declarations
    events: tuple[Event, ...]
    plan: PlanReview | None

    @property
    def design(self) -> Design:
        """The design of the effect."""
        return self.effect.design

    def declared(self, name: str) -> Declaration | None:
        """One declaration, None where nothing was declared."""
        return cast("Declaration | None", getattr(self.declarations, name))

    def checks_with(self, *outcomes: Outcome) -> tuple[str, ...]:
        """Names of the checks that came to one of some outcomes."""
        return tuple(check.name for check in self.checks if check.outcome in outcomes)

    def outcome_of(self, name: str) -> Outcome | None:
        """Outcome of one check, None where it was not among those made."""
        return next((check.outcome for check in self.checks if check.name == name), None)

    @cached_property
    def missing(self) -> tuple[int, int]:
        """Number of periods without a count, and of all periods up to the end of the window."""
        last = self.effect.window.end if self.effect.window is not None else self.design.periods[-1]
        asked = np.asarray(self.design.periods <= last)
        return int(np.isnan(self.design.observed[asked]).sum()), int(asked.sum())

    @cached_property
    def happened(self) -> tuple[Event, ...]:
        """Events that touch the channel from the launch to the end of the window, the launch period included."""
        last = self.effect.window.end if self.effect.window is not None else self.design.periods[-1]
        return self._within(self.effect.launch, last)

    @cached_property
    def counting(self) -> tuple[Event, ...]:
        """Events in the whole span of the data that change what is counted."""
        found = self._within(self.design.periods[0] + 1, self.design.periods[-1])
        return tuple(event for event in found if event.kind in COUNTING)

    def modelled(self, event: Event) -> bool:
        """Whether an event has a term of its own in the fitted model; a synthetic control has none."""
        return has_term(event, self.effect)

    @property
    def season(self) -> str:
        """How the season is modelled, empty where it is not."""
        if self.effect.model == "synthetic":
            return text("quality.facts.donors_season")
        if self.design.spec.season == "indicators":
            return text("quality.facts.indicators")
        pairs = sum(column.startswith("cos ") for column in self.design.columns)
        if not pairs:
            return ""
        return text("quality.facts.pairs_one" if pairs == 1 else "quality.facts.pairs_many", number=pairs)

    @property
    def dependence(self) -> str:
        """How the model lets neighbouring counts depend on each other, empty where it does not."""
        name, options = self.effect.model, self.effect.options
        if name in _DEPENDENCE and getattr(options, "family", "latent") != "gaussian":
            return text(f"quality.dependence.{name}")
        if str(getattr(options, "covariance", "")).startswith("hac"):
            return text("quality.facts.newey_west")
        return (
            text("quality.facts.fitted_rho")
            if self.effect.fit is not None and "rho" in self.effect.fit.parameters
            else ""
        )

    @property
    def comparison(self) -> tuple[str, ...]:
        """Comparison regions by name, where the design names them."""
        return self.design.comparison.names if self.design.comparison is not None else ()

    def _within(self, first: pd.Period, last: pd.Period) -> tuple[Event, ...]:
        return tuple(event for event in self.events if self._touches(event, first, last))

    def _touches(self, event: Event, first: pd.Period, last: pd.Period) -> bool:
        """Whether an event begins in, or lasts into, some periods (both inclusive); without an end, begins in them."""
        channel, region = self.effect.channel, self.effect.region
        if event.regions and region and region not in event.regions:
            return False
        if event.start.start is None or (event.channels and channel and channel not in event.channels):
            return False
        start = to_period(event.start.start.isoformat(), first.freqstr)
        end = event.end.end if event.end is not None else event.start.end
        stops = start if end is None else to_period(end.isoformat(), first.freqstr)
        return bool(start <= last and stops >= first)
