"""Work spread over the workers of a dask.distributed scheduler, with the same results as at home.

What can be spread takes a :class:`Mapper`: something that is called like the built-in ``map``. The built-in one does
the work here, one item after another; that of a :class:`Cluster` sends each item to a worker. An item carries all that
its result depends on, seeds included, so that it does not matter which worker has it, or how often.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import platform
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from evalkit import __version__
from evalkit.catalogue import carried
from evalkit.errors import BatchError
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Cluster", "Mapper", "connect"]

Item = TypeVar("Item")
Made = TypeVar("Made")

_ADDRESS: Final = re.compile(r"(tcp|tls|ucx|ws|wss)://\S+:\d+/?")
_NUMERICAL: Final = ("numpy", "scipy", "pandas", "numba", "statsmodels")
_INSTALL: Final = "Install it with: pip install 'evalkit[remote]'"
PATIENCE: Final = 60.0
"""Seconds that work waits for a cluster that has lost its last worker."""
_LOOK: Final = 2.0
_AHEAD: Final = 4  # tasks in hand for each thread of the cluster: enough to keep it busy, few enough to hold


class Mapper(Protocol):
    """Anything that is called like the built-in ``map`` with one iterable, and yields the results in its order."""

    def __call__(self, function: Callable[[Item], Made], items: Iterable[Item], /) -> Iterable[Made]:
        """``function`` of each item, in the order of the items."""
        ...


def connect(address: str, *, timeout: float = 10.0) -> Cluster:
    """A running scheduler, with every worker checked to have the same evalkit, Python and numerical packages as here.

    Parameters
    ----------
    address : str
        Where the scheduler listens, such as ``"tcp://10.0.0.5:8786"``; ``tls://`` where it asks for certificates, which
        dask reads from its own settings.
    timeout : float
        Seconds to wait for the scheduler, and again for its first worker.

    Returns
    -------
    Cluster
        To be used in a ``with`` statement, or closed.

    Raises
    ------
    BatchError
        dask.distributed is not installed, the address cannot be one, nobody answers there in time, no worker is there,
        or a worker has another version of something.
    """
    try:
        import distributed
    except ImportError:
        raise BatchError(f"A scheduler needs dask.distributed, which is not installed. {_INSTALL}") from None
    if not _ADDRESS.fullmatch(address):
        raise BatchError(
            f"The scheduler's address is {address!r}. Allowed: the address that it prints when it starts, such as "
            f"tcp://10.0.0.5:8786."
        )
    try:
        client: Any = distributed.Client(address, timeout=timeout, set_as_default=False, name="evalkit")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as problem:  # TimeoutError is an OSError; TLS without settings a TypeError
        raise BatchError(
            f"No scheduler answers at {address} within {timeout:g} s ({_first_line(problem)}). Start one with: "
            f"dask scheduler; or check the address, the network and its firewall."
        ) from None
    cluster = Cluster(client, address)
    try:
        cluster.require_workers(timeout)
    except BaseException:
        cluster.close()
        raise
    return cluster


class Cluster:
    """The workers of one scheduler; made by :func:`connect`.

    Attributes
    ----------
    address : str
        Of the scheduler.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._refused: dict[str, str] = {}
        self.address = address

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; what it still has in hand for this client is dropped. The cluster itself goes on."""
        with contextlib.suppress(OSError, TimeoutError):
            self._client.close()

    @property
    def threads(self) -> int:
        """How many tasks the cluster works on at once."""
        return max(sum(map(int, self._client.nthreads().values())), 1)

    def map(self, function: Callable[[Item], Made], items: Iterable[Item], /) -> Iterator[Made]:
        """``function`` of each item in their order, worked out on the cluster; a :class:`Mapper`.

        A function of a module that the workers can import, and items that can be pickled. Items lost with a worker are
        done again by another one.

        Raises
        ------
        BatchError
            No worker has the same versions as here, so many of them died over one item that it was given up, or the
            scheduler is gone.
        Exception
            Whatever ``function`` raises.
        """
        early: dict[int, Made] = {}
        ahead = 0
        for position, made in self.completed(function, items):
            if isinstance(made, Exception):
                raise made
            early[position] = made
            while ahead in early:
                yield early.pop(ahead)
                ahead += 1

    def completed(
        self, function: Callable[[Item], Made], items: Iterable[Item], /
    ) -> Iterator[tuple[int, Made | Exception]]:
        """Position and result of each item as they are done; an error is the result of its item, not raised."""
        function, waiting = carried(function), enumerate(items)
        held: dict[Any, tuple[int, Item]] = {}
        done: SimpleQueue[Any] = SimpleQueue()
        try:
            while True:
                while len(held) < _AHEAD * self.threads and (following := next(waiting, None)) is not None:
                    held[self._submit(function, following[1], done)] = following
                if not held:
                    return
                future = self._next(done)
                if future is None:
                    yield from ((position, BatchError(self._nobody())) for position, _ in held.values())
                    yield from ((position, BatchError(self._nobody())) for position, _ in waiting)
                    return
                position, item = held.pop(future)
                made = self._made(future)
                if isinstance(made, _Refused):
                    self._refused[made.worker] = made.words
                    if self._others():
                        held[self._submit(function, item, done)] = (position, item)
                        continue
                    made = BatchError(made.words)
                yield position, made
        finally:
            self._client.cancel(list(held))

    def _submit(self, function: Callable[[Item], Made], item: Item, done: SimpleQueue[Any]) -> Any:
        # pure=False: nothing is shared with another run that asks for the same
        where = {"workers": self._others()} if self._refused else {}
        future = self._client.submit(checked, here(), function, item, pure=False, **where)
        future.add_done_callback(done.put)
        return future

    def _others(self) -> list[str]:
        """Workers that have not been refused."""
        return [worker for worker in self._client.nthreads() if worker not in self._refused]

    def _next(self, done: SimpleQueue[Any]) -> Any:
        """The next future that is done; None where the cluster has had no worker for so long that none will come."""
        since = time.monotonic()
        while True:
            try:
                return done.get(timeout=_LOOK)
            except Empty:
                if self._client.status == "running" and self._client.nthreads():
                    since = time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    return None

    def _nobody(self) -> str:
        return (
            f"The scheduler at {self.address} has had no worker for {PATIENCE:g} s, or does not answer any more. Start "
            f"workers, and go on."
        )

    def _made(self, future: Any) -> Any:
        """What a future came to; the loss of too many workers, or of the scheduler, as one clear error."""
        from distributed import KilledWorker

        try:
            made = future.result()
        except KilledWorker as problem:
            return BatchError(
                f"{_first_line(problem)}. Its workers died one after another, most often for want of memory. Give "
                f"the workers more, or fewer threads each."
            )
        except Exception as problem:  # cancelled with the connection, or a result that cannot be sent
            return BatchError(f"The cluster gave a task up ({type(problem).__name__}: {_first_line(problem)}).")
        return made.error if isinstance(made, _Raised) else made

    def require_workers(self, timeout: float) -> None:
        """Raise ``BatchError`` where no worker comes in time, or one differs from this machine."""
        import distributed

        try:
            self._client.wait_for_workers(1, timeout=timeout)
        except (TimeoutError, distributed.TimeoutError):
            raise BatchError(
                f"The scheduler at {self.address} has no worker. Start one on each machine with: dask worker "
                f"{self.address} --nthreads 1"
            ) from None
        answers = self._client.run(here, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, BaseException):
                raise BatchError(
                    f"The worker {worker} cannot load evalkit ({_first_line(answer)}). Install the same environment "
                    f"there: make setup, from the same requirements.lock."
                )
            _require_same(here(), answer, str(worker))


@cache
def here() -> dict[str, str]:
    """What results depend on beside their item: evalkit's version and code, Python, and the numerical packages."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "evalkit": __version__,
        "code of evalkit": code_hash()[:12],
        "Python": python,
        **{name: metadata.version(name) for name in _NUMERICAL},
    }


