"""The reference page of mapping files, made from the settings themselves: ``docs/reference/mapping.md``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from evalkit.contacts.ingest.mapping import Mapping

_HEAD: Final = """# Mapping file

What `evalkit ingest` needs to know about a log, as TOML. Paths are relative to the file. An unknown key is an error
that names the nearest one that exists; all problems are reported together. To write one: [ingest](../how-to/ingest.md).

This page is made from the settings themselves; a test holds it to them.
"""
_TOP: Final = "At the top of the file"


def mapping_reference() -> str:
    """The page, as Markdown."""
    return "\n".join([_HEAD, *_section(_TOP, "", Mapping)]) + "\n"


def _section(title: str, about: str, settings: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}\n"
    if about:
        yield f"{about}\n"
    yield "| key | what it is | unless said otherwise |"
    yield "|---|---|---|"
    inner = []
    for name, field in settings.model_fields.items():
        table = _settings_of(field)
        if table is None:
            yield f"| `{name}` | {_escaped(field.description or '')} | {_default(field)} |"
        else:
            inner.append((name, field, table))
    yield ""
    for name, field, table in inner:
        several = "tuple" in str(field.annotation)
        heading = f"`[[{name}]]`, any number of them" if several else f"`[{name}]`"
        needed = ", needed" if field.is_required() else ""
        yield from _section(f"{heading}{needed}", _sentence(field.description or ""), table)


def _settings_of(field: FieldInfo) -> type[BaseModel] | None:
    """The settings class of a field that is a table."""
    candidates = [field.annotation, *(part for part in get_args(field.annotation))]
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.default
    if value is PydanticUndefined or value is None or value == () or value == "":
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "every day" if isinstance(value, tuple) else f'`"{value}"`'


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
