"""Every format and layout gives the same contacts, and what is written reads back."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
import pytest

from evalkit.contacts import Contacts, Metadata, read_contacts, read_table
from evalkit.errors import ContactsError, UsageError


@pytest.fixture
def wanted(monthly) -> Contacts:
    return read_table(monthly)


def _csv(frame: pd.DataFrame, **options: object) -> str:
    return frame.to_csv(index=False, **options)


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_text_in_every_form(write, monthly, wanted, separator, line_end, encoding):
    text = _csv(monthly, sep=separator, lineterminator=line_end)
    contacts = read_contacts(write(text.encode(encoding)))
    pd.testing.assert_frame_equal(contacts.frame, wanted.frame)
    assert contacts.content_hash == wanted.content_hash
    assert contacts.notes == ()


@pytest.mark.parametrize("name", ["contacts.tsv", "contacts.txt", "CONTACTS.CSV"])
def test_other_names_of_text_files(write, monthly, wanted, name):
    assert read_contacts(write(_csv(monthly, sep="\t"), name)).content_hash == wanted.content_hash


def test_separator_named_in_the_file(write, monthly, wanted):
    assert read_contacts(write("sep=;\r\n" + _csv(monthly, sep=";"))).content_hash == wanted.content_hash


def test_windows_letters_are_read_with_a_note(write):
    text = "region,channel,period,contacts\nYnys Môn,chat,2019-01,4\n"
    contacts = read_contacts(write(text.encode("cp1252")))
    assert contacts.regions == ("Ynys Môn",)
    (note,) = contacts.notes
    assert (note.code, note.rows, note.fatal) == ("encoding", (2,), False)
    assert "Windows-1252" in note.what


def test_excel(tmp_path, monthly, wanted):
    monthly.to_excel(tmp_path / "contacts.xlsx", index=False)
    assert read_contacts(tmp_path / "contacts.xlsx").content_hash == wanted.content_hash


def test_excel_with_dates_sheets_and_empty_rows(tmp_path, monthly, wanted):
    dated = monthly.assign(period=pd.to_datetime(monthly["period"]))
    with pd.ExcelWriter(tmp_path / "contacts.xlsx") as book:
        pd.DataFrame({"about": ["x"]}).to_excel(book, sheet_name="About", index=False)
        dated.to_excel(book, sheet_name="Counts", index=False, startrow=2)
    contacts = read_contacts(tmp_path / "contacts.xlsx", sheet="Counts")
    assert contacts.content_hash == wanted.content_hash
    with pytest.raises(ContactsError, match=r"2 sheets; the first, 'About', was read"):
        read_contacts(tmp_path / "contacts.xlsx")


def test_rows_are_numbered_as_the_sheet_shows_them(tmp_path, monthly):
    monthly["contacts"] = monthly["contacts"].astype(object)
    monthly.loc[3, "contacts"] = "?"
    monthly.to_excel(tmp_path / "contacts.xlsx", index=False, startrow=2)
    with pytest.raises(ContactsError) as caught:
        read_contacts(tmp_path / "contacts.xlsx")
    assert caught.value.problems[0].rows == (7,)


def test_rows_are_numbered_past_empty_lines_and_line_breaks_in_cells(write):
    text = 'region,channel,period,contacts,remark\n\nKent,chat,2019-01,1,"two\nlines"\nKent,chat,2019-02,-1,\n'
    with pytest.raises(ContactsError) as caught:
        read_contacts(write(text))
    assert caught.value.problems[0].rows == (4,)


@pytest.mark.parametrize("periods", ["text", "dates", "pandas periods", "index"])
def test_parquet(tmp_path, monthly, wanted, periods):
    if periods == "dates":
        monthly["period"] = pd.to_datetime(monthly["period"])
    elif periods == "pandas periods":
        monthly["period"] = pd.PeriodIndex(monthly["period"], freq="M")
    elif periods == "index":
        monthly = monthly.set_index(["region", "period"])
    monthly.to_parquet(tmp_path / "contacts.parquet")
    assert read_contacts(tmp_path / "contacts.parquet").content_hash == wanted.content_hash


# --- layouts ---------------------------------------------------------------------------------------------------------


def test_headings_without_regard_to_case_and_spaces(write, monthly, wanted):
    renamed = monthly.rename(
        columns={"region": " Region", "channel": "CHANNEL", "period": "Period ", "contacts": "Contacts"}
    )
    assert read_contacts(write(_csv(renamed))).content_hash == wanted.content_hash


def _counts(contacts: Contacts) -> dict[tuple[str, str, str], float]:
    frame = contacts.frame
    return dict(
        zip(
            zip(frame["region"], frame["channel"], frame["period"].astype(str), strict=True),
            frame["contacts"],
            strict=True,
        )
    )


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_wide_by_region(tmp_path, monthly, wanted, suffix):
    wide = monthly.pivot_table(index=["period", "channel"], columns="region", values="contacts").reset_index()
    _write(wide, tmp_path / f"contacts{suffix}")
    assert _counts(read_contacts(tmp_path / f"contacts{suffix}")) == _counts(wanted)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_wide_by_period(tmp_path, monthly, wanted, suffix):
    wide = monthly.pivot_table(index=["region", "channel"], columns="period", values="contacts").reset_index()
    _write(wide, tmp_path / f"contacts{suffix}")
    assert _counts(read_contacts(tmp_path / f"contacts{suffix}")) == _counts(wanted)


def _write(frame: pd.DataFrame, path) -> None:
    {".csv": frame.to_csv, ".xlsx": frame.to_excel, ".parquet": frame.to_parquet}[path.suffix](path, index=False)


def test_wide_with_dates_as_headings_in_excel(tmp_path):
    frame = pd.DataFrame([["Kent", 5, 6]], columns=["region", pd.Timestamp("2019-01-01"), pd.Timestamp("2019-02-01")])
    frame.to_excel(tmp_path / "contacts.xlsx", index=False)
    contacts = read_contacts(tmp_path / "contacts.xlsx", channel="chat")
    assert contacts.series("Kent", "chat").to_dict() == {pd.Period("2019-01", "M"): 5, pd.Period("2019-02", "M"): 6}


def test_wide_by_region_with_one_channel_for_all(write):
    contacts = read_contacts(write("period,Kent,Essex\n2019-01,5,6\n2019-02,7,\n"), channel="helpline")
    assert contacts.keys() == (("Essex", "helpline"), ("Kent", "helpline"))
    assert contacts.wide("helpline")["Essex"].tolist()[0] == 6
    assert np.isnan(contacts.series("Essex", "helpline").iloc[1])
    assert [note.code for note in contacts.notes] == ["partial-last-period"]


def test_wide_problem_names_row_and_column(write):
    with pytest.raises(ContactsError, match=r"row 3: contacts must be 0 or more; received -7 \(column 'Kent'\)"):
        read_contacts(write("period,Kent,Essex\n2019-01,5,6\n2019-02,-7,4\n"), channel="helpline")


def test_wide_unknown_region_is_in_the_row_of_headings(write):
    with pytest.raises(ContactsError, match=r"row 1: unknown region 'Kennt'; did you mean 'Kent'\?"):
        read_contacts(write("period,Kennt\n2019-01,5\n"), channel="helpline", regions=["Kent"])


def test_wide_heading_that_is_no_period(write):
    with pytest.raises(ContactsError, match=r"row 1: column 'Total' is no period.*Remove totals"):
        read_contacts(write("region,channel,2019-01,2019-02,Total\nKent,chat,5,6,11\n"))


def test_wide_table_with_exposure_must_be_long(write):
    with pytest.raises(ContactsError, match=r"cannot have a column 'exposure'.*long form"):
        read_contacts(write("period,exposure,Kent\n2019-01,900,5\n"), channel="chat")


# --- the mark of simulation and the other metadata -------------------------------------------------------------------


def test_column_simulated_marks_the_contacts(monthly):
    assert not read_table(monthly).simulated
    assert not read_table(monthly.assign(simulated="false")).simulated
    assert read_table(monthly.assign(simulated=True)).simulated


def test_one_simulated_row_marks_all(monthly):
    monthly["simulated"] = [True] + [False] * (len(monthly) - 1)
    contacts = read_table(monthly)
    assert contacts.simulated
    assert "1 of 24 counts are marked as simulated" in contacts.notes[0].what


def test_sidecar(write, monthly):
    path = write(_csv(monthly))
    sidecar = {"simulated": True, "unit": "visits", "title": "Demonstration", "made_with": "a seed"}
    path.with_name("contacts.metadata.json").write_text(json.dumps(sidecar))
    contacts = read_contacts(path)
    assert (contacts.simulated, contacts.unit, contacts.title) == (True, "visits", "Demonstration")


def test_sidecar_cannot_take_the_mark_off_rows(write, monthly):
    path = write(_csv(monthly.assign(simulated="true")))
    path.with_name("contacts.metadata.json").write_text('{"simulated": false}')
    assert read_contacts(path).simulated


def test_written_simulated_contacts_stay_simulated_without_their_sidecar(tmp_path, monthly):
    contacts = read_table(monthly, metadata=Metadata(simulated=True, unit="visits"))
    contacts.to_csv(tmp_path / "out.csv")
    assert read_contacts(tmp_path / "out.csv").content_hash == contacts.content_hash
    (tmp_path / "out.metadata.json").unlink()
    assert read_contacts(tmp_path / "out.csv").simulated


def test_old_sidecar_does_not_mark_new_contacts(tmp_path, monthly):
    read_table(monthly, metadata=Metadata(simulated=True, title="Old")).to_csv(tmp_path / "out.csv")
    (tmp_path / "out.metadata.json").write_text('{"simulated": true, "unit": "visits"}')
    real = read_table(monthly)
    real.to_csv(tmp_path / "out.csv")
    again = read_contacts(tmp_path / "out.csv")
    assert (again.simulated, again.unit) == (False, "contacts")
    assert again.content_hash == real.content_hash


# --- the object ------------------------------------------------------------------------------------------------------


def test_series_wide_and_exposure_share_their_periods(monthly):
    short = monthly[~((monthly["region"] == "Kent") & (monthly["period"].isin(["2019-01", "2019-03"])))]
    contacts = read_table(short)
    series = contacts.series("Kent", "helpline")
    assert series.name == "contacts"
    assert series.dtype == np.float64
    assert list(series.index.astype(str)) == [f"2019-0{month}" for month in range(1, 7)]
    np.testing.assert_array_equal(series, [np.nan, 21, np.nan, 23, 24, 25])
    np.testing.assert_array_equal(
        contacts.exposure("Kent", "helpline"), [np.nan, 1002.5, np.nan, 1002.5, 1002.5, 1002.5]
    )
    pd.testing.assert_series_equal(contacts.wide("helpline")["Kent"], series, check_names=False)
    assert contacts.wide("helpline").index.freqstr == "M"


def test_no_exposure_is_none(monthly):
    assert read_table(monthly.drop(columns="exposure")).exposure("Kent", "website") is None


def test_unknown_names_have_their_nearest_match(wanted):
    with pytest.raises(UsageError, match=r"Unknown region 'Kemt'\. Did you mean 'Kent'\? Allowed: 'Essex', 'Kent'\."):
        wanted.series("Kemt", "helpline")
    with pytest.raises(UsageError, match=r"Unknown channel 'helplin'\. Did you mean 'helpline'\?"):
        wanted.exposure("Kent", "helplin")
    with pytest.raises(UsageError, match="Unknown channel 'web'"):
        wanted.wide("web")


def test_region_without_that_channel(monthly):
    contacts = read_table(monthly[~((monthly["region"] == "Kent") & (monthly["channel"] == "website"))])
    with pytest.raises(UsageError, match=r"'Kent' has no counts for channel 'website'\. Its channels: 'helpline'\."):
        contacts.series("Kent", "website")
    assert list(contacts.wide("website").columns) == ["Essex"]


def test_contacts_cannot_be_changed_through_what_they_hand_out(monthly, wanted):
    before = monthly.copy()
    digest = read_table(monthly).content_hash
    series, wide = wanted.series("Kent", "helpline"), wanted.wide("helpline")
    series.iloc[0] = 999
    wide.iloc[0, 0] = 999
    monthly.loc[0, "contacts"] = 999
    assert wanted.series("Kent", "helpline").iloc[0] == 20
    assert read_table(before).content_hash == digest == wanted.content_hash
    with pytest.raises(AttributeError):
        wanted.simulated = True


def test_description_in_one_line(wanted):
    assert repr(wanted) == (
        "Contacts(2 regions × 2 channels, by month 2019-01 to 2019-06, 24 rows, unit 'contacts', "
        "from 'table in memory')"
    )


def test_hash_tells_what_matters_apart(monthly, wanted):
    other = monthly.copy()
    other.loc[0, "contacts"] += 1
    hashes = {
        wanted.content_hash,
        read_table(other).content_hash,
        read_table(monthly.drop(columns="exposure")).content_hash,
        read_table(monthly, metadata=Metadata(simulated=True)).content_hash,
        read_table(monthly, metadata=Metadata(unit="visits")).content_hash,
    }
    assert len(hashes) == 5


def _direct(**changes: object) -> pd.DataFrame:
    data = {"region": ["Kent"], "channel": ["chat"], "period": pd.PeriodIndex(["2019-01"], freq="M"), "contacts": [1.0]}
    return pd.DataFrame(data | changes)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (_direct().drop(columns="channel"), "no column 'channel'"),
        (_direct().iloc[:0], "no rows"),
        (_direct(period=["2019-01"]), "not Period"),
        (_direct(contacts=[-1.0]), "0 or more"),
        (_direct(contacts=[0.5]), "whole number"),
        (_direct(contacts=[np.nan]), "missing count is a missing row"),
        (_direct(exposure=[0.0]), "more than 0"),
        (pd.concat([_direct(), _direct()]), "more than once"),
        (_direct(period=pd.PeriodIndex(["2019-01-01"], freq="D")), "the frequency is 'M'"),
    ],
)
def test_constructor_refuses_what_cannot_be_contacts(frame, says):
    with pytest.raises(ContactsError, match=says):
        Contacts(frame=frame, frequency="M")


def test_table_in_memory_must_be_a_table():
    with pytest.raises(UsageError, match="DataFrame is needed, received list"):
        read_table([1, 2])
    with pytest.raises(ContactsError, match="no rows"):
        read_table(pd.DataFrame())


# --- speed -----------------------------------------------------------------------------------------------------------


def test_pandera_is_only_imported_for_reading(run_python):
    assert run_python("import evalkit.contacts, sys; print('pandera' in sys.modules)") == "False"


def test_a_full_size_file_is_read_in_well_under_a_second(write):
    periods = [str(p) for p in pd.period_range("2015-01", periods=108, freq="M")]
    rows = [
        f"Region {region},{channel},{period},{(7 * region + 3 * place) % 90}"
        for region in range(45)
        for channel in ("helpline", "website")
        for place, period in enumerate(periods)
    ]
    path = write("region,channel,period,contacts\n" + "\n".join(rows) + "\n")
    read_contacts(path)  # imports
    spent = []
    for _ in range(3):
        start = time.process_time()
        contacts = read_contacts(path)
        spent.append(time.process_time() - start)
    assert len(contacts.frame) == 9720
    assert min(spent) < 0.5  # 0.1 s on an idle core; the best of three, since the machine may be busy


@pytest.fixture
def run_python():
    """Run one line in a fresh interpreter and give what it prints."""
    import subprocess

    def _run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    return _run
