"""Names of regions and channels: spelled in one way, known, and not a total in disguise."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from evalkit.contacts.cells import each_once, listed, unique_codes
from evalkit.contacts.layout import REGION_ROW, ROW
from evalkit.contacts.values import row_numbers, to_name
from evalkit.errors import Problem, nearest
from evalkit.vocab import CHANNEL, REGION, Channel

_TOTALS: Final = frozenset({"total", "totals", "grand total", "all", "all regions", "sum", "overall"})
_NEARLY: Final = 0.8


def spelling_problems(values: pd.Series, rows: Any, column: str) -> list[Problem]:
    """Names that differ only in case, spaces, punctuation or ``&`` for ``and``: one problem for each.

    Parameters
    ----------
    values : pandas.Series
        Names as written.
    rows : array
        Spreadsheet row of each.
    column : str
        ``"region"`` or ``"channel"``, for the message.
    """
    written = each_once(list(values), lambda value: None if to_name(value) is None else str(value))
    uniques, codes = unique_codes(list(written))
    counts = np.bincount(codes, minlength=len(uniques))
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(uniques):
        if name is not None:
            groups.setdefault(_key(name), []).append(place)
    problems = []
    for places in groups.values():
        if len(places) > 1:
            ranked = sorted(places, key=lambda place: (-counts[place], uniques[place] != uniques[place].strip()))
            kept = uniques[ranked[0]].strip()
            spelled = ", ".join(f"{uniques[place]!r} ({_rows_text(counts[place])})" for place in ranked)
            problems.append(
                Problem(
                    code="spelling",
                    what=f"one {column} is spelled in {len(places)} ways: {spelled}.",
                    repair=f"Write {kept!r} everywhere.",
                    rows=row_numbers(rows[np.isin(codes, ranked[1:])]),
                )
            )
    return problems


def region_problems(parsed: pd.DataFrame, allowed: Sequence[str] | None) -> list[Problem]:
    """Names that are not among those allowed (fatal), and allowed names that have no rows (a note)."""
    if allowed is None:
        return []
    present = dict.fromkeys(name for name in parsed[REGION] if name is not None)
    problems = []
    for name in present:
        if name not in allowed:
            match = next((its for its in allowed if _key(its) == _key(name)), None) or nearest(name, allowed)
            hint = f"Write {match!r}." if match else f"Allowed: {listed([repr(its) for its in allowed], 12)}."
            what = f"unknown region {name!r}{f'; did you mean {match!r}?' if match else '.'}"
            rows = row_numbers(parsed.loc[parsed[REGION] == name, REGION_ROW])
            problems.append(Problem(code="unknown-region", what=what, repair=hint, rows=rows))
    absent = [name for name in allowed if name not in present]
    if absent:
        what = f"no rows for {listed([repr(name) for name in absent], 12)}, which the list of regions names."
        repair = "Nothing to do if their contacts are not known."
        problems.append(Problem(code="absent-region", what=what, repair=repair, fatal=False))
    return problems


def name_notes(parsed: pd.DataFrame) -> list[Problem]:
    """Notes on a region that looks like a total, and on a channel that looks like a slip of the pen."""
    regions = {name for name in parsed[REGION] if name is not None}
    notes = [
        Problem(
            code="total",
            what=f"region {name!r} looks like a total of the others; it is treated as a region.",
            repair="Remove it if it is a total.",
            rows=row_numbers(parsed.loc[parsed[REGION] == name, REGION_ROW]),
            fatal=False,
            series=tuple(
                (name, str(channel)) for channel in parsed.loc[parsed[REGION] == name, CHANNEL].dropna().unique()
            ),
        )
        for name in sorted(regions)
        if name.casefold() in _TOTALS and len(regions) > 1
    ]
    known = [channel.value for channel in Channel]
    for name in dict.fromkeys(its for its in parsed[CHANNEL] if its is not None):
        match = nearest(name, known)
        if match and match != name and _alike(name, match):
            notes.append(
                Problem(
                    code="doubtful-channel",
                    what=f"channel {name!r} is taken as a channel of its own; {match!r} is the usual spelling.",
                    repair=f"Write {match!r} if that is meant.",
                    rows=row_numbers(parsed.loc[parsed[CHANNEL] == name, ROW]),
                    fatal=False,
                )
            )
    return notes


def _key(name: str) -> str:
    """What is left of a name without case, spaces, punctuation and the spelling of 'and'."""
    words = re.findall(r"\w+", name.casefold().replace("&", " and "))
    return "".join(words) or name


def _rows_text(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one.casefold(), other).ratio() >= _NEARLY
