"""The parameters of a notebook, read from its cell tagged ``parameters`` and checked before anything runs."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evalkit.errors import BatchError, UsageError, unknown

_NAMES: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}
_UNKNOWN: Final = object()


def checked_parameters(source: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as a notebook may take them; paths become text.

    papermill itself only warns of a name that the notebook does not have, and runs with the default.

    Parameters
    ----------
    source : Path
        A notebook with a cell tagged ``parameters`` that assigns a default to each.
    parameters : mapping
        Values by name. A value must be of the kind of its default; a whole number may stand for a number, and where the
        default is None or no plain value, anything goes.

    Raises
    ------
    UsageError
        A name that the notebook does not have, with the nearest match, or a value of another kind.
    BatchError
        The notebook cannot be read.
    """
    given = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in parameters.items()}
    if not given:
        return given
    defaults = notebook_defaults(source)
    for name, value in given.items():
        if name not in defaults:
            if not defaults:
                raise UsageError(f"{source.name} takes no parameters; got {name!r}. Tag a cell 'parameters' in it.")
            raise UsageError(unknown(f"parameter of {source.name}", name, list(defaults)))
        if not _fits(value, defaults[name]):
            allowed = _NAMES.get(type(defaults[name]), type(defaults[name]).__name__)
            raise UsageError(
                f"The parameter {name!r} of {source.name} is {value!r} ({type(value).__name__}). Allowed: {allowed}, "
                f"such as its default {defaults[name]!r}."
            )
    return given


def notebook_defaults(source: Path) -> dict[str, Any]:
    """Names and defaults of a notebook's parameters, in their order; empty where no cell is tagged ``parameters``."""
    import nbformat

    read: Any = nbformat.read
    try:
        notebook = read(source, as_version=4)
    except Exception as problem:
        raise BatchError(
            f"The notebook {source} cannot be read: {problem}. Name a notebook file (.ipynb)."
        ) from problem
    cell = next((cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])), None)
    if cell is None:
        return {}
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as problem:
        raise BatchError(f"The parameters cell of {source} is not Python: {problem}.") from problem
    return dict(_assigned(tree))


def _assigned(tree: ast.Module) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for line in tree.body:
        if isinstance(line, ast.Assign):
            found += [(target.id, _literal(line.value)) for target in line.targets if isinstance(target, ast.Name)]
        elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            found.append((line.target.id, _literal(line.value)))
    return found


def _literal(value: ast.expr | None) -> Any:
    try:
        return _UNKNOWN if value is None else ast.literal_eval(value)
    except ValueError:
        return _UNKNOWN


def _fits(value: Any, default: Any) -> bool:
    if default is None or default is _UNKNOWN:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    if isinstance(default, (list, tuple)):
        return isinstance(value, (list, tuple))
    return isinstance(value, type(default))
