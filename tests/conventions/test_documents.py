"""Documents are short, present and reachable."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from conventions.tree import ROOT, project_files, project_texts

LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>#]+)")
README_LINES = 120
MODULE_LINES = 500
PRESENT = ("LICENSE", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff")


def links(page: str, text: str) -> set[str]:
    """Files that a Markdown page links to, as paths from the root."""
    targets = (target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:"))
    return {posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) for target in targets}


def reachable(pages: Mapping[str, str], start: str) -> set[str]:
    """Pages that a reader gets to from one page by following links; a link to a folder leads to its README."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        page = ahead.pop()
        page = page if page in pages else f"{page}/README.md"
        if page in pages and page not in seen:
            seen.add(page)
            ahead += links(page, pages[page])
    return seen


def dead_links(pages: Mapping[str, str], there: set[str]) -> list[str]:
    """Links of Markdown pages that lead to no file or folder of the project."""
    folders = {parent for name in there for parent in _parents(name)}
    return sorted(f"{page} -> {to}" for page, text in pages.items() for to in links(page, text) - there - folders)


def _parents(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:depth]) or "." for depth in range(len(parts))}


def too_long(texts: Mapping[str, str], limit: int) -> list[str]:
    """Files with more lines than the limit."""
    counted = {name: len(text.splitlines()) for name, text in texts.items()}
    return [f"{name}: {lines} lines" for name, lines in counted.items() if lines > limit]


def markdown() -> dict[str, str]:
    return dict(project_texts(".md"))


def test_the_readme_is_short() -> None:
    assert too_long({"README.md": (ROOT / "README.md").read_text(encoding="utf-8")}, README_LINES) == []


def test_modules_are_short() -> None:
    assert too_long(dict(project_texts(".py", under="src/")), MODULE_LINES - 1) == []


def test_the_expected_documents_are_there() -> None:
    assert [name for name in PRESENT if not (ROOT / name).is_file()] == []
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_every_page_of_the_documentation_can_be_reached() -> None:
    pages = markdown()
    ours = {name for name in pages if name.startswith("docs/")}
    assert ours - reachable(pages, "docs/README.md") == set()
    assert "docs/README.md" in reachable(pages, "README.md")


def test_no_link_is_dead() -> None:
    there = {file.relative_to(ROOT).as_posix() for file in project_files()}
    assert dead_links(markdown(), there) == []


def test_a_lost_page_and_a_dead_link_are_found() -> None:
    pages = {
        "docs/README.md": "[how](how-to/README.md) and [folder](methods) and [site](https://example.org)",
        "docs/how-to/README.md": "[up](../README.md) [gone](gone.md#part)",
        "docs/methods/README.md": "",
        "docs/lost.md": "[index](README.md)",
    }
    assert set(pages) - reachable(pages, "docs/README.md") == {"docs/lost.md"}
    assert dead_links(pages, set(pages)) == ["docs/how-to/README.md -> docs/how-to/gone.md"]


def test_a_long_file_is_found() -> None:
    assert too_long({"a.py": "x\n" * 4, "b.py": "x\n" * 3}, 3) == ["a.py: 4 lines"]
