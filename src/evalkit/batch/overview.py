"""The pages over all regions, and the manifest: written when every report is made, from what the reports left."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit import __version__
from evalkit.batch import causes
from evalkit.batch.keys import package_versions
from evalkit.batch.manifest import MANIFEST, Manifest, ReportRecord, hashes
from evalkit.batch.store import INTERNAL, write_all
from evalkit.effect import Sampling
from evalkit.report import write_summary
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.batch.store import Store


def write_overview(
    store: Store,
    inputs: Inputs,
    records: Sequence[ReportRecord],
    *,
    issued: str,
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, str]:
    """Make the pages and tables over all regions, and put all of them in their place at once; their hashes by name.

    ``beside`` are further files that are written with them.
    """
    reports = [_report(store, inputs, record, issued) for record in records if record.status == "done"]
    failures = [
        (record.region, record.status, causes.for_publication(record.status, record.cause))
        for record in records
        if record.status != "done"
    ]
    with tempfile.TemporaryDirectory(prefix="ek-") as name:
        folder = Path(name)
        _stand_in(folder, records)
        write_summary(reports, failures, folder, evaluation=inputs.evaluation)
        made = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.stat().st_size
        }
    made |= beside or {}
    write_all(store, made)
    return hashes(made)


def _stand_in(folder: Path, records: Sequence[ReportRecord]) -> None:
    """Empty files with the names of the reports', for pages that link to what is there."""
    for record in records:
        for name in record.files:
            if not name.startswith(f"{INTERNAL}/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).touch()


def _report(store: Store, inputs: Inputs, record: ReportRecord, issued: str) -> dict[str, Any]:
    """What a region's report stored of itself, with hashes and date of the whole run in place of the region's own."""
    values: dict[str, Any] = json.loads(store.read(f"regions/{record.slug}.json"))
    whole = {
        "data_hash": inputs.contacts.content_hash,
        "evaluation_fingerprint": inputs.evaluation.fingerprint,
        "issued": issued,
    }
    return {**values, "provenance": {**values["provenance"], **whole}}


def manifest_of(
    inputs: Inputs,
    records: Sequence[ReportRecord],
    *,
    issued: str,
    started: str,
    disclosure: Mapping[str, Any],
    finished: str | None = None,
    files: Mapping[str, str] | None = None,
) -> Manifest:
    """The manifest of a run, as it may be published: causes without the messages of errors."""
    evaluation = inputs.evaluation
    return Manifest(
        evaluation={
            "title": evaluation.title,
            "fingerprint": evaluation.fingerprint,
            "settings": evaluation.settings,
        },
        data_hash=inputs.contacts.content_hash,
        code={"version": __version__, "hash": code_hash()},
        packages=package_versions(),
        seed=Sampling().seed,
        issued=issued,
        started=started,
        finished=finished,
        disclosure=disclosure,
        reports=tuple(replace(record, cause=causes.for_publication(record.status, record.cause)) for record in records),
        files=files or {},
    )


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Put the manifest in its place."""
    store.write(MANIFEST, manifest.to_bytes())


def now() -> str:
    """The time in UTC (ISO 8601), to the second."""
    return dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
