"""The contacts of one file as one frozen object."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from evalkit.catalogue import Spoken
from evalkit.contacts.frequency import letter_of
from evalkit.contacts.periods import infer_frequency, period_text, period_texts
from evalkit.contacts.rules import COUNT_RULES, EXPOSURE_RULES
from evalkit.display import Displayed
from evalkit.errors import ContactsError, Problem, UsageError, unknown
from evalkit.vocab import (
    CHANNEL,
    CONTACTS,
    EXPOSURE,
    FREQUENCY_NAMES,
    PERIOD,
    RATE,
    RATE_PER,
    REGION,
    REQUIRED_COLUMNS,
    SIMULATED,
    UNALLOCATED,
    Frequency,
)

_KEYS = [REGION, CHANNEL, PERIOD]
METADATA_SUFFIX = ".metadata.json"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Contacts(Spoken, Displayed):
    """Counts of contacts by region, channel and period.

    Build one with :func:`~evalkit.contacts.read_contacts` (a file) or :func:`~evalkit.contacts.read_table` (a table in
    memory), which explain every problem; the constructor itself only refuses what cannot be contacts.

    Attributes
    ----------
    frame : pandas.DataFrame
        Tidy table, sorted by region, channel and period: ``region`` and ``channel`` (text), ``period`` (Period dtype),
        ``contacts`` (float64, whole, 0 or more; a missing count has no row) and, where given, ``exposure`` (float64,
        above 0, in the unit of the file: people or person-time). A copy of what was given; do not change it.
    frequency : {"Y", "Q", "M", "W", "D"}
        Length of a period.
    simulated : bool
        True where the counts do not come from a service.
    unit : str
        What is counted. A contact is not a person.
    source : str
        Where the counts were read.
    title : str
        Title from the data's own metadata, if any.
    notes : tuple of Problem
        What is worth knowing and did not stop the reading: gaps, a partial last period.
    """

    frame: pd.DataFrame
    frequency: Frequency
    simulated: bool = False
    unit: str = CONTACTS
    source: str = "table in memory"
    title: str = ""
    notes: tuple[Problem, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", _tidy(self.frame, self.frequency, self.source))
        object.__setattr__(self, "notes", tuple(self.notes))

    def __repr__(self) -> str:
        first, last = (period_text(p) for p in (self.periods[0], self.periods[-1]))
        regions, channels = len(self.regions), len(self.channels)
        return (
            f"Contacts({regions} region{'s' * (regions != 1)} × {channels} channel{'s' * (channels != 1)}, "
            f"by {FREQUENCY_NAMES[self.frequency]} {first} to {last}, {len(self.frame)} rows, unit {self.unit!r}"
            f"{', simulated' if self.simulated else ''}, from {self.source!r})"
        )

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, sorted."""
        return tuple(sorted(self.frame[REGION].unique()))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The regions but for ``"unallocated"``, which is no place: it is neither evaluated nor compared with."""
        return tuple(region for region in self.regions if region != UNALLOCATED)

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, sorted."""
        return tuple(sorted(self.frame[CHANNEL].unique()))

    @cached_property
    def freq(self) -> str:
        """The pandas frequency with its anchor, such as ``"W-SUN"``."""
        return pd.PeriodIndex(self.frame[PERIOD]).freqstr

    @cached_property
    def periods(self) -> pd.PeriodIndex:
        """Every period from the first to the last of the whole table, whether or not it was counted."""
        column = self.frame[PERIOD]
        return pd.period_range(column.min(), column.max(), freq=self.freq, name=PERIOD)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hexadecimal) of the canonical table: frequency, unit, mark of simulation and every row."""
        head = f"{self.freq}\n{self.unit}\n{self.simulated}\n"
        return hashlib.sha256((head + self._csv()).encode()).hexdigest()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Region and channel of every series that has at least one count, sorted."""
        return self._keys

    def series(self, region: str, channel: str) -> pd.Series:
        """The counts of one region and channel.

        Parameters
        ----------
        region, channel : str
            As spelled in :attr:`regions` and :attr:`channels`.

        Returns
        -------
        pandas.Series
            float64, named ``contacts``, on a PeriodIndex of every period of the table (all series share it), NaN where
            there is no count: missing, not zero. ``attrs["simulated"]`` carries the mark of the data.

        Raises
        ------
        UsageError
            The region or channel is not in the table (the nearest match is named), or the region has no such channel.
        """
        return self._column(CONTACTS, region, channel)

    def exposure(self, region: str, channel: str) -> pd.Series | None:
        """The exposure of one region and channel, on the periods of :meth:`series`; None where the table has none.

        NaN where there is no count, since a missing count has no row. Raises as :meth:`series` does.
        """
        self._known(region, channel)
        return self._column(EXPOSURE, region, channel) if EXPOSURE in self.frame.columns else None

    def rate(self, region: str, channel: str) -> pd.Series:
        """Contacts per 100,000 of the exposure in each period, named ``rate``, on the periods of :meth:`series`.

        Where the exposure is a population it is contacts per 100,000 people and period, not per year.

        Raises
        ------
        UsageError
            As :meth:`series` does, and where the table has no exposure.
        """
        exposure = self.exposure(region, channel)
        if exposure is None:
            raise UsageError(
                "There is no rate without an exposure. Add a column 'exposure' to the contacts, or give a population "
                "file in the mapping that they are counted with."
            )
        rate = (RATE_PER * self.series(region, channel) / exposure).rename(RATE)
        rate.attrs[SIMULATED] = self.simulated
        return rate

    def to_frame(self) -> pd.DataFrame:
        """A copy of the tidy table, with a column ``rate`` (contacts per 100,000 of exposure) where there is one."""
        frame = self.frame.copy()
        if EXPOSURE in frame.columns:
            frame[RATE] = RATE_PER * frame[CONTACTS] / frame[EXPOSURE]
        frame.attrs[SIMULATED] = self.simulated
        return frame

    def wide(self, channel: str) -> pd.DataFrame:
        """The counts of one channel: periods (all of the table's) by regions (those with a count), NaN where missing.

        Raises
        ------
        UsageError
            The channel is not in the table.
        """
        if channel not in self.channels:
            raise UsageError(unknown("channel", channel, self.channels))
        table = self._wide(CONTACTS).xs(channel, axis="columns", level=CHANNEL)
        counted = cast("pd.DataFrame", table).dropna(axis="columns", how="all")
        counted.attrs[SIMULATED] = self.simulated
        return counted

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as a contacts file that reads back as the same contacts.

        The file appears complete or not at all. Simulated contacts carry a column ``simulated``. What the rows cannot
        say (the unit, a title, a frequency that the dates alone would not show) goes to ``<stem>.metadata.json``, which
        is written only where it is needed or is already there.

        Parameters
        ----------
        path : str or path
            File to write; an existing one is replaced. Its folder must exist.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        UsageError
            The folder does not exist or cannot be written to.
        """
        target = Path(path)
        self._describe(target)
        write_atomic(target, self._csv())
        return target

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as a Parquet file that reads back as the same contacts; otherwise as :meth:`to_csv`."""
        target = Path(path)
        content = io.BytesIO()
        columns = pd.DataFrame(self._columns())
        columns.to_parquet(content, index=False)
        self._describe(target)
        write_atomic(target, content.getvalue())
        return target

    def _describe(self, target: Path) -> None:
        metadata = target.with_name(target.stem + METADATA_SUFFIX)
        described = self._metadata()
        if described or metadata.exists():
            described = {"simulated": self.simulated, "unit": self.unit} | described
            write_atomic(metadata, json.dumps(described, indent=2, ensure_ascii=False) + "\n")

    def _metadata(self) -> dict[str, object]:
        described: dict[str, object] = {}
        if self.unit != CONTACTS:
            described["unit"] = self.unit
        if self.title:
            described["title"] = self.title
        texts = period_texts(pd.PeriodIndex(self.frame[PERIOD].unique()))
        if not _reads_as(texts, self.freq):
            described["frequency"] = self.freq
        return described

    def _csv(self) -> str:
        columns = self._columns()
        if EXPOSURE in columns:
            columns[EXPOSURE] = [_shortest(value) for value in self.frame[EXPOSURE]]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
        return text.getvalue()

    def _columns(self) -> dict[str, list[object]]:
        columns: dict[str, list[object]] = {
            REGION: list(self.frame[REGION]),
            CHANNEL: list(self.frame[CHANNEL]),
            PERIOD: list(period_texts(pd.PeriodIndex(self.frame[PERIOD]))),
            CONTACTS: [int(value) for value in self.frame[CONTACTS]],
        }
        if EXPOSURE in self.frame.columns:
            columns[EXPOSURE] = list(self.frame[EXPOSURE])
        if self.simulated:
            columns[SIMULATED] = ["true"] * len(self.frame)
        return columns

    @cached_property
    def _keys(self) -> tuple[tuple[str, str], ...]:
        pairs = self.frame[[REGION, CHANNEL]].drop_duplicates()
        return tuple(zip(pairs[REGION], pairs[CHANNEL], strict=True))

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        """Each numeric column as a table of periods by (channel, region)."""
        indexed = self.frame.set_index([PERIOD, CHANNEL, REGION])
        columns = [column for column in (CONTACTS, EXPOSURE) if column in indexed.columns]
        tables = {column: indexed[column].unstack([CHANNEL, REGION]) for column in columns}  # noqa: PD010
        return {column: table.reindex(self.periods).sort_index(axis="columns") for column, table in tables.items()}

    def _wide(self, column: str) -> pd.DataFrame:
        return self._tables[column]

    def _column(self, column: str, region: str, channel: str) -> pd.Series:
        self._known(region, channel)
        series = self._wide(column)[channel, region].copy().rename(column)
        series.attrs[SIMULATED] = self.simulated
        return series

    def _known(self, region: str, channel: str) -> None:
        if region not in self.regions:
            raise UsageError(unknown("region", region, self.regions))
        if channel not in self.channels:
            raise UsageError(unknown("channel", channel, self.channels))
        if (channel, region) not in self._wide(CONTACTS).columns:
            counted = [its for name, its in self.keys() if name == region]
            raise UsageError(
                f"Region {region!r} has no counts for channel {channel!r}. Its channels: "
                f"{', '.join(map(repr, counted))}."
            )


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file (text as UTF-8) that appears complete or not at all.

    Raises
    ------
    UsageError
        The folder does not exist or cannot be written to.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}. Create the folder {path.parent}, or choose another."
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another file.") from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _reads_as(texts: list[str], freq: str) -> bool:
    try:
        return infer_frequency(texts) == freq
    except ContactsError:
        return False


