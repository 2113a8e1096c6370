"""Checks that a conclusion has to pass: one question a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.check.agreement import second_method
from evalkit.check.base import CheckResult
from evalkit.check.placebo import placebo_in_time
from evalkit.check.residuals import overdispersion, residual_autocorrelation

if TYPE_CHECKING:
    from evalkit.effect import Effect

__all__ = [
    "CheckResult",
    "overdispersion",
    "placebo_in_time",
    "residual_autocorrelation",
    "run_checks",
    "second_method",
]


def run_checks(effect: Effect) -> tuple[CheckResult, ...]:
    """Every check of one effect, in reporting order."""
    return (
        residual_autocorrelation(effect),
        overdispersion(effect),
        placebo_in_time(effect),
        second_method(effect),
    )
