"""The words of pages stand in one catalogue: templates have none of their own, nor have modules that are through."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib

import pytest

from conventions.tree import PACKAGE, ROOT
from evalkit import catalogue
from evalkit.errors import UsageError

TEMPLATES = PACKAGE / "report" / "templates"
# report modules whose words are all in the catalogue; the others still build sentences of their own
THROUGH = ("charts", "costs", "files", "html", "limits", "pdf", "reading", "signature", "sparkline", "together")
_JINJA = re.compile(
    r"{% block (?:style|scripts|width) %}.*?{% endblock %}|{%.*?%}|{{.*?}}|{#.*?#}"
    r"|<style>.*?</style>|<script>.*?</script>|<!--.*?-->",
    re.DOTALL,
)
_SPOKEN = re.compile(r"""\b(?:aria-label|alt|title|placeholder)="([^"]*)\"""")
_PROSE = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}")


def jinja_words(source: str) -> list[str]:
    """Words that a web template says of its own: between its tags, and in attributes that are read aloud."""
    plain = _JINJA.sub(" ", source)
    spoken = [text for text in _SPOKEN.findall(plain) if re.search("[A-Za-z]{3}", text)]
    return spoken + re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", plain))


def typst_words(source: str) -> list[str]:
    """Runs of words in a print template that are no code: after a heading mark, or beginning with a capital."""
    plain = re.sub(r"//[^\n]*", "", source)
    headings = re.findall(r"^\s*=+ +([A-Z][a-z]+.*)$", plain, re.MULTILINE)
    return headings + re.findall(r"\b[A-Z][a-z]+ [a-z]{2,}(?: [a-z]{2,})+", plain)


@pytest.mark.parametrize("name", sorted(file.name for file in TEMPLATES.glob("*.j2") if "css" not in file.name))
def test_web_templates_say_nothing_of_their_own(name: str) -> None:
    assert jinja_words((TEMPLATES / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", sorted(file.name for file in TEMPLATES.glob("*.typ")))
def test_print_templates_say_nothing_of_their_own(name: str) -> None:
    assert typst_words((TEMPLATES / name).read_text(encoding="utf-8")) == []


def prose(source: str) -> list[str]:
    """Sentences in a module that are neither documentation nor the message of an error."""
    tree = ast.parse(source)
    silent = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for inner in ast.walk(node)
    }
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in silent]
    return [node.value for node in found if isinstance(node.value, str) and _PROSE.search(node.value)]


@pytest.mark.parametrize("name", THROUGH)
def test_modules_that_are_through_hold_no_prose(name: str) -> None:
    assert prose((PACKAGE / "report" / f"{name}.py").read_text(encoding="utf-8")) == []


def test_words_of_its_own_are_found() -> None:
    assert jinja_words('<h2>{{ t.a }}</h2><p class="small">How to read</p>') == ["How", "read"]
    assert jinja_words('<div aria-label="All regions">{{ x }}</div>') == ["All regions"]
    assert typst_words("= What changed\n#d.x") == ["What changed"]
    assert prose('"""Doc of a module."""\ndef f():\n    return "more than was expected"') == ["more than was expected"]
    assert prose('def f():\n    raise E("what is wrong here")') == []


def used_keys() -> set[str]:
    sources = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")]
    sources = [source for source in sources if "from evalkit.catalogue import" in source]
    found = re.findall(r"""\b(?:text|texts|words)\(\s*"([a-z_.0-9]+)\"""", "\n".join(sources))
    return set(found)


def test_every_key_that_is_asked_for_is_there() -> None:
    known = catalogue.keys()
    tables = {key.rpartition(".")[0] for key in known}
    assert sorted(key for key in used_keys() if key not in known and key not in tables) == []


def test_an_entry_is_filled_and_a_wrong_call_is_one_clear_error() -> None:
    assert catalogue.text("words.more", number="{x}") == "{x} more"
    with pytest.raises(UsageError, match=r"places \['number'\]"):
        catalogue.text("words.more")
    with pytest.raises(UsageError, match=r"Did you mean 'page\.checks'"):
        catalogue.text("page.check")
    with pytest.raises(UsageError, match="is a list"):
        catalogue.text("methods.latent")


def test_every_entry_is_a_text_or_a_list_of_texts() -> None:
    file = PACKAGE / "wording" / f"{catalogue.LANGUAGE}.toml"

    def leaves(table):
        for entry in table.values():
            yield from leaves(entry) if isinstance(entry, dict) else [entry]

    for entry in leaves(tomllib.loads(file.read_text(encoding="utf-8"))):
        assert isinstance(entry, str) or all(isinstance(one, str) for one in entry)


PSEUDO = r"""
import importlib.util, re, sys
from evalkit import catalogue
catalogue._rewritten.set(lambda entry: entry if entry == "en-GB" else f"\u27e6{entry}\u27e7")
spec = importlib.util.spec_from_file_location("made", "tests/unit/report/conftest.py")
made = importlib.util.module_from_spec(spec)
sys.modules["made"] = made
spec.loader.exec_module(made)
from evalkit.report import index_html, region_html, region_pdf, summary_of
report = made.report_with()
for page in (region_html(report), index_html(summary_of([report]))):
    body = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    said = re.findall(r'<(?:h2|th scope="col"|label)[^>]*>(.*?)</', body, flags=re.DOTALL)
    bare = [text for text in said if text and "\u27e6" not in text and text not in ("Helpline", "Website")]
    assert len(said) > 8 and not bare, bare
    for sentence in ("HOW_TO_READ_RATIO", "VERDICT_MEANINGS"):
        assert "\u27e6A rate ratio compares" in body
assert region_pdf(report)[:5] == b"%PDF-"
print("wrapped")
"""


def test_another_language_reaches_every_heading() -> None:
    done = subprocess.run([sys.executable, "-c", PSEUDO], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.strip() == "wrapped", done.stderr[-2000:]