def _shortest(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _tidy(frame: pd.DataFrame, frequency: str, source: str) -> pd.DataFrame:
    """A sorted copy of a tidy frame with the columns, types and values that contacts have."""
    absent = [column for column in REQUIRED_COLUMNS if column not in frame.columns]
    if absent:
        _refuse(source, "missing-column", f"The table has no column {', '.join(map(repr, absent))}.")
    if not len(frame):
        _refuse(source, "no-data", "The table has no rows.")
    if not isinstance(frame[PERIOD].dtype, pd.PeriodDtype):
        _refuse(source, "unreadable-period", f"The column 'period' has type {frame[PERIOD].dtype}, not Period.")
    if letter_of(pd.PeriodIndex(frame[PERIOD]).freqstr) != frequency:
        _refuse(source, "mixed-periods", f"The periods are {frame[PERIOD].dtype}, but the frequency is {frequency!r}.")
    kept = [*_KEYS, CONTACTS, *([EXPOSURE] if EXPOSURE in frame.columns else [])]
    texts = {column: [str(name) for name in frame[column]] for column in (REGION, CHANNEL)}
    tidy = frame[kept].assign(**texts).sort_values(_KEYS, ignore_index=True).astype(dict.fromkeys(kept[3:], np.float64))
    if tidy.isna().to_numpy().any():
        _refuse(source, "empty-cell", "The table has empty cells; a missing count is a missing row.")
    for column, rules in ((CONTACTS, COUNT_RULES), (EXPOSURE, EXPOSURE_RULES)):
        for rule in rules if column in tidy.columns else ():
            if rule.broken(tidy[column].to_numpy()).any():
                _refuse(source, rule.code, f"{rule.says[0].upper()}{rule.says[1:]}.")
    if tidy.duplicated(_KEYS).any():
        _refuse(source, "duplicate", "A region, channel and period come more than once.")
    return tidy


def _refuse(source: str, code: str, what: str) -> None:
    repair = "Build contacts with evalkit.contacts.read_table(frame), which names every row to correct."
    raise ContactsError(source, [Problem(code=code, what=what, repair=repair)])
