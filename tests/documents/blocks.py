"""Code blocks of Markdown pages: run in order, in one folder, with the names that earlier ones made."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.cli import main

FENCE = re.compile(r"^(?P<ticks>```+|~~~+)(?P<kind>[\w-]*)\s*$")
MARK = re.compile(r"^<!--\s*(?P<what>not run|exit code)\s*:\s*(?P<value>.+?)\s*-->$")
OUTPUT = "<!-- output of the command above -->"
RUN = ("python", "sh", "toml")
"""Kinds that are run; ``text`` and ``json`` are shown only. A kind that is neither is a fault of the page."""
SHOWN = ("text", "json")


@dataclass(frozen=True)
class Block:
    """One block, with the first line of its code, and what a comment in the line above says about it."""

    line: int
    kind: str
    code: str
    not_run: str = ""
    exit_code: int = 0
    is_output: bool = False


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block of a page."""
    lines = text.splitlines()
    number, above = 0, ""
    while number < len(lines):
        opened = FENCE.match(lines[number])
        if opened is None:
            above = lines[number] if lines[number].strip() else above
            number += 1
            continue
        end = next(n for n in range(number + 1, len(lines)) if lines[n].strip() == opened["ticks"])
        marked = MARK.match(above.strip())
        said = {marked["what"]: marked["value"]} if marked else {}
        yield Block(
            line=number + 2,
            kind=opened["kind"],
            code="\n".join(lines[number + 1 : end]),
            not_run=said.get("not run", ""),
            exit_code=int(said.get("exit code", 0)),
            is_output=above.strip() == OUTPUT,
        )
        number, above = end + 1, ""


def indented_commands(text: str) -> list[str]:
    """Lines of indented blocks that call evalkit: they would escape the runner, so they have to be fenced."""
    outside = re.sub(r"^(```+|~~~+).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line.strip() for line in outside.splitlines() if re.match(r"    (evalkit |import evalkit|ek\.)", line)]


def run_page(text: str, folder: Path) -> None:
    """Run a page's blocks in a folder, one after the other.

    Raises
    ------
    AssertionError
        Naming the line of the block that fails, with what it said.
    """
    printed = ""
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *things: [repr(thing) for thing in things]}
    with contextlib.chdir(folder):
        for block in blocks(text):
            if block.is_output:
                lost = [line for line in block.code.splitlines() if line not in printed]
                assert not lost, f"line {block.line}: not in the output: {lost}; it was: {printed}"
            if block.not_run or block.kind in SHOWN:
                continue
            assert block.kind in RUN, f"line {block.line}: a block of kind {block.kind!r}; allowed: {RUN + SHOWN}"
            try:
                printed = _run(block, names)
            except Exception as problem:
                raise AssertionError(
                    f"line {block.line}: {type(problem).__name__}: {problem}\n{block.code}"
                ) from problem


def _run(block: Block, names: dict[str, Any]) -> str:
    """Run a block; give back what it printed."""
    if block.kind == "toml":
        tomllib.loads(block.code)
        return ""
    if block.kind == "python":
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(block.code, f"line {block.line}", "exec"), names)
        _close_figures()
        return out.getvalue()
    if "evalkit" not in block.code:
        return subprocess.run(["bash", "-ec", block.code], check=True, capture_output=True, text=True).stdout
    commands = re.sub(r"\\\n", " ", block.code).splitlines()
    return "".join(_command(part, block.exit_code) for line in commands for part in re.split(r"\s+&&\s+", line))


def _command(text: str, expected: int) -> str:
    words = shlex.split(text, comments=True)
    if not words or words[0] != "evalkit":
        return subprocess.run(["bash", "-ec", text], check=True, capture_output=True, text=True).stdout
    redirected = Path(words.pop()) if ">" in words and words[-2] == ">" else None
    arguments = [word for word in words[1:] if word != ">"]
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as left:
            code = left.code
    assert code == expected, f"exit code {code} instead of {expected}: {err.getvalue()[-600:]}"
    if redirected is not None:
        redirected.write_text(out.getvalue(), encoding="utf-8")
    return out.getvalue()


def _close_figures() -> None:
    import matplotlib.pyplot as plt

    plt.close("all")
