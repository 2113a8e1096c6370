"""Compiled code never outlives the source it was built from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from evalkit.model.latent import compiled


def _layer(folder: Path) -> Path:
    for name in compiled.LAYER:
        (folder / name).write_text(f"# {name}\n")
    cache = folder / "__pycache__"
    cache.mkdir()
    (cache / "explore.explore-12.py311.nbi").write_bytes(b"old")
    (cache / "other.thing-1.py311.nbi").write_bytes(b"not ours")
    return cache


def test_a_change_in_one_file_drops_the_code_of_all(tmp_path: Path) -> None:
    cache = _layer(tmp_path)
    assert compiled.forget_stale(tmp_path)
    assert not list(cache.glob("explore.*"))
    (cache / "explore.explore-12.py311.nbi").write_bytes(b"new")
    assert not compiled.forget_stale(tmp_path)
    assert list(cache.glob("explore.*"))
    (tmp_path / "kernel.py").write_text("# kernel.py, mended\n")
    assert compiled.forget_stale(tmp_path)
    assert not list(cache.glob("explore.*"))
    assert (cache / "other.thing-1.py311.nbi").exists()


def test_every_module_with_compiled_functions_is_in_the_layer() -> None:
    folder = Path(compiled.__file__).parent
    marks = ("@compiled", "@in_place", "@as_written", "@inlined", "njit(")
    using = {file.name for file in folder.glob("*.py") if any(mark in file.read_text() for mark in marks)}
    assert using == set(compiled.LAYER)


SHORT = """
import numpy as np
from evalkit.model.latent.posterior import LatentModel, fit_latent
from evalkit.model.latent.prior import LatentPrior

rng, found = np.random.default_rng(1), []
for n, p in ((6, 5), (3, 2)):
    y, X = rng.poisson(40, n), np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    terms = tuple("abcde"[:p])
    prior = LatentPrior(coefficient_sd=dict.fromkeys(terms[1:], 0.5))
    one = fit_latent(y, X, used=np.arange(n) != 1, model=LatentModel(prior=prior, terms=terms))
    found += [*one.coefficient("b").quantile([0.025, 0.5, 0.975]), *one.draws(20, 1).b.mean(axis=0)]
"""


def test_no_array_is_left_where_a_series_has_few_periods_and_many_terms() -> None:
    """Compiled code does not look where it writes; the same code uncompiled does."""
    compiled_code: dict[str, list[float]] = {}
    exec(SHORT, compiled_code)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{SHORT}\nprint(*map(float, found))"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    uncompiled = [float(one) for one in done.stdout.split()]
    assert len(uncompiled) == 3 + 5 + 3 + 2
    np.testing.assert_allclose(compiled_code["found"], uncompiled, rtol=1e-6, atol=1e-9)
