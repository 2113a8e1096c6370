"""Public names are listed, documented and typed."""

from __future__ import annotations

import importlib
import inspect
import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from conventions.tree import PACKAGE


def exporting_modules() -> list[str]:
    """The facade and every stage that is a package."""
    stages = sorted(init.parent.name for init in PACKAGE.glob("*/__init__.py"))
    return ["evalkit", *(f"evalkit.{stage}" for stage in stages if not stage.startswith("_"))]


def faults(module: types.ModuleType) -> list[str]:
    """What is wrong with the public names of a module."""
    if not hasattr(module, "__all__"):
        return [f"{module.__name__} has no __all__"]
    listed = list(module.__all__)
    there = [name for name in listed if hasattr(module, name)]
    return [
        *(f"{module.__name__}.{name} is listed but not there" for name in sorted(set(listed) - set(there))),
        *(f"{module.__name__}.{name} is listed twice" for name in sorted(set(listed)) if listed.count(name) > 1),
        *(fault for name in there for fault in _faults_of(f"{module.__name__}.{name}", getattr(module, name))),
    ]


def _faults_of(name: str, thing: object) -> Iterator[str]:
    if inspect.isclass(thing):
        yield from _undocumented(name, thing)
        for member, function in _own_methods(thing):
            if not _is_listed_attribute(thing, member):
                yield from _undocumented(f"{name}.{member}", function)
            yield from _untyped(f"{name}.{member}", function)
    elif inspect.isfunction(thing):
        yield from _undocumented(name, thing)
        yield from _untyped(name, thing)


def _own_methods(cls: type) -> Iterator[tuple[str, types.FunctionType]]:
    for member, value in vars(cls).items():
        function = next((getattr(value, part) for part in ("fget", "__func__", "func") if hasattr(value, part)), value)
        if not member.startswith("_") and inspect.isfunction(function):
            yield member, function


def _is_listed_attribute(cls: type, member: str) -> bool:
    """Whether a property is described in the ``Attributes`` section of its class."""
    _, _, section = (cls.__doc__ or "").partition("Attributes\n")
    return isinstance(vars(cls)[member], property) and re.search(rf"^\s*(\w+, )*{member}\b", section, re.M) is not None


def _undocumented(name: str, thing: type | types.FunctionType) -> Iterator[str]:
    text = thing.__doc__ or ""
    made_by_dataclass = inspect.isclass(thing) and text.startswith(f"{thing.__name__}(")
    if not text.strip() or made_by_dataclass:
        yield f"{name} has no docstring"


def _untyped(name: str, function: types.FunctionType) -> Iterator[str]:
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        if parameter.annotation is inspect.Parameter.empty and parameter.name not in {"self", "cls"}:
            yield f"{name}: parameter {parameter.name} has no type"
    if signature.return_annotation is inspect.Signature.empty:
        yield f"{name} does not say what it returns"


@pytest.mark.parametrize("name", exporting_modules())
def test_public_names_are_listed_documented_and_typed(name: str) -> None:
    assert faults(importlib.import_module(name)) == []


BAD = '''
from dataclasses import dataclass
__all__ = ["Bare", "Methods", "gone", "silent", "untyped", "unreturned", "gone"]
@dataclass
class Bare:
    a: int
class Methods:
    """Documented.

    Attributes
    ----------
    listed : int
        Described here.
    """
    def silent(self) -> None: ...
    @property
    def listed(self) -> int: ...
    @property
    def unlisted(self) -> int: ...
    @property
    def value(self): "Documented."
def silent(a: int) -> int: return a
def untyped(a, *, b=1) -> int:
    """Documented."""
def unreturned(a: int):
    """Documented."""
'''


def test_every_kind_of_fault_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad_sample.py").write_text(BAD, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("bad_sample")
    assert faults(module) == [
        "bad_sample.gone is listed but not there",
        "bad_sample.gone is listed twice",
        "bad_sample.Bare has no docstring",
        "bad_sample.Methods.silent has no docstring",
        "bad_sample.Methods.unlisted has no docstring",
        "bad_sample.Methods.value does not say what it returns",
        "bad_sample.silent has no docstring",
        "bad_sample.untyped: parameter a has no type",
        "bad_sample.untyped: parameter b has no type",
        "bad_sample.unreturned does not say what it returns",
    ]
    del module.__all__
    assert faults(module) == ["bad_sample has no __all__"]


def test_the_reference_page_lists_the_names_of_the_facade_and_no_others() -> None:
    page = (PACKAGE.parents[1] / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)
    assert sorted(listed) == sorted(importlib.import_module("evalkit").__all__)
