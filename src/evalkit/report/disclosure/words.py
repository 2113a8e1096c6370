"""What pages say of disclosure control."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import listed, patterns, spoken, text
from evalkit.languages import PATTERNS, Wording
from evalkit.report.numbers import day_text, plural
from evalkit.vocab import FREQUENCY_NAMES

if TYPE_CHECKING:
    from evalkit.report.disclosure.plan import DisclosurePlan
    from evalkit.report.disclosure.profiles import Profile


_NUMBER: Final = r"(?<![\d.,])\d[\d,]*(?:\.\d+)?"
_DECIMAL: Final = re.compile(r"(?<![\w.,-])\d[\d,]*\.\d+(?![\w.]*\d)")
_RULES: Final = (("short", "short_by"), ("quoted", "quoted_by"), ("empty", "empty_by"))
_OF_ZEROS: Final = (("none", "none_by"), ("doubt_otherwise", "doubt_otherwise_by"), ("doubt", "doubt_by"))


@cache
def _rules(zeros_shown: bool, wording: Wording) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns with what stands instead; ``NUMBER`` in one is any number of contacts, with thousands separators."""
    names = _RULES if zeros_shown else (*_RULES, *_OF_ZEROS)
    return tuple(
        (re.compile(table[found].replace("NUMBER", _NUMBER)), table[instead])
        for table in patterns(PATTERNS, wording)
        for found, instead in names
    )


def unquoted(said: str, profile: Profile | None = None) -> str:
    """A warning, note, reason or statement without the number of contacts that it quotes, and without what bounds it.

    Where the profile does not show zeros, "no contacts were counted" becomes "too few" as well.
    """
    for found, instead in _rules(profile is None or profile.zeros, spoken()):
        said = found.sub(instead, said)
    return said


def unquoted_beside(said: str, kept: str, profile: Profile | None = None) -> str:
    """The same around a quotation, such as the text of a published claim, which stays as it is."""
    return kept.join(unquoted(part, profile) for part in said.split(kept)) if kept else unquoted(said, profile)


def without_periods(said: str, names: Sequence[str]) -> str:
    """A statement without what it says of periods whose counts are not published."""
    for name in names:
        if name in said:
            said = re.sub(rf" \([^()]*{re.escape(name)}[^()]*\)", "", said).replace(name, text("disclosure.unnamed"))
    return said


def at_three_digits(said: str) -> str:
    """A statement with its decimal numbers at three significant digits, or fewer where it has fewer."""
    return _DECIMAL.sub(lambda found: _three(found[0]), said)


def _three(number: str) -> str:
    value = float(number.replace(",", ""))
    decimals = len(number.partition(".")[2])
    kept = 2 - math.floor(math.log10(value)) if value else decimals
    return number if kept >= decimals else f"{round(value, kept):,.{max(kept, 0)}f}"


def internal_mark() -> str:
    """What stands on every page that may not be published."""
    return text("disclosure.internal")


def internal_note() -> str:
    """What the mark means on a page that is made without protection."""
    return text("disclosure.internal_note", mark=internal_mark())


def internal_file_note() -> str:
    """What it means on a page about one's own file of contacts."""
    return text("disclosure.internal_file_note", mark=internal_mark())


def rules(profile: Profile) -> tuple[str, ...]:
    """The rules of a profile in sentences."""
    if profile.off:
        return (internal_note(),)
    zeros = text("disclosure.zeros_shown" if profile.zeros else "disclosure.zeros_left_out")
    if profile.midpoint:
        first = text("disclosure.midpoint", base=profile.base)
    else:
        first = text("disclosure.rounded", small=profile.small, base=profile.base)
    expected = text("disclosure.expected", base=profile.base)
    return f"{first} {zeros} {expected}", text("disclosure.made_from_exact")


def held_against(plan: DisclosurePlan) -> str:
    """Which earlier rounds a release was held against, that it is the first one, or that none was named.

    Nothing where the plan is for internal use: none of it is published.
    """
    if plan.profile.off:
        return ""
    if plan.first_round:
        return text("disclosure.first_round")
    if not plan.held_against:
        return text("disclosure.no_round_named")
    rounds = [
        text("disclosure.held_against_round", day=day_text(dt.date.fromisoformat(one.issued)))
        if one.issued
        else text("disclosure.held_against_undated")
        for one in plan.held_against
    ]
    return text("disclosure.held_against", rounds=listed(rounds))


def moved(native: str, level: str, profile: Profile) -> str:
    """Why a series is shown by longer periods."""
    short, long = (FREQUENCY_NAMES[name] for name in (native, level))  # type: ignore[index]
    return text(
        "disclosure.moved",
        long=text(f"words.period.{long}"),
        short=text(f"words.period.{short}"),
        small=profile.small,
    )


def left_out(number: int, level: str, profile: Profile) -> str:
    """How many periods are gaps because of their counts."""
    noun = FREQUENCY_NAMES[level]  # type: ignore[index]
    key = "disclosure.left_out_one" if number == 1 else "disclosure.left_out"
    return text(key, periods=plural(number, noun), small=profile.small)


def too_few(short: Sequence[tuple[str, float]]) -> str:
    """What there is too little of, with the least that is needed, without the figures."""
    named = [text("disclosure.short_of", what=what, least=f"{least:g}") for what, least in short]
    return text("disclosure.too_few", named="; ".join(named))


def small_base(profile: Profile) -> str:
    """Why nothing is published where a whole side of the launch is a number to protect."""
    return text("disclosure.small_base_least", reason=text("disclosure.small_base"), number=profile.small + 1)


def not_published(reason: str) -> str:
    """What stands in the place of a statement that is not published."""
    return text("disclosure.not_published", reason=reason)
