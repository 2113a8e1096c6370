"""The manifest goes out and comes back unchanged, and anything else is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evalkit.batch.manifest import Manifest, ReportRecord, for_publication, named_only, read_manifest
from evalkit.errors import BatchError

RECORD = ReportRecord(
    region="Wathermere",
    slug="wathermere",
    status="done",
    started="2026-01-05T10:00:00+00:00",
    seconds=1.25,
    parameters={"region": "Wathermere"},
    key="k",
    warnings=("helpline: few contacts",),
    files={"regions/wathermere.html": "h"},
)
MANIFEST = Manifest(
    evaluation={"title": "T", "fingerprint": "f", "settings": {}},
    data_hash="d",
    code={"version": "0", "hash": "c"},
    packages={"numpy": "2"},
    seed=1,
    issued="2026-01-05",
    started="2026-01-05T10:00:00+00:00",
    finished=None,
    disclosure={"profile": "default", "plan_hash": "p"},
    reports=(RECORD, replace(RECORD, region="B", slug="b", status="timed out", cause="c", what_to_do="w")),
    files={"index.html": "i"},
)


def test_a_manifest_comes_back() -> None:
    content = MANIFEST.to_bytes()
    assert read_manifest(content) == MANIFEST
    assert next(iter(json.loads(content))) == "schema"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"schema": 2}', b'{"schema": 1}', b'{"schema": 1, "reports": [{}]}']
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BatchError):
        read_manifest(content)


def test_no_path_of_a_machine_is_recorded() -> None:
    given = {"evaluation": "/somewhere/e/evaluation.toml", "region": "/x", "plan": "", "out": "C:\\u\\out"}
    assert named_only(given) == {"evaluation": "evaluation.toml", "region": "/x", "plan": "", "out": "out"}


def test_what_is_published_has_no_hash_of_exact_counts() -> None:
    record = replace(
        MANIFEST.reports[0], key="k" * 64, files={"regions/a.html": "h", "internal/notebooks/a.ipynb": "i"}
    )
    whole = replace(MANIFEST, reports=(record,), files={"index.html": "x", "internal/disclosure.json": "y"})
    public = for_publication(whole, data_hash="published", fingerprint="asked")
    assert (public.data_hash, public.evaluation["fingerprint"]) == ("published", "asked")
    assert public.reports[0].key == ""
    assert (public.reports[0].files, public.files) == ({"regions/a.html": "h"}, {"index.html": "x"})
