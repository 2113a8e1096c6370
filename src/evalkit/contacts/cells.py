"""Small helpers for cells and for showing them in messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_SHOWN: Final = 4


def unique_codes(values: Sequence[object]) -> tuple[list[Any], NDArray[np.intp]]:
    """Distinct values in order of appearance, and for each value its place among them (1, 1.0 and True stay apart)."""
    if set(map(type, values)) == {str}:  # a file of text: the usual case, and a long one
        found, distinct = pd.factorize(np.fromiter(values, dtype=object, count=len(values)))
        return list(distinct), found
    places: dict[Hashable, int] = {}
    uniques: list[Any] = []
    codes = np.empty(len(values), dtype=np.intp)
    for position, value in enumerate(values):
        key: Hashable = (value.__class__, value if isinstance(value, Hashable) else repr(value))
        place = places.setdefault(key, len(uniques))
        if place == len(uniques):
            uniques.append(value)
        codes[position] = place
    return uniques, codes


def each_once(values: Sequence[object], function: Callable[[Any], object]) -> NDArray[Any]:
    """What ``function`` makes of each value, asked once of each distinct one."""
    uniques, codes = unique_codes(values)
    return np.array([function(value) for value in uniques])[codes]


def shown(value: object) -> str:
    """A value as an error message shows it: dates as dates, text in quotation marks."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return repr(str(value)) if isinstance(value, str | dt.date | pd.Period | np.datetime64) else repr(value)


def listed(texts: Sequence[str], most: int = _SHOWN) -> str:
    """The first few of some texts, and how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def folded(heading: object) -> str:
    """A heading without what does not matter: case, spaces around it, underscores for spaces."""
    return re.sub(r"[\s_]+", " ", str(heading)).strip().casefold()
