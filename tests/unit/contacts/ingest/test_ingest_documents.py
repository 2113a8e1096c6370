"""The reference page is that of the settings, and the worked example runs from a user's folder."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from evalkit.contacts.ingest import ingest, load_mapping
from evalkit.contacts.ingest.reference import mapping_reference


def test_the_reference_page_is_made_from_the_settings(root):
    page = (root / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
    assert page == mapping_reference(), "write it anew: evalkit.contacts.ingest.reference.mapping_reference()"


def test_the_example_logs_are_what_their_script_writes(root):
    spec = importlib.util.spec_from_file_location("example_logs", root / "scripts" / "example_logs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.files().items():
        assert (root / "data" / "logs" / name).read_bytes() == text.encode(), name


@pytest.mark.parametrize("name", ["helpline", "website"])
def test_the_example_runs_and_is_marked_as_simulated(root, tmp_path, name):
    shutil.copytree(root / "data" / "logs", tmp_path / "logs")
    folder = tmp_path / "logs"
    result = ingest(folder / f"{name}.csv", folder / f"{name}.toml", out=tmp_path / "contacts.csv")
    assert result.contacts.simulated
    assert result.contacts.unit == load_mapping(folder / f"{name}.toml").unit.value
    assert result.audit["incomplete"]["periods"] == []
    assert "rate" in result.contacts.to_frame().columns
