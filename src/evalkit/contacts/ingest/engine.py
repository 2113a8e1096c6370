"""DuckDB as evalkit runs it: no network of its own, no files but in one private folder, gone when it is done."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path
from types import FrameType
from typing import Final

import duckdb

from evalkit.errors import UsageError

FOLDER_PREFIX: Final = "evalkit-ingest-"
_LOCK: Final = "lock"
DEFAULT_MEMORY: Final = "1GB"
LONGEST_LINE: Final = 2_000_000


@contextmanager
def engine(
    *, memory: str = DEFAULT_MEMORY, threads: int | None = None, keyed: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in memory, whose spill files go to a private folder that is removed whatever happens.

    ``keyed`` says whether digests of keys may be in them: then the extension ``httpfs`` is loaded for its random keys.
    Folders that a killed process left behind are removed first.
    """
    sweep()
    with _private_folder() as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": memory,
                "threads": threads or _processors(),
                "temp_directory": str(folder),
                "home_directory": str(folder),
                "extension_directory": str(folder),
                "secret_directory": str(folder),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "enable_object_cache": False,
            }
        )
        try:
            connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'; SET errors_as_json = false")
            _encrypt_spills(connection, keyed=keyed)
            yield connection
        finally:
            connection.close()


def load_extension(connection: duckdb.DuckDBPyConnection, name: str, purpose: str) -> None:
    """Load one of DuckDB's extensions from its wheel; nothing is fetched.

    Raises
    ------
    UsageError
        The wheel is not installed, or is for another version of DuckDB.
    """
    found = util.find_spec(f"duckdb_extension_{name}")
    folders = list(found.submodule_search_locations or []) if found else []
    files = [file for folder in folders for file in Path(folder).glob(f"extensions/*/{name}.duckdb_extension")]
    own = [file for file in files if file.parent.name == f"v{duckdb.__version__}"]
    if not own:
        other = f" (the one installed is for {files[0].parent.name})" if files else ""
        raise UsageError(
            f"{purpose} needs DuckDB's extension {name!r} for version {duckdb.__version__}{other}. "
            "Install it with: pip install 'evalkit[databases]'"
        )
    path = str(own[0]).replace("'", "''")
    connection.execute(f"LOAD '{path}'")


def _encrypt_spills(connection: duckdb.DuckDBPyConnection, *, keyed: bool) -> None:
    """Encrypt what goes to disk, under a key that only this process has.

    Blocks of memory are spilled whole, and what is left over in them from cells that were read earlier goes with them.
    The extension httpfs brings a sound source of random keys; without it the engine's own is used, which DuckDB calls
    unsafe against somebody who attacks the cipher, and which still leaves nothing readable behind.
    """
    try:
        if keyed:
            load_extension(connection, "httpfs", "Encryption")
    except UsageError:
        keyed = False
    if not keyed:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
    connection.execute("SET temp_file_encryption = true")


def sweep() -> None:
    """Remove the folders of earlier processes of this user that are no longer running."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.getuid():
                continue
            if not _is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    """Whether a living process holds the folder's lock; the system lets go of it when a process ends, however."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        # just being made, or half removed: the owner's process tells
        return _is_alive(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _is_alive(folder: Path) -> bool:
    number = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
    return number.isdigit() and Path(f"/proc/{number}").exists()


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))  # mode 0700
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with _ended_by_signals():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite request to end is an exception here, so that what is temporary is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
