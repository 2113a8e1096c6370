"""From a published sentence to a verdict: what is claimed, what the counts say, what may be attributed."""

from __future__ import annotations

from evalkit.claim.arithmetic import (
    DISPERSION,
    SEASON,
    implied_baseline,
    implied_current,
    percent_from_ratio,
    rate_per_100k,
    ratio_bounds_from_percent,
    ratio_from_percent,
    ratio_interval,
    ratio_of_counts,
    ratio_of_ratios,
    season_factor,
    share,
    total,
)
from evalkit.claim.audit import Audit, ClaimAudit, audit_claims, audit_published
from evalkit.claim.bounds import Bounds, bounds_of
from evalkit.claim.claim import Claim, claim_from_ratio, claim_from_row
from evalkit.claim.decision import TABLE, THRESHOLDS, Thresholds
from evalkit.claim.elsewhere import Comparison, ComparisonRegion, Exposure
from evalkit.claim.finding import AuditClass, Finding, FindingKind
from evalkit.claim.own import audit_file, check_counts, counts_of_claims, verdicts_of_claims
from evalkit.claim.parse import parse_claim
from evalkit.claim.verdict import BeforeAfterRatio, Verdict, before_after_ratio, check_claim

__all__ = [
    "DISPERSION",
    "SEASON",
    "TABLE",
    "THRESHOLDS",
    "Audit",
    "AuditClass",
    "BeforeAfterRatio",
    "Bounds",
    "Claim",
    "ClaimAudit",
    "Comparison",
    "ComparisonRegion",
    "Exposure",
    "Finding",
    "FindingKind",
    "Thresholds",
    "Verdict",
    "audit_claims",
    "audit_file",
    "audit_published",
    "before_after_ratio",
    "bounds_of",
    "check_claim",
    "check_counts",
    "claim_from_ratio",
    "claim_from_row",
    "counts_of_claims",
    "implied_baseline",
    "implied_current",
    "parse_claim",
    "percent_from_ratio",
    "rate_per_100k",
    "ratio_bounds_from_percent",
    "ratio_from_percent",
    "ratio_interval",
    "ratio_of_counts",
    "ratio_of_ratios",
    "season_factor",
    "share",
    "total",
    "verdicts_of_claims",
]
