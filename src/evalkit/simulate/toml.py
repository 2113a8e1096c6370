"""Settings as TOML, each key explained where it first occurs; reading it back gives the same settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel


def to_toml(settings: BaseModel, *, title: str) -> str:
    """The settings as TOML text.

    Keys that stand at their default are left out. The comments are the descriptions of the fields, so that the file
    explains itself and cannot contradict the code.

    Parameters
    ----------
    settings : BaseModel
        Settings whose fields are texts, paths, numbers, truth values, lists of these, tables or lists of tables.
    title : str
        First comment of the file.
    """
    return "\n".join([f"# {title}", *_table(settings, (), explained=set())]) + "\n"


def _table(settings: BaseModel, path: tuple[str, ...], explained: set[type | str]) -> Iterator[str]:
    fields = type(settings).model_fields
    values = {name: getattr(settings, name) for name in fields if not _at_default(settings, name)}
    if type(settings) not in explained:
        explained.add(type(settings))
        yield from (
            f"# {name}: {fields[name].description}" for name in fields if not _holds_tables(getattr(settings, name))
        )
    yield from (f"{name} = {_value(value)}" for name, value in values.items() if not _holds_tables(value))
    for name, value in values.items():
        for table in _tables(value):
            inner = (*path, name)
            heading = ".".join(inner)
            if heading not in explained:
                explained.add(heading)
                yield from ("", f"# {heading}: {fields[name].description}")
            yield f"[[{heading}]]" if isinstance(value, tuple) else f"[{heading}]"
            yield from _table(table, inner, explained)


def _at_default(settings: BaseModel, name: str) -> bool:
    field = type(settings).model_fields[name]
    return not field.is_required() and bool(getattr(settings, name) == field.get_default())


def _holds_tables(value: object) -> bool:
    return any(True for _ in _tables(value))


def _tables(value: object) -> Iterable[BaseModel]:
    if isinstance(value, BaseModel):
        return (value,)
    return [entry for entry in value if isinstance(entry, BaseModel)] if isinstance(value, tuple) else ()


def _value(value: Any) -> str:
    if isinstance(value, Enum):
        return _value(value.value)
    if isinstance(value, PurePath):
        return _value(value.as_posix())
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for DEL, which only TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
