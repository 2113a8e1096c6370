"""Contacts that a fork server reads for its kernels: the same contacts, as long as the file is the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evalkit.batch import ahead
from evalkit.batch.engine import warming
from evalkit.contacts import read_contacts
from evalkit.resources import path as resource


@pytest.fixture
def file(tmp_path: Path) -> Path:
    demo = resource("data/demo")
    lines = (demo / "contacts.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    target = tmp_path / "contacts.csv"
    target.write_text("".join(line for line in lines if line.startswith(("region", "Wathermere"))), encoding="utf-8")
    shutil.copy(demo / "contacts.metadata.json", tmp_path)
    return target


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_held", {})


def test_what_was_read_ahead_is_given_away_once(file: Path) -> None:
    ahead.read(file)
    held = next(iter(ahead._held.values()))
    first, second = ahead.contacts_of(file), ahead.contacts_of(file)
    assert first is held
    assert second is not held
    assert first.content_hash == second.content_hash == read_contacts(file).content_hash
    assert first.notes == second.notes
    assert first.source == second.source


@pytest.mark.parametrize("changed", ["contacts.csv", "contacts.metadata.json"])
def test_a_file_that_has_changed_since_is_read_again(file: Path, changed: str) -> None:
    ahead.read(file)
    other = file.with_name(changed)
    text = other.read_text(encoding="utf-8")
    if changed == "contacts.csv":
        other.write_text("".join(text.splitlines(keepends=True)[:-1]), encoding="utf-8")
    else:
        other.write_text('{"simulated": true, "unit": "visits"}', encoding="utf-8")
    found = ahead.contacts_of(file)
    assert found is not next(iter(ahead._held.values()))
    assert (found.content_hash, found.unit) == (read_contacts(file).content_hash, read_contacts(file).unit)


def test_another_file_with_the_same_bytes_is_read_by_itself(file: Path) -> None:
    """Its contacts say where they come from."""
    ahead.read(file)
    folder = file.parent / "other"
    folder.mkdir()
    copy = Path(shutil.copy(file, folder))
    shutil.copy(file.with_name("contacts.metadata.json"), folder)
    assert ahead.contacts_of(copy).source == str(copy)


def test_a_kind_of_file_that_is_read_in_threads_is_left_to_the_kernels(file: Path) -> None:
    parquet = file.with_suffix(".parquet")
    read_contacts(file).to_parquet(parquet)
    ahead.read(parquet)
    assert ahead._held == {}
    assert ahead.contacts_of(parquet).content_hash == read_contacts(file).content_hash


@pytest.mark.parametrize("content", ["region,channel\n", None])
def test_a_fork_server_outlives_an_evaluation_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    """Each kernel says what is wrong, as it would without one."""
    evaluation = tmp_path / "evaluation.toml"
    if content is not None:
        (tmp_path / "contacts.csv").write_text(content, encoding="utf-8")
        evaluation.write_text('contacts = "contacts.csv"\ncampaigns = "contacts.csv"\n', encoding="utf-8")
    warming.read_ahead(str(evaluation))
    assert ahead._held == {}
