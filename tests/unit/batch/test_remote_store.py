"""Outputs at an address: S3 (a server on the loopback), memory and a system that renames; one run at a time in each."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import evalkit as ek
from clusters import s3_server
from evalkit.batch import remote_lock
from evalkit.batch.disclosure import plan_files, read_previous
from evalkit.batch.remote_lock import LOCK, held
from evalkit.batch.remote_store import FsspecStore
from evalkit.errors import BatchError, UsageError

fsspec = pytest.importorskip("fsspec", reason="addresses need the extra 'remote'")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of a server on the loopback."""
    with s3_server() as place:
        yield place


@pytest.fixture(params=["memory", "rename", pytest.param("s3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address of each kind."""
    if request.param == "s3":
        yield f"{request.getfixturevalue('s3')}/{tmp_path.name}"
    elif request.param == "memory":
        fsspec.filesystem("memory").store.clear()
        yield "memory://out/round"
        fsspec.filesystem("memory").store.clear()
    else:  # a system that is no object store: files are written beside their place and renamed
        yield f"local://{tmp_path}/out"


def test_a_store_keeps_bytes_under_names(place: str) -> None:
    store = FsspecStore(place)
    store.write("regions/a.html", b"one")
    store.write("regions/a.html", b"two")
    store.write("index.html", b"")
    assert store.read("regions/a.html") == b"two"
    assert store.read("index.html") == b""
    assert store.exists("regions/a.html")
    assert not store.exists("regions")
    assert not store.exists("regions/b.html")
    assert store.names() == ["index.html", "internal/README.txt", "regions/a.html"]
    assert store.names("regions/") == ["regions/a.html"]
    again = FsspecStore(place)  # a run that goes on in what another one wrote
    assert again.read("regions/a.html") == b"two"
    again.remove("regions/a.html")
    again.remove("regions/a.html")
    assert not store.exists("regions/a.html")
    with pytest.raises(FileNotFoundError):
        store.read("regions/a.html")


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "", "a\\b"])
def test_no_name_leaves_the_store(name: str) -> None:
    with pytest.raises(BatchError, match="is no name of a file in an output"):
        FsspecStore("memory://out").write(name, b"")


def test_what_was_left_half_written_is_no_file_and_is_swept(tmp_path: Path) -> None:
    store = FsspecStore(f"local://{tmp_path}/out")
    part = tmp_path / "out" / "internal" / "part" / "abc"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"half")
    assert store.names("internal/part") == []
    store.sweep()
    assert not part.exists()
    store.sweep()


def test_only_one_can_create_a_file(place: str) -> None:
    store = FsspecStore(place)
    assert store.create("a", b"1")
    assert not store.create("a", b"2")
    assert store.read("a") == b"1"


def test_a_store_stays_with_its_writer() -> None:
    with pytest.raises(TypeError, match="one writer"):
        pickle.dumps(FsspecStore("memory://out"))


def test_a_place_that_cannot_be_used_is_refused_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchError, match="nosuch://place cannot be used"):
        FsspecStore("nosuch://user:hush@place")

    def refuse(self, path, value, **options):
        raise PermissionError(f"hush may not write to {path}")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "pipe_file", refuse)
    with pytest.raises(BatchError) as caught:
        FsspecStore("memory://user:hush@place")
    assert "PermissionError" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_refused(s3: str) -> None:
    with pytest.raises(BatchError, match=r"s3://nobucket/out cannot be used .*does not exist"):
        FsspecStore("s3://nobucket/out")


def test_of_two_runs_the_second_refuses_while_the_first_is_alive(place: str) -> None:
    store = FsspecStore(place)
    with held(store, beat=0.1) as lock:
        began = time.monotonic()
        with pytest.raises(BatchError, match=r"Another run is writing to .* \(on .*, last heard of"):
            held(FsspecStore(place), patience=20).__enter__()
        assert time.monotonic() - began < 15
        lock.require()
        about = json.loads(store.read(LOCK))
        assert set(about) == {"owner", "machine", "written", "beats"}
    assert not store.exists(LOCK)


def test_the_lock_of_a_dead_run_is_taken_over(place: str) -> None:
    store = FsspecStore(place)
    store.write(LOCK, b'{"owner": "dead", "beats": 3}')
    with held(store, beat=0.1, patience=0.5) as lock:
        assert lock.mine()
    assert not store.exists(LOCK)


def test_a_run_whose_lock_was_taken_stops_and_leaves_the_other_lock(place: str) -> None:
    store = FsspecStore(place)
    with held(store, beat=0.05) as lock:
        store.write(LOCK, b'{"owner": "another"}')
        ends = time.monotonic() + 20
        while not lock.lost and time.monotonic() < ends:
            time.sleep(0.02)
        with pytest.raises(BatchError, match="Another run has taken over"):
            lock.require()
    assert json.loads(store.read(LOCK)) == {"owner": "another"}


def test_of_many_that_start_at_once_one_goes_on(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_lock, "_SETTLE", 0.5)
    FsspecStore(place).write(LOCK, b'{"owner": "dead"}')
    together, done = threading.Barrier(4), threading.Barrier(4)
    found: list[str] = []

    def start() -> None:
        store = FsspecStore(place)
        together.wait()
        try:
            with held(store, beat=0.2, patience=1.0):
                found.append("goes on")
                done.wait(60)
        except BatchError:
            found.append("refused")
            done.wait(60)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert sorted(found) == ["goes on", "refused", "refused", "refused"]


@pytest.mark.slow
def test_a_killed_process_leaves_a_lock_that_the_next_one_takes(s3: str) -> None:
    code = (
        "import sys, time\n"
        "from evalkit.batch.remote_store import FsspecStore\n"
        "from evalkit.batch.remote_lock import held\n"
        "with held(FsspecStore(sys.argv[1]), beat=0.2):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    place = f"{s3}/killed"
    process = subprocess.Popen([sys.executable, "-c", code, place], stdout=subprocess.PIPE, env=os.environ)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    store = FsspecStore(place)
    with pytest.raises(BatchError, match="Another run is writing"):
        held(store, patience=20).__enter__()
    process.kill()
    process.wait()
    with held(store, patience=1.0) as lock:
        assert lock.mine()


@pytest.mark.parametrize("internal", [True, False])
def test_an_earlier_round_may_be_at_an_address(internal: bool) -> None:
    series = {
        ("North", "helpline"): pd.Series([40.0, 3.0, 51.0, 62.0], pd.period_range("2020-01", periods=4, freq="M"))
    }
    first = ek.plan_disclosure(series)
    store = FsspecStore("memory://earlier/round" + ("-whole" if internal else ""))
    for name, content in plan_files(first).items():
        if internal or not name.startswith("internal/"):
            store.write(name, content)
    assert read_previous(store.address).cells == first.cells
    with pytest.raises(UsageError, match="holds neither"):
        read_previous("memory://earlier/nothing")


def test_the_command_keeps_the_address_of_an_earlier_round() -> None:
    from evalkit.cli.runs import run

    (previous,) = [option for option in run.params if option.name == "previous"]
    assert previous.type.convert("s3://bucket/round", None, None) == "s3://bucket/round"
    assert previous.type.convert("reports/first", None, None) == Path("reports/first")
