"""Causes are told apart, each with something to do."""

from __future__ import annotations

import pytest

from evalkit.batch import causes


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (causes.of_cell("ValueError", "no"), "error in a cell"),
        (causes.of_cell("MemoryError", ""), "out of memory"),
        (causes.of_cell("_ArrayMemoryError", "Unable to allocate 8 GiB"), "out of memory"),
        (causes.of_cell("OSError", "[Errno 28] No space left on device"), "disk full"),
        (causes.of_cell("OSError", "[Errno 2] no such file"), "error in a cell"),
        (causes.of_exit(-9), "out of memory"),
        (causes.of_exit(-11), "kernel died"),
        (causes.of_exit(-77), "kernel died"),
        (causes.of_exit(3), "kernel died"),
        (causes.of_exit(None), "kernel died"),
        (causes.of_error(OSError(28, "No space left on device")), "disk full"),
        (causes.of_error(OSError(13, "Permission denied")), "not run"),
        (causes.of_error(MemoryError()), "out of memory"),
        (causes.of_error(RuntimeError("x")), "not run"),
    ],
)
def test_each_cause_has_its_status_and_a_sentence(found: tuple[str, str], status: str) -> None:
    assert found[0] == status
    assert found[1]
    assert causes.WHAT_TO_DO[status]


def test_every_status_says_what_to_do() -> None:
    assert set(causes.WHAT_TO_DO) == set(causes.STATUSES)


def test_a_long_message_becomes_one_short_line() -> None:
    said = causes.of_cell("ValueError", "first\n  second " + "x" * 400)[1]
    assert said.startswith("ValueError: first second x")
    assert len(said) == 300
