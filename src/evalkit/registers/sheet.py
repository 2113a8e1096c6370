"""Reading a register file cell by cell, collecting every problem with its row."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from evalkit.errors import Problem, RegisterError, nearest, unknown
from evalkit.registers.dates import ImpreciseDate, Interval, parse_date
from evalkit.vocab import DatePrecision, PeriodPrecision

__all__ = ["Cells", "Sheet", "open_sheet"]

Word = TypeVar("Word", bound=StrEnum)
_TRUE, _FALSE = ("yes", "true", "1"), ("no", "false", "0", "")


@dataclass
class Sheet:
    """The cells of a file, and the problems met so far."""

    source: str
    header: tuple[str, ...]
    rows: dict[int, dict[str, str]]
    problems: list[Problem] = field(default_factory=list)

    def cells(self) -> Iterator[Cells]:
        """Each data row that is not blank, numbered as a spreadsheet does."""
        for number, row in self.rows.items():
            yield Cells(sheet=self, row=number, values=row)

    def add(self, code: str, what: str, repair: str, *rows: int) -> None:
        """Note one problem."""
        self.problems.append(Problem(code=code, what=what, repair=repair, rows=rows))

    def unique(self, column: str, keys: Sequence[str]) -> None:
        """Note every key that stands in more than one row."""
        seen: dict[str, list[int]] = {}
        for number, key in zip(self.rows, keys, strict=True):
            seen.setdefault(key, []).append(number)
        for key, rows in seen.items():
            if key and len(rows) > 1:
                what = f"{column} {key!r} stands in {len(rows)} rows."
                self.add("duplicate-id", what, "Give each row its own, or delete the copies.", *rows)

    def finish(self) -> None:
        """Raise where anything was wrong.

        Raises
        ------
        RegisterError
            With all problems of the file.
        """
        if self.problems:
            raise RegisterError(self.source, self.problems)


def open_sheet(path: str | Path, *, required: Sequence[str], optional: Sequence[str]) -> Sheet:
    """Read a CSV file (UTF-8 with or without BOM, comma or semicolon) and check its header.

    Raises
    ------
    RegisterError
        Where the file is missing, empty, not UTF-8, lacks a required column or has an unknown one; with the nearest
        match.
    """
    source = Path(path).name
    table = _parse(_text(Path(path)), source)
    first, *numbers = table
    header = tuple(name.strip() for name in table[first])
    problems = list(_header_problems(header, required, optional))
    rows = {}
    for number in numbers:
        values = table[number]
        if len(values) != len(header):
            what = f"The row has {len(values)} cells, the header {len(header)}."
            repair = "Put text that contains the separator between double quotes."
            problems.append(Problem(code="ragged-row", what=what, repair=repair, rows=(number,)))
        rows[number] = dict(zip(header, (value.strip() for value in values), strict=False))
    if problems:
        raise RegisterError(source, problems)
    return Sheet(source=source, header=header, rows=rows)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        what = f"Cannot read {path}: {error.strerror or error}."
        raise RegisterError(path.name, [Problem(code="no-file", what=what, repair="Check the path.")]) from None
    except UnicodeDecodeError:
        what = "The file is not UTF-8."
        repair = "Save it again as 'CSV UTF-8'."
        raise RegisterError(path.name, [Problem(code="not-utf8", what=what, repair=repair)]) from None


def _parse(text: str, source: str) -> dict[int, list[str]]:
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    table = {number: row for number, row in enumerate(reader, 1) if any(map(str.strip, row))}
    if not table:
        problem = Problem(code="empty-file", what="The file is empty.", repair="Write a header and at least one row.")
        raise RegisterError(source, [problem])
    return table


def _header_problems(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> Iterator[Problem]:
    allowed = (*required, *optional)
    for name in required:
        if name not in header:
            match = nearest(name, [column for column in header if column not in allowed])
            hint = f"Rename column {match!r} to {name!r}." if match else f"Add a column {name!r}."
            yield Problem(code="missing-column", what=f"Column {name!r} is missing.", repair=hint, rows=(1,))
    for name in dict.fromkeys(header):
        if name not in allowed:
            repair = "Rename it, or delete it from the file."
            yield Problem(code="unknown-column", what=unknown("column", name, allowed), repair=repair, rows=(1,))
        if header.count(name) > 1:
            what = f"Column {name!r} stands {header.count(name)} times in the header."
            yield Problem(code="duplicate-column", what=what, repair="Delete all but one.", rows=(1,))


@dataclass(frozen=True)
class Cells:
    """One row. Each method reads one cell; what cannot be read is noted and stands as None or the default."""

    sheet: Sheet
    row: int
    values: dict[str, str]

    def note(self, code: str, what: str, repair: str) -> None:
        """Note a problem of this row."""
        self.sheet.add(code, what, repair, self.row)

    def text(self, column: str, *aliases: str, default: str = "") -> str:
        """The cell as it stands; the first of ``aliases`` that is not empty where the column is absent or empty."""
        return next((found for name in (column, *aliases) if (found := self.values.get(name, ""))), default)

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        value = self.text(column)
        if not value:
            self.note("empty-cell", f"{column} is empty.", "Fill it in; every row needs one.")
        return value

    def words(self, column: str) -> tuple[str, ...]:
        """A list separated by semicolons."""
        return tuple(word.strip() for word in self.text(column).split(";") if word.strip())

    def number(self, column: str) -> float | None:
        """A number, or None where the cell is empty."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            self.note("bad-number", f"{column} is {value!r}, not a number.", "Write digits with a decimal point.")
            return None
        if math.isfinite(number):
            return number
        self.note("bad-number", f"{column} is {value!r}, not a finite number.", "Leave the cell empty if unknown.")
        return None

    def whole(self, column: str) -> int | None:
        """A whole number of 0 or more, or None where the cell is empty."""
        number = self.number(column)
        if number is None:
            return None
        if number < 0 or number != int(number):
            self.note("bad-number", f"{column} is {number:g}; it must be a whole number of 0 or more.", "Correct it.")
            return None
        return int(number)

    def flag(self, column: str) -> bool:
        """Yes or no; an empty cell is no."""
        value = self.text(column).casefold()
        if value not in (*_TRUE, *_FALSE):
            self.note("unknown-word", unknown(column, value, ("yes", "no")), "Write one of these.")
        return value in _TRUE

    def word(self, column: str, vocabulary: type[Word], default: Word) -> Word:
        """A word of a closed vocabulary; ``default`` where the cell is empty."""
        value = self.text(column)
        if not value:
            return default
        try:
            return vocabulary(value)
        except ValueError:
            allowed = [member.value for member in vocabulary]
            self.note("unknown-word", unknown(column, value, allowed), "Write one of these.")
            return default

    def date(self, column: str) -> ImpreciseDate | None:
        """A date at any precision, or None where the cell is empty."""
        value = self.text(column)
        if not value:
            return None
        try:
            return parse_date(value)
        except ValueError as error:
            self.note("bad-date", f"{column}: {error}", "Write the date as YYYY-MM-DD, YYYY-MM or YYYY.")
            return None

    def day(self, column: str) -> dt.date | None:
        """The first day of a date at any precision."""
        found = self.date(column)
        return found.start if found else None

    def imprecise(self, stem: str) -> ImpreciseDate:
        """A date from one column ``stem``, or from ``stem_start``, ``stem_end``, ``stem_precision``, ``stem_text``.

        Where the column ``stem`` exists it must not be empty; ``unknown`` says that the date is not known.
        """
        text = self.text(f"{stem}_text")
        unknown_date = ImpreciseDate(start=None, end=None, precision=DatePrecision.UNKNOWN, text=text)
        if stem in self.values:
            value = self.needed(stem)
            return (self.date(stem) if value else None) or unknown_date
        start, end = self.date(f"{stem}_start"), self.date(f"{stem}_end")
        if start is None or start.start is None or start.end is None:
            return unknown_date
        last = (end.end if end else None) or start.end
        self._order(f"{stem}_start", start.start, f"{stem}_end", last)
        precision = self.word(f"{stem}_precision", DatePrecision, start.precision)
        return ImpreciseDate(start=start.start, end=last, precision=precision, text=text or start.text)

    def interval(self, stem: str) -> Interval | None:
        """A closed interval from ``stem_start``, ``stem_end``, ``stem_precision``, ``stem_text``, ``stem_months``."""
        start, end = self.date(f"{stem}_start"), self.date(f"{stem}_end")
        first = start.start if start else None
        last = end.end if end else (start.end if start else None)
        precision = self.word(f"{stem}_precision", PeriodPrecision, PeriodPrecision.EXACT)
        if first is None or last is None:
            if end is not None and start is None:
                self.note("half-period", f"{stem}_end is given without {stem}_start.", "Give both, or neither.")
            return None
        if not self._order(f"{stem}_start", first, f"{stem}_end", last):
            return None
        text, months = self.text(f"{stem}_text"), self.number(f"{stem}_months")
        return Interval(start=first, end=last, precision=precision, text=text, stated_months=months)

    def _order(self, first: str, start: dt.date, second: str, end: dt.date) -> bool:
        if end >= start:
            return True
        self.note("end-before-start", f"{second} is {end}, before {first} {start}.", "Exchange or correct the two.")
        return False
