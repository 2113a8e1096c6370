"""Periods as people write them, and the frequency of a whole column."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from evalkit.contacts import full_frequency, infer_frequency, letter_of, period_text, read_contacts, to_period
from evalkit.errors import ContactsError, UsageError


@pytest.mark.parametrize(
    "written",
    [
        "2019-05",
        " 2019-05 ",
        "2019-5",
        "2019–05",
        "2019/05",
        "05/2019",
        "201905",
        "2019M05",
        "May 2019",
        "may-2019",
        "2019 May",
        "Sept 2019",
        "2019-05-17",
        "2019-05-17 00:00:00",
        "2019-05-17T00:00:00",
        "2019/05/17",
        "20190517",
        "17 May 2019",
        "May 17, 2019",
        "17/05/2019",
        "05/17/2019",
        "17.05.2019",
        dt.date(2019, 5, 17),
        dt.datetime(2019, 5, 17),  # noqa: DTZ001
        pd.Timestamp("2019-05-01"),
        np.datetime64("2019-05-01"),
        pd.Period("2019-05", "M"),
        pd.Period("2019-05-31", "D"),
        201905,
    ],
)
def test_many_ways_to_write_one_month(written):
    month = 9 if written == "Sept 2019" else 5
    assert to_period(written, "M") == pd.Period(year=2019, month=month, freq="M")


@pytest.mark.parametrize(
    ("written", "frequency", "period"),
    [
        ("2019", "Y", pd.Period("2019", "Y-DEC")),
        (2019, "year", pd.Period("2019", "Y-DEC")),
        (2019.0, "Y", pd.Period("2019", "Y-DEC")),
        ("2019-05", "Y", pd.Period("2019", "Y-DEC")),
        ("2019-03-31", "Y-MAR", pd.Period("2019", "Y-MAR")),
        ("2019-04-01", "Y-MAR", pd.Period("2020", "Y-MAR")),
        ("2019-Q2", "Q", pd.Period("2019Q2", "Q-DEC")),
        ("Q2 2019", "quarter", pd.Period("2019Q2", "Q-DEC")),
        ("2019 Q2", "Q", pd.Period("2019Q2", "Q-DEC")),
        ("2019-W02", "W", pd.Period("2019-01-07", "W-SUN")),
        ("2019-01-09", "W", pd.Period("2019-01-07", "W-SUN")),
        ("2019-01-09", "W-SAT", pd.Period("2019-01-06", "W-SAT")),
        ("2019-01-09", "day", pd.Period("2019-01-09", "D")),
    ],
)
def test_other_frequencies(written, frequency, period):
    assert to_period(written, frequency) == period
    assert to_period(period, frequency) is period


@pytest.mark.parametrize(
    ("written", "frequency", "says"),
    [
        ("2019", "M", "it is a year, and a month is wanted. Write the month."),
        ("2019-05", "W", "it is a month, and a week is wanted"),
        ("01/05/2019", "M", "day/month/year or month/day/year"),
        ("31/02/2019", "M", "no such date"),
        ("2019-W60", "W", "no such week"),
        ("Foo 2019", "M", "not a period"),
        ("2019-00", "M", "there is no month 0"),
        (2019.1, "M", "a spreadsheet turns 2019.10 into 2019.1"),
        (43586, "M", "day number for 2019-05-01"),
        (True, "M", "not a period"),
        (None, "M", "empty"),
        (pd.Timestamp("2019-05-01 10:00"), "M", "a moment with a time of day"),
        (pd.Period("2019-05-01 10:00", "h"), "M", "frequency 'h'"),
    ],
)
def test_what_cannot_be_one_period(written, frequency, says):
    with pytest.raises(UsageError) as caught:
        to_period(written, frequency)
    assert says in str(caught.value)
    assert repr(written) in str(caught.value)


def test_frequencies_by_letter_word_and_anchor():
    assert [full_frequency(f) for f in ("Y", "Q", "M", "W", "D")] == ["Y-DEC", "Q-DEC", "M", "W-SUN", "D"]
    assert [full_frequency(f) for f in ("week", "w-sat", "Y-MAR")] == ["W-SUN", "W-SAT", "Y-MAR"]
    assert [letter_of(f) for f in ("W-SAT", "Y-MAR", "M")] == ["W", "Y", "M"]
    with pytest.raises(UsageError, match="Unknown frequency 'fortnight'"):
        full_frequency("fortnight")


WEEKDAYS = ["W-SUN", "W-MON", "W-TUE", "W-WED", "W-THU", "W-FRI", "W-SAT"]


@pytest.mark.parametrize(("start", "freq"), [(dt.date(2019, 1, 7 + day), freq) for day, freq in enumerate(WEEKDAYS)])
def test_weeks_begin_on_any_day(start, freq):
    dates = [start + dt.timedelta(days=7 * week) for week in (0, 1, 3)]
    assert infer_frequency(dates) == freq
    assert pd.Period(start, freq).start_time.date() == start


@pytest.mark.parametrize(
    ("values", "freq"),
    [
        (["2017", 2018, "2019"], "Y-DEC"),
        (["2019-Q1", "Q2 2019"], "Q-DEC"),
        (["2019-01", "Feb 2019"], "M"),
        (["2019-W01", "2019-W02"], "W-SUN"),
        (["2019-01-01", "2019-02-01", "2019-03-01"], "M"),
        (["2019-01-31", "2019-02-28", "2019-03-31"], "M"),
        (["2019-01-15", "2019-02-15", "2019-03-15"], "M"),
        (["2017-01-01", "2018-01-01"], "Y-DEC"),
        (["2017-12-31", "2018-12-31"], "Y-DEC"),
        (["2017-04-01", "2018-04-01", "2019-04-01"], "Y-MAR"),
        (["2017-03-31", "2018-03-31", "2019-03-31"], "Y-MAR"),
        (["2019-01-01", "2019-04-01", "2019-07-01"], "Q-DEC"),
        (["2019-03-31", "2019-06-30", "2019-09-30"], "Q-DEC"),
        (["2019-01-01", "2019-01-02", "2019-01-03"], "D"),
        (["2019-01-30", "2019-01-31", "2019-02-01", "2019-02-04"], "D"),
        (["2019-01-01"], "M"),
        (["2019-01-02"], "D"),
        (["25/12/2019", "26/12/2019", "01/01/2020"], "D"),
        (["01/11/2019", "01/12/2019", "01/01/2020"], "M"),
        (["11/01/2019", "12/01/2019", "01/01/2020"], "M"),
        (list(pd.period_range("2019-01-06", periods=3, freq="W-SAT")), "W-SAT"),
    ],
)
def test_frequency_of_a_column(values, freq):
    assert infer_frequency(values) == freq
    assert infer_frequency([*reversed(values), *values]) == freq


def test_mixed_or_unreadable_columns_have_no_frequency():
    with pytest.raises(ContactsError, match="periods are mixed"):
        infer_frequency(["2019-01", "2019"])
    with pytest.raises(ContactsError, match="'soon' cannot be read"):
        infer_frequency(["2019-01", "soon"])
    with pytest.raises(ContactsError, match="no periods"):
        infer_frequency([])


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (pd.Period("2019", "Y-DEC"), "2019"),
        (pd.Period("2019Q2", "Q-DEC"), "2019-Q2"),
        (pd.Period("2019-05", "M"), "2019-05"),
        (pd.Period("2019-01-07", "W-SUN"), "2019-01-07"),
        (pd.Period("2019-01-09", "D"), "2019-01-09"),
    ],
)
def test_a_period_as_text_reads_back(period, text):
    assert period_text(period) == text
    assert to_period(text, period.freqstr) == period


@pytest.mark.parametrize(
    ("periods", "frequency", "last"),
    [
        (["2017", "2018", "2020"], "Y", "2020"),
        (["2019-Q1", "2019-Q2", "2019-Q4"], "Q", "2019-Q4"),
        (["2019-01", "2019-02", "2019-04"], "M", "2019-04"),
        (["2019-01-09", "2019-01-16", "2019-01-30"], "W", "2019-01-30"),
        (["2019-01-08", "2019-01-09", "2019-01-12"], "D", "2019-01-12"),
    ],
)
def test_files_of_every_frequency(long_file, tmp_path, periods, frequency, last):
    contacts = read_contacts(long_file(*(f"Kent,chat,{period},5" for period in periods)))
    assert contacts.frequency == frequency
    assert period_text(contacts.periods[-1]) == last
    assert int(contacts.series("Kent", "chat").isna().sum()) == (2 if frequency == "D" else 1)
    assert read_contacts(contacts.to_csv(tmp_path / "again.csv")).content_hash == contacts.content_hash


def test_weeks_and_order_of_day_and_month_are_stated(long_file):
    rows = [f"Kent,chat,{day}/01/2019,5" for day in ("09", "16", "23")]
    notes = {note.code: note for note in read_contacts(long_file(*rows)).notes}
    assert "2019-01-09 as the week from Wednesday 2019-01-09 to Tuesday 2019-01-15" in notes["dates-as-periods"].what
    assert "'09/01/2019' were read day first (2019-01-09): no month has the number 23" in notes["date-order"].what


def test_frequency_can_be_given(long_file):
    path = long_file("Kent,chat,2019-01-07,5", "Kent,chat,2019-01-14,5")
    assert read_contacts(path).frequency == "W"
    daily = read_contacts(path, frequency="D")
    assert daily.frequency == "D"
    assert len(daily.series("Kent", "chat")) == 8


def test_given_frequency_refuses_what_is_too_coarse(long_file):
    with pytest.raises(
        ContactsError, match=r"row 2: period '2019' cannot be read: it is a year, and a month is wanted"
    ):
        read_contacts(long_file("Kent,chat,2019,5"), frequency="M")


@pytest.mark.parametrize("freq", ["W-SAT", "Y-MAR", "D", "Q-DEC"])
def test_frequency_that_one_date_cannot_show_is_kept_in_the_metadata(tmp_path, freq):
    from evalkit.contacts import Contacts

    period = pd.PeriodIndex([pd.Period("2019-05-01", freq)])
    frame = pd.DataFrame({"region": "Kent", "channel": "chat", "period": period, "contacts": [3.0]})
    contacts = Contacts(frame=frame, frequency=letter_of(freq))
    again = read_contacts(contacts.to_csv(tmp_path / "one.csv"))
    assert again.freq == freq
    assert again.content_hash == contacts.content_hash
