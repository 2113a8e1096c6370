"""Kernels for notebooks: a new interpreter each, or forked from one that has everything loaded.

Nothing here imports papermill or jupyter_client before a notebook runs: papermill itself loads an engine's module while
it is being imported, so that its own import has to come first.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final

from evalkit.errors import UsageError, unknown

ENGINES: Final = ("warm", "plain")
PLAIN_ENGINE: Final = "evalkit-plain"
WARM_ENGINE: Final = "evalkit-warm"
FORK_PROVISIONER: Final = "evalkit-fork"


@dataclass(kw_only=True)
class KernelRun:
    """What one notebook asks of its kernel, and what is left of it afterwards.

    Attributes
    ----------
    folder : str
        Private folder for the sockets and the connection file; its owner removes it. Empty for one of its own.
    memory : int or None
        Megabytes of address space that the kernel may take; not limited where the system cannot (macOS, Windows).
    exit_code : int or None
        Exit code of a kernel that ended before its notebook did; negative for a signal.
    notebook : notebook node or None
        The notebook as it is executed, so that it can be kept when its kernel is lost.
    """

    folder: str = ""
    memory: int | None = None
    exit_code: int | None = None
    notebook: Any = None


def can_fork() -> bool:
    """Whether kernels can be forked here: on Linux. macOS can fork, but its frameworks do not survive it."""
    return sys.platform == "linux"


def default_engine() -> str:
    """``"warm"`` where kernels can be forked, ``"plain"`` elsewhere."""
    return "warm" if can_fork() else "plain"


def checked_engine(engine: str | None) -> str:
    """The engine asked for, the default for None, and ``"plain"`` for ``"warm"`` where kernels cannot be forked.

    Raises
    ------
    UsageError
        Unknown engine.
    """
    if engine is None:
        return default_engine()
    if engine not in ENGINES:
        raise UsageError(unknown("engine", engine, ENGINES))
    return engine if can_fork() else "plain"


def engine_name(engine: str) -> str:
    """The name under which papermill knows an engine; it is registered where the installation has not done so.

    Entry points do that too, so that ``papermill --engine evalkit-warm`` works; but they appear only when evalkit is
    installed anew, and a run must not depend on it.
    """
    import papermill  # noqa: F401 - before the engines, which it imports itself where the entry points are installed
    from papermill.engines import papermill_engines

    from evalkit.batch.engine.papermill_engines import PlainEngine, WarmEngine

    papermill_engines.register(PLAIN_ENGINE, PlainEngine)
    papermill_engines.register(WARM_ENGINE, WarmEngine)
    return WARM_ENGINE if checked_engine(engine) == "warm" else PLAIN_ENGINE


def start_ahead(engine: str, evaluation: str = "") -> None:
    """Begin to load what warm kernels are forked from, while something else is done; nothing for another engine.

    Parameters
    ----------
    engine : {"warm", "plain"}
        As :func:`checked_engine` gives it.
    evaluation : str
        Evaluation file whose contacts every kernel will want.
    """
    if engine == "warm":
        from evalkit.batch.engine import forkserver

        forkserver.start(evaluation)


def end_all_kernels() -> None:
    """End every kernel that this process started."""
    from evalkit.batch.engine.kernels import end_all

    end_all()
