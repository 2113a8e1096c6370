"""What must hold for any contacts: order of rows does not matter, and what is written reads back."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.contacts import (
    Contacts,
    aggregate,
    complete_series,
    letter_of,
    read_contacts,
    read_table,
    validate_contacts,
)
from evalkit.contacts.table import METADATA_SUFFIX
from evalkit.errors import ContactsError

FREQUENCIES = ["Y-DEC", "Y-MAR", "Q-DEC", "M", "W-SUN", "W-WED", "D"]
# letters of several scripts and the marks that CSV must quote; spellings that differ only in these are told apart below
NAMES = st.text("abcdefghijklmnopqrstuvwxyzéß", min_size=1, max_size=6).flatmap(
    lambda name: st.sampled_from([name, f'{name}, "north"', f"{name}; x", f"St {name}'s", f"{name}\nline"])
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def contacts_objects(draw: st.DrawFn) -> Contacts:
    """Contacts with any names, gaps, frequency and metadata."""
    freq = draw(st.sampled_from(FREQUENCIES))
    regions = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=_key))
    first = pd.Period("2015-03-10", freq)
    cells = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(regions), st.sampled_from(["chat", "website"]), st.integers(0, 30)),
            st.tuples(st.integers(0, 10**9), st.floats(1e-3, 1e9)),
            min_size=1,
            max_size=25,
        )
    )
    exposure = draw(st.booleans())
    rows = [(r, c, first + step, float(n), e) for (r, c, step), (n, e) in cells.items()]
    frame = pd.DataFrame(rows, columns=["region", "channel", "period", "contacts", "exposure"])
    frame["period"] = pd.PeriodIndex(frame["period"], freq=freq)
    return Contacts(
        frame=frame if exposure else frame.drop(columns="exposure"),
        frequency=letter_of(freq),
        simulated=draw(st.booleans()),
        unit=draw(st.sampled_from(["contacts", "visits"])),
        title=draw(st.sampled_from(["", "A title"])),
    )


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@quick
@given(contacts_objects())
def test_what_is_written_reads_back_the_same(contacts):
    with tempfile.TemporaryDirectory() as folder:
        path = contacts.to_csv(Path(folder) / "contacts.csv")
        again = read_contacts(path)
        written = path.read_bytes()
        assert again.to_csv(path).read_bytes() == written
        names = {file.name for file in Path(folder).iterdir()}
    pd.testing.assert_frame_equal(again.frame, contacts.frame)
    assert again.content_hash == contacts.content_hash
    assert (again.freq, again.simulated, again.unit, again.title) == (
        contacts.freq,
        contacts.simulated,
        contacts.unit,
        contacts.title,
    )
    assert names <= {"contacts.csv", "contacts" + METADATA_SUFFIX}


@quick
@given(contacts_objects(), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_does_not_matter(contacts, random):
    shuffled = contacts.frame.sample(frac=1, random_state=random.randrange(2**31))
    columns = list(shuffled.columns)
    random.shuffle(columns)
    again = read_table(shuffled[columns], frequency=contacts.freq)
    pd.testing.assert_frame_equal(again.frame, contacts.frame)
    plain = Contacts(frame=contacts.frame, frequency=contacts.frequency)
    assert again.content_hash == plain.content_hash


@quick
@given(contacts_objects(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_change_the_problems(contacts, random):
    frame = pd.concat([contacts.frame, contacts.frame.iloc[:1]]).assign(channel=lambda its: its["channel"] + " ")
    frame = frame.reset_index(drop=True)
    order = list(range(len(frame)))
    random.shuffle(order)

    def codes(table: pd.DataFrame) -> list[tuple[str, int]]:
        with pytest.raises(ContactsError) as caught:
            read_table(table, frequency=contacts.freq)
        return sorted((problem.code, len(problem.rows)) for problem in caught.value.problems)

    found = codes(frame)
    assert ("duplicate", 2) in found
    assert codes(frame.iloc[order]) == found


@quick
@given(contacts_objects())
def test_series_hold_every_count_and_nothing_else(contacts):
    total = 0.0
    for region, channel in iter(contacts.keys()):
        series = contacts.series(region, channel)
        assert series.index.equals(contacts.periods)
        counted = series.dropna()
        its = contacts.frame[(contacts.frame["region"] == region) & (contacts.frame["channel"] == channel)]
        assert counted.tolist() == its["contacts"].tolist()
        assert list(counted.index) == list(its["period"])
        total += counted.sum()
    assert total == contacts.frame["contacts"].sum()


@quick
@given(contacts_objects())
def test_hash_follows_the_counts(contacts):
    frame = contacts.frame.copy()
    frame.loc[0, "contacts"] += 1
    changed = Contacts(frame=frame, frequency=contacts.frequency, simulated=contacts.simulated, unit=contacts.unit)
    assert changed.content_hash != contacts.content_hash


@quick
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=40).filter(
        lambda v: any(x is not None for x in v)
    ),
    st.sampled_from(FREQUENCIES),
    st.randoms(use_true_random=False),
)
def test_complete_series_keeps_counts_and_invents_none(values, freq, random):
    index = pd.period_range("2015-03-10", periods=len(values), freq=freq)
    series = pd.Series(values, index=index, dtype="Float64")
    kept = series.dropna()
    shuffled = kept.sample(frac=1, random_state=random.randrange(2**31))
    got = complete_series(shuffled)
    assert got.index.equals(pd.period_range(kept.index[0], kept.index[-1], freq=freq))
    assert got.dropna().tolist() == kept.tolist()
    pd.testing.assert_series_equal(complete_series(got), got)


@quick
@given(st.lists(st.one_of(st.none(), st.integers(0, 999)), min_size=12, max_size=36))
def test_years_are_sums_of_twelve_counted_months_only(values):
    months = pd.period_range("2018-01", periods=len(values), freq="M")
    rows = [("Kent", "chat", month, float(n)) for month, n in zip(months, values, strict=True) if n is not None]
    whole = {
        year: sum(n for _, _, month, n in rows if month.year == year)
        for year in set(months.year)
        if sum(month.year == year for _, _, month, _ in rows) == 12
    }
    frame = pd.DataFrame(rows, columns=["region", "channel", "period", "contacts"])
    frame["period"] = pd.PeriodIndex(frame["period"], freq="M")
    if not whole:
        with pytest.raises(ContactsError):
            aggregate(Contacts(frame=frame, frequency="M"), "Y")
        return
    yearly = aggregate(Contacts(frame=frame, frequency="M"), "Y")
    assert dict(zip(yearly.frame["period"].dt.year, yearly.frame["contacts"], strict=True)) == whole


@quick
@given(st.text(max_size=200))
def test_any_text_is_either_contacts_or_a_clear_problem(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        path.write_text(text, encoding="utf-8", errors="replace")
        problems = validate_contacts(path)
    assert any(problem.fatal for problem in problems)
    assert all(problem.what and problem.code for problem in problems)


@quick
@given(st.lists(st.lists(st.text(max_size=8), min_size=4, max_size=4), min_size=1, max_size=6))
def test_any_cells_under_the_right_headings_are_contacts_or_clear_problems(rows):
    text = io.StringIO()
    csv.writer(text).writerows([["region", "channel", "period", "contacts"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        path.write_text(text.getvalue(), encoding="utf-8", errors="replace", newline="")
        problems = validate_contacts(path)
        assert {file.name for file in Path(folder).iterdir()} == {"contacts.csv"}
    for problem in problems:
        assert problem.what
        assert np.all(np.asarray(problem.rows) >= 1)
