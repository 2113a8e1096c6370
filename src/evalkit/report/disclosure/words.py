"""What pages say of disclosure control."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from evalkit.report.numbers import plural
from evalkit.vocab import FREQUENCY_NAMES

if TYPE_CHECKING:
    from evalkit.report.disclosure.profiles import Profile

INTERNAL: Final = "Internal, not for publication"
INTERNAL_NOTE: Final = (
    "Internal, not for publication: counts stand here as they were counted, small ones included. Use a profile of the "
    "disclosure table before anything of this leaves."
)
INTERNAL_FILE_NOTE: Final = (
    "Internal, not for publication: counts of the contacts file stand here as they were counted, small ones included. "
    "No disclosure control is applied here."
)
SMALL_BASE: Final = (
    "too few contacts were counted on one side of the launch to publish an estimate (disclosure control)"
)
NO_SERIES: Final = "No counts by period are shown: even by year too many of them are too small to be published."
NO_EFFECT_PATH: Final = (
    "The effect by period is not shown: with this method the difference from what was expected would give the counts."
)
NO_COUNTS_CHECK: Final = "There are counts enough on either side of the launch for what the calibration study covers."
NOT_JUDGED: Final = "No estimate is published for this series, because too few contacts were counted."


_QUOTED: Final = re.compile(r"\b\d[\d,]* (contacts)\b(?: in all, \d+\s?% of [\d,]+)?")


def unquoted(text: str) -> str:
    """A warning or note without the number of contacts that it quotes."""
    return _QUOTED.sub(r"\1", text)


def rules(profile: Profile) -> tuple[str, ...]:
    """The rules of a profile in sentences."""
    if profile.off:
        return (INTERNAL_NOTE,)
    zeros = "Zeros are shown." if profile.zeros else "Zeros are left out as well."
    if profile.midpoint:
        first = f"Every count is replaced by the middle of its group of {profile.base} (1 to 6 by 3, 7 to 12 by 9)."
    else:
        first = f"Counts from 1 to {profile.small} are left out; all others are rounded to the nearest {profile.base}."
    return (
        f"{first} {zeros} Expected numbers and differences are rounded to {profile.base} too, ratios to three digits.",
        (
            "Estimates were made from the exact counts; where rounded numbers do not add up, that is why. Totals and "
            "further counts are left out where they would give away a small one."
        ),
    )


def moved(native: str, level: str, profile: Profile) -> str:
    """Why a series is shown by longer periods."""
    short, long = (FREQUENCY_NAMES[name] for name in (native, level))  # type: ignore[index]
    return (
        f"Shown by {long}: more than a tenth of the counts by {short} (zeros apart) lie from 1 to {profile.small}, "
        "which are not published."
    )


def left_out(number: int, level: str, profile: Profile) -> str:
    """How many periods are gaps because of their counts."""
    noun = FREQUENCY_NAMES[level]  # type: ignore[index]
    return (
        f"{plural(number, noun)} {'is' if number == 1 else 'are'} left out as a gap: the count is from 1 to "
        f"{profile.small}, or would give away another that is."
    )


def too_few(named: Sequence[str]) -> str:
    """What there is too little of, without the figures."""
    return f"Too few: {'; '.join(named)}."
