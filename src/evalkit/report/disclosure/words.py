"""What pages say of disclosure control."""

from __future__ import annotations

import math
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
TELLING_WINDOW: Final = (
    "a count that is left out could be worked out from an estimate over this window (disclosure control)"
)
WINDOW_NOT_JUDGED: Final = (
    "No figure is published for the claim's period: a count that is left out could be worked out from it (disclosure "
    "control)."
)
NO_SERIES: Final = "No counts by period are shown: even by year too many of them are too small to be published."
NO_EFFECT_PATH: Final = (
    "The effect by period is not shown: with this method the difference from what was expected would give the counts."
)
NO_COUNTS_CHECK: Final = "There are counts enough on either side of the launch for what the calibration study covers."
NOT_JUDGED: Final = "No estimate is published for this series, because too few contacts were counted."
UNNAMED: Final = "a period whose count is not published"


_NUMBER: Final = r"(?<![\d.,])\d[\d,]*(?:\.\d+)?"
_SHORT: Final = re.compile(rf"{_NUMBER} contacts\b([^;.]*); needs at least \d[\d,]*")
_QUOTED: Final = re.compile(rf"{_NUMBER} (contacts?)\b(?: in all, \d+\s?% of [\d,]+)?")
_EMPTY: Final = re.compile(rf"{_NUMBER} (periods?|days?|weeks?|months?|quarters?|years?) (?:has|have) no contacts")
_NONE: Final = re.compile(r"\bno contacts were counted\b")
_DECIMAL: Final = re.compile(r"(?<![\w.,-])\d[\d,]*\.\d+(?![\w.]*\d)")
_DOUBT: Final = re.compile(r": is zero here really missing\?( Otherwise)?")


def unquoted(text: str, profile: Profile | None = None) -> str:
    """A warning, note, reason or statement without the number of contacts that it quotes, and without what bounds it.

    Where the profile does not show zeros, "no contacts were counted" becomes "too few" as well.
    """
    text = _SHORT.sub(r"too few contacts\1", text)
    text = _EMPTY.sub(r"some \1 have no contacts", _QUOTED.sub(r"\1", text))
    if profile is not None and not profile.zeros:
        text = _DOUBT.sub(lambda found: ", or" if found[1] else "", _NONE.sub("too few contacts were counted", text))
    return text


def unquoted_beside(text: str, kept: str, profile: Profile | None = None) -> str:
    """The same around a quotation, such as the text of a published claim, which stays as it is."""
    return kept.join(unquoted(part, profile) for part in text.split(kept)) if kept else unquoted(text, profile)


def without_periods(text: str, names: Sequence[str]) -> str:
    """A statement without what it says of periods whose counts are not published."""
    for name in names:
        if name in text:
            text = re.sub(rf" \([^()]*{re.escape(name)}[^()]*\)", "", text).replace(name, UNNAMED)
    return text


def at_three_digits(text: str) -> str:
    """A statement with its decimal numbers at three significant digits, or fewer where it has fewer."""
    return _DECIMAL.sub(lambda found: _three(found[0]), text)


def _three(number: str) -> str:
    value = float(number.replace(",", ""))
    decimals = len(number.partition(".")[2])
    kept = 2 - math.floor(math.log10(value)) if value else decimals
    return number if kept >= decimals else f"{round(value, kept):,.{max(kept, 0)}f}"


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
