"""What was made last, kept for as long as what it was made of lives: several readers of one fit then share it."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Made = TypeVar("Made")


class Latest:
    """Keeps one thing by thread, the last one that was made, so that it never holds the memory of many.

    Fits and effects hold arrays and are told apart by identity, not by their content, so that ``functools.lru_cache``
    is of no use for them; it would also keep them alive.
    """

    def __init__(self) -> None:
        self._kept = threading.local()

    def of(self, owners: tuple[object, ...], key: Hashable, make: Callable[[], Made]) -> Made:
        """``make()``, or what it gave if it was asked for the same ``owners`` and ``key`` the last time."""
        kept: tuple[tuple[weakref.ref[Any], ...], Hashable, Made] | None = getattr(self._kept, "last", None)
        if kept is not None and kept[1] == key and all(ref() is own for ref, own in zip(kept[0], owners, strict=True)):
            return kept[2]
        made = make()
        self._kept.last = (tuple(weakref.ref(own) for own in owners), key, made)
        return made
