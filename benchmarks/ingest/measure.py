"""One measurement in a process of its own, so that its peak memory is its own: prints one JSON object."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path


def by_evalkit(log: Path, mapping: Path) -> int:
    """Rows counted by ``evalkit.ingest``, everything included: hashing the file, audit trail, writing the counts."""
    from evalkit.contacts.ingest import ingest

    result = ingest(log, mapping, out=log.parent / "contacts.csv", memory=os.environ.get("BENCH_MEMORY", "1GB"))
    return int(result.audit["rows"]["read"])


def by_pandas(log: Path, mapping: Path) -> int:
    """The same counts as one would write them in pandas, reading only the columns that are needed."""
    import pandas as pd

    lookup = pd.read_csv(log.parent / "lookup.csv").set_index("place")["region"]
    keyed = "deduplicate" in mapping.read_text(encoding="utf-8")
    frame = pd.read_parquet(log, columns=["started", "place", "channel", *(["contact"] if keyed else [])])
    if keyed:
        frame = frame.sort_values("started").drop_duplicates("contact")
    local = frame["started"].dt.tz_localize("UTC").dt.tz_convert("Europe/London").dt.tz_localize(None)
    place = frame["place"]
    if "postcode area" in mapping.read_text(encoding="utf-8"):
        place = place.str.upper().str.extract(r"^([A-Z]{1,2})")[0]
    frame["region"] = place.map(lookup).fillna("unallocated")
    frame["period"] = local.dt.to_period("M")
    frame.groupby(["region", "channel", "period"], observed=True).size().to_csv(log.parent / "pandas.csv")
    return len(frame)


def main() -> None:
    """Measure one method on one log."""
    method, log, mapping = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    call = {"evalkit": by_evalkit, "pandas": by_pandas}[method]
    load = os.getloadavg()[0]
    cpu, began = time.process_time(), time.perf_counter()
    rows = call(log, mapping)
    wall = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "method": method,
                "rows_read": rows,
                "seconds": round(wall, 2),
                "cpu_seconds": round(time.process_time() - cpu, 2),
                "peak_mib": round(peak),
                "load": round(load, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
