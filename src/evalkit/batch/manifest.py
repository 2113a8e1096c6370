"""What a run did, as one file: every report with its status, its cause, its key and the hashes of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Final

from evalkit import vocab
from evalkit.batch.store import INTERNAL
from evalkit.errors import BatchError

SCHEMA: Final = 1
MANIFEST: Final = vocab.MANIFEST_FILE
INTERNAL_MANIFEST: Final = f"{INTERNAL}/{MANIFEST}"
COUNTS: Final = "counts.csv"
SUPPRESSIONS: Final = "suppressions.csv"
EARLIER_ROUNDS: Final = "earlier-rounds.csv"


@dataclass(frozen=True, kw_only=True)
class ReportRecord:
    """What became of one region: a row of the manifest, and its record in ``internal/state``.

    Attributes
    ----------
    region, slug : str
        Name of the region, and what its files are called.
    status, cause, what_to_do : str
        ``"done"``, or what went wrong, why, and what to do about it; the last two are empty where done.
    started : str
        When its notebook began, in UTC (ISO 8601); empty where it never did.
    seconds : float
        Wall time.
    parameters : mapping
        Parameters of its notebook; files by name only, so that nothing tells where they lay.
    key : str
        Sha256 of everything that its contents follow from, see :mod:`evalkit.batch.keys`; empty in what is published.
    warnings : tuple of str
        What the report itself warns of.
    files : mapping of str to str
        Sha256 of each of its files by name.
    """

    region: str
    slug: str
    status: str
    cause: str = ""
    what_to_do: str = ""
    started: str = ""
    seconds: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    warnings: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, in the order of the schema."""
        return {
            **asdict(self),
            "parameters": dict(self.parameters),
            "warnings": list(self.warnings),
            "files": dict(sorted(self.files.items())),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReportRecord:
        """The record that :meth:`to_dict` gave; ``KeyError`` or ``TypeError`` for anything else."""
        known = {name: values[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "warnings": tuple(known["warnings"])})


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One run: what was asked, of which data, by which code, and what became of every report.

    Attributes
    ----------
    evaluation : mapping
        ``title``, ``fingerprint`` and ``settings``.
    data_hash : str
        Sha256 of the contacts; in what is published, of the counts as they are published.
    code : mapping
        ``version`` and ``hash`` of evalkit.
    packages : mapping of str to str
        Versions of what the numbers follow from.
    seed : int
        Seed of the draws.
    issued : str
        Date on the reports.
    started, finished : str or None
        When the run began and ended, in UTC; ``finished`` is None while it goes on, and stays so where it was killed.
    disclosure : mapping
        ``profile`` and ``plan_hash``; ``held_against``, the earlier rounds (``issued``, ``plan_hash``) that the plan
        was held against; ``first_round``, whether it was declared to be the first one.
    reports : tuple of ReportRecord
        One a region.
    files : mapping of str to str
        Sha256 of the files over all regions.
    """

    evaluation: Mapping[str, Any]
    data_hash: str
    code: Mapping[str, str]
    packages: Mapping[str, str]
    seed: int
    issued: str
    started: str
    finished: str | None
    disclosure: Mapping[str, Any]
    reports: tuple[ReportRecord, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        reports = [record.to_dict() for record in self.reports]
        return {"schema": SCHEMA, **values, "reports": reports, "files": dict(sorted(self.files.items()))}

    def to_bytes(self) -> bytes:
        """The file ``manifest.json``."""
        return json_bytes(self.to_dict())


def for_publication(manifest: Manifest, *, data_hash: str, fingerprint: str) -> Manifest:
    """A manifest without any hash that follows from exact counts: a guess at a small count can be tried on its hash.

    Parameters
    ----------
    data_hash : str
        Hash of what is published of the contacts, in place of theirs.
    fingerprint : str
        Hash of what was asked without the contacts, in place of one with them.
    """
    return replace(
        manifest,
        evaluation={**manifest.evaluation, "fingerprint": fingerprint},
        data_hash=data_hash,
        reports=tuple(replace(record, key="", files=public_files(record.files)) for record in manifest.reports),
        files=public_files(manifest.files),
    )


def read_manifest(content: bytes, *, source: str = MANIFEST) -> Manifest:
    """The manifest in a file.

    Raises
    ------
    BatchError
        Not a manifest, or of another layout.
    """
    try:
        values = json.loads(content)
        schema = values.pop("schema")
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise BatchError(f"{source} is no manifest of a run: {problem}. Name the folder that a run wrote.") from problem
    if schema != SCHEMA:
        raise BatchError(f"{source} has schema {schema!r}. Allowed: {SCHEMA}. Run the evaluation again.")
    try:
        reports = tuple(ReportRecord.from_dict(row) for row in values.pop("reports"))
        return Manifest(**values, reports=reports)
    except (KeyError, TypeError) as problem:
        raise BatchError(f"{source} is no whole manifest: {problem}. Run the evaluation again.") from problem


def sha256(content: bytes) -> str:
    """Hexadecimal sha256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def public_files(files: Mapping[str, str]) -> dict[str, str]:
    """Those of the files, by name, that may be published."""
    return {name: digest for name, digest in files.items() if not name.startswith(f"{INTERNAL}/")}


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Sha256 of each file by name."""
    return {name: sha256(content) for name, content in sorted(files.items())}


def json_bytes(values: Mapping[str, Any]) -> bytes:
    """A JSON file that people can read; the same bytes for the same values."""
    return (json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def named_only(parameters: Mapping[str, Any], paths: Iterable[str] = ("evaluation", "out", "plan")) -> dict[str, Any]:
    """Parameters with paths by name only, so that nothing tells where files lay."""
    return {
        name: PurePosixPath(str(value).replace("\\", "/")).name if name in set(paths) and value else value
        for name, value in parameters.items()
    }
