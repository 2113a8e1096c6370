"""Every region of an evaluation: a notebook, a page and a PDF each, then the pages over all of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit.batch import causes, lock, overview, records
from evalkit.batch.aside import set_aside
from evalkit.batch.chain import chained_plan
from evalkit.batch.disclosure import INTERNAL_PLAN, manifest_entry
from evalkit.batch.drive import Driver
from evalkit.batch.engine import checked_engine, start_ahead
from evalkit.batch.errands import ClusterDriver, Limits, source_of
from evalkit.batch.input_hashes import input_hashes
from evalkit.batch.inputs import Inputs, read_inputs
from evalkit.batch.manifest import INTERNAL_MANIFEST, json_bytes, read_manifest
from evalkit.batch.reading import INPUTS
from evalkit.batch.region import issue_date
from evalkit.batch.store import INTERNAL, LocalStore, open_store
from evalkit.batch.summary import RegionRun, RunSummary
from evalkit.batch.tasks import Planner
from evalkit.batch.work import NOTEBOOK, Task
from evalkit.catalogue import speaking
from evalkit.cluster import connect
from evalkit.errors import BatchError, ReportError
from evalkit.evaluation.addresses import is_address, without_secrets
from evalkit.evaluation.bundle import fetched
from evalkit.report import slug
from evalkit.report.disclosure.words import held_against
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from evalkit.batch.manifest import ReportRecord
    from evalkit.batch.store import Store
    from evalkit.cluster import Cluster
    from evalkit.report.disclosure import DisclosurePlan

LOG: Final = f"{INTERNAL}/run.log"
_MOST_WORKERS: Final = 8
_WORTH_WARMING: Final = 3
Progress = Callable[[str, str, int, int], None]


def run(
    evaluation: str | Path,
    out: str | Path,
    *,
    regions: Sequence[str] | None = None,
    workers: int | None = None,
    timeout: int = 600,
    memory: int | None = None,
    resume: bool = False,
    engine: str | None = None,
    issued: dt.date | str | None = None,
    previous: str | Path | Sequence[str | Path] | None = None,
    first_round: bool = False,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Run an evaluation end to end, for every region.

    Parameters
    ----------
    evaluation : str or Path
        ``evaluation.toml``, or the folder that holds it; a path or an address such as ``s3://bucket/round``.
    out : str or Path
        Folder to write into, which is created; or an address, whose bucket must exist. Each report of an earlier run in
        it stays until the new one is ready; but where the disclosure plan is another one, what was published by the old
        plan is moved to ``internal/earlier`` first.
    regions : sequence of str, optional
        Only these. Reports of other regions in ``out`` stay where they are current, and are set aside otherwise.
    workers : int, optional
        Reports made side by side; the number of processors, at most eight, unless said otherwise.
    timeout : int, optional
        Seconds that one notebook cell may take.
    memory : int, optional
        Megabytes of address space that one kernel may take (Linux); no limit unless said otherwise.
    resume : bool, optional
        Keep every report in ``out`` that is whole and still current, and make only the others.
    engine : {"warm", "plain"}, optional
        Kernels forked from a process with everything loaded, or new interpreters; the outputs are the same. Warm where
        processes can be forked (Linux) and it is worth the start, unless said otherwise.
    issued : datetime.date or str, optional
        Date on the reports; today unless said otherwise. With the same date the same inputs give the same bytes.
    previous : str or Path, or a sequence of them, optional
        Folder or address of the last round that was published, or of several that do not know of each other: nothing
        published now may, together with them, narrow a protected count.
    first_round : bool, optional
        Declares that nothing was published of these counts before. Needed only where the folder of ``out``, or the
        evaluation, shows an earlier round of them.
    scheduler : str, optional
        Address of a dask scheduler whose workers make the reports, such as ``tcp://10.0.0.5:8786``; this machine reads
        the inputs and writes the output. ``workers`` does not matter then.
    progress : callable, optional
        Called after each region with (region, status, done, total).

    Returns
    -------
    RunSummary
        One row a region. A region that fails leaves its error in its notebook and in the summary; the others go on.

    Raises
    ------
    EvalkitError
        Wrong input, before anything is written; or another run writes into ``out``.
    """
    _require_positive(workers=workers, timeout=timeout, memory=memory)
    asked = checked_engine(engine)
    file = _file(evaluation)
    inputs = read_inputs(file)
    chosen = tuple(dict.fromkeys(map(inputs.require_region, regions))) if regions else inputs.regions
    if scheduler is None and not resume and (engine or len(chosen) >= _WORTH_WARMING):
        start_ahead(asked, str(file))
    date = issue_date(issued).isoformat()
    chained = chained_plan(inputs, out, previous=previous, first_round=first_round, resume=resume)
    plan = chained.plan
    planner = Planner(inputs=inputs, evaluation=file, plan=plan, notebook=NOTEBOOK)
    with speaking(inputs.wording):
        planner.check(date)
    with (
        speaking(inputs.wording),
        _connected(scheduler) as cluster,
        _held(store := open_store(out)) as workspace,
        _stop_when_told(),
    ):
        batch = _Batch(
            store=store,
            planner=planner,
            plan=plan,
            issued=_same_round(store, inputs) or date if resume and issued is None else date,
            progress=progress,
        )
        batch.tell(chained.notes)
        batch.sort(chosen, resume=resume, any_date=issued is None)
        few = engine is None and len(batch.wanted) < _WORTH_WARMING
        driver: Driver | ClusterDriver
        if cluster is not None:
            limits = Limits(engine=engine, timeout=timeout, memory=memory)
            driver = ClusterDriver(cluster=cluster, source=source_of(inputs, file), limits=limits)
        else:
            driver = Driver(
                workers=min(workers or min(os.cpu_count() or 1, _MOST_WORKERS), max(len(batch.wanted), 1)),
                engine="plain" if few else asked,
                timeout=timeout,
                memory=memory,
            )
        batch.make(driver, workspace)
        unwritten = batch.finish()
    rows = tuple(RegionRun.of(batch.records[region], kept=region in batch.kept) for region in chosen)
    return RunSummary(
        out=store.folder if isinstance(store, LocalStore) else without_secrets(out),
        regions=rows,
        unwritten=unwritten,
        held_against=held_against(plan),
        notes=chained.notes,
        disclosure=manifest_entry(plan),
    )


