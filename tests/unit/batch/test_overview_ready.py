"""What the pages over all regions need is loaded while the last report is being made."""

from __future__ import annotations

import subprocess
import sys

LOADED_LATER = """
import sys
from evalkit.batch import overview
overview.get_ready()
before = set(sys.modules)
from evalkit.report import write_summary
import tempfile
with tempfile.TemporaryDirectory() as folder:
    write_summary([], [("North Vale", "no counts")], folder)
print(len({name for name in set(sys.modules) - before if "." not in name}))
"""


def test_a_summary_loads_hardly_anything_once_it_was_made_ready_for():
    done = subprocess.run([sys.executable, "-c", LOADED_LATER], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 3
