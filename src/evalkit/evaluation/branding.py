"""How reports are signed: the ``[branding]`` table of an evaluation file, its logo and its colour, checked."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from pydantic import BaseModel, ConfigDict, Field, StrictStr, field_validator
from pydantic_core import PydanticCustomError

from evalkit.errors import Problem
from evalkit.evaluation.settings import missing_file

LOGO_KINDS: Final = ("png", "svg")
LARGEST_LOGO: Final = 200_000
MOST_PIXELS: Final = 4_000_000
LEAST_CONTRAST: Final = 4.5
GROUNDS: Final = {"white": "#ffffff", "the pale ground of boxes": "#eef4f8"}
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
_ACTIVE: Final = frozenset({"script", "foreignobject", "image", "animate", "set", "iframe", "use"})


class Branding(BaseModel):
    """Whose report it is: the ``[branding]`` table of an evaluation file.

    Attributes
    ----------
    organisation : str
        Who publishes the report; stands on the cover and in the line on how to cite it.
    logo : Path or None
        A PNG or SVG file of at most 200 kB, relative to the evaluation file. It is put inside every report.
    logo_alt : str
        What the logo shows, for readers who do not see it; required where there is a logo.
    accent : str or None
        Colour ``"#rrggbb"`` of the cover, of headings and of links. It is text on white and on a pale ground, and the
        ground of white text: its contrast to both must be 4.5 : 1 or more (WCAG 2.2, level AA).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organisation: StrictStr = Field(default="", description="who publishes the report")
    logo: Path | None = Field(default=None, description="the path of a logo (PNG or SVG, at most 200 kB)")
    logo_alt: StrictStr = Field(default="", description="what the logo shows, in words, for readers who do not see it")
    accent: StrictStr | None = Field(
        default=None, description='the colour of cover, headings and links, such as "#0b5c8a"; dark enough to read'
    )

    @field_validator("accent")
    @classmethod
    def _readable(cls, accent: str | None) -> str | None:
        if accent is None:
            return None
        if not _HEX.fullmatch(accent):
            raise PydanticCustomError("colour", 'a colour written "#rrggbb", such as "#0b5c8a"')
        ground, worst = min(
            ((name, contrast(accent, colour)) for name, colour in GROUNDS.items()), key=lambda pair: pair[1]
        )
        if worst < LEAST_CONTRAST:
            raise PydanticCustomError(
                "contrast",
                "a colour with a contrast of {least} : 1 or more to {ground} (this one has {found} : 1), such as the "
                "darker shade {darker}",
                {
                    "least": f"{LEAST_CONTRAST:g}",
                    "ground": ground,
                    "found": f"{worst:.1f}",
                    "darker": f'"{darker_shade(accent)}"',
                },
            )
        return accent.lower()


def contrast(one: str, other: str) -> float:
    """Contrast of two colours ``#rrggbb``, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darker_shade(colour: str) -> str:
    """The lightest shade of a colour, in steps of a hundredth towards black, that can be read on every ground."""
    channels = _channels(colour)
    for step in range(100, -1, -1):
        shade = "#" + "".join(f"{round(channel * step / 100):02x}" for channel in channels)
        if all(contrast(shade, ground) >= LEAST_CONTRAST for ground in GROUNDS.values()):
            return shade
    return "#000000"


def branding_problems(values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the logo of a ``[branding]`` table whose path is absolute already; empty where nothing is."""
    logo = values.get("logo")
    if not isinstance(logo, Path):
        return []
    if not logo.is_file():
        return [missing_file(logo, "branding.logo")]
    problems = []
    if not str(values.get("logo_alt", "")).strip():
        what = "branding.logo is given without branding.logo_alt."
        repair = 'Say in logo_alt what the logo shows, such as "Logo of the partnership".'
        problems.append(Problem(code="no-alternative-text", what=what, repair=repair))
    fault = logo_fault(logo.read_bytes())
    if fault:
        what = f"branding.logo ({logo.name}) {fault}."
        repair = "Give a PNG or a plain SVG of at most 200 kB, without scripts and without links."
        problems.append(Problem(code="unusable-logo", what=what, repair=repair))
    return problems


def logo_kind(content: bytes) -> str:
    """``"png"`` or ``"svg"`` by the content of a logo, not by its name."""
    return "png" if content.startswith(b"\x89PNG\r\n\x1a\n") else "svg"


def logo_fault(content: bytes) -> str:
    """Why a logo cannot be put into a report; empty where it can."""
    if len(content) > LARGEST_LOGO:
        return f"has {len(content):,} bytes; allowed are {LARGEST_LOGO:,}"
    return _png_fault(content) if logo_kind(content) == "png" else _svg_fault(content)


def _png_fault(content: bytes) -> str:
    if len(content) < 33 or content[12:16] != b"IHDR" or b"IEND" not in content[-12:]:
        return "is a PNG that is cut off"
    width, height = struct.unpack(">II", content[16:24])
    if not 0 < width * height <= MOST_PIXELS:
        return f"has {width} × {height} pixels; allowed are {MOST_PIXELS:,} altogether"
    return ""


def _svg_fault(content: bytes) -> str:
    """An SVG is read only where it declares no entity, holds nothing that acts, and points nowhere."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<?xml-stylesheet" in content:
        return "declares a document type, an entity or a style sheet of its own"
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError):
        return "is neither a PNG nor an SVG"
    if _local(root.tag) != "svg":
        return "is neither a PNG nor an SVG"
    for element in root.iter():
        name = _local(element.tag)
        if name in _ACTIVE:
            return f"holds an element <{name}>"
        for attribute, value in element.attrib.items():
            plain = _local(attribute)
            if plain.startswith("on") or (plain == "href" and not value.startswith("#")) or "url(http" in value:
                return f"holds an attribute {plain} that acts or points elsewhere"
        if name == "style" and ("@import" in (element.text or "") or "url(" in (element.text or "")):
            return "holds a style that points elsewhere"
    return ""


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
