"""The pages over all regions, and the manifest: written when every report is made, from what the reports left."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit import __version__
from evalkit.batch import causes
from evalkit.batch.disclosure import plan_files
from evalkit.batch.keys import asked_hash, package_versions
from evalkit.batch.manifest import INTERNAL_MANIFEST, MANIFEST, Manifest, ReportRecord, for_publication, hashes
from evalkit.batch.store import INTERNAL, write_all
from evalkit.effect import Sampling
from evalkit.report import pdf, theme, write_summary
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.batch.store import Store
    from evalkit.report.disclosure import DisclosurePlan

_LIBRARIES: Final = (
    "jinja2",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "openpyxl",
    "page",
    "pyarrow.parquet",
    "scipy.stats",
)


def get_ready() -> None:
    """Load what :func:`write_overview` is made with: while the last report is being made, a processor is idle."""
    for library in _LIBRARIES:
        import_module(library)
    pdf.load_fonts()
    with theme.theme():
        pass


def write_overview(
    store: Store,
    inputs: Inputs,
    records: Sequence[ReportRecord],
    *,
    issued: str,
    plan: DisclosurePlan,
) -> dict[str, str]:
    """Make the pages and tables over all regions, then put all of them in their place; their hashes by name.

    ``plan`` is the disclosure plan of the run: what is published of it is written with them.
    """
    whole = {**hashes_shown(inputs, plan), "issued": issued}
    reports = [_report(store, record, whole) for record in records if record.status == "done"]
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
    made |= plan_files(plan)
    write_all(store, made)
    return hashes(made)


def _stand_in(folder: Path, records: Sequence[ReportRecord]) -> None:
    """Empty files with the names of the reports', for pages that link to what is there."""
    for record in records:
        for name in record.files:
            if not name.startswith(f"{INTERNAL}/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).touch()


def _report(store: Store, record: ReportRecord, whole: Mapping[str, str]) -> dict[str, Any]:
    """What a region's report stored of itself, with hashes and date of the whole run in place of the region's own."""
    values: dict[str, Any] = json.loads(store.read(f"regions/{record.slug}.json"))
    return {**values, "provenance": {**values["provenance"], **whole}}


def hashes_shown(inputs: Inputs, plan: DisclosurePlan) -> dict[str, str]:
    """The hashes on the pages over all regions: of the published counts, and of what was asked without the contacts.

    Where nothing is controlled they are those of the contacts themselves.
    """
    if plan.profile.off:
        return {"data_hash": inputs.contacts.content_hash, "evaluation_fingerprint": inputs.evaluation.fingerprint}
    return {"data_hash": plan.hash, "evaluation_fingerprint": asked_hash(inputs.evaluation)}


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


def write_manifest(store: Store, manifest: Manifest, shown: Mapping[str, str]) -> None:
    """Put the manifest in its two places: whole for internal use, and as it may be published.

    ``shown`` is what :func:`hashes_shown` gave.
    """
    public = for_publication(manifest, data_hash=shown["data_hash"], fingerprint=shown["evaluation_fingerprint"])
    store.write(INTERNAL_MANIFEST, manifest.to_bytes())
    store.write(MANIFEST, public.to_bytes())


def now() -> str:
    """The time in UTC (ISO 8601), to the second."""
    return dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
