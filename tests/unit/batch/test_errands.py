"""Reports made on workers: the same files as here, a killed worker replaced, other inputs refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import evalkit as ek
from clusters import two_at_work
from evalkit.batch import errands
from evalkit.batch.engine import checked_engine
from evalkit.batch.errands import ClusterDriver, Errand, Limits, Source
from evalkit.batch.work import Task
from evalkit.errors import BatchError
from evalkit.evaluation.bundle import read_bundle
from evalkit.report import slug

distributed = pytest.importorskip("distributed", reason="clusters need the extra 'remote'")
DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"


@pytest.fixture(scope="module")
def source() -> Source:
    inputs = ek.read_inputs(DEMO)
    return Source(
        bundle=read_bundle(DEMO),
        data_hash=inputs.contacts.content_hash,
        fingerprint=inputs.evaluation.fingerprint,
    )


def task_of(region: str) -> Task:
    return Task(region=region, slug=slug(region), parameters={"region": region}, key="")


def test_inputs_are_laid_once_and_only_where_they_are_those_of_the_run(source: Source) -> None:
    assert "contacts,exposure" not in repr(Errand(task=task_of("A"), source=source, limits=Limits())), (
        "logs hold no counts"
    )
    first = errands.laid(source)
    assert errands.laid(source) == first
    assert ek.load_evaluation(first).fingerprint == source.fingerprint
    assert first.parent.stat().st_mode & 0o077 == 0, "only this user may read the counts"
    files = {
        **source.bundle.files,
        "contacts.csv": source.bundle.files["contacts.csv"].replace(b"2015-01,1", b"2015-01,2", 1),
    }
    for changed in (
        dataclasses.replace(
            source,
            data_hash="0" * 64,
            bundle=dataclasses.replace(source.bundle, files=source.bundle.files | {"x": b""}),
        ),
        dataclasses.replace(source, bundle=dataclasses.replace(source.bundle, files=files)),
    ):
        with pytest.raises(BatchError, match="are not those of the run"):
            errands.laid(changed)


@pytest.mark.slow
def test_every_report_is_made_also_when_a_worker_is_killed(source: Source, tmp_path: Path) -> None:
    regions = ek.read_inputs(DEMO).regions[:3]
    with two_at_work() as (processes, connected):
        driver = ClusterDriver(cluster=connected, source=source, limits=Limits(timeout=300))
        arriving = driver.drive([task_of(name) for name in regions], tmp_path)
        first = next(arriving)
        processes[0].kill()  # whichever made the first one: both are at work on the next
        made = [outcome for _, outcome in (first, *arriving)]
    assert len(made) == 3
    assert {outcome.status for outcome in made} == {"done"}
    assert {outcome.region for outcome in made} == set(regions)
    assert all(f"regions/{outcome.slug}.pdf" in outcome.files for outcome in made)


@pytest.mark.parametrize(("children", "engine"), [(True, checked_engine(None)), (False, "plain")])
def test_a_daemonic_worker_starts_new_interpreters(
    source: Source, monkeypatch: pytest.MonkeyPatch, children: bool, engine: str
) -> None:
    asked = []
    monkeypatch.setattr(errands, "may_have_children", lambda: children)
    monkeypatch.setattr(errands, "perform", lambda task, workspace, **how: asked.append((task, how)))
    errands.run_errand(Errand(task=task_of("A"), source=source, limits=Limits(timeout=7)))
    ((task, how),) = asked
    assert how == {"engine": engine, "timeout": 7, "memory": None}
    assert Path(task.parameters["evaluation"]).is_file()
