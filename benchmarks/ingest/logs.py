"""Generated logs: a time, a place, a channel, an identifier, and columns of personal data that nothing may read."""

from __future__ import annotations

from pathlib import Path

import duckdb

REGIONS = 45
MAPPING = """unit = "contacts"
frequency = "month"
[time]
column = "started"
zone = "UTC"
report_zone = "Europe/London"
[place]
column = "place"
kind = "{kind}"
lookup = "lookup.csv"
[channel]
column = "channel"
values = {{ Phone = "helpline", Web = "website" }}
{keys}"""
KEYS = '[deduplicate]\nkeys = ["contact"]\n'


def write_log(path: Path, rows: int, *, kind: str = "name") -> Path:
    """A Parquet log of nine years, with one place in fifty unknown; ``kind`` decides how places are written."""
    place = "'Region ' || (i * 7919 % 46)"
    if kind == "postcode area":
        area = "chr(65 + (i * 7919 % 46 // 23)::INT) || chr(65 + (i * 7919 % 23)::INT)"
        place = f"{area} || (i % 20)::INT || ' ' || (i % 9)::INT || 'AA'"
    connection = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": False})
    connection.execute(
        f"""COPY (
            SELECT
                TIMESTAMP '2015-01-01' + to_microseconds((i * 7873 % {rows}) * (283996800000000 // {rows})) AS started,
                {place} AS place,
                CASE WHEN i % 5 < 3 THEN 'Phone' ELSE 'Web' END AS channel,
                'contact-' || (i - (i % 50 = 0)::INT) AS contact,
                'Name ' || (i * 31 % 100003) AS full_name,
                '07700 ' || (900000 + i * 17 % 100000) AS phone
            FROM range({rows}) t(i)
        ) TO '{path}' (FORMAT parquet)"""
    )
    return path


def write_mapping(folder: Path, *, kind: str = "name", keyed: bool = False) -> Path:
    """The mapping of such a log, and its lookup."""
    if kind == "name":
        places = [(f"Region {number}", f"Region {number}") for number in range(REGIONS)]
    else:
        areas = [chr(65 + number // 23) + chr(65 + number % 23) for number in range(REGIONS)]
        places = [(area, f"Region {number}") for number, area in enumerate(areas)]
    lines = "\n".join(f"{place},{region}" for place, region in places)
    (folder / "lookup.csv").write_text(f"place,region\n{lines}\n", encoding="utf-8")
    path = folder / f"mapping-{kind.replace(' ', '-')}-{keyed}.toml"
    path.write_text(MAPPING.format(kind=kind, keys=KEYS if keyed else ""), encoding="utf-8")
    return path
