"""Ingest agrees with a naive aggregation in pandas on random logs, in whatever files and order they come."""

from __future__ import annotations

import random
import zoneinfo
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evalkit.contacts.ingest import ingest
from evalkit.contacts.ingest.clock import clock

REGIONS = {"AB": "Ashmere", "CD": "Brayford", "EF": "Ashmere"}
PLACES = ("AB1 2CD", "ab1", "CD", "EF22 1AA", "GH1", "", "nowhere", "ZZ1")
CHANNELS = {"Phone": "helpline", "web": "website", "chat": "chat"}
ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
RARE = ["Pacific/Apia", "Africa/Casablanca", "America/Havana", "Asia/Gaza", "Atlantic/Azores"]

row = st.tuples(
    st.integers(0, 200 * 24 * 60).map(lambda minutes: pd.Timestamp("2019-02-20") + pd.Timedelta(minutes=minutes)),
    st.sampled_from(PLACES),
    st.sampled_from(sorted(CHANNELS)),
    st.sampled_from(["", *"abcdefgh"]),
)


def naive(frame: pd.DataFrame, zone: str, per: str | None) -> dict[tuple[str, str, str], int]:
    """The counts as one would write them down in pandas, row by row where it matters."""
    table = frame.copy()
    local = table["started"].dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    table["day"] = local.dt.tz_convert("Europe/London").dt.tz_localize(None).dt.normalize()
    area = table["postcode"].str.upper().str.extract(r"^([A-Z]{1,2})(?:\d|$)")[0]
    table["region"] = area.map(REGIONS).fillna("unallocated")
    table["reason"] = table["region"] == "unallocated"
    table["channel"] = table["channel"].map(CHANNELS)
    table["period"] = table["day"].dt.to_period("M").astype(str)
    if per is not None:
        keys = ["caller"] if per == "log" else ["caller", "region", "channel", "period"]
        keyed = table[table["caller"] != ""].sort_values(["day", "reason", "region", "channel"], kind="stable")
        table = pd.concat([table[table["caller"] == ""], keyed.drop_duplicates(keys)])
    grouped = table.groupby(["region", "channel", "period"]).size()
    return {key: int(count) for key, count in grouped.items()}


def counted(result) -> dict[tuple[str, str, str], int]:
    frame = result.contacts.frame
    keys = zip(frame["region"], frame["channel"], frame["period"].astype(str), strict=True)
    return {key: int(count) for key, count in zip(keys, frame["contacts"], strict=True) if count}


def mapping(folder: Path, zone: str, per: str | None) -> Path:
    pairs = "\n".join(f"{place},{region}" for place, region in REGIONS.items())
    (folder / "lookup.csv").write_text(f"place,region\n{pairs}\n")
    keys = f'[deduplicate]\nkeys = ["caller"]\nper = "{per}"\n' if per else ""
    path = folder / "mapping.toml"
    path.write_text(f"""unit = "contacts"
incomplete = "keep"
[time]
column = "started"
zone = "{zone}"
report_zone = "Europe/London"
[place]
column = "postcode"
kind = "postcode area"
lookup = "lookup.csv"
[channel]
column = "channel"
values = {{ Phone = "helpline", web = "website" }}
{keys}""")
    return path


def write(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, date_format="%Y-%m-%d %H:%M:%S")
    return path


# a failing log is short enough to read, and making it shorter takes an engine each time
@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(row, min_size=1, max_size=60),
    zone=st.sampled_from(ZONES),
    per=st.sampled_from([None, "log", "period"]),
    cut=st.integers(0, 60),
    ending=st.sampled_from([".csv", ".parquet"]),
    seed=st.integers(0, 9),
)
def test_ingest_is_the_naive_aggregation(tmp_path, rows, zone, per, cut, ending, seed):
    frame = pd.DataFrame(rows, columns=["started", "postcode", "channel", "caller"]).assign(row=range(len(rows)))
    frame["started"] = frame["started"].astype("datetime64[us]")
    asked = mapping(tmp_path, zone, per)
    whole = ingest(write(frame, tmp_path / f"whole{ending}"), asked, threads=1)
    assert counted(whole) == naive(frame, zone, per)
    shuffled = frame.sample(frac=1, random_state=seed)
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if len(part)]
    files = [write(part, tmp_path / f"part-{number}{ending}") for number, part in enumerate(parts)]
    random.Random(seed).shuffle(files)
    assert ingest(files, asked, threads=1).contacts.content_hash == whole.contacts.content_hash


@settings(max_examples=60, deadline=None)
@given(
    second=st.integers(0, 4_102_444_800 - 200_000),
    zone=st.sampled_from([*ZONES, *RARE]),
    written=st.booleans(),
)
def test_a_clock_is_the_zone_database(second, zone, written):
    used = clock(zone, "Europe/London") if written else clock("UTC", zone)
    part = sum(second % 86_400 >= cut for cut in used.cuts)
    (found,) = used.days([second // 86_400 * used.parts + part])
    wall = pd.Timestamp(second, unit="s").to_pydatetime()
    instant = wall.replace(tzinfo=zoneinfo.ZoneInfo(used.written))
    there = instant.astimezone(zoneinfo.ZoneInfo("UTC")).astimezone(zoneinfo.ZoneInfo(used.counted))
    assert pd.Timestamp(there.date()) == pd.Timestamp(int(found), unit="D")


@pytest.mark.parametrize("zone", ["Europe/London", pytest.param("America/New_York", marks=pytest.mark.slow)])
def test_the_last_minutes_of_a_year_of_clock_changes(tmp_path, zone):
    """Every half hour of a year, so that both changes and every midnight are met."""
    frame = pd.DataFrame({"started": pd.date_range("2019-01-01", "2019-12-31 23:30", freq="30min")})
    frame = frame.assign(postcode="AB1", channel="Phone", caller="").astype({"started": "datetime64[us]"})
    asked = mapping(tmp_path, zone, None)
    asked.write_text('frequency = "day"\n' + asked.read_text())
    found = ingest(write(frame, tmp_path / "year.parquet"), asked).contacts.series("Ashmere", "helpline")
    local = frame["started"].dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    wanted = local.dt.tz_convert("Europe/London").dt.tz_localize(None).dt.to_period("D").value_counts().sort_index()
    assert found.to_dict() == wanted.to_dict()
