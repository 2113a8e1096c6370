"""Write the simulated logs of ``data/logs``, the worked example of ``evalkit ingest``: the same bytes every time.

python scripts/example_logs.py [FOLDER]
"""

from __future__ import annotations

import csv
import io
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

AREAS = {"QA": "Ashvarrow", "QB": "Belmarrow", "QC": "Cawlerby", "QD": "Dunvarrow"}
POPULATION = {"Ashvarrow": 412_000, "Belmarrow": 655_000, "Cawlerby": 298_000, "Dunvarrow": 520_000}
LONDON = ZoneInfo("Europe/London")
FIRST, LAST = datetime(2019, 1, 1, tzinfo=LONDON), datetime(2019, 6, 30, 23, 59, tzinfo=LONDON)


def helpline(draws: random.Random) -> str:
    """Calls: local time with day first, a postcode, an outcome, and columns that nobody needs to read."""
    rows = []
    day, call = FIRST, 0
    while day <= LAST:
        for _ in range(draws.randint(1, 4) if day.weekday() < 5 else 0):
            call += 1
            area = draws.choice(sorted(AREAS)) if draws.random() > 0.08 else draws.choice(["", "QZ", "withheld"])
            place = f"{area}{draws.randint(1, 20)} {draws.randint(1, 9)}AA" if area.startswith("Q") else area
            start = day.replace(hour=draws.randint(9, 20), minute=draws.randint(0, 59))
            outcome = draws.choices(["answered", "abandoned", "test"], [8, 1, 1])[0]
            row = [f"call-{call:04d}", start.strftime("%d/%m/%Y %H:%M"), place, outcome, "number withheld", ""]
            rows += [row, row] if draws.random() < 0.03 else [row]
        day += timedelta(days=1)
    return _text(["call_id", "started", "postcode", "outcome", "caller_phone", "notes"], rows)


def website(draws: random.Random) -> str:
    """Visits: instants in UTC, the postcode area alone."""
    rows = []
    day = FIRST
    while day <= LAST:
        for _ in range(draws.randint(1, 6)):
            at = (day + timedelta(minutes=draws.randint(0, 1439))).astimezone(UTC)
            area = draws.choice(sorted(AREAS)) if draws.random() > 0.15 else ""
            rows.append([f"visit-{len(rows):05d}", at.strftime("%Y-%m-%dT%H:%M:%SZ"), area, "address removed"])
        day += timedelta(days=1)
    return _text(["visit", "at", "area", "ip_address"], rows)


def files() -> dict[str, str]:
    """Every generated file by name."""
    draws = random.Random(20190115)
    estimates = [
        [region, year, round(people * 1.006 ** (year - 2018))]
        for region, people in POPULATION.items()
        for year in (2018, 2019)
    ]
    return {
        "helpline.csv": helpline(draws),
        "website.csv": website(draws),
        "lookup.csv": _text(["place", "region"], [list(pair) for pair in AREAS.items()]),
        "population.csv": _text(["region", "year", "population"], estimates),
    }


def _text(header: list[str], rows: list[list[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue()


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "data" / "logs"
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
