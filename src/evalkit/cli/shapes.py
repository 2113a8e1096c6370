"""Options that say how a campaign ran and what the calendar does, for the commands that estimate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

import evalkit as ek
from evalkit import vocab
from evalkit.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option("--lag", type=click.IntRange(min=0), default=0, help="Periods from the launch to the first effect."),
    click.option("--further-launch", "launches", multiple=True, help="A further launch; may be given several times."),
    click.option(
        "--flight",
        "flights",
        nargs=2,
        multiple=True,
        metavar="FIRST LAST",
        help="First and last active period of a campaign that was switched on and off; once for each flight.",
    ),
    click.option("--separate-flights", is_flag=True, help="One ratio for each flight instead of one for all."),
    click.option("--off", default=None, help="Last period in which the campaign ran; what follows has its own level."),
    click.option("--decay", default=None, help="Share of the effect left one period later (0.7), or: estimate."),
    click.option("--weekday/--no-weekday", default=None, help="A ratio for each weekday.  [default: in daily data]"),
    click.option("--holidays", default=None, help=f"Bank holidays as terms: {', '.join(vocab.NATIONS)}."),
    click.option("--opening", default=None, help='Contacts per open day: "Monday to Friday", or weekdays with commas.'),
)


def as_it_ran(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def with_flights(separate_flights: bool, flights: tuple[tuple[str, str], ...], **options: Any) -> dict[str, Any]:
    """Options of a design, with the pairs of dates as flights."""
    if separate_flights and not flights:
        raise UsageError("--separate-flights needs flights. Give each with --flight FIRST LAST.")
    return options | {"flights": ek.Flights(flights, separate=separate_flights) if flights else None}
