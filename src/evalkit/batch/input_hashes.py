"""Hashes of what a run read, file by file and series by series, so that two runs can be compared later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from evalkit.batch.planning import series_of

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs


def input_hashes(inputs: Inputs) -> dict[str, Any]:
    """Sha256 of each input file, and of each series with a short hash of every count by period.

    For ``internal/`` only: a guess at a small count can be tried on its hash.
    """
    files = {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(inputs.evaluation.inputs.items())
    }
    records = series_of(inputs.contacts, cells=True, until=None)
    series = {
        f"{region} | {channel}": {
            "region": region,
            "channel": channel,
            "hash": records[f"{region} | {channel}"].hash,
            "cells": dict(records[f"{region} | {channel}"].cells or {}),
        }
        for region, channel in sorted(set(inputs.contacts.keys()))
    }
    return {"files": files, "series": series}
