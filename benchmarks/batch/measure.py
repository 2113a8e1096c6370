"""Wall time, processor time and memory of a command and of every process that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SUBREAPER = 36  # prctl(2)
_LOOK = 1.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a command took.

    Attributes
    ----------
    wall, cpu : float
        Seconds; ``cpu`` of all its processes, those that outlived it (a fork server) among them.
    kernel_mb, total_mb : float
        Largest proportional set size of one kernel, and of all processes together, in megabytes.
    """

    wall: float
    cpu: float
    kernel_mb: float
    total_mb: float


def measure(command: Sequence[str], *, environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end; processes that it leaves behind are waited for, so that none goes uncounted."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    before, start = _children(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    over, peak = threading.Event(), [0.0, 0.0]
    watcher = threading.Thread(target=_watch, args=(process.pid, over, peak))
    watcher.start()
    code = process.wait()
    wall = time.perf_counter() - start
    over.set()
    watcher.join()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Measured(wall=wall, cpu=_children() - before, kernel_mb=peak[0], total_mb=peak[1])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(pid: int, over: threading.Event, peak: list[float]) -> None:
    while not over.wait(_LOOK):
        with contextlib.suppress(psutil.Error):
            tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            sizes = [(_pss(process.pid), _is_kernel(process)) for process in tree]
            peak[0] = max([peak[0], *(size for size, kernel in sizes if kernel)])
            peak[1] = max(peak[1], sum(size for size, _ in sizes))


def _is_kernel(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        words = " ".join(process.cmdline())
        if "ipykernel_launcher" in words:
            return True
        parent = process.parent()
        return (
            "multiprocessing.forkserver" in words and parent is not None and "forkserver" in " ".join(parent.cmdline())
        )
    return False


def _pss(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
