"""Reading back what was published, as an attacker would: text of every kind of file, and data values from drawings."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

SVG = "{http://www.w3.org/2000/svg}"
MINUS = "\u2212"
_NUMBER = re.compile(r"(?<![\w.#,/-])[-\u2212]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.#,/-])[-\u2212]?\d+(?:\.\d+)?")


def published(folder: Path) -> dict[str, bytes]:
    """Every file outside internal/ by its name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "internal"
    }


def texts(name: str, content: bytes) -> Iterator[str]:
    """Everything in a file that can be read as text: PDF pages, streams and metadata, cells of a workbook, names."""
    yield name
    if name.endswith(".pdf"):
        yield from _pdf_texts(content)
    elif name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield from (book.read(part).decode("utf-8", "replace") for part in book.namelist())
    elif name.endswith(".parquet"):
        import pandas as pd
        import pyarrow.parquet as parquet

        yield pd.read_parquet(io.BytesIO(content)).to_csv(index=False)
        yield str(parquet.read_schema(io.BytesIO(content)).metadata)
    elif name.endswith(".png"):
        from PIL import Image

        with Image.open(io.BytesIO(content)) as picture:
            picture.load()  # texts may stand behind the picture
            yield str(picture.info)
    else:
        yield content.decode("utf-8", "replace")


def _pdf_texts(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    yield from (page.extract_text() for page in reader.pages)
    yield str(dict(reader.metadata or {}))
    for number in range(1, len(reader.xref.get(0, {})) + 1):
        found = reader.get_object(number)
        if found is None:
            continue
        yield str(found)
        if hasattr(found, "get_data") and found.get("/Subtype") not in ("/Image", "/CIDFontType0C", "/OpenType"):
            data = found.get_data()
            if not found.get("/Length1") and b"FontFile" not in data:
                yield data.decode("latin-1")


def drawings(name: str, content: bytes) -> Iterator[ET.Element]:
    """Every SVG drawing in a file: the file itself, in a web page, in the outputs of a notebook."""
    if name.endswith(".svg"):
        yield ET.fromstring(content)
    if name.endswith(".html"):
        for found in re.findall(rb"<svg.*?</svg>", content, re.DOTALL):
            yield ET.fromstring(_named(found))
    if name.endswith(".ipynb"):
        for cell in json.loads(content)["cells"]:
            for output in cell.get("outputs", []):
                svg = output.get("data", {}).get("image/svg+xml")
                if svg:
                    yield ET.fromstring("".join(svg).encode())


def _named(svg: bytes) -> bytes:
    head, rest = svg.split(b">", 1)
    if b"xmlns=" not in head:
        head += b' xmlns="http://www.w3.org/2000/svg"'
    if b"xlink:" in svg and b"xmlns:xlink" not in head:
        head += b' xmlns:xlink="http://www.w3.org/1999/xlink"'
    return head + b">" + rest


def values_drawn(svg: ET.Element, line: str) -> list[float]:
    """The data values of a line, by inverting the vertical axis that the ticks define; empty where it is not drawn."""
    return [value for _, value in points_drawn(svg, line)]


def points_drawn(svg: ET.Element, line: str) -> list[tuple[float, float]]:
    """The same with the place of each point from left to right, on the page."""
    named = [group for group in svg.iter(f"{SVG}g") if re.fullmatch(rf"([a-z]+-\d+-)?{line}", group.get("id", ""))]
    ticks = _ticks(svg)
    if not named or len(ticks) < 2:
        return []
    (low_y, low), (high_y, high) = min(ticks), max(ticks)
    path = next(named[0].iter(f"{SVG}path"))
    points = re.findall(r"[ML] ?([-\d.]+) ([-\d.]+)", path.get("d", ""))
    return [(float(x), low + (float(y) - low_y) / (high_y - low_y) * (high - low)) for x, y in points]


def number_of(svg: ET.Element, name: str) -> int:
    """Which channel of a region a drawing says that it is of, counted from 1; 0 where it does not say."""
    ids = [group.get("id", "") for group in svg.iter(f"{SVG}g")]
    named = next((found for one in (*ids, name) if (found := re.search(r"\bpath-(\d+)", one))), None)
    return int(named[1]) if named else 0


def lines_of(name: str, content: bytes) -> Iterator[NDArray[np.float64]]:
    """The heights on the page of the points of every line, of drawings of any kind and of the pages of a PDF."""
    for svg in drawings(name, content):
        for path in svg.iter(f"{SVG}path"):
            yield _heights(re.findall(r"[ML] ?([-\d.]+)[ ,]([-\d.]+)", path.get("d", "")))
    if name.endswith(".pdf"):
        from pypdf import PdfReader

        for page in PdfReader(io.BytesIO(content)).pages:
            drawn = page.get_contents()
            text = "" if drawn is None else drawn.get_data().decode("latin-1")
            for run in re.findall(r"(?:-?[\d.]+ -?[\d.]+ [ml]\s+){6,}", text):
                yield _heights(re.findall(r"(-?[\d.]+) (-?[\d.]+) [ml]", run))


def _heights(points: list[tuple[str, str]]) -> NDArray[np.float64]:
    return np.array([float(y) for _, y in points])


def is_drawn_from(heights: NDArray[np.float64], counts: NDArray[np.float64]) -> bool:
    """Whether a line shows these counts to less than half a count, whatever its axis: heights are a + b times them."""
    if len(heights) != len(counts) or np.ptp(counts) < 20:
        return False
    slope, level = np.polyfit(counts, heights, 1)
    return bool(slope) and float(np.abs((heights - level) / slope - counts).max()) < 0.5


def _ticks(svg: ET.Element) -> list[tuple[float, float]]:
    """Height on the page and value of each labelled tick of the vertical axis of the first chart.

    The lines of the grid are level ones of one group, and beside each stands a number that ends at the axis.
    """
    chart = next((group for group in svg.iter(f"{SVG}g") if re.fullmatch(r"(.+-)?axes_1", group.get("id", ""))), svg)
    for group in chart.iter(f"{SVG}g"):
        lines = [path.get("d", "") for path in group.findall(f"{SVG}path")]
        level = [re.fullmatch(r"M [-\d.]+ ([-\d.]+)\s+L [-\d.]+ ([-\d.]+)\s*", line) for line in lines]
        heights = sorted(float(found[1]) for found in level if found and found[1] == found[2])
        labels = sorted(_numbers_at_axis(chart))
        if len(heights) == len(lines) == len(labels) > 1:
            return [(height, value) for height, (_, value) in zip(heights, labels, strict=True)]
    return []


def _numbers_at_axis(chart: ET.Element) -> Iterator[tuple[float, float]]:
    """Height and value of each number that ends where it is placed."""
    for text in chart.iter(f"{SVG}text"):
        said = "".join(text.itertext()).strip().replace(",", "").replace(MINUS, "-")
        if "text-anchor: end" in text.get("style", "") and re.fullmatch(r"-?\d+(\.\d+)?", said):
            yield float(text.get("y", "nan")), float(said)


def numbers_in(text: str) -> set[float]:
    """Every number in a text, as it stands there."""
    return {float(found.replace(",", "").replace(MINUS, "-")) for found in _NUMBER.findall(text)}


def leaves(values: Any) -> Iterator[Any]:
    """Every number in nested values."""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list):
        for value in values:
            yield from leaves(value)
    elif isinstance(values, int | float) and not isinstance(values, bool):
        yield values
