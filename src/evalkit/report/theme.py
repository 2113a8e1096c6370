"""How everything looks, in one place: colours, fonts, sizes. Nothing here is applied globally.

Colours are told apart by people with any colour vision and in a grey print: one dark blue, one accent (a dark orange
that is also drawn dashed), greys. Every text colour has a contrast of at least 4.5 : 1 on its ground.

The typeface is Fira Sans, copyright The Mozilla Foundation and Telefonica S.A., under the SIL Open Font License 1.1;
the files and the licence come with the package ``fontpkg-fira-sans``. DejaVu Sans, which comes with matplotlib, stands
in for characters that Fira Sans does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

INK: Final = "#1b2a3a"
GREY: Final = "#5a6672"
BLUE: Final = "#0b5c8a"
ACCENT: Final = "#a8480f"
PALE: Final = "#eef4f8"
BAND: Final = "#f3dccd"
BLUE_BAND: Final = "#d3e4ef"
RULE: Final = "#cfd8df"
MARK: Final = "#8b97a3"
WHITE: Final = "#ffffff"

FAMILY: Final = "Fira Sans"
FALLBACK: Final = "DejaVu Sans"
WEIGHTS: Final = ("Regular", "Italic", "Medium", "SemiBold", "Bold")
TEXT_WIDTH: Final = 6.6
FONT_SIZE: Final = 9.0
TICK_SIZE: Final = FONT_SIZE - 0.5
SVG_SALT: Final = "evalkit"
_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

COLOURS: Final = {
    "ink": INK,
    "grey": GREY,
    "blue": BLUE,
    "accent": ACCENT,
    "pale": PALE,
    "band": BAND,
    "rule": RULE,
}


@cache
def font_files() -> tuple[Path, ...]:
    """Static TrueType files of the typeface, regular weight first, then those of the fallback."""
    import fontpkg_fira_sans
    import matplotlib as mpl

    own = fontpkg_fira_sans.ROOT / "files"
    other = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return (
        *(own / f"FiraSans-{weight}.ttf" for weight in WEIGHTS),
        *(other / f"DejaVuSans{weight}.ttf" for weight in ("", "-Bold")),
    )


@cache
def glyphs() -> frozenset[int]:
    """Code points that the typeface or its fallback can draw."""
    from fontTools.ttLib import TTFont

    regular, fallback = font_files()[0], font_files()[len(WEIGHTS)]
    covered: set[int] = set()
    for file in (regular, fallback):
        with TTFont(file, lazy=True) as font:
            covered |= set(font.getBestCmap())
    return frozenset(covered)


def drawable(text: str) -> str:
    """The text with every character that no font can draw shown as its code, such as ``[U+6771]``.

    A name is never shortened silently, and a document whose fonts lack a glyph is not aborted.
    """
    text = visible(text)
    if text.isascii():
        return text
    known = glyphs()
    if known.issuperset(map(ord, text)):
        return text
    return "".join(char if ord(char) in known or char in "\n\t" else _code(char) for char in text)


def visible(text: str) -> str:
    """The text with every hidden character shown as its code.

    These are NUL and other controls, lone surrogates, and the signs that turn the direction of what follows, which
    could make one name look like another.
    """
    return _HIDDEN.sub(lambda found: _code(found[0]), text)


def _code(char: str) -> str:
    return f"[U+{ord(char):04X}]"


@cache
def _register_fonts() -> None:
    """Make the typeface known to matplotlib; this adds to its list of fonts and changes no setting."""
    from matplotlib import font_manager

    known = {Path(entry.fname) for entry in font_manager.fontManager.ttflist}
    for file in font_files():
        if file not in known:
            font_manager.fontManager.addfont(file)


@contextmanager
def theme() -> Iterator[None]:
    """Within this context figures are drawn and saved in the house style; outside nothing changes.

    A notebook's backend may be chosen by the first figure, that is inside the context; whether it is interactive is
    kept, or the figures of all later cells would not be shown. Inside itself it costs nothing.
    """
    import matplotlib as mpl

    if mpl.rcParams["svg.hashsalt"] == SVG_SALT:
        yield
        return
    _register_fonts()
    with mpl.rc_context(_settings()):
        yield
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


@cache
def _settings() -> Any:
    import seaborn as sns

    own = {
        "font.family": [FAMILY, FALLBACK],
        "font.size": FONT_SIZE,
        "text.color": INK,
        "text.parse_math": False,
        "axes.titlesize": FONT_SIZE + 1,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titley": 1.0,  # no chart has ticks above it, for which matplotlib would look
        "axes.labelsize": FONT_SIZE,
        "axes.labelcolor": GREY,
        "axes.edgecolor": MARK,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.unicode_minus": True,
        "grid.color": "#e6ebef",
        "grid.linewidth": 0.8,
        "xtick.labelsize": TICK_SIZE,
        "ytick.labelsize": TICK_SIZE,
        "xtick.color": MARK,
        "ytick.color": MARK,
        "xtick.labelcolor": GREY,
        "ytick.labelcolor": GREY,
        "xtick.major.size": 4,
        "ytick.major.size": 0,
        "xtick.minor.size": 2,
        "lines.solid_capstyle": "round",
        "figure.facecolor": WHITE,
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "savefig.facecolor": WHITE,
        "svg.fonttype": "none",
        "svg.hashsalt": SVG_SALT,
    }
    return {**sns.axes_style("ticks"), **own}


def to_svg(figure: Any) -> str:
    """A figure as SVG text with selectable words: the same bytes for the same numbers, without a date."""
    import io

    with theme(), io.StringIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        return visible(file.getvalue())
