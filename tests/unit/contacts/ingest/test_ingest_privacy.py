"""A log stuffed with personal data in every column leaves none of it anywhere, whether it is read or refused."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from evalkit.cli import commands
from evalkit.contacts.ingest import engine as engines
from evalkit.contacts.ingest import ingest
from evalkit.contacts.ingest.privacy import looks_like_data, looks_personal, safe_problem
from evalkit.errors import EvalkitError

# invented values, each of a kind that no artefact may hold; all carry the same rare letters
MARKS = ("Zqvx", "zqvx", "ZQVX", "07700900123", "07700 900123", "203.0.113.77", "1987-06-05", "QV7 7ZQ", "QV77ZQ")
PERSON = {
    "full_name": "Zqvxina Zqvxmann",
    "phone": "07700 900123",
    "email": "zqvx@example.org",
    "ip": "203.0.113.77",
    "dob": "1987-06-05",
    "exact_postcode": "QV7 7ZQ",
    "notes": 'said: "Zqvx", call me on 07700900123',
}


def personal_log(rows: int = 200, **wrong: str) -> str:
    """Every column that is not mapped is personal, and so are place and key of every row."""
    lines = ["started,postcode,channel,caller," + ",".join(PERSON)]
    for row in range(rows):
        cells = {
            "started": f"2019-{row % 4 + 1:02d}-{row % 28 + 1:02d} 10:00:00",
            "postcode": "QV7 7ZQ" if row % 3 else "Zqvx Street",
            "channel": "Phone",
            "caller": f"07700900123-{row % 50}",
            **PERSON,
        }
        if row == rows // 2:
            cells |= wrong
        lines.append(",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells.values()))
    lines += ["2019-01-01 00:00:00,AB1,Phone,x" + "," * 7, "2019-04-30 10:00:00,AB1,Phone,x" + "," * 7]
    return "\n".join(lines) + "\n"


KEYS = '\n[deduplicate]\nkeys = ["caller"]\n'


def leaks(text: str | bytes) -> list[str]:
    plain = text.encode() if isinstance(text, str) else text
    return [mark for mark in MARKS if mark.encode() in plain]


def leaks_in(folder: Path) -> list[str]:
    """Marks in any file, packed ones unpacked, and in any file name."""
    found = []
    for file in folder.rglob("*"):
        found += [f"{mark} in the name of {file}" for mark in leaks(file.name)]
        if file.is_file():
            content = file.read_bytes()
            if file.suffix == ".parquet":
                content += repr(duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetchall()).encode()
            found += [f"{mark} in {file}" for mark in leaks(content)]
    return found


@pytest.fixture
def apart(bench, tmp_path, monkeypatch):
    """Outputs, state and temporary files apart from the logs, so that everything in them can be searched."""
    for name in ("out", "temp"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setenv("EVALKIT_INGEST_KEY", "a secret of more than sixteen letters")
    return bench


def test_no_artefact_log_line_or_output_holds_anything_personal(apart, caplog):
    caplog.set_level(logging.DEBUG)
    apart.log(personal_log())
    folder = apart.folder
    arguments = ["ingest", str(folder / "log.csv"), "--mapping", str(apart.mapping(more=KEYS))]
    arguments += ["--out", str(folder / "out" / "contacts.csv"), "--state", str(folder / "out" / "state")]
    run = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert run.exit_code == 0
    assert "full_name" in run.output
    assert leaks(run.output) == []
    assert leaks(caplog.text) == []
    assert leaks_in(folder / "out") == []
    assert list((folder / "temp").iterdir()) == []
    audit = json.loads((folder / "out" / "contacts.ingest.json").read_text())
    assert {each["column"] for each in audit["logs"][0]["ignored"]} == set(PERSON)
    assert all(each["personal"] for each in audit["logs"][0]["ignored"])
    # the postcode area QV is in no lookup, and "Zqvx Street" has not the form of a postcode
    assert {each["reason"] for each in audit["reasons"]} == {"not in the lookup", "not of the form of a place"}


def test_the_state_is_private(apart):
    apart.log(personal_log())
    state = apart.folder / "out" / "state"
    ingest(apart.folder / "log.csv", apart.mapping(more=KEYS), state=state)
    assert state.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in state.rglob("*"))


WRONG = {
    "time": {"started": "Zqvx o'clock"},
    "channel": {"channel": "Zqvx by 07700900123"},
    "formula": {"postcode": "=HYPERLINK(Zqvx)"},
}


@pytest.mark.parametrize("kind", WRONG)
def test_no_message_about_a_wrong_cell_quotes_it(apart, kind, caplog):
    caplog.set_level(logging.DEBUG)
    apart.log(personal_log(**WRONG[kind]))
    with pytest.raises(EvalkitError) as caught:
        ingest(apart.folder / "log.csv", apart.mapping(more=KEYS), out=apart.folder / "out" / "contacts.csv")
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__) + caplog.text
    assert caught.value.__context__ is None
    assert leaks(everything) == []
    assert "row 102" in str(caught.value)
    assert list((apart.folder / "out").iterdir()) == []
    assert list((apart.folder / "temp").iterdir()) == []


DAMAGED = {
    "a cell too many": lambda text: text.replace(b'""', b"").replace(b'"Phone"', b'"Phone",Zqvx', 1),
    "a cell too few": lambda text: text + b"2019-01-01 00:00:00,Zqvx\n",
    "an open quotation mark": lambda text: text + b'2019-01-01 00:00:00,"Zqvx,Phone\n' * 3,
    "not UTF-8": lambda text: text + b"2019-01-01 00:00:00,Zqvx\xff\xfe,Phone,x,,,,,,,\n",
    "no headings": lambda text: b"2019-01-01,QV7 7ZQ,07700 900123,zqvx@example.org\n" + text.partition(b"\n")[2],
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_no_message_about_a_damaged_file_quotes_it(apart, kind):
    apart.log(DAMAGED[kind](personal_log().encode()))
    with pytest.raises(EvalkitError) as caught:
        ingest(apart.folder / "log.csv", apart.mapping(more=KEYS), out=apart.folder / "out" / "contacts.csv")
    assert leaks("".join(traceback.format_exception(caught.value))) == []
    assert caught.value.__context__ is None
    assert list((apart.folder / "out").iterdir()) == []


def test_headings_that_are_values_are_not_shown(apart):
    text = personal_log().replace("full_name", "07700 900123", 1).replace("email", "zqvx@example.org", 1)
    result = ingest(apart.log(text), apart.mapping())
    shown = {each["column"] for each in result.audit["logs"][0]["ignored"]}
    assert {"column 5 (name not shown)", "column 7 (name not shown)"} <= shown
    assert leaks(json.dumps(result.audit)) == []


def test_a_place_column_of_addresses_is_refused(apart):
    mapping = apart.mapping()
    mapping.write_text(mapping.read_text().replace('"postcode"', '"email"').replace("postcode area", "name"))
    with pytest.raises(EvalkitError, match="'email' holds e-mail addresses"):
        ingest(apart.log(personal_log()), mapping)


@pytest.mark.parametrize(
    "heading", ["fullName", "CALLER_PHONE", "e-mail", "Date of birth", "ip", "Notes", "user agent"]
)
def test_personal_headings(heading):
    assert looks_personal(heading)


@pytest.mark.parametrize("heading", ["started", "channel", "outcome", "area_code", "ship", "team"])
def test_other_headings(heading):
    assert not looks_personal(heading)


@pytest.mark.parametrize("heading", ["07700 900123", "a@b.org", "2019-01-01 10:00", "QV7 7ZQ", "", "x" * 61, "12"])
def test_headings_that_are_values(heading):
    assert looks_like_data(heading)


def test_an_unknown_error_passes_on_its_kind_only():
    problem = safe_problem(RuntimeError("Zqvx called from 07700900123"))
    assert leaks(str(problem)) == []
    assert "RuntimeError" in problem.what


# --- temporary files -------------------------------------------------------------------------------------------------

_HOLD = """
import sys, time
from evalkit.contacts.ingest.engine import engine
with engine() as connection:
    (folder,) = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    open(folder + "/spill", "w").write("Zqvx")
    print(folder, flush=True)
    time.sleep(60)
