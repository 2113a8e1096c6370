"""Where the benchmarks read and write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
WORK: Final = ROOT / "benchmarks" / ".work"
"""Everything that can be made again: result files of single chunks, environments of rivals. Ignored by git."""
RESULTS: Final = ROOT / "benchmarks" / "results"
"""Combined tables, committed."""
PAGES: Final = ROOT / "docs" / "methods"


def published_table(name: str) -> Path:
    """A published table beside the checkout (``../shared/data/series``, or below ``EVALKIT_SHARED``).

    Raises
    ------
    FileNotFoundError
        The reference data are not on this machine.
    """
    path = Path(os.environ.get("EVALKIT_SHARED", ROOT.parent / "shared")) / "data" / "series" / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not beside the checkout. Set EVALKIT_SHARED to the folder of shared data.")
    return path
