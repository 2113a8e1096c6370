"""How contacts counted from logs show themselves; loaded only where logs are counted.

The engine behind it (DuckDB) starts a thread when it is imported, and a process that is forked must not have one.
"""

from __future__ import annotations

from evalkit.catalogue import term, text, texts
from evalkit.contacts.ingest import Ingested
from evalkit.report import numbers, wording
from evalkit.report.display.inputs import changed
from evalkit.report.display.shown import Shown, shown, table
from evalkit.report.tables import Table


@shown.register
def _(result: Ingested) -> Shown:
    rows = [
        (wording.sentence_case(term("display.ingested.fate", str(name)).replace("_", " ")), numbers.whole(number))
        for name, number in dict(result.audit.get("rows", {})).items()
    ]
    inner = shown(result.contacts)
    return changed(
        inner,
        title=text("display.ingested.title", title=inner.title),
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.notes),
        tables=(*inner.tables, _fates(rows)),
        notes=(text("display.ingested.note"),),
    )


def _fates(rows: list[tuple[str, str]]) -> Table:
    return table(text("display.ingested.caption"), texts("display.ingested.header"), rows, right=(1,))
