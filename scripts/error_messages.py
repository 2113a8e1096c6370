"""Every message that the library can raise, read from its source: what is said, what to do, and where it comes from."""

from __future__ import annotations

import ast
import functools
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

from evalkit import catalogue, vocab

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "src" / "evalkit"
RAISED: Final = ("UsageError", "DesignError", "ModelError", "CannotEstimate", "ClaimError", "ReportError", "BatchError")
"""Errors whose only content is their message; the others carry problems, each with a code."""
_NOT_SAID: Final = {
    "map",
    "join",
    "repr",
    "len",
    "str",
    "type",
    "list",
    "sorted",
    "__name__",
    "strip",
    "int",
    "replace",
}


@dataclass(frozen=True, order=True)
class Message:
    """One message as a template: what stands in angle brackets is filled in when it is raised."""

    stage: str
    kind: str
    says: str
    repair: str


@dataclass(frozen=True, order=True)
class Coded:
    """One kind of problem in a file, as one place in the code words it; empty where the words come from elsewhere."""

    code: str
    stage: str
    says: str = ""
    repair: str = ""


@functools.cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Stage and syntax tree of every module."""
    files = [(file.relative_to(PACKAGE).parts[0].removesuffix(".py"), file) for file in sorted(PACKAGE.rglob("*.py"))]
    return tuple((stage, ast.parse(file.read_text(encoding="utf-8"))) for stage, file in files)


@functools.cache
def messages(stage: str, tree: ast.Module) -> tuple[Message, ...]:
    """Every message of a module that is raised with one of the plain errors."""
    return tuple(_messages(stage, tree))


def _messages(stage: str, tree: ast.Module) -> Iterator[Message]:
    for scope in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        named = _Names(scope, tree)
        for call in _own_calls(scope):
            if isinstance(call.func, ast.Name) and call.func.id in RAISED and call.args:
                yield from _messages_of(stage, call, named)


@functools.cache
def coded(stage: str, tree: ast.Module) -> tuple[Coded, ...]:
    """Every problem that a module names by a code, as a keyword or for a parameter called ``code``."""
    return tuple(_coded(stage, tree))


def _coded(stage: str, tree: ast.Module) -> Iterator[Coded]:
    signatures = {**_methods(), **_signatures(tree)}
    if not any(getattr(node, "arg", None) == "code" or _called_with_code(node, signatures) for node in ast.walk(tree)):
        return
    for scope in (tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))):
        named = _Names(scope, tree)
        for call in _own_calls(scope):
            parameters = signatures.get(_called(call), [])
            parameters = parameters[1:] if parameters[:1] == ["self"] else parameters
            given = {
                **dict(zip(parameters, call.args, strict=False)),
                **{k.arg: k.value for k in call.keywords if k.arg},
            }
            for code in _constants(given["code"]) if "code" in given else ():
                if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code):
                    words = [_words(given.get(name), named) for name in ("what", "repair")]
                    yield Coded(code, stage, *words)


@functools.cache
def _methods() -> dict[str, list[str]]:
    """Parameters of every method of the library that takes a code."""
    return {name: given for _, tree in sources() for name, given in _signatures(tree).items() if given[0] == "self"}


def _signatures(tree: ast.Module) -> dict[str, list[str]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = {function.name: _parameters(function) for function in functions}
    return {name: parameters for name, parameters in found.items() if "code" in parameters}


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def _called_with_code(node: ast.AST, signatures: dict[str, list[str]]) -> bool:
    return isinstance(node, ast.Call) and _called(node) in signatures


def _called(call: ast.Call) -> str:
    """The last name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _words(value: ast.expr | None, named: _Names) -> str:
    """The template of a text, empty where it is not written here."""
    text = "" if value is None else _template(value, named)
    return "" if re.fullmatch(r"<[^>]*>", text) else text


def _own_calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Calls in a function, without those of functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _own_calls(child)


