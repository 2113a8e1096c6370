"""What every forked kernel starts from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_what_a_fork_server_loads_starts_no_thread() -> None:
    """A library that starts one when it is imported (DuckDB does) must not be among what every kernel needs."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in /proc, which this system has not")
    code = (
        "import os\n"
        "import evalkit.batch.engine.warming\n"
        "from evalkit.report import display\n"
        "print(len(os.listdir('/proc/self/task')))\n"
    )
    environment = os.environ | {"JE_ARROW_MALLOC_CONF": "background_thread:false", "OPENBLAS_NUM_THREADS": "1"}
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert made.stdout == "1\n"
