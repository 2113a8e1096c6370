"""Resumable runs: one file for each method, cell and kind of series; nothing is computed twice."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.intervals import Estimated, Intervals
from benchmarks.places import WORK

if TYPE_CHECKING:
    from benchmarks.calibration.cells import Cell

CHUNK = 500
"""Series in one chunk: each has a random stream of its own, so that more replicates only add chunks."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: a folder and the entropy from which every series of it comes.

    The same cell gives the same series to every method of a run.
    """

    folder: Path
    entropy: int

    @classmethod
    def opened(cls, name: str, entropy: int | None = None) -> Run:
        """The run of that name, begun with fresh entropy (or the one given) where there is none.

        Raises
        ------
        ValueError
            The run exists and was begun from another entropy.
        """
        folder = WORK / "calibration" / name
        note = folder / "run.json"
        if not note.exists():
            folder.mkdir(parents=True, exist_ok=True)
            chosen = secrets.randbits(64) if entropy is None else entropy
            note.write_text(json.dumps({"entropy": chosen}))
        stored = int(json.loads(note.read_text())["entropy"])
        if entropy is not None and entropy != stored:
            raise ValueError(f"Run {name!r} was begun from entropy {stored}, not {entropy}. Give the run another name.")
        return cls(folder=folder, entropy=stored)

    def stream(self, cell: Cell, *, null: bool, chunk: int) -> np.random.Generator:
        """The random stream of one chunk of series."""
        key = (zlib.crc32(key_of(cell.labels).encode()), int(null), chunk)
        return np.random.default_rng(np.random.SeedSequence(self.entropy, spawn_key=key))

    def series(self, cell: Cell, size: int, *, null: bool) -> np.ndarray:
        """The first ``size`` series of a cell, shape (size, n)."""
        parts = [
            cell.simulate(self.stream(cell, null=null, chunk=chunk), CHUNK, null=null)
            for chunk in range(-(-size // CHUNK))
        ]
        return np.concatenate(parts)[:size]

    def path(self, method: str, cell: Cell, *, null: bool) -> Path:
        """Where the intervals of one method on one cell are kept."""
        return self.folder / method / f"{key_of(cell.labels)}_{'null' if null else 'effect'}.npz"


def key_of(labels: Mapping[str, object]) -> str:
    """A file name for a cell: ``latent_24_half_0.3_5.0``."""
    return "_".join(str(value).replace(" ", "-") for value in labels.values())


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What a result file holds.

    Attributes
    ----------
    estimated : mapping
        Intervals by estimand.
    cpu_seconds : float
        CPU time of the fits, of this process and its children.
    size : int
        Number of series.
    version : str
        Of the code that made them (:func:`benchmarks.calibration.methods.version_of`).
    """

    estimated: Estimated
    cpu_seconds: float
    size: int
    version: str


def save(path: Path, result: Result) -> None:
    """Write a result file in one step, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{part}": getattr(intervals, part)
        for name, intervals in result.estimated.items()
        for part in ("centre", "lower", "upper")
    }
    unfinished = path.with_suffix(".part.npz")
    about = {"cpu_seconds": result.cpu_seconds, "size": result.size, "version": result.version}
    np.savez_compressed(unfinished, **about, **arrays)
    unfinished.replace(path)


def load(path: Path) -> Result:
    """Read a result file."""
    with np.load(path) as stored:
        names = sorted({key.partition(".")[0] for key in stored.files if "." in key})
        estimated = {
            name: Intervals(**{part: stored[f"{name}.{part}"] for part in ("centre", "lower", "upper")})
            for name in names
        }
        return Result(
            estimated=estimated,
            cpu_seconds=float(stored["cpu_seconds"]),
            size=int(stored["size"]),
            version=str(stored["version"]),
        )
