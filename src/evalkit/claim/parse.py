"""From common wording to a typed claim; what could be read in two ways is refused rather than guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from evalkit.claim.bounds import Bounds, bounds_of
from evalkit.claim.claim import Claim, checked
from evalkit.claim.wording import fold_confusion
from evalkit.errors import ClaimError
from evalkit.vocab import Qualifier, StatisticType

__all__ = ["parse_claim"]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {**{word: number for number, word in enumerate(_DIGITS, 1)}, "twice": 2, "thrice": 3}
_SPELT = "|".join(_WORDS)
_COUNT = rf"(?P<n>{_NUMBER}|{_SPELT})"
_VERBS = {
    **dict.fromkeys(("doubled", "doubles", "doubling", "double"), 2.0),
    **dict.fromkeys(("tripled", "triples", "tripling", "triple", "trebled", "trebles", "trebling", "treble"), 3.0),
    **dict.fromkeys(("quadrupled", "quadruples", "quadrupling", "quadruple"), 4.0),
    **dict.fromkeys(("halved", "halves", "halving"), 0.5),
}
_QUALIFIERS = {
    Qualifier.MORE_THAN: r"more than|over|above|upwards of|in excess of",
    Qualifier.AT_LEAST: r"at least|no fewer than|no less than",
    Qualifier.ALMOST: r"almost|nearly|close to|just under|not quite",
    Qualifier.AROUND: r"around|about|roughly|some|approximately|circa",
    Qualifier.LESS_THAN: r"fewer than|less than|under|below",
    Qualifier.AT_MOST: r"at most|up to|no more than",
}
_QUALIFIED = "|".join(rf"\b(?:{words})\b" for words in _QUALIFIERS.values())
_FALLING = r"fell|fall\w*|drop\w*|declin\w*|decreas\w*|reduc\w*|lower|down|fewer|less"
_RISING = r"up|ris\w*|rose|gr[eo]w\w*|increas\w*|climb\w*|more|higher|above|jump\w*|gain\w*"
_DIRECTION = re.compile(rf"\b(?:(?P<fall>{_FALLING})|(?P<rise>{_RISING}))\b(?! than(?: \d|\s*$))")
_MINUS = re.compile(r"(?<![\w\d])[-−]$")
_AMBIGUOUS = re.compile(rf"\b(?:{_NUMBER}|{_SPELT})\s+times\s+(?:more|higher|greater)\b")
_NOUNS = r"(?:people|persons?|callers?|calls?|contacts?|users?|visitors?|visits?|men|women|adults|residents|enquiries)"

_FROM_TO = re.compile(rf"\bfrom\s+(?P<before>{_NUMBER})\s+(?:\w+\s+){{0,4}}?to\s+(?P<after>{_NUMBER})")
_FOLD = re.compile(rf"\b{_COUNT}[\s-]?fold\b|\b(?P<x>{_NUMBER})\s?(?:x|×)(?!\w)")
_TIMES = re.compile(rf"\b{_COUNT}\s+times\b|\b(?P<twice>twice|thrice)\b")
_VERB = re.compile(rf"\b(?P<verb>{'|'.join(_VERBS)})\b")
_PERCENT = re.compile(rf"(?P<n>{_NUMBER})\s?(?:%|per\s?cent\b|percent\b|pc\b)")
_ONE_IN = re.compile(rf"\bone\s+in\s+{_COUNT}\b")
_PEOPLE = re.compile(rf"(?P<n>{_NUMBER})\s+(?:\w+\s+){{0,2}}?{_NOUNS}\b")


def parse_claim(text: str) -> Claim:
    """Read a claim from a sentence or a phrase.

    Parameters
    ----------
    text : str
        Such as ``threefold``, ``almost tripled``, ``more than doubled``, ``69 % more``, ``up 24 per cent``, ``fell by
        a 24 %``, ``3x``, ``from 1,747 to 3,549``, ``one in four``, ``more than 300 people``.

    Returns
    -------
    Claim
        With value, rounding interval and qualifier; region, channel and periods are left open. "300 % more" is a ratio
        of 4, and ``note`` says so, because it is often written for threefold.

    Raises
    ------
    ClaimError
        "Cannot parse", where the wording is not known, holds several figures, or could be read in two ways ("three
        times more" may be threefold or fourfold).
    """
    plain = _plain(text)
    if _AMBIGUOUS.search(plain):
        raise ClaimError(
            f"Cannot parse {text!r}: 'n times more' is read both as n-fold and as (n + 1)-fold. Write 'threefold', or "
            "the counts before and after."
        )
    found = [(match, reader) for pattern, reader in _READERS for match in [*pattern.finditer(plain)][:2]]
    if not found:
        raise ClaimError(
            f"Cannot parse {text!r}: no change, share or count was recognised. Write for example 'threefold', '69 % "
            "more', 'from 1,747 to 3,549', 'one in four' or 'more than 300 people', or give the ratio as a number."
        )
    counts = [pair for pair in found if pair[1] is _count]
    others = [pair for pair in found if pair[1] is not _count]
    chosen = others or counts
    if len(chosen) > 1:
        figures = ", ".join(repr(match.group(0)) for match, _ in chosen)
        raise ClaimError(f"Cannot parse {text!r}: it holds several figures ({figures}). Give one claim at a time.")
    match, reader = chosen[0]
    return checked(reader(match, plain, text))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ")).strip().casefold()


def _value(word: str) -> float:
    return float(_WORDS[word]) if word in _WORDS else float(word.replace(",", ""))


def _qualifier(plain: str, start: int) -> Qualifier:
    before = re.search(rf"({_QUALIFIED})\s*(?:\w+\s+)?$", plain[:start])
    if not before:
        return Qualifier.EXACT
    return next(word for word, pattern in _QUALIFIERS.items() if re.fullmatch(pattern, before[1]))


def _make(statistic: StatisticType, value: float, qualifier: Qualifier, text: str, note: str = "") -> Claim:
    bounds = bounds_of(value, qualifier, statistic)
    return Claim(statistic=statistic, value=value, bounds=bounds, qualifier=qualifier, text=text.strip(), note=note)


def _from_to(match: re.Match[str], _: str, text: str) -> Claim:
    before, after = _value(match["before"]), _value(match["after"])
    if not before:
        raise ClaimError(f"Cannot parse {text!r}: a change from 0 has no ratio.")
    ratio = after / before
    base = Bounds.exactly(before)
    return Claim(
        statistic=StatisticType.RATIO, value=ratio, bounds=Bounds.exactly(ratio), baseline_value=base, text=text.strip()
    )


def _fold(match: re.Match[str], plain: str, text: str) -> Claim:
    groups = match.groupdict()
    word = next(groups[name] for name in ("n", "x", "twice") if groups.get(name))
    return _make(StatisticType.RATIO, _value(word), _qualifier(plain, match.start()), text)


def _verb(match: re.Match[str], plain: str, text: str) -> Claim:
    value, qualifier = _VERBS[match["verb"]], _qualifier(plain, match.start())
    claim = _make(StatisticType.RATIO, value, qualifier, text)
    smaller_fall = value < 1 and qualifier in (Qualifier.LESS_THAN, Qualifier.AT_MOST)
    return replace(claim, bounds=Bounds(value, 1.0)) if smaller_fall else claim


def _percent(match: re.Match[str], plain: str, text: str) -> Claim:
    value = _value(match["n"])
    if re.match(r"\s+of\b(?! (?:the )?(?:level|number|figure))", plain[match.end() :]):
        return _make(StatisticType.SHARE, value, _qualifier(plain, match.start()), text)
    qualifier = _qualifier(plain, match.start())
    direction = _direction(plain, match)
    if not direction and re.search(r"\w", plain[match.end() :]):
        raise ClaimError(
            f"Cannot parse {text!r}: it does not say whether {match.group(0)!r} is a rise, a fall or a share."
        )
    if direction == "fall":
        return _make(StatisticType.PERCENT_CHANGE, -value, qualifier, text)
    return _make(StatisticType.PERCENT_CHANGE, value, qualifier, text, fold_confusion(value))


def _direction(plain: str, match: re.Match[str]) -> str:
    """``fall`` or ``rise``: by the sign, the last word of direction before the figure, or the first one after it.

    Empty where there is none of these.
    """
    before, after = plain[: match.start()], plain[match.end() :]
    if _MINUS.search(before):
        return "fall"
    words = [*_DIRECTION.finditer(before)][-1:] or [*_DIRECTION.finditer(after)][:1]
    if words:
        return "fall" if words[0]["fall"] else "rise"
    return "rise" if before.endswith("+") else ""


def _one_in(match: re.Match[str], _: str, text: str) -> Claim:
    number = _value(match["n"])
    if number < 1:
        raise ClaimError(f"Cannot parse {text!r}: 'one in {number:g}' is no share.")
    bounds = Bounds(100 / (number + 0.5), 100 / (number - 0.5))
    return Claim(statistic=StatisticType.SHARE, value=100 / number, bounds=bounds, text=text.strip())


def _count(match: re.Match[str], plain: str, text: str) -> Claim:
    return _make(StatisticType.COUNT, _value(match["n"]), _qualifier(plain, match.start()), text)


_Reader = Callable[[re.Match[str], str, str], Claim]
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_FROM_TO, _from_to),
    (_FOLD, _fold),
    (_TIMES, _fold),
    (_VERB, _verb),
    (_PERCENT, _percent),
    (_ONE_IN, _one_in),
    (_PEOPLE, _count),
)
