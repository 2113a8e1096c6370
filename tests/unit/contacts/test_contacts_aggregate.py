"""Longer periods from complete shorter ones: zero is not missing, and a missing part makes the whole missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.contacts import aggregate, read_table
from evalkit.errors import ContactsError, UsageError


def _table(periods, contacts, exposure=None, **options):
    frame = pd.DataFrame({"region": "Kent", "channel": "chat", "period": list(periods), "contacts": contacts})
    if exposure is not None:
        frame["exposure"] = exposure
    return read_table(frame, **options)


def _months(first: str, count: int) -> pd.PeriodIndex:
    return pd.period_range(first, periods=count, freq="M")


def test_sums_contacts_and_averages_exposure():
    yearly = aggregate(_table(_months("2018-01", 24), range(24), [100] * 6 + [200] * 18), "Y")
    assert yearly.frequency == "Y"
    assert yearly.series("Kent", "chat").tolist() == [sum(range(12)), sum(range(12, 24))]
    assert yearly.exposure("Kent", "chat").tolist() == [150, 200]
    assert yearly.notes == ()


def test_a_missing_month_makes_the_quarter_missing_and_zero_does_not():
    months = _months("2019-01", 9)
    contacts = _table(months.delete(4), [0, 0, 0, 1, 2, 3, 4, 5])
    quarterly = aggregate(contacts, "quarter")
    np.testing.assert_array_equal(quarterly.series("Kent", "chat"), [0, np.nan, 12])
    note = quarterly.notes[-1]
    assert (note.code, note.fatal) == ("incomplete-period", False)
    assert "Kent (chat): not every part of 2019-Q2 was counted, so it is missing" in note.what


def test_incomplete_first_and_last_years_are_left_out():
    yearly = aggregate(_table(_months("2017-06", 20), [1] * 20), "Y")
    assert yearly.frame["period"].astype(str).tolist() == ["2018"]
    assert yearly.frame["contacts"].tolist() == [12]
    assert "not every part of 2017, 2019 was counted" in yearly.notes[-1].what


def test_financial_years():
    yearly = aggregate(_table(_months("2018-04", 24), [1] * 12 + [2] * 12), "Y-MAR")
    assert yearly.freq == "Y-MAR"
    assert yearly.series("Kent", "chat").tolist() == [12, 24]


@pytest.mark.parametrize(("frequency", "wanted"), [("M", [31, 28]), ("Y", None), ("W-SAT", [7] * 7)])
def test_days(frequency, wanted):
    days = pd.period_range("2019-01-01", "2019-02-28", freq="D")
    contacts = _table(days, [1] * len(days))
    if wanted is None:
        with pytest.raises(ContactsError, match="not every part of 2019 was counted"):
            aggregate(contacts, frequency)
        return
    assert aggregate(contacts, frequency).series("Kent", "chat").tolist() == wanted


def test_leap_years_have_their_day():
    days = pd.period_range("2020-02-01", "2020-02-28", freq="D")
    with pytest.raises(ContactsError, match="2020-02"):
        aggregate(_table(days, [1] * 28), "M")


def test_weeks_do_not_make_months():
    weeks = pd.period_range("2019-01-07", periods=8, freq="W-SUN")
    with pytest.raises(
        UsageError, match=r"by week \(W-SUN\) cannot be given by month \(M\), which is not made of whole"
    ):
        aggregate(_table(weeks, [1] * 8), "M")


@pytest.mark.parametrize(("frequency", "says"), [("D", "which is shorter"), ("fortnight", "Unknown frequency")])
def test_frequencies_that_cannot_be_had(frequency, says):
    with pytest.raises(UsageError, match=says):
        aggregate(_table(_months("2019-01", 12), range(12)), frequency)


def test_same_frequency_gives_the_same_contacts():
    contacts = _table(_months("2019-01", 3), [1, 2, 3])
    assert aggregate(contacts, "month") is contacts


def test_totals_and_marks_are_kept(monthly):
    contacts = read_table(monthly.assign(simulated=True))
    quarterly = aggregate(contacts, "Q")
    assert quarterly.simulated
    assert quarterly.keys() == contacts.keys()
    assert quarterly.frame["contacts"].sum() == contacts.frame["contacts"].sum()
    assert quarterly.exposure("Kent", "website").tolist() == [1003.5, 1003.5]
