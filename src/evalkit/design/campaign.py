"""The campaign's own columns, and the parts of its effect that a reader may ask for one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
import scipy

from evalkit import vocab
from evalkit.contacts import to_period
from evalkit.errors import DesignError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design.spec import DesignSpec, When

Measure = Literal["ratio", "share", "coefficient"]
ACTIVE: Final = "active over inactive"
RUNNING, AFTER, PERSISTED = "while running", "after the end", "share that persisted"
_AFTER_TERM: Final = "after"
_ADSTOCK, _BUILT_UP = "adstock", "built-up level"


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One part of a campaign's effect: some of its columns, switched off over some periods.

    Every model with joint draws reports it (:func:`evalkit.effect.effect_from_fit`): a component of the effect.

    Attributes
    ----------
    name : str
        In words, unique within a design: ``"flight 1"``.
    terms : tuple of str
        Columns of the campaign that are zero in the comparison; the others stay as they were.
    window : ndarray of bool, shape (n,)
        Periods that it speaks of; only those that enter the fit are counted.
    measure : {"ratio", "share", "coefficient"}
        Contacts expected with all columns over those without ``terms``, both summed over the window; that ratio less 1
        as a share of the same quantity of the part ``of``; or the exponential of the coefficient of the one term.
    of : str, optional
        Name of the part that a share is taken of.
    """

    name: str
    terms: tuple[str, ...]
    window: NDArray[np.bool_]
    measure: Measure = "ratio"
    of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """When the campaign ran, in periods since its launch.

    Attributes
    ----------
    launches : tuple of int
        0 for the launch, then the further launches, rising.
    flights : tuple of (int, int)
        First and last active period of each flight, inclusive; empty where there are none.
    off : int, optional
        Last period in which the campaign ran.
    """

    launches: tuple[int, ...] = (0,)
    flights: tuple[tuple[int, int], ...] = ()
    off: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class CampaignColumns:
    """The campaign on one calendar of n periods.

    Attributes
    ----------
    columns : tuple of (str, ndarray of shape (n,))
        Names and values; none is zero throughout.
    at_work : ndarray of bool, shape (n,)
        Periods in which the campaign could have an effect.
    in_transition : ndarray of bool, shape (n,)
        Periods in which it is phased in.
    parts : tuple of Part
        In reporting order.
    """

    columns: tuple[tuple[str, NDArray[np.float64]], ...]
    at_work: NDArray[np.bool_]
    in_transition: NDArray[np.bool_]
    parts: tuple[Part, ...]


