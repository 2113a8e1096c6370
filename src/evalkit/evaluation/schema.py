"""The JSON schema of an evaluation file, from which editors complete and check it."""

from __future__ import annotations

import json
from typing import Any, Final

from evalkit.evaluation.asked import Evaluation

SCHEMA_FILE: Final = "evaluation.schema.json"
SCHEMA_LINE: Final = f"#:schema ./{SCHEMA_FILE}"
"""First line of an evaluation file; editors with a TOML language server find the schema by it."""

_NULL: Final = {"type": "null"}


def evaluation_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of ``evaluation.toml``, made from the settings classes that read it.

    Returns
    -------
    dict
        With the description and the default of every key. Every table forbids keys that it does not know. What a
        schema cannot say (a path that exists, a date that is one) is checked when the file is read.
    """
    heading = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "evalkit evaluation file",
        "description": "What is asked of an evaluation: evaluation.toml.",
    }
    return {**heading, **_plain(Evaluation.model_json_schema())}


def schema_text() -> str:
    """The schema as it stands beside an evaluation file: indented JSON with a line feed at the end."""
    return json.dumps(evaluation_schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Without titles that repeat a key, docstrings of classes, and null, which TOML does not have."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value if entry != _NULL]
    if not isinstance(value, dict):
        return value
    table = value.get("type") == "object"
    kept = {key: _plain(entry) for key, entry in value.items() if not _left_out(key, entry, table=table)}
    only = kept.get("anyOf", ())
    return {**only[0], **{key: entry for key, entry in kept.items() if key != "anyOf"}} if len(only) == 1 else kept


def _left_out(key: str, entry: object, *, table: bool) -> bool:
    if key == "default":
        return entry is None or isinstance(entry, dict)
    return isinstance(entry, str) and (key == "title" or (key == "description" and table))
