"""Whole runs beyond this machine: inputs and outputs on S3, reports made by workers, the same files as at home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import evalkit as ek
from clusters import s3_server, workers
from evalkit.batch import remote_lock
from evalkit.batch.remote_store import FsspecStore
from evalkit.errors import BatchError
from evalkit.report import slug

fsspec = pytest.importorskip("fsspec", reason="addresses need the extra 'remote'")
DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
ASKED = {"issued": "2024-01-31", "engine": "plain"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as place:
        yield place


@pytest.fixture(scope="module")
def regions() -> tuple[str, ...]:
    return ek.read_inputs(DEMO).regions[:2]


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory, regions: tuple[str, ...]) -> Path:
    out = tmp_path_factory.mktemp("home")
    assert not ek.run(DEMO, out, regions=regions, **ASKED).failed
    return out


def upload(folder: Path, address: str) -> None:
    files, root = fsspec.core.url_to_fs(address)
    for path in folder.iterdir():
        if path.is_file():
            files.pipe_file(f"{root}/{path.name}", path.read_bytes())


def published(place: str | Path) -> dict[str, bytes]:
    """What may be published; the manifest has times in it."""
    if isinstance(place, Path):
        found = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    else:
        store = FsspecStore(place)
        found = {name: store.read(name) for name in store.names()}
    return {name: body for name, body in found.items() if not name.startswith("internal/") and name != "manifest.json"}


@pytest.fixture(scope="module")
def on_s3(s3: str, regions: tuple[str, ...]) -> str:
    """The output of a run whose inputs are on S3 too, made by two workers."""
    distributed = pytest.importorskip("distributed", reason="clusters need the extra 'remote'")
    upload(DEMO, f"{s3}/demo")
    out = f"{s3}/round"
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as local,
        workers(2, local.scheduler_address),
    ):
        summary = ek.run(f"{s3}/demo", out, regions=regions, scheduler=local.scheduler_address, **ASKED)
    assert [row.status for row in summary.regions] == ["done", "done"]
    assert summary.out == out
    return out


@pytest.mark.slow
def test_a_run_from_s3_to_s3_over_workers_is_the_run_at_home(on_s3: str, at_home: Path) -> None:
    assert published(on_s3) == published(at_home)
    assert ek.verify_run(on_s3, evaluation=DEMO).sound
    assert ek.compare_rounds(ek.read_round(at_home), ek.read_round(on_s3)).same
    store = FsspecStore(on_s3)
    assert not store.exists(remote_lock.LOCK)
    assert not [name for name in store.names() if b"hush" in store.read(name)], (
        "no key of a store is in what is written"
    )


@pytest.mark.slow
def test_a_run_goes_on_from_what_is_on_s3(on_s3: str, regions: tuple[str, ...], at_home: Path) -> None:
    store = FsspecStore(on_s3)
    records = [f"internal/state/{slug(region)}.json" for region in regions]
    store.remove(records[1])
    kept = store.read(records[0])
    summary = ek.run(DEMO, on_s3, regions=regions, resume=True, **ASKED)
    assert [row.kept for row in summary.regions] == [True, False]
    assert store.read(records[0]) == kept
    assert published(on_s3) == published(at_home)


@pytest.mark.slow
def test_of_two_runs_to_one_address_the_second_refuses(on_s3: str) -> None:
    with (
        remote_lock.held(FsspecStore(on_s3), beat=0.1),
        pytest.raises(BatchError, match="Another run is writing to s3://bucket"),
    ):
        ek.run(DEMO, on_s3, **ASKED)


@pytest.mark.slow
def test_a_round_made_again_comes_out_the_same_and_a_revision_is_found(
    regions: tuple[str, ...], at_home: Path, tmp_path: Path
) -> None:
    found = ek.verify_run(at_home, evaluation=DEMO, rerun=1)
    assert [rerun.how for rerun in found.reruns] == ["same bytes"]
    shutil.copytree(DEMO, tmp_path / "demo")
    contacts = tmp_path / "demo" / "contacts.csv"
    lines = contacts.read_text().splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith(f"{regions[0]},website,2018-06,"))
    parts = lines[place].split(",")
    lines[place] = ",".join([*parts[:3], str(int(parts[3]) + 400), *parts[4:]])
    contacts.write_text("\n".join(lines) + "\n")
    ek.run(tmp_path / "demo", tmp_path / "out", regions=regions[:1], **ASKED)
    difference = ek.compare_rounds(ek.read_round(at_home), ek.read_round(tmp_path / "out"))
    (changed,) = difference.changed
    assert changed.region == regions[0]
    assert {change.channel for change in changed.changes} == {"website"}
    assert "contacts by website: 1 period revised (2018-06)" in changed.reasons
    assert difference.removed == (regions[1],)


def test_a_scheduler_that_is_not_there_leaves_nothing_written(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="clusters need the extra 'remote'")
    with pytest.raises(BatchError, match="The scheduler's address is"):
        ek.run(DEMO, tmp_path / "out", scheduler="nowhere")
    assert not (tmp_path / "out").exists()
