"""What was made last is shared, one thing at a time, and keeps nothing alive that it was made of."""

from __future__ import annotations

import gc
import weakref

from evalkit.model.latest import Latest


class Owner:
    """Anything that is told apart by identity."""


def test_the_same_is_made_once_and_another_takes_its_place() -> None:
    latest, first, second, made = Latest(), Owner(), Owner(), []

    def ask(owner: Owner, key: int) -> int:
        def make() -> int:
            made.append((owner, key))
            return len(made)

        return latest.of((owner,), key, make)

    assert [ask(first, 1), ask(first, 1), ask(first, 2), ask(second, 2), ask(first, 1)] == [1, 1, 2, 3, 4]


def test_what_it_was_made_of_may_go() -> None:
    latest, owner = Latest(), Owner()
    latest.of((owner,), 0, lambda: "made")
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None
