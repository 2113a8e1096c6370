"""What the notes on a contacts file say to the reader of one region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit.catalogue import listed, text
from evalkit.report.wording import channel_name

if TYPE_CHECKING:
    from evalkit.contacts import Contacts

_SAID: Final = {
    "gap": "notes.gap",
    "partial-last-period": "notes.partial_last_period",
    "incomplete-period": "notes.incomplete_period",
}


def data_notes(contacts: Contacts, region: str) -> tuple[str, ...]:
    """The notes on the series of one region, without the rows, repairs and other regions that the file's notes name."""
    notes = []
    for note in contacts.notes:
        channels = [channel_name(channel) for name, channel in note.series if name == region]
        if channels and note.code == "total":
            notes.append(text("notes.total"))
        elif channels and note.code in _SAID:
            notes.append(text(_SAID[note.code], channels=listed(channels), periods=note.periods))
    return tuple(notes)
