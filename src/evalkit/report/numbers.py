"""Numbers and dates as readers see them: rounded to what the interval can carry, in British usage."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import noun_forms, text, texts
from evalkit.report.content import Rounded

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.effect import Estimate

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"


def ratio_places(lower: float, upper: float, *, fewest: int = 1, most: int = 3) -> int:
    """Decimals that a ratio with this interval can carry.

    The narrower the interval, the more: ``ceil(-log10(width / 3))`` between ``fewest`` and ``most``; one more at a time
    while an end that is not 1 would print as 1, which would turn an interval that leaves out 1 into one that does not.
    """
    width = max(upper - lower, 1e-9)
    places = min(max(fewest, math.ceil(-math.log10(width / 3))), most)
    while places < most and any(end != 1 and round(end, places) == 1 for end in (lower, upper)):
        places += 1
    return places


def ratio_texts(estimate: Estimate, *, fewest: int = 1) -> tuple[str, str, str]:
    """Value, lower and upper end of a ratio, with the same number of decimals."""
    places = ratio_places(estimate.lower, estimate.upper, fewest=fewest)
    value, lower, upper = (_fixed(number, places) for number in (estimate.value, estimate.lower, estimate.upper))
    return value, lower, upper


_FINE: Final = 20.0


def count_base(lower: float, upper: float) -> int:
    """What a count with this interval is rounded to: 1, 10, 100, ..., about a twentieth of the interval's width.

    Smaller while an end that is not 0 would print as 0.
    """
    width = max(upper - lower, 1.0)
    base = int(10 ** max(0, math.floor(math.log10(width / 20)))) if width >= 20 else 1
    while base > 1 and any(abs(end) >= 0.5 and round_to(end, base) == 0 for end in (lower, upper)):
        base //= 10
    return base


def count_texts(estimate: Estimate) -> tuple[str, str, str]:
    """Value, lower and upper end of a count, rounded alike, with thousands separators and a true minus sign.

    A total of a measure that is no count keeps the decimals that a narrow interval can carry. What was rounded for
    publication is printed as it is, so that pages and files give the same number.
    """
    if estimate.unit == vocab.KIND_UNITS["measure"] and estimate.upper - estimate.lower < _FINE:
        return ratio_texts(estimate)
    base = 1 if isinstance(estimate, Rounded) else count_base(estimate.lower, estimate.upper)
    value, lower, upper = (whole(round_to(number, base)) for number in (estimate.value, estimate.lower, estimate.upper))
    return value, lower, upper


def round_to(number: float, base: int) -> int:
    """The multiple of ``base`` nearest to ``number`` (halves away from zero)."""
    return int(math.copysign(math.floor(abs(number) / base + 0.5) * base, number))


def whole(number: float) -> str:
    """A whole number with thousands separators: ``1,234``; ``−50``."""
    return f"{round_to(number, 1):,}".replace("-", MINUS)


def signed(text: str) -> str:
    """A number as text with its sign: ``+340``, ``−50``; zero carries none."""
    return text if text.startswith(MINUS) or not text.strip("0,.") else f"+{text}"


def interval(lower: str, upper: str) -> str:
    """``1.2 to 2.1``: words, because a dash beside a minus sign cannot be read."""
    return text("words.span", first=lower, last=upper)


def percent(share: float, places: int = 0) -> str:
    """A share (0.95) as a percentage (``95 %``)."""
    return f"{_fixed(100 * share, places)}{NBSP}%"


def level_text(level: float) -> str:
    """The probability content of an interval: ``95 %``, ``99.9 %``; below 1 it never prints as 100 %."""
    shown = f"{100 * level:.6g}"
    if level < 1 and float(shown) >= 100:
        shown = f"{100 * Decimal(repr(float(level))):f}".rstrip("0")
    return f"{shown}{NBSP}%"


def percent_change(ratio: float) -> str:
    """How far a ratio is from 1: ``8 % fewer``, ``35 % more``, and ``3.2 times as many`` from twofold on."""
    change = 100 * (ratio - 1)
    shown = f"{abs(change):.0f}" if abs(change) >= 0.95 else f"{abs(change):.1f}"
    if float(shown) == 0:
        return text("numbers.no_change")
    if ratio >= 2:
        return text("numbers.times", ratio=f"{ratio:.1f}")
    return text("numbers.more" if change > 0 else "numbers.fewer", percent=f"{shown}{NBSP}%")


def in_words(number: int) -> str:
    """Whole numbers up to ten in words, as running text wants them."""
    small = texts("numbers.small")
    return small[number] if 0 <= number < len(small) else whole(number)


def how_many(number: int) -> str:
    """A number in words where nothing follows it: ``none``, ``one``, ``22``."""
    return text("numbers.none") if number == 0 else in_words(number)


def plural(number: int, noun: str, *, words: bool = False) -> str:
    """``20 months``, ``1 month``; with ``words``, ``two months``."""
    counted = in_words(number) if words else whole(number)
    one, many = noun_forms(noun)
    return text("words.counted", number=counted, noun=one if number == 1 else many)


def plural_of(noun: str) -> str:
    """``claim`` as ``claims``, ``series`` as it is; the catalogue has every noun."""
    return noun_forms(noun)[1]


def singular_of(noun: str) -> str:
    """``month`` as readers see it."""
    return noun_forms(noun)[0]


def period_noun(period: pd.Period) -> str:
    """``month`` for a monthly period, and so on for the other frequencies: the noun that :func:`plural` counts."""
    return vocab.FREQUENCY_NAMES[_frequency(period)]


def period_text(period: pd.Period, *, short: bool = False) -> str:
    """A period in words: ``May 2019``, ``2019``, ``2019 Q2``, ``week of 6 May 2019``, ``6 May 2019``."""
    frequency = _frequency(period)
    start = period.start_time.date()
    if frequency == "Y":
        return str(start.year)
    if frequency == "Q":
        return text("calendar.quarter", year=period.year, quarter=period.quarter)
    if frequency == "M":
        return month_text(start, short=short)
    day = day_text(start, short=short)
    return text("calendar.week", day=day) if frequency == "W" else day


def day_text(day: dt.date, *, short: bool = False) -> str:
    """``6 May 2019``."""
    return text("calendar.day", day=day.day, month=month_name(day, short=short), year=day.year)


def month_text(day: dt.date, *, short: bool = False) -> str:
    """``May 2019``."""
    return text("calendar.month", month=month_name(day, short=short), year=day.year)


def day_of_year_text(day: dt.date) -> str:
    """``6 May``: where the year is said elsewhere."""
    return text("calendar.day_of_year", day=day.day, month=month_name(day, short=True))


def month_name(day: dt.date, *, short: bool = False) -> str:
    """``May``; short, ``Sep``."""
    return texts("calendar.months_short" if short else "calendar.months")[day.month - 1]


def frequency_of(period: pd.Period) -> vocab.Frequency:
    """The frequency of a period as the vocabulary names it."""
    return _frequency(period)


def _frequency(period: pd.Period) -> vocab.Frequency:
    letter = period.freqstr.split("-")[0]
    found: dict[str, vocab.Frequency] = {"A": "Y", "YE": "Y", "QE": "Q", "ME": "M"}
    known = {name: name for name in vocab.FREQUENCIES}
    return found.get(letter) or known[letter]  # type: ignore[index]


def _fixed(number: float, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) != 0 else text.replace("-", "")
