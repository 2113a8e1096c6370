"""Whether forked kernels gave what new interpreters gave: every output of every cell, pictures included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import evalkit as ek
from evalkit.report import slug


def compared(plain: Path, warm: Path, evaluation: Path, *, regions: int) -> list[dict[str, Any]]:
    """One row a region: how many outputs both notebooks have, how many of them are pictures, and how many differ."""
    rows = []
    for number, region in enumerate(ek.read_inputs(evaluation).regions[:regions]):
        first = _outputs(plain / f"{number}.ipynb")
        stem = slug(region)
        second = _outputs(warm / f"{stem}-{stem}.ipynb")
        differing = sum(one != other for one, other in zip(first, second, strict=False))
        rows.append(
            {
                "region": region,
                "outputs": len(first),
                "pictures": sum("image/png" in output.get("data", {}) for output in first),
                "differing": differing + abs(len(first) - len(second)),
            }
        )
    return rows


def _outputs(path: Path) -> list[dict[str, Any]]:
    book = json.loads(path.read_text(encoding="utf-8"))
    return [output for cell in book["cells"] for output in cell.get("outputs", [])]
