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

    A name that the catalogue does not have is the analyst's own, and stays as it is.
    """
    plain = name.replace("_", " ")
    if found := _NUMBERED.match(plain):
        return text(f"effect.numbered.{found[1].replace(', ', '_').replace(' ', '_')}", number=found[2])
    if found := _AFTER.match(plain):
        number = int(found[2])
        noun = text(f"words.{'period' if number == 1 else 'periods'}.{found[3]}")
        return text(f"effect.numbered.{found[1]}_after", number=number, periods=noun)
    return term("effect.names", plain)
