"""What can go wrong, by stage.

One root, :class:`EvalkitError`; below it one class for each stage of the pipeline. A message says what is wrong, where,
the value received, what is allowed and what to do next. Problems in data are collected and raised together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evalkit.display import Displayed

_MOST_TIED: Final = 3


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that looks most like ``word``, or None where nothing comes close (case is ignored)."""
    by_folded = {option.casefold(): option for option in options}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def unknown(kind: str, received: object, options: Sequence[str]) -> str:
    """A sentence for an unknown option: what was received, the nearest match (or those that tie), what is allowed."""
    matches = _nearest_all(str(received), options)
    hint = f" Did you mean {' or '.join(map(repr, matches))}?" if matches else ""
    return f"Unknown {kind} {received!r}.{hint} Allowed: {', '.join(map(repr, options))}."


def _nearest_all(word: str, options: Sequence[str]) -> tuple[str, ...]:
    """The nearest option, with up to two more that are as near; in the order of the options."""
    first = nearest(word, options)
    if first is None:
        return ()
    likeness = {option: _likeness(word, option) for option in dict.fromkeys([*options, first])}
    tied = tuple(option for option in options if likeness[option] >= likeness[first])
    return tied if 1 <= len(tied) <= _MOST_TIED else (first,)


def _likeness(word: str, option: str) -> float:
    return difflib.SequenceMatcher(None, option.casefold(), word.casefold()).ratio()


@dataclass(frozen=True, kw_only=True)
class Problem(Displayed):
    """One thing wrong with an input.

    Attributes
    ----------
    code : str
        Stable short name of the kind of problem, such as ``"negative-count"``; the error page is indexed by it.
    what : str
        What is wrong, with the value received and what is allowed.
    repair : str
        What to do about it.
    rows : tuple of int
        Row numbers as a spreadsheet shows them: the header is row 1, the first data row is row 2. Empty where the
        problem belongs to the whole file.
    fatal : bool
        False for something worth knowing (a gap, a partial last period) that does not stop the evaluation.
    series : tuple of (str, str)
        Region and channel of each series that a note is about; empty where it is about the whole file.
    periods : str
        The periods that a note is about, such as ``"2019-05 to 2019-07"``; empty where it is about none.
    """

    code: str
    what: str
    repair: str
    rows: tuple[int, ...] = ()
    fatal: bool = True
    series: tuple[tuple[str, str], ...] = ()
    periods: str = ""

    def __str__(self) -> str:
        where = f"{_rows(self.rows)}: " if self.rows else ""
        return f"{where}{self.what} {self.repair}"

    def to_dict(self) -> dict[str, object]:
        """The problem as plain values, for ``--json``."""
        return {
            "code": self.code,
            "what": self.what,
            "repair": self.repair,
            "rows": list(self.rows),
            "fatal": self.fatal,
        }


def _rows(rows: Sequence[int], shown: int = 8) -> str:
    listed = ", ".join(str(row) for row in rows[:shown])
    more = f" and {len(rows) - shown} more" if len(rows) > shown else ""
    return f"row{'s' if len(rows) > 1 else ''} {listed}{more}"


class EvalkitError(Exception):
    """Root of every error that evalkit raises on purpose; the command line turns it into exit code 2."""


class UsageError(EvalkitError):
    """An argument or option that is not allowed."""


class DataError(EvalkitError):
    """An input file with problems; all of them, in ``problems``, each with its rows and a suggested repair."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        lines = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1))
        super().__init__(f"{source}: {count} found, nothing was read.\n{lines}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:  # errors travel between processes
        return type(self), (self.source, self.problems)


class ContactsError(DataError):
    """A contacts file with problems."""


class IngestError(DataError):
    """A contact log, or the mapping of one, with problems. No message holds a value of a log's cells."""


class RegisterError(DataError):
    """A register of campaigns, events, claims, series or populations with problems."""


class EvaluationError(DataError):
    """An evaluation file with problems."""


class DesignError(EvalkitError):
    """A design that the series cannot carry, or whose parts contradict each other."""


class ModelError(EvalkitError):
    """A model that was asked for something it does not do."""


class CannotEstimate(ModelError):
    """The data cannot say. Caught at the ``effect`` stage, where it becomes a ``NotEstimable`` with the same reason.

    Parameters
    ----------
    reason : str
        Why, with the figures: ``"8 months before launch; needs at least 12"``. Never with a number of contacts, or of
        periods without any: a reason may be published, and quoted on the page of another region.
    remedy : str
        What would help.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{reason}. {remedy}".strip())

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.reason, self.remedy)


class ClaimError(EvalkitError):
    """A claim that says nothing that could be true (a fall of more than 100 %, a negative count)."""


class ReportError(EvalkitError):
    """A report that cannot be written."""


class BatchError(EvalkitError):
    """A batch that cannot start or go on."""


class SimulationError(DataError):
    """A simulation's configuration with problems."""
