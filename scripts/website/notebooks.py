"""Notebooks with their outputs: each executed once, and kept until the notebook, the library or the data change."""

from __future__ import annotations

import functools
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any, Final

from evalkit.batch.engine import default_engine, engine_name

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / "build" / "notebooks"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"


def executed(source: Path) -> Path:
    """The notebook with outputs, from ``build/notebooks`` or executed now.

    Raises
    ------
    papermill.PapermillExecutionError
        Where a cell fails.
    """
    import papermill

    key = hashlib.sha256(source.read_bytes() + _surroundings()).hexdigest()[:16]
    kept = KEPT / f"{source.stem}-{key}.ipynb"
    if not kept.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f".{kept.name}")
        papermill.execute_notebook(
            str(source),
            str(part),
            {},
            engine_name=engine_name(default_engine()),
            progress_bar=False,
            request_save_on_cell_execute=False,
            cwd=str(ROOT),
        )
        shown = for_reading(json.loads(part.read_text(encoding="utf-8")))
        part.write_text(json.dumps(shown, ensure_ascii=False), encoding="utf-8")
        part.replace(kept)
        _forget_others(source.stem, kept)
    return kept


@functools.cache
def _surroundings() -> bytes:
    """A hash of everything that outputs depend on, besides the notebook."""
    here = Path(__file__)
    files = [here, *ROOT.glob("src/evalkit/**/*.py"), *ROOT.glob("data/**/*.csv"), *ROOT.glob("data/**/*.toml")]
    hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)]
    return hashlib.sha256("".join(hashes).encode()).digest()


def _forget_others(stem: str, kept: Path) -> None:
    for older in KEPT.glob(f"{stem}-" + "[0-9a-f]" * 16 + ".ipynb"):
        if older != kept:
            older.unlink()


def for_reading(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as a page: no widgets, no messages on standard error, and words for every picture."""
    notebook["metadata"].pop("widgets", None)
    heading = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            heading = next((line for line in "".join(cell["source"]).splitlines() if line.startswith("#")), heading)
            continue
        cell["outputs"] = [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]
        for output in cell["outputs"]:
            output.get("data", {}).pop(_WIDGET, None)
            _describe(output, f"Chart under the heading: {heading.lstrip('# ')}")
    return notebook


def _describe(output: dict[str, Any], otherwise: str) -> None:
    """Put a picture into HTML, with the words that it carries itself; MyST-NB has one description for a whole cell."""
    picture = output.get("data", {}).pop("image/png", None)
    if picture is None:
        return
    said = output.get("metadata", {}).get("image/png", {}).get("alt") or otherwise
    source = "".join(picture).replace("\n", "")
    output["data"]["text/html"] = f'<img alt="{escape(said)}" src="data:image/png;base64,{source}">'
