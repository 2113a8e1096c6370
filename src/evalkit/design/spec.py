"""What was asked of a design: small, frozen, self-validating options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, Final, Literal, get_args

import pandas as pd

from evalkit.design.calendar import BankHolidays, Opening, read_holidays, read_opening
from evalkit.display import Displayed
from evalkit.errors import DesignError, unknown

Season = Literal["harmonics", "indicators"]
TransitionHandling = Literal["exclude", "model"]
DecayForm = Literal["pulse", "step"]
When = pd.Period | str

DECAY_GRID: Final = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)


@dataclass(frozen=True, kw_only=True)
class EventTerm(Displayed):
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


@dataclass(frozen=True)
class Flights(Displayed):
    """A campaign that was switched on and off: contacts in active periods against contacts in inactive ones.

    Attributes
    ----------
    periods : tuple of (first, last)
        First and last active period of each flight, both inclusive, in order of time; the first flight begins at the
        launch. Any iterable of pairs is accepted.
    separate : bool
        One ratio for each flight instead of one that all active periods share.

    Examples
    --------
    >>> Flights([("2019-05", "2019-07"), ("2020-01", "2020-02")]).periods[0]
    ('2019-05', '2019-07')
    """

    periods: tuple[tuple[When, When], ...]
    separate: bool = False

    def __post_init__(self) -> None:
        given = self.periods
        if isinstance(given, (str, pd.Period)) or not isinstance(given, Iterable):
            raise DesignError(f"The flights are {given!r}. {_PAIRS}")
        pairs = tuple(tuple(pair) if isinstance(pair, (tuple, list)) else (pair,) for pair in given)
        for pair in pairs:
            if len(pair) != 2:
                raise DesignError(f"A flight is {pair if len(pair) > 1 else pair[0]!r}. {_PAIRS}")
        if not pairs:
            raise DesignError(f"There are no flights. {_PAIRS} Leave flights out for a campaign that ran on.")
        object.__setattr__(self, "periods", pairs)


_PAIRS = 'Allowed: pairs of a first and a last active period, such as [("2019-05", "2019-07")].'


@dataclass(frozen=True)
class Decay(Displayed):
    """An effect that fades or builds up geometrically: the transfer function omega / (1 - delta B).

    Attributes
    ----------
    rate : float, optional
        delta, the share that is left one period later, above 0 and below 1. None has it estimated (``model="latent"``):
        the fit then integrates over ``grid``, and delta and the half-life are among the components of the effect.
    form : {"pulse", "step"}
        What goes in: the launch alone, so that the effect is greatest at the launch and fades; or every period from the
        launch on, so that it builds up towards a lasting level. With flights every active period goes in (adstock).
    grid : tuple of float
        The rates that are tried where ``rate`` is None, each standing for the rates nearest to it, which are equally
        likely beforehand; rising, in (0, 1). The fit looks between them where the data tell more than the grid does.
    """

    rate: float | None = None
    form: DecayForm = "pulse"
    grid: tuple[float, ...] = DECAY_GRID

    def __post_init__(self) -> None:
        if self.form not in get_args(DecayForm):
            raise DesignError(unknown("form of decay", self.form, get_args(DecayForm)))
        object.__setattr__(self, "grid", tuple(self.grid))
        for rate in (*(() if self.rate is None else (self.rate,)), *self.grid):
            if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1:
                raise DesignError(
                    f"The decay rate is {rate!r}. Allowed: a number above 0 and below 1, the share of the effect that "
                    f"is left one period later; leave it out to have it estimated."
                )
        if len(self.grid) < 2 or list(self.grid) != sorted(set(self.grid)):
            raise DesignError(f"The grid of decay rates is {self.grid!r}. Allowed: two or more rates, rising.")


@dataclass(frozen=True, kw_only=True)
class DesignSpec(Displayed):
    """The systematic part of the model on the log scale.

    Attributes
    ----------
    trend : bool
        A straight line on the log scale, in years since launch.
    slope : bool
        Whether the campaign may change the trend as well as the level. Flights and decaying effects have no slope.
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
    lag : int
        The first effect comes so many periods after the launch; the periods between count as unaffected.
    launches : tuple of pandas.Period or str
        Further launches after the first, each with a level (and slope) of its own.
    flights : Flights, optional
        Active periods of a campaign that was switched on and off.
    off : pandas.Period or str, optional
        Last period in which the campaign ran; what came after it has a level of its own.
    decay : Decay, optional
        An effect that fades or builds up geometrically.
    weekday : bool, optional
        A ratio for each weekday; None is True for daily data and False for all others, which cannot have them.
    holidays : BankHolidays, optional
        A ratio for bank holidays in daily data, or for each bank holiday that a week, month or quarter has.
    opening : Opening, optional
        Contacts per open day: the number of open days in each period multiplies the exposure.
    """

    trend: bool = True
    slope: bool = True
    season: Season = "harmonics"
    harmonics: int = 2
    transition: int = 0
    transition_handling: TransitionHandling = "exclude"
    end: pd.Period | str | None = None
    events: tuple[EventTerm, ...] = field(default=())
    lag: int = 0
    launches: tuple[When, ...] = ()
    flights: Flights | None = None
    off: When | None = None
    decay: Decay | None = None
    weekday: bool | None = None
    holidays: BankHolidays | None = None
    opening: Opening | None = None

    def __post_init__(self) -> None:
        if self.season not in get_args(Season):
            raise DesignError(unknown("season", self.season, get_args(Season)))
        if self.transition_handling not in get_args(TransitionHandling):
            raise DesignError(unknown("transition handling", self.transition_handling, get_args(TransitionHandling)))
        if self.weekday not in (None, True, False):
            raise DesignError(f"weekday is {self.weekday!r}. Allowed: True, False, or None for True in daily data.")
        for name in ("harmonics", "transition", "lag"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
                raise DesignError(f"{name} is {value!r}. Allowed: a whole number, 0 or more.")
        names = [event.name for event in self.events]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DesignError(f"Event name {twice[0]!r} is used more than once. Give each event a name of its own.")
        given = {
            "flights": self.flights is not None,
            "launches": bool(self.launches),
            "off": self.off is not None,
            "decay": self.decay is not None,
            "transition": self.transition > 0,
        }
        for one, other, instead in _NOT_TOGETHER:
            if given[one] and given[other]:
                raise DesignError(f"{one} and {other} were both given. Allowed: one of the two. {instead}")


def design_spec(options: Mapping[str, Any]) -> DesignSpec:
    """A design from options as people write them.

    Beside the attributes of :class:`DesignSpec` themselves: ``events`` as a mapping of name to first period, or to
    (first, last); ``flights`` as a list of pairs; ``launches`` as a list; ``decay`` as a rate, or ``"estimate"``;
    ``holidays`` as the name of a nation; ``opening`` as ``"Monday to Friday"`` or a list of weekdays.

    Raises
    ------
    DesignError
        An unknown option, with the nearest match, or a value that is not allowed.
    """
    allowed = tuple(DesignSpec.__dataclass_fields__)
    for name in options:
        if name not in allowed:
            raise DesignError(unknown("design option", name, allowed))
    read = {name: _READERS[name](value) if name in _READERS else value for name, value in options.items()}
    return DesignSpec(**read)


def event_terms(events: Mapping[str, Any] | Iterable[EventTerm] | None) -> tuple[EventTerm, ...]:
    """Event terms from a mapping of name to first period, or to (first, last), or from terms as they are."""
    if events is None:
        return ()
    if not isinstance(events, Mapping):
        return tuple(events)
    terms = []
    for name, when in events.items():
        first, last = when if isinstance(when, (tuple, list)) else (when, None)
        terms.append(EventTerm(name=str(name), start=first, end=last))
    return tuple(terms)


def _read_flights(value: Any) -> Flights | None:
    return value if value is None or isinstance(value, Flights) else Flights(value)


def _read_launches(value: Any) -> tuple[When, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, pd.Period)) or not isinstance(value, Iterable):
        raise DesignError(f"The further launches are {value!r}. Allowed: a list of periods, such as ['2020-05'].")
    return tuple(value)


def _read_decay(value: Any) -> Decay | None:
    if value is None or isinstance(value, Decay):
        return value
    if value == "estimate":
        return Decay()
    try:
        return Decay(float(value) if isinstance(value, str) else value)
    except ValueError as problem:
        raise DesignError(unknown("decay", value, ("estimate",)) + " Or give a rate, such as 0.7.") from problem


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "events": event_terms,
    "flights": _read_flights,
    "launches": _read_launches,
    "decay": _read_decay,
    "holidays": read_holidays,
    "opening": read_opening,
}

_NOT_TOGETHER: Final = (
    ("flights", "launches", "A flight is a launch with an end; list them all as flights."),
    ("flights", "off", "The last period of the last flight is its end."),
    ("launches", "off", "Give each launch and its end as a flight."),
    ("off", "decay", "An effect that builds up and fades again is flights=[(launch, off)] with decay."),
    ("flights", "transition", "Use decay for flights that are phased in, or leave the transition out."),
    ("decay", "transition", "The decay describes how the effect comes and goes."),
)
