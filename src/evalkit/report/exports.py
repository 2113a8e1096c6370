"""Results for others to use: CSV, Parquet, a workbook, and the dictionary that describes them.

The same results give the same bytes. Text never becomes a formula: a region may be called ``=cmd()``.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.catalogue import text
from evalkit.report import theme
from evalkit.report.dictionary import TABLES, columns_of, dictionary_frame, row_words

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from evalkit.report.content import RegionSummary

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_DTYPES: Final = {"text": "string", "number": "Float64", "whole number": "Int64", "true or false": "boolean"}
_MODIFIED: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_WIDEST: Final = 60
_LONGEST_CELL: Final = 32_000  # a workbook holds 32,767 characters in a cell
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def typed(table: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a table of the dictionary: its columns in its order, typed; what a row does not have is missing."""
    columns = columns_of(table)
    frame = pd.DataFrame(list(rows), columns=[column.name for column in columns])
    return frame.astype({column.name: _DTYPES[column.kind] for column in columns})


def claims_frame(regions: Sequence[RegionSummary]) -> pd.DataFrame:
    """One row for each published claim of each region."""
    return typed(
        "claims",
        (
            {
                "region": region.region,
                "channel": result.channel,
                "claim": verdict.statement,
                "claimed_ratio": verdict.claimed_ratio,
                "verdict": str(verdict.kind),
                "reasons": " ".join(verdict.reasons),
            }
            for region in regions
            for result in region.results
            for verdict in result.verdicts
        ),
    )


def checks_frame(regions: Sequence[RegionSummary]) -> pd.DataFrame:
    """One row for each check of each region and channel."""
    return typed(
        "checks",
        (
            {"region": region.region, "channel": result.channel, "check": name, "outcome": str(outcome)}
            for region in regions
            for result in region.results
            for name, outcome in result.checks.items()
        ),
    )


def series_frame(regions: Sequence[RegionSummary]) -> pd.DataFrame:
    """One row for each region, channel and period, as published."""
    return typed("series", (row for region in regions for row in _series_rows(region)))


def _series_rows(region: RegionSummary) -> Iterator[dict[str, Any]]:
    columns = [column.name for column in columns_of("series")[4:]]
    for result in region.results:
        periods = list(result.path["period"])
        launch = periods.index(str(region.launch)) if str(region.launch) in periods else len(periods)
        exposed = result.path.get("from_launch") or [place >= launch for place in range(len(periods))]
        for place, period in enumerate(periods):
            values = {name: result.path[name][place] for name in columns}
            where = {"region": region.region, "channel": result.channel, "period": period}
            yield {**where, "from_launch": exposed[place], **values}


# --- files ------------------------------------------------------------------------------------------------------------


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as CSV; text that a spreadsheet would take for a formula stands behind an apostrophe."""
    plain = frame.copy()
    for name in plain.select_dtypes(include=["string", "object"]):
        plain[name] = plain[name].map(harmless, na_action="ignore")
    return plain.to_csv(index=False, lineterminator="\n").encode("utf-8", "surrogatepass")


def harmless(text: Any) -> Any:
    """The text with an apostrophe before it where a spreadsheet would calculate it; NUL becomes visible."""
    if not isinstance(text, str):
        return text
    shown = theme.visible(text)
    return f"'{shown}" if shown.startswith(FORMULA_STARTS) else shown


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """A table as Parquet, with its texts as they are."""
    with io.BytesIO() as file:
        frame.to_parquet(file, index=False, engine="pyarrow", compression="zstd")
        return file.getvalue()


def workbook_bytes(notes: Sequence[str], frames: Mapping[str, pd.DataFrame], *, title: str, issued: dt.date) -> bytes:
    """A workbook: a sheet of notes, one sheet a table, and the dictionary.

    Parameters
    ----------
    notes : sequence of str
        What a reader must know, a paragraph each.
    frames : mapping of str to DataFrame
        Tables by the name of their sheet.
    title : str
        Title of the file.
    issued : datetime.date
        Date in its properties.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    when = dt.datetime.combine(issued, dt.time(12))
    book.properties.title, book.properties.creator = theme.visible(title), "evalkit"
    book.properties.created = when
    _notes_sheet(book.create_sheet("notes"), title, notes, frames)
    for name, frame in frames.items():
        _table_sheet(book.create_sheet(name), frame)
    _table_sheet(book.create_sheet("dictionary"), dictionary_frame().astype("string"))
    with io.BytesIO() as file:
        book.save(file)
        return _repeatable(file.getvalue(), when)


def _notes_sheet(
    sheet: WriteOnlyWorksheet, title: str, notes: Sequence[str], frames: Mapping[str, pd.DataFrame]
) -> None:
    from openpyxl.styles import Alignment

    sheet.column_dimensions["A"].width = 110
    sheet.append([_cell(sheet, title, bold=True)])
    sheets = [f"{name}: {row_words(name)}." for name in frames if name in TABLES]
    for line in ("", *notes, "", *sheets, f"dictionary: {text('dictionary.sheet')}"):
        cell = _cell(sheet, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([cell])


def _table_sheet(sheet: WriteOnlyWorksheet, frame: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    for place, name in enumerate(frame.columns, 1):
        longest = max((len(str(value)) for value in frame[name].head(200)), default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(max(len(name), longest) + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    if len(frame.columns):
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(frame.columns))}{len(frame) + 1}"
    sheet.append([_cell(sheet, name, bold=True) for name in frame.columns])
    plain = frame.astype(object).where(frame.notna(), None)
    for row in plain.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, value) if isinstance(value, str) else value for value in row])


def _cell(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Any:
    """Text as text: what begins like a formula is marked as text, so that editing the cell does not make it one."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=_fitting(theme.visible(text)))
    if text.startswith(FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def _fitting(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def _repeatable(content: bytes, when: dt.datetime) -> bytes:
    """The same workbook without the time of writing."""
    stamp = f"{when:%Y-%m-%dT%H:%M:%S}Z".encode()
    with zipfile.ZipFile(io.BytesIO(content)) as old, io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                part = old.read(name)
                if name == "docProps/core.xml":
                    part = _MODIFIED.sub(rb"\g<1>" + stamp, part)
                new.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), part, zipfile.ZIP_DEFLATED)
        return file.getvalue()
