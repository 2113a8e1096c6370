"""What kind of input a file is, and everything wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from evalkit.batch.inputs import read_inputs
from evalkit.contacts import validate_contacts
from evalkit.errors import DataError, Problem
from evalkit.evaluation import load_evaluation
from evalkit.registers import read_campaigns, read_claims, read_events, read_population, read_series

Reader = Callable[[Path], Any]

# A register is told by columns that no other file has.
_REGISTERS: Final[tuple[tuple[str, frozenset[str], Reader], ...]] = (
    ("register of claims", frozenset({"claim_id"}), read_claims),
    ("register of events", frozenset({"event", "start"}), read_events),
    ("register of campaigns", frozenset({"campaign", "launch"}), read_campaigns),
    ("register of campaigns", frozenset({"campaign", "launch_start"}), read_campaigns),
    ("register of series", frozenset({"series_id"}), read_series),
    ("register of populations", frozenset({"population", "year"}), read_population),
)


def inspect_file(path: str | Path) -> tuple[str, tuple[Problem, ...]]:
    """Say what a file is and list every problem in it, without raising one.

    Parameters
    ----------
    path : str or Path
        An evaluation file (``.toml``; its inputs are read too), a register, or contacts.

    Returns
    -------
    kind : str
        ``"evaluation"``, ``"register of …"`` or ``"contacts"``.
    problems : tuple of Problem
        Empty where there is nothing to say. ``fatal`` tells problems from notes.
    """
    file = Path(path)
    if file.suffix.lower() == ".toml" or file.is_dir():
        return "evaluation", _problems(read_inputs, file) or _unsigned(file)
    columns = _columns(file)
    for kind, required, reader in _REGISTERS:
        if required <= columns:
            return kind, _problems(reader, file)
    return "contacts", validate_contacts(file)


def _problems(reader: Reader, file: Path) -> tuple[Problem, ...]:
    try:
        reader(file)
    except DataError as error:
        return error.problems
    return ()


def _unsigned(file: Path) -> tuple[Problem, ...]:
    """A note where a sound evaluation file says nowhere where people find help."""
    if load_evaluation(file).signposting.strip():
        return ()
    what = "No report will say where people find help: signposting is not set."
    repair = 'Set signposting = "…" with the name, number and hours of a helpline that serves the readers.'
    return (Problem(code="no-signposting", what=what, repair=repair, fatal=False),)


def _columns(file: Path) -> frozenset[str]:
    """Header of a CSV file in small letters; empty for anything else, which only contacts can be."""
    if file.suffix.lower() not in {".csv", ".txt", ".tsv"} or not file.is_file():
        return frozenset()
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        first = stream.readline()
    dialect = max(",;\t", key=first.count)
    return frozenset(cell.strip().lower() for cell in next(csv.reader([first], delimiter=dialect), []))
