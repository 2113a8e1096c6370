"""How the figure of a notebook comes by its description: the ``describe_*`` beside each ``plot_*``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
Drawn = TypeVar("Drawn")


def tells(describe: Callable[[], Callable[..., str]]) -> Callable[[Callable[P, Drawn]], Callable[P, Drawn]]:
    """Give a new figure of ``plot_*`` its description.

    Parameters
    ----------
    describe : callable
        Returns the ``describe_*`` that takes the same first argument, and those of the others that it needs; asked for
        when the figure is displayed, since it stands below in its module.
    """

    def decorate(plot: Callable[P, Drawn]) -> Callable[P, Drawn]:
        @wraps(plot)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> Drawn:
            axes = plot(*args, **kwargs)
            first: Any = axes[0] if isinstance(axes, tuple) else axes
            if hasattr(first.figure, "describe"):
                first.figure.describe = partial(_description, describe, args, kwargs)
            return axes

        return drawn

    return decorate


def _description(describe: Callable[[], Callable[..., str]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    function = describe()
    known = inspect.signature(function).parameters
    return function(*args, **{name: value for name, value in kwargs.items() if name in known})
