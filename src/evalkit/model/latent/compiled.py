"""How the numbers layer is compiled: without the interpreter lock, and kept on disk between runs.

numba keeps compiled code beside each file and drops it when that file changes, but not when another file that its code
was built from does: a new ``kernel.py`` under an old ``explore.py`` would go on running the old kernel. So the files of
the layer share one stamp, and all of their compiled code goes when any of them changes.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any, Final

from numba import njit
from numba.core.options import DefaultOptions

LAYER: Final = (
    "compiled.py",
    "corrections.py",
    "explore.py",
    "kernel.py",
    "left_out.py",
    "loggamma.py",
    "sampling.py",
    "tridiagonal.py",
)
STAMP: Final = "numbers-layer.sha256"


def forget_stale(folder: Path) -> bool:
    """Remove the compiled code beside ``folder`` where any file of the layer is not the one it was compiled from.

    Returns whether anything was stale. Where the folder cannot be written numba keeps its code elsewhere, under the
    path and the time of the file, and nothing is done.
    """
    cache = folder / "__pycache__"
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in LAYER)).hexdigest()
    stamp = cache / STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return False
    with contextlib.suppress(OSError):
        cache.mkdir(exist_ok=True)
        for name in LAYER:
            for compiled_code in cache.glob(f"{Path(name).stem}.*.nb[ci]"):
                compiled_code.unlink(missing_ok=True)
        stamp.write_text(digest, encoding="ascii")
    return True


forget_stale(Path(__file__).resolve().parent)

_SUMS = {"reassoc", "contract", "nsz", "arcp"}
_WITHOUT_COUNTS: Any = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}

compiled = njit(nogil=True, cache=True, error_model="numpy", fastmath=_SUMS)
"""Sums may be reordered, so that they run in vector registers; infinities and NaN keep their meaning."""
in_place = njit(nogil=True, cache=True, error_model="numpy", fastmath=_SUMS, **_WITHOUT_COUNTS)
"""The same for a function that only fills arrays given to it: no counting of who holds them, a fifth of its time."""
as_written = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"}, **_WITHOUT_COUNTS)
"""The same without reordering."""
inlined = njit(nogil=True, inline="always")
"""Becomes a part of the function that calls it."""
