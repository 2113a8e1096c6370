"""What an earlier run published by other rules of disclosure, put out of the way before a run writes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from evalkit.batch import records
from evalkit.batch.manifest import COUNTS, EARLIER_ROUNDS, INTERNAL_MANIFEST, MANIFEST, SUPPRESSIONS, read_manifest
from evalkit.errors import BatchError
from evalkit.report.files import FIGURES, OVER_ALL

if TYPE_CHECKING:
    from evalkit.batch.manifest import ReportRecord
    from evalkit.batch.store import Store

_FILES: Final = frozenset({*OVER_ALL, COUNTS, SUPPRESSIONS, EARLIER_ROUNDS})
_FOLDERS: Final = ("regions/", f"{FIGURES}/")


def set_aside(store: Store, disclosure: Mapping[str, Any], kept: Iterable[ReportRecord]) -> int:
    """Move what was published by another disclosure plan to ``internal/earlier``; how many files.

    Pages over all regions are made last. Without this, those of a run for internal use would stand beside controlled
    reports until then, and for good where the run is killed.

    Parameters
    ----------
    disclosure : mapping
        ``profile`` and ``plan_hash`` of the run that begins.
    kept : iterable of ReportRecord
        Reports that are current; their files stay.

    Raises
    ------
    BatchError
        A file cannot be moved; nothing of the new run is written then.
    """
    if not any(store.exists(name) for name in (INTERNAL_MANIFEST, MANIFEST)) or _same(store, disclosure):
        return 0
    current = {record.slug: record for record in kept}
    stay = {name for record in current.values() for name in record.files}
    old = [name for name in store.names() if (name in _FILES or name.startswith(_FOLDERS)) and name not in stay]
    try:
        for slug in records.recorded(store):
            if slug not in current:
                records.forget(store, slug)
        records.retire(store, old)
    except OSError as problem:
        raise BatchError(
            f"What an earlier run published by other rules cannot be moved to {records.EARLIER}: "
            f"{problem.strerror or problem}. Name another folder for this run, or move it away yourself."
        ) from problem
    return len(old)


def _same(store: Store, disclosure: Mapping[str, Any]) -> bool:
    """Whether the last run was under the same plan; not where its manifest cannot be read."""
    name = INTERNAL_MANIFEST if store.exists(INTERNAL_MANIFEST) else MANIFEST
    try:
        return dict(read_manifest(store.read(name)).disclosure) == dict(disclosure)
    except BatchError:
        return False
