"""Where a file comes from, written into the file itself, so that it can be told when the file stands alone.

Web pages carry it as ``<meta name="evalkit">``, charts as ``<metadata>`` (SVG) or a text chunk (PNG), Parquet in the
metadata of its schema, notebooks in theirs. PDFs have it among their keywords and JSON files as ``provenance``; both
get it where they are made, as does the sheet of notes of a workbook. CSV files have no place for it that a spreadsheet
would not take for a row: theirs is ``manifest.json``, which lists them with their hashes.
"""

from __future__ import annotations

import html
import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from evalkit.catalogue import text

if TYPE_CHECKING:
    from evalkit.report.content import Provenance

KEY: Final = "evalkit"
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = 8 + 4 + 4 + 13 + 4  # signature; length, name, content and check sum of the first chunk
_SVG: Final = re.compile(rb"<svg\b[^>]*>")
_CHARSET: Final = b'<meta charset="utf-8">'


def stamp_of(provenance: Provenance) -> dict[str, str]:
    """What a file carries: version, both hashes, seed and date, as text by name."""
    return {name: str(value) for name, value in provenance.to_dict().items()}


def hashed(*, exact: bool) -> str:
    """What the first hash of a report is of: counts as published, or where nothing was controlled the data."""
    return text("cite.exact" if exact else "cite.published")


def stamp_words(provenance: Provenance, *, exact: bool = False) -> tuple[str, ...]:
    """The same as keywords: ``("evalkit 0.1.0", "published counts 3f…", …)``; ``exact`` as in :func:`hashed`."""
    values = stamp_of(provenance)
    return (
        f"{KEY} {values['code_version']}",
        f"{hashed(exact=exact)} {values['data_hash']}",
        text("provenance.stamp_asked", hash=values["evaluation_fingerprint"]),
        text("provenance.stamp_seed", seed=values["seed"]),
        text("provenance.stamp_issued", date=values["issued"]),
    )


def stamped(contents: Mapping[str, bytes], provenance: Provenance | None, *, exact: bool = False) -> dict[str, bytes]:
    """Files by name with their provenance inside; those that have no place for it, or have it already, as they are.

    ``exact`` is as in :func:`hashed`. A name may be an ending alone, such as ``"html"``.
    The same files and provenance give the same bytes.
    """
    if provenance is None:
        return dict(contents)
    found, words = {}, "; ".join(stamp_words(provenance, exact=exact))
    for name, content in contents.items():
        kind = PurePosixPath(name).suffix.lstrip(".") or name
        if kind in _WRITTEN:
            content = _WRITTEN[kind](content, words)
        elif kind in _HELD:
            content = _HELD[kind](content, stamp_of(provenance))
        found[name] = content
    return found


def _html(content: bytes, words: str) -> bytes:
    meta = f'\n<meta name="{KEY}" content="{html.escape(words)}">'.encode()
    return content.replace(_CHARSET, _CHARSET + meta, 1)


def _svg(content: bytes, words: str) -> bytes:
    # no element may hold two: what matplotlib writes of itself (RDF) stays beside it in a group of its own
    note = f'<g><metadata id="{KEY}">{html.escape(words)}</metadata></g>'.encode()
    return _SVG.sub(lambda opening: opening[0] + b"\n" + note, content, count=1)


def _png(content: bytes, words: str) -> bytes:
    if not content.startswith(_SIGNATURE):
        return content
    body = b"tEXt" + KEY.encode() + b"\0" + words.encode("latin-1", "replace")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return content[:_HEADER] + chunk + content[_HEADER:]


def _parquet(content: bytes, values: Mapping[str, str]) -> bytes:
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(content))
    about = {**(table.schema.metadata or {}), KEY.encode(): json.dumps(values).encode()}
    with io.BytesIO() as file:
        parquet.write_table(table.replace_schema_metadata(about), file, compression="zstd")
        return file.getvalue()


def _notebook(content: bytes, values: Mapping[str, str]) -> bytes:
    notebook = json.loads(content)
    notebook["metadata"] = {**notebook.get("metadata", {}), KEY: dict(values)}
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "surrogatepass")


_WRITTEN: Final[Mapping[str, Callable[[bytes, str], bytes]]] = {"html": _html, "svg": _svg, "png": _png}
_HELD: Final[Mapping[str, Callable[[bytes, Mapping[str, str]], bytes]]] = {"parquet": _parquet, "ipynb": _notebook}
