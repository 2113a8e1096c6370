"""Rivals in environments of their own: made once below ``benchmarks/.work/envs``, called as separate processes.

The environments are kept apart because their requirements exclude ours (one needs pandas below 3 and statsmodels below
0.15). A rival that cannot be installed is named with the reason; the benchmark goes on without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.places import ROOT, WORK

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE: Final = Path(__file__).parent
ENVIRONMENTS: Final = WORK / "envs"


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One rival.

    Attributes
    ----------
    label : str
        For tables.
    environment : str
        Name of its environment; several rivals may share one.
    requirements : tuple of str
        What is installed there.
    script : str
        The program in this folder that does the work.
    options : tuple of str
        Further arguments of the program.
    """

    label: str
    environment: str
    requirements: tuple[str, ...]
    script: str
    options: tuple[str, ...] = ()


_BSTS = {"environment": "bsts-causalimpact", "requirements": ("bsts-causalimpact==1.7.0",), "script": "bsts.py"}
_PYCI = {
    "environment": "pycausalimpact",
    "requirements": ("pycausalimpact==0.1.1", "pandas<3", "statsmodels<0.15"),
    "script": "pyci.py",
}
_CAUSALPY = {"environment": "causalpy", "requirements": ("causalpy==0.9.0",), "script": "causal_py.py"}
RIVALS: Final[dict[str, Rival]] = {
    "bsts-causalimpact": Rival(label="bsts-causalimpact, default", **_BSTS),
    "bsts-causalimpact-covariates": Rival(
        label="bsts-causalimpact, trend and season as covariates", options=("covariates",), **_BSTS
    ),
    "bsts-causalimpact-season": Rival(label="bsts-causalimpact, monthly season", options=("season",), **_BSTS),
    "pycausalimpact": Rival(label="pycausalimpact, default", **_PYCI),
    "pycausalimpact-covariates": Rival(
        label="pycausalimpact, trend and season as covariates", options=("covariates",), **_PYCI
    ),
    "causalpy": Rival(label="CausalPy, trend and season, counts", **_CAUSALPY),
    "causalpy-log": Rival(label="CausalPy, trend and season, log counts", options=("log",), **_CAUSALPY),
}


class RivalUnavailableError(RuntimeError):
    """A rival that could not be installed, or does not run; the message holds what its installer or it said."""


def python_of(rival: Rival) -> Path:
    """The interpreter of a rival's environment, made on first use.

    Raises
    ------
    RivalUnavailableError
        The environment cannot be made.
    """
    folder = ENVIRONMENTS / rival.environment
    done = folder / "installed.json"
    python = folder / "bin" / "python"
    if done.exists() and json.loads(done.read_text()) == list(rival.requirements):
        return python
    uv = ROOT / ".venv-uv" / "bin" / "uv"
    tool = str(uv) if uv.exists() else shutil.which("uv")
    if tool is None:
        raise RivalUnavailableError("uv is not there to make the environment. Run `make setup` first.")
    environment = {**os.environ, "UV_CACHE_DIR": str(ROOT / ".cache" / "uv")}
    for command in (
        [tool, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        [tool, "pip", "install", "--quiet", "--python", str(python), *rival.requirements],
    ):
        made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if made.returncode:
            raise RivalUnavailableError(f"{rival.environment}: {made.stderr.strip()}")
    done.write_text(json.dumps(list(rival.requirements)))
    return python


def run_rival(
    name: str, counts: NDArray[np.float64], matrix: NDArray[np.float64], launch: int
) -> dict[str, NDArray[np.float64]]:
    """Rate ratios of many series by a rival.

    Parameters
    ----------
    name : str
        Key of :data:`RIVALS`.
    counts : ndarray of shape (m, n)
    matrix : ndarray of shape (n, p)
        Design whose columns 1 to p − 2 (trend and season) a rival may use; the campaign's two columns are last.
    launch : int
        Position of the first exposed period.

    Returns
    -------
    dict of ndarray of shape (m,)
        ``centre``, ``lower`` and ``upper`` of the ratio, ``seconds`` of CPU time for each series once warm.

    Raises
    ------
    RivalUnavailableError
        It cannot be installed or fails.
    """
    rival = RIVALS[name]
    python = python_of(rival)
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "given.npz"), Path(folder, "answer.npz")
        np.savez(given, counts=counts, covariates=matrix[:, 1:-2], launch=launch)
        command = [str(python), str(HERE / rival.script), str(given), str(answer), *rival.options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RivalUnavailableError(f"{name}: exit code {done.returncode}. {done.stderr.strip()[-2000:]}")
        with np.load(answer) as stored:
            return {key: stored[key] for key in stored.files}
