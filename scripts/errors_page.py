"""Write docs/reference/errors.md: every message that the library can raise, with its cause and its repair.

python -m scripts.errors_page          write the page
python -m scripts.errors_page --check  exit code 1, and what is missing, where the page is not that of the code
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from scripts.error_messages import ROOT, Coded, Message, coded, messages, sources

PAGE: Final = ROOT / "docs" / "reference" / "errors.md"
TEXTS: Final = ROOT / "docs" / "site" / "errors.toml"
KINDS: Final = {
    "UsageError": "an argument or option that is not allowed",
    "DesignError": "a design that the series cannot carry, or whose parts contradict each other",
    "ModelError": "a model that was asked for something it does not do",
    "CannotEstimate": "the data cannot say; in an effect it becomes `NotEstimable` with the same reason",
    "ClaimError": "a claim that says nothing that could be true, or cannot be read",
    "ReportError": "a report that cannot be written",
    "BatchError": "a batch that cannot start or go on",
}
_SAID: Final = "What the message says."
INTRODUCTION: Final = """\
# Errors and repairs

Every message that evalkit can raise, made from its source by `python -m scripts.errors_page`. Words in *italics* are
filled in: the value received, what is allowed, the nearest match.

On the command line a message stands on standard error, the exit code is 2, and nothing was written. In Python every
error is an `evalkit.errors.EvalkitError`; a problem in a file is a `DataError`, whose `.problems` has all of them with
their rows, and the code below. `evalkit validate FILE…` lists the same problems without running anything, and notes
that stop nothing.

A message that begins "this is a fault in evalkit" is none of these. Set `EVALKIT_DEBUG=1` to see where it happened,
and report it.

A message that is not on this page comes from another library or from a later version.
"""


def page() -> str:
    """The whole page as Markdown."""
    texts = _texts()
    parts = [INTRODUCTION, "## Problems in files, by code", "", *_codes(texts), "", "## Other errors, by kind"]
    by_kind: dict[str, set[Message]] = defaultdict(set)
    for stage, tree in sources():
        for message in messages(stage, tree):
            by_kind[message.kind].add(message)
    for kind, meaning in KINDS.items():
        parts += ["", f"### {kind}", "", f"{meaning[0].upper()}{meaning[1:]}.", ""]
        parts += ["| what it says | what to do |", "|---|---|"]
        parts += sorted({f"| {_cell(m.says)} | {_cell(_repair(m, texts) or _SAID)} |" for m in by_kind[kind]})
    return "\n".join(parts) + "\n"


def missing() -> list[str]:
    """Codes and messages for which neither the code nor ``docs/site/errors.toml`` says a cause and a repair."""
    texts = _texts()
    codes = [f"[codes.{code}] needs a cause and a repair" for code, said in _by_code(texts).items() if not all(said)]
    plain = {message for stage, tree in sources() for message in messages(stage, tree)}
    return [*codes, *sorted(f'[repairs] needs "{m.says}" = …' for m in plain if not _repair(m, texts))]


def _texts() -> dict[str, Any]:
    return {"codes": {}, "repairs": {}, **tomllib.loads(TEXTS.read_text(encoding="utf-8"))}


def _repair(message: Message, texts: dict[str, Any]) -> str:
    if message.repair:
        return message.repair
    if message.kind == "CannotEstimate":
        return "Nothing to mend: the data cannot say. The effect names the reason."
    return str(texts["repairs"].get(message.says, ""))


def _by_code(texts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Cause and repair of each code: from the file of texts, else in the words of the code itself."""
    found: dict[str, list[Coded]] = defaultdict(list)
    for stage, tree in sources():
        for problem in coded(stage, tree):
            found[problem.code].append(problem)
    return {code: _said(code, places, texts) for code, places in sorted(found.items())}


def _said(code: str, places: list[Coded], texts: dict[str, Any]) -> tuple[str, str]:
    if code in texts["codes"]:
        return texts["codes"][code]["cause"], texts["codes"][code]["repair"]
    whole = [place for place in places if place.says and place.repair]
    causes, repairs = (list(dict.fromkeys(words)) for words in ([p.says for p in whole], [p.repair for p in whole]))
    return " Or: ".join(causes), " Or: ".join(repairs)


def _codes(texts: dict[str, Any]) -> Iterator[str]:
    yield from ("| code | what is wrong | what to do |", "|---|---|---|")
    for code, (cause, repair) in _by_code(texts).items():
        yield f"| `{code}` | {_cell(cause)} | {_cell(repair)} |"


def _cell(text: str) -> str:
    """A template as a cell of a Markdown table: placeholders in italics, everything else as it stands."""
    escaped = re.sub(r"([\\|*_\[\]`$#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"<([^<>]+)>", r"*\1*", escaped).replace("<", "&lt;")


def main() -> None:
    """Write the page, or check it."""
    wanting = [f"{TEXTS.relative_to(ROOT)}: {line}" for line in missing()]
    if "--check" in sys.argv:
        sys.exit("\n".join(wanting) or int(PAGE.read_text(encoding="utf-8") != page()))
    PAGE.write_text(page(), encoding="utf-8")
    print("\n".join(wanting))


if __name__ == "__main__":
    main()
