"""What is counted: days of the reporting zone, regions, channels, filters, duplicates, zeros and ends."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from evalkit.contacts import read_contacts
from evalkit.contacts.ingest import ingest
from evalkit.errors import IngestError, UsageError


def counts(result) -> dict[tuple[str, str, str], int]:
    frame = result.contacts.frame
    keys = zip(frame["region"], frame["channel"], frame["period"].astype(str), strict=True)
    return dict(zip(keys, frame["contacts"].astype(int), strict=True))


def test_months_of_the_reporting_zone(bench):
    result = ingest(bench.log(), bench.mapping(), out=bench.out)
    found = counts(result)
    assert found["Ashmere", "helpline", "2019-01"] == 1
    assert found["Ashmere", "website", "2019-01"] == 1
    assert found["Brayford", "helpline", "2019-01"] == 1
    # 23:30 UTC on the last of March is half past midnight in April, and 22:59:59 UTC the last second of April
    assert found["Brayford", "website", "2019-04"] == 1
    assert found["Coldwell", "helpline", "2019-04"] == 1
    assert result.audit["last_day"] == "2019-04-30"
    assert read_contacts(bench.out).content_hash == result.contacts.content_hash == result.audit["content_hash"]


def test_places_without_a_region_are_counted_with_their_reasons(bench):
    result = ingest(bench.log(), bench.mapping())
    found = counts(result)
    assert found["unallocated", "helpline", "2019-02"] == 2
    assert found["unallocated", "website", "2019-02"] == 1
    reasons = {each["reason"]: each["contacts"] for each in result.audit["reasons"]}
    assert reasons == {"ambiguous": 1, "not in the lookup": 1, "not of the form of a place": 1, "empty": 1}
    assert [row["unallocated"] for row in result.audit["by_period"]] == [0, 3, 1, 0]


def test_a_channel_is_zero_where_it_is_used_anywhere_and_missing_elsewhere(bench):
    found = counts(ingest(bench.log(), bench.mapping()))
    assert found["Coldwell", "helpline", "2019-01"] == 0
    assert ("Coldwell", "helpline", "2019-03") not in found


def test_a_service_calendar_decides_what_is_zero(bench):
    calendar = """
[[service]]
channel = "helpline"
days = "Monday to Friday"
closed_on = "England"

