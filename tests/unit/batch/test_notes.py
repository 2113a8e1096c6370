"""What the reader of one region is told of its data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import evalkit as ek
from evalkit.batch.keys import region_data_hash
from evalkit.batch.notes import data_notes
from evalkit.batch.region import region_effect, region_notes
from evalkit.contacts import aggregate

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
REGION, OTHER = "Wathermere", "Belmarrow"


def _without(folder: Path, *lines: tuple[str, str, str]) -> ek.Inputs:
    """The demonstration without the rows of these regions, channels and periods."""
    shutil.copytree(DEMO, folder)
    file = folder / "contacts.csv"
    left_out = tuple(",".join(line) + "," for line in lines)
    kept = [line for line in file.read_text().splitlines() if not line.startswith(left_out)]
    file.write_text("\n".join([*kept, ""]))
    return ek.read_inputs(folder)


def _notes(inputs: ek.Inputs, region: str) -> tuple[str, ...]:
    launch = inputs.launch_of(region)
    assert launch is not None
    return region_notes(inputs, region, inputs.channels, region_effect(inputs, region, "website", launch))


def test_a_gap_is_told_to_the_region_that_has_it(tmp_path: Path) -> None:
    gap = [("2017-03", "2017-04", "2018-01"), (REGION, "helpline")]
    inputs = _without(tmp_path / "demo", *((*gap[1], period) for period in gap[0]))
    assert _notes(inputs, REGION)[0] == "helpline: no count in 2017-03 to 2017-04, 2018-01. Missing is not zero."
    assert not any("no count in" in note for note in _notes(inputs, OTHER))
    before = ek.read_inputs(DEMO)
    assert region_data_hash(inputs, REGION) != region_data_hash(before, REGION)
    assert region_data_hash(inputs, OTHER) == region_data_hash(before, OTHER)


def test_a_region_is_told_nothing_of_the_others_that_share_its_gap(tmp_path: Path) -> None:
    inputs = _without(tmp_path / "demo", *((name, "helpline", "2017-03") for name in (REGION, OTHER)))
    assert ((OTHER, "helpline"), (REGION, "helpline")) in [note.series for note in inputs.contacts.notes]
    for name, other in ((REGION, OTHER), (OTHER, REGION)):
        (note,) = data_notes(inputs.contacts, name)
        assert other not in note
        assert "2017-03" in note


def _contacts(folder: Path, *rows: tuple[str, str]) -> ek.Contacts:
    """Two years of counts by chat of two regions, without the rows of these regions and periods."""
    names = dict.fromkeys(name for name, _ in rows)
    periods = [f"{period}" for period in pd.period_range("2019-01", periods=24, freq="M")]
    lines = [f'"{name}",chat,{period},50' for name in names for period in periods if (name, period) not in rows]
    (folder / "contacts.csv").write_text("\n".join(["region,channel,period,contacts", *lines, ""]))
    return ek.read_contacts(folder / "contacts.csv")


def test_a_region_whose_name_is_part_of_another_is_told_nothing_of_it(tmp_path: Path) -> None:
    contacts = _contacts(tmp_path, ("Kent", ""), ("Kent, East", "2019-07"))
    assert data_notes(contacts, "Kent") == ()
    assert data_notes(contacts, "Kent, East") == ("chat: no count in 2019-07. Missing is not zero.",)


@pytest.mark.parametrize(
    ("row", "frequency", "note"),
    [
        (("Kent", "2020-12"), "M", "chat: no count in the last period, 2020-12."),
        (("Kent", "2019-08"), "Q", "chat: not every part of 2019-Q3 was counted, so it is missing."),
        (("Total", ""), "M", "The name of the region is one that totals have; it is treated as a region."),
    ],
)
def test_further_notes(tmp_path: Path, row: tuple[str, str], frequency: str, note: str) -> None:
    contacts = aggregate(_contacts(tmp_path, row, ("Surrey", "")), frequency)
    assert note in data_notes(contacts, row[0])
    assert data_notes(contacts, "Surrey") == ()
