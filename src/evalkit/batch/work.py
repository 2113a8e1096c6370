"""One report as a unit of work: a task goes in, the bytes of its files come out.

:func:`perform` knows nothing of where the files go, so it can run in a thread, in a process or on another machine.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from evalkit import resources
from evalkit.batch import causes
from evalkit.batch.notebook import Execution, execute
from evalkit.batch.store import INTERNAL

NOTEBOOK: Final = "notebooks/region_impact.ipynb"
REPORT: Final = "report"
PLAN: Final = "disclosure.json"
_FIGURES: Final = "figures"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One report to be made.

    Attributes
    ----------
    region, slug : str
        Name of the region, and what its files are called.
    parameters : mapping
        Parameters of its notebook. ``out`` is added when the task is performed. The kernel works in a private folder,
        so a path is absolute or names one of ``inputs``.
    key : str
        Sha256 of everything that the contents of the report follow from.
    notebook : str
        The notebook: a path on this machine, or one that :func:`evalkit.resources.path` knows.
    inputs : mapping of str to bytes
        Files that are laid into the private folder before the notebook runs, such as ``disclosure.json``.
    """

    region: str
    slug: str
    parameters: Mapping[str, Any]
    key: str
    notebook: str = NOTEBOOK
    inputs: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a task.

    Attributes
    ----------
    region, slug : str
        As in the task.
    status, cause : str
        ``"done"``, or what went wrong and why.
    started : str
        When it began, in UTC (ISO 8601).
    seconds : float
        Wall time.
    files : mapping of str to bytes
        Files by their name in the output. Where the status is not ``"done"``, the executed notebook alone, if there
        is one.
    warnings : tuple of str
        What the report itself warns of.
    """

    region: str
    slug: str
    status: str
    cause: str
    started: str
    seconds: float
    files: Mapping[str, bytes]
    warnings: tuple[str, ...] = ()


def perform(
    task: Task, workspace: Path, *, engine: str = "plain", timeout: int = 600, memory: int | None = None
) -> Outcome:
    """Run the notebook of a task in a private folder and collect what it wrote.

    What the notebook writes to ``out`` belongs to ``regions/`` in the output; what it writes to ``out/figures``, to
    ``figures/``; the executed notebook to ``internal/notebooks/``. Nothing that a failed notebook wrote is kept, but
    the notebook itself.

    Parameters
    ----------
    task : Task
        What to do.
    workspace : Path
        An empty folder of this machine, or one that does not exist yet; it is removed afterwards.
    engine : {"plain", "warm"}
        Whether the kernel is a new interpreter or forked from one that has everything loaded.
    timeout : int
        Seconds that one cell may take.
    memory : int, optional
        Megabytes of address space that the kernel may take; no limit unless said otherwise.

    Returns
    -------
    Outcome
        Nothing that goes wrong with the notebook is raised; it is the outcome's status and cause.
    """
    started = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        return _perform(task, workspace.resolve(), started, engine=engine, timeout=timeout, memory=memory)
    except Exception as error:  # one region never stops the others; the cause is reported
        status, cause = causes.of_error(error)
        return Outcome(
            region=task.region, slug=task.slug, status=status, cause=cause, started=started, seconds=0.0, files={}
        )
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _perform(task: Task, workspace: Path, started: str, *, engine: str, timeout: int, memory: int | None) -> Outcome:
    for name, content in task.inputs.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_bytes(content)
    target = workspace / f"{task.slug}.ipynb"
    how = Execution(engine=engine, timeout=timeout, memory=memory, folder=workspace)
    run = execute(notebook_path(task.notebook), target, {**task.parameters, "out": REPORT}, how)
    files = {}
    if target.exists():
        files[f"{INTERNAL}/notebooks/{task.slug}.ipynb"] = target.read_bytes()
    if run.status == "done":
        files |= _written(workspace / REPORT)
    return Outcome(
        region=task.region,
        slug=task.slug,
        status=run.status,
        cause=run.cause,
        started=started,
        seconds=round(run.seconds, 2),
        files=files,
        warnings=_warnings(files.get(f"regions/{task.slug}.json")),
    )


def notebook_path(notebook: str) -> Path:
    """Where the notebook of a task is on this machine."""
    return Path(notebook) if Path(notebook).is_absolute() else resources.path(notebook)


def _written(folder: Path) -> dict[str, bytes]:
    """What a notebook wrote, by its name in the output."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder)
            place = name if name.parts[0] == _FIGURES else Path("regions") / name
            found[place.as_posix()] = path.read_bytes()
    return found


def _warnings(report: bytes | None) -> tuple[str, ...]:
    """The warnings in the JSON file of a report: of each channel, and of its data."""
    if report is None:
        return ()
    values = json.loads(report)
    results = values.get("results", [])
    said = [f"{result.get('channel', '')}: {warning}" for result in results for warning in result.get("warnings", [])]
    return tuple(dict.fromkeys([*said, *map(str, values.get("notes", []))]))
