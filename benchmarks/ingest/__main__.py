"""``python -m benchmarks.ingest [ROWS…]``: generate logs, measure, delete them; results in ``benchmarks/results``."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.ingest.logs import write_log, write_mapping

ROWS = (1_000_000, 10_000_000, 100_000_000)
PANDAS_UP_TO = 10_000_000
KEYED_UP_TO = 10_000_000
RESULTS = Path(__file__).resolve().parents[1] / "results" / "speed_ingest.csv"
CASES = (("name", False), ("postcode area", False), ("name", True))
FIELDS = (
    "rows",
    "places",
    "keys",
    "method",
    "seconds",
    "cpu_seconds",
    "rows_per_second",
    "rows_per_cpu_second",
    "peak_mib",
    "load",
)


def main() -> None:
    """Measure every size asked for."""
    sizes = [int(text) for text in sys.argv[1:]] or list(ROWS)
    kept = [row for row in _read() if int(row["rows"]) not in sizes]
    found = []
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-") as name:
            folder = Path(name)
            for kind, keyed in CASES:
                if keyed and rows > KEYED_UP_TO:
                    continue
                log = folder / f"{kind.replace(' ', '-')}.parquet"
                if not log.exists():
                    write_log(log, rows, kind=kind)
                for method in ("evalkit", *(["pandas"] if rows <= PANDAS_UP_TO else [])):
                    row = _measure(method, log, write_mapping(folder, kind=kind, keyed=keyed))
                    found.append({"rows": rows, "places": kind, "keys": "yes" if keyed else "no", **row})
                    print(found[-1], flush=True)
    every = sorted([*kept, *found], key=lambda row: (int(row["rows"]), row["places"], row["keys"], row["method"]))
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)


def _read() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _measure(method: str, log: Path, mapping: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.ingest.measure", method, str(log), str(mapping)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)
    rows = row.pop("rows_read")
    return {
        **row,
        "rows_per_second": round(rows / row["seconds"]),
        "rows_per_cpu_second": round(rows / row["cpu_seconds"]),
    }


if __name__ == "__main__":
    main()