[[service]]
channel = "website"
opens = 2019-02-01
closed = [[2019-04-01, 2019-04-30]]
"""
    result = ingest(bench.log(), bench.mapping(more=calendar))
    found = counts(result)
    assert found["Coldwell", "helpline", "2019-03"] == 0
    assert found["Coldwell", "website", "2019-02"] == 0
    assert ("Coldwell", "website", "2019-01") not in found
    assert ("Coldwell", "website", "2019-04") not in found
    assert found["Brayford", "website", "2019-04"] == 1
    # 1 January is a bank holiday, 2 February a Saturday; the website was not open in January and April
    assert result.audit["rows"]["on_closed_days"] == 1 + 2 + 1 + 1
    assert {note.code for note in result.notes} >= {"closed-day", "silent-channel"}


def test_ends_that_are_not_covered_are_left_out_or_marked(bench):
    late = bench.log(name="late.csv").read_text().replace("2019-01-01", "2019-01-02")
    bench.log(late, "late.csv")
    left_out = ingest(bench.folder / "late.csv", bench.mapping())
    assert str(left_out.contacts.periods[0]) == "2019-02"
    assert left_out.audit["incomplete"] == {"periods": ["2019-01"], "rule": "leave out"}
    assert left_out.audit["rows"]["left_out"] == 3
    kept = ingest(bench.folder / "late.csv", bench.mapping(unit='"contacts"\nincomplete = "keep"'))
    assert str(kept.contacts.periods[0]) == "2019-01"
    assert "incomplete-period" in {note.code for note in kept.notes}
    declared = ingest(bench.folder / "late.csv", bench.mapping(time="covers = [2019-01-01, 2019-04-30]"))
    assert declared.audit["incomplete"]["periods"] == []


def test_filters_and_constant_channel(bench):
    more = (
        '\n[[filters]]\ncolumn = "caller"\ndrop = ["c1", "c2"]\n\n[[filters]]\ncolumn = "full_name"\nkeep = ["Ann Q"]\n'
    )
    mapping = bench.mapping(more=more)
    text = mapping.read_text().replace('column = "channel"', 'constant = "chat"').replace("values = ", "# values = ")
    mapping.write_text(text)
    result = ingest(bench.log(), mapping)
    assert result.contacts.channels == ("chat",)
    assert result.audit["rows"]["filtered"] == 3


@pytest.mark.parametrize(
    ("rule", "january", "duplicates"),
    [("", 3, 0), ('per = "log"', 2, 1), ('per = "period"', 3, 0)],
)
def test_duplicates_count_once_as_declared(bench, rule, january, duplicates):
    more = f'\n[deduplicate]\nkeys = ["caller"]\n{rule}\n' if rule else ""
    result = ingest(bench.log(), bench.mapping(more=more))
    assert result.audit["by_period"][0]["contacts"] == january
    assert result.audit["rows"]["duplicates"] == duplicates


def test_duplicates_are_found_across_files_or_within_each(bench):
    bench.log(name="logs/a.csv")
    bench.log(bench.log().read_text() + "2019-04-30 10:00:00,AB1,Phone,c99,x,y\n", "logs/b.csv")
    across = ingest(bench.folder / "logs", bench.mapping(more='\n[deduplicate]\nkeys = ["caller"]\n'))
    within = ingest(
        bench.folder / "logs", bench.mapping(more='\n[deduplicate]\nkeys = ["caller"]\nacross = "each file"\n')
    )
    assert across.audit["rows"]["counted"] == 9
    assert within.audit["rows"]["counted"] == 17


def test_the_unit_is_carried_to_the_contacts_file(bench):
    result = ingest(bench.log(), bench.mapping(unit='"callers"\ntitle = "Callers of a helpline"'), out=bench.out)
    assert result.contacts.unit == "callers"
    again = read_contacts(bench.out)
    assert (again.unit, again.title) == ("callers", "Callers of a helpline")


def test_parquet_out_reads_back(bench):
    out = bench.folder / "contacts.parquet"
    result = ingest(bench.log(), bench.mapping(unit='"visits"'), out=out)
    assert read_contacts(out).content_hash == result.contacts.content_hash
    with pytest.raises(UsageError, match=r"must end in \.csv or \.parquet"):
        ingest(bench.log(), bench.mapping(), out=bench.folder / "contacts.xlsx")


def test_population_between_mid_year_estimates(bench):
    rows = [
        f"{region},{year},{people}"
        for region in ("Ashmere", "Brayford", "Coldwell")
        for year, people in ((2018, 1000), (2019, 2000))
    ]
    bench.write("population.csv", "region,year,population\n" + "\n".join(rows) + "\n")
    result = ingest(bench.log(), bench.mapping(unit='"contacts"\npopulation = "population.csv"'))
    exposure = result.contacts.exposure("Ashmere", "helpline")
    middle = (pd.Timestamp("2019-01-16 12:00") - pd.Timestamp("2018-06-30")) / pd.Timedelta(days=365)
    assert exposure["2019-01"] == pytest.approx(1000 + 1000 * middle, abs=0.1)
    assert result.contacts.exposure("unallocated", "helpline")["2019-01"] == pytest.approx(
        3 * exposure["2019-01"], abs=0.2
    )
    rate = result.contacts.rate("Ashmere", "helpline")
    assert rate["2019-01"] == pytest.approx(100_000 / exposure["2019-01"])
    frame = result.contacts.to_frame()
    assert frame["rate"].tolist() == pytest.approx((1e5 * frame["contacts"] / frame["exposure"]).tolist())
    assert "linear between the mid-year" in result.audit["exposure"]
    with pytest.raises(UsageError, match="no rate without an exposure"):
        ingest(bench.log(), bench.mapping()).contacts.rate("Ashmere", "helpline")


def test_a_region_without_population_is_refused(bench):
    bench.write("population.csv", "region,year,population\nAshmere,2019,10\nBrayfords,2019,10\nColdwell,2019,10\n")
    with pytest.raises(IngestError, match=r"'Brayford'\. Did you mean 'Brayfords'\?"):
        ingest(bench.log(), bench.mapping(unit='"contacts"\npopulation = "population.csv"'))


def test_a_jump_of_the_unallocated_share_is_a_warning(bench):
    rows = []
    for month in pd.period_range("2018-01", "2019-12", freq="M"):
        every = 10 if month.year == 2018 else 2
        days = [k % month.days_in_month + 1 for k in range(62)]
        rows += [f"{month}-{day:02d} 10:00:00,{'AB1' if k % every else ''},Phone" for k, day in enumerate(days)]
    head = "started,postcode,channel\n"
    steady = ingest(bench.log(head + "\n".join(rows[: 12 * 62]) + "\n", "steady.csv"), bench.mapping())
    assert steady.audit["allocation_shift"] is None
    jumped = ingest(bench.log(head + "\n".join(rows) + "\n", "jumped.csv"), bench.mapping())
    assert jumped.audit["allocation_shift"]["period"] == "2019-01"
    (note,) = (note for note in jumped.notes if note.code == "allocation-shift")
    assert "looks like an effect" in note.what


def test_the_audit_trail_is_plain_json_beside_the_counts(bench):
    ingest(bench.log(), bench.mapping(), out=bench.out)
    audit = json.loads((bench.folder / "contacts.ingest.json").read_text())
    assert audit["content_hash"] == read_contacts(bench.out).content_hash
    assert audit["rows"]["read"] == 9
    (log,) = audit["logs"]
    assert {each["column"]: each["personal"] for each in log["ignored"]} == {
        "caller": True,
        "full_name": True,
        "phone": True,
    }
