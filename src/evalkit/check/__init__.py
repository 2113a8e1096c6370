"""Checks that a conclusion has to pass: one question a file, each loaded when it is first asked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from evalkit.check.agreement import second_method
    from evalkit.check.base import CheckResult, CheckResults
    from evalkit.check.capacity import ceiling
    from evalkit.check.confounding import launch_and_season
    from evalkit.check.context import CheckContext
    from evalkit.check.elsewhere import negative_control, placebo_in_space, spill_over
    from evalkit.check.events import other_events, what_is_counted
    from evalkit.check.every import run_checks
    from evalkit.check.influence import leave_one_control_out, leave_one_period_out
    from evalkit.check.many import Multiplicity, many_effects, multiplicity
    from evalkit.check.placebo import placebo_in_time
    from evalkit.check.planning import Power, PowerPlan, power, power_plan_like
    from evalkit.check.quality import Level, QualityItem, QualityStatement, quality_statement
    from evalkit.check.quantiles import QuantileResiduals, longer_lags, predictive_distribution, quantile_residuals
    from evalkit.check.residuals import overdispersion, residual_autocorrelation
    from evalkit.check.season import season_changes
    from evalkit.check.sensitivity import model_probability, prior_sensitivity
    from evalkit.check.sparse import sparse_data
    from evalkit.check.specification import Choices, SpecificationCurve, across_specifications, specification_curve
    from evalkit.check.suggest import Suggestion, Suggestions, suggest_design
    from evalkit.check.wandering import drift

__all__ = [
    "CheckContext",
    "CheckResult",
    "CheckResults",
    "Choices",
    "Level",
    "Multiplicity",
    "Power",
    "PowerPlan",
    "QualityItem",
    "QualityStatement",
    "QuantileResiduals",
    "SpecificationCurve",
    "Suggestion",
    "Suggestions",
    "across_specifications",
    "ceiling",
    "drift",
    "launch_and_season",
    "leave_one_control_out",
    "leave_one_period_out",
    "longer_lags",
    "many_effects",
    "model_probability",
    "multiplicity",
    "negative_control",
    "other_events",
    "overdispersion",
    "placebo_in_space",
    "placebo_in_time",
    "power",
    "power_plan_like",
    "predictive_distribution",
    "prior_sensitivity",
    "quality_statement",
    "quantile_residuals",
    "residual_autocorrelation",
    "run_checks",
    "season_changes",
    "second_method",
    "sparse_data",
    "specification_curve",
    "spill_over",
    "suggest_design",
    "what_is_counted",
]

_FILE_OF: Final = {
    "CheckContext": "context",
    "CheckResult": "base",
    "CheckResults": "base",
    "Choices": "specification",
    "Level": "quality",
    "Multiplicity": "many",
    "Power": "planning",
    "PowerPlan": "planning",
    "QualityItem": "quality",
    "QualityStatement": "quality",
    "QuantileResiduals": "quantiles",
    "SpecificationCurve": "specification",
    "Suggestion": "suggest",
    "Suggestions": "suggest",
    "across_specifications": "specification",
    "ceiling": "capacity",
    "drift": "wandering",
    "launch_and_season": "confounding",
    "leave_one_control_out": "influence",
    "leave_one_period_out": "influence",
    "longer_lags": "quantiles",
    "many_effects": "many",
    "model_probability": "sensitivity",
    "multiplicity": "many",
    "negative_control": "elsewhere",
    "other_events": "events",
    "overdispersion": "residuals",
    "placebo_in_space": "elsewhere",
    "placebo_in_time": "placebo",
    "power": "planning",
    "power_plan_like": "planning",
    "predictive_distribution": "quantiles",
    "prior_sensitivity": "sensitivity",
    "quality_statement": "quality",
    "quantile_residuals": "quantiles",
    "residual_autocorrelation": "residuals",
    "run_checks": "every",
    "season_changes": "season",
    "second_method": "agreement",
    "sparse_data": "sparse",
    "specification_curve": "specification",
    "spill_over": "elsewhere",
    "suggest_design": "suggest",
    "what_is_counted": "events",
}


def __getattr__(name: str) -> object:
    """Load the file that a name lives in, once."""
    if name not in _FILE_OF:
        raise AttributeError(f"evalkit.check has no {name!r}.")
    value = getattr(import_module(f"evalkit.check.{_FILE_OF[name]}"), name)
    globals()[name] = value
    return value
