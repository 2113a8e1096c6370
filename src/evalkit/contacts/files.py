"""A file as a plain table of cells, each with the row number a spreadsheet shows.

Only the container is dealt with here (encoding, separators, sheets); what the cells mean is decided in ``layout``.
"""

from __future__ import annotations

import csv
import io
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from evalkit.contacts.cells import folded
from evalkit.contacts.numbers import is_missing
from evalkit.errors import ContactsError, Problem, nearest, unknown
from evalkit.vocab import REQUIRED_COLUMNS

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
SUFFIXES: Final = (*TEXT_SUFFIXES, ".xlsx", ".parquet")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TITLE_ROWS: Final = 15
_LARGEST_CELL: Final = 10_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class RawTable:
    """Cells as they stand in a file.

    Attributes
    ----------
    header : tuple
        The headings, text or dates.
    header_row : int
        Spreadsheet row of the headings (1 unless empty rows stand above).
    cells : pandas.DataFrame
        One column (0, 1, …) for each heading, dtype object, indexed by spreadsheet row. Empty rows are left out.
    problems : tuple of Problem
        Rows that do not fit the headings, and (not fatal) how the file was read.
    """

    header: tuple[Any, ...]
    header_row: int
    cells: pd.DataFrame
    problems: tuple[Problem, ...] = ()


def load_file(path: str | os.PathLike[str], sheet: str | None = None) -> RawTable:
    """Read a CSV, Excel or Parquet file as a table of cells.

    Parameters
    ----------
    path : str or path
        A file whose name ends in one of ``SUFFIXES``.
    sheet : str, optional
        Sheet of an Excel workbook; the first one where not given.

    Raises
    ------
    ContactsError
        The file is not there, is a folder, is empty, or cannot be read as what its name says.
    """
    file = Path(path)
    suffix = file.suffix.casefold()
    _check_place(file)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _refused(file, "unreadable-file", f"The file cannot be read: {error.strerror}.", "") from error
    if not content.strip():
        raise _refused(file, "empty-file", "The file is empty.", "Export it again, with a row of headings.")
    if sheet is not None and suffix != ".xlsx":
        raise _refused(file, "no-sheets", f"Sheet {sheet!r} was asked for, but only .xlsx files have sheets.", "")
    if suffix in TEXT_SUFFIXES:
        return _load_text(file, content)
    if suffix == ".xlsx":
        return _load_excel(file, content, sheet)
    return _load_parquet(file)


def load_frame(frame: pd.DataFrame) -> RawTable:
    """A table in memory as a table of cells: its first row counts as row 2. A named index becomes columns."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    flat = frame.reset_index(level=named) if named else frame
    columns = [list(flat.iloc[:, position]) for position in range(flat.shape[1])]
    rows = np.arange(len(flat)) + 2
    return RawTable(header=tuple(flat.columns), header_row=1, cells=_cells(columns, rows))


def _refused(file: Path, code: str, what: str, repair: str) -> ContactsError:
    return ContactsError(str(file), [Problem(code=code, what=what, repair=repair)])


def _check_place(file: Path) -> None:
    if file.is_dir():
        inside = sorted(child.name for child in file.iterdir() if child.suffix.casefold() in SUFFIXES)
        hint = f"Name one of its files: {', '.join(inside[:5])}." if inside else "Name a contacts file."
        raise _refused(file, "folder", "This is a folder, not a file.", hint)
    if not file.exists():
        beside = [child.name for child in file.parent.iterdir()] if file.parent.is_dir() else []
        match = nearest(file.name, beside)
        hint = f"Did you mean {match!r}?" if match else "Check the name and the folder."
        what = "There is no such file." if file.parent.is_dir() else f"There is no folder {str(file.parent)!r}."
        raise _refused(file, "no-such-file", what, hint)
    if file.suffix.casefold() in SUFFIXES:
        return
    repair = f"Save it as one of {', '.join(SUFFIXES)}."
    what = f"Files whose name ends in {file.suffix!r} are not read."
    if file.suffix.casefold() in {".xls", ".xlsm", ".xlsb", ".ods"}:
        repair = "Open it and save it as an Excel workbook (.xlsx) or as CSV UTF-8 (.csv)."
    raise _refused(file, "unknown-format", what, repair)


# --- text ------------------------------------------------------------------------------------------------------------


def _load_text(file: Path, content: bytes) -> RawTable:
    if content.startswith((_ZIP, _OLD_EXCEL)):
        what = f"The name ends in {file.suffix!r}, but the file is a workbook or an archive."
        raise _refused(file, "wrong-format", what, "Save the sheet as CSV UTF-8, or rename a workbook to .xlsx.")
    if content.startswith(_UTF16) or b"\x00" in content:
        what = "The file is saved as UTF-16 ('Unicode text'), or is not text at all."
        raise _refused(file, "encoding", what, "Save it again as 'CSV UTF-8'.")
    text, problems = _decoded(file, content)
    directive = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if directive:
        text = text[directive.end() :]
    separator = directive[1] if directive else _separator(text)
    csv.field_size_limit(_LARGEST_CELL)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _refused(
            file, "unreadable-file", f"The file cannot be read as CSV: {error}.", "Save it again."
        ) from error
    return _from_records(file, records, problems)


def _decoded(file: Path, content: bytes) -> tuple[str, list[Problem]]:
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        what = f"The file is not UTF-8 text: byte {content[error.start]:#04x} in line {row} has no meaning."
        raise _refused(file, "encoding", what, "Save it again as 'CSV UTF-8'.") from error
    line = text.splitlines()[row - 1].strip() if row <= len(text.splitlines()) else ""
    note = Problem(
        code="encoding",
        what=f"The file is not UTF-8; it was read as Windows-1252, which makes this line {line!r}.",
        repair="Check the accented letters; if one is wrong, save the file again as 'CSV UTF-8'.",
        rows=(row,),
        fatal=False,
    )
    return text, [note]


def _separator(text: str) -> str:
    """The separator that stands most often in the first line with text, outside quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    counts = {mark: bare.count(mark) for mark in (",", ";", "\t")}
    return max(counts, key=lambda mark: counts[mark])


