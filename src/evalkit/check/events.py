"""What else happened? Other events in the window, and a count that changed its meaning at the launch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.residuals import fitted_design
from evalkit.contacts import to_period
from evalkit.vocab import EventKind, Outcome

if TYPE_CHECKING:
    from evalkit.check.context import CheckContext
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.registers import Event

_OTHER: Final = Question("other events")
_MEANING: Final = Question("what is counted")
_COUNTING: Final = frozenset({EventKind.DEFINITION, EventKind.CHANNEL_OPENS})
NEAR_DAYS: Final = 92
"""A change of definition within about three months of the launch cannot be told from it."""


@_OTHER.or_not_run
def other_events(effect: Effect, context: CheckContext) -> CheckResult:
    """Events of the register that fall into the window of the effect and are not terms of the design.

    Returns
    -------
    CheckResult
        Fail where an event that begins in the window (from the launch on) has no term in the fitted model (under a
        synthetic control: where it did not come to all regions, donors included); inconclusive where one
        may, as its date is too imprecise to say, or where one that began before reaches into it. ``table`` has a row an
        event.
    """
    return _asked(_OTHER, effect, context, counting=False)


@_MEANING.or_not_run
def what_is_counted(effect: Effect, context: CheckContext) -> CheckResult:
    """Whether a channel opened or a definition changed near the launch.

    Returns
    -------
    CheckResult
        Fail where an event of the kinds "definition" or "channel opens" begins within three months of the launch and
        is not in the design; inconclusive where one begins elsewhere in the data, or where its date may lie there.
    """
    return _asked(_MEANING, effect, context, counting=True)


def _asked(asked: Question, effect: Effect, context: CheckContext, *, counting: bool) -> CheckResult:
    parts = ready(effect)
    if isinstance(parts, str):
        return asked.not_run(parts)
    if context.events is None:
        return asked.not_run(text("check.other_events.none"), text("check.other_events.none_remedy"))
    rows = [
        _row(event, effect, counting=counting)
        for event in context.events
        if (event.kind in _COUNTING) is counting and _concerns(event, effect)
    ]
    table = pd.DataFrame(rows, columns=["event", "title", "kind", "start", "where", "in_design"])
    open_ones = table[~table["in_design"].astype(bool)]
    within, elsewhere, unclear = (open_ones[open_ones["where"] == one] for one in ("within", "elsewhere", "unclear"))
    place = text("check.other_events.counting_place") if counting else text("check.other_events.place")
    figures = {
        "within": float(len(within)),
        "unclear": float(len(unclear) + len(elsewhere)),
        "events": float(len(table)),
    }
    if len(within):
        outcome = Outcome.FAILED
        statement = text(
            "check.other_events.within",
            events=_named(within),
            place=place,
            are=text("words.is" if len(within) == 1 else "words.are"),
        )
        meaning = (
            text("check.other_events.counting_within_means") if counting else text("check.other_events.within_means")
        )
    elif len(elsewhere):
        outcome = Outcome.INCONCLUSIVE
        when = text("check.other_events.counting_elsewhere") if counting else text("check.other_events.elsewhere")
        statement = text(
            "check.other_events.before",
            events=_named(elsewhere),
            when=when,
            are=text("words.is" if len(elsewhere) == 1 else "words.are"),
        )
        meaning = (
            text("check.other_events.counting_before_means") if counting else text("check.other_events.before_means")
        )
    elif len(unclear):
        outcome = Outcome.INCONCLUSIVE
        statement = text("check.other_events.unclear", events=_named(unclear), place=place)
        meaning = text("check.other_events.unclear_means")
    else:
        outcome = Outcome.PASSED
        known = int(table["in_design"].astype(bool).sum())
        beside = text("check.other_events.beside", known=_allowed_for(known, effect)) if known else ""
        statement = text("check.other_events.passed", place=place, beside=beside)
        meaning = text("check.other_events.passed_means")
    return asked.answer(outcome, statement, meaning, figures=figures, table=table)


def _concerns(event: Event, effect: Effect) -> bool:
    in_region = not event.regions or not effect.region or effect.region in event.regions
    on_channel = not event.channels or not effect.channel or effect.channel in event.channels
    return in_region and on_channel


def has_term(event: Event, effect: Effect) -> bool:
    """Whether the fitted model has a term for an event.

    A synthetic control has no terms, and a model that sees the time before launch only has none for what began later.
    """
    if effect.model == "synthetic" or event.event not in {term.name for term in effect.design.spec.events}:
        return False
    return effect.fit is None or event.event in fitted_design(effect.fit).columns


def _allowed_for(known: int, effect: Effect) -> str:
    if effect.model == "synthetic":
        return text("check.other_events.everywhere", known=known)
    return text(
        "check.other_events.terms",
        known=known,
        are=text("check.other_events.is_term") if known == 1 else text("check.other_events.are_terms"),
    )


def _row(event: Event, effect: Effect, *, counting: bool) -> tuple[str, str, str, str, str, bool]:
    design = effect.design
    modelled = has_term(event, effect) or (effect.model == "synthetic" and not event.regions)
    where = _near_launch(event, design) if counting else _in_window(event, design)
    return (
        event.event,
        event.title or event.event,
        str(event.kind),
        event.start.iso or text("words.unknown"),
        where,
        modelled,
    )


def _in_window(event: Event, design: Design) -> str:
    """``within``, ``elsewhere``, ``unclear`` or ``outside`` the window from the launch to the last period."""
    bounds = _periods(event, design)
    if bounds is None:
        return "unclear"
    (first, last), end = bounds
    close = design.periods[-1]
    if first > close or (end is not None and end < design.launch):
        return "outside"
    if last < design.launch:  # it began before; a lasting change is part of the level on both sides
        return "elsewhere" if end is not None and end >= design.launch else "outside"
    return "within" if first >= design.launch and last <= close else "unclear"


def _near_launch(event: Event, design: Design) -> str:
    if event.start.start is None or event.start.end is None:
        return "unclear"
    start, stop = pd.Timestamp(event.start.start), pd.Timestamp(event.start.end)
    near = pd.Timedelta(days=NEAR_DAYS)
    low, high = design.launch.start_time - near, design.launch.end_time + near
    if low <= start and stop <= high:
        return "within"
    first, last = design.periods[0].start_time, design.periods[-1].end_time
    if stop < first or start > last:
        return "outside"
    return "elsewhere" if stop < low or start > high else "unclear"


def _periods(event: Event, design: Design) -> tuple[tuple[pd.Period, pd.Period], pd.Period | None] | None:
    if event.start.start is None or event.start.end is None:
        return None
    freq = design.periods.freqstr
    first, last = (to_period(day.isoformat(), freq) for day in (event.start.start, event.start.end))
    known_end = None if event.end is None else event.end.end
    return (first, last), None if known_end is None else to_period(known_end.isoformat(), freq)


def _named(rows: pd.DataFrame, most: int = 3) -> str:
    titles: Sequence[str] = [
        text("check.other_events.event", title=row.title, start=row.start) for row in rows.head(most).itertuples()
    ]
    more = len(rows) - len(titles)
    return "; ".join(titles) + (text("check.other_events.more", more=more) if more else "")


def capacity_events(effect: Effect, context: CheckContext) -> list[str]:
    """Titles of events of the kind "capacity" that begin in the data."""
    design = effect.design
    found = []
    for event in context.events or ():
        start = event.start.start
        if event.kind == EventKind.CAPACITY and _concerns(event, effect) and start is not None:
            inside = np.datetime64(design.periods[0].start_time) <= np.datetime64(start)
            if inside and np.datetime64(start) <= np.datetime64(design.periods[-1].end_time):
                found.append(event.title or event.event)
    return found
