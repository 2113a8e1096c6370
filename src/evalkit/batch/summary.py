"""What a run tells whoever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.batch.store import INTERNAL
from evalkit.display import Displayed
from evalkit.vocab import MANIFEST_FILE

if TYPE_CHECKING:
    from evalkit.batch.manifest import ReportRecord


@dataclass(frozen=True, kw_only=True)
class RegionRun:
    """What became of one region.

    Attributes
    ----------
    region : str
        Name of the region.
    status : str
        ``"done"`` or what went wrong, as in :class:`NotebookRun`.
    cause : str
        Why, in one line; empty where done.
    seconds : float
        Wall time.
    what_to_do : str
        What to do about it; empty where done.
    kept : bool
        Whether its report was there already and is still current.
    notebook, page, pdf : str
        Paths relative to the output; empty where there is no such file. The notebook is the one as executed.
    """

    region: str
    status: str
    cause: str
    seconds: float
    what_to_do: str = ""
    kept: bool = False
    notebook: str = ""
    page: str = ""
    pdf: str = ""

    @classmethod
    def of(cls, record: ReportRecord, *, kept: bool) -> RegionRun:
        """The row of a record."""
        stem = record.slug
        places = {
            "notebook": f"{INTERNAL}/notebooks/{stem}.ipynb",
            "page": f"regions/{stem}.html",
            "pdf": f"regions/{stem}.pdf",
        }
        return cls(
            region=record.region,
            status=record.status,
            cause=record.cause,
            what_to_do=record.what_to_do,
            seconds=record.seconds,
            kept=kept,
            **{name: place if place in record.files else "" for name, place in places.items()},
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class RunSummary(Displayed):
    """What a run wrote and what failed.

    Attributes
    ----------
    out : Path or str
        Where it wrote to; an address where that is one.
    regions : tuple of RegionRun
        The regions asked for, in their order.
    unwritten : str
        Why the pages over all regions or the manifest could not be written; empty where they were.
    held_against : str
        Which earlier rounds the run was held against, that it is the first one, or that none was named.
    notes : tuple of str
        What could not be looked at for that, and what there is to do about it.
    disclosure : mapping
        As in the manifest.
    """

    out: Path | str
    regions: tuple[RegionRun, ...]
    unwritten: str = ""
    held_against: str = ""
    notes: tuple[str, ...] = ()
    disclosure: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[RegionRun, ...]:
        """Regions without a report."""
        return tuple(region for region in self.regions if region.status != "done")

    @property
    def kept(self) -> tuple[RegionRun, ...]:
        """Regions whose report was there already and is still current."""
        return tuple(region for region in self.regions if region.kept)

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is there."""
        return not self.failed and not self.unwritten

    def at(self, name: str) -> str:
        """A file of the output as a path or an address."""
        return f"{self.out}/{name}" if isinstance(self.out, str) else str(self.out / name)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "out": str(self.out),
            "index": self.at("index.html"),
            "funder_pdf": self.at("funder.pdf"),
            "manifest": self.at(MANIFEST_FILE),
            "done": len(self.regions) - len(self.failed),
            "failed": len(self.failed),
            "kept": len(self.kept),
            "unwritten": self.unwritten,
            "disclosure": dict(self.disclosure),
            "notes": list(self.notes),
            "regions": [vars(region) for region in self.regions],
        }
