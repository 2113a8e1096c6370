"""Settings files: TOML in, typed settings out, with every problem named at once."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from evalkit.errors import DataError, Problem, nearest, unknown

Settings = TypeVar("Settings", bound=BaseModel)
Location = tuple[int | str, ...]

_EXPECTED: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "path_type": "a path as text in quotes",
    "tuple_type": "a list in square brackets",
    "model_type": "a table",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than": "less than {lt:g}",
    "less_than_equal": "{le:g} or less",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
}
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (dt.date, "a date"),
    (list, "a list"),
    (dict, "a table"),
)


def read_toml(path: Path, *, error: type[DataError]) -> dict[str, Any]:
    """The tables of a TOML file (UTF-8, with or without byte order mark).

    Raises
    ------
    DataError
        Of the class given as ``error``, where the file is missing, is not text or is not TOML (with the line).
    """
    if not path.is_file():
        raise error(str(path), [missing_file(path)])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as reason:
        what = f"{path.name} is not UTF-8 text (byte {reason.start + 1} is {reason.object[reason.start]:#04x})."
        raise error(str(path), [Problem(code="not-utf8", what=what, repair="Save it as UTF-8.")]) from reason
    except tomllib.TOMLDecodeError as reason:
        what = f"{path.name} is not valid TOML: {reason}."
        repair = 'Mend that line; text and dates such as "2019-05" stand in double quotes.'
        raise error(str(path), [Problem(code="not-toml", what=what, repair=repair)]) from reason


def read_settings(values: Mapping[str, Any], model: type[Settings], *, source: str, error: type[DataError]) -> Settings:
    """Typed settings from the tables of a TOML file.

    Raises
    ------
    DataError
        Of the class given as ``error``, naming ``source`` and every unknown key (with the nearest match), missing key
        and value of the wrong kind or out of range.
    """
    problems = settings_problems(values, model)
    if problems:
        raise error(source, problems)
    return model.model_validate(values)


def settings_problems(values: Mapping[str, Any], model: type[BaseModel]) -> list[Problem]:
    """Everything that keeps ``values`` from being settings of the kind ``model``; empty where nothing does."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [_problem(detail, model) for detail in error.errors(include_url=False)]
    return []


def missing_file(path: Path, key: str = "") -> Problem:
    """The problem that ``path`` (given under ``key``) does not exist, with the nearest name that does."""
    named = f"{key} is {path.name!r}, but that file" if key else f"{path.name}"
    if path.is_dir():
        what = f"{named} is a folder, not a file."
        return Problem(code="not-a-file", what=what, repair="Name a file inside it.")
    if not path.parent.is_dir():
        what = f"{named} does not exist, nor does the folder {path.parent.name!r} that should hold it."
        return Problem(code="missing-file", what=what, repair="Mend the path, which is relative to this file.")
    match = nearest(path.name, [entry.name for entry in sorted(path.parent.iterdir()) if entry.is_file()])
    hint = f" Did you mean {match!r}?" if match else ""
    return Problem(
        code="missing-file",
        what=f"{named} does not exist in {path.parent.name or '.'!r}.{hint}",
        repair="Put the file there or mend the path.",
    )


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    location = detail["loc"]
    owner, field = _at(model, location)
    if detail["type"] == "extra_forbidden":
        what = unknown(f"key{_inside(location)}", location[-1], tuple(owner.model_fields))
        return Problem(code="unknown-key", what=what, repair="Mend the spelling or take the key out.")
    meaning = (
        f"{_dotted(location)} is {field.description}."
        if field and field.description
        else "See the reference of this file."
    )
    if detail["type"] == "missing":
        return Problem(code="missing-key", what=f"{location[-1]!r} is missing{_inside(location)}.", repair=meaning)
    if not location:
        return Problem(code="contradiction", what=_sentence(_expected(detail)), repair="Mend one of the two.")
    received = f"{_dotted(location)} is {_shown(detail['input'])}"
    return Problem(code="wrong-value", what=_sentence(f"{received}; allowed: {_expected(detail)}"), repair=meaning)


def _expected(detail: ErrorDetails) -> str:
    template = _EXPECTED.get(detail["type"])
    if template is None:
        return detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    expected = template.format(**detail.get("ctx", {}))
    options = str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
    match = nearest(str(detail["input"]), [option.strip("'") for option in options])
    return f"{expected}. Did you mean {match!r}?" if match and detail["type"] in ("literal_error", "enum") else expected


def _at(model: type[BaseModel], location: Location) -> tuple[type[BaseModel], FieldInfo | None]:
    """The settings class that the last key of ``location`` belongs to, and the field, if there is one."""
    owner, inner, field = model, model, None
    for key in (part for part in location if isinstance(part, str)):
        owner = inner
        field = owner.model_fields.get(key)
        inner = (_settings_in(field.annotation) if field else None) or inner
    return owner, field


def _settings_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _settings_in(part))), None)


def _inside(location: Location) -> str:
    return f" in {_dotted(location[:-1])}" if len(location) > 1 else ""


def _dotted(location: Sequence[int | str]) -> str:
    """``("regions", 0, "name")`` as ``regions[1].name``: entries count from one, as people do."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _shown(value: object, longest: int = 60) -> str:
    kind = next((name for cls, name in _KINDS if isinstance(value, cls)), type(value).__name__)
    text = repr(value)
    return f"{text if len(text) <= longest else text[: longest - 1] + '…'} ({kind})"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."
