"""The files that the project consists of."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "evalkit"
GENERATED = {"__pycache__", "node_modules", "build", "dist"}


def project_files(root: Path = ROOT) -> tuple[Path, ...]:
    """Every file in version control; where git does not answer, every file that is neither hidden nor generated."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        found = (root / name for name in listed.stdout.split("\0") if name)
    else:
        found = (file for file in root.rglob("*") if not _left_out(file.relative_to(root)))
    return tuple(sorted(file for file in found if file.is_file()))


def _left_out(relative: Path) -> bool:
    hidden = any(part.startswith(".") for part in relative.parts if part != ".ci")
    return hidden or bool(GENERATED & set(relative.parts)) or relative.parts[0] == "reports"


def project_texts(*suffixes: str, under: str = "") -> tuple[tuple[str, str], ...]:
    """Relative name and text of every file with one of the suffixes (all text files where none is given)."""
    texts = []
    for file in project_files():
        relative = file.relative_to(ROOT).as_posix()
        if relative.startswith(under) and (not suffixes or file.suffix in suffixes):
            try:
                texts.append((relative, file.read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return tuple(texts)


def modules() -> tuple[tuple[str, str], ...]:
    """Dotted name and source of every module of the package."""
    return tuple((_dotted(relative), text) for relative, text in project_texts(".py", under="src/evalkit/"))


def _dotted(relative: str) -> str:
    return relative.removeprefix("src/").removesuffix(".py").replace("/", ".")
