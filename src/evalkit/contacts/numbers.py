"""Numbers as people write them: read the plain ones, name what is wrong with the others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import pandas as pd

MISSING_WORDS: Final = frozenset({"", "na", "nan", "null", "none", "<na>", "nat"})
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_SEPARATOR = r"[,' ’   ]"
_THOUSANDS = re.compile(rf"[+-]?[0-9]{{1,3}}(({_SEPARATOR}[0-9]{{3}})+|(\.[0-9]{{3}}){{2,}})([.,][0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_CENSORED = re.compile(r"[<>≤≥]\s*[0-9]+|[0-9]+\s*(or fewer|or less|or more)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class NotANumber:
    """Why a cell could not be read as a number, and what to write instead."""

    code: str
    reason: str
    repair: str


def is_missing(value: object) -> bool:
    """True for an empty cell, NaN, and the words that R and pandas write for a missing value."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, complex):
        return False
    if isinstance(value, str):
        return value.strip().casefold() in MISSING_WORDS
    try:
        return math.isnan(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def parse_number(value: object) -> float | NotANumber:
    """Read one cell as a number.

    Parameters
    ----------
    value : object
        A number, or text. Text may carry a sign, a decimal point and an exponent, and nothing else.

    Returns
    -------
    float or NotANumber
        NaN for a missing value (see :func:`is_missing`); infinity is returned as it is, for a rule to refuse.
    """
    if is_missing(value):
        return math.nan
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return NotANumber(code="not-a-number", reason="a truth value", repair="Write the count itself.")
    if isinstance(value, complex):
        return _not_numeric()
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return _not_numeric()
    except OverflowError:
        return math.inf


def _parse_text(text: str) -> float | NotANumber:
    if _PLAIN.fullmatch(text) or _INFINITE.fullmatch(text):
        return float(text)
    if _THOUSANDS.fullmatch(text):
        dotted = text.count(".") > 1
        plain = text.replace(".", "").replace(",", ".") if dotted else re.sub(_SEPARATOR, "", text)
        return NotANumber(
            code="thousands-separator",
            reason="a mark between thousands",
            repair=f"Write {plain}: digits only.",
        )
    if _DECIMAL_COMMA.fullmatch(text):
        return NotANumber(
            code="decimal-comma",
            reason="a decimal comma",
            repair=f"Write a decimal point: {text.replace(',', '.')}.",
        )
    if _CENSORED.fullmatch(text):
        return NotANumber(
            code="suppressed-count",
            reason="a suppressed count",
            repair="Ask for the count, or leave the cell empty: it will be missing, never zero.",
        )
    return _not_numeric()


def _not_numeric() -> NotANumber:
    return NotANumber(
        code="not-a-number",
        reason="not a number",
        repair="Write digits only; if the figure is not known, leave the cell empty: missing is not zero.",
    )
