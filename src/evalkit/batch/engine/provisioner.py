"""A kernel provisioner that forks each kernel from a server with everything loaded.

It replaces one thing in jupyter_client: how the process is started. Signals, sockets and clean-up are its own.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from evalkit.batch.engine import forkserver

_POLL: Final = 0.01  # seconds; LocalProvisioner waits for 0.1


class ForkProvisioner(LocalProvisioner):
    """Starts ``python -m ipykernel_launcher …`` by forking instead of executing."""

    process: Any = None  # a ForkedKernel, where the base class has a Popen

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork a kernel with the arguments of the command; its environment and folder are those asked for."""
        arguments = cmd[cmd.index("-m") + 2 :] if "-m" in cmd else cmd[1:]
        environment = dict(options.get("env") or os.environ)
        folder = options.get("cwd") or os.getcwd()  # noqa: PTH109 - the child wants text
        self.process = forkserver.fork_kernel(arguments, environment, str(folder))
        self.pid = self.pgid = self.process.pid  # the child leads a group of its own
        self.cwd = folder
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait until the kernel has ended; its exit code."""
        while self.process is not None and self.process.poll() is None:
            await asyncio.sleep(_POLL)
        code = None if self.process is None else self.process.wait()
        self.process = None
        return code
