"""What was found, as figures, tables, sentences, web pages and PDFs."""

from __future__ import annotations

from evalkit.report.audit import audit_text, write_claims_audit
from evalkit.report.content import (
    ChannelResult,
    ChannelSummary,
    Provenance,
    RegionReport,
    RegionSummary,
    VerdictSummary,
)
from evalkit.report.data_quality import data_quality_html, write_data_quality
from evalkit.report.figures import (
    describe_check,
    describe_counterfactual,
    describe_density,
    describe_effect,
    describe_estimates,
    describe_event_study,
    describe_placebos_in_space,
    describe_pooled,
    describe_power,
    describe_specification_curve,
    describe_weights,
    plot_check,
    plot_counterfactual,
    plot_density,
    plot_effect,
    plot_estimates,
    plot_event_study,
    plot_placebos_in_space,
    plot_pooled,
    plot_power,
    plot_specification_curve,
    plot_weights,
)
from evalkit.report.files import slug, write_region_report, write_summary
from evalkit.report.html import index_html, region_html
from evalkit.report.overview import Failure, Summary, summary_of
from evalkit.report.pdf import region_pdf, summary_pdf
from evalkit.report.power import power_table, power_text, write_power
from evalkit.report.rounds import Round, RoundsDifference, compare_rounds, difference_text
from evalkit.report.tables import checks_table, estimates_frame, results_frame, verdicts_table
from evalkit.report.wording import Finding, finding_of, finding_sentence

__all__ = [
    "ChannelResult",
    "ChannelSummary",
    "Failure",
    "Finding",
    "Provenance",
    "RegionReport",
    "RegionSummary",
    "Round",
    "RoundsDifference",
    "Summary",
    "VerdictSummary",
    "audit_text",
    "checks_table",
    "compare_rounds",
    "data_quality_html",
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
    "difference_text",
    "estimates_frame",
    "finding_of",
    "finding_sentence",
    "index_html",
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
    "power_table",
    "power_text",
    "region_html",
    "region_pdf",
    "results_frame",
    "slug",
    "summary_of",
    "summary_pdf",
    "verdicts_table",
    "write_claims_audit",
    "write_data_quality",
    "write_power",
    "write_region_report",
    "write_summary",
]
