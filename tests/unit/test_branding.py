"""Branding: a colour that can be read, a logo that does nothing but show itself, and one error for what is neither."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from evalkit.batch import inspect_file
from evalkit.errors import EvaluationError
from evalkit.evaluation import load_evaluation
from evalkit.evaluation.branding import GROUNDS, LARGEST_LOGO, contrast, darker_shade, logo_fault, logo_kind

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#123456"/></svg>'


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x12\x34\x56" * width for _ in range(min(height, 50))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def write(folder: Path, branding: str, logo: bytes | None = SVG, extra: str = "") -> Path:
    (folder / "contacts.csv").write_text("region,channel,period,contacts\nA,helpline,2019-01,5\n")
    (folder / "campaigns.csv").write_text("campaign,region,launch\nx,A,2019-01\n")
    if logo is not None:
        (folder / "logo.svg").write_bytes(logo)
    file = folder / "evaluation.toml"
    file.write_text(f'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\n{extra}\n[branding]\n{branding}\n')
    return file


def problems(file: Path) -> str:
    with pytest.raises(EvaluationError) as caught:
        load_evaluation(file)
    return str(caught.value)


# the WCAG's own examples: black on white, and the grey that just passes
@pytest.mark.parametrize(("colour", "ratio"), [("#000000", 21), ("#ffffff", 1), ("#767676", 4.54), ("#777777", 4.48)])
def test_contrast_is_that_of_the_wcag(colour: str, ratio: float) -> None:
    assert contrast(colour, "#ffffff") == pytest.approx(ratio, abs=0.005)


def test_branding_is_read(tmp_path: Path) -> None:
    text = 'organisation = "Example Foundation"\nlogo = "logo.svg"\nlogo_alt = "A square"\naccent = "#0B5C8A"'
    found = load_evaluation(write(tmp_path, text, extra='signposting = "Call."\ncite = "So."'))
    assert found.branding.organisation == "Example Foundation"
    assert found.branding.accent == "#0b5c8a"
    assert found.logo == SVG
    assert (found.signposting, found.cite) == ("Call.", "So.")


@pytest.mark.parametrize("accent", ["#ffcc00", "#ff0000", "#00aaff"])
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(tmp_path: Path, accent: str) -> None:
    message = problems(write(tmp_path, f'accent = "{accent}"'))
    assert "branding.accent" in message
    assert "4.5 : 1" in message
    assert darker_shade(accent) in message
    assert all(contrast(darker_shade(accent), ground) >= 4.5 for ground in GROUNDS.values())


@pytest.mark.parametrize("accent", ["blue", "#fff", "0b5c8a", "#0b5c8g"])
def test_a_colour_in_other_words_is_refused(tmp_path: Path, accent: str) -> None:
    assert "#rrggbb" in problems(write(tmp_path, f'accent = "{accent}"'))


def test_a_logo_needs_words(tmp_path: Path) -> None:
    assert "logo_alt" in problems(write(tmp_path, 'logo = "logo.svg"'))


def test_a_missing_logo_is_named_with_the_nearest(tmp_path: Path) -> None:
    assert "logo.svg" in problems(write(tmp_path, 'logo = "logos.svg"\nlogo_alt = "x"'))


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    assert "organisation" in problems(write(tmp_path, 'organization = "x"'))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "<script>"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "onload"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><a href='https://example.org'/></svg>", "href"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "entity"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><style>@import 'x';</style></svg>", "style"),
        (b"<svg", "neither"),
        (b"<html/>", "neither"),
        (b"GIF89a", "neither"),
        (png()[:40], "cut off"),
        (png(9000, 9000), "pixels"),
        (SVG + b" " * LARGEST_LOGO, "bytes"),
    ],
)
def test_a_logo_that_does_more_than_show_itself_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in problems(write(tmp_path, 'logo = "logo.svg"\nlogo_alt = "x"', content))


def test_kinds_are_told_by_content() -> None:
    assert (logo_kind(png()), logo_kind(SVG)) == ("png", "svg")
    assert logo_fault(png()) == logo_fault(SVG) == ""


def test_the_fingerprint_follows_the_logo_and_stays_without_branding(tmp_path: Path) -> None:
    plain = load_evaluation(write(tmp_path, "")).fingerprint
    assert "branding" not in load_evaluation(tmp_path).settings
    one = load_evaluation(write(tmp_path, 'logo = "logo.svg"\nlogo_alt = "x"')).fingerprint
    other = load_evaluation(write(tmp_path, 'logo = "logo.svg"\nlogo_alt = "x"', SVG + b"\n")).fingerprint
    assert len({plain, one, other}) == 3


def test_a_missing_line_on_help_is_noted_and_stops_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    (note,) = inspect_file(file)[1]
    assert (note.code, note.fatal) == ("no-signposting", False)
    assert inspect_file(write(tmp_path, "", extra='signposting = "Call."'))[1] == ()