def checked(expected: dict[str, str], function: Callable[[Item], Made], item: Item) -> Made | _Raised | _Refused:
    """``function`` of an item, on a worker that has the versions expected; also one that joined later than the run.

    An error comes back as a value: of one that is raised, dask writes the arguments, counts among them, into its log.
    """
    try:
        _require_same(expected, here(), f"{platform.node()} (process {os.getpid()})")
    except BatchError as refusal:
        from distributed import get_worker

        return _Refused(get_worker().address, str(refusal))
    try:
        return function(item)
    except Exception as error:
        return _Raised(_portable(error))


@dataclass(frozen=True)
class _Raised:
    error: Exception


@dataclass(frozen=True)
class _Refused:
    """A worker that must not do the item, and why."""

    worker: str
    words: str


def _portable(error: Exception) -> Exception:
    """The error itself where it can be sent, else its kind and words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever a class of errors makes of being copied
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def may_have_children() -> bool:
    """Whether this process may start processes of its own; a daemonic worker may not."""
    return not multiprocessing.current_process().daemon


def in_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _require_same(expected: dict[str, str], found: dict[str, str], worker: str) -> None:
    differing = [name for name in expected if found.get(name) != expected[name]]
    if differing:
        listed = ", ".join(f"{name} {found.get(name, 'missing')} (here {expected[name]})" for name in differing)
        raise BatchError(
            f"The worker {worker} has {listed}. Results would not be the same. Install the same environment there: "
            f"make setup, from the same requirements.lock."
        )


def _first_line(problem: BaseException) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0].rstrip(".")