def _from_records(file: Path, records: Sequence[Sequence[Any]], problems: list[Problem]) -> RawTable:
    """Split records into headings and cells; the records are the rows of the sheet, the first is row 1."""
    filled = [(row, list(record)) for row, record in enumerate(records, 1) if not all(map(_blank, record))]
    if not filled:
        raise _refused(file, "empty-file", "The file has no cells with content.", "Export it again.")
    _check_headings(file, filled)
    header_row, header = filled[0]
    while header and _blank(header[-1]):
        header.pop()
    width = len(header)
    rows, kept, ragged = [], [], []
    for row, record in filled[1:]:
        if len(record) > width and any(not _blank(cell) for cell in record[width:]):
            ragged.append((row, len(record)))
            continue
        rows.append(row)
        kept.append(record[:width] + [None] * (width - len(record)))
    if ragged:
        problems.append(_ragged(ragged, width))
    if not kept and not ragged:
        raise _refused(file, "no-data", "The file has headings and no rows below them.", "Export it with its data.")
    columns = [list(column) for column in zip(*kept, strict=True)] if kept else [[] for _ in header]
    return RawTable(
        header=tuple(header),
        header_row=header_row,
        cells=_cells(columns, np.array(rows, dtype=np.int64)),
        problems=tuple(problems),
    )


def _check_headings(file: Path, filled: Sequence[tuple[int, list[Any]]]) -> None:
    """Refuse a table with a title above its headings, and name the row where these seem to stand."""
    found = [(row, {folded(cell) for cell in record} & set(REQUIRED_COLUMNS)) for row, record in filled[:_TITLE_ROWS]]
    row, names = max(found, key=lambda item: (len(item[1]), -item[0]))
    if row != filled[0][0] and len(names) > 1 and not found[0][1]:
        what = f"The headings ({', '.join(sorted(names))}) stand in row {row}, not in the first row with content."
        raise _refused(file, "heading-row", what, f"Remove the rows above row {row}.")


def _ragged(ragged: list[tuple[int, int]], width: int) -> Problem:
    found = ", ".join(map(str, sorted({cells for _, cells in ragged})))
    return Problem(
        code="too-many-cells",
        what=f"a row has {found} cells, but there {'is 1 heading' if width == 1 else f'are {width} headings'}.",
        repair="Remove marks between thousands (1,234 is two cells), or put names with commas in quotation marks.",
        rows=tuple(row for row, _ in ragged),
    )


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _cells(columns: Sequence[Sequence[Any]], rows: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    data = {position: pd.Series(values, index=rows, dtype=object) for position, values in enumerate(columns)}
    return pd.DataFrame(data, index=rows)


# --- workbooks and Parquet -------------------------------------------------------------------------------------------


def _load_excel(file: Path, content: bytes, sheet: str | None) -> RawTable:
    if not content.startswith(_ZIP):
        what = "The name ends in '.xlsx', but the file is not an Excel workbook (it may be protected or an older .xls)."
        raise _refused(file, "wrong-format", what, "Open it and save it as an Excel workbook (.xlsx) or CSV UTF-8.")
    try:
        names, records = _sheet(content, sheet)
    except Exception as error:  # openpyxl raises whatever the damaged part of the file leads to
        what = f"The workbook cannot be read: {str(error).strip() or type(error).__name__}."
        raise _refused(file, "unreadable-file", what, "Open it in a spreadsheet program and save it again.") from error
    if records is None:
        raise _refused(file, "unknown-sheet", unknown("sheet", sheet, names), "Choose one of these.")
    notes = []
    if sheet is None and len(names) > 1:
        what = f"The workbook has {len(names)} sheets; the first, {names[0]!r}, was read."
        notes.append(Problem(code="first-sheet", what=what, repair="For another, give sheet='…'.", fatal=False))
    return _from_records(file, records, notes)


def _sheet(content: bytes, sheet: str | None) -> tuple[list[str], list[list[Any]] | None]:
    """Names of the sheets, and the rows of the one wanted; None where there is no such sheet."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and lists that openpyxl does not keep
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        names = [page.title for page in book.worksheets]
        wanted = sheet if sheet is not None else next(iter(names), None)
        if wanted not in names:
            return names, None
        page = book[wanted]
        page.reset_dimensions()
        records = [list(row) for row in page.iter_rows(values_only=True)]
        book.close()
    return names, records


def _load_parquet(file: Path) -> RawTable:
    try:
        frame = pd.read_parquet(file)
    except Exception as error:  # pyarrow raises whatever the damaged part of the file leads to
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        what = f"The file cannot be read as Parquet: {reason}."
        raise _refused(file, "unreadable-file", what, "Write it again, or save it as CSV UTF-8.") from error
    if not len(frame):
        raise _refused(file, "no-data", "The file has columns and no rows.", "Export it with its data.")
    table = load_frame(frame)
    empty = table.cells.map(is_missing).all(axis="columns")
    return RawTable(header=table.header, header_row=1, cells=table.cells[~empty])
