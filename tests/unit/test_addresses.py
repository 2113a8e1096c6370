"""Inputs at an address: found with everything beside them, the same evaluation as on disk, and no secret shown."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.contacts.table import METADATA_SUFFIX
from evalkit.errors import EvaluationError, UsageError
from evalkit.evaluation import bundle
from evalkit.evaluation.addresses import is_address, joined, place_of, read_address, unreachable, without_secrets

fsspec = pytest.importorskip("fsspec", reason="addresses need the extra 'remote'")
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.fixture
def memory() -> object:
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def upload(files, folder: Path, prefix: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            files.pipe_file(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("s3://bucket/a b", "s3://bucket/a b"),
        ("s3://key:secret@bucket/a?token=1#x", "s3://bucket/a"),
        ("sftp://me:p%40ss@host:22/a", "sftp://host:22/a"),
        ("C:\\data", "C:\\data"),
        ("data/a@b", "data/a@b"),
    ],
)
def test_no_secret_of_an_address_is_shown(place: str, shown: str) -> None:
    assert without_secrets(place) == shown


def test_an_error_that_quotes_the_secret_is_shown_without_it() -> None:
    said = unreachable("s3://key:hush@bucket/a?sig=abc", PermissionError("key:hush may not; hush; sig=abc"))
    assert "hush" not in said
    assert "abc" not in said


def test_addresses_are_told_from_paths() -> None:
    assert [is_address(place) for place in ("s3://b", "memory://", "C:\\x", "a/b", "C://x", Path("s3://b"))] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert place_of("s3://b/c") == "s3://b/c"
    assert place_of("b/c") == Path("b/c")


def test_names_are_joined_to_the_folder_of_an_address() -> None:
    assert joined("s3://b/x/y", "../z/./c.csv") == "s3://b/x/z/c.csv"
    assert joined("s3://b/x", "../../../c.csv") == "s3://b/c.csv"
    assert joined("s3://b/x", "s3://other/c.csv") == "s3://other/c.csv"


def test_an_evaluation_at_an_address_is_the_same_as_on_disk(memory) -> None:
    upload(memory, DEMO, "/rounds/demo")
    there = ek.load_evaluation("memory://rounds/demo/evaluation.toml")
    here = ek.load_evaluation(DEMO)
    assert there.fingerprint == here.fingerprint
    assert there.settings == here.settings
    assert ek.load_evaluation("memory://rounds/demo").fingerprint == here.fingerprint
    inputs = ek.read_inputs("memory://rounds/demo")
    assert inputs.contacts.content_hash == ek.read_inputs(DEMO).contacts.content_hash
    assert inputs.contacts.simulated


def test_what_is_beside_the_contacts_and_above_the_folder_comes_with_it(memory, tmp_path: Path) -> None:
    assert bundle.SIDECAR == METADATA_SUFFIX
    shutil.copytree(DEMO, tmp_path / "demo")
    (tmp_path / "data").mkdir()
    for name in ("contacts.csv", f"contacts{METADATA_SUFFIX}"):
        if (tmp_path / "demo" / name).exists():
            (tmp_path / "demo" / name).rename(tmp_path / "data" / name)
    (tmp_path / "data" / f"contacts{METADATA_SUFFIX}").write_text('{"title": "From the sidecar"}')
    toml = (tmp_path / "demo" / "evaluation.toml").read_text().replace('"contacts.csv"', '"../data/contacts.csv"')
    (tmp_path / "demo" / "evaluation.toml").write_text(toml)
    found = bundle.read_bundle(tmp_path / "demo")
    assert found.main == "demo/evaluation.toml"
    assert {"data/contacts.csv", f"data/contacts{METADATA_SUFFIX}", "demo/campaigns.csv"} <= set(found.files)
    upload(memory, tmp_path, "/r")
    assert ek.read_inputs("memory://r/demo").contacts.title == "From the sidecar"
    again = found.lay(tmp_path / "copy")
    assert ek.load_evaluation(again).fingerprint == ek.load_evaluation(tmp_path / "demo").fingerprint
    assert bundle.read_bundle(again).hash == found.hash


def test_one_input_may_be_at_an_address_of_its_own(memory, tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "demo")
    memory.pipe_file("/elsewhere/contacts.csv", (tmp_path / "demo" / "contacts.csv").read_bytes())
    (tmp_path / "demo" / "contacts.csv").unlink()
    file = tmp_path / "demo" / "evaluation.toml"
    file.write_text(file.read_text().replace('"contacts.csv"', '"memory://elsewhere/contacts.csv"'))
    assert ek.load_evaluation(file).fingerprint == ek.load_evaluation(DEMO).fingerprint


def test_what_is_missing_at_an_address_is_one_clear_error(memory) -> None:
    with pytest.raises(EvaluationError, match=r"There is no evaluation file at memory://nowhere/evaluation.toml"):
        ek.load_evaluation("memory://nowhere")
    upload(memory, DEMO, "/r")
    memory.rm("/r/contacts.csv")
    with pytest.raises(EvaluationError, match=r"memory://r: 1 problem .*\n.*contacts is 'contacts.csv'"):
        ek.load_evaluation("memory://r")
    memory.pipe_file("/bad/evaluation.toml", b"a = ")
    with pytest.raises(EvaluationError, match="not valid TOML"):
        ek.load_evaluation("memory://bad")


def test_what_cannot_be_reached_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"nosuch://a cannot be used: .*nosuch.* Allowed: s3://"):
        read_address("nosuch://a")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError, match=r"needs fsspec, which is not installed. Install it with"):
        read_address("s3://b/c")
