"""Imported once in the fork server; every kernel starts as a copy of what is loaded here.

Nothing here may start a thread, open a socket or make a zmq context: a copy would have its remains, but not the thing
itself. ``matplotlib_inline.backend_inline`` must not be loaded either, since it hooks into the kernel found when
it is imported, and here there is none: no chart would appear. The environment that this needs is set where the server
is started (``forkserver.ENVIRONMENT``): it has to be there before the packages above this module are imported.
"""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import evalkit.batch
import evalkit.batch.engine.child
import evalkit.batch.engine.warming


def threads() -> int:
    """Threads of this process, those of compiled libraries among them."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


evalkit.batch.engine.warming.warm()
gc.collect()
gc.freeze()  # pages that the collector does not touch stay shared
assert threads() == 1, "the fork server must have no thread but its own"
