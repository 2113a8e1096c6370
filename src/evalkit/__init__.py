"""Interrupted time-series evaluation of regional help-seeking campaigns.

Every public name is loaded when it is first used, so that ``import evalkit`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from evalkit.display import shown_by

if TYPE_CHECKING:
    from evalkit import errors, resources, vocab
    from evalkit.batch import (
        Inputs,
        RunSummary,
        deviations,
        disclosure_plan,
        evaluate_region,
        freeze_plan,
        inspect_file,
        new_evaluation,
        read_inputs,
        read_round,
        review_plan,
        run,
        verify_run,
    )
    from evalkit.catalogue import speaking
    from evalkit.check import (
        CheckContext,
        CheckResult,
        Choices,
        Power,
        PowerPlan,
        QualityStatement,
        Suggestion,
        Suggestions,
        multiplicity,
        power,
        power_plan_like,
        quality_statement,
        run_checks,
        specification_curve,
        suggest_design,
    )
    from evalkit.claim import Claim, Verdict, audit_file, audit_published, check_claim, parse_claim
    from evalkit.cluster import connect
    from evalkit.contacts import Contacts, read_contacts, read_covariates
    from evalkit.contacts.ingest import Ingested, Mapping, ingest, load_mapping
    from evalkit.design import BankHolidays, Decay, Design, DesignSpec, EventTerm, Flights, Opening, build_design
    from evalkit.effect import (
        Effect,
        Effects,
        Estimate,
        EventStudy,
        NotEstimable,
        Pooled,
        Sampling,
        cost_per_contact,
        estimate_effect,
        estimate_effects,
        estimate_pooled,
        event_study,
        pool_effects,
    )
    from evalkit.evaluation import (
        Declaration,
        Declarations,
        Evaluation,
        load_evaluation,
        read_plan,
        write_plan,
    )
    from evalkit.explorer import Explorer, ExplorerView, explore, explorer_state
    from evalkit.languages import load_wording
    from evalkit.model import (
        Arima,
        Controlled,
        Forecast,
        Hierarchy,
        Latent,
        RandomEffects,
        Segmented,
        Structural,
        Synthetic,
    )
    from evalkit.registers import read_launches
    from evalkit.report import (
        audit_text,
        checks_table,
        compare_rounds,
        difference_text,
        finding_sentence,
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
        power_table,
        power_text,
        verdicts_table,
        write_claims_audit,
        write_data_quality,
        write_power,
        write_region_report,
    )
    from evalkit.report.disclosure import DisclosurePlan, control, plan_disclosure
    from evalkit.simulate import load_simulation, simulate_series, write_simulation

shown_by("evalkit.report.display")  # who shows results in a notebook: nothing to the left of report imports it

__version__ = "0.1.0"

_WHERE = {
    "batch": (
        "Inputs",
        "RunSummary",
        "deviations",
        "disclosure_plan",
        "evaluate_region",
        "freeze_plan",
        "inspect_file",
        "new_evaluation",
        "read_inputs",
        "read_round",
        "review_plan",
        "run",
        "verify_run",
    ),
    "catalogue": ("speaking",),
    "check": (
        "CheckContext",
        "CheckResult",
        "Choices",
        "Power",
        "PowerPlan",
        "QualityStatement",
        "Suggestion",
        "Suggestions",
        "multiplicity",
        "power",
        "power_plan_like",
        "quality_statement",
        "run_checks",
        "specification_curve",
        "suggest_design",
    ),
    "claim": ("Claim", "Verdict", "audit_file", "audit_published", "check_claim", "parse_claim"),
    "cluster": ("connect",),
    "contacts": ("Contacts", "read_contacts", "read_covariates"),
    "contacts.ingest": ("Ingested", "Mapping", "ingest", "load_mapping"),
    "design": ("BankHolidays", "Decay", "Design", "DesignSpec", "EventTerm", "Flights", "Opening", "build_design"),
    "effect": (
        "Effect",
        "Effects",
        "Estimate",
        "EventStudy",
        "NotEstimable",
        "Pooled",
        "Sampling",
        "cost_per_contact",
        "estimate_effect",
        "estimate_effects",
        "estimate_pooled",
        "event_study",
        "pool_effects",
    ),
    "explorer": ("Explorer", "ExplorerView", "explore", "explorer_state"),
    "evaluation": (
        "Declaration",
        "Declarations",
        "Evaluation",
        "load_evaluation",
        "read_plan",
        "write_plan",
    ),
    "languages": ("load_wording",),
    "model": (
        "Arima",
        "Controlled",
        "Forecast",
        "Hierarchy",
        "Latent",
        "RandomEffects",
        "Segmented",
        "Structural",
        "Synthetic",
    ),
    "registers": ("read_launches",),
    "report": (
        "audit_text",
        "checks_table",
        "compare_rounds",
        "difference_text",
        "finding_sentence",
        "plot_check",
        "plot_counterfactual",
        "plot_density",
        "plot_effect",
        "plot_estimates",
        "plot_placebos_in_space",
        "plot_weights",
        "plot_event_study",
        "plot_pooled",
        "plot_specification_curve",
        "plot_power",
        "power_table",
        "power_text",
        "verdicts_table",
        "write_claims_audit",
        "write_data_quality",
        "write_power",
        "write_region_report",
    ),
    "report.disclosure": ("DisclosurePlan", "control", "plan_disclosure"),
    "simulate": ("load_simulation", "simulate_series", "write_simulation"),
}
_MODULES = ("errors", "resources", "vocab")
_STAGE_OF = {name: stage for stage, names in _WHERE.items() for name in names}

__all__ = [
    "Arima",
    "BankHolidays",
    "CheckContext",
    "CheckResult",
    "Choices",
    "Claim",
    "Contacts",
    "Controlled",
    "Decay",
    "Declaration",
    "Declarations",
    "Design",
    "DesignSpec",
    "DisclosurePlan",
    "Effect",
    "Effects",
    "Estimate",
    "Evaluation",
    "EventStudy",
    "EventTerm",
    "Explorer",
    "ExplorerView",
    "Flights",
    "Forecast",
    "Hierarchy",
    "Ingested",
    "Inputs",
    "Latent",
    "Mapping",
    "NotEstimable",
    "Opening",
    "Pooled",
    "Power",
    "PowerPlan",
    "QualityStatement",
    "RandomEffects",
    "RunSummary",
    "Sampling",
    "Segmented",
    "Structural",
    "Suggestion",
    "Suggestions",
    "Synthetic",
    "Verdict",
    "audit_file",
    "audit_published",
    "audit_text",
    "build_design",
    "check_claim",
    "checks_table",
    "compare_rounds",
    "connect",
    "control",
    "cost_per_contact",
    "deviations",
    "difference_text",
    "disclosure_plan",
    "errors",
    "estimate_effect",
    "estimate_effects",
    "estimate_pooled",
    "evaluate_region",
    "event_study",
    "explore",
    "explorer_state",
    "finding_sentence",
    "freeze_plan",
    "ingest",
    "inspect_file",
    "load_evaluation",
    "load_mapping",
    "load_simulation",
    "load_wording",
    "multiplicity",
    "new_evaluation",
    "parse_claim",
    "plan_disclosure",
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
    "pool_effects",
    "power",
    "power_plan_like",
    "power_table",
    "power_text",
    "quality_statement",
    "read_contacts",
    "read_covariates",
    "read_inputs",
    "read_launches",
    "read_plan",
    "read_round",
    "resources",
    "review_plan",
    "run",
    "run_checks",
    "simulate_series",
    "speaking",
    "specification_curve",
    "suggest_design",
    "verdicts_table",
    "verify_run",
    "vocab",
    "write_claims_audit",
    "write_data_quality",
    "write_plan",
    "write_power",
    "write_region_report",
    "write_simulation",
]


def __getattr__(name: str) -> object:
    """Load the stage that a public name lives in, once."""
    if name in _MODULES:
        return import_module(f"evalkit.{name}")
    if name not in _STAGE_OF:
        from evalkit.errors import nearest

        match = nearest(name, __all__)
        hint = f" Did you mean {match!r}?" if match else ""
        raise AttributeError(f"evalkit has no {name!r}.{hint}")
    value = getattr(import_module(f"evalkit.{_STAGE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
