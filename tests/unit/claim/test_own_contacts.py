"""Claims held against one's own contacts: counted over the claim's exact periods, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.claim import AuditClass, audit_file

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
