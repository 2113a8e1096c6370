"""A folder as a store: whole files or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.batch.store import LocalStore, open_store
from evalkit.errors import BatchError


def test_what_is_written_is_read_and_listed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "out")
    store.write("regions/a.html", b"one")
    store.write("regions/a.html", b"two")
    store.write("index.html", b"over all")
    assert store.read("regions/a.html") == b"two"
    assert store.names("regions/") == ["regions/a.html"]
    assert store.names() == ["index.html", "internal/README.txt", "regions/a.html"]
    store.remove("index.html")
    store.remove("index.html")
    assert not store.exists("index.html")


def test_what_is_internal_is_for_nobody_else(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "out")
    store.write("internal/state/a.json", b"{}")
    assert (tmp_path / "out" / "internal").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "out" / "internal" / "state" / "a.json").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "out")
    store.write("a.txt", b"before")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.write("a.txt", b"after")
    monkeypatch.undo()
    assert store.read("a.txt") == b"before"
    assert store.names() == ["a.txt", "internal/README.txt"]
    assert not list((tmp_path / "out" / "internal" / "part").iterdir())


def test_leftovers_are_no_files_and_are_swept(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "out")
    left = tmp_path / "out" / "internal" / "part" / "x.part"
    left.write_bytes(b"half")
    assert store.names("internal/part") == []
    store.sweep()
    assert not left.exists()
    store.write("a.txt", b"still writes")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a", "a/../../b", "a\\b", "a//b", "./a"])
def test_no_name_leaves_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(BatchError, match="no name of a file"):
        LocalStore(tmp_path / "out").write(name, b"")


def test_outputs_that_cannot_be_made_are_said_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(BatchError, match="is a file"):
        open_store(file)
    with pytest.raises(BatchError, match="cannot be made"):
        open_store(file / "below")
