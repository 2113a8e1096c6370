"""How the figure of a notebook comes by its description: the ``describe_*`` beside each ``plot_*``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from evalkit.catalogue import in_its_language

P = ParamSpec("P")
Drawn = TypeVar("Drawn")


def tells(describe: str) -> Callable[[Callable[P, Drawn]], Callable[P, Drawn]]:
    """Let ``plot_*`` speak the language of what it draws, and give a new figure of it its description.

    Parameters
    ----------
    describe : str
        Name of the ``describe_*`` of the same module that takes the same first argument, and those of the others that
        it needs; looked up when the figure is displayed.
    """

    def decorate(plot: Callable[P, Drawn]) -> Callable[P, Drawn]:
        in_language = in_its_language(plot)

        @wraps(plot)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> Drawn:
            axes = in_language(*args, **kwargs)
            first: Any = axes[0] if isinstance(axes, tuple) else axes
            if hasattr(first.figure, "describe"):
                function = getattr(sys.modules[plot.__module__], describe)
                first.figure.describe = partial(_description, function, args, kwargs)
            return axes

        return drawn

    return decorate


def _description(function: Callable[..., str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    known = inspect.signature(function).parameters
    return function(*args, **{name: value for name, value in kwargs.items() if name in known})
