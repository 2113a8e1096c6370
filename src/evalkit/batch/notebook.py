"""One notebook, one region, one fresh kernel: papermill, with what went wrong told apart."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Status = Literal["done", "error in a cell", "kernel died", "timed out", "not run"]
_LONGEST_CAUSE = 300
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class NotebookRun:
    """What became of one notebook.

    Attributes
    ----------
    notebook : Path
        The executed notebook; where a cell failed, it holds the error.
    status : str
        ``"done"``, ``"error in a cell"``, ``"kernel died"``, ``"timed out"`` or ``"not run"``.
    cause : str
        Why, in one line; empty where done.
    seconds : float
        Wall time.
    """

    notebook: Path
    status: Status
    cause: str
    seconds: float


def run_notebook(source: Path, target: Path, parameters: Mapping[str, Any], *, timeout: int = 600) -> NotebookRun:
    """Execute a parameterised notebook into ``target``.

    The executed notebook appears under its final name only when papermill is through with it, failed or not.

    Parameters
    ----------
    source, target : Path
        Notebook to run and notebook to write.
    parameters : mapping
        Values for its parameters cell.
    timeout : int
        Seconds that one cell may take.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from evalkit.batch.kernels import PrivateKernelManager

    start = time.perf_counter()
    part = target.with_name(f".{target.stem}.part.ipynb")
    status: Status = "done"
    cause = ""
    try:
        papermill.execute_notebook(
            str(source),
            str(part),
            dict(parameters),
            progress_bar=False,
            execution_timeout=timeout,
            start_timeout=120,
            request_save_on_cell_execute=False,
            kernel_manager_class=PrivateKernelManager,
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        status, cause = "error in a cell", f"{error.ename}: {_one_line(error.evalue)}"
    except CellTimeoutError:
        status, cause = "timed out", f"a cell ran for more than {timeout} s"
    except DeadKernelError:
        status, cause = "kernel died", "the kernel stopped, perhaps for want of memory"
    except Exception as error:  # one region never stops the others; the cause is reported
        status, cause = "not run", f"{type(error).__name__}: {_one_line(str(error))}"
    if part.exists():
        part.replace(target)
    return NotebookRun(notebook=target, status=status, cause=cause, seconds=time.perf_counter() - start)


@contextlib.contextmanager
def one_thread_per_kernel() -> Iterator[None]:
    """Let each kernel started inside use one numerical thread, so that kernels side by side do not fight."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_line(text: str) -> str:
    """A message of several lines as one, cut at 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_CAUSE else f"{line[: _LONGEST_CAUSE - 1]}…"
