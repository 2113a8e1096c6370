"""One notebook, one region, one fresh kernel: papermill, with what went wrong told apart."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.batch import causes
from evalkit.batch.causes import Status
from evalkit.batch.engine import KernelRun, engine_name
from evalkit.batch.parameters import checked_parameters
from evalkit.catalogue import spoken, text
from evalkit.languages import ENGLISH, packaged

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_START_TIMEOUT = 120


@dataclass(frozen=True, kw_only=True)
class NotebookRun:
    """What became of one notebook.

    Attributes
    ----------
    notebook : Path
        The executed notebook; where a cell failed, ran too long or took the kernel with it, that cell is marked.
    status : str
        ``"done"``, ``"error in a cell"``, ``"kernel died"``, ``"timed out"``, ``"out of memory"``, ``"disk full"`` or
        ``"not run"``.
    cause : str
        Why, in one line; empty where done.
    seconds : float
        Wall time.
    """

    notebook: Path
    status: Status
    cause: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a notebook is executed.

    Attributes
    ----------
    engine : {"plain", "warm"}
        Whether the kernel is a new interpreter, or forked from one that has everything loaded.
    timeout : int
        Seconds that one cell may take.
    memory : int or None
        Megabytes of address space that the kernel may take.
    folder : Path or None
        Private folder: the kernel works in it. None, unless said otherwise, for the present one.
    """

    engine: str = "plain"
    timeout: int = 600
    memory: int | None = None
    folder: Path | None = None


def run_notebook(
    source: Path, target: Path, parameters: Mapping[str, Any], *, timeout: int = 600, engine: str = "plain"
) -> NotebookRun:
    """Execute a parameterised notebook into ``target``.

    The executed notebook appears under its final name only when papermill is through with it, failed or not.

    Parameters
    ----------
    source, target : Path
        Notebook to run and notebook to write.
    parameters : mapping
        Values for its parameters cell.
    timeout : int, optional
        Seconds that one cell may take.
    engine : {"plain", "warm"}, optional
        Whether the kernel is a new interpreter, or forked from one that has everything loaded.

    Raises
    ------
    UsageError
        A parameter that the notebook does not have, or of another kind; nothing has run then.
    """
    return execute(source, target, parameters, Execution(timeout=timeout, engine=engine))


def execute(source: Path, target: Path, parameters: Mapping[str, Any], how: Execution) -> NotebookRun:
    """As :func:`run_notebook`, with every option of :class:`Execution`."""
    checked = checked_parameters(source, parameters)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="k-" if how.folder else "ek-", dir=how.folder) as sockets:
        kernel = KernelRun(folder=sockets, memory=how.memory)
        part = target.with_name(f".{target.stem}.part.ipynb")
        status, cause = _papermill(source, part, checked, kernel=kernel, how=how)
        _keep(part, source, target, kernel)
    return NotebookRun(notebook=target, status=status, cause=cause, seconds=time.perf_counter() - start)


def _papermill(
    source: Path, part: Path, parameters: Mapping[str, Any], *, kernel: KernelRun, how: Execution
) -> tuple[Status, str]:
    """Run papermill; status and cause. Whatever happens, ``part`` holds what was executed, if anything was."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            str(source),
            str(part),
            dict(parameters),
            engine_name=engine_name(how.engine),
            progress_bar=False,
            execution_timeout=how.timeout,
            start_timeout=_START_TIMEOUT,
            request_save_on_cell_execute=False,
            kernel=kernel,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(how.folder)}} if how.folder else {},
        )
    except PapermillExecutionError as error:
        return causes.of_cell(error.ename, error.evalue)
    except CellTimeoutError:
        return "timed out", text("failures.timed_out", seconds=how.timeout)
    except DeadKernelError:
        return causes.of_exit(kernel.exit_code)
    except Exception as error:  # one region never stops the others; the cause is reported
        if kernel.exit_code is not None:
            return causes.of_exit(kernel.exit_code)
        return causes.of_error(error)
    return "done", ""


def _keep(part: Path, source: Path, target: Path, kernel: KernelRun) -> None:
    """Give the executed notebook its name, with what papermill leaves out: which cells ran, and no path of a machine.

    On a dead kernel or a time-out papermill writes no file and marks every cell as completed, also those that never
    began.
    """
    import nbformat

    files: Any = nbformat
    lost = not part.exists()
    if lost and kernel.notebook is None:
        return
    notebook = kernel.notebook if lost else files.read(part, as_version=4)
    notebook.metadata.papermill["input_path"] = source.name
    notebook.metadata.papermill["output_path"] = target.name
    if lost:
        notebook.metadata.papermill["exception"] = True
        _mark_where_it_stopped([cell.metadata.papermill for cell in notebook.cells])
    if spoken() is not packaged(ENGLISH):
        _say_in_language(notebook.cells)
    files.write(notebook, part)
    part.replace(target)


def _say_in_language(cells: list[Any]) -> None:
    """The texts between the code, as the published copy has them."""
    from evalkit.report.notebook import said

    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = said(cell.source)


def _mark_where_it_stopped(states: list[dict[str, Any]]) -> None:
    """The last cell that began has failed, and those without a start time never ran."""
    for state in states:
        if not state["start_time"]:
            state.update(status="pending", exception=None)
    began = [state for state in states if state["start_time"]]
    if began:
        began[-1].update(status="failed", exception=True)


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
