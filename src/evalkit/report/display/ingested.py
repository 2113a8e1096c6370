"""How contacts counted from logs show themselves; loaded only where logs are counted.

The engine behind it (DuckDB) starts a thread when it is imported, and a process that is forked must not have one.
"""

from __future__ import annotations

from evalkit.contacts.ingest import Ingested
from evalkit.report import numbers, wording
from evalkit.report.display.inputs import changed
from evalkit.report.display.shown import Shown, shown, table


@shown.register
def _(result: Ingested) -> Shown:
    rows = [
        (wording.sentence_case(str(name).replace("_", " ")), numbers.whole(number))
        for name, number in dict(result.audit.get("rows", {})).items()
    ]
    inner = shown(result.contacts)
    return changed(
        inner,
        title=f"Counted from logs: {inner.title}",
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.notes),
        tables=(*inner.tables, table("What became of the rows of the logs.", ("Rows", "Number"), rows, right=(1,))),
        notes=("The audit trail has every log with its hash; a contact is not a person.",),
    )
