"""Power: what a planned campaign could detect, and which claims about it could be confirmed or refuted."""

from __future__ import annotations

from evalkit.check.planning.plan import PowerPlan, Scenario, power_plan_like
from evalkit.check.planning.result import MEASURES, Power
from evalkit.check.planning.study import power

__all__ = ["MEASURES", "Power", "PowerPlan", "Scenario", "power", "power_plan_like"]
