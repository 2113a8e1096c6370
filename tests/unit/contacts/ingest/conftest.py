"""Small logs with known counts, and a mapping for them."""

from __future__ import annotations

from pathlib import Path

import pytest

MAPPING = """
unit = "contacts"

[time]
column = "started"
zone = "UTC"
report_zone = "Europe/London"
{time}
[place]
column = "postcode"
kind = "postcode area"
lookup = "lookup.csv"

[channel]
column = "channel"
values = {{ Phone = "helpline", Web = "website" }}
{more}
"""
LOOKUP = "place,region\nAB,Ashmere\nCD,Brayford\nEF,Coldwell\nGH,Ashmere\nGH,Brayford\n"
LOG = """started,postcode,channel,caller,full_name,phone
2019-01-01 00:00:00,AB1 2CD,Phone,c1,Mary Q,07700 900123
2019-01-15 12:00:00,cd3,phone,c2,John Q,07700 900124
2019-01-31 23:30:00,AB,Web,c1,Mary Q,07700 900123
2019-02-02 10:00:00,GH2 1AA,Phone,c3,Ann Q,07700 900125
2019-02-02 10:00:00,ZZ9 9ZZ,Phone,c4,Ann Q,07700 900125
2019-02-28 10:00:00,not a place,Web,c5,Ann Q,07700 900125
2019-03-31 22:30:00,,Web,c6,Ann Q,07700 900125
2019-03-31 23:30:00,CD1,Web,c7,Ann Q,07700 900125
2019-04-30 22:59:59,EF1,Phone,c8,Ann Q,07700 900125
"""


class Bench:
    """A folder with a lookup, logs and mappings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("lookup.csv", LOOKUP)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def log(self, content: str | bytes = LOG, name: str = "log.csv") -> Path:
        return self.write(name, content)

    def mapping(self, more: str = "", time: str = "", name: str = "mapping.toml", **changes: str) -> Path:
        text = MAPPING.format(more=more, time=time)
        for old, new in changes.items():
            assert f"{old} = " in text
            text = "\n".join(f"{old} = {new}" if line.startswith(f"{old} = ") else line for line in text.splitlines())
        return self.write(name, text)

    @property
    def out(self) -> Path:
        return self.folder / "contacts.csv"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
