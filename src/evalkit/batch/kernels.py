"""Kernels that talk over private sockets, so that notebooks side by side share neither ports nor files."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose sockets and connection file lie in a folder of their own, removed afterwards.

    The default is TCP on the loopback, which any user of the machine may listen to, and free ports that two kernels may
    both believe to have. Where sockets are not to be had (Windows) it stays with that.
    """

    def __init__(self, **options: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ek-"))  # short: the path of a socket has at most 107 bytes
        if sys.platform != "win32":
            options.setdefault("transport", "ipc")
            options.setdefault("ip", str(self._folder / "s"))
        options.setdefault("connection_file", str(self._folder / "c.json"))
        super().__init__(**options)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources
