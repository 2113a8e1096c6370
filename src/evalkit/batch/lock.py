"""One run at a time in an output folder, and nothing left of a run that was killed.

The operating system holds the lock and lets go of it when the process ends, however it ends; the file says only whose
it is. It also names the private folder of the run, so that the next one can take away what a killed one left there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from evalkit.batch.store import INTERNAL, LocalStore
from evalkit.errors import BatchError

LOCK: Final = f"{INTERNAL}/run.lock"
_PREFIX: Final = "ek-run-"


@contextlib.contextmanager
def held(store: LocalStore) -> Iterator[Path]:
    """Hold the lock of an output folder; yields a new private folder for the run, removed afterwards.

    Raises
    ------
    BatchError
        Another run has it; the message says which process, and since when.
    """
    place = store.folder / LOCK
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a+", encoding="utf-8") as file:
        if not _taken(file):
            raise BatchError(_refusal(_record(file), store.folder))
        _remove_leftover(_record(file))
        store.sweep()
        workspace = Path(tempfile.gettempdir()) / f"{_PREFIX}{secrets.token_hex(4)}"
        _write(file, {"pid": os.getpid(), "started": _now(), "workspace": str(workspace)})
        workspace.mkdir(mode=0o700)
        try:
            yield workspace
        finally:
            shutil.rmtree(workspace, ignore_errors=True)
            _write(file, {})


def _taken(file: IO[str]) -> bool:
    """Whether the lock is ours now. On Windows nothing is locked."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _record(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        values = json.loads(file.read() or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _write(file: IO[str], values: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    if values:
        file.write(json.dumps(values) + "\n")
    with contextlib.suppress(OSError):  # a full disk keeps nobody from finishing
        file.flush()


def _remove_leftover(record: dict[str, Any]) -> None:
    """Remove the private folder of a run that was killed: only one of our own name, in the place for such folders."""
    left = Path(str(record.get("workspace", "")))
    if left.name.startswith(_PREFIX) and left.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(left, ignore_errors=True)


def _refusal(record: dict[str, Any], folder: Path) -> str:
    who = f"process {record['pid']}, since {record['started']}" if "pid" in record else "it has not said which"
    return f"Another run writes into {folder} ({who}). Wait until it has ended, or name another folder."


def _now() -> str:
    return dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
