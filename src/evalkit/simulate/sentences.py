"""Claims of a simulated register: figures rounded as a publisher would, in neutral sentences."""

from __future__ import annotations

import calendar
import math
from typing import Final

from evalkit.errors import UsageError
from evalkit.simulate.config import ClaimSettings, Interval
from evalkit.vocab import Qualifier

_DOWNWARD: Final = (Qualifier.MORE_THAN, Qualifier.AT_LEAST)
_UPWARD: Final = (Qualifier.LESS_THAN, Qualifier.AT_MOST, Qualifier.ALMOST)


def stated(claim: ClaimSettings, counted: float | None) -> float:
    """The figure that a claim states.

    Parameters
    ----------
    claim : ClaimSettings
        The claim.
    counted : float or None
        The statistic from the counts; None where there is none.

    Returns
    -------
    float
        ``claim.value`` where it is given; otherwise the counted figure (a percent change as a ratio) times
        ``claim.inflation``, rounded to one decimal (ratio) or a whole number (percent change, count): downward after
        "more than" and "at least", upward after "almost", "less than" and "at most", to the nearest otherwise.

    Raises
    ------
    UsageError
        Where the claim gives no value and nothing was counted to work it out from.
    """
    if claim.value is not None:
        return claim.value
    if counted is None:
        raise UsageError(
            f"claim {claim.claim!r}: {claim.region} has no contacts through the {claim.channel} to compare with. "
            "Give the claim a value, or another baseline."
        )
    if claim.statistic_type == "percent_change":
        return _rounded(100 * ((1 + counted / 100) * claim.inflation - 1), claim.qualifier)
    if claim.statistic_type == "ratio":
        return _rounded(10 * counted * claim.inflation, claim.qualifier) / 10
    return _rounded(counted * claim.inflation, claim.qualifier)


def claim_text(claim: ClaimSettings, figure: float) -> str:
    """The claim as a sentence."""
    opening = "Since the campaign began, contacts" if claim.attributed else "Contacts"
    subject = f"{opening} from {claim.region} through the {claim.channel}"
    period, word = _months(claim.period), "" if claim.qualifier is Qualifier.EXACT else f"{claim.qualifier} "
    if claim.baseline is None:
        return f"{subject} numbered {word}{figure:,.0f} in {period}."
    baseline = _months(claim.baseline)
    if claim.statistic_type == "ratio":
        return f"{subject} were {word}{figure:g} times as many in {period} as in {baseline}."
    compared = "higher" if figure >= 0 else "lower"
    return f"{subject} were {word}{abs(figure):g} per cent {compared} in {period} than in {baseline}."


def _rounded(value: float, qualifier: Qualifier) -> float:
    if qualifier in _DOWNWARD:
        return math.floor(value)
    return math.ceil(value) if qualifier in _UPWARD else round(value)


def _months(interval: Interval) -> str:
    (first_year, first), (last_year, last) = (month.split("-") for month in interval)
    if (first, last) == ("01", "12"):
        return first_year if first_year == last_year else f"{first_year} to {last_year}"
    names = f"{calendar.month_name[int(first)]} {first_year}", f"{calendar.month_name[int(last)]} {last_year}"
    return names[0] if interval[0] == interval[1] else f"{names[0]} to {names[1]}"
