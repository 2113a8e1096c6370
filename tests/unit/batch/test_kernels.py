"""A client waits for its kernel until it answers, and no longer than for a kernel that can answer."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient

from evalkit.batch.engine import KernelRun
from evalkit.batch.engine.kernels import PrivateKernelManager, ReadyClient

ANSWER = {"msg_type": "kernel_info_reply", "content": {"protocol_version": "4.1"}}
OF_A_CELL = {"msg_type": "execute_reply", "content": {}}
SILENCE = None


class Channel:
    """What a channel gives, one after the other; silence is the end of the waiting, and so is everything after it."""

    def __init__(self, messages: Sequence[Any]) -> None:
        self.messages = iter(messages)
        self.waited: list[float] = []

    async def get_msg(self, timeout: float) -> Any:
        self.waited.append(timeout)
        await asyncio.sleep(0)
        if (message := next(self.messages, SILENCE)) is SILENCE:
            raise Empty
        return message


class FakeClient(ReadyClient):
    """A client without a kernel: what its channels give is made up, and how often it asked is counted."""

    def __init__(self, shell: Sequence[Any], outputs: Sequence[Any], *, alive: Sequence[bool] = ()) -> None:
        super().__init__()
        self.asked = 0
        self.channels_given = Channel(shell), Channel(outputs)
        self.lives = iter(alive)

    shell_channel = property(lambda self: self.channels_given[0])
    iopub_channel = property(lambda self: self.channels_given[1])

    def kernel_info(self) -> str:
        self.asked += 1
        return ""

    async def _async_is_alive(self) -> bool:
        return next(self.lives, True)


def wait(client: ReadyClient, timeout: float | None = None) -> None:
    asyncio.run(client.wait_for_ready(timeout=timeout))


@pytest.mark.parametrize(
    ("shell", "outputs", "asked"),
    [
        ([ANSWER], ["busy"], 1),
        ([SILENCE, SILENCE, SILENCE, ANSWER], ["busy"], 4),
        ([OF_A_CELL, ANSWER], ["busy"], 2),
        ([ANSWER, ANSWER, ANSWER], [SILENCE, SILENCE, "busy"], 3),
    ],
    ids=["at once", "late", "another message first", "outputs are not connected yet"],
)
def test_it_asks_until_the_kernel_answers_and_its_outputs_arrive(
    shell: list[Any], outputs: list[Any], asked: int
) -> None:
    client = FakeClient(shell, outputs)
    wait(client)
    assert client.asked == asked
    assert client.session.adapt_version == 4, "it speaks the version of the protocol that the kernel named"


def test_a_kernel_that_never_answers_is_given_up_after_the_time_given() -> None:
    client = FakeClient([], [])
    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r"Kernel didn't respond in 0\.2 seconds"):
        wait(client, 0.2)
    assert 0.2 <= time.monotonic() - started < 5
    assert client.asked > 1
    assert max(client.shell_channel.waited) <= 0.2, "a single answer is not waited for longer than for all"


@pytest.mark.parametrize("timeout", [None, 60.0])
def test_a_kernel_that_died_is_not_waited_for(timeout: float | None) -> None:
    client = FakeClient([], [], alive=[True, True, False])
    with pytest.raises(RuntimeError, match="Kernel died before replying to kernel_info"):
        wait(client, timeout)
    assert client.asked == 3


def test_the_last_answer_counts_also_of_a_kernel_that_ends_after_it() -> None:
    wait(FakeClient([ANSWER], ["busy"], alive=[False]))


class Specs(KernelSpecManager):
    """Every kernel is one Python process that runs this code; its connection file is the last argument."""

    code = ""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-c", self.code, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, language="python", display_name=kernel_name)


LATE = "import time; time.sleep(2.5); from ipykernel import kernelapp; kernelapp.launch_new_instance()"


@pytest.fixture
def manager() -> Iterator[Callable[[str], PrivateKernelManager]]:
    """Make a manager of kernels that run some code; whatever it started is ended afterwards."""
    made: list[PrivateKernelManager] = []

    def managed(code: str) -> PrivateKernelManager:
        one = PrivateKernelManager(run=KernelRun(), kernel_name="python3")
        one.kernel_spec_manager = Specs()
        one.kernel_spec_manager.code = code
        made.append(one)
        return one

    yield managed
    for one in made:
        asyncio.run(one.shutdown_kernel(now=True))


async def started(manager: PrivateKernelManager, timeout: float) -> float:
    """Start the kernel and wait until it is ready; seconds that it took."""
    await manager.start_kernel()
    client = manager.client()
    assert isinstance(client, ReadyClient)
    client.start_channels()
    began = time.monotonic()
    try:
        await client.wait_for_ready(timeout=timeout)
    finally:
        client.stop_channels()
    return time.monotonic() - began


def test_a_real_kernel_that_never_answers(manager: Callable[[str], PrivateKernelManager]) -> None:
    with pytest.raises(RuntimeError, match=r"Kernel didn't respond in 1\.5 seconds"):
        asyncio.run(started(manager("import time; time.sleep(600)"), 1.5))


def test_a_real_kernel_that_dies(manager: Callable[[str], PrivateKernelManager]) -> None:
    with pytest.raises(RuntimeError, match="Kernel died before replying to kernel_info"):
        asyncio.run(started(manager("raise SystemExit(3)"), 60))


def test_what_a_late_kernel_was_asked_before_is_not_taken_for_outputs(
    manager: Callable[[str], PrivateKernelManager],
) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in ("print('one')", "2", "print('three')\n3")]
    done = NotebookClient(nbformat.v4.new_notebook(cells=cells), km=manager(LATE), startup_timeout=120).execute()
    shown = [
        [output.get("text", output.get("data", {}).get("text/plain")) for output in cell.outputs] for cell in done.cells
    ]
    assert shown == [["one\n"], ["2"], ["three\n", "3"]]
    assert [cell.execution_count for cell in done.cells] == [1, 2, 3]


def test_a_client_connects_when_the_sockets_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that connects before has to wait until zmq tries again."""
    made = []
    started = ReadyClient.start_channels

    def start_channels(client: ReadyClient, *args: Any, **options: Any) -> None:
        made.extend(sorted(path.name for path in tmp_path.glob("s-*")))
        started(client, *args, **options)

    monkeypatch.setattr(ReadyClient, "start_channels", start_channels)
    manager = PrivateKernelManager(run=KernelRun(folder=str(tmp_path)))
    NotebookClient(nbformat.v4.new_notebook(), km=manager).execute()
    assert made == [f"s-{number}" for number in range(1, 6)]


def test_sockets_are_not_waited_for_where_the_kernel_has_ended(tmp_path: Path) -> None:
    manager = PrivateKernelManager(run=KernelRun(folder=str(tmp_path)))

    async def ended() -> bool:
        return False

    manager._async_is_alive = ended  # type: ignore[method-assign]
    begun = time.monotonic()
    asyncio.run(manager._sockets())
    assert time.monotonic() - begun < 0.5
