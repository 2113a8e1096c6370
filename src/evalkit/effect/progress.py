"""A progress bar that appears by itself where work takes long and somebody watches."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Report = Callable[[int, int], None]
_PATIENCE: Final = 2.0  # seconds without a bar
_EVERY: Final = 0.1  # seconds between two looks of it
_FEW: Final = 10  # items that are done before anyone wonders


@contextmanager
def reporting(progress: bool | Report | None, items: int) -> Iterator[tuple[Report | None, Report]]:
    """What is called with (done, total) as series are fitted, and then as their effects are computed.

    Parameters
    ----------
    progress : bool, callable or None
        None: a bar after two seconds, where standard error is a terminal or a notebook; True: at once; False: none.
        A callable is called as series are fitted.
    items : int
        How many series there are.
    """
    if callable(progress):
        yield progress, _silent
        return
    if progress is False or (progress is None and items < _FEW):
        yield None, _silent
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without ipywidgets gets a bar of text, which is no fault
        from tqdm.auto import tqdm
    bar = tqdm(
        total=2 * items,
        desc=f"{items} series",
        bar_format="{desc}: {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left",
        delay=0 if progress else _PATIENCE,
        mininterval=_EVERY,
        disable=False if progress else None,
        leave=False,
    )
    try:
        yield (lambda done, _: _move(bar, done)), (lambda done, _: _move(bar, items + done))
    finally:
        bar.close()


def _move(bar: object, done: int) -> None:
    bar.update(done - bar.n)  # type: ignore[attr-defined]  # tqdm has no types


def _silent(done: int, total: int) -> None:
    del done, total
