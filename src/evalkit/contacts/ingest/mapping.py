"""What the columns of a contact log mean: the mapping file, ``mapping.toml``."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zoneinfo
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StrictStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from evalkit import vocab
from evalkit.display import Displayed
from evalkit.errors import EvalkitError, IngestError, Problem, nearest
from evalkit.evaluation.settings import missing_file, read_toml, settings_problems

Length = Literal["day", "week", "month", "quarter", "year"]
PlaceKind = Literal[
    "postcode area", "postcode district", "local authority", "police force code", "police force name", "name"
]
Unlisted = Literal["refuse", "other", "leave out"]
Per = Literal["log", "period"]
Across = Literal["all files", "each file"]
Encoding = Literal["utf-8", "utf-16", "latin-1"]
POLICE_KINDS: Final = ("police force code", "police force name")
OFFSET: Final = "offset"
DEFAULT_CONNECTION: Final = "EVALKIT_DATABASE"
_PATHS: Final = (("place", "lookup"), ("population",))
_NOT_READING: Final = frozenset({"title", "frequency", "incomplete", "service", "population", "simulated", "database"})

Text = Annotated[StrictStr, Field(min_length=1)]


def _listed(value: object) -> object:
    """One text as a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _zone(value: object) -> object:
    if not isinstance(value, str) or value == OFFSET or value in zoneinfo.available_timezones():
        return value
    match = nearest(value, (*sorted(zoneinfo.available_timezones()), OFFSET))
    hint = f". Did you mean {match!r}?" if match else ""
    raise PydanticCustomError("zone", "a zone such as 'Europe/London' or 'UTC'{hint}", {"hint": hint})


def _days(value: object) -> object:
    if isinstance(value, str):
        if value in vocab.OPENING_DAYS:
            return vocab.OPENING_DAYS[value]
        match = nearest(value, tuple(vocab.OPENING_DAYS))
        allowed = ", ".join(map(repr, vocab.OPENING_DAYS)) + ", or a list of weekdays"
        hint = f". Did you mean {match!r}?" if match else ""
        raise PydanticCustomError("days", "{allowed}{hint}", {"allowed": allowed, "hint": hint})
    return _listed(value)


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Zone = Annotated[StrictStr, BeforeValidator(_zone)]
Span = tuple[dt.date, dt.date]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeSettings(_Frozen):
    """When a contact was: the ``[time]`` table.

    Attributes
    ----------
    column : str
        Column that holds the time.
    format : tuple of str
        How it is written, as ``strptime`` patterns; empty for ISO 8601 (``2019-05-02 14:30``) or a column of times.
    zone : str
        Zone in which the log writes its times, or ``"offset"`` where each carries its own (``…+01:00``, ``…Z``).
    report_zone : str or None
        Zone whose days, weeks and months are counted; that of the log unless said otherwise.
    covers : (date, date) or None
        First and last day that the logs cover, both inclusive; taken from the contacts themselves where not given.
    unreadable : {"refuse", "leave out"}
        What to do with a time that is empty or cannot be read.
    """

    column: Text = Field(description="the column that holds the time of a contact")
    format: Texts = Field(
        default=(), description='how times are written, such as "%d/%m/%Y %H:%M"; leave it out for ISO 8601'
    )
    zone: Zone = Field(
        description='the zone in which the log writes its times, such as "Europe/London" or "UTC", or "offset" where '
        "each time carries its own"
    )
    report_zone: Zone | None = Field(
        default=None, description="the zone whose days and months are counted; leave it out for that of the log"
    )
    covers: Span | None = Field(
        default=None, description="the first and the last day that the logs cover; leave it out to take it from them"
    )
    unreadable: Literal["refuse", "leave out"] = Field(
        default="refuse", description='what to do with an empty or unreadable time: "refuse" or "leave out"'
    )

    @model_validator(mode="after")
    def _coherent(self) -> TimeSettings:
        if self.report_zone is None and self.zone in {OFFSET, "UTC", "Etc/UTC"}:
            raise PydanticCustomError(
                "no_report_zone",
                "the log is written in {zone}, which is nobody's calendar: give report_zone, such as 'Europe/London'",
                {"zone": self.zone},
            )
        if self.report_zone == OFFSET:
            raise PydanticCustomError("report_zone", "report_zone is a zone such as 'Europe/London', not 'offset'")
        if self.covers and self.covers[1] < self.covers[0]:
            raise PydanticCustomError("covers", "covers ends before it begins")
        _one_order(self.format)
        return self


