"""Whether a catalogue takes the same numbers out of its own sentences as English does, before anything is published."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from evalkit.catalogue import speaking
from evalkit.languages import ENGLISH, PATTERNS, Wording, flat, packaged, places_of
from evalkit.report.disclosure.profiles import named_profile
from evalkit.report.disclosure.words import unquoted

_NUMBER: Final = 4711
_FOUND: Final = re.compile("4,?711")


def unprotected(wording: Wording) -> tuple[str, ...]:
    """The entries of which the patterns of a catalogue leave more numbers than those of English leave of its own.

    In each place of each text stands a number; a text that English changes must be changed as well.

    Raises
    ------
    re.error
        A pattern that is no regular expression.
    """
    mine, theirs = _left(wording), _left(packaged(ENGLISH))
    return tuple(
        key
        for key, (same, numbers) in theirs.items()
        if key in mine and (mine[key][0] > same or mine[key][1] > numbers)
    )


@cache
def _left(wording: Wording) -> dict[str, tuple[bool, int]]:
    """By entry, whether the patterns leave its text as it is, and how many numbers they leave in it."""
    every_rule = named_profile("default", zeros=False)
    left = {}
    with speaking(wording):
        for key, entry in flat(wording.entries):
            if isinstance(entry, str) and not key.startswith(f"{PATTERNS}."):
                said = entry.format_map({name: _NUMBER for name, _, _ in places_of(entry)})
                kept = unquoted(said, every_rule)
                left[key] = kept == said, len(_FOUND.findall(kept))
    return left
