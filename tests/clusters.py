"""Workers of a cluster as a user starts them: processes of their own, which can be killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def workers(number: int, scheduler: str, *, path: str | None = None) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Worker processes, killed afterwards; ``path`` is what they import from, the checkout unless said otherwise."""
    own = os.pathsep.join(str(folder) for folder in (ROOT / "src", ROOT, ROOT / "tests", ROOT / "tests" / "unit"))
    environment = os.environ | {"PYTHONPATH": path or own}
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-nanny"]
    started = [
        subprocess.Popen([*command, "--no-dashboard"], env=environment, stderr=subprocess.DEVNULL)
        for _ in range(number)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
