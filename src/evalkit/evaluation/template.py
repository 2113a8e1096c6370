"""A new evaluation file with every key explained; reading it back gives the settings it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evalkit.evaluation.asked import Evaluation
from evalkit.evaluation.schema import SCHEMA_LINE

_HEADING = """\
# What is asked of this evaluation. Paths are relative to this file. A line that begins with # is a remark: take the #
# away to set that key. Keys that are left out have the value that is shown behind the #, or none.
"""


def evaluation_template(values: Mapping[str, Any]) -> str:
    """An evaluation file as TOML text, with a remark above every key there is.

    Parameters
    ----------
    values : mapping
        The keys that are set, as in the file: ``{"contacts": "contacts.csv", "model": {"window_months": 12}}``.
        Every other key stands behind a ``#`` with its default.
    """
    return "\n".join([SCHEMA_LINE, _HEADING.rstrip(), *_table(Evaluation, values, ())]) + "\n"


def _table(settings: type[BaseModel], values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: table for name, field in settings.model_fields.items() if (table := _table_of(field))}
    for name, field in settings.model_fields.items():
        if name not in inner:
            yield from ("", f"# {field.description}", _line(name, field, values))
    for name, table in inner.items():
        heading = (*path, name)
        yield from ("", "", f"# {settings.model_fields[name].description}", f"[{'.'.join(heading)}]")
        yield from _table(table, values.get(name, {}), heading)


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The settings class of a table that is always there; one that may be left out stands in a single line."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _line(name: str, field: FieldInfo, values: Mapping[str, Any]) -> str:
    if name in values:
        return f"{name} = {_value(values[name])}"
    default = field.get_default(call_default_factory=True)
    if default is None:
        return f"# {name} ={_example(field)}"
    return f"# {name} = {_value(default)}"


def _example(field: FieldInfo) -> str:
    """The keys of a table that may be left out, each with a placeholder; nothing for other kinds."""
    table = next((kind for kind in get_args(field.annotation) if isinstance(kind, type)), type(None))
    if not issubclass(table, BaseModel):
        return ""
    return " " + _value(dict.fromkeys(table.model_fields, "…"))


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(getattr(value, "value", value), ensure_ascii=False)
