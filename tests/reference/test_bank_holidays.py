"""Bank holidays against lists written out by hand, as gov.uk announces them (https://www.gov.uk/bank-holidays).

2020 has the early May holiday moved to Friday 8 May; 2022 the extra ones for the Platinum Jubilee and the State
Funeral; 2023 the extra one for the Coronation. The list of England and Wales for 2022 was compared with two lists that
newspapers and public code print.
"""

from __future__ import annotations

import datetime as dt

import pytest

from evalkit.design import bank_holidays

ENGLAND_AND_WALES = {
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
}
SCOTLAND = {
    2022: "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27",
    2023: "01-02 01-03 04-07 05-01 05-08 05-29 08-07 11-30 12-25 12-26",
}
NORTHERN_IRELAND = {
    2022: "01-03 03-17 04-15 04-18 05-02 06-02 06-03 07-12 08-29 09-19 12-26 12-27",
    2025: "01-01 03-17 04-18 04-21 05-05 05-26 07-14 08-25 12-25 12-26",
}
CASES = [
    (nation, year, days)
    for nation, years in (
        ("England", ENGLAND_AND_WALES),
        ("Wales", ENGLAND_AND_WALES),
        ("Scotland", SCOTLAND),
        ("Northern Ireland", NORTHERN_IRELAND),
    )
    for year, days in years.items()
]


@pytest.mark.parametrize(("nation", "year", "days"), CASES)
def test_days_are_those_of_the_published_list(nation: str, year: int, days: str) -> None:
    found = bank_holidays(nation, dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert [f"{day:%m-%d}" for day in found] == days.split()


def test_the_united_kingdom_has_the_days_that_all_nations_share() -> None:
    first, last = dt.date(2022, 1, 1), dt.date(2023, 12, 31)
    shared = set.intersection(
        *(set(bank_holidays(nation, first, last)) for nation in ("England", "Wales", "Scotland", "Northern Ireland"))
    )
    assert set(bank_holidays("United Kingdom", first, last)) == shared
