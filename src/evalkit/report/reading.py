"""How to read a chart, in words that depend on the model."""

from __future__ import annotations

from typing import Final

from evalkit.report.wording import HOW_TO_READ_PATH

_EXPECTED_FROM: Final = {
    "controlled": "the trend and season of the time before launch, moved as the comparison regions moved",
    "synthetic": "a weighted average of comparison regions, which followed this one before launch",
}


def is_compared(model: str) -> bool:
    """Whether a model takes what is expected from comparison regions."""
    return model in _EXPECTED_FROM


def how_to_read_path(model: str) -> str:
    """What the lines of the path are; the dashed one comes from somewhere else where comparison regions made it."""
    own = "the trend and season of the time before launch, carried on"
    return HOW_TO_READ_PATH.replace(own, _EXPECTED_FROM.get(model, own))
