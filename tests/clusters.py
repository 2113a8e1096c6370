"""Workers of a cluster as a user starts them, processes that can be killed; and an S3 server on the loopback."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit import cluster
from evalkit.cluster import Cluster

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def workers(number: int, scheduler: str, *, path: str | None = None) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Worker processes, killed afterwards; ``path`` is what they import from, the checkout unless said otherwise."""
    own = os.pathsep.join(str(folder) for folder in (ROOT / "src", ROOT, ROOT / "tests", ROOT / "tests" / "unit"))
    environment = os.environ | {"PYTHONPATH": path or own}
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-nanny"]
    started = [
        subprocess.Popen([*command, "--no-dashboard"], env=environment, stderr=subprocess.DEVNULL)
        for _ in range(number)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextlib.contextmanager
def two_at_work() -> Iterator[tuple[list[subprocess.Popen[bytes]], Cluster]]:
    """Two worker processes that can be killed, both there, and the connection to their scheduler."""
    distributed = pytest.importorskip("distributed", reason="clusters need the extra 'remote'")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as local,
        workers(2, local.scheduler_address) as processes,
        cluster.connect(local.scheduler_address, timeout=60) as connected,
    ):
        while connected.threads < 2:
            time.sleep(0.1)
        yield processes, connected


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """A bucket of an S3 server on the loopback, with its keys and its address in the environment."""
    fsspec = pytest.importorskip("fsspec", reason="addresses need the extra 'remote'")
    pytest.importorskip("s3fs", reason="S3 needs the extra 'remote'")
    server_of = pytest.importorskip("moto.server", reason="the S3 tests need moto's server")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "k"), ("SECRET_ACCESS_KEY", "hush"), ("DEFAULT_REGION", "us-east-1")):
            patch.setenv(f"AWS_{name}", value)
        server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        # what its servers hold belongs to the process: an earlier one may have left the bucket
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        fsspec.filesystem("s3", skip_instance_cache=True).clear_instance_cache()
        fsspec.filesystem("s3").mkdir("bucket")
        try:
            yield "s3://bucket/rounds"
        finally:
            server.stop()
            fsspec.filesystem("s3").clear_instance_cache()