def starting_rate(spec: DesignSpec) -> float | None:
    """The decay rate to lay the columns out with: the one given, or the middle one of those to be tried."""
    if spec.decay is None:
        return None
    return spec.decay.grid[len(spec.decay.grid) // 2] if spec.decay.rate is None else spec.decay.rate


def timeline_of(spec: DesignSpec, periods: pd.PeriodIndex, launch: pd.Period) -> Timeline:
    """The dates of a campaign in periods since its launch.

    Raises
    ------
    DesignError
        Flights that overlap, are out of order, end before they start, lie outside the data or do not begin at the
        launch; two launches in one period or one outside the data; an end outside the data or before the launch.
    """
    if spec.flights is not None:
        return Timeline(flights=_flights(spec.flights.periods, periods, launch))
    if spec.off is not None:
        off = inside(spec.off, periods, "off date")
        if off < launch:
            raise DesignError(f"The off date {off} lies before the launch {launch}. Give one at or after the launch.")
        if off == periods[-1]:
            raise DesignError(
                f"The off date {off} is the last period of the data, so nothing after it was counted. Leave it out, "
                f"or give data that go on."
            )
        return Timeline(off=_steps(off, launch))
    return Timeline(launches=_launches(spec.launches, periods, launch))


def _launches(given: tuple[When, ...], periods: pd.PeriodIndex, launch: pd.Period) -> tuple[int, ...]:
    further = [inside(when, periods, "further launch") for when in given]
    for before, one in zip([launch, *further], further, strict=False):
        if one == before or further.count(one) > 1:
            raise DesignError(
                f"Two launches are given in {one}. One {_unit(periods)} cannot tell them apart: give one of them, "
                f"or data by a finer period."
            )
        if one < before:
            raise DesignError(
                f"The further launch {one} comes after {before} in the list. Give launches in time order."
            )
    return (0, *(_steps(one, launch) for one in further))


def _flights(
    given: tuple[tuple[When, When], ...], periods: pd.PeriodIndex, launch: pd.Period
) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    previous: pd.Period | None = None
    for number, (first_given, last_given) in enumerate(given, 1):
        first, last = to_period(first_given, periods.freqstr), to_period(last_given, periods.freqstr)
        if last < first:
            raise DesignError(f"Flight {number} ends in {last}, before it starts in {first}. Correct its dates.")
        if first > periods[-1] or first < periods[0]:
            raise DesignError(
                f"Flight {number} ({first} to {last}) starts outside the data, which run from {periods[0]} to "
                f"{periods[-1]}. Leave it out, or give data that reach it."
            )
        if previous is not None and first <= previous:
            raise DesignError(
                f"Flight {number} starts in {first}, and the one before it ends in {previous}: they overlap or are out "
                f"of order. Give flights in time order, without a common {_unit(periods)}."
            )
        previous = last
        found.append((_steps(first, launch), _steps(last, launch)))
    if found[0][0] != 0:
        raise DesignError(
            f"The first flight starts in {launch + found[0][0]}, and the launch is {launch}. Give one date to both."
        )
    return tuple(found)


def lay_out(
    spec: DesignSpec, timeline: Timeline, since: NDArray[np.int64], per_year: float, rate: float | None = None
) -> CampaignColumns:
    """The campaign's columns on a calendar; a term or part without a period in it is left out.

    Parameters
    ----------
    since : ndarray of int, shape (n,)
        Periods since the launch; negative before it.
    per_year : float
        Periods a year.
    rate : float, optional
        The share of a decaying effect that is left one period later.
    """
    shifted = since - spec.lag
    if spec.decay is not None:
        assert rate is not None  # every design with a decay has one
        columns, parts = _decaying(spec, timeline, shifted, rate)
    elif timeline.flights:
        columns, parts = _in_flights(spec, timeline, shifted)
    elif timeline.off is not None:
        columns, parts = _switched_off(spec, timeline.off, shifted, per_year)
    else:
        columns, parts = _launched(spec, timeline.launches, shifted, per_year)
    kept = tuple((name, column) for name, column in columns if column.any())
    phasing = np.zeros(len(since), dtype=np.bool_)
    for start in timeline.launches if spec.transition else ():
        phasing |= (shifted >= start) & (shifted < start + spec.transition)
    at_work = phasing.copy()
    for _, column in kept:
        at_work |= column != 0
    if spec.decay is not None:  # what fades is never quite gone
        at_work = np.logical_or.accumulate(at_work)
    return CampaignColumns(columns=kept, at_work=at_work, in_transition=phasing, parts=_present(parts, kept))


def _present(parts: list[Part], kept: tuple[tuple[str, NDArray[np.float64]], ...]) -> tuple[Part, ...]:
    """The parts that the calendar reaches, with the terms that it reaches."""
    names = {name for name, _ in kept}
    reached: dict[str, Part] = {}
    for part in parts:
        terms = tuple(term for term in part.terms if term in names)
        if terms and part.window.any() and (part.of is None or part.of in reached):
            reached[part.name] = Part(name=part.name, terms=terms, window=part.window, measure=part.measure, of=part.of)
    return tuple(reached.values())


_Columns = list[tuple[str, "NDArray[np.float64]"]]


def _launched(
    spec: DesignSpec, launches: tuple[int, ...], since: NDArray[np.int64], per_year: float
) -> tuple[_Columns, list[Part]]:
    columns: _Columns = []
    parts = []
    for number, start in enumerate(launches, 1):
        own = _level_and_slope(spec, since - start, per_year, "" if number == 1 else f" {number}")
        columns += own
        if len(launches) > 1:
            terms = tuple(name for name, _ in own)
            parts.append(Part(name=f"launch {number}", terms=terms, window=since >= start))
    return columns, parts


def _level_and_slope(spec: DesignSpec, since: NDArray[np.int64], per_year: float, suffix: str = "") -> _Columns:
    full = since >= spec.transition
    columns: _Columns = []
    if spec.transition and spec.transition_handling == "model":
        columns.append((vocab.TRANSITION + suffix, ((since >= 0) & ~full).astype(np.float64)))
    columns.append((vocab.LEVEL + suffix, full.astype(np.float64)))
    if spec.slope:
        columns.append((vocab.SLOPE + suffix, np.where(full, since - spec.transition + 1, 0) / per_year))
    return columns


def _switched_off(spec: DesignSpec, off: int, since: NDArray[np.int64], per_year: float) -> tuple[_Columns, list[Part]]:
    running = since <= off
    own = [(name, column * running) for name, column in _level_and_slope(spec, since, per_year)]
    after = since > off
    parts = [
        Part(name=RUNNING, terms=tuple(name for name, _ in own), window=(since >= 0) & running),
        Part(name=AFTER, terms=(_AFTER_TERM,), window=after),
        Part(name=PERSISTED, terms=(_AFTER_TERM,), window=after, measure="share", of=RUNNING),
    ]
    return [*own, (_AFTER_TERM, after.astype(np.float64))], parts


def _active(flights: tuple[tuple[int, int], ...], since: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [(since >= first) & (since <= last) for first, last in flights]


def _in_flights(spec: DesignSpec, timeline: Timeline, since: NDArray[np.int64]) -> tuple[_Columns, list[Part]]:
    active = _active(timeline.flights, since)
    anywhere = np.logical_or.reduce(active)
    if spec.flights is None or not spec.flights.separate:
        return [(vocab.LEVEL, anywhere.astype(np.float64))], [Part(name=ACTIVE, terms=(vocab.LEVEL,), window=anywhere)]
    columns = [(f"flight {number}", one.astype(np.float64)) for number, one in enumerate(active, 1)]
    parts = [Part(name=ACTIVE, terms=tuple(name for name, _ in columns), window=anywhere)]
    parts += [
        Part(name=f"flight {number}", terms=(f"flight {number}",), window=one) for number, one in enumerate(active, 1)
    ]
    return columns, parts


def _decaying(
    spec: DesignSpec, timeline: Timeline, since: NDArray[np.int64], rate: float
) -> tuple[_Columns, list[Part]]:
    """Columns of the transfer function; parts for flights, several launches and what a step builds up to."""
    if timeline.flights:
        active = _active(timeline.flights, since)
        anywhere = np.logical_or.reduce(active)
        separate = spec.flights is not None and spec.flights.separate
        inputs = active if separate else [anywhere]
        names = [f"{_ADSTOCK} {number}" for number in range(1, len(active) + 1)] if separate else [_ADSTOCK]
        columns = [(name, (1 - rate) * _filtered(one, rate)) for name, one in zip(names, inputs, strict=True)]
        parts = [Part(name=ACTIVE, terms=tuple(names), window=anywhere)]
        if separate:
            parts += [
                Part(name=f"flight {number}", terms=(name,), window=since >= first)
                for number, (name, (first, _)) in enumerate(zip(names, timeline.flights, strict=True), 1)
            ]
        return columns, parts
    columns, parts = [], []
    pulse = spec.decay is not None and spec.decay.form == "pulse"
    for number, start in enumerate(timeline.launches, 1):
        name = (vocab.LEVEL if pulse else _BUILT_UP) + ("" if number == 1 else f" {number}")
        entered = since == start if pulse else since >= start
        columns.append((name, (1.0 if pulse else 1 - rate) * _filtered(entered, rate)))
        if len(timeline.launches) > 1:
            parts.append(Part(name=f"launch {number}", terms=(name,), window=since >= start))
        if not pulse:
            which = "" if number == 1 else f", launch {number}"
            parts.append(Part(name=f"builds up to{which}", terms=(name,), window=since >= start, measure="coefficient"))
    return columns, parts


def _filtered(entered: NDArray[np.bool_], rate: float) -> NDArray[np.float64]:
    """``x_t = rate * x_(t-1) + entered_t``, with nothing before the first period."""
    return np.asarray(scipy.signal.lfilter([1.0], [1.0, -rate], entered.astype(np.float64)))


def inside(value: When, periods: pd.PeriodIndex, what: str) -> pd.Period:
    """A date as a period of the data; ``DesignError`` where it lies outside them."""
    period = to_period(value, periods.freqstr)
    if not periods[0] <= period <= periods[-1]:
        raise DesignError(
            f"The {what} {period} lies outside the data, which run from {periods[0]} to {periods[-1]}. "
            f"Give a {what} in that range, or data that reach it."
        )
    return period


def _steps(period: pd.Period, launch: pd.Period) -> int:
    return int(period.ordinal - launch.ordinal)


def _unit(periods: pd.PeriodIndex) -> str:
    return vocab.FREQUENCY_NAMES.get(periods.freqstr[:1], "period")  # type: ignore[call-overload, no-any-return]
