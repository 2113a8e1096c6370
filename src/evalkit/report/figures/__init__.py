"""Figures of an effect. Each returns its Axes; each has a ``describe_*`` beside it that says the same in words.

Lines are labelled where they end, not in a legend. Intervals of the counterfactual path include observation noise (what
would have been counted), intervals of effects do not; the captions in ``wording`` say which. Names are drawn literally:
no mathematics is read into them. Counts made by simulation carry the words "Simulated data".
"""

from __future__ import annotations

from evalkit.report.figures.checks import describe_check, plot_check
from evalkit.report.figures.density import describe_density, plot_density
from evalkit.report.figures.effect import describe_effect, plot_effect
from evalkit.report.figures.estimates import describe_estimates, plot_estimates
from evalkit.report.figures.event_study import describe_event_study, plot_event_study
from evalkit.report.figures.path import describe_counterfactual, plot_counterfactual
from evalkit.report.figures.pooled import describe_pooled, plot_pooled
from evalkit.report.figures.power import describe_power, plot_power
from evalkit.report.figures.specification import describe_specification_curve, plot_specification_curve
from evalkit.report.figures.synthetic import (
    describe_placebos_in_space,
    describe_weights,
    plot_placebos_in_space,
    plot_weights,
)

__all__ = [
    "describe_check",
    "describe_counterfactual",
    "describe_density",
    "describe_effect",
    "describe_estimates",
    "describe_event_study",
    "describe_placebos_in_space",
    "describe_pooled",
    "describe_power",
    "describe_specification_curve",
    "describe_weights",
    "plot_check",
    "plot_counterfactual",
    "plot_density",
    "plot_effect",
    "plot_estimates",
    "plot_event_study",
    "plot_placebos_in_space",
    "plot_pooled",
    "plot_power",
    "plot_specification_curve",
    "plot_weights",
]