"""


def _holding(temp: Path) -> tuple[subprocess.Popen[str], Path]:
    environment = {**os.environ, "TMPDIR": str(temp)}
    process = subprocess.Popen([sys.executable, "-c", _HOLD], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


@pytest.mark.parametrize("signal", [pytest.param("terminate", marks=pytest.mark.slow), "kill"])
def test_temporary_files_are_private_and_removed_also_after_a_crash(apart, signal):
    temp = apart.folder / "temp"
    process, folder = _holding(temp)
    assert folder.parent == temp
    assert folder.stat().st_mode & 0o777 == 0o700
    engines.sweep()
    assert folder.exists(), "a running process keeps its folder"
    getattr(process, signal)()
    process.wait()
    if signal == "terminate":
        assert not folder.exists()
    engines.sweep()
    assert list(temp.iterdir()) == []


@pytest.mark.slow
def test_spilled_digests_hold_no_key(apart, monkeypatch):
    """With little memory the digests go to disk; what lies there while they do holds none of the keys.

    Without encryption it does: blocks of memory are spilled whole, leftovers of cells included.
    """
    monkeypatch.setattr(engines.util, "find_spec", lambda name: None)  # a bare installation
    log = apart.folder / "big.parquet"
    duckdb.sql(
        f"""COPY (SELECT TIMESTAMP '2019-01-01' + to_seconds(i * 10368000 // 1000000) AS started, 'AB1' AS postcode,
        'Phone' AS channel, 'Zqvx07700900123-' || i AS caller FROM range(1000000) t(i)) TO '{log}' (FORMAT parquet)"""
    )
    with watched(apart.folder / "temp") as seen:
        result = ingest(log, apart.mapping(more=KEYS), memory="60MB", threads=1)
    rows = result.audit["rows"]
    assert rows["counted"] + rows["left_out"] == 1_000_000
    assert max(seen["sizes"]) > 1_000_000, "nothing was spilled, so that nothing was tested"
    assert seen["leaks"] == []


@contextmanager
def watched(folder: Path) -> Iterator[dict[str, list]]:
    """What files in a folder hold while something runs."""
    seen: dict[str, list] = {"sizes": [0], "leaks": []}
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            with suppress(OSError):  # files come and go
                for file in folder.rglob("*"):
                    content = file.read_bytes() if file.is_file() else b""
                    seen["sizes"].append(len(content))
                    seen["leaks"].extend(leaks(content))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def test_a_packed_log_leaves_nothing_unpacked(apart):
    packed = apart.folder / "log.csv.gz"
    packed.write_bytes(gzip.compress(personal_log().encode()))
    ingest(packed, apart.mapping(more=KEYS), out=apart.folder / "out" / "contacts.csv")
    assert leaks_in(apart.folder / "out") == []
    assert list((apart.folder / "temp").iterdir()) == []
