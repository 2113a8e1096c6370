"""The part of the typeface that web pages carry: Latin letters, figures and punctuation in two weights.

The files in ``templates/fonts`` were made by this module (``subset_font`` of each weight) and are kept because
making them takes a second. Characters outside them are drawn by the reader's own fonts.
"""

from __future__ import annotations

import io
from typing import Final

CHARACTERS: Final = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180)))) + "–—‘’“”…−×•→≥≤"


def subset_font(weight: str) -> bytes:
    """Fira Sans of one weight (``"Regular"``, ``"SemiBold"``) in WOFF, with kerning and tabular figures."""
    import fontpkg_fira_sans
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=["kern", "tnum"], hinting=False, notdef_outline=True)
    font = TTFont(fontpkg_fira_sans.ROOT / "files" / f"FiraSans-{weight}.ttf", recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    font.flavor = "woff"
    with io.BytesIO() as file:
        font.save(file)
        return file.getvalue()
