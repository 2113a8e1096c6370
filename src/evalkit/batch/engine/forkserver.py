"""The fork server: one process with everything loaded, of which every kernel is a fresh copy.

It is the one of the standard library (``multiprocessing``), which also tells a child when the process that asked for
it is gone. Here stands what a kernel needs beyond that.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing import forkserver, spawn
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, Final

PRELOAD: Final = "evalkit.batch.engine.preload"
READ_AHEAD: Final = "EVALKIT_READ_AHEAD"
"""Environment variable of the server that names the evaluation whose contacts it reads before it forks."""
ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator starts a thread otherwise
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # debugpy prints a warning into every notebook otherwise
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # read when matplotlib is imported
}
"""What the server is started with, beside the environment of the run."""

_guard = threading.Lock()


class ForkedKernel:
    """A forked kernel as jupyter_client expects a process: like ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self._process = process
        self.pid: int = process.pid

    def poll(self) -> int | None:
        """Exit code, None while it runs; whatever it started itself ends with it."""
        code = self._process.exitcode
        if code is not None:
            self._signal_group(signal.SIGKILL)
        return code

    def wait(self) -> int | None:
        """Exit code, once it has ended."""
        self._process.join()
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal, where it still runs."""
        if self._process.exitcode is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _signal_group(self, signum: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signum)


def start(evaluation: str = "") -> None:
    """Start the server, if none runs, and do not wait until everything is loaded.

    Parameters
    ----------
    evaluation : str
        Evaluation file whose contacts the server reads, so that its kernels need not; empty for none. A server that
        runs already reads nothing more: its kernels then read the contacts themselves.
    """
    with _guard, _server_environment({READ_AHEAD: evaluation}), _without_main_module():
        _context()
        forkserver.ensure_running()


def _context() -> ForkServerContext:
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOAD])
    return context


def fork_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> ForkedKernel:
    """Fork a kernel from the server, which is started first where none runs.

    Parameters
    ----------
    arguments : list of str
        Command line of ``ipykernel_launcher``.
    environment : dict of str to str
        The whole environment of the kernel.
    folder : str
        Where it works.
    """
    from evalkit.batch.engine.child import run_kernel

    with _guard, _server_environment({}), _without_main_module():
        process: Any = _context().Process(target=run_kernel, args=(arguments, environment, folder), daemon=True)
        process.start()
    return ForkedKernel(process)


@contextlib.contextmanager
def _server_environment(more: dict[str, str]) -> Iterator[None]:
    wanted = {**ENVIRONMENT, **more}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_main_module() -> Iterator[None]:
    """Keep multiprocessing from importing the caller's script in the child: a kernel has a main module of its own.

    Besides the time it takes, a script without ``if __name__ == "__main__"`` would start its whole run again.
    """
    original = spawn.get_preparation_data

    def prepared(name: str) -> dict[str, Any]:
        values: dict[str, Any] = original(name)
        return {
            key: value for key, value in values.items() if key not in ("init_main_from_name", "init_main_from_path")
        }

    spawn.get_preparation_data = prepared
    try:
        yield
    finally:
        spawn.get_preparation_data = original
