"""Imported once in the fork server; every kernel starts as a copy of what is loaded here.

Nothing here may start a thread, open a socket or make a zmq context: a copy would have its remains, but not the thing
itself. ``matplotlib_inline.backend_inline`` must not be loaded either, since it hooks into the kernel found when
it is imported, and here there is none: no chart would appear. The environment that this needs is set where the server
is started (``forkserver.ENVIRONMENT``): it has to be there before the packages above this module are imported.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from evalkit.batch.engine import forkserver, warming

LIBRARIES: Final = (
    "IPython.core.completer",
    "IPython.core.historyapp",
    "IPython.core.pylabtools",
    "ipykernel.comm",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.pyplot",
    "evalkit.batch.engine.child",
)
"""What a kernel loads when it starts, and a report when it is made; evalkit's own needs are met by warming up."""

_LOOK: Final = 0.2


@contextlib.contextmanager
def _ending_with_parent() -> Iterator[None]:
    """End this process as soon as the one that started it has gone; later the fork server sees to that itself."""
    parent, over = os.getppid(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            if os.getppid() != parent:
                os._exit(1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def threads() -> int:
    """Threads of this process, those of compiled libraries among them."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the run, which ends this; kernels set it back
with _ending_with_parent():
    for _name in LIBRARIES:
        import_module(_name)
    warming.warm()
    warming.read_ahead(os.environ.get(forkserver.READ_AHEAD, ""))
gc.collect()
gc.freeze()  # pages that the collector does not touch stay shared
assert threads() == 1, "the fork server must have no thread but its own"
