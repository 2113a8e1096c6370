"""What was asked: an evaluation, read from ``evaluation.toml``, with a fingerprint of everything it rests on."""

from __future__ import annotations

from evalkit.evaluation.asked import EvaluatedModel, Evaluation, ModelSettings, load_evaluation
from evalkit.evaluation.branding import Branding
from evalkit.evaluation.declarations import Declaration, Declarations
from evalkit.evaluation.disclosure import DisclosureSettings
from evalkit.evaluation.plan import KINDS, Deviation, Plan, PlanReview, SeriesRecord, differences, read_plan, write_plan
from evalkit.evaluation.schema import SCHEMA_FILE, SCHEMA_LINE, evaluation_schema, schema_text
from evalkit.evaluation.settings import missing_file, read_settings, read_toml, settings_problems
from evalkit.evaluation.template import evaluation_template

__all__ = [
    "KINDS",
    "SCHEMA_FILE",
    "SCHEMA_LINE",
    "Branding",
    "Declaration",
    "Declarations",
    "Deviation",
    "DisclosureSettings",
    "EvaluatedModel",
    "Evaluation",
    "ModelSettings",
    "Plan",
    "PlanReview",
    "SeriesRecord",
    "differences",
    "evaluation_schema",
    "evaluation_template",
    "load_evaluation",
    "missing_file",
    "read_plan",
    "read_settings",
    "read_toml",
    "schema_text",
    "settings_problems",
    "write_plan",
]
