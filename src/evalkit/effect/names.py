"""What numbers of an effect are called for readers; in data files they keep their names."""

from __future__ import annotations

import re
from typing import Final

from evalkit.catalogue import term, text

__all__ = ["shown_name"]

_NUMBERED: Final = re.compile(r"^(launch|flight|builds up to, launch) (\d+)$")
_AFTER: Final = re.compile(r"^(ratio|change) (\d+) (year|quarter|month|week|day)s? after launch$")


def shown_name(name: str) -> str:
    """An estimand or a part of an effect as readers see it: ``"rate ratio"``, ``"flight 2"``.

    Names of the vocabulary are in small letters. Any other name is the analyst's own, and stays as it is.
    """
    if found := _NUMBERED.match(name):
        return text(f"effect.numbered.{found[1].replace(', ', '_').replace(' ', '_')}", number=found[2])
    if found := _AFTER.match(name):
        number = int(found[2])
        noun = text(f"words.{'period' if number == 1 else 'periods'}.{found[3]}")
        return text(f"effect.numbered.{found[1]}_after", number=number, periods=noun)
    return term("effect.names", name) if name.islower() else name