def _same_round(store: Store, inputs: Inputs) -> str:
    """Date of the run that is gone on with, where it was of the same evaluation, data and code; empty otherwise."""
    if not store.exists(INTERNAL_MANIFEST):
        return ""
    try:
        before = read_manifest(store.read(INTERNAL_MANIFEST))
    except BatchError:
        return ""
    same = before.evaluation.get("fingerprint") == inputs.evaluation.fingerprint
    return before.issued if same and before.code.get("hash") == code_hash() else ""


@dataclass(kw_only=True)
class _Batch:
    """One run under way: what is to be made, and what has become of each region so far."""

    store: Store
    planner: Planner
    plan: DisclosurePlan
    issued: str
    progress: Progress | None
    started: str = field(default_factory=overview.now)
    records: dict[str, ReportRecord] = field(default_factory=dict)
    wanted: list[Task] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> Inputs:
        """What the evaluation rests on."""
        return self.planner.inputs

    def tell(self, notes: Sequence[str]) -> None:
        """Write into the log which earlier rounds the plan was held against, and what there is to note of that."""
        for said in filter(None, (held_against(self.plan), *notes)):
            self._say(said)

    def sort(self, chosen: Sequence[str], *, resume: bool, any_date: bool) -> None:
        """Tell what is to be made from what may be kept, and set aside what is neither.

        A report that is kept keeps the date on it, unless another one was asked for (``any_date`` is false).
        """
        for region in self.inputs.regions:
            task = self.planner.task(region, self.issued)
            found = self._current(task, any_date=any_date) if resume or region not in chosen else None
            if found is not None:
                self.records[region] = found
                self.kept.add(region)
            elif region in chosen:
                self.wanted.append(task)
        self._put_aside(chosen)
        self._say(f"run of {len(self.wanted)} reports; {len(self.kept)} are current and kept")

    def _current(self, task: Task, *, any_date: bool) -> ReportRecord | None:
        before = records.read_record(self.store, task.slug)
        if before is not None and any_date:
            task = self.planner.task(task.region, str(before.parameters.get("issued", self.issued)))
        return records.current(self.store, task)

    def _put_aside(self, chosen: Sequence[str]) -> None:
        known = {slug(region) for region in (*chosen, *self.kept)}
        for name in records.recorded(self.store):
            if name not in known:
                records.forget(self.store, name)
                self._say(f"{name}: set aside, as it is no longer current")

    def make(self, driver: Driver | ClusterDriver, workspace: Path) -> None:
        """Make every report that is wanted, and put each into the output as it is done."""
        moved = set_aside(self.store, manifest_entry(self.plan), [self.records[region] for region in self.kept])
        if moved:
            self._say(f"{moved} files published by another disclosure plan: set aside")
        with contextlib.suppress(OSError):  # the last one is not optional; here it only says that the run goes on
            self._write_manifest(finished=None)
            self.store.write(INTERNAL_PLAN, self.plan.to_json())
            self.store.write(INPUTS, json_bytes(input_hashes(self.inputs)))
        try:
            self._commit_all(driver, workspace)
        except BaseException:
            self._say("stopped")
            with contextlib.suppress(OSError):
                self._write_log()
            raise

    def _commit_all(self, driver: Driver | ClusterDriver, workspace: Path) -> None:
        with contextlib.closing(driver.drive(tuple(self.wanted), workspace)) as outcomes:
            for made, (task, outcome) in enumerate(outcomes, 1):
                record = records.commit(self.store, task, outcome)
                self.records[task.region] = record
                self._say(f"{record.region}: {record.status}{f' ({record.cause})' if record.cause else ''}")
                if self.progress is not None:
                    self.progress(record.region, record.status, made, len(self.wanted))
                if made == len(self.wanted) - 1:
                    overview.get_ready()

    def finish(self) -> str:
        """Write the pages over all regions, the manifest and the log; why that could not be done, or nothing."""
        try:
            files = overview.write_overview(
                self.store, self.inputs, self._ordered(), issued=self.issued, plan=self.plan
            )
            self._write_manifest(finished=overview.now(), files=files)
            self._say("done")
            self._write_log()
        except (OSError, ReportError) as error:
            return causes.of_error(error)[1]
        return ""

    def _ordered(self) -> list[ReportRecord]:
        return [self.records[region] for region in self.inputs.regions if region in self.records]

    def _write_manifest(self, *, finished: str | None, files: dict[str, str] | None = None) -> None:
        manifest = overview.manifest_of(
            self.inputs,
            self._ordered(),
            issued=self.issued,
            started=self.started,
            disclosure=manifest_entry(self.plan),
            finished=finished,
            files=files or {},
        )
        overview.write_manifest(self.store, manifest, overview.hashes_shown(self.inputs, self.plan))

    def _say(self, line: str) -> None:
        self.log.append(f"{overview.now()} {line}\n")

    def _write_log(self) -> None:
        earlier = self.store.read(LOG) if self.store.exists(LOG) else b""
        self.store.write(LOG, earlier + "".join(self.log).encode())
        self.log.clear()


