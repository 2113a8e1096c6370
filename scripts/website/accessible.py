"""What axe-core misses in the theme's pages, put into them after the build: levels of headings, names, focus."""

from __future__ import annotations

from pathlib import Path
from typing import Final

REPLACED: Final = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="On this page">'),
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
)
_SEARCH: Final = ('<div id="search-results">', '<h1>Search</h1>\n<div id="search-results">')


def make_accessible(site: Path) -> None:
    """Change every page of the built site in place."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for before, after in (*REPLACED, *([_SEARCH] if page.name == "search.html" else [])):
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")
