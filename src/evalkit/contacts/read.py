"""From a file, or a table in memory, to contacts: one public call for each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evalkit.contacts.files import RawTable, load_file, load_frame
from evalkit.contacts.frequency import full_frequency, letter_of
from evalkit.contacts.launches import Launches
from evalkit.contacts.layout import to_long
from evalkit.contacts.table import METADATA_SUFFIX, Contacts
from evalkit.contacts.validate import Expected, check_cells
from evalkit.errors import ContactsError, Problem, UsageError
from evalkit.vocab import CONTACTS

_IN_MEMORY = "table in memory"


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a file cannot say in its rows, from ``<stem>.metadata.json`` beside it."""

    simulated: bool = False
    unit: str = CONTACTS
    title: str = ""
    frequency: str | None = None


def read_contacts(
    path: str | os.PathLike[str],
    *,
    regions: Iterable[str] | None = None,
    launches: Launches | None = None,
    channel: str | None = None,
    sheet: str | None = None,
    frequency: str | None = None,
) -> Contacts:
    """Read and check a contacts file.

    Parameters
    ----------
    path : str or path
        CSV (comma, semicolon or tab; UTF-8 with or without BOM), Excel (``.xlsx``) or Parquet. Long (``region, channel,
        period, contacts[, exposure][, simulated]``) or wide (a column for each region, or for each period). Beside it
        may stand ``<stem>.metadata.json`` with ``simulated``, ``unit``, ``title`` and ``frequency``.
    regions : iterable of str, optional
        Every region name that may occur, as a register spells it. Others are a problem; none is left out.
    launches : mapping, optional
        For a region its first exposed period, or a sequence of them; one outside the region's data is a problem.
    channel : str, optional
        Channel of all rows, for a file without a column ``channel``.
    sheet : str, optional
        Sheet of a workbook; the first where not given.
    frequency : str, optional
        ``"Y"``, ``"Q"``, ``"M"``, ``"W"`` or ``"D"`` where the dates alone do not show it.

    Returns
    -------
    Contacts
        With the gaps and other things worth knowing in ``notes``.

    Raises
    ------
    ContactsError
        Any problem in the file; ``problems`` has all of them, each with its rows and a repair.
    UsageError
        An argument that is not allowed.
    """
    expected = _expected(regions, launches, frequency)
    return _or_raise(str(path), *_read_file(path, expected, channel, sheet))


def validate_contacts(
    path: str | os.PathLike[str],
    *,
    regions: Iterable[str] | None = None,
    launches: Launches | None = None,
    channel: str | None = None,
    sheet: str | None = None,
    frequency: str | None = None,
) -> tuple[Problem, ...]:
    """Everything that is wrong with a contacts file or worth knowing about it; empty where there is nothing.

    Parameters are those of :func:`read_contacts`. Nothing is raised for a problem in the file: a file that cannot be
    opened is itself a problem. Those that stop an evaluation (``fatal``) come first.

    Raises
    ------
    UsageError
        An argument that is not allowed.
    """
    expected = _expected(regions, launches, frequency)
    try:
        return _read_file(path, expected, channel, sheet)[1]
    except ContactsError as error:
        return error.problems