def _file(evaluation: str | Path) -> Path:
    """The evaluation file on this machine; one at an address is fetched with its inputs."""
    file = fetched(str(evaluation)) if is_address(evaluation) else Path(evaluation)
    return (file / "evaluation.toml" if file.is_dir() else file).resolve()


def _require_positive(**given: int | None) -> None:
    for name, value in given.items():
        if value is not None and value < 1:
            raise BatchError(f"{name} is {value}. Allowed: 1 or more.")


@contextlib.contextmanager
def _held(store: Store) -> Iterator[Path]:
    if isinstance(store, LocalStore):
        with lock.held(store) as workspace:
            yield workspace
        return
    from evalkit.batch import remote_lock
    from evalkit.batch.remote_store import FsspecStore

    if not isinstance(store, FsspecStore):
        raise BatchError(f"A {type(store).__name__} has no lock. Allowed: what open_store gives.")
    with remote_lock.held(store), tempfile.TemporaryDirectory(prefix="ek-run-") as folder:
        store.sweep()
        yield Path(folder)


@contextlib.contextmanager
def _connected(scheduler: str | None) -> Iterator[Cluster | None]:
    if scheduler is None:
        yield None
        return
    with connect(scheduler) as cluster:
        yield cluster


@contextlib.contextmanager
def _stop_when_told() -> Iterator[None]:
    """Let SIGTERM end a run as an interruption does: kernels ended, the lock let go. Only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
