"""One run at a time in an output at an address, where no operating system keeps a lock.

The lock is an object that only one of two can create (S3: a put on condition that there is none). Its holder writes to
it every few seconds. A run that finds one watches it, by its own clock alone: if it changes, its holder is alive, and
the run refuses; if it does not for a while, its holder was killed, and the run takes it over. The holder reads the
lock before each of its writes to it, and stops when it is no longer its own.

What that guarantees: of two runs that start at once one goes on. What it does not: a holder that is stopped for longer
than :data:`PATIENCE` and wakes up again may put one more file after another run took over; both write the same bytes
for the same inputs, and the state record of a report is written last.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from evalkit.batch.store import INTERNAL
from evalkit.errors import BatchError

if TYPE_CHECKING:
    from evalkit.batch.remote_store import FsspecStore

LOCK: Final = f"{INTERNAL}/run.lock"
BEAT: Final = 5.0
"""Seconds between two signs of life."""
PATIENCE: Final = 30.0
"""Seconds without one after which the holder counts as dead."""
_SETTLE: Final = 2.0
_LOOK: Final = 0.5


class RemoteLock:
    """A lock that is held; made by :func:`held`."""

    def __init__(self, store: FsspecStore, *, beat: float) -> None:
        self._store = store
        self._owner = secrets.token_hex(16)
        self._beats = 0
        self._beat = beat
        self._over = threading.Event()
        self.lost = ""
        """Why the lock is no longer held; empty while it is."""

    def require(self) -> None:
        """Raise ``BatchError`` where another run has taken over: nothing must be written any more."""
        if self.lost:
            raise BatchError(self.lost)

    def content(self) -> bytes:
        """The lock as it is written: whose it is, and a number that changes with every sign of life."""
        now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
        about = {"owner": self._owner, "machine": platform.node(), "written": now, "beats": self._beats}
        return json.dumps(about).encode()

    def mine(self) -> bool:
        """Whether the lock in the store is this one."""
        return _owner(_read(self._store)) == self._owner

    def keep(self) -> None:
        """Write signs of life until the run is over; ends at once where the lock is gone."""
        while not self._over.wait(self._beat):
            try:
                if not self.mine():
                    self.lost = (
                        f"Another run has taken over {self._store.address}, as nothing was heard of this one. It "
                        f"stops; see what the other one writes."
                    )
                    return
                self._beats += 1
                self._store.write(LOCK, self.content())
            except OSError:
                continue  # the store cannot be reached for the moment; the writes of the run say so if it lasts

    def release(self) -> None:
        """Take the lock away, where it is still this one."""
        self._over.set()
        with contextlib.suppress(OSError):
            if self.mine():
                self._store.remove(LOCK)


@contextlib.contextmanager
def held(store: FsspecStore, *, beat: float = BEAT, patience: float = PATIENCE) -> Iterator[RemoteLock]:
    """Hold the lock of an output while the block lasts.

    Raises
    ------
    BatchError
        Another run holds it, and is alive.
    """
    lock = RemoteLock(store, beat=beat)
    if not store.create(LOCK, lock.content()):
        _take_over(store, lock, patience)
    thread = threading.Thread(target=lock.keep, name="evalkit-lock", daemon=True)
    thread.start()
    store.guard = lock.require
    try:
        yield lock
    finally:
        store.guard = lambda: None
        lock.release()
        thread.join(timeout=10)


def _take_over(store: FsspecStore, lock: RemoteLock, patience: float) -> None:
    """Take the lock of a run that shows no sign of life; ``BatchError`` where it shows one, or another is faster."""
    found = _read(store)
    ends = time.monotonic() + patience
    while found and time.monotonic() < ends:
        time.sleep(min(_LOOK, patience / 4))
        now = _read(store)
        if now and now != found:
            raise _refused(store, now)
        found = now
    if found and _read(store) == found:
        store.remove(LOCK)
    if not store.create(LOCK, lock.content()):
        raise _refused(store, _read(store))
    # a second run that found the same dead lock may have removed ours for it: the last one to create it has it
    time.sleep(min(_SETTLE, patience))
    if not lock.mine():
        raise _refused(store, _read(store))


def _read(store: FsspecStore) -> bytes:
    try:
        return store.read(LOCK)
    except FileNotFoundError:
        return b""


def _owner(content: bytes) -> str:
    return str(_about(content).get("owner", ""))


def _about(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(store: FsspecStore, content: bytes) -> BatchError:
    about = _about(content)
    whose = f" (on {about.get('machine', 'another machine')}, last heard of {about.get('written', 'just now')})"
    return BatchError(
        f"Another run is writing to {store.address}{whose if about else ''}. Wait until it is done, or name another "
        f"output."
    )
