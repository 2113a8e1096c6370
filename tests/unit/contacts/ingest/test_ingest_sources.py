"""Every kind of source gives the same counts: folders, patterns, packed text, Parquet, workbooks, databases, S3."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from evalkit.contacts.ingest import engine as engines
from evalkit.contacts.ingest import ingest
from evalkit.errors import IngestError, UsageError

from .conftest import LOG

DATABASE = '\n[database]\ntable = "{table}"\n'


@pytest.fixture
def wanted(bench) -> str:
    return ingest(bench.log(), bench.mapping()).contacts.content_hash


@pytest.fixture
def frame(bench) -> pd.DataFrame:
    return pd.read_csv(bench.log(), dtype=str)


def test_files_in_every_form(bench, wanted, frame):
    forms = {
        "log.csv.gz": lambda path: frame.to_csv(path, index=False),
        "log.tsv": lambda path: frame.to_csv(path, index=False, sep="\t"),
        "semicolons.csv": lambda path: frame.to_csv(
            path, index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n"
        ),
        "text.parquet": lambda path: frame.to_parquet(path),
        "times.parquet": lambda path: frame.assign(started=pd.to_datetime(frame["started"])).to_parquet(path),
        "zoned.parquet": lambda path: frame.assign(started=pd.to_datetime(frame["started"], utc=True)).to_parquet(path),
        "log.xlsx": lambda path: frame.assign(started=pd.to_datetime(frame["started"])).to_excel(path, index=False),
    }
    for name, write in forms.items():
        write(bench.folder / name)
        assert ingest(bench.folder / name, bench.mapping()).contacts.content_hash == wanted, name


def test_times_in_other_forms(bench, wanted, frame):
    times = pd.to_datetime(frame["started"])
    forms = {
        "day-first": (times.dt.strftime("%d/%m/%Y %H:%M:%S"), '"%d/%m/%Y %H:%M:%S"', None),
        "either": (times.dt.strftime("%d/%m/%Y %H:%M:%S"), '["%Y-%m-%d", "%d/%m/%Y %H:%M:%S"]', None),
        "epoch": ((times - pd.Timestamp(0)) // pd.Timedelta(seconds=1), '"epoch"', None),
        "offset": (
            times.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo").map(lambda t: t.isoformat()),
            None,
            '"offset"',
        ),
        "iso": (times.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), None, '"offset"'),
    }
    for name, (texts, form, zone) in forms.items():
        frame.assign(started=texts).to_csv(bench.folder / f"{name}.csv", index=False)
        mapping = bench.mapping(time=f"format = {form}" if form else "", **({"zone": zone} if zone else {}))
        assert ingest(bench.folder / f"{name}.csv", mapping).contacts.content_hash == wanted, name


def test_folders_patterns_and_several_exports_at_once(bench, wanted, frame):
    frame[:3].to_csv(bench.log(b"", "exports/helpline/a.csv"), index=False)
    frame[3:6].to_parquet(bench.log(b"", "exports/b.parquet"))
    frame[6:].to_excel(bench.log(b"", "exports/website/c.xlsx"), index=False)
    folder = bench.folder / "exports"
    assert ingest(folder, bench.mapping()).contacts.content_hash == wanted
    named = [folder / "website" / "c.xlsx", str(folder / "*.parquet"), str(folder / "h*" / "a.csv")]
    assert ingest(named, bench.mapping()).contacts.content_hash == wanted


def test_a_lookup_of_police_forces_is_bundled(bench):
    log = bench.log("at,force\n2019-01-01,E23000032\n2019-01-31,e23000035\n2019-01-31,E99\n")
    text = """unit = "contacts"
