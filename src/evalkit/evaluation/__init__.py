"""What was asked: an evaluation, read from ``evaluation.toml``, with a fingerprint of everything it rests on."""

from __future__ import annotations

from evalkit.evaluation.asked import EvaluatedModel, Evaluation, ModelSettings, load_evaluation
from evalkit.evaluation.settings import missing_file, read_settings, read_toml, settings_problems

__all__ = [
    "EvaluatedModel",
    "Evaluation",
    "ModelSettings",
    "load_evaluation",
    "missing_file",
    "read_settings",
    "read_toml",
    "settings_problems",
]
