"""Bad input is one clear message with file and row, and nothing is written."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from evalkit.contacts.ingest import ingest, load_mapping
from evalkit.contacts.ingest import run as running
from evalkit.contacts.ingest.sources import find_sources
from evalkit.errors import IngestError, UsageError

from .conftest import LOG


def refused(bench, log, mapping=None, **options) -> str:
    """The message of an ingest that fails; nothing may have been written."""
    before = sorted(bench.folder.rglob("*"))
    mapping = mapping or bench.mapping()
    before = sorted({*before, mapping})
    with pytest.raises((IngestError, UsageError)) as caught:
        ingest(log, mapping, out=bench.out, **options)
    assert sorted(bench.folder.rglob("*")) == before
    return str(caught.value)


def test_truncated_gzip(bench):
    text = "".join(
        f"2019-01-{k % 28 + 1:02d} 10:00:{k % 60:02d},AB{k % 9},Phone,c{k * 7919},n,p\n" for k in range(50_000)
    )
    packed = gzip.compress((LOG.splitlines()[0] + "\n" + text).encode())
    message = refused(bench, bench.log(packed[: len(packed) // 2], "log.csv.gz"))
    assert "log.csv.gz" in message
    assert "damaged or ends too early" in message


def test_gzip_that_is_none(bench):
    assert "damaged" in refused(bench, bench.log(LOG.encode(), "log.csv.gz"))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_are_refused_until_they_are_declared(bench, encoding):
    log = bench.log(LOG.replace("Mary Q", "Mary Q").replace("not a place", "Môn").encode(encoding))
    message = refused(bench, log)
    assert "log.csv" in message
    assert ("row 7: The text is not utf-8" if encoding == "latin-1" else "row 1: The text is not utf-8") in message
    result = ingest(log, bench.mapping(more=f'\n[files]\nencoding = "{encoding}"\n'))
    assert result.audit["rows"]["read"] == 9


@pytest.mark.parametrize(
    ("wrong", "row"),
    [("03/02/2019 10:00", 5), ("02-03-2019", 5), ("", 5), ("2019-02-30 10:00:00", 5), ("1950-01-01", 5)],
)
def test_mixed_forms_of_dates(bench, wrong, row):
    lines = LOG.splitlines()
    lines[row - 1] = f"{wrong},AB1,Phone,c,n,p"
    message = refused(bench, bench.log("\n".join(lines) + "\n"))
    assert f"log.csv: 1 problem found, nothing was read.\n  1. row {row}: The time" in message


def test_times_with_and_without_offset_are_not_mixed(bench):
    text = LOG.replace("2019-02-02 10:00:00", "2019-02-02T10:00:00+01:00", 1)
    assert "row 5" in refused(bench, bench.log(text))
    offset = bench.mapping(zone='"offset"')
    assert "row 2: The time is empty, cannot be read as ISO 8601" in refused(bench, bench.log(text), offset)


def test_a_long_line(bench):
    message = refused(bench, bench.log(LOG + "2019-01-01 10:00:00,AB1,Phone,c,n," + "x" * 3_000_000 + "\n"))
    assert "row" in message
    assert "A line is longer than 2 MB" in message


@pytest.mark.slow
def test_a_line_of_two_gigabytes(bench):
    """A sparse file: 2 GB of null bytes without a line end, which take no room on the disk."""
    log = bench.log(LOG + "2019-01-01 10:00:00,AB1,Phone,c,n,")
    with log.open("r+b") as file:
        file.truncate(2 << 30)
    assert "log.csv" in refused(bench, log, memory="200MB")


def test_a_column_that_changes_its_type_half_way(bench):
    rows = [f"2019-01-{k % 28 + 1:02d} 10:00:00,AB1,Phone,c,n,p" for k in range(100)]
    rows += [f"{1546300800 + k},AB1,Phone,c,n,p" for k in range(100)]
    message = refused(bench, bench.log(LOG.splitlines()[0] + "\n" + "\n".join(rows) + "\n"))
    assert "row 102" in message
    assert "100 rows in all" in message


def test_a_parquet_column_of_another_type(bench):
    frame = pd.DataFrame({"started": [True, False], "postcode": ["AB1", "CD1"], "channel": ["Phone", "Web"]})
    frame.to_parquet(bench.folder / "log.parquet")
    assert "type BOOLEAN, from which no time is read" in refused(bench, bench.folder / "log.parquet")


def test_formulas(bench):
    message = refused(bench, bench.log(LOG.replace("GH2 1AA", "=1+1")))
    assert "row 5: A cell that is read begins with '='" in message


def test_formulas_in_a_workbook(bench):
    frame = pd.read_csv(bench.log(), dtype=str)
    frame.to_excel(bench.folder / "sound.xlsx", index=False)
    assert ingest(bench.folder / "sound.xlsx", bench.mapping()).audit["rows"]["read"] == 9
    frame.loc[3, "postcode"] = "=A1"
    frame.to_excel(bench.folder / "log.xlsx", index=False)
    assert "row 5: A cell that is read begins with '='" in refused(bench, bench.folder / "log.xlsx")


def test_a_file_that_vanishes(bench, monkeypatch):
    log = bench.log()
    found = find_sources([log])
    log.unlink()
    monkeypatch.setattr(running, "find_sources", lambda logs: found)
    assert "log.csv: 1 problem found, nothing was read.\n  1. The file is no longer there" in refused(bench, log)


def test_a_file_that_changes_while_it_is_read(bench, monkeypatch):
    stamps = iter([(1, 1), (2, 2)])
    monkeypatch.setattr("evalkit.contacts.ingest.sources.Source.stamp", lambda self: next(stamps))
    assert "The file changed while it was read" in refused(bench, bench.log())


def test_a_damaged_parquet_file(bench):
    frame = pd.DataFrame({"started": ["2019-01-01"], "postcode": ["AB1"], "channel": ["Phone"]})
    frame.to_parquet(bench.folder / "whole.parquet")
    content = (bench.folder / "whole.parquet").read_bytes()
    assert "damaged" in refused(bench, bench.log(content[:-20], "log.parquet"))
    assert "encoding" in {problem.code for problem in _problems(bench, bench.log(content, "parquet-called.csv"))}


def _problems(bench, log):
    with pytest.raises(IngestError) as caught:
        ingest(log, bench.mapping())
    return caught.value.problems


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["logg.csv"], "Did you mean 'log.csv'"),
        (["empty"], "The folder holds no log"),
        (["*.txt"], "No file matches"),
        (["mapping.toml"], "are not read"),
        ([], "No log was named"),
    ],
)
def test_logs_that_are_not_there(bench, names, says):
    bench.log()
    (bench.folder / "empty").mkdir()
    assert says in refused(bench, [bench.folder / name for name in names])


def test_a_connection_string_is_not_taken_from_the_command_line(bench):
    message = refused(bench, "postgresql://user:hunter2@host/db")
    assert "hunter2" not in message
    assert "environment variable" in message


def test_an_unlisted_channel_is_not_shown(bench):
    log = bench.log(LOG.replace("GH2 1AA,Phone", "GH2 1AA,Fax"))
    message = refused(bench, log)
    assert "row 5: The column 'channel' holds a value that is no channel; it is not shown." in message
    for rule, channel in (("other", "other"), ("leave out", None)):
        result = ingest(log, bench.mapping(values=f'{{ Phone = "helpline", Web = "website" }}\nunlisted = "{rule}"'))
        assert ("other" in result.contacts.channels) == (channel == "other")
        assert result.audit["rows"]["unlisted"] == (rule == "leave out")


def test_unreadable_times_may_be_left_out(bench):
    log = bench.log(LOG.replace("2019-02-02", "soon", 1))
    result = ingest(log, bench.mapping(time='unreadable = "leave out"'))
    assert result.audit["rows"]["unreadable"] == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('column = "started"', 'colum = "started"', "Unknown key in time 'colum'. Did you mean 'column'?"),
        ('"Europe/London"', '"Europe/Londn"', "Did you mean 'Europe/London'?"),
        ('report_zone = "Europe/London"', "", "nobody's calendar: give report_zone"),
        ('kind = "postcode area"', 'kind = "post code"', "allowed: one of 'postcode area'"),
        ('lookup = "lookup.csv"', "", "a postcode area needs a lookup file"),
        ("lookup.csv", "lockup.csv", "Did you mean 'lookup.csv'?"),
        ('unit = "contacts"', 'unit = "contact"', "Did you mean 'contacts'?"),
        ('column = "channel"', 'column = "channel"\nconstant = "chat"', "either column or constant"),
        ("[place]", "[deduplicate]\nkeys = []\n\n[place]", "deduplicate.keys"),
        (
            "[place]",
            '[[service]]\nchannel = "chat"\ndays = "Monday to Fryday"\n\n[place]',
            "Did you mean 'Monday to Friday'?",
        ),
    ],
)
def test_a_wrong_mapping_is_explained(bench, old, new, says):
    path = bench.mapping()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(IngestError) as caught:
        load_mapping(path)
    assert says in str(caught.value)


def test_a_calendar_about_an_unknown_channel(bench):
    calendar = '\n[[service]]\nchannel = "helplines"\n'
    assert "Did you mean 'helpline'?" in refused(bench, bench.log(), bench.mapping(more=calendar))


def test_nothing_is_whole(bench):
    head = LOG.splitlines()[0]
    message = refused(bench, bench.log(f"{head}\n2019-01-05 10:00:00,AB1,Phone,c,n,p\n"))
    assert "No month is covered in full: the logs run from 2019-01-05 to 2019-01-05 (2019-01)" in message
