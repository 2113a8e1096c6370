"""What an earlier run wrote, read without changing it: a folder of this machine, or an address."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Final, Protocol

from evalkit.batch.manifest import COUNTS, MANIFEST, Manifest, read_manifest
from evalkit.batch.store import INTERNAL, checked_name
from evalkit.errors import BatchError
from evalkit.evaluation.addresses import filesystem, is_address, read_address, without_secrets
from evalkit.report.rounds import Round

INPUTS: Final = f"{INTERNAL}/inputs.json"
"""Hashes of every input file and every series of a run; internal, as guesses at small counts can be tried on them."""


class Output(Protocol):
    """The files of a run."""

    def read(self, name: str) -> bytes:
        """The bytes of a file; ``FileNotFoundError`` where there is none."""
        ...

    def names(self) -> list[str]:
        """Names of all files, sorted."""
        ...


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        return (self._folder / checked_name(name)).read_bytes()

    def names(self) -> list[str]:
        return sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())


class _Address:
    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def read(self, name: str) -> bytes:
        return read_address(f"{self._address}/{checked_name(name)}")

    def names(self) -> list[str]:
        files, root = filesystem(self._address)
        start = len(root.rstrip("/")) + 1
        return sorted(str(path)[start:] for path in files.find(root))


def output_at(place: str | Path) -> Output:
    """The files at a path or an address, whether or not a run wrote there."""
    return _Address(str(place)) if is_address(place) else _Folder(Path(place))


def open_output(place: str | Path) -> tuple[Output, Manifest]:
    """The files of a run and its manifest.

    Raises
    ------
    BatchError
        There is no such folder, no run wrote into it, or its manifest is of another layout.
    """
    output = output_at(place)
    shown = without_secrets(place)
    if isinstance(output, _Folder) and not Path(place).is_dir():
        raise BatchError(f"There is no folder {shown}. Name the folder that a run wrote.")
    try:
        content = output.read(MANIFEST)
    except FileNotFoundError:
        raise BatchError(f"{shown} has no {MANIFEST}. Name the folder that a run wrote.") from None
    return output, read_manifest(content, source=f"{shown}/{MANIFEST}")


def read_round(place: str | Path) -> Round:
    """What a run published, for :func:`evalkit.report.rounds.compare_rounds`.

    Raises
    ------
    BatchError
        As :func:`open_output`, or a report that the manifest lists is not there.
    """
    output, manifest = open_output(place)
    regions = {}
    for record in manifest.reports:
        if record.status == "done":
            name = f"regions/{record.slug}.json"
            try:
                regions[record.region] = json.loads(output.read(name))
            except FileNotFoundError:
                raise BatchError(
                    f"{without_secrets(place)} has no {name}, which its manifest lists. evalkit verify says what else "
                    f"is missing."
                ) from None
    return Round(
        name=without_secrets(place),
        manifest=manifest.to_dict(),
        regions=regions,
        inputs=_inputs(output),
        suppressed=_suppressed(output),
    )


def _suppressed(output: Output) -> dict[tuple[str, str, str], bool] | None:
    """Which published counts and totals were left out, by region, channel and period."""
    try:
        text = output.read(COUNTS).decode()
    except FileNotFoundError:
        return None
    rows = csv.DictReader(io.StringIO(text))
    if not {"region", "channel", "period", "suppressed"} <= set(rows.fieldnames or ()):
        return None
    return {(row["region"], row["channel"], row["period"]): row["suppressed"].lower() == "true" for row in rows}


def _inputs(output: Output) -> dict[str, Any] | None:
    try:
        values = json.loads(output.read(INPUTS))
    except (FileNotFoundError, ValueError):
        return None
    return values if isinstance(values, dict) else None
