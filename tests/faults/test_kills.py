"""Runs killed at random moments, again and again, until they are through: the results are those of a quiet run."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import small

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone"),
]
SEED = 20260105
KILLS = 30
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.write_evaluation(tmp_path_factory.mktemp("small"))


@pytest.fixture
def temporary() -> Iterator[str]:
    """A folder for temporary files with a name so short that sockets fit."""
    folder = tempfile.mkdtemp(prefix="f-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_thirty_kills_lose_nothing_and_leave_nothing(evaluation: Path, tmp_path: Path, temporary: str) -> None:
    rng = random.Random(SEED)
    started = time.monotonic()
    quiet = small.start(evaluation, tmp_path / "quiet", mark="quiet", temporary=temporary)
    quiet.join(120)
    length = time.monotonic() - started
    assert quiet.exitcode == 0
    expected = small.without_times(tmp_path / "quiet")
    assert expected["finished"]
    killed: Counter[str] = Counter()
    folders = 0
    while killed.total() < KILLS:
        folders += 1
        out = tmp_path / f"out-{folders}"
        finished = False
        while not finished:
            mark = f"{folders}-{killed.total()}"
            shared = killed.total() % 4 != 0
            process = small.start(evaluation, out, mark=mark, temporary=temporary, resume=True, shared=shared)
            if killed.total() < KILLS:
                process.join(rng.uniform(0.02, 0.9 * length))
            else:
                process.join(120)
            number = rng.choice(SIGNALS)
            if process.exitcode is None:
                os.kill(process.pid, number)
                killed[signal.Signals(number).name] += 1
            process.join(30)
            finished = process.exitcode == 0
            assert small.wait_for_none(mark) == [], "a process outlived its run"
            whole(out, expected)
        assert small.without_times(out) == expected
        assert list(Path(temporary).iterdir()) == [], "temporary files of killed runs are still there"
        shutil.rmtree(out)
    assert set(killed) == {"SIGKILL", "SIGTERM", "SIGINT"}


def whole(out: Path, expected: dict[str, object]) -> None:
    """Whatever has its name is whole, and whatever is said to be done is there."""
    if not out.exists():
        return
    for name, digest in small.published(out).items():
        if name != "index.html":  # it also tells of what was done so far
            assert expected["published"][name] == digest, f"{name} is not what a quiet run writes"
    for path in (out / "internal" / "state").glob("*.json"):
        record = json.loads(path.read_text())
        if record["status"] == "done":
            assert all((out / name).is_file() for name in record["files"])
    manifest = out / "manifest.json"
    if manifest.exists():
        json.loads(manifest.read_text())
