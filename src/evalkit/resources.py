"""Files that travel with the library: notebooks, the published registers and the demonstration data.

In a checkout they stand at its root (``notebooks/``, ``data/``), where people read and edit them. The wheel carries a
copy under ``evalkit/_bundle``. :func:`path` gives whichever there is, so that nothing else needs to know.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path, PurePosixPath

from evalkit.errors import UsageError, unknown

__all__ = ["checkout", "code_hash", "path"]

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundle"


def path(relative: str) -> Path:
    """Where a bundled file or folder is on this machine.

    Parameters
    ----------
    relative : str
        Path from the root of the project, with forward slashes: ``"data/demo/evaluation.toml"``,
        ``"notebooks/region_impact.ipynb"``.

    Returns
    -------
    Path
        Absolute path of an existing file or folder: the checkout's own where evalkit runs from one, the copy inside the
        installed package otherwise.

    Raises
    ------
    UsageError
        Where ``relative`` is absolute, leaves the project, or names nothing that is bundled.
    """
    parts = PurePosixPath(relative).parts
    if not parts or PurePosixPath(relative).is_absolute() or ".." in parts:
        raise UsageError(
            f"A bundled file is named by its path from the project's root, such as 'data/demo/evaluation.toml'; got "
            f"{relative!r}."
        )
    return _find(checkout() or _BUNDLE, parts)


def checkout() -> Path | None:
    """The root of the checkout that evalkit runs from, or None where it was installed from a wheel."""
    root = _PACKAGE.parent.parent
    return root if _PACKAGE.parent.name == "src" and (root / "pyproject.toml").is_file() else None


def _find(base: Path, parts: tuple[str, ...]) -> Path:
    found = base.joinpath(*parts)
    if found.exists():
        return found
    folder = "/".join(parts[:-1])
    beside = sorted(entry.name for entry in found.parent.iterdir()) if found.parent.is_dir() else []
    if not beside:
        raise UsageError(f"No bundled file {'/'.join(parts)!r}: there is no folder {folder!r}. Reinstall evalkit.")
    raise UsageError(unknown("bundled file", "/".join(parts), [f"{folder}/{name}".lstrip("/") for name in beside]))


@cache
def code_hash() -> str:
    """Sha256 (hexadecimal) of evalkit's own code: every file of the package with its path, bytecode left out.

    Two machines with the same hash run the same evalkit, whatever their version numbers say; a change that nobody
    gave a number shows. It is read once in the life of a process.
    """
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*"), key=lambda file: file.relative_to(_PACKAGE).as_posix()):
        name = file.relative_to(_PACKAGE)
        if file.is_file() and "__pycache__" not in name.parts and name.parts[0] != _BUNDLE.name:
            digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