[time]
column = "at"
zone = "Europe/London"
[place]
column = "force"
kind = "police force code"
regions = ["Kent", "Devon and Cornwall"]
[channel]
constant = "helpline"
"""
    found = ingest(log, _loaded(bench, text)).contacts
    assert found.series("Kent", "helpline").tolist() == [1]
    assert found.series("unallocated", "helpline").tolist() == [1]
    names = bench.log(
        "at,force\n2019-01-01,KENT Police\n2019-01-31,Devon & Cornwall Constabulary\n2019-01-31,Essex\n", "names.csv"
    )
    result = ingest(names, _loaded(bench, text.replace("force code", "force name")))
    assert result.contacts.series("Devon and Cornwall", "helpline").tolist() == [1]
    assert result.audit["reasons"] == [{"reason": "another region", "contacts": 1}]


def _loaded(bench, text: str):
    return bench.write("forces.toml", text)


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture
def extensions() -> None:
    for name in ("sqlite_scanner", "postgres_scanner", "httpfs"):
        pytest.importorskip(
            f"duckdb_extension_{name}", reason="DuckDB's extensions are not installed (extra: databases)"
        )


def test_sqlite(bench, wanted, frame, extensions):
    path = bench.folder / "calls.sqlite"
    with sqlite3.connect(path) as database:
        frame.to_sql("calls", database, index=False)
    database.close()
    more = DATABASE.format(table="calls")
    assert ingest(path, bench.mapping(more=more)).contacts.content_hash == wanted
    with pytest.raises(IngestError, match="cannot be opened"):
        ingest(path, bench.mapping(more=DATABASE.format(table="cals")))
    with pytest.raises(IngestError, match=r"Add \[database\]"):
        ingest(path, bench.mapping())


def test_without_the_extension_the_error_says_what_to_install(bench, monkeypatch):
    monkeypatch.setattr(engines.util, "find_spec", lambda name: None)
    path = bench.folder / "calls.sqlite"
    sqlite3.connect(path).close()
    with pytest.raises(UsageError, match=r"pip install 'evalkit\[databases\]'"):
        ingest(path, bench.mapping(more=DATABASE.format(table="calls")))


PASSWORD = "hunter2-never-shown"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of the test's own, run by a user who is not root; the connection string."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        try:
            shutil.chown(folder, user)
        except LookupError:
            user = "nobody"
            shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs[-1] / program), *arguments], user=user, cwd=folder, check=True, capture_output=True
        )

    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    call("initdb", "-D", str(folder / "data"), "-U", "reader", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    call("pg_ctl", "-D", str(folder / "data"), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"host=127.0.0.1 port={port} dbname=postgres user=reader password={PASSWORD}"
    finally:
        call("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_postgres(bench, wanted, frame, server, extensions, monkeypatch):
    connection = duckdb.connect()
    engines.load_extension(connection, "postgres_scanner", "The test")
    connection.execute(f"ATTACH '{server}' AS server (TYPE postgres)")
    connection.register("frame", frame)
    connection.execute("CREATE SCHEMA server.helpline")
    columns = "started::TIMESTAMP AS started, postcode, channel, caller, full_name, phone"
    connection.execute(f"CREATE TABLE server.helpline.calls AS SELECT {columns} FROM frame")
    connection.close()
    monkeypatch.setenv("EVALKIT_DATABASE", server)
    mapping = bench.mapping(more=DATABASE.format(table="helpline.calls"))
    state = bench.folder / "state"
    assert ingest("postgres", mapping, state=state, out=bench.out).contacts.content_hash == wanted
    assert ingest("postgres", mapping, state=state, out=bench.out).audit["revisions"] == []
    written = b"".join(file.read_bytes() for file in bench.folder.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in written
    for wrong in (server.replace("dbname=postgres", "dbname=nothing"), server.replace("port=", "port=1"), server + "x"):
        monkeypatch.setenv("EVALKIT_DATABASE", wrong)
        with pytest.raises(IngestError) as caught:
            ingest("postgres", mapping)
        assert PASSWORD not in str(caught.value)
        assert caught.value.__context__ is None
    monkeypatch.delenv("EVALKIT_DATABASE")
    with pytest.raises(IngestError, match="EVALKIT_DATABASE is not set"):
        ingest("postgres", mapping)


@pytest.mark.slow
def test_s3(bench, wanted, frame, extensions, monkeypatch):
    server_of = pytest.importorskip("moto.server", reason="moto is not installed (extra: dev)")
    boto3 = pytest.importorskip("boto3")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        for name, value in {
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "secret-never-shown",
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "eu-west-2",
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket="logs")
        frame[:4].to_parquet(bench.folder / "a.parquet")
        frame[4:].to_parquet(bench.folder / "b.parquet")
        bench.log(LOG, "log.csv")
        for name in ("a.parquet", "b.parquet", "log.csv"):
            client.upload_file(str(bench.folder / name), "logs", f"2019/{name}")
        for log in ("s3://logs/2019/*.parquet", "s3://logs/2019/log.csv"):
            result = ingest(log, bench.mapping(), out=bench.out)
            assert result.contacts.content_hash == wanted
            assert "secret-never-shown" not in (bench.folder / "contacts.ingest.json").read_text()
        with pytest.raises(IngestError) as caught:
            ingest("s3://logs/2020/none.parquet", bench.mapping())
        assert "secret-never-shown" not in str(caught.value)
    finally:
        server.stop()