def _one_order(formats: tuple[str, ...]) -> None:
    orders = {form.index("%d") < form.index("%m") for form in formats if "%d/%m/" in form or "%m/%d/" in form}
    if len(orders) > 1:
        raise PydanticCustomError("mixed_order", "one format has day before month and another month before day")


class PlaceSettings(_Frozen):
    """Where a contact came from: the ``[place]`` table.

    Attributes
    ----------
    column : str
        Column that holds the place.
    kind : str
        What stands in it: a postcode (whole or in part) to be read to its area or district, a local authority, the code
        or name of a police force, or any other name.
    lookup : Path or None
        CSV with ``place`` and ``region``; the bundled list of police forces where not given and the kind is one of
        theirs.
    regions : tuple of str
        Regions to count; all of the lookup unless said otherwise. Contacts from others are unallocated.
    """

    column: Text = Field(description="the column that holds the place")
    kind: PlaceKind = Field(description="what the column holds: one of " + ", ".join(get_args(PlaceKind)))
    lookup: Path | None = Field(
        default=None, description="a CSV file with the columns place and region; police forces have one already"
    )
    regions: Texts = Field(default=(), description="the regions to count; leave it out for all of the lookup")

    @model_validator(mode="after")
    def _has_lookup(self) -> PlaceSettings:
        if self.lookup is None and self.kind not in POLICE_KINDS:
            raise PydanticCustomError(
                "no_lookup",
                "a {kind} needs a lookup file: lookup = \"lookup.csv\" with the columns 'place' and 'region'",
                {"kind": self.kind},
            )
        return self


class ChannelSettings(_Frozen):
    """How people made contact: the ``[channel]`` table; either a column or a constant.

    Attributes
    ----------
    column : str or None
        Column that holds the channel.
    constant : str or None
        The channel of every row, where no column says it.
    values : dict of str to str
        The channel that each value of the column stands for. Values that are channels by name need not be listed.
    unlisted : {"refuse", "other", "leave out"}
        What to do with any other value; it is never copied.
    """

    column: Text | None = Field(default=None, description="the column that holds the channel")
    constant: Text | None = Field(default=None, description='the channel of every row, such as "helpline"')
    values: dict[str, Text] = Field(
        default_factory=dict, description='the channel that each value stands for, such as { "Phone" = "helpline" }'
    )
    unlisted: Unlisted = Field(
        default="refuse", description='what to do with other values: "refuse", "other" (that channel) or "leave out"'
    )

    @model_validator(mode="after")
    def _one_source(self) -> ChannelSettings:
        if (self.column is None) == (self.constant is None):
            raise PydanticCustomError("channel", "give either column or constant in [channel], not both and not none")
        if self.constant is not None and self.values:
            raise PydanticCustomError("channel", "values belong to a column, and the channel is constant")
        return self


class FilterSettings(_Frozen):
    """Which rows count: one ``[[filters]]`` table; a row must pass all of them.

    Attributes
    ----------
    column : str
        Column that decides.
    keep, drop : tuple of str
        Values that a row must, or must not, have; an empty cell is the value ``""``.
    """

    column: Text = Field(description="the column that decides whether a row counts")
    keep: Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)] = Field(
        default=(), description='the values that count, such as ["answered"]'
    )
    drop: Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)] = Field(
        default=(), description='the values that do not count, such as ["test"]'
    )

    @model_validator(mode="after")
    def _one_list(self) -> FilterSettings:
        if bool(self.keep) == bool(self.drop):
            raise PydanticCustomError("filter", "give either keep or drop in each filter")
        return self


