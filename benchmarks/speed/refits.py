"""Time of the checks that refit: the specification curve, all placebos in time, leaving out one month at a time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from benchmarks.speed.series import design_of, series_of
from evalkit.check import leave_one_period_out, placebo_in_time, specification_curve
from evalkit.effect import effect_of
from evalkit.model import Latent

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalkit.effect import Effect

MONTHS: Final = 96
MEAN: Final = 60.0
REPEATS: Final = 3


def checks() -> pd.DataFrame:
    """One row a check: refits, and the least clock and CPU seconds of three runs on one series of 96 months.

    The clock depends on what else the machine does; CPU seconds of all threads do so less.
    """
    design = replace(design_of(MONTHS), observed=series_of(MONTHS, 1, MEAN)[0])
    effect = effect_of(design, Latent())
    jobs = {
        "specification curve": _curve,
        "placebo in time": lambda one: int(placebo_in_time(one).figures["launches"]),
        "leave one period out": lambda one: int(leave_one_period_out(one).figures["refits"]),
    }
    rows = []
    for name, job in jobs.items():
        job(effect)  # compiles, or reads what was compiled
        timed = [_timed(job, effect) for _ in range(REPEATS)]
        rows.append((name, MONTHS, timed[0][0], min(one[1] for one in timed), min(one[2] for one in timed)))
    return pd.DataFrame(rows, columns=["check", "months", "fits", "clock_seconds", "cpu_seconds"])


def _curve(effect: Effect) -> int:
    return len(specification_curve(effect).known)


def _timed(job: Callable[[Effect], int], effect: Effect) -> tuple[int, float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    fits = job(effect)
    return fits, time.perf_counter() - began, time.process_time() - cpu
