"""For each kind of problem, the message that a user sees: where, what was received, what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from evalkit.contacts import read_contacts, read_table, validate_contacts
from evalkit.errors import ContactsError, UsageError

# --- columns ---------------------------------------------------------------------------------------------------------


def test_misspelt_column_is_named_with_its_nearest_match(problems):
    found = problems("Kent,helpline,2019-01,3", header="region,channel,period,contatcs")["missing-column"]
    assert str(found) == "row 1: missing column 'contacts'; found 'contatcs'. Rename 'contatcs' to 'contacts'."


def test_other_word_for_a_column_is_suggested_not_accepted(long_file):
    with pytest.raises(ContactsError) as caught:
        read_contacts(long_file("Kent,helpline,2019-01,3", header="Area,channel,Month,Calls"))
    for wanted, heading in (("region", "Area"), ("period", "Month"), ("contacts", "Calls")):
        assert f"missing column '{wanted}'; found '{heading}'. Rename '{heading}' to '{wanted}'." in str(caught.value)


def test_missing_channel_says_how_to_give_it(problems):
    found = problems("Kent,2019-01,3", header="region,period,contacts")["missing-column"]
    assert "missing column 'channel'" in found.what
    assert "channel='helpline'" in found.repair


def test_channel_given_twice(problems):
    found = problems("Kent,website,2019-01,3", channel="helpline")["two-channels"]
    assert "channel='helpline'" in found.what


def test_repeated_and_unnamed_columns_are_refused(problems):
    found = problems("Kent,helpline,x,2019-01,3,4", header="region,channel,,period,contacts,Contacts")
    assert "2 columns are headed 'contacts'" in found["duplicate-column"].what
    assert "column 3 has content and no heading" in found["unnamed-column"].what


def test_misspelt_optional_column_is_not_ignored(problems):
    found = problems("Kent,helpline,2019-01,3,900", header="region,channel,period,contacts,exposuer")
    assert "Rename it to 'exposure'" in found["misspelt-column"].repair


def test_column_that_is_not_used_is_mentioned(long_file):
    path = long_file("Kent,helpline,2019-01,3,fine", header="region,channel,period,contacts,remark")
    (note,) = read_contacts(path).notes
    assert (note.code, note.fatal) == ("unused-column", False)
    assert "'remark'" in note.what


def test_title_above_the_headings(write):
    with pytest.raises(ContactsError, match=r"stand in row 3.*Remove the rows above row 3"):
        read_contacts(write("Contacts 2019\n\nregion,channel,period,contacts\nKent,helpline,2019-01,3\n"))


# --- counts ----------------------------------------------------------------------------------------------------------

GOOD = ("Kent,helpline,2019-01,5", "Kent,helpline,2019-02,7")


@pytest.mark.parametrize(
    ("cell", "code", "received", "repair"),
    [
        ("-3", "negative-count", "0 or more; received -3", "leave the cell empty"),
        ("12.5", "fractional-count", "whole number; received 12.5", "Write whole contacts"),
        ("inf", "infinite-count", "finite number; received inf", "leave the cell empty"),
        ("abc", "not-a-number", "received 'abc'", "missing is not zero"),
        ("-", "not-a-number", "received '-'", "missing is not zero"),
        ('"1,234"', "thousands-separator", "received '1,234'", "Write 1234: digits only"),
        ("1 234", "thousands-separator", "received '1 234'", "Write 1234: digits only"),
        ("1.234.567", "thousands-separator", "received '1.234.567'", "Write 1234567: digits only"),
        ('"12,5"', "decimal-comma", "received '12,5'", "12.5"),
        ("<5", "suppressed-count", "received '<5'", "missing, never zero"),
    ],
)
def test_count_that_is_not_a_count(problems, cell, code, received, repair):
    found = problems(*GOOD, f"Kent,helpline,2019-03,{cell}")
    assert set(found) == {code}
    assert found[code].rows == (4,)
    assert received in found[code].what
    assert repair in found[code].repair
    assert str(found[code]).startswith("row 4: ")


def test_unquoted_thousands_make_too_many_cells(problems):
    found = problems(*GOOD, "Kent,helpline,2019-03,1,234")["too-many-cells"]
    assert found.rows == (4,)
    assert "5 cells, but there are 4 headings" in found.what
    assert "1,234" in found.repair


def test_truth_values_are_not_counts():
    frame = pd.DataFrame({"region": "Kent", "channel": "chat", "period": ["2019-01"], "contacts": [True]})
    with pytest.raises(ContactsError, match=r"row 2: contacts must be a whole number; received True"):
        read_table(frame)


def test_whole_numbers_written_with_decimals_are_counts(long_file):
    assert read_contacts(long_file("Kent,helpline,2019-01,5.0", "Kent,helpline,2019-02,1e2")).frame[
        "contacts"
    ].tolist() == [5, 100]


def test_empty_count_is_missing_not_zero(long_file):
    contacts = read_contacts(long_file(*GOOD, "Kent,helpline,2019-03,", "Kent,helpline,2019-04,0"))
    series = contacts.series("Kent", "helpline")
    assert series.isna().tolist() == [False, False, True, False]
    assert series.iloc[-1] == 0
    notes = {note.code: note for note in contacts.notes}
    assert notes["empty-count"].rows == (4,)
    assert "missing, not zero" in notes["empty-count"].what
    assert "Kent (helpline): 1 month without a count (2019-03)" in notes["gap"].what


def test_every_count_missing(problems):
    assert "Every count is missing" in problems("Kent,helpline,2019-01,", "Kent,helpline,2019-02,NA")["no-data"].what


# --- keys ------------------------------------------------------------------------------------------------------------


def test_duplicate_names_both_rows_and_both_counts(problems):
    found = problems(*GOOD, "Kent,helpline,2019-01,6")["duplicate"]
    assert found.rows == (2, 4)
    assert "Kent, helpline, 2019-01 comes 2 times, with contacts 5, 6" in found.what
    assert "Keep one" in found.repair


def test_duplicates_are_found_across_ways_to_write_a_period(problems):
    assert problems(*GOOD, "Kent,helpline,Jan 2019,5")["duplicate"].rows == (2, 4)


def test_many_duplicates_all_have_their_rows(long_file):
    rows = [f"Kent,helpline,{2000 + year}-01,1" for year in range(15)]
    with pytest.raises(ContactsError) as caught:
        read_contacts(long_file(*rows, *rows))
    mentioned = {row for problem in caught.value.problems if problem.code == "duplicate" for row in problem.rows}
    assert mentioned == set(range(2, 32))
    assert "5 further combinations" in str(caught.value)


def test_empty_names_and_periods(problems):
    found = problems(*GOOD, ",helpline,2019-03,1", "Kent,,2019-04,1", "Kent,helpline,,1")
    assert found["empty-region"].rows == (4,)
    assert found["empty-channel"].rows == (5,)
    assert found["empty-period"].rows == (6,)
    assert "Write the region" in found["empty-region"].repair


@pytest.mark.parametrize("other", ["Kent ", "kent", "KENT", "Ke nt"])
def test_one_region_spelled_in_two_ways(problems, other):
    found = problems(*GOOD, f"{other},helpline,2019-03,1")["spelling"]
    assert found.rows == (4,)
    assert repr(other) in found.what
    assert "Write 'Kent' everywhere" in found.repair


def test_ampersand_is_and(problems):
    rows = ("Devon & Cornwall,chat,2019-01,1", "Devon and Cornwall,chat,2019-02,1")
    assert "one region is spelled in 2 ways" in problems(*rows)["spelling"].what


def test_space_around_a_name_that_is_spelled_in_one_way_is_harmless(long_file):
    assert read_contacts(long_file(" Kent ,helpline,2019-01,5", " Kent ,helpline,2019-02,5")).regions == ("Kent",)


def test_unknown_region_with_nearest_match(problems):
    found = problems(*GOOD, "Kentt,helpline,2019-01,2", regions=["Kent", "Essex"])["unknown-region"]
    assert found.rows == (4,)
    assert "unknown region 'Kentt'; did you mean 'Kent'?" in found.what


def test_unknown_region_without_a_match_lists_what_is_allowed(problems):
    found = problems(*GOOD, "Xyz,helpline,2019-01,2", regions=["Kent", "Essex"])["unknown-region"]
    assert "'Kent', 'Essex'" in found.repair


def test_allowed_region_without_rows_is_a_note(long_file):
    (note,) = read_contacts(long_file(*GOOD), regions=["Kent", "Essex"]).notes
    assert (note.code, note.fatal) == ("absent-region", False)
    assert "'Essex'" in note.what


def test_one_name_is_not_a_list_of_regions(long_file):
    with pytest.raises(UsageError, match=r"give a list, such as \['Kent'\]"):
        read_contacts(long_file(*GOOD), regions="Kent")


def test_total_among_the_regions_is_mentioned(long_file):
    notes = read_contacts(long_file(*GOOD, "Total,helpline,2019-01,5", "Total,helpline,2019-02,7")).notes
    assert [(note.code, note.rows) for note in notes] == [("total", (4, 5))]


def test_channel_that_looks_like_a_slip_is_mentioned(long_file):
    notes = {note.code: note for note in read_contacts(long_file(*GOOD, "Kent,helplin,2019-02,1")).notes}
    assert "'helpline' is the usual spelling" in notes["doubtful-channel"].what
    assert notes["doubtful-channel"].rows == (4,)


# --- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2019-13", "there is no month 13"),
        ("2019/20", "financial year"),
        ("2019-02-30", "no such date"),
        ("soon", "not a period"),
        ("43586", "day number for 2019-05-01"),
        ("Jan-19", "may be Jan of the year 2019, or day 19"),
        ("2019.1", "not a period"),
        ("2109-01", "outside 1900-2100"),
        ("2019-01-03 14:30", "not a period"),
    ],
)
def test_unreadable_period(problems, cell, reason):
    found = problems(*GOOD, f"Kent,helpline,{cell},1")
    assert set(found) == {"unreadable-period"}
    assert found["unreadable-period"].rows == (4,)
    assert repr(cell) in found["unreadable-period"].what
    assert reason in found["unreadable-period"].what


def test_mixed_periods_name_the_odd_ones(problems):
    found = problems(*GOOD, "Kent,helpline,2019,1", "Kent,helpline,2019-03-05,1")["mixed-periods"]
    assert found.rows == (4, 5)
    assert "2 months ('2019-01', '2019-02')" in found.what
    assert "1 year ('2019')" in found.what
    assert "1 day ('2019-03-05')" in found.what


def test_one_date_off_the_first_of_the_month(problems):
    rows = [f"Kent,helpline,2019-{month:02d}-01,5" for month in (1, 2, 3)]
    found = problems(*rows, "Kent,helpline,2019-04-02,5")["mixed-periods"]
    assert found.rows == (5,)
    assert "'2019-04-02' (1 row) is not a first day of a month" in found.what
    assert "frequency='D'" in found.repair


def test_one_date_off_the_weekday(problems):
    rows = [f"Kent,helpline,2019-01-{day:02d},5" for day in (7, 14, 21, 29)]
    found = problems(*rows)["mixed-periods"]
    assert found.rows == (5,)
    assert "is not a Monday, as most periods are" in found.what


def test_day_and_month_that_cannot_be_told_apart(problems):
    found = problems("Kent,chat,01/05/2019,1", "Kent,chat,01/06/2019,1")["ambiguous-period"]
    assert found.rows == (2, 3)
    assert "day/month/year or month/day/year" in found.what
    assert "2019-05" in found.repair


def test_day_month_and_month_day_in_one_column(problems):
    found = problems("Kent,chat,25/05/2019,1", "Kent,chat,05/26/2019,1")["ambiguous-period"]
    assert "some values of the column are day/month/year and some month/day/year" in found.what


# --- exposure and the mark of simulation -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code", "says"),
    [
        ("0", "exposure-not-positive", "more than 0; received 0"),
        ("-5", "exposure-not-positive", "more than 0; received -5"),
        ("", "missing-exposure", "exposure is empty"),
        ("inf", "infinite-exposure", "finite number; received inf"),
        ("many", "not-a-number", "exposure must be a number; received 'many'"),
    ],
)
def test_exposure_that_is_none(long_file, cell, code, says):
    path = long_file(
        "Kent,chat,2019-01,1,900", f"Kent,chat,2019-02,1,{cell}", header="region,channel,period,contacts,exposure"
    )
    first = validate_contacts(path)[0]
    assert (first.code, first.rows, first.fatal) == (code, (3,), True)
    assert says in first.what


def test_simulated_mark_that_is_neither(problems):
    found = problems("Kent,chat,2019-01,1,maybe", header="region,channel,period,contacts,simulated")["simulated-mark"]
    assert "received 'maybe'" in found.what
    assert found.rows == (2,)


# --- launches --------------------------------------------------------------------------------------------------------


def test_launch_outside_the_data_names_region_and_range(problems):
    found = problems(*GOOD, launches={"Kent": "2021-05"})["launch-outside-data"]
    assert "the launch of 'Kent', 2021-05, lies after the data, which run from 2019-01 to 2019-02" in found.what
    assert problems(*GOOD, launches={"Kent": "2018-12"})["launch-outside-data"].what.count("before the data") == 1


def test_launch_is_held_against_its_own_region(problems):
    rows = [*GOOD, *(f"Essex,helpline,2019-{month:02d},4" for month in range(1, 9))]
    found = problems(*rows, launches={"Essex": "2019-05", "Kent": "2019-05"})["launch-outside-data"]
    assert "'Kent'" in found.what


def test_launch_of_an_unknown_region(problems):
    found = problems(*GOOD, launches={"Kennt": "2019-02"})["launch-without-region"]
    assert "'Kennt', which has no counts; did you mean 'Kent'?" in found.what


@pytest.mark.parametrize(
    ("launch", "reason"), [("2019", "it is a year, and a month is wanted"), ("later", "not a period")]
)
def test_launch_that_cannot_be_used(problems, launch, reason):
    assert reason in problems(*GOOD, launches={"Kent": launch})["unreadable-launch"].what


def test_first_and_last_period_are_inside_the_data(long_file):
    assert read_contacts(long_file(*GOOD), launches={"Kent": ["2019-01", "2019-02"]}).notes == ()


# --- coverage --------------------------------------------------------------------------------------------------------


def test_gap_names_region_channel_and_months(long_file):
    months = [m for m in range(1, 13) if m not in (3, 4, 8)]
    (note,) = read_contacts(long_file(*(f"Kent,helpline,2019-{m:02d},9" for m in months))).notes
    assert (note.code, note.fatal) == ("gap", False)
    assert "Kent (helpline): 3 months without a count (2019-03 to 2019-04, 2019-08); missing is not zero" in note.what


def test_gap_of_all_series_is_one_note(long_file):
    rows = [f"{region},chat,{month},9" for region in ("Kent", "Essex") for month in ("2019-01", "2019-03")]
    (note,) = read_contacts(long_file(*rows)).notes
    assert "Essex (chat), Kent (chat): 1 month without a count (2019-02)" in note.what


def test_last_period_that_some_series_lack(long_file):
    (note,) = read_contacts(long_file(*GOOD, "Essex,helpline,2019-01,4")).notes
    assert (note.code, note.fatal) == ("partial-last-period", False)
    assert "The last period, 2019-02, has no count for 1 of 2 series: Essex (helpline)" in note.what


def _two_years(last: int) -> list[str]:
    months = [f"{year}-{month:02d}" for year in (2017, 2018) for month in range(1, 13)]
    return [f"Kent,helpline,{month},{last if month == '2018-12' else 100}" for month in months]


def test_last_period_far_below_its_season_states_the_rule(long_file):
    (note,) = read_contacts(long_file(*_two_years(50))).notes
    assert note.code == "partial-last-period"
    assert "2018-12, may not be complete: helpline has 50 contacts in all, 50% of 100" in note.what
    assert "the same month in the 3 years before (below 60% is reported)" in note.what


@pytest.mark.parametrize("last", [60, 100, 300])
def test_last_period_near_its_season_is_not_mentioned(long_file, last):
    assert read_contacts(long_file(*_two_years(last))).notes == ()


def test_small_last_count_is_not_called_partial_by_chance(long_file):
    rows = [f"Kent,helpline,{2015 + year},{4 if year < 4 else 2}" for year in range(5)]
    assert read_contacts(long_file(*rows)).notes == ()


# --- files -----------------------------------------------------------------------------------------------------------


def test_no_such_file_names_the_nearest(write):
    path = write("x", "contacts.csv")
    with pytest.raises(ContactsError, match=r"There is no such file\. Did you mean 'contacts\.csv'\?"):
        read_contacts(path.with_name("contact.csv"))


def test_no_such_folder(tmp_path):
    with pytest.raises(ContactsError, match="There is no folder"):
        read_contacts(tmp_path / "nowhere" / "contacts.csv")


def test_folder_names_its_files(write):
    with pytest.raises(ContactsError, match=r"folder, not a file\. Name one of its files: contacts\.csv"):
        read_contacts(write("x").parent)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "contacts.csv", "The file is empty"),
        (b"\n\n , \n", "contacts.csv", "no cells with content"),
        (b"region,channel,period,contacts\n", "contacts.csv", "headings and no rows"),
        (b"region,channel,period,contacts\n,,,\n", "contacts.csv", "headings and no rows"),
        (b"PK\x03\x04 nothing", "contacts.xlsx", "The workbook cannot be read"),
        (b"plain text", "contacts.xlsx", "not an Excel workbook"),
        (b"PK\x03\x04 nothing", "contacts.csv", "a workbook or an archive"),
        (b"PAR1 nothing", "contacts.parquet", "cannot be read as Parquet"),
        (b"x", "contacts.ods", "save it as an Excel workbook"),
        (b"x", "contacts.docx", "Files whose name ends in '.docx' are not read"),
        ("region,channel\n".encode("utf-16"), "contacts.csv", "UTF-16"),
        (b"region,channel,period,contacts\nM\x81n,chat,2019-01,1\n", "contacts.csv", "byte 0x81 in line 2"),
    ],
)
def test_file_that_cannot_be_read_is_one_clear_problem(write, content, name, says):
    path = write(content, name)
    with pytest.raises(ContactsError) as caught:
        read_contacts(path)
    assert len(caught.value.problems) == 1
    assert says in str(caught.value)
    assert validate_contacts(path) == caught.value.problems


def test_unknown_sheet_lists_the_sheets(tmp_path, monthly):
    monthly.to_excel(tmp_path / "contacts.xlsx", sheet_name="Monthly", index=False)
    with pytest.raises(ContactsError, match=r"Unknown sheet 'Montly'\. Did you mean 'Monthly'\?"):
        read_contacts(tmp_path / "contacts.xlsx", sheet="Montly")


def test_sheet_of_a_file_without_sheets(long_file):
    with pytest.raises(ContactsError, match=r"only \.xlsx files have sheets"):
        read_contacts(long_file(*GOOD), sheet="Monthly")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read"),
        ("[]", "holds list, not an object"),
        ('{"simulated": "yes"}', "simulated is 'yes', allowed is true or false"),
        ('{"unit": " "}', "unit is empty"),
        ('{"frequency": "fortnight"}', "Unknown frequency 'fortnight'"),
    ],
)
def test_metadata_that_cannot_be_used(long_file, content, says):
    path = long_file(*GOOD)
    path.with_name("contacts.metadata.json").write_text(content)
    with pytest.raises(ContactsError, match=r"contacts\.metadata\.json") as caught:
        read_contacts(path)
    assert says in str(caught.value)


def test_problems_of_the_metadata_come_with_those_of_the_rows(long_file):
    path = long_file("Kent,helpline,2019-01,-5")
    path.with_name("contacts.metadata.json").write_text(json.dumps({"simulated": 1}))
    assert [problem.code for problem in validate_contacts(path)] == ["metadata", "negative-count"]


# --- all together ----------------------------------------------------------------------------------------------------


def test_all_problems_come_together_and_nothing_is_read(long_file):
    path = long_file(
        *GOOD,
        "Kent,helpline,2019-02,8",
        "Kent,helpline,2019-04,-1",
        "Kent,helpline,2019-05,2.5",
        "kent,helpline,2019-06,1",
        "Essex,helpline,2019-99,1",
        "Essex,helpline,2019,1",
        "Essex,helpline,2019-01,x",
    )
    known = {"regions": ["Kent", "Essex", "Sussex"], "launches": {"Kent": "2030-01"}}
    with pytest.raises(ContactsError, match="nothing was read") as caught:
        read_contacts(path, **known)
    assert {problem.code: problem.rows for problem in caught.value.problems if problem.fatal} == {
        "duplicate": (3, 4),
        "negative-count": (5,),
        "fractional-count": (6,),
        "spelling": (7,),
        "unknown-region": (7,),
        "unreadable-period": (8,),
        "mixed-periods": (9,),
        "not-a-number": (10,),
        "launch-outside-data": (),
    }
    notes = {problem.code for problem in caught.value.problems if not problem.fatal}
    assert notes == {"gap", "absent-region", "partial-last-period"}


def test_fatal_problems_come_first_and_validate_gives_the_same(long_file):
    path = long_file("Kent,helpline,2019-01,5", "Kent,helpline,2019-03,-5")
    found = validate_contacts(path)
    assert [(problem.code, problem.fatal) for problem in found] == [("negative-count", True), ("gap", False)]
    with pytest.raises(ContactsError) as caught:
        read_contacts(path)
    assert caught.value.problems == found


def test_nothing_is_written_when_reading_fails(long_file):
    path = long_file("Kent,helpline,2019-01,-5")
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(ContactsError):
        read_contacts(path)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_nothing_is_left_behind_when_writing_fails(long_file, tmp_path, monkeypatch):
    contacts = read_contacts(long_file(*GOOD))
    before = set(tmp_path.iterdir())

    def _no_space(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", _no_space)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        contacts.to_csv(tmp_path / "copy.csv")
    assert set(tmp_path.iterdir()) == before


def test_writing_to_a_folder_that_is_not_there(long_file, tmp_path):
    with pytest.raises(UsageError, match="Create the folder"):
        read_contacts(long_file(*GOOD)).to_csv(tmp_path / "nowhere" / "copy.csv")
    assert not (tmp_path / "nowhere").exists()
