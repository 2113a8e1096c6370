"""The record of each report, without which it does not exist: what resuming reads, and what a run writes last.

A report is put into the output in this order: a record that says it is being written and names every old and new file;
its files; the files that it has no longer are taken away; its record. A run that is killed in between leaves no record
of a finished report, and the next one makes the report again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from evalkit.batch import causes
from evalkit.batch.manifest import ReportRecord, hashes, json_bytes, named_only, sha256
from evalkit.batch.store import INTERNAL, move, write_all
from evalkit.catalogue import text

if TYPE_CHECKING:
    from evalkit.batch.store import Store
    from evalkit.batch.work import Outcome, Task

STATE: Final = f"{INTERNAL}/state"
EARLIER: Final = f"{INTERNAL}/earlier"
BEING_WRITTEN: Final = "stopped"


def read_record(store: Store, slug: str) -> ReportRecord | None:
    """The record of a report; None where there is none, or none that can be read."""
    name = _name(slug)
    if not store.exists(name):
        return None
    try:
        return ReportRecord.from_dict(json.loads(store.read(name)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def recorded(store: Store) -> list[str]:
    """The slugs of which there is a record."""
    prefix = f"{STATE}/"
    return [name[len(prefix) : -len(".json")] for name in store.names(prefix) if name.endswith(".json")]


def current(store: Store, task: Task) -> ReportRecord | None:
    """The record of a report that need not be made again, None where it must.

    It must where it failed, where anything that it follows from has changed, and where one of its files is missing or
    not the one that was written.
    """
    record = read_record(store, task.slug)
    if record is None or record.status != "done" or record.key != task.key or record.region != task.region:
        return None
    whole = all(store.exists(name) and sha256(store.read(name)) == digest for name, digest in record.files.items())
    return record if whole else None


def commit(store: Store, task: Task, outcome: Outcome) -> ReportRecord:
    """Put what became of a task into the output; its record comes last.

    The old files of a report stay until the new ones are ready. Where its new ones could not be made, the old ones are
    moved to ``internal/earlier``: they are not lost, but are no longer among what may be published.

    Returns
    -------
    ReportRecord
        Also where the disk is full: then with that status, whether or not the record itself could be written.
    """
    record = _record(task, outcome)
    before = read_record(store, task.slug)
    old = {} if before is None else dict(before.files)
    try:
        if record.status == "done":
            _put(store, record, outcome.files, old)
        else:
            retire(store, old)
            write_all(store, outcome.files)
            store.write(_name(task.slug), json_bytes(record.to_dict()))
    except OSError as error:
        status, cause = causes.of_error(error)
        return _failed_to_store(store, record, status=status, cause=cause, old=old)
    return record


def _put(store: Store, record: ReportRecord, files: Mapping[str, bytes], old: Mapping[str, str]) -> None:
    unfinished = replace(
        record,
        status=BEING_WRITTEN,
        cause=text("failures.stopped"),
        what_to_do=causes.WHAT_TO_DO[BEING_WRITTEN],
        files={**old, **record.files},
    )
    store.write(_name(record.slug), json_bytes(unfinished.to_dict()))
    write_all(store, files)
    for name in sorted(set(old) - set(files)):
        store.remove(name)
    store.write(_name(record.slug), json_bytes(record.to_dict()))


def _failed_to_store(
    store: Store, record: ReportRecord, *, status: causes.Status, cause: str, old: Mapping[str, str]
) -> ReportRecord:
    """The record of a report that could not be stored; its files are put out of the way, which needs no room."""
    failed = replace(record, status=status, cause=cause, what_to_do=causes.WHAT_TO_DO[status], files={})
    try:
        retire(store, {**old, **record.files})
        store.write(_name(record.slug), json_bytes(failed.to_dict()))
    except OSError:
        try:  # no record at all says the same: there is no report
            store.remove(_name(record.slug))
        except OSError:
            return failed
    return failed


def retire(store: Store, names: Iterable[str]) -> None:
    """Move files of a report that is no longer current out of what may be published, to ``internal/earlier``."""
    for name in sorted(names):
        if not name.startswith(f"{INTERNAL}/") and store.exists(name):
            move(store, name, f"{EARLIER}/{name}")


def forget(store: Store, slug: str) -> None:
    """Take a report out of the output that the evaluation has no longer, or that is no longer current."""
    record = read_record(store, slug)
    if record is not None:
        retire(store, record.files)
    store.remove(_name(slug))


def _record(task: Task, outcome: Outcome) -> ReportRecord:
    return ReportRecord(
        region=task.region,
        slug=task.slug,
        status=outcome.status,
        cause=outcome.cause,
        what_to_do=causes.WHAT_TO_DO[outcome.status],
        started=outcome.started,
        seconds=outcome.seconds,
        parameters=named_only(task.parameters),
        key=task.key,
        warnings=outcome.warnings,
        files=hashes(outcome.files),
    )


def _name(slug: str) -> str:
    return f"{STATE}/{slug}.json"
