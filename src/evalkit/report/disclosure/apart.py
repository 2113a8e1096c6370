"""Files that show counts as they were counted are not written among those of a run that are published."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.errors import ReportError
from evalkit.vocab import INTERNAL_FOLDER, MANIFEST_FILE


def require_apart(path: str | Path) -> None:
    """Refuse a place inside the published part of a run's folder; below its ``internal/`` all is well.

    Raises
    ------
    ReportError
        Somebody would publish the folder, and this file with it.
    """
    place = Path(path).resolve()
    for folder in place.parents:
        if _is_published(folder) and folder / INTERNAL_FOLDER not in place.parents:
            raise ReportError(
                f"{place.name} would show counts as they were counted, and {folder.name}/ is a run that is published: "
                f"everything in it but {INTERNAL_FOLDER}/. Name another folder, or {folder.name}/{INTERNAL_FOLDER}."
            )


def _is_published(folder: Path) -> bool:
    """Whether a run wrote here, by rules under which its folder may leave."""
    try:
        found = json.loads((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    rules = found.get("disclosure") if isinstance(found, dict) else None
    return isinstance(rules, dict) and rules.get("profile") != "internal"
