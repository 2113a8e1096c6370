"""The sources of the site: pages of the repository at the places they have in it, and pages made from the code."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.website.commands import commands_page
from scripts.website.names import api_pages, linked_names

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ("*.md", "docs/**/*.md", "notebooks/*.md", "data/*.md", "benchmarks/**/*.md", "reports/*.md")
FILES: Final = ("notebooks/*.ipynb", "docs/**/*.svg", "docs/**/*.png")
_LINK: Final = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_FENCE: Final = re.compile(r"^(```|~~~|    )")


def stage(target: Path) -> None:
    """Copy and make every source of the site into ``target``, which must not exist."""
    for file in sorted({found for pattern in (*PAGES, *FILES) for found in ROOT.glob(pattern)}):
        name = file.relative_to(ROOT).as_posix()
        if not _left_out(name):
            _copy(file, name, target)
    site = ROOT / "docs" / "site"
    shutil.copy(site / "conf.py", target / "conf.py")
    shutil.copy(site / "index.myst", target / "index.md")
    shutil.copytree(site / "static", target / "static")
    for name, text in {**api_pages(ROOT), "docs/reference/options.md": commands_page()}.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")
    python = target / "docs" / "reference" / "python.md"
    python.write_text(linked_names(python.read_text(encoding="utf-8")), encoding="utf-8")


def _left_out(name: str) -> bool:
    return name.startswith(("docs/site/", "data/starter/", "build/", ".")) or "/." in name


def _copy(file: Path, name: str, target: Path) -> None:
    place = target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix != ".md":
        shutil.copy(file, place)
        return
    text = file.read_text(encoding="utf-8")
    place.write_text(with_site_links(text, name), encoding="utf-8")
    for linked in linked_files(text, name):
        beside = target / linked
        if not beside.exists():
            beside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / linked, beside)


def linked_files(text: str, page: str) -> Iterator[str]:
    """Files that a page links to and that are no pages themselves, as paths from the root: offered for download."""
    for found in _LINK.finditer(text):
        path = _target(found["to"], page)
        if path and (ROOT / path).is_file() and Path(path).suffix not in (".md", ".ipynb"):
            yield path


def with_site_links(text: str, page: str) -> str:
    """The page with links that a site can follow: a folder becomes its README, or plain words where it has none."""
    return "\n".join(
        line if _FENCE.match(line) else _LINK.sub(lambda found: _site_link(found, page), line)
        for line in text.split("\n")
    )


def _site_link(found: re.Match[str], page: str) -> str:
    path = _target(found["to"], page)
    if path is None or not (ROOT / path).is_dir():
        return found[0]
    label = found[1]
    if (ROOT / path / "README.md").is_file() and not _left_out(f"{path}/"):
        return f"{label}({found['to'].rstrip('/')}/README.md)"
    return label.removeprefix("[").removesuffix("]")


def _target(link: str, page: str) -> str | None:
    if "://" in link or link.startswith(("mailto:", "#")):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
