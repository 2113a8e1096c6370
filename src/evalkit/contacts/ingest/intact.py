"""Whether a file is whole, looked at before the engine sees it: hash, packing, encoding, length of lines.

The engine takes the end of a cut-off archive for the end of the log, and may break off altogether over a letter in
another encoding; so every byte is looked at here, once, as the hash of the content is made.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from evalkit.contacts.ingest.engine import LONGEST_LINE
from evalkit.contacts.ingest.mapping import Encoding, refused
from evalkit.contacts.ingest.sources import Source, damaged, vanished
from evalkit.errors import EvalkitError

_BLOCK: Final = 1 << 20


def content_of(source: Source, encoding: Encoding) -> str:
    """Sha256 (hexadecimal) of the bytes of a file; empty for what is no file.

    Parameters
    ----------
    source : Source
        The log.
    encoding : str
        What text files are encoded in.

    Raises
    ------
    IngestError
        The file is no longer there, or cannot be read; a packed one is damaged or cut off; a text file has a letter
        that is none in its encoding, or a line of more than 2 MB, with its row.
    """
    if source.kind in {"remote", "postgres"}:
        return ""
    problem: EvalkitError
    try:
        if source.kind == "text":
            with _unpacked(source) as stream:
                _check_text(_blocks(stream), encoding, source)
        with Path(source.place).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        problem = damaged(source.name)
    except OSError:
        problem = vanished(source.name)
    raise problem


def _unpacked(source: Source) -> gzip.GzipFile | BufferedReader:
    packed = source.place.casefold().endswith(".gz")
    return gzip.open(source.place) if packed else Path(source.place).open("rb")


def _blocks(stream: gzip.GzipFile | BufferedReader) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _check_text(blocks: Iterator[bytes], encoding: Encoding, source: Source) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    wide = 2 if encoding == "utf-16" else 1
    row, length = 1, 0
    for block in blocks:
        if not _decodes(decoder, block, final=False):
            raise _wrong_letter(source, encoding, row, block)
        row += block.count(b"\n")
        ends = block.rfind(b"\n")
        length = len(block) - ends - 1 if ends >= 0 else length + len(block)
        if length > LONGEST_LINE * wide:
            what = "A line is longer than 2 MB, which no log has."
            repair = "Export it again; a quotation mark may not be closed, or it is not a text file."
            raise refused(source.name, "long-line", what, repair, (row,))
    if not _decodes(decoder, b"", final=True):
        raise _wrong_letter(source, encoding, row, b"")


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _wrong_letter(source: Source, encoding: Encoding, row: int, block: bytes) -> EvalkitError:
    """The row of the first line of a block that cannot be decoded; lines of UTF-16 are not told apart."""
    lines = block.split(b"\n") if encoding != "utf-16" else [block]
    place = next((place for place, line in enumerate(lines) if not _is_text(line, encoding)), 0)
    what = f"The text is not {encoding}."
    repair = 'Save it again as CSV UTF-8, or say encoding = "latin-1" or "utf-16" under [files].'
    return refused(source.name, "encoding", what, repair, (row + place,))


def _is_text(line: bytes, encoding: Encoding) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
