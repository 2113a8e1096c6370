"""Why a report could not be made, told apart, and what to do about each cause."""

from __future__ import annotations

import errno
import signal
from typing import Final, Literal, get_args

from evalkit.catalogue import text as words

Status = Literal[
    "done", "error in a cell", "kernel died", "timed out", "out of memory", "disk full", "stopped", "not run"
]
STATUSES: Final = get_args(Status)

_LONGEST_CAUSE: Final = 300
_SIGKILL: Final = 9  # by number, since Windows has no such name
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_SPACE_WORDS: Final = ("[Errno 28]", "[Errno 122]", "[Errno 27]", "No space left on device")
_MEMORY_ERRORS: Final = frozenset({"MemoryError", "ArrayMemoryError", "_ArrayMemoryError"})

WHAT_TO_DO: Final[dict[str, str]] = {
    "done": "",
    "error in a cell": "Open the notebook under internal/notebooks: the failed cell is marked. Mend the data or the "
    "evaluation file, then run again with --resume.",
    "kernel died": "Run again with --resume. If the region fails again, open its notebook under internal/notebooks: "
    "the last cell that began is marked.",
    "timed out": "Run again with --resume and a longer --timeout; if it never ends, open the notebook under "
    "internal/notebooks: the cell that ran too long is marked.",
    "out of memory": "Close other programs, or run again with --resume and fewer --workers (or a larger --memory).",
    "disk full": "Make room on the disk (or write to another --out), then run again with --resume.",
    "stopped": "Run again with --resume.",
    "not run": "Mend what the cause names, then run again with --resume.",
}
"""By status, one sentence for the person who runs the batch."""


def of_cell(name: str, text: str) -> tuple[Status, str]:
    """Status and cause of an error in a cell, from the name of its class and its message."""
    said = one_line(f"{name}: {text}" if text else name)
    if name in _MEMORY_ERRORS:
        return "out of memory", said
    if name == "OSError" and any(words in text for words in _NO_SPACE_WORDS):
        return "disk full", said
    return "error in a cell", said


def of_exit(code: int | None) -> tuple[Status, str]:
    """Status and cause of a kernel that ended before its notebook did, from its exit code (negative: a signal)."""
    if code is None:
        return "kernel died", words("failures.no_answer")
    if code == -_SIGKILL:
        return "out of memory", words("failures.killed")
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = words("failures.signal_number", number=-code)
        return "kernel died", words("failures.signal", name=name)
    return "kernel died", words("failures.exit_code", code=code)


def of_error(error: BaseException) -> tuple[Status, str]:
    """Status and cause of anything else that kept a report from being made or stored."""
    said = one_line(f"{type(error).__name__}: {error}")
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return "disk full", one_line(error.strerror or str(error))
    if isinstance(error, MemoryError):
        return "out of memory", said
    return "not run", said


def for_publication(status: str, cause: str) -> str:
    """The cause as it may leave: without the message of an error, which may quote counts."""
    if ":" not in cause or status not in {"error in a cell", "out of memory", "disk full", "not run"}:
        return cause
    return words("failures.see_log")


def one_line(text: str) -> str:
    """A message of several lines as one, cut at 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_CAUSE else f"{line[: _LONGEST_CAUSE - 1]}…"
