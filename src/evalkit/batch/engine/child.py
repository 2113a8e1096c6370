"""What a forked child does to become a kernel that nothing tells from a newly started one."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import sys
import threading
from multiprocessing.connection import wait
from types import ModuleType
from typing import Any

NOTEBOOK_COLUMNS = 20
"""``display.max_columns`` of pandas where it is imported in a notebook; outside it takes 0."""


def run_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Become ``python -m ipykernel_launcher`` with these arguments, environment and working folder."""
    os.setsid()
    parent = multiprocessing.parent_process()
    if parent is not None and wait([parent.sentinel], timeout=0):
        os._exit(1)  # it was killed while this kernel was asked for
    threading.Thread(target=_end_with_batch, name="end-with-batch", daemon=True).start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    _no_input()
    _fresh_state()
    # the kernel ends itself when its parent is another one than now: the fork server
    sys.argv = ["ipykernel_launcher", *arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.modules["__main__"] = ModuleType("__main__")  # empty: nothing of the server's is to be seen
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.clear_instance()
    app: Any = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    app.start()


def _end_with_batch() -> None:
    """End as soon as the process that asked for this kernel is gone, with all that the kernel started.

    The fork server lives as long as any of its children, so that to watch it would not do.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    with contextlib.suppress(OSError):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _no_input() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - descriptor 0, open as long as the process


def _fresh_state() -> None:
    """Undo what the server's imports or the fork left that a new interpreter would not have."""
    import numpy as np
    import pandas as pd

    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002 - the one that notebooks may use
    pd.set_option("display.max_columns", NOTEBOOK_COLUMNS)
    # nothing before the standard library; IPython itself adds the working folder
    library = next((place for place, entry in enumerate(sys.path) if entry.endswith(".zip")), 0)
    sys.path[:] = [entry for entry in sys.path[library:] if entry]
    # multiprocessing marks its child as one that may have no children; a notebook may
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
