"""Tasks side by side on this machine, each in a kernel of its own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evalkit.batch.engine import end_all_kernels, start_ahead
from evalkit.batch.notebook import one_thread_per_kernel
from evalkit.batch.work import Outcome, Task, perform
from evalkit.catalogue import carried

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_STOP: Final = 20.0
_STOP_POLL: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Driver:
    """How tasks are performed here.

    Attributes
    ----------
    workers : int
        Reports made side by side.
    engine : {"warm", "plain"}
        Where their kernels come from.
    timeout : int
        Seconds that one cell may take.
    memory : int or None
        Megabytes of address space that a kernel may take.
    """

    workers: int
    engine: str
    timeout: int
    memory: int | None = None

    def drive(self, tasks: Sequence[Task], workspace: Path) -> Generator[tuple[Task, Outcome]]:
        """Perform tasks and yield each with its outcome as it is done; whoever stops early leaves no kernel behind.

        Each worker's threads only wait for its kernel, so that there is one fork server for all of them.
        """
        numbers, perform_here = itertools.count(), carried(self._perform)
        if tasks:
            start_ahead(self.engine, str(tasks[0].parameters.get("evaluation", "")))
        with one_thread_per_kernel(), ThreadPoolExecutor(self.workers, thread_name_prefix="report") as pool:
            futures = {pool.submit(perform_here, task, workspace / f"{next(numbers)}"): task for task in tasks}
            try:
                for future in as_completed(futures):
                    yield futures.pop(future), future.result()
            finally:
                _stop(futures)

    def _perform(self, task: Task, workspace: Path) -> Outcome:
        return perform(task, workspace, engine=self.engine, timeout=self.timeout, memory=self.memory)


def _stop(futures: dict[Future[Outcome], Task]) -> None:
    """Cancel what has not begun and end every kernel, also one that is being started at this moment."""
    for future in futures:
        future.cancel()
    until = time.monotonic() + _LONGEST_STOP
    while not all(future.done() for future in futures) and time.monotonic() < until:
        end_all_kernels()
        time.sleep(_STOP_POLL)