class DeduplicateSettings(_Frozen):
    """Which rows are the same: the ``[deduplicate]`` table.

    Attributes
    ----------
    keys : tuple of str
        Columns that together say which rows are one. Rows without any key are all counted.
    per : {"log", "period"}
        Whether a key counts once in all, on its first day, or once in each period, region and channel.
    across : {"all files", "each file"}
        Where duplicates are looked for.
    """

    keys: Texts = Field(min_length=1, description='the columns that together identify a unit, such as ["contact_id"]')
    per: Per = Field(
        default="log", description='"log" to count a key once in all, "period" once a period, region and channel'
    )
    across: Across = Field(default="all files", description='where duplicates are looked for: "all files", "each file"')


class ServiceSettings(_Frozen):
    """When a service was open: one ``[[service]]`` table; no contacts on an open day is a zero, else it is missing.

    Attributes
    ----------
    channel : str
        Channel that it is about.
    regions : tuple of str
        Regions that it is about; all unless said otherwise.
    opens, closes : date or None
        First and last day of the service, both inclusive; open from the start and to the end of the logs otherwise.
    days : tuple of str
        Weekdays on which it is open; every day unless said otherwise.
    closed_on : str or None
        Nation on whose bank holidays it is closed.
    closed : tuple of (date, date)
        Closures: first and last day of each, both inclusive.
    """

    channel: Text = Field(description="the channel that the calendar is about")
    regions: Texts = Field(default=(), description="the regions that it is about; leave it out for all")
    opens: dt.date | None = Field(default=None, description="the first day of the service; leave it out for always")
    closes: dt.date | None = Field(default=None, description="the last day of the service; leave it out for still open")
    days: Annotated[tuple[vocab.Weekday, ...], BeforeValidator(_days)] = Field(
        default=vocab.WEEKDAYS, description='the open days, such as "Monday to Friday" or a list of weekdays'
    )
    closed_on: vocab.Nation | None = Field(
        default=None, description="the nation whose bank holidays close it: one of " + ", ".join(vocab.NATIONS)
    )
    closed: tuple[Span, ...] = Field(default=(), description="pairs of the first and the last day of each closure")


class FileSettings(_Frozen):
    """How files are written, where it cannot be told: the ``[files]`` table.

    Attributes
    ----------
    delimiter : str or None
        Mark between cells of text files; found from the headings unless given.
    encoding : {"utf-8", "utf-16", "latin-1"}
        Encoding of text files.
    sheet : str or None
        Sheet of workbooks; the first unless given.
    """

    delimiter: Annotated[StrictStr, Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="the mark between cells of text files; leave it out to find it from the headings"
    )
    encoding: Encoding = Field(default="utf-8", description="the encoding of text files: utf-8, utf-16 or latin-1")
    sheet: Text | None = Field(default=None, description="the sheet of workbooks; leave it out for the first")


class DatabaseSettings(_Frozen):
    """Which table of a database holds the log: the ``[database]`` table.

    Attributes
    ----------
    table : str
        Table or view, with its schema where needed: ``"helpline.calls"``.
    connection_env : str
        Environment variable that holds the connection string of a PostgreSQL server.
    connection : SecretStr or None
        The connection string itself, where it holds no secret; it is never printed.
    """

    table: Text = Field(description='the table or view that holds the log, such as "helpline.calls"')
    connection_env: Text = Field(
        default=DEFAULT_CONNECTION, description="the environment variable that holds the connection string"
    )
    connection: SecretStr | None = Field(
        default=None, description="the connection string itself; better kept in the environment"
    )


