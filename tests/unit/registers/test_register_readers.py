"""Readers of the registers: small files are enough, and everything wrong is said at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.errors import RegisterError
from evalkit.registers import (
    read_campaigns,
    read_claims,
    read_conflicts,
    read_events,
    read_population,
    read_series,
)

CLAIMS = "claim_id,region,statistic_type,value"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def _write(text: str, name: str = "register.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return _write


def problems(error: pytest.ExceptionInfo[RegisterError]) -> list[tuple[str, tuple[int, ...]]]:
    return [(problem.code, problem.rows) for problem in error.value.problems]


# --- a user's own small files ---------------------------------------------------------------------------------------
def test_three_columns_make_a_campaigns_file(write: Callable[..., Path]) -> None:
    rows = read_campaigns(write("campaign,region,launch\nSpring,Ashmere; Calder,2019-05\nLate,Dun,unknown\n"))
    assert rows[0].regions == ("Ashmere", "Calder")
    assert rows[0].launch.start == dt.date(2019, 5, 1)
    assert rows[0].launch.precision == "month"
    assert rows[0].title == "Spring"
    assert not rows[1].launch.known


def test_one_campaign_may_have_a_row_for_each_region(write: Callable[..., Path]) -> None:
    rows = read_campaigns(write("campaign,region,launch\nSpring,Ashmere,2019-05\nSpring,Calder,2019-07\n"))
    assert [row.launch.iso for row in rows] == ["2019-05", "2019-07"]


def test_three_columns_make_an_events_file(write: Callable[..., Path]) -> None:
    (row,) = read_events(write("event,title,start\nrelaunch,Website relaunched,2020-02\n"))
    assert (row.regions, row.channels, row.end) == ((), (), None)
    assert row.kind == "other"


def test_four_columns_make_a_claims_file(write: Callable[..., Path]) -> None:
    (row,) = read_claims(write(f"{CLAIMS}\nA,Ashmere,ratio,3\n"))
    assert (row.value, row.qualifier, row.channel, row.period) == (3.0, "exact", "combined", None)


def test_text_and_source_of_a_user_are_kept(write: Callable[..., Path]) -> None:
    header = f"{CLAIMS},text,source,period_start,period_end,baseline_value"
    (row,) = read_claims(write(f"{header}\nA,Ashmere,ratio,3,It trebled,Newsletter,2018-01,2018-06,40\n"))
    assert row.text == "It trebled"
    assert str(row.source) == "Newsletter"
    assert row.period is not None
    assert (row.period.start, row.period.end) == (dt.date(2018, 1, 1), dt.date(2018, 6, 30))


def test_byte_order_mark_semicolons_and_windows_line_ends(write: Callable[..., Path]) -> None:
    text = "campaign;region;launch\r\nSpring;Ashmere;2019-05\r\n\r\nLate;Dun;2020\r\n"
    rows = read_campaigns(write(text, encoding="utf-8-sig"))
    assert [row.campaign for row in rows] == ["Spring", "Late"]
    assert [row.row for row in rows] == [2, 4]


# --- everything wrong, at once, with rows ---------------------------------------------------------------------------
def test_a_misspelt_column_is_named_with_its_nearest_match(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError) as error:
        read_campaigns(write("campain,region,launch\nSpring,Ashmere,2019\n"))
    assert problems(error) == [("missing-column", (1,)), ("unknown-column", (1,))]
    assert "Rename column 'campain' to 'campaign'." in str(error.value)


def test_a_column_that_stands_twice_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="stands 2 times"):
        read_events(write("event,title,start,start\na,A,2019,2020\n"))


def test_a_campaign_without_any_launch_column(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="Column 'launch' is missing"):
        read_campaigns(write("campaign,region\nSpring,Ashmere\n"))


def test_an_empty_launch_is_not_taken_for_unknown(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="launch is empty"):
        read_campaigns(write("campaign,region,launch\nSpring,Ashmere,\n"))


def test_all_problems_of_a_campaigns_file_come_together(write: Callable[..., Path]) -> None:
    text = (
        "campaign,region,launch,end,launch_inferred\n"
        "Spring,Ashmere,May 2019,,\n"
        "Late,Dun,2020-06,2020-05,\n"
        "Late,Dun,2020-07,,perhaps\n"
        ",Elm,2020,,\n"
    )
    with pytest.raises(RegisterError) as error:
        read_campaigns(write(text), regions=["Ashmere", "Dunn"])
    assert problems(error) == [
        ("bad-date", (2,)),
        ("end-before-start", (3,)),
        ("unknown-word", (4,)),
        ("empty-cell", (5,)),
        ("duplicate-id", (3, 4)),
        ("unknown-region", (3,)),
        ("unknown-region", (4,)),
        ("unknown-region", (5,)),
    ]
    assert "Did you mean 'Dunn'?" in str(error.value)


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("A,Ashmere,percent_change,-150", "impossible-value", "nothing can fall by more than 100 %"),
        ("A,Ashmere,count,-3", "impossible-value", "a count cannot be negative"),
        ("A,Ashmere,ratio,-2", "impossible-value", "a ratio cannot be negative"),
        ("A,Ashmere,share,120", "impossible-value", "between 0 and 100 %"),
        ("A,Ashmere,ratio,three", "bad-number", "'three', not a number"),
        ("A,Ashmere,ratio,inf", "bad-number", "not a finite number"),
        ("A,Ashmere,ratio,", "empty-cell", "value is empty for a ratio"),
        ("A,Ashmere,percentage,20", "unknown-word", "Unknown statistic_type 'percentage'. Did you mean"),
        (",Ashmere,ratio,2", "empty-cell", "claim_id is empty"),
    ],
)
def test_a_claim_that_cannot_be_is_refused_with_its_row(
    write: Callable[..., Path], row: str, code: str, words: str
) -> None:
    with pytest.raises(RegisterError) as error:
        read_claims(write(f"{CLAIMS}\nOK,Ashmere,ratio,2\n{row}\n"))
    assert problems(error) == [(code, (3,))]
    assert words in str(error.value)


def test_a_baseline_after_its_period_is_refused(write: Callable[..., Path]) -> None:
    header = f"{CLAIMS},period_start,period_end,baseline_start,baseline_end,baseline_value"
    row = "A,Ashmere,ratio,2,2018,2018,2019,2019,-4"
    with pytest.raises(RegisterError) as error:
        read_claims(write(f"{header}\n{row}\n"))
    assert problems(error) == [("impossible-value", (2,)), ("baseline-after-period", (2,))]


def test_a_period_that_ends_before_it_starts(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="period_end is 2018-03-31, before period_start 2018-06-01"):
        read_claims(write(f"{CLAIMS},period_start,period_end\nA,Ashmere,ratio,2,2018-06,2018-03\n"))


def test_a_period_with_an_end_only(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="without period_start"):
        read_claims(write(f"{CLAIMS},period_start,period_end\nA,Ashmere,ratio,2,,2018-03\n"))


def test_a_row_with_too_many_cells(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="The row has 5 cells, the header 4"):
        read_claims(write(f"{CLAIMS}\nA,Ashmere,ratio,1,747\n"))


def test_a_missing_count_is_not_zero(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="missing is not zero"):
        read_series(write("series_id,region,channel,value\nS1,Ashmere,helpline,\n"))


def test_population_must_be_a_whole_number(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError) as error:
        read_population(write("region,year,population\nAshmere,2018,12.5\nAshmere,2019,-4\n,2020,\n"))
    assert problems(error) == [("bad-number", (2,)), ("bad-number", (3,)), ("empty-cell", (4,)), ("empty-cell", (4,))]


def test_a_conflict_needs_its_sentence(write: Callable[..., Path]) -> None:
    with pytest.raises(RegisterError, match="statement is empty"):
        read_conflicts(write("conflict,kind,claim_ids,series_ids,statement\nx,value,A; B,,\n"))


def test_files_that_cannot_be_opened_say_why(write: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="Cannot read"):
        read_claims(tmp_path / "none.csv")
    with pytest.raises(RegisterError, match="not UTF-8"):
        read_claims(write("claim_id,région\n", encoding="latin-1"))
    with pytest.raises(RegisterError, match="The file is empty"):
        read_claims(write("\n\n"))


def test_a_cost_has_a_currency_and_is_not_negative(write: Callable[..., Path]) -> None:
    (row,) = read_campaigns(write("campaign,region,launch,cost,currency\nx,A,2019-01,12000,GBP\n"))
    assert (row.cost, row.currency) == (12000, "GBP")
    (free,) = read_campaigns(write("campaign,region,launch,cost,currency\nx,A,2019-01,,\n"))
    assert (free.cost, free.currency) == (None, "")
    with pytest.raises(RegisterError) as caught:
        read_campaigns(
            write("campaign,region,launch,cost,currency\nx,A,2019-01,-5,GBP\ny,A,2020-01,5,pounds\nz,A,2021-01,5,\n")
        )
    message = str(caught.value)
    assert "cost is -5" in message
    assert "currency is 'pounds'" in message
    assert "without a currency" in message
