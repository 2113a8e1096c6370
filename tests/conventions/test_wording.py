"""Words that the product does not use, and things that have no place in a public repository."""

from __future__ import annotations

import re

import pytest

from conventions.tree import project_texts

# a word in quotation marks is talked about, not used
QUOTED = r"""(?<!["'`“‘])"""
FORBIDDEN = {
    "an estimate has an interval, not a test result": (
        QUOTED + r"\b(in|non-?)?significan(t|tly|ce)\b(?! (figures?|digits?))",
        QUOTED + r"\bp\s?[<≤]\s?0?\.\d",
        r"(?<![*\w])\*{2,3} ?p\b",
    ),
    "an evaluation does not prove": (QUOTED + r"\b(dis)?prove[sdn]?\b", QUOTED + r"\bproof that\b"),
    "the subject is grave: neutral prose": (
        QUOTED + r"\b(predators?|paedophiles?|pedophiles?|perverts?|monsters?|evil|vile|sick(o|ening)|horrific)\b",
        QUOTED + r"\b(shocking|staggering|alarming|skyrocket\w*|soar(s|ed|ing)?|explod(e|es|ed|ing)|epidemic of)\b",
    ),
    "unfinished": (r"\b(TODO|FIXME|XXX|HACK)\b", r"\bNotImplementedError\b", r"\b(coming soon|not yet implemented)\b"),
}
PLACES = {
    "a path of one machine": (r"(?<![\w.~})])/(work|root|home|Users|opt)/\w",),
    "a package registry": (r"\b(pypi\.org|pythonhosted\.org|conda\.anaconda\.org|registry\.npmjs\.org)\b",),
}
PROSE = (".md", ".py", ".toml", ".yml", ".ipynb", ".typ", ".html", ".j2", ".cff", ".sh")
OWN = "tests/conventions/"


def faults(name: str, text: str, rules: dict[str, tuple[str, ...]]) -> list[str]:
    """Every forbidden word of a text, with its line and the rule it breaks."""
    return [
        f"{name}:{number}: {found.group(0)!r} ({rule})"
        for rule, patterns in rules.items()
        for pattern in patterns
        for number, line in enumerate(text.splitlines(), 1)
        for found in re.finditer(pattern, line, 0 if rule == "unfinished" else re.IGNORECASE)
    ]


def test_product_text_keeps_to_its_words() -> None:
    texts = [(name, text) for name, text in project_texts(*PROSE) if not name.startswith("tests/")]
    assert texts
    assert [fault for name, text in texts for fault in faults(name, text, FORBIDDEN)] == []


def test_nothing_names_a_machine_or_a_registry() -> None:
    texts = [(name, text) for name, text in project_texts() if not name.startswith(OWN)]
    assert texts
    assert [fault for name, text in texts for fault in faults(name, text, PLACES)] == []


@pytest.mark.parametrize(
    "text",
    [
        "The change was statistically significant.",
        "an insignificant rise",
        "(p < 0.05)",
        "This proves that the campaign worked.",
        "Contacts soared after launch.",
        "a shocking rise",
        "# TODO: finish",
        "raise NotImplementedError",
    ],
)
def test_a_forbidden_word_is_found(text: str) -> None:
    assert len(faults("sample.md", f"A line before.\n{text}", FORBIDDEN)) == 1


@pytest.mark.parametrize(
    "text",
    [
        'Not used: "significant", stars, "proves".',
        "three significant figures",
        "staggered launches",
        "improves the fit; provenance of the data",
        "todo lists are kept elsewhere",
        "people who sought help",
    ],
)
def test_other_words_are_let_through(text: str) -> None:
    assert faults("sample.md", text, FORBIDDEN) == []


@pytest.mark.parametrize(
    "text", ["see /home/someone/notes", "read /opt/data", "'/Users/a/b'", "index: https://pypi.org/simple"]
)
def test_a_machine_path_or_a_registry_is_found(text: str) -> None:
    assert len(faults("sample.md", text, PLACES)) == 1


@pytest.mark.parametrize("text", ["data/home/page", "https://example.org/work/a", "~/work/a", "$(ROOT)/opt/x"])
def test_other_paths_are_let_through(text: str) -> None:
    assert faults("sample.md", text, PLACES) == []
