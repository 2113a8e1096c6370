"""The audit of the real register against the hand-made answers in ``arithmetic_checks.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.claim import Audit, AuditClass, Finding, FindingKind, audit_published
from evalkit.registers import published

CONSISTENT, CONTRADICTED = AuditClass.CONSISTENT, AuditClass.CONTRADICTED


@pytest.fixture(scope="module")
def audit() -> Audit:
    return audit_published()


@pytest.fixture(scope="module")
def by_hand(shared_published: Path) -> dict[str, dict[str, str]]:
    with (shared_published / "arithmetic_checks.csv").open(encoding="utf-8", newline="") as file:
        return {row["topic"]: row for row in csv.DictReader(file)}


# topic: claim, and the change that was computed by hand, in per cent
CHANGES = {
    "NW +103%": ("C078", 103.1),
    "Cheshire": ("C083", 192.6),
    "North Wales": ("C086", 65.5),
    "NW 2022": ("C111", 37.1),
    "Merseyside 2019": ("C090", 109.0),
    "Cheshire 2019": ("C093", 33.4),
    "UK 2017": ("C017", 39.7),
    "UK 2018 vs 2016": ("C023", 64.9),
    "UK 2019": ("C033", 119.3),
    "UK 2021": ("C042", 106.9),
    "UK 2022": ("C045", 67.3),
    "Oxfordshire": ("C140", 21.3),
    "Shropshire 2016-18": ("C152", -23.6),
    "West Midlands force 2019": ("C160", 160.8),
    "Staffordshire 2019": ("C163", 133.6),
    "Hertfordshire 2019": ("C178", 99.0),
    "South Yorkshire 2022": ("C195", 114.6),
    "Wales 2018-19": ("C220", 97.3),
    "Scotland web 2017": ("C226", 71.4),
    "Scotland calls 2017": ("C229", 83.3),
    "Scotland 2019": ("C232", 135.3),
}
# topic: claim, implied value by hand, and how far it may be off because the hand-made figure was rounded
IMPLIED = {
    "South East 2018 vs 2016": ("C007", 2826, 0.5),
    "Kent 2018 vs 2016": ("C001", 542, 0.5),
    "Q1 2019 callers": ("C029", 1310, 0.5),
    "London 2022": ("C209", 36365, 0.5),
    "Cumbria 2022": ("C117", 970, 0.5),
    "Wales NetSafe year": ("C215", 900, 0.5),
    "Scotland 2021": ("C234", 4962, 0.5),
}
# topic: rule that must find it, claims it must speak of, and whether those are then contradicted
FOUND = {
    "Kent vs release: number of forces": ("number-of-areas", {"C001", "C007"}, False),
    "Kent calls unit": ("unit-mismatch", {"C003"}, False),
    "Dorset": ("channel-sum", {"C009", "C010", "C011"}, False),
    "Staffordshire": ("published-twice", {"C013", "C014"}, False),
    "North West campaign": ("undated", {"C008"}, True),
    "NW scope": ("definition-of-region", {"C076", "C077"}, False),
    "NW monthly": ("monthly-mean", {"C087", "C077"}, False),
    "Lancashire 2021-22": ("chain", {"C094", "C109", "C113"}, True),
    "Cheshire 2018 year": ("window-inside", {"C082", "C092"}, False),
    "UK 2018/19 web": ("other-definition", {"C030", "C032"}, False),
    "UK first campaign year": ("other-definition", {"C050", "C051", "C016"}, False),
    "Newman website visitors": ("other-definition", {"C073"}, False),
    "South vs South East 2016-18": ("other-region", {"C007", "C141"}, False),
    "Shropshire 2018": ("channel-sum", {"C157"}, True),
    "Suffolk 2019": ("recomputed", {"C175"}, False),
    "Durham / N Yorks / Tyne & Wear 2019": ("recomputed", {"C201"}, False),
    "Yorkshire 2020": ("unit", {"C186"}, True),
    "Wales early 2017": ("part-above-whole", {"C214", "C216"}, True),
    "Devon & Cornwall": ("change-of-parts", {"C123", "C125", "C126", "C127"}, True),
    "South West 2025": ("change-twice", {"C129", "C130"}, True),
    "reThink first month": ("window-inside", {"C243", "C248"}, False),
    "Flanders total to 2023": ("window-sum", {"C257"}, True),
    "Cambridge website": ("before-channel-opened", {"C171"}, True),
    "UK 2020": ("part-above-whole", {"C039"}, True),
    "UK 2023": ("since-last-year", {"C047"}, False),
    "UK 2024": ("same-rounded-number", {"C048"}, False),
    "London 2024": ("share", {"C210"}, False),
}
# the one row that rests on a proportion which is in no row of the register, only in its notes
NOT_ARITHMETIC = {"reThink displays"}


def finding(audit: Audit, rule: str, *claims: str) -> Finding:
    """The finding about these claims; where several speak of them, the one that the first of them leads."""
    found = [one for one in audit.of_rule(rule) if set(claims) <= {*one.claims, *one.against}]
    assert found, f"{rule} found nothing for {claims}"
    return next((one for one in found if one.claims and one.claims[0] == claims[0]), found[0])


def test_every_hand_made_check_is_pinned_here(by_hand: dict[str, dict[str, str]]) -> None:
    rates = {topic for topic in by_hand if topic.startswith("rate per 100,000")}
    assert len(by_hand) == 68
    assert set(by_hand) == {*CHANGES, *IMPLIED, *FOUND, *NOT_ARITHMETIC, *rates}


@pytest.mark.parametrize(("topic", "claim", "percent"), [(topic, *rest) for topic, rest in CHANGES.items()])
def test_changes(audit: Audit, by_hand: dict[str, dict[str, str]], topic: str, claim: str, percent: float) -> None:
    result = audit.by_id[claim]
    assert result.audit_class is CONSISTENT
    assert result.recomputed is not None
    assert round(100 * (result.recomputed - 1), 1) == percent
    shown = by_hand[topic]["computed"] + by_hand[topic]["note"] + by_hand[topic]["published"]
    assert f"{abs(percent):g}" in shown


@pytest.mark.parametrize(("topic", "claim", "value", "slack"), [(topic, *rest) for topic, rest in IMPLIED.items()])
def test_implied_values(
    audit: Audit, by_hand: dict[str, dict[str, str]], topic: str, claim: str, value: float, slack: float
) -> None:
    result = audit.by_id[claim]
    assert result.recomputed == pytest.approx(value, abs=slack)
    assert re.search(rf"{value}\b", by_hand[topic]["computed"].replace(",", ""))
    span = re.search(r"range (\d+)-(\d+)", by_hand[topic]["computed"])
    if span:
        assert (result.lower, result.upper) == (float(span[1]), float(span[2]))


@pytest.mark.parametrize(("rule", "claims", "contradicted"), FOUND.values(), ids=FOUND)
def test_findings(audit: Audit, rule: str, claims: set[str], contradicted: bool) -> None:
    found = finding(audit, rule, *claims)
    assert (found.kind is FindingKind.CONTRADICTED) == contradicted
    if contradicted:
        assert {audit.by_id[name].audit_class for name in claims} == {CONTRADICTED}


@pytest.mark.parametrize(
    ("rule", "claims", "figures"),
    [
        ("channel-sum", ("C009",), {"sum": 323}),
        ("monthly-mean", ("C087",), {"mean": 591.5}),
        ("window-inside", ("C082", "C092"), {"rest": 191}),
        ("window-inside", ("C248", "C243"), {"share": 158 / 490}),
        ("window-sum", ("C256",), {"sum": 2737, "total": 2737}),
        ("window-sum", ("C257",), {"sum": 2737, "total": 2422}),
        ("area-sum", ("C128",), {"sum": 23585}),
        ("other-definition", ("C051",), {"sum": 13672, "total": 26089, "factor": 1.91}),
        ("other-definition", ("C073",), {"total": 105551}),
        ("since-last-year", ("C041",), {"ratio": 1 - 0.153}),
        ("since-last-year", ("C047",), {"ratio": 1 - 0.212}),
        ("since-last-year", ("C048",), {"ratio": 1.262}),
        ("since-last-year", ("C127",), {"ratio": 1 - 0.396}),
        ("since-last-year", ("C014",), {"ratio": 1.653, "country_ratio": 1.751}),
        ("since-last-year", ("C032",), {"ratio": 1.180}),
        ("since-last-year", ("C219",), {"ratio": 1.053}),
        ("since-last-year", ("C156", "C157"), {"ratio": 1.729}),
        ("since-last-year", ("C156", "C150"), {"ratio": 2.017}),
        ("share", ("C002", "C005"), {"share": 0.166}),
        ("share", ("C208", "C044"), {"share": 0.282}),
        ("share", ("C210", "C048"), {"share": 0.296}),
        ("share", ("C142", "C053"), {"share": 0.016}),
        ("share", ("C197", "C052"), {"share": 0.016}),
        ("unit", ("C186",), {"share_as_worded": 0.421}),
        ("implied-baseline", ("C217",), {"implied": 1135}),
        ("implied-baseline", ("C099",), {"implied_lower": 25, "implied_upper": 25}),
    ],
)
def test_figures_computed_by_hand(audit: Audit, rule: str, claims: tuple[str, ...], figures: dict[str, float]) -> None:
    found = finding(audit, rule, *claims)
    for name, value in figures.items():
        # half a unit of the last digit that the hand-made figure was rounded to
        assert found.figures[name] == pytest.approx(value, abs=0.5 if value > 100 else 0.006), name


def _rate(topic: str) -> tuple[str, int]:
    found = re.fullmatch(r"rate per 100,000: (.+) \((\d{4})\)", topic)
    assert found
    return re.sub(r" campaign area.*", "", found[1]), int(found[2])


def test_rates(audit: Audit, by_hand: dict[str, dict[str, str]]) -> None:
    rates = {}
    for one in audit.of_rule("rate"):
        claim = audit.by_id[one.claims[0]].claim
        rates.setdefault((claim.region, str(one.figures["period"])[-10:-6]), set()).add(
            round(float(one.figures["rate"]), 1)
        )
    wanted = [topic for topic in by_hand if topic.startswith("rate per 100,000")]
    assert len(wanted) == 12
    for topic in wanted:
        region, year = _rate(topic)
        assert float(by_hand[topic]["computed"]) in rates[region, str(year)], topic


# --- the headline case ------------------------------------------------------------------------------------------------
def test_the_north_west_threefold_is_two_on_the_published_counts(audit: Audit) -> None:
    result = audit.by_id["C008"]
    assert result.audit_class is CONTRADICTED
    assert result.recomputed == pytest.approx(3549 / 1747)
    assert result.recomputed == pytest.approx(2.03, abs=0.005)
    assert result.interval("poisson") == pytest.approx((1.92, 2.15), abs=0.005)
    assert result.interval("dispersed") == pytest.approx((1.79, 2.31), abs=0.005)
    assert result.main is not None
    assert result.main.figures["best_member"] == "Cheshire"
    assert result.main.figures["best_ratio"] == pytest.approx(477 / 163)
    assert "Another, unpublished window may be meant." in result.reasons[0]


def test_cheshire_is_near_threefold(audit: Audit) -> None:
    result = audit.by_id["C083"]
    assert result.audit_class is CONSISTENT
    assert result.recomputed == pytest.approx(2.93, abs=0.005)


def test_north_wales_interval_at_both_dispersions(audit: Audit) -> None:
    result = audit.by_id["C086"]
    assert result.interval("poisson") == pytest.approx((1.26, 2.17), abs=0.005)
    assert result.interval("dispersed") == pytest.approx((0.90, 3.03), abs=0.005)


def test_scottish_callers_interval(audit: Audit) -> None:
    assert audit.by_id["C229"].interval() == pytest.approx((1.18, 2.86), abs=0.005)


def test_what_happened_elsewhere_from_2018_to_2019(audit: Audit) -> None:
    cheshire, tyne = (finding(audit, "comparison", claim).figures for claim in ("C093", "C205"))
    assert cheshire["country_ratio"] == pytest.approx(2.193, abs=0.001)
    assert cheshire["relative"] == pytest.approx(1.334 / 2.193, abs=0.001)
    assert float(cheshire["relative_upper"]) < 1 < float(tyne["relative_lower"])


def test_a_figure_from_before_the_launch_says_so(audit: Audit) -> None:
    assert finding(audit, "before-launch", "C014").figures["launch"] == "2022-03-07/2022-03-08"
    assert any("can show no effect" in reason for reason in audit.by_id["C014"].reasons)


# --- the register as a whole ------------------------------------------------------------------------------------------
def test_every_claim_has_a_class_and_a_reason(audit: Audit) -> None:
    assert [one.claim.claim_id for one in audit] == [row.claim_id for row in published("claims")]
    assert sum(audit.counts.values()) == len(audit) == 276
    assert all(one.reasons for one in audit)


def test_how_many_are_in_each_class(audit: Audit) -> None:
    assert [audit.counts[one] for one in AuditClass] == [95, 25, 37, 119]


def test_every_contradiction_was_seen_by_hand_or_is_stated_in_the_register(audit: Audit) -> None:
    stated = {claim for row in published("conflicts") for claim in row.claim_ids}
    charged = {one.claim.claim_id for one in audit if one.audit_class is CONTRADICTED}
    assert charged - stated == set()


@pytest.mark.parametrize("make", [Audit.to_frame, Audit.findings_frame])
def test_tables(audit: Audit, make: Callable[[Audit], object]) -> None:
    assert len(make(audit)) in (276, len(audit.findings))  # type: ignore[arg-type]
