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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from evalkit import __version__
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
            A worker has another version of something, or so many workers died over one item that it was given up.
        Exception
            Whatever ``function`` raises.
        """
        held: list[Any] = []
        waiting = iter(items)
        try:
            for item in waiting:
                held.append(self.submit(function, item))
                if len(held) >= _AHEAD * self.threads:
                    yield self.result(held.pop(0))
            while held:
                yield self.result(held.pop(0))
        finally:
            self._client.cancel(held)

    def submit(self, function: Callable[[Item], Made], item: Item) -> Any:
        """A future of one item; :meth:`result` reads it, and ``distributed.as_completed`` says which one is done."""
        # pure=False: nothing is shared with another run that asks for the same
        return self._client.submit(checked, here(), function, item, pure=False)

    def result(self, future: Any) -> Any:
        """What a future came to, with the loss of too many workers as one clear error."""
        from distributed import KilledWorker

        try:
            made = future.result()
        except KilledWorker as problem:
            raise BatchError(
                f"{_first_line(problem)}. Its workers died one after another, most often for want of memory. Give "
                f"the workers more, or fewer threads each."
            ) from None
        if isinstance(made, _Raised):
            raise made.error
        return made

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


def checked(expected: dict[str, str], function: Callable[[Item], Made], item: Item) -> Made | _Raised:
    """``function`` of an item, on a worker that has the versions expected; also one that joined later than the run.

    An error comes back as a value: of one that is raised, dask writes the arguments, counts among them, into its log.
    """
    try:
        _require_same(expected, here(), f"{platform.node()} (process {os.getpid()})")
        return function(item)
    except Exception as error:
        return _Raised(_portable(error))


@dataclass(frozen=True)
class _Raised:
    error: Exception


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
