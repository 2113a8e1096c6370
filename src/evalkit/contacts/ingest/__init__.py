"""From contact logs to counts, at any size, with nothing personal left: see :func:`ingest`."""

from __future__ import annotations

from evalkit.contacts.ingest.audit import Ingested
from evalkit.contacts.ingest.mapping import Mapping, load_mapping
from evalkit.contacts.ingest.run import ingest

__all__ = ["Ingested", "Mapping", "ingest", "load_mapping"]
