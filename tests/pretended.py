"""A pretended language: every text of the catalogue in brackets, as a file that a translator would write."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from conventions.tree import PACKAGE

OPEN, SHUT = "«", "»"
CODE = "cy-GB"
ENGLISH = PACKAGE / "wording" / "en.toml"


def in_brackets(entry: str) -> str:
    """A text in brackets, each line by itself, as lines are drawn one by one."""
    return "\n".join(f"{OPEN}{line}{SHUT}" for line in entry.split("\n"))


def other_words(entry: str) -> str:
    """A text in which every word is another one."""
    return "".join(part if part.startswith("{") else part.swapcase() for part in re.split(r"(\{[^}]*\})", entry))


def translated(how: Callable[[str], str] = in_brackets) -> dict[str, Any]:
    """Every entry of English said in another way, with the patterns and the code of the language."""
    english = tomllib.loads(ENGLISH.read_text(encoding="utf-8"))
    entries = _said(english, how)
    entries["disclosure"]["quoted"] = english["disclosure"]["quoted"]
    entries["page"]["lang"] = CODE
    return entries


def _said(entry: Any, how: Callable[[str], str]) -> Any:
    if isinstance(entry, Mapping):
        return {name: _said(one, how) for name, one in entry.items()}
    return [how(one) for one in entry] if isinstance(entry, list) else how(entry)


def toml(table: Mapping[str, Any], above: str = "") -> str:
    """Tables of texts and lists of texts as TOML."""
    lines = [
        f"{name} = {json.dumps(entry, ensure_ascii=False)}"
        for name, entry in table.items()
        if not isinstance(entry, Mapping)
    ]
    inner = {name: entry for name, entry in table.items() if isinstance(entry, Mapping)}
    parts = [toml(entry, f"{above}{name}.") for name, entry in inner.items()]
    head = f"[{above[:-1]}]\n" if above and lines else ""
    return head + "\n".join([*lines, "", *parts])