def read_table(
    frame: pd.DataFrame,
    *,
    regions: Iterable[str] | None = None,
    launches: Launches | None = None,
    channel: str | None = None,
    frequency: str | None = None,
    metadata: Metadata | None = None,
) -> Contacts:
    """Check a table in memory as a contacts file is checked; its first row counts as row 2.

    Parameters
    ----------
    frame : pandas.DataFrame
        Long or wide, as in :func:`read_contacts`; a named index counts as columns. It is not changed.
    regions, launches, channel, frequency
        See :func:`read_contacts`.
    metadata : Metadata, optional
        What the rows do not say: whether they are simulated, what is counted, a title.

    Returns
    -------
    Contacts

    Raises
    ------
    ContactsError
        Any problem in the table, all together.
    UsageError
        ``frame`` is not a DataFrame, or another argument is not allowed.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"A pandas DataFrame is needed, received {type(frame).__name__}.")
    if not len(frame):
        problem = Problem(code="no-data", what="The table has no rows.", repair="Give at least one count.")
        raise ContactsError(_IN_MEMORY, [problem])
    expected = _expected(regions, launches, frequency)
    return _or_raise(_IN_MEMORY, *_read_cells(load_frame(frame), expected, channel, metadata or Metadata(), _IN_MEMORY))


def _or_raise(source: str, contacts: Contacts | None, problems: tuple[Problem, ...]) -> Contacts:
    if contacts is None:
        raise ContactsError(source, problems)
    return contacts


def _expected(regions: Iterable[str] | None, launches: Launches | None, frequency: str | None) -> Expected:
    if isinstance(regions, str):
        raise UsageError(f"regions={regions!r} is one name; give a list, such as [{regions!r}].")
    return Expected(
        regions=None if regions is None else tuple(regions),
        launches=launches,
        frequency=None if frequency is None else full_frequency(frequency),
    )


def _read_file(
    path: str | os.PathLike[str], expected: Expected, channel: str | None, sheet: str | None
) -> tuple[Contacts | None, tuple[Problem, ...]]:
    table = load_file(path, sheet)
    metadata, trouble = _metadata(Path(path))
    contacts, problems = _read_cells(table, expected, channel, metadata, str(path))
    return (None, trouble + problems) if trouble else (contacts, problems)


def _read_cells(
    table: RawTable, expected: Expected, channel: str | None, metadata: Metadata, source: str
) -> tuple[Contacts | None, tuple[Problem, ...]]:
    """Contacts where nothing is fatal, and every problem."""
    long = to_long(table, channel)
    problems = table.problems + long.problems
    if long.cells is None or not len(long.cells):
        return None, problems
    known = Expected(
        regions=expected.regions, launches=expected.launches, frequency=expected.frequency or metadata.frequency
    )
    checked = check_cells(long.cells, known)
    problems = tuple(sorted(problems + checked.problems, key=lambda problem: not problem.fatal))
    if any(problem.fatal for problem in problems) or checked.frame is None or checked.freq is None:
        return None, problems
    contacts = Contacts(
        frame=checked.frame,
        frequency=letter_of(checked.freq),
        simulated=checked.simulated or metadata.simulated,
        unit=metadata.unit,
        source=source,
        title=metadata.title,
        notes=problems,
    )
    return contacts, problems


def _metadata(path: Path) -> tuple[Metadata, tuple[Problem, ...]]:
    file = path.with_name(path.stem + METADATA_SUFFIX)
    if not file.exists():
        return Metadata(), ()
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        return Metadata(), (_bad_metadata(file, f"cannot be read: {error}"),)
    if not isinstance(content, dict):
        return Metadata(), (_bad_metadata(file, f"holds {type(content).__name__}, not an object"),)
    wanted = {"simulated": bool, "unit": str, "title": str, "frequency": str}
    wrong = [
        f"{key} is {content[key]!r}, allowed is {'true or false' if kind is bool else 'text'}"
        for key, kind in wanted.items()
        if key in content and not isinstance(content[key], kind)
    ]
    if isinstance(content.get("unit"), str) and not content["unit"].strip():
        wrong.append("unit is empty")
    if isinstance(content.get("frequency"), str):
        try:
            content["frequency"] = full_frequency(content["frequency"])
        except UsageError as error:
            wrong.append(str(error))
    if wrong:
        return Metadata(), tuple(_bad_metadata(file, its) for its in wrong)
    return Metadata(**{key: content[key] for key in wanted if key in content}), ()


def _bad_metadata(file: Path, what: str) -> Problem:
    return Problem(
        code="metadata",
        what=f"{file.name}: {what.rstrip('.')}.",
        repair='Write {"simulated": false, "unit": "contacts", "title": "…"}, or remove the file.',
    )
