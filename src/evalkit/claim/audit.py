"""The audit of a claims register: every figure recomputed from everything published, and classed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, overload

import pandas as pd

from evalkit.catalogue import Spoken, in_its_language, term
from evalkit.claim import wording
from evalkit.claim.claim import Claim, claim_from_row
from evalkit.claim.elsewhere import Comparison
from evalkit.claim.evidence import evidence_level, evidence_sentence, settles
from evalkit.claim.facts import World, build_world
from evalkit.claim.finding import AuditClass, Finding, FindingKind
from evalkit.claim.rules_change import CHANGE_RULES, comparisons
from evalkit.claim.rules_count import COUNT_RULES
from evalkit.claim.rules_region import REGION_RULES
from evalkit.claim.rules_unit import UNIT_RULES
from evalkit.claim.verdict import Verdict
from evalkit.display import Displayed
from evalkit.effect import NotEstimable
from evalkit.errors import ClaimError, nearest
from evalkit.registers import Campaign, ClaimRow, Event, PopulationRow, SeriesRow
from evalkit.vocab import StatisticType

__all__ = ["Audit", "ClaimAudit", "audit_claims", "audit_published"]

_CLASS = {
    FindingKind.CONTRADICTED: AuditClass.CONTRADICTED,
    FindingKind.CONSISTENT: AuditClass.CONSISTENT,
    FindingKind.IMPLIED: AuditClass.IMPLIED,
}
_WEIGHT = (
    FindingKind.CONTRADICTED,
    FindingKind.CONSISTENT,
    FindingKind.IMPLIED,
    FindingKind.TENSION,
    FindingKind.CONTEXT,
)
_CONTEXT_ORDER = (
    "before-launch",
    "elsewhere",
    "comparison",
    "season",
    "stated-baseline",
    "since-last-year",
    "share",
    "window-inside",
    "rate",
)
_SAID_BY = {"unit-wording": "unit"}
_MAIN_RULES = ("recomputed", "undated", "implied-baseline", "implied-current")
_COLUMNS = (
    *("claim_id", "class", "region", "channel", "statistic", "value", "claim", "period", "recomputed", "lower"),
    *("upper", "poisson_lower", "poisson_upper", "dispersed_lower", "dispersed_upper", "evidence_level", "reasons"),
    *("evidence", "settles", "source"),
)

OWN_CONTACTS: Final = "own contacts"
"""The series of counts that were made of a contacts file, and are not published."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClaimAudit(Spoken, Displayed):
    """What recomputing one published figure came to.

    Attributes
    ----------
    claim : Claim
        What is asserted.
    audit_class : AuditClass
        Recomputed and consistent, recomputed and contradicted, implied value only, or cannot be checked.
    findings : tuple of Finding
        What was found, in order of weight.
    reasons : tuple of str
        The same in sentences; where the figure cannot be checked, why.
    comparison : Comparison or None
        The same change in other regions, where their counts are published.
    """

    claim: Claim
    audit_class: AuditClass
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]
    comparison: Comparison | None = None

    @property
    def evidence_level(self) -> int:
        """Level of the Maryland scale that the figure reaches as evidence for an effect; at most 2."""
        return evidence_level(self.claim, self.findings)

    @property
    def evidence(self) -> str:
        """The same in a sentence, with the reason."""
        return evidence_sentence(self.claim, self.findings)

    @property
    def settles(self) -> str:
        """What evidence would settle it."""
        return settles(self.claim, self.audit_class, self.findings)

    @property
    def main(self) -> Finding | None:
        """The finding that recomputes the figure itself; None where it cannot be recomputed."""
        own = [found for found in self.findings if found.claims[0] == self.claim.claim_id]
        return next((found for found in own if found.rule in _MAIN_RULES), None)

    @property
    def recomputed(self) -> float | None:
        """The ratio recomputed from counts, or the value implied; None where there is neither."""
        return self._figure("ratio", "implied")

    @property
    def lower(self) -> float | None:
        """Lower end of what rounding leaves open for :attr:`recomputed`."""
        return self._figure("ratio_lower", "implied_lower")

    @property
    def upper(self) -> float | None:
        """Upper end of what rounding leaves open for :attr:`recomputed`."""
        return self._figure("ratio_upper", "implied_upper")

    def interval(self, name: str = "poisson") -> tuple[float, float] | None:
        """Sampling interval (95 %) of the recomputed ratio: ``poisson``, or ``dispersed`` at the stated dispersion."""
        lower, upper = self._figure(f"{name}_lower"), self._figure(f"{name}_upper")
        return None if lower is None or upper is None else (lower, upper)

    @in_its_language
    def summary(self) -> str:
        """The claim, its class and the reasons as plain text, one line each."""
        claim = self.claim
        channel = term("channels", claim.channel)
        where = ", ".join(part for part in (claim.claim_id, claim.region, channel) if part)
        lines = [f"{where}: {claim.text}", f"  {term('claim.classes', self.audit_class)}"]
        return "\n".join([*lines, *(f"  {reason}" for reason in (*self.reasons, self.evidence, self.settles))])

    def __str__(self) -> str:
        return self.summary()

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON: infinite ends are None."""
        claim = self.claim
        return {
            "claim_id": claim.claim_id,
            "class": self.audit_class.value,
            "region": claim.region,
            "channel": str(claim.channel),
            "statistic": claim.statistic.value,
            "value": claim.value,
            "claim": claim.text,
            "period": str(claim.period) if claim.period else claim.period_text,
            "recomputed": self.recomputed,
            "lower": _finite(self.lower),
            "upper": _finite(self.upper),
            **{
                f"{name}_{end}": None if (pair := self.interval(name)) is None else _finite(pair[index])
                for name in ("poisson", "dispersed")
                for index, end in enumerate(("lower", "upper"))
            },
            "evidence_level": self.evidence_level,
            "reasons": list(self.reasons),
            "evidence": self.evidence,
            "settles": self.settles,
            "source": claim.source,
            "comparison": self.comparison and self.comparison.to_dict(),
            "findings": [_plain(found) for found in self.findings],
        }

    def _figure(self, *names: str) -> float | None:
        if self.main is None:
            return None
        found = next((self.main.figures[name] for name in names if name in self.main.figures), None)
        return None if found is None or isinstance(found, str) else float(found)


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Spoken, Displayed, Sequence[ClaimAudit]):
    """The audits of all claims, in the order of the register, and every finding about them.

    Attributes
    ----------
    audits : tuple of ClaimAudit
        One a claim.
    findings : tuple of Finding
        Everything that was found, also what is not about a single claim.
    verdicts : mapping of str to Verdict or NotEstimable
        By claim, where contacts and launches were given: what one's own series says, or why it cannot.
    simulated : bool
        Whether the contacts were made by simulation, by their own metadata.
    own_contacts : bool
        Whether it rests on contacts of one's own; it then quotes their counts as they were counted, small ones too.
    """

    audits: tuple[ClaimAudit, ...]
    findings: tuple[Finding, ...]
    verdicts: Mapping[str, Verdict | NotEstimable] = field(default_factory=dict)
    simulated: bool = False
    own_contacts: bool = False

    @overload
    def __getitem__(self, index: int) -> ClaimAudit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ClaimAudit, ...]: ...
    def __getitem__(self, index: int | slice) -> ClaimAudit | tuple[ClaimAudit, ...]:
        return self.audits[index]

    def __len__(self) -> int:
        return len(self.audits)

    @property
    def by_id(self) -> Mapping[str, ClaimAudit]:
        """The audits by ``claim_id``."""
        return {audit.claim.claim_id: audit for audit in self.audits}

    def find(self, claim_id: str) -> ClaimAudit:
        """The audit of one claim.

        Raises
        ------
        ClaimError
            No claim of that identifier; the message names the nearest one.
        """
        if claim_id not in self.by_id:
            match = nearest(claim_id, self.by_id)
            hint = f" Did you mean {match!r}?" if match else ""
            raise ClaimError(f"The register has no claim {claim_id!r}.{hint} It holds {len(self)} claims.")
        return self.by_id[claim_id]

    @property
    def counts(self) -> Mapping[AuditClass, int]:
        """How many claims are in each class, in the order of the classes."""
        counted = Counter(audit.audit_class for audit in self.audits)
        return {one: counted[one] for one in AuditClass}

    def of_rule(self, rule: str) -> tuple[Finding, ...]:
        """All findings of one rule."""
        return tuple(found for found in self.findings if found.rule == rule)

    def to_frame(self) -> pd.DataFrame:
        """One row a claim: class, recomputed value with its rounding and sampling intervals, reasons, source."""
        rows = [{**audit.to_dict(), "reasons": " ".join(audit.reasons)} for audit in self.audits]
        return pd.DataFrame(rows).reindex(columns=list(_COLUMNS))

    def findings_frame(self) -> pd.DataFrame:
        """One row a finding: rule, kind, claims, sentence."""
        rows = [
            {
                "rule": one.rule,
                "kind": one.kind.value,
                "claims": "; ".join(one.claims),
                "finding": wording.sentence(one),
            }
            for one in self.findings
        ]
        return pd.DataFrame(rows, columns=["rule", "kind", "claims", "finding"])

    def to_dict(self) -> dict[str, object]:
        """Plain values: ``counts``, ``simulated``, ``own_contacts``, ``claims``, ``verdicts`` and ``findings``."""
        return {
            "counts": {one.value: number for one, number in self.counts.items()},
            "simulated": self.simulated,
            "own_contacts": self.own_contacts,
            "claims": [audit.to_dict() for audit in self.audits],
            "verdicts": {name: verdict.to_dict() for name, verdict in self.verdicts.items()},
            "findings": [{**_plain(one), "sentence": wording.sentence(one)} for one in self.findings],
        }


def audit_claims(
    claims: Iterable[Claim | ClaimRow],
    series: Iterable[SeriesRow] = (),
    *,
    campaigns: Iterable[Campaign] = (),
    events: Iterable[Event] = (),
    population: Iterable[PopulationRow] = (),
) -> Audit:
    """Recompute every claim from everything published.

    Parameters
    ----------
    claims : iterable of Claim or ClaimRow
        The register; each figure in it also serves to check the others.
    series : iterable of SeriesRow
        Further published counts. Rows that were derived from claims are left out, for they would confirm their origin.
    campaigns, events, population : optional
        Launches (a figure from before the launch shows no effect), openings of channels, and populations for rates.

    Returns
    -------
    Audit
        One :class:`ClaimAudit` a claim, in the order given, and all findings.

    Raises
    ------
    ClaimError
        Where a claim asserts something that no figures could meet.
    """
    held = tuple(claim_from_row(one) if isinstance(one, ClaimRow) else one for one in claims)
    counted = tuple(series)
    world = build_world(held, counted, campaigns=campaigns, events=events, population=population)
    findings = tuple(_settled(_all_findings(world), {claim.claim_id for claim in held}))
    by_claim: dict[str, list[Finding]] = {claim.claim_id: [] for claim in held}
    for found in findings:
        for name in found.claims:
            if name in by_claim:
                by_claim[name].append(found)
    beside = {one.claim_id: one for one in comparisons(world)}
    audits = (_audit(claim, by_claim[claim.claim_id], beside.get(claim.claim_id)) for claim in held)
    return Audit(tuple(audits), findings, own_contacts=any(row.series == OWN_CONTACTS for row in counted))


def audit_published() -> Audit:
    """Audit the bundled register of real published figures."""
    from evalkit.registers import published

    return audit_claims(
        published("claims"),
        published("series"),
        campaigns=published("campaigns"),
        events=published("events"),
        population=published("population"),
    )


def _all_findings(world: World) -> Iterator[Finding]:
    for rule in (*CHANGE_RULES, *COUNT_RULES, *UNIT_RULES, *REGION_RULES):
        yield from rule(world)


def _settled(findings: Iterable[Finding], known: set[str]) -> Iterator[Finding]:
    """Of two figures that exclude each other, charge the one that nothing else confirms.

    A figure that another recomputation confirms keeps its class; where none or all of them are confirmed, all are
    charged. The confirmed ones stay in ``against``.
    """
    held = list(findings)
    confirmed = {name for one in held if one.kind is FindingKind.CONSISTENT for name in one.claims}
    for one in held:
        claims = tuple(name for name in one.claims if name in known)
        against = tuple(dict.fromkeys((*one.against, *(name for name in one.claims if name not in known))))
        if one.kind is FindingKind.CONTRADICTED and len(one.claims) > 1:
            charged = tuple(name for name in claims if name not in confirmed) or claims
            against = tuple(dict.fromkeys((*against, *(name for name in claims if name not in charged))))
            claims = charged
        if claims or one.kind is not FindingKind.CONTEXT:
            yield replace(one, claims=claims, against=against)


def _audit(claim: Claim, findings: list[Finding], comparison: Comparison | None) -> ClaimAudit:
    ordered = tuple(_told(claim, sorted(findings, key=lambda one: _rank(claim, one))))
    found = next((_CLASS[kind] for kind in _WEIGHT if kind in _CLASS and _any(ordered, kind)), AuditClass.UNCHECKED)
    reasons = tuple(dict.fromkeys(wording.sentence(one) for one in ordered))
    if found is AuditClass.UNCHECKED:
        reasons = (wording.why_unchecked(_unchecked(claim)), *reasons)
    return ClaimAudit(claim=claim, audit_class=found, findings=ordered, reasons=reasons, comparison=comparison)


def _rank(claim: Claim, found: Finding) -> tuple[int, int, bool]:
    """Order of weight: what decides the class, then doubts, then context; a claim's own findings before others'."""
    place = _CONTEXT_ORDER.index(found.rule) if found.rule in _CONTEXT_ORDER else len(_CONTEXT_ORDER)
    context = place if found.kind is FindingKind.CONTEXT else 0
    return _WEIGHT.index(found.kind), context, found.claims[0] != claim.claim_id


def _told(claim: Claim, ordered: Iterable[Finding]) -> Iterator[Finding]:
    """The findings worth telling of one claim: none that a stronger one says too, one a rule of others' context."""
    held = list(ordered)
    rules = {one.rule for one in held}
    seen: set[str] = set()
    for one in held:
        other = one.kind is FindingKind.CONTEXT and one.claims[0] != claim.claim_id
        if _SAID_BY.get(one.rule) in rules or (other and one.rule in seen) or _recomputed_already(one, held):
            continue
        seen.add(one.rule)
        yield one


def _recomputed_already(one: Finding, held: Iterable[Finding]) -> bool:
    """Whether a change since an earlier year is one that a claim has been recomputed from."""
    if one.rule != "since-last-year":
        return False
    pair = (one.figures["current"], one.figures["before"])
    pairs = [
        (other.figures.get("current"), other.figures.get(name)) for other in held for name in ("baseline", "stated")
    ]
    return pair in pairs


def _any(findings: Iterable[Finding], kind: FindingKind) -> bool:
    return any(one.kind is kind for one in findings)


def _unchecked(claim: Claim) -> str:
    """Name of the reason why a figure cannot be checked."""
    if claim.value is None:
        return "words-only"
    if claim.statistic is StatisticType.SHARE:
        return "share"
    if claim.statistic is StatisticType.COUNT:
        return "single-count"
    if claim.baseline is None and claim.baseline_text and claim.period is not None:
        return "no-baseline"
    return "no-period" if claim.period is None else "no-counts"


def _plain(found: Finding) -> dict[str, object]:
    plain = found.to_dict()
    plain["figures"] = {
        name: _finite(value) if isinstance(value, float) else value for name, value in found.figures.items()
    }
    return plain


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
