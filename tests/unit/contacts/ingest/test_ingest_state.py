"""Adding months: what was read is not read again, replaced files replace their counts, and revisions are listed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from evalkit.contacts import read_contacts
from evalkit.contacts.ingest import ingest
from evalkit.contacts.ingest import run as running
from evalkit.errors import IngestError

HEAD = "started,postcode,channel,caller\n"
KEYS = '\n[deduplicate]\nkeys = ["caller"]\n'
SECRET = "a secret of more than sixteen letters"


def month(number: int, contacts: int = 6, first: int = 0) -> str:
    days = [1 + k * 27 // max(contacts - 1, 1) for k in range(contacts)]
    last = {1: 31, 2: 28, 3: 31, 4: 30}[number]
    rows = [
        f"2019-{number:02d}-{day:02d} 10:00:00,{'AB' if k % 2 else 'CD'}1,Phone,c{first + k}"
        for k, day in enumerate(days)
    ]
    return HEAD + "\n".join([*rows, f"2019-{number:02d}-{last} 12:00:00,EF1,Web,m{number}"]) + "\n"


@pytest.fixture
def months(bench, monkeypatch):
    monkeypatch.setenv("EVALKIT_INGEST_KEY", SECRET)
    for number in (1, 2, 3):
        bench.log(month(number, first=4 * number), f"logs/2019-{number:02d}.csv")
    return [bench.folder / "logs" / f"2019-{number:02d}.csv" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "more",
    [
        "",
        KEYS,
        pytest.param(KEYS + 'per = "period"\n', marks=pytest.mark.slow),
        pytest.param(KEYS + 'across = "each file"\n', marks=pytest.mark.slow),
    ],
)
def test_month_by_month_gives_the_same_counts_as_all_at_once(bench, months, more):
    mapping = bench.mapping(more=more)
    at_once = ingest(months, mapping)
    state = bench.folder / "state"
    for log in (months[1], months[0], months[2]):
        step = ingest(log, mapping, state=state)
    assert step.contacts.content_hash == at_once.contacts.content_hash
    assert step.audit["by_period"] == at_once.audit["by_period"]
    again = ingest(months, mapping, state=state)
    assert again.contacts.content_hash == at_once.contacts.content_hash
    assert not any(log["read_now"] for log in again.audit["logs"])


def test_old_logs_are_not_needed_any_more(bench, months, monkeypatch):
    state, mapping = bench.folder / "state", bench.mapping(more=KEYS)
    first = ingest(months[:2], mapping, state=state, out=bench.out)
    for log in months[:2]:
        log.unlink()
    second = ingest(months[2], mapping, state=state, out=bench.out)
    assert second.audit["rows"]["counted"] > first.audit["rows"]["counted"]
    assert [log["read_now"] for log in second.audit["logs"]] == [False, False, True]
    assert second.audit["revisions"] == []
    assert second.audit["added"] > 0


@pytest.mark.parametrize("more", ["", KEYS])
def test_a_corrected_export_replaces_the_old_one_and_its_revisions_are_listed(bench, months, more):
    state, mapping = bench.folder / "state", bench.mapping(more=more)
    ingest(months, mapping, state=state, out=bench.out)
    text = months[1].read_text()
    months[1].write_text(text.replace("CD1,Phone", "AB1,Phone", 1) + "2019-02-10 10:00:00,EF1,Phone,new\n")
    result = ingest(months[1], mapping, state=state, out=bench.out)
    changes = {(each["region"], each["channel"], each["period"]): each["change"] for each in result.audit["revisions"]}
    moved = {("Ashmere", "helpline", "2019-02"): 1, ("Brayford", "helpline", "2019-02"): -1} if not more else changes
    assert changes == {**moved, ("Coldwell", "helpline", "2019-02"): 1}
    fresh = ingest(months, mapping)
    assert fresh.contacts.content_hash == result.contacts.content_hash


def test_copies_are_counted_once_and_renamed_files_are_known(bench, months):
    copy = bench.log(months[0].read_text(), "logs/copy.csv")
    result = ingest([*months, copy], bench.mapping())
    assert "same-content" in {note.code for note in result.notes}
    assert result.audit["rows"]["read"] == 21
    state = bench.folder / "state"
    ingest(months, bench.mapping(), state=state)
    swapped = months[0].read_text()
    months[0].write_text(months[1].read_text())
    months[1].write_text(swapped)
    after = ingest(months, bench.mapping(), state=state)
    assert after.contacts.content_hash == result.contacts.content_hash


@pytest.mark.parametrize("more", ["", KEYS])
def test_shards_without_a_hash_of_their_bytes_count_again_though_their_counts_are_equal(
    bench, months, monkeypatch, more
):
    monkeypatch.setattr(running, "content_of", lambda source, encoding: "")  # as for addresses and servers
    shards = [bench.log(month(1, first=first), f"shard-{first}.csv") for first in (100, 200)]
    state, mapping = bench.folder / "state", bench.mapping(more=more)
    first = ingest(shards, mapping, state=state)
    assert first.contacts.to_frame()["contacts"].sum() == (14 if not more else 13)  # the caller m1 is in both
    assert [log["sha256"] for log in first.audit["logs"]] == [None, None]
    for logs in (shards, shards[0], shards):
        again = ingest(logs, mapping, state=state)
        assert again.contacts.content_hash == first.contacts.content_hash
        assert "same-content" not in {note.code for note in again.notes}


def test_new_keys_behind_equal_counts_are_remembered(bench, months, monkeypatch):
    monkeypatch.setattr(running, "content_of", lambda source, encoding: "")
    shards = [bench.log(month(1, first=first), f"shard-{first}.csv") for first in (100, 200)]
    state, mapping = bench.folder / "state", bench.mapping(more=KEYS)
    ingest(shards, mapping, state=state)
    shards[0].write_text(month(1, first=200))
    ingest(shards[0], mapping, state=state)
    again = ingest(shards[1], mapping, state=state)
    assert again.contacts.content_hash == ingest(shards, mapping).contacts.content_hash


def test_a_state_belongs_to_its_mapping_and_its_secret(bench, months, monkeypatch):
    state = bench.folder / "state"
    ingest(months[:2], bench.mapping(more=KEYS), state=state)
    with pytest.raises(IngestError, match="another mapping"):
        ingest(months[2], bench.mapping(), state=state)
    monkeypatch.setenv("EVALKIT_INGEST_KEY", "another secret of sixteen letters")
    with pytest.raises(IngestError, match="another secret"):
        ingest(months[2], bench.mapping(more=KEYS), state=state)
    monkeypatch.delenv("EVALKIT_INGEST_KEY")
    with pytest.raises(IngestError, match="at least 16 characters"):
        ingest(months[2], bench.mapping(more=KEYS), state=state)
    (state / "state.json").write_text("{")
    monkeypatch.setenv("EVALKIT_INGEST_KEY", SECRET)
    with pytest.raises(IngestError, match="cannot be read"):
        ingest(months[2], bench.mapping(more=KEYS), state=state)


def test_what_does_not_change_reading_may_change(bench, months):
    state = bench.folder / "state"
    ingest(months, bench.mapping(), state=state)
    weekly = ingest(months, bench.mapping(unit='"contacts"\nfrequency = "week"'), state=state)
    assert weekly.contacts.freq == "W-SUN"
    assert not any(log["read_now"] for log in weekly.audit["logs"])


@pytest.mark.parametrize("broken", ["save", "_write"])
def test_an_ingest_that_fails_late_changes_nothing(bench, months, monkeypatch, broken):
    state, mapping = bench.folder / "state", bench.mapping(more=KEYS)
    ingest(months[:2], mapping, state=state, out=bench.out)
    before = bench.out.read_bytes()

    def fail(*_, **__):
        raise OSError("Zqvx")

    with monkeypatch.context() as patch:
        patch.setattr(running, broken, fail)
        with pytest.raises(IngestError) as caught:
            ingest(months[2], mapping, state=state, out=bench.out)
    assert "Zqvx" not in str(caught.value)
    assert bench.out.read_bytes() == before
    final = ingest(months[2], mapping, state=state, out=bench.out)
    assert final.contacts.content_hash == ingest(months, mapping).contacts.content_hash


_RUN = """
import sys
from evalkit.contacts.ingest import ingest
ingest(sys.argv[1], sys.argv[2], out=sys.argv[3], state=sys.argv[4])
"""


@pytest.mark.slow
def test_killed_at_random_moments_it_loses_nothing_and_leaves_nothing_half_done(bench, months, tmp_path):
    rows = [f"2019-{k % 3 + 1:02d}-{k % 28 + 1:02d} 10:00:00,AB{k % 9},Phone,k{k}" for k in range(60_000)]
    for part in range(6):
        bench.log(
            HEAD + "\n".join(rows[part::6]) + f"\n2019-03-31 10:00:00,AB1,Phone,e{part}\n", f"logs/part-{part}.csv"
        )
    mapping = bench.mapping(more=KEYS)
    wanted = ingest(bench.folder / "logs", mapping).contacts.content_hash
    temp = tmp_path / "temp"
    temp.mkdir()
    environment = {**os.environ, "TMPDIR": str(temp), "EVALKIT_INGEST_KEY": SECRET}
    command = [
        sys.executable,
        "-c",
        _RUN,
        str(bench.folder / "logs"),
        str(mapping),
        str(bench.out),
        str(bench.folder / "state"),
    ]
    moments = random.Random(20240115)
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True)
    whole = time.monotonic() - began
    (bench.folder / "contacts.csv").unlink()
    kills = 0
    for _ in range(8):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            process.wait(moments.uniform(0.3, 1.1) * whole)
        except subprocess.TimeoutExpired:
            process.send_signal(moments.choice([signal.SIGKILL, signal.SIGTERM]))
            process.wait()
            kills += 1
        if bench.out.exists():
            assert read_contacts(bench.out).content_hash == wanted
            assert json.loads((bench.folder / "contacts.ingest.json").read_text())["content_hash"] == wanted
            bench.out.unlink()
        if moments.random() < 0.5:
            for file in (bench.folder / "state").glob("state.json"):
                file.unlink()
    assert kills
    subprocess.run(command, env=environment, check=True)
    assert read_contacts(bench.out).content_hash == wanted
    assert list(temp.iterdir()) == []


def test_a_new_month_is_added_with_the_days_covered_moved_on(bench, months):
    """What is kept are counts by day: which days the logs cover may be said anew every month."""
    state = bench.folder / "state"
    ingest(months[:2], bench.mapping(time="covers = [2019-01-01, 2019-02-28]"), state=state, out=bench.out)
    for log in months[:2]:
        log.unlink()
    moved = bench.mapping(time="covers = [2019-01-01, 2019-03-31]")
    step = ingest(months[2], moved, state=state, out=bench.out)
    assert [log["read_now"] for log in step.audit["logs"]] == [False, False, True]
    assert [str(period) for period in read_contacts(bench.out).periods] == ["2019-01", "2019-02", "2019-03"]
    assert step.audit["revisions"] == []


def test_days_that_were_outside_the_cover_come_back_when_it_is_widened(bench, months):
    state = bench.folder / "state"
    narrow = bench.mapping(time="covers = [2019-01-01, 2019-02-28]")
    ingest(months, narrow, state=state)
    wide = bench.mapping(time="covers = [2019-01-01, 2019-03-31]")
    again = ingest(months, wide, state=state)
    assert again.contacts.content_hash == ingest(months, wide).contacts.content_hash
