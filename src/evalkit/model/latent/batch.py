"""Many series or designs at once: a thread pool over kernels that release the interpreter lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from evalkit.catalogue import carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 16  # items that one task of the pool does: 20 ms of work, so that the hand-over costs nothing
_FEW = 8  # fewer than this are not worth a pool


def map_threads(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """``[function(item) for item in items]``, in that order, on several threads.

    The threads end before this returns, so that a process may be forked afterwards.  Results do not depend on how the
    items fall to the threads: ``function`` sees one item at a time and shares nothing.

    Parameters
    ----------
    workers : int, optional
        Threads; by default one for each processor this process may use.
    progress : callable, optional
        Called from the calling thread with (done, total) after every chunk.
    """
    total = len(items)
    threads = workers or _processors()
    if threads == 1 or total < _FEW:
        return list(_one_by_one(function, items, progress))
    results: list[Result] = []
    chunks = [items[start : start + _CHUNK] for start in range(0, total, _CHUNK)]
    with ThreadPoolExecutor(threads) as pool:
        said = carried(function)
        for done in pool.map(lambda chunk: [said(item) for item in chunk], chunks):
            results.extend(done)
            if progress is not None:
                progress(len(results), total)
    return results


def _one_by_one(
    function: Callable[[Item], Result], items: Sequence[Item], progress: Callable[[int, int], None] | None
) -> Iterator[Result]:
    for done, item in enumerate(items, 1):
        yield function(item)
        if progress is not None:
            progress(done, len(items))


def _processors() -> int:
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else (os.cpu_count() or 1)