class Mapping(Displayed, _Frozen):
    """What the columns of a contact log mean.

    Attributes
    ----------
    unit : str
        What one row (after filters and duplicates) is: a contact is not a caller, and a visit is not a visitor.
    time, place, channel : TimeSettings, PlaceSettings, ChannelSettings
        When, where and how a contact was made.
    title : str
        Title of the counts.
    frequency : {"day", "week", "month", "quarter", "year"}
        Length of a period; weeks begin on Mondays.
    incomplete : {"leave out", "keep"}
        What to do with a first or last period that the logs do not cover in full.
    filters : tuple of FilterSettings
        Which rows count.
    deduplicate : DeduplicateSettings or None
        Which rows are the same; None counts every row.
    service : tuple of ServiceSettings
        When each channel was open.
    population : Path or None
        CSV with ``region``, ``year`` and ``population``, from which the exposure comes.
    simulated : bool
        Whether the log does not come from a service.
    files : FileSettings
        How files are written.
    database : DatabaseSettings or None
        Which table of a database to read.
    """

    unit: vocab.Unit = Field(description="what is counted: one of " + ", ".join(vocab.Unit))
    title: StrictStr = Field(default="", description="the title of the counts")
    frequency: Length = Field(
        default="month", description="the length of a period: one of " + ", ".join(get_args(Length))
    )
    incomplete: Literal["leave out", "keep"] = Field(
        default="leave out", description='a first or last period not covered in full: "leave out", or "keep" and mark'
    )
    population: Path | None = Field(
        default=None, description="a CSV file with region, year and population, from which the exposure comes"
    )
    simulated: StrictBool = Field(default=False, description="whether the log does not come from a service")
    time: TimeSettings = Field(description="when a contact was")
    place: PlaceSettings = Field(description="where a contact came from")
    channel: ChannelSettings = Field(description="how people made contact")
    filters: tuple[FilterSettings, ...] = Field(default=(), description="which rows count; a row must pass all")
    deduplicate: DeduplicateSettings | None = Field(default=None, description="which rows are the same")
    service: tuple[ServiceSettings, ...] = Field(default=(), description="when each channel was open")
    files: FileSettings = Field(default_factory=FileSettings, description="how files are written")
    database: DatabaseSettings | None = Field(default=None, description="which table of a database holds the log")

    @field_validator("filters", "service", mode="before")
    @classmethod
    def _tables(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once; no other column ever is."""
        named = [self.time.column, self.place.column]
        named += [self.channel.column] if self.channel.column else []
        named += [each.column for each in self.filters]
        named += self.deduplicate.keys if self.deduplicate else ()
        return tuple(dict.fromkeys(named))

    @property
    def report_zone(self) -> str:
        """The zone whose days are counted."""
        return self.time.report_zone or self.time.zone

    @property
    def reading(self) -> str:
        """Sha256 (hexadecimal) of everything that decides how a row is read, the lookup's content included.

        Two mappings that agree in it read the same counts from the same file.
        """
        settings = self.model_dump(mode="json", exclude=set(_NOT_READING))
        settings["place"].pop("lookup")
        settings["time"].pop("covers")  # it decides which days are asked for, after every row has been counted
        if self.deduplicate is not None and self.deduplicate.per == "period":
            settings["frequency"] = self.frequency
        lookup = self.place.lookup
        settings["lookup"] = hashlib.sha256(lookup.read_bytes()).hexdigest() if lookup else "bundled"
        canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping file.

    Parameters
    ----------
    path : str or Path
        A TOML file; paths inside it are relative to its folder. ``docs/reference/mapping.md`` has every key.

    Returns
    -------
    Mapping
        With absolute paths of files that exist.

    Raises
    ------
    IngestError
        With all problems: unknown keys (with the nearest match), values of the wrong kind, files that are missing.
    """
    file = Path(path)
    values = _located(read_toml(file, error=IngestError), file.resolve().parent)
    problems = [*settings_problems(values, Mapping), *_missing_files(values)]
    if problems:
        raise IngestError(str(file), problems)
    return Mapping.model_validate(values)


def _located(values: MappingOf[str, Any], folder: Path) -> dict[str, Any]:
    """The values with the paths made absolute; anything that is not text stays, to be reported."""
    located = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    for *tables, name in _PATHS:
        table: Any = located
        for key in tables:
            table = table.get(key, {})
        if isinstance(table, dict) and isinstance(table.get(name), str):
            table[name] = (folder / table[name]).resolve()
    return located


def _missing_files(values: MappingOf[str, Any]) -> list[Problem]:
    place = values.get("place")
    named = {"population": values.get("population"), "lookup": place.get("lookup") if isinstance(place, dict) else None}
    return [missing_file(path, key) for key, path in named.items() if isinstance(path, Path) and not path.is_file()]


def refused(source: str, code: str, what: str, repair: str, rows: tuple[int, ...] = ()) -> EvalkitError:
    """An error about one source, ready to be raised."""
    return IngestError(source, [Problem(code=code, what=what, repair=repair, rows=rows)])
