"""Reports made on the workers of a cluster: the inputs travel with the task, the bytes of the files come back.

A worker keeps nothing but a private copy of the inputs, removed when it ends. The machine that asked for the reports
stores them, one writer for each.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import tempfile
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evalkit.batch import causes
from evalkit.batch.engine import checked_engine, start_ahead
from evalkit.batch.inputs import read_inputs
from evalkit.batch.notebook import one_thread_per_kernel
from evalkit.batch.work import Outcome, Task, perform
from evalkit.cluster import may_have_children
from evalkit.errors import BatchError
from evalkit.evaluation.bundle import read_bundle

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.cluster import Cluster
    from evalkit.evaluation.bundle import Bundle

EVALUATION: Final = "evaluation"

_laid: dict[str, tempfile.TemporaryDirectory[str]] = {}
_laying = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What every task of a run reads, and what it must turn out to be on the worker.

    Attributes
    ----------
    bundle : Bundle
        The evaluation file and its inputs.
    data_hash, fingerprint : str
        Of the contacts and of the evaluation, as the machine that asks has read them.
    """

    bundle: Bundle
    data_hash: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How a notebook is executed; as in :func:`evalkit.batch.work.perform`."""

    engine: str | None = None
    timeout: int = 600
    memory: int | None = None


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One report as it travels to a worker."""

    task: Task
    source: Source
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class ClusterDriver:
    """How tasks are performed on a cluster; the counterpart of :class:`evalkit.batch.drive.Driver`.

    Attributes
    ----------
    cluster : Cluster
        Where.
    source : Source
        What every task reads.
    limits : Limits
        How each notebook is executed.
    """

    cluster: Cluster
    source: Source
    limits: Limits

    def drive(self, tasks: Sequence[Task], workspace: Path) -> Generator[tuple[Task, Outcome]]:
        """Perform tasks and yield each with its outcome as it is done; whoever stops early cancels the others.

        The parameter ``evaluation`` of each task is set to where the worker has its copy. Whatever goes wrong with a
        task is its outcome's status and cause: also that its workers died one after another, or that no worker is
        left. ``workspace`` is a folder of this machine and not used.
        """
        del workspace
        errands = [Errand(task=task, source=self.source, limits=self.limits) for task in tasks]
        for position, made in self.cluster.completed(run_errand, errands):
            yield tasks[position], _failed(tasks[position], made) if isinstance(made, Exception) else made


def source_of(inputs: Inputs, evaluation: Path) -> Source:
    """The inputs of a run as they travel."""
    return Source(
        bundle=read_bundle(evaluation),
        data_hash=inputs.contacts.content_hash,
        fingerprint=inputs.evaluation.fingerprint,
    )


def run_errand(errand: Errand) -> Outcome:
    """Make one report on this worker.

    Raises
    ------
    BatchError
        The inputs, as this worker reads them, are not those of the run.
    """
    file = laid(errand.source)
    parameters = {**errand.task.parameters, EVALUATION: str(file)}
    # a daemonic worker must not start a fork server; kernels that are new interpreters it may start
    engine = checked_engine(errand.limits.engine) if may_have_children() else "plain"
    start_ahead(engine, str(file))
    workspace = Path(tempfile.mkdtemp(prefix="ek-work-"))
    with one_thread_per_kernel():
        return perform(
            replace(errand.task, parameters=parameters),
            workspace,
            engine=engine,
            timeout=errand.limits.timeout,
            memory=errand.limits.memory,
        )


def laid(source: Source) -> Path:
    """The evaluation file of a run on this worker, laid down and checked once in the life of the process."""
    with _laying:
        key = source.bundle.hash
        if key not in _laid:
            folder = tempfile.TemporaryDirectory(prefix="ek-inputs-")
            try:
                _require_same(source, source.bundle.lay(Path(folder.name)))
            except BaseException:
                with contextlib.suppress(OSError):
                    shutil.rmtree(folder.name)
                raise
            _laid[key] = folder
        return Path(_laid[key].name) / source.bundle.main


def _require_same(source: Source, file: Path) -> None:
    inputs = read_inputs(file)
    found = (inputs.contacts.content_hash, inputs.evaluation.fingerprint)
    if found != (source.data_hash, source.fingerprint):
        raise BatchError(
            f"The inputs on worker process {os.getpid()} are not those of the run (data {found[0][:12]}, asked for "
            f"{source.data_hash[:12]}; evaluation {found[1][:12]}, asked for {source.fingerprint[:12]}). A file may be "
            f"named by an absolute path that leads to another file there: name it relative to the evaluation file."
        )


def _failed(task: Task, error: Exception) -> Outcome:
    status, cause = causes.of_error(error)
    now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
    return Outcome(region=task.region, slug=task.slug, status=status, cause=cause, started=now, seconds=0.0, files={})
