"""Kernels that talk over private sockets, so that notebooks side by side share neither ports nor files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from typing import Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.utils import ensure_async

from evalkit.batch.engine import FORK_PROVISIONER, KernelRun

_LONGEST_FOLDER: Final = 80  # the path of a socket has at most 107 bytes
_MEGABYTE: Final = 2**20
_PATIENCE, _MOMENT, _LOOK = 1.0, 0.05, 0.002
"""Seconds to wait for an answer or for sockets, for the outputs channel to be connected, and between two looks."""
_live: set[int] = set()
_guard = threading.Lock()


class ReadyClient(AsyncKernelClient):
    """A client that begins as soon as the kernel answers.

    The base class then listens for another fifth of a second, to throw away what the kernel says of being asked whether
    it is ready. Nobody takes that for the output of a cell: outputs are told by the request that they answer.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._answers(max(0.0, min(_PATIENCE, until - time.monotonic()))):
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _answers(self, seconds: float) -> bool:
        """Whether the kernel replies within so many seconds of being asked, and its outputs arrive."""
        self.kernel_info()
        try:
            reply = await ensure_async(self.shell_channel.get_msg(timeout=seconds))
            if reply["msg_type"] != "kernel_info_reply":
                return False
            await ensure_async(self.iopub_channel.get_msg(timeout=_MOMENT))
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True

    wait_for_ready = _async_wait_for_ready


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose sockets and connection file lie in a folder of their own, removed afterwards.

    The default is TCP on the loopback, which any user of the machine may listen to, and free ports that two kernels may
    both believe to have. Where sockets are not to be had (Windows) it stays with that.

    Parameters
    ----------
    run : KernelRun, optional
        What the notebook asks of its kernel; it is told the exit code of a kernel that ends too early.
    """

    def __init__(self, *, run: KernelRun | None = None, **options: Any) -> None:
        self._run = run or KernelRun()
        self._own = not self._run.folder or len(self._run.folder.encode()) > _LONGEST_FOLDER
        self._folder = Path(tempfile.mkdtemp(prefix="ek-") if self._own else self._run.folder)
        if sys.platform != "win32":
            options.setdefault("transport", "ipc")
            options.setdefault("ip", str(self._folder / "s"))
        options.setdefault("client_class", f"{__name__}.{ReadyClient.__name__}")
        options.setdefault("connection_file", str(self._folder / "c.json"))
        super().__init__(**options)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        await super()._async_launch_kernel(kernel_cmd, **options)
        pid = self._pid()
        with _guard:
            _live.add(pid)
        if self._run.memory is not None:
            limit_memory(pid, self._run.memory)
        await self._sockets()

    async def _sockets(self) -> None:
        """Wait until the kernel has made its sockets: whoever connects before tries again a tenth of a second later."""
        if self.transport != "ipc":
            return
        until = time.monotonic() + _PATIENCE
        wanted = [Path(f"{self.ip}-{port}") for port in self.ports]
        while not all(map(Path.exists, wanted)) and time.monotonic() < until and await self._async_is_alive():
            await asyncio.sleep(_LOOK)

    async def _async_wait(self, pollinterval: float = _LOOK) -> None:
        """Wait until a kernel that is to end has ended; the base class looks ten times a second."""
        await super()._async_wait(pollinterval=min(pollinterval, _LOOK))

    def _pid(self) -> int:
        """Process of the kernel, 0 where there is none."""
        return getattr(self.provisioner, "pid", None) or 0

    async def _async_is_alive(self) -> bool:
        if self.has_kernel and self.provisioner is not None:
            code = await self.provisioner.poll()
            if code is not None:
                self._run.exit_code = code
        return bool(await super()._async_is_alive())

    is_alive = _async_is_alive

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        pid = self._pid()
        await super()._async_cleanup_resources(restart)
        if not restart:
            with _guard:
                _live.discard(pid)
            if self._own:
                shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


class _ForkedSpecs(KernelSpecManager):
    """Kernel specifications as installed, but Python kernels are started by the fork server."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        spec = super().get_kernel_spec(kernel_name)
        if spec.language == "python":
            spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": FORK_PROVISIONER}}
        return spec


class WarmKernelManager(PrivateKernelManager):
    """A kernel manager whose Python kernels are forked; kernels of another language are started as ever."""

    def __init__(self, **options: Any) -> None:
        register_provisioner()
        super().__init__(**options)
        self.kernel_spec_manager = _ForkedSpecs(parent=self)


def register_provisioner() -> None:
    """Make the fork provisioner known to jupyter_client, where no installation of evalkit has done so."""
    if FORK_PROVISIONER not in KernelProvisionerFactory.provisioners:
        KernelProvisionerFactory.provisioners[FORK_PROVISIONER] = EntryPoint(
            FORK_PROVISIONER, "evalkit.batch.engine.provisioner:ForkProvisioner", KernelProvisionerFactory.GROUP_NAME
        )


def limit_memory(pid: int, megabytes: int) -> None:
    """Limit the address space of a process, where the system can (Linux)."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, (megabytes * _MEGABYTE, megabytes * _MEGABYTE))


def end_all() -> None:
    """End every kernel that this process started, with the processes that it started itself."""
    with _guard:
        pids = tuple(_live)
    for pid in pids:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                os.kill(pid, signal.SIGTERM)
            else:
                os.killpg(pid, signal.SIGKILL)  # each kernel leads a group of its own
