"""Claims held against one's own contacts: counted over the claim's exact periods, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.claim import AuditClass, Verdict, audit_file, check_counts
from evalkit.effect import NotEstimable
from evalkit.errors import ClaimError, RegisterError

HEADER = "claim_id,region,channel,statistic_type,value,period_start,period_end,baseline_start,baseline_end"


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    rows = [
        f"Ashmere,{channel},{year}-{month:02d},{count * (1 + (year == 2018))}"
        for channel, count in (("helpline", 1), ("website", 10))
        for year in (2017, 2018)
        for month in range(1, 13)
        if (channel, year, month) != ("helpline", 2018, 12)
    ]
    path = tmp_path / "contacts.csv"
    path.write_text("\n".join(["region,channel,period,contacts", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("website,ratio,2,2018-01,2018-06,2017-01,2017-06", AuditClass.CONSISTENT),
        ("website,ratio,3,2018-01,2018-06,2017-01,2017-06", AuditClass.CONTRADICTED),
        ("combined,percent_change,100,2018-01,2018-06,2017-01,2017-06", AuditClass.CONSISTENT),
        ("website,count,240,2018-01,2018-12,,", AuditClass.CONSISTENT),
        ("website,count,250,2018-01,2018-12,,", AuditClass.CONTRADICTED),
        # a month is missing, half a month is asked for, or the region is not there
        ("helpline,count,24,2018-01,2018-12,,", AuditClass.UNCHECKED),
        ("website,count,10,2018-01-01,2018-01-15,,", AuditClass.UNCHECKED),
        ("chat,count,10,2018-01,2018-01,,", AuditClass.UNCHECKED),
    ],
)
def test_a_claim_against_the_contacts_it_speaks_of(
    tmp_path: Path, contacts: Path, claim: str, expected: AuditClass
) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(f"{HEADER}\nA,Ashmere,{claim}\n", encoding="utf-8")
    assert audit_file(path, contacts=contacts)[0].audit_class is expected
    assert audit_file(path)[0].audit_class is AuditClass.UNCHECKED


# --- impossible claims ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,Ashmere,website,count,-5,2018-01,2018-06,,", "row 2: value is -5: a count cannot be negative"),
        ("A,Ashmere,website,percent_change,-150,2018-01,2018-06,,", "row 2: value is -150 %: nothing can fall by more"),
        ("A,Ashmere,website,ratio,2,2018-01,2018-06,2019-01,2019-06", "row 2: The baseline (2019-01-01 to 2019-06-30)"),
        ("A,Ashmer,website,ratio,2,2018-01,2018-06,,", "row 2: Unknown region 'Ashmer'. Did you mean 'Ashmere'?"),
    ],
)
def test_impossible_claims_are_refused_with_row_and_reason(
    tmp_path: Path, contacts: Path, row: str, reason: str
) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(RegisterError) as refused:
        audit_file(path, contacts=contacts)
    assert reason in str(refused.value)
    assert "nothing was read" in str(refused.value)


# --- verdicts ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def evaluation(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Contacts that grow everywhere alike and double in Ashmere from 2018 on; a claim, and its campaign."""
    rows = [
        f"{region},website,{year}-{month:02d},{round(200 * 1.02**at * (1 + (region == 'Ashmere' and year > 2017)))}"
        for region in ("Ashmere", "Brockham", "Calder")
        for at, (year, month) in enumerate((year, month) for year in range(2015, 2020) for month in range(1, 13))
    ]
    files = {
        "contacts": ["region,channel,period,contacts", *rows],
        "claims": [HEADER, "A,Ashmere,website,ratio,3,2018-01,2019-12,2016-01,2017-12"],
        "campaigns": ["campaign,region,launch", "spring,Ashmere,2018-01"],
    }
    for name, lines in files.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    contacts, claims, campaigns = (tmp_path / f"{name}.csv" for name in files)
    return contacts, claims, campaigns


def test_a_claimed_change_gets_a_verdict_beside_comparison_regions(evaluation: tuple[Path, Path, Path]) -> None:
    contacts, claims, campaigns = evaluation
    audit = audit_file(claims, contacts=contacts, campaigns=campaigns)
    verdict = audit.verdicts["A"]
    assert isinstance(verdict, Verdict)
    assert audit.by_id["A"].audit_class is AuditClass.CONSISTENT  # 3.2 times before and after ...
    assert verdict.kind == "true but not attributable"  # ... of which trend makes 1.6
    assert verdict.figures["evidence_level"] == 3
    assert float(verdict.figures["net"]) == pytest.approx(2.0, rel=0.02)
    assert audit.to_dict()["verdicts"]["A"]["kind"] == verdict.kind  # type: ignore[index]


def test_a_launch_outside_the_contacts_or_known_to_the_year_gives_a_reason(
    evaluation: tuple[Path, Path, Path],
) -> None:
    contacts, claims, campaigns = evaluation
    for launch, reason in (("2031-01", "outside"), ("2018", "known only as 2018")):
        campaigns.write_text(f"campaign,region,launch\nspring,Ashmere,{launch}\n", encoding="utf-8")
        found = audit_file(claims, contacts=contacts, campaigns=campaigns).verdicts["A"]
        assert isinstance(found, NotEstimable)
        assert reason in found.reason


# --- a sentence and two counts ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "after", "before", "expected"),
    [
        ("threefold", 3549, 1747, AuditClass.CONTRADICTED),
        ("threefold", 477, 163, AuditClass.CONSISTENT),
        ("65 % more", 139, 84, AuditClass.CONSISTENT),
        ("up 66 per cent", 139, 84, AuditClass.CONTRADICTED),
        ("up 103 per cent", 3549, 1747, AuditClass.CONSISTENT),
    ],
)
def test_a_sentence_against_two_counts(text: str, after: float, before: float, expected: AuditClass) -> None:
    found = check_counts(text, after=after, before=before)
    assert found.audit_class is expected
    assert found.recomputed == pytest.approx(after / before)
    assert found.evidence_level == 2


@pytest.mark.parametrize(
    ("text", "after", "before", "reason"),
    [
        ("threefold", -1, 5, "the counts are -1 after"),
        ("threefold", 5, 0, "above 0 before"),
        ("threefold", float("nan"), 5, "numbers of 0 or more"),
        ("more than 300 people", 323, 300, "asserts no change"),
        ("a great success", 5, 3, "Cannot parse"),
    ],
)
def test_counts_that_cannot_be_are_refused(text: str, after: float, before: float, reason: str) -> None:
    with pytest.raises(ClaimError, match=f"(?i){reason}"):
        check_counts(text, after=after, before=before)
