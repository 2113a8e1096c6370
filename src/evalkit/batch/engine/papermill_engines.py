"""papermill engines whose kernels talk over private sockets. Import papermill before this module."""

from __future__ import annotations

import logging
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager

from evalkit.batch.engine import KernelRun
from evalkit.batch.engine.kernels import PrivateKernelManager, WarmKernelManager

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # what goes wrong is reported by the run, not by the way


class _Client(PapermillNotebookClient):  # type: ignore[misc] # papermill is not typed
    """papermill's own client, with a kernel manager that was made for it."""

    def __init__(self, nb_man: NotebookExecutionManager, *, manager: PrivateKernelManager, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self._manager = manager

    def create_kernel_manager(self) -> PrivateKernelManager:
        self.km = self._manager
        return self._manager


class PlainEngine(NBClientEngine):  # type: ignore[misc] # papermill is not typed
    """papermill as it is; each kernel is a new interpreter with sockets of its own."""

    manager: type[PrivateKernelManager] = PrivateKernelManager

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        kernel: KernelRun | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **options: Any,
    ) -> Any:
        """Run the cells; ``kernel`` says how, and is told what became of the kernel."""
        run = kernel or KernelRun()
        run.notebook = nb_man.nb
        options.pop("input_path", None)
        options.setdefault("shutdown_kernel", "immediate")
        client = _Client(
            nb_man,
            manager=cls.manager(run=run, kernel_name=kernel_name),
            kernel_name=kernel_name,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            log=_log,
            **options,
        )
        return client.execute()


class WarmEngine(PlainEngine):
    """papermill as it is, but each kernel is forked from a server that has everything loaded."""

    manager = WarmKernelManager
