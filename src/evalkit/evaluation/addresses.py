"""Files at an address, such as ``s3://bucket/evaluation.toml``, read and written through fsspec (extra ``remote``).

Keys and passwords come from where each store looks for them (environment, configuration files). One that is written
into an address is used, and never shown again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from evalkit.errors import UsageError

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_INSTALL: Final = "Install it with: pip install 'evalkit[remote]'"


def is_address(place: object) -> bool:
    """Whether a place is an address (``s3://…``, ``memory://…``) and no path."""
    return isinstance(place, str) and _ADDRESS.match(place) is not None


def place_of(text: str) -> str | Path:
    """An address as it is, anything else as a path."""
    return text if is_address(text) else Path(text)


def without_secrets(place: str | Path) -> str:
    """A place as text for people: an address without user, password and query, a path as it is.

    >>> without_secrets("s3://key:secret@bucket/round?token=1")
    's3://bucket/round'
    """
    text = str(place)
    if not is_address(text):
        return text
    parts = urlsplit(text)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def joined(base: str, name: str) -> str:
    """The address of a name as seen from the folder ``base``; an address stays as it is.

    >>> joined("s3://bucket/rounds/2024", "../contacts.csv")
    's3://bucket/rounds/contacts.csv'
    """
    if is_address(name):
        return name
    parts = urlsplit(base)
    kept: list[str] = []
    for part in [*parts.path.split("/"), *name.replace("\\", "/").split("/")]:
        if part == "..":
            kept = kept[:-1]
        elif part not in {"", "."}:
            kept.append(part)
    return urlunsplit((parts.scheme, parts.netloc, "/" + "/".join(kept), parts.query, ""))


def filesystem(address: str) -> tuple[Any, str]:
    """The fsspec file system of an address, and the path in it.

    Raises
    ------
    UsageError
        fsspec, or what it needs for this kind of address, is not installed; or no such kind is known.
    """
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{without_secrets(address)} needs fsspec, which is not installed. {_INSTALL}") from None
    try:
        found, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as problem:
        kinds = "s3://, file://, memory://, and others that fsspec knows"
        raise UsageError(
            f"{without_secrets(address)} cannot be used: {str(problem).splitlines()[0].rstrip('.')}. Allowed: {kinds}; "
            f"some need a package of their own."
        ) from None
    # another machine may have written since this process last looked
    found.invalidate_cache()
    return found, str(path)


def read_address(address: str) -> bytes:
    """The bytes of a file at an address.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    UsageError
        The store cannot be reached, or does not let us in.
    """
    store, path = filesystem(address)
    try:
        return bytes(store.cat_file(path))
    except FileNotFoundError:
        raise FileNotFoundError(without_secrets(address)) from None
    except Exception as problem:  # each store has errors of its own: connection, permission, credentials
        raise UsageError(unreachable(address, problem)) from None


def unreachable(address: str, problem: BaseException) -> str:
    """One sentence for a store that cannot be used, without secrets."""
    said = (str(problem).strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
    for secret in _secrets(address):
        said = said.replace(secret, "…")
    return (
        f"{without_secrets(address)} cannot be used ({type(problem).__name__}: {said}). Check the address, the "
        f"network, and the credentials in the environment, such as AWS_PROFILE."
    )


def _secrets(address: str) -> list[str]:
    """What an address holds that must not be shown, longest first."""
    parts = urlsplit(address)
    found = {parts.netloc.rpartition("@")[0], parts.username or "", parts.password or "", parts.query}
    return sorted((secret for secret in found if secret), key=len, reverse=True)
