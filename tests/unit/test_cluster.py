"""Work spread over workers comes to the same results as at home; what cannot work is refused in one clear sentence."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from clusters import two_at_work, workers
from evalkit import cluster, resources
from evalkit.check.planning import study
from evalkit.errors import BatchError, CannotEstimate, ContactsError, Problem

distributed = pytest.importorskip("distributed", reason="clusters need the extra 'remote'")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def slow_square(task: tuple[int, str]) -> int:
    number, folder = task
    Path(folder, f"{number}.{os.getpid()}").touch()
    time.sleep(0.3)
    return number * number


def fails(number: int) -> int:
    raise CannotEstimate(f"{number} months", "wait")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler without workers."""
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as local:
        yield local.scheduler_address


@pytest.fixture(scope="module")
def two(scheduler: str) -> Iterator[ek.cluster.Cluster]:
    with workers(2, scheduler), cluster.connect(scheduler, timeout=60) as connected:
        while connected.threads < 2:
            time.sleep(0.1)
        yield connected


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BatchError, match=r"not installed. Install it with: pip install 'evalkit\[remote\]'"):
        ek.connect("tcp://127.0.0.1:8786")


@pytest.mark.parametrize("address", ["", "127.0.0.1:8786", "tcp://", "tcp://host", "http://host:1", "tcp:/host:1"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(BatchError, match="Allowed: the address that it prints"):
        ek.connect(address)


def test_nobody_there_is_said_within_the_time_out() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(BatchError, match=rf"No scheduler answers at tcp://127.0.0.1:{port} within 0.5 s"):
        ek.connect(f"tcp://127.0.0.1:{port}", timeout=0.5)
    assert time.monotonic() - began < 30  # generous: a busy machine


def test_errors_survive_the_way_back_from_a_worker() -> None:
    for error in (
        CannotEstimate("8 months before launch", "Wait"),
        ContactsError("a.csv", [Problem(code="no-data", what="The table has no rows.", repair="Give one.")]),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_the_built_in_map_is_a_mapper_and_another_gives_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "_CHUNK", 40)
    plan = ek.PowerPlan(replicates=50, ratios=2, slope=False, harmonics=1)
    seen = []

    def backwards(function, items):
        parts = list(items)
        seen.append(len(parts))
        return reversed([function(part) for part in reversed(parts)])

    assert ek.power(plan, mapper=backwards).table.equals(ek.power(plan).table)
    assert seen == [4]  # two ratios in chunks of 40 and 10


def test_the_hash_of_the_code_is_that_of_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "evalkit"
    shutil.copytree(ROOT / "src" / "evalkit", package, ignore=shutil.ignore_patterns("__pycache__"))
    known = resources.code_hash()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.code_hash.__wrapped__() == known
    (package / "vocab.py").write_text("# another\n")
    assert resources.code_hash.__wrapped__() != known


@pytest.mark.slow
def test_a_scheduler_without_workers_is_said(scheduler: str) -> None:
    with pytest.raises(BatchError, match=r"has no worker. Start one on each machine with: dask worker tcp://"):
        ek.connect(scheduler, timeout=0.5)


@pytest.mark.slow
def test_power_and_a_curve_are_the_same_bit_for_bit(two: cluster.Cluster) -> None:
    plan = ek.PowerPlan(replicates=250, ratios=2, slope=False, harmonics=1)
    assert ek.power(plan, mapper=two.map).table.equals(ek.power(plan).table)
    rng = np.random.default_rng(3)
    counts = pd.Series(rng.poisson(40.0, 60), pd.period_range("2015-01", periods=60, freq="M"))
    here, there = (ek.specification_curve(counts, "2018-01", mapper=mapper) for mapper in (None, two.map))
    assert here.table.equals(there.table)
    assert len(there.known) > 200


@pytest.mark.slow
def test_calibration_is_the_same_bit_for_bit(
    two: cluster.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.calibration import __main__ as calibration
    from benchmarks.calibration import store
    from benchmarks.calibration.cells import CountCell

    monkeypatch.setattr(store, "WORK", tmp_path)
    cells = [CountCell(generator="latent", n=24, launch="half", rho=rho, mean=20.0) for rho in (0.0, 0.6)]
    found = []
    for name, mapper in (("here", None), ("there", two.map)):
        run = store.Run.opened(name, entropy=7)
        calibration.run_grid(run, cells, ["latent", "quasi-poisson"], (30, 20), mapper=mapper)
        found.append({path.relative_to(run.folder): store.load(path).estimated for path in run.folder.rglob("*.npz")})
    assert len(found[0]) == 8
    assert found[0].keys() == found[1].keys()
    for key, estimated in found[0].items():
        for name, intervals in estimated.items():
            for part, values in vars(intervals).items():
                assert np.array_equal(values, getattr(found[1][key][name], part), equal_nan=True)


@pytest.mark.slow
def test_an_error_comes_back_as_it_was_raised(two: cluster.Cluster) -> None:
    with pytest.raises(CannotEstimate, match="3 months"):
        list(two.map(fails, [3]))


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused_also_when_it_comes_late(
    two: cluster.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "9.9")
    cluster.here.cache_clear()
    words = rf"has evalkit {ek.__version__} \(here 9.9\). Results would not be the same"
    try:
        with pytest.raises(BatchError, match=words):
            ek.connect(two.address)
        with pytest.raises(BatchError, match=words):  # one that joined after the check
            list(two.map(fails, [1]))
    finally:
        cluster.here.cache_clear()


@pytest.mark.slow
def test_a_worker_of_another_checkout_is_refused(scheduler: str, tmp_path: Path) -> None:
    package = tmp_path / "evalkit"
    shutil.copytree(ROOT / "src" / "evalkit", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "vocab.py").write_text((package / "vocab.py").read_text() + "# mended since\n")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as other,
        workers(1, other.scheduler_address, path=str(tmp_path)),
        pytest.raises(BatchError, match=r"has code of evalkit \w+ \(here \w+\)"),
    ):
        ek.connect(other.scheduler_address, timeout=60)


@pytest.mark.slow
def test_what_a_killed_worker_had_in_hand_is_done_by_another(tmp_path: Path) -> None:
    tasks = [(number, str(tmp_path)) for number in range(12)]
    with two_at_work() as (processes, connected):
        results = connected.map(slow_square, tasks)
        first = next(results)
        begun = len(list(tmp_path.glob(f"*.{processes[0].pid}")))
        while len(list(tmp_path.glob(f"*.{processes[0].pid}"))) == begun:
            time.sleep(0.01)
        processes[0].send_signal(signal.SIGKILL)
        found = [first, *results]
    assert found == [number * number for number in range(12)]
    began = [name.name.split(".") for name in tmp_path.iterdir()]
    again = {number for number, pid in began if int(pid) == processes[0].pid} & {
        number for number, pid in began if int(pid) != processes[0].pid
    }
    assert again, "the task that the killed worker had begun was begun once more elsewhere"


@pytest.mark.slow
def test_work_that_no_worker_is_left_for_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    monkeypatch.setattr(cluster, "_LOOK", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as local,
        workers(1, local.scheduler_address) as processes,
        cluster.connect(local.scheduler_address, timeout=60) as connected,
    ):
        arriving = connected.completed(slow_square, [(number, str(tmp_path)) for number in range(20)])
        found = [next(arriving)]
        processes[0].kill()
        found += list(arriving)
    assert sorted(position for position, _ in found) == list(range(20))
    given_up = [made for _, made in found if isinstance(made, BatchError)]
    assert len(given_up) >= 10
    assert "has had no worker for 1 s" in str(given_up[0])