class _Names:
    """Texts that names are given in a function; a name stands for what it was given last before the place of use."""

    def __init__(self, scope: ast.AST, module: ast.Module) -> None:
        own = [] if scope is module else ast.walk(scope)
        given = [node for node in (*module.body, *own) if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
        self.given = [
            (node.lineno, name.id, node.value)
            for node in given
            for name in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(name, ast.Name)
        ]

    def text(self, name: ast.Name) -> ast.expr | None:
        """The text that a name stands for where it is used; None where it is no text, or not from here."""
        before = [(line, value) for line, known, value in self.given if known == name.id and line <= name.lineno]
        value = max(before, key=lambda found: found[0])[1] if before else None
        written = isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))
        return value if written or _from_catalogue(value) else None


def _messages_of(stage: str, call: ast.Call, named: _Names) -> Iterator[Message]:
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    first = call.args[0]
    said = _template(first, named)
    if re.fullmatch(r"<[^>]*>", said):
        return  # a message that was made elsewhere, and is listed there
    if kind == "CannotEstimate":
        remedy = _template(call.args[1], named) if len(call.args) > 1 else ""
        yield Message(stage, kind, f"{said}.", f"{remedy}." if remedy else "")
        return
    yield Message(stage, kind, *_split(said))


def _split(said: str) -> tuple[str, str]:
    """What is wrong, and what to do: from "Allowed" on, or the last sentence, or what follows a semicolon."""
    sentences = re.split(r"(?<=[.?])\s+(?=[A-Z<'`]|evalkit )", said.strip())
    for number, sentence in enumerate(sentences):
        if number and sentence.startswith(("Allowed", "Did you mean")):
            return " ".join(sentences[:number]), " ".join(sentences[number:])
    if len(sentences) > 1:
        return " ".join(sentences[:-1]), sentences[-1]
    wrong, found, repair = said.partition("; ")
    return (f"{wrong}.", repair[:1].upper() + repair[1:]) if found else (said, "")


def _template(value: ast.expr, named: _Names, depth: int = 0) -> str:
    """The text of an expression, with ``<name>`` for what is only known when it runs."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.Call) and _called(value) == "unknown":
        what = _template(value.args[0], named, depth)
        return f"Unknown {what} <value>. Did you mean <nearest>? Allowed: <all of them>."
    if isinstance(value, ast.Call) and _called(value) == "counted" and len(value.args) == 2:
        number, noun = value.args
        many = catalogue.noun_forms(str(noun.value))[1] if isinstance(noun, ast.Constant) else f"<{_name(noun)}>"
        return f"{_template(number, named, depth + 1)} {many}"
    if _from_catalogue(value):
        return _filled(value, named, depth)
    if isinstance(value, ast.JoinedStr):
        return "".join(_template(part, named, depth) for part in value.values)
    if isinstance(value, ast.FormattedValue):
        return _template(value.value, named, depth + 1)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _template(value.left, named, depth) + _template(value.right, named, depth)
    if isinstance(value, ast.Name) and depth < 2 and (text := named.text(value)) is not None:
        return _template(text, named, depth + 1)
    if isinstance(value, ast.Name) and isinstance(word := getattr(vocab, value.id, None), str):
        return word
    return f"<{_name(value)}>"


def _from_catalogue(value: ast.expr | None) -> TypeGuard[ast.Call]:
    """Whether an expression is an entry of the catalogue, asked for in so many words."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "text"):
        return False
    return len(value.args) == 1 and isinstance(value.args[0], ast.Constant) and "." in str(value.args[0].value)


def _filled(call: ast.Call, named: _Names, depth: int) -> str:
    """The entry of the catalogue that a call asks for, its places as the text of what is put into them."""
    key = call.args[0]
    assert isinstance(key, ast.Constant)
    places = {one.arg: one.value for one in call.keywords if one.arg is not None}
    entry, _ = catalogue._text(str(key.value))
    return "".join(
        said + (_template(places[place], named, depth + 1) if place is not None else "")
        for said, place, _, _ in string.Formatter().parse(entry)
    )


def _name(value: ast.expr) -> str:
    """A short word for a value: the last name in it."""
    found = [node for node in ast.walk(value) if isinstance(node, ast.Attribute | ast.Name)]
    names = [node.attr if isinstance(node, ast.Attribute) else node.id for node in found]
    plain = [name for name in names if name not in _NOT_SAID]
    return (plain or ["…"])[0].replace("_", " ").strip()


def _constants(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_constants(value.body), *_constants(value.orelse))
