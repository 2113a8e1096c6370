"""The words of pages stand in one catalogue: templates have none of their own, nor have modules that are through."""

from __future__ import annotations

import ast
import json
import re
import tomllib

import pytest

from conventions.tree import PACKAGE, ROOT
from evalkit import catalogue, vocab
from evalkit.errors import UsageError
from evalkit.languages import PATTERNS
from evalkit.report.notebook import said

TEMPLATES = PACKAGE / "report" / "templates"
EXPLORER = PACKAGE / "explorer" / "explorer.js"
# every module of reports, and those of batches whose words stand on pages
THROUGH = sorted(
    file.relative_to(PACKAGE).as_posix()
    for file in (
        *(PACKAGE / "report").rglob("*.py"),
        *(PACKAGE / "explorer").rglob("*.py"),
        *(PACKAGE / "batch" / f"{name}.py" for name in ("costs", "disclosure", "display", "overview", "summary")),
    )
)
# strings that look like words and are none for readers: what they are
NO_WORDING = {
    "no change": "a claim, which is read in English",
    "ek.estimate_effect(contacts.series({}, {}), {}, model={}{}, exposure=contacts.exposure({}, {}), "
    "sampling=ek.Sampling(draws={}){})": "code",
    '@font-face {{ font-family: "Fira Sans"; font-weight: {}; src: url({}) format("woff"); }}\n': "code",
    "dictionary: {}": "a sheet of the workbook by its name",
    "data:{};base64,{}": "an address",
    "data:font/woff;base64,{}": "an address",
    "logo.{}": "the name of a file",
    **dict.fromkeys(("Regular", "Italic", "Medium", "Bold"), "the name of a font"),
    "evalkit {}": "the name of the product with its version",
    "{} {} · evalkit {}": "the name of the product with its version",
    " per year": "part of the unit of an estimate, which is a key",
    "rate ratio": "the unit of an estimate, which is a key",
    "units of the measure": "the unit of a measure, which is a key",
    "registered event": "a noun of the catalogue by its key",
    "registered claim": "a noun of the catalogue by its key",
    **dict.fromkeys(("no clear change", "cannot tell", "not estimable"), "a finding as data files name it"),
    **dict.fromkeys(("placebo in space", "sparse data", "leave one period out", "second method"), "a check by its key"),
    **dict.fromkeys(("all regions", "all channels"), "a total as counts.csv names it"),
    **dict.fromkeys(
        ("small count", "protects another", "longer periods", "too small for a series", "known already"),
        "a rule as suppressions.csv names it",
    ),
    "region = {}\n": "code",
    '#set page(width: auto, height: auto, margin: 0pt)\n#image("chart.svg")': "code",
    "it was not estimable": "part of the message of an error",
    "its model is {}": "part of the message of an error",
    "there are no bins": "part of the message of an error",
    " and {} more": "part of the message of an error",
    "The published counts of the earlier round cannot be read: they are no counts.csv that a run wrote.": (
        "part of the message of an error"
    ),
}
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


VERDICT_KEYS = {str(kind) for kind in vocab.VerdictKind}


def typst_words(source: str) -> list[str]:
    """Words in a print template that are no code: after a heading mark, from a capital on, or in a string."""
    plain = re.sub(r"//[^\n]*", "", source)
    headings = re.findall(r"^\s*=+ +([A-Z][a-z]+.*)$", plain, re.MULTILINE)
    strings = re.findall(r"""(?<![=!]= )"([a-z]+(?: [a-z]+)+)\"""", plain)
    strings = [said for said in strings if said not in VERDICT_KEYS]
    return headings + strings + re.findall(r"\b[A-Z][a-z]+ [a-z]{2,}(?: [a-z]{2,})+", plain)


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


_LABEL = re.compile(r"(?<![\w/.#<-])[A-Za-z]{2,}[,;:]? +[a-z]{2,}|^[A-Z][a-z]+$")
_PIECE = re.compile(r"(?:^|(?<=[\s(;,]))[A-Za-z]{2,}(?=[\s).,;:]|$)")
_KEYS_IN = {
    "plural",
    "noun_forms",
    "term",
    "text",
    "texts",
    "words",
    "_column",
    "_interval",
    "cast",
    "getattr",
    "hasattr",
    "TypeVar",
}
_CODE_IN = {"xycoords", "textcoords", "style", "format"}


def _no_labels(tree: ast.Module) -> set[int]:
    """Parts of a module that no reader sees: keys of tables, comparisons, types, formats, errors, documentation."""
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.Raise() | ast.Compare() | ast.Expr(value=ast.Constant()):
                found.append(node)
            case ast.Dict(keys=keys):
                found += [key for key in keys if key is not None]
            case ast.Subscript(slice=inner) | ast.FormattedValue(format_spec=ast.JoinedStr() as inner):
                found.append(inner)
            case ast.keyword(arg=name, value=inner) if name in _CODE_IN:
                found.append(inner)
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                found.append(node)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=inner) if name in _KEYS_IN:
                found += inner
    return {id(inner) for node in found for inner in ast.walk(node)}


def labels(source: str) -> list[str]:
    """Words that may reach a reader: two and more, one with a capital by itself, and the words of an f-string."""
    tree = ast.parse(source)
    silent, found = _no_labels(tree), []
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            said = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            known = _PIECE.search(_unmarked(said)) and not _is_key(said)
        else:
            said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            known = id(node) not in parts and _LABEL.search(_unmarked(said))
        found += [said] if known else []
    return found


def _unmarked(said: str) -> str:
    return re.sub(r"<[^>]*>", " ", said)


def _is_key(said: str) -> bool:
    """Whether it is a name of the catalogue, such as ``figure.path.axis.{}``."""
    return bool(re.fullmatch(r"[a-z_0-9]+(?:\.[a-z_0-9{}]+)+", said)) and said.split(".")[0] in tables()


def tables() -> set[str]:
    return {key.split(".")[0] for key in catalogue.keys()}  # noqa: SIM118 - a function of a module


@pytest.mark.parametrize("name", THROUGH)
def test_modules_of_reports_hold_no_words_of_their_own(name: str) -> None:
    source = (PACKAGE / name).read_text(encoding="utf-8")
    assert [said for said in labels(source) if said not in NO_WORDING] == []


def test_every_exception_is_still_needed() -> None:
    said = {one for name in THROUGH for one in labels((PACKAGE / name).read_text(encoding="utf-8"))}
    assert sorted(set(NO_WORDING) - said) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = f"{n} contacts more"', ["{} contacts more"]),
        ('x = f"{a} to {b}"', ["{} to {}"]),
        ('ax.set_ylabel("Rate ratio")', ["Rate ratio"]),
        ('title = "Interval"', ["Interval"]),
        ('x = text(f"figure.path.axis.{noun}", unit="page views")', ["page views"]),
        ('raise E(f"{a} to {b}")\nx = {"two words": 1}[y] == "two words"', []),
        ("x = f'<p class=\"a\">{y}</p>'", []),
    ],
)
def test_labels_are_found(source: str, found: list[str]) -> None:
    assert labels(source) == found


def test_words_of_its_own_are_found() -> None:
    assert jinja_words('<h2>{{ t.a }}</h2><p class="small">How to read</p>') == ["How", "read"]
    assert jinja_words('<div aria-label="All regions">{{ x }}</div>') == ["All regions"]
    assert typst_words("= What changed\n#d.x") == ["What changed"]
    assert typst_words('keywords: ("time series", x)\n#if a == "two words" { }') == ["time series"]
    assert prose('"""Doc of a module."""\ndef f():\n    return "more than was expected"') == ["more than was expected"]
    assert prose('def f():\n    raise E("what is wrong here")') == []


def script_words(source: str) -> list[str]:
    """Texts of a script that a reader may see: with a capital first, or of several words."""
    plain = re.sub(r"//[^\n]*", "", source)
    return re.findall(r"""["`]([A-Z][a-z]+[^"`]*|[a-z]{2,} [a-z]{2,}[^"`]*)["`]""", plain)


def test_the_script_of_the_explorer_says_nothing_of_its_own() -> None:
    assert script_words(EXPLORER.read_text(encoding="utf-8")) == []
    assert script_words('x("Claim to check", "such as threefold", `Took ${ms}`, "ek-claim") // "A remark"') == [
        "Claim to check",
        "such as threefold",
        "Took ${ms}",
    ]


def used_keys() -> set[str]:
    sources = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")]
    sources = [source for source in sources if "from evalkit.catalogue import" in source]
    found = re.findall(r"""\b(?:text|texts|words)\(\s*"([a-z_.0-9]+)\"""", "\n".join(sources))
    return set(found)


def asked_for() -> tuple[set[str], set[tuple[str, str]], list[re.Pattern[str]]]:
    """Whatever may be a key: strings, tables by the function that reads them, and f-strings as patterns."""
    strings: set[str] = set()
    of_tables: set[tuple[str, str]] = set()
    patterns = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(said)):
                    strings.add(said)
                case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]) if re.match(r"[a-z_0-9]+\.", start):
                    parts = [
                        re.escape(one.value) if isinstance(one, ast.Constant) else r"[\w-]+" for one in node.values
                    ]
                    patterns.append(re.compile("".join(parts)))
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(table)), *_]
                ):
                    of_tables.add((name, table))
    return strings, of_tables, patterns


def test_every_entry_is_used() -> None:
    strings, of_tables, patterns = asked_for()
    read = (*TEMPLATES.iterdir(), EXPLORER)
    written = "\n".join(file.read_text(encoding="utf-8") for file in read if file.is_file())
    unused = []
    for key in catalogue.keys():  # noqa: SIM118 - a function of a module
        table, _, name = key.rpartition(".")
        in_template = ("words", table) in of_tables and (name in strings or re.search(rf"\.{name}\b", written))
        if not (
            key in strings
            or ("term", table) in of_tables
            or table == PATTERNS
            or in_template
            or any(p.fullmatch(key) for p in patterns)
        ):
            unused.append(key)
    assert unused == []


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
    file = PACKAGE / "wording" / "en.toml"

    def leaves(table):
        for entry in table.values():
            yield from leaves(entry) if isinstance(entry, dict) else [entry]

    for entry in leaves(tomllib.loads(file.read_text(encoding="utf-8"))):
        assert isinstance(entry, str) or all(isinstance(one, str) for one in entry)


def test_every_text_of_the_region_notebook_is_the_catalogues() -> None:
    """Its published copy says it in the language of the round."""
    cells = json.loads((ROOT / "notebooks" / "region_impact.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    remarks = [line for source in sources for line in source.splitlines() if "  # " in line]
    texts = [source for cell, source in zip(cells, sources, strict=True) if cell["cell_type"] == "markdown"]
    assert (len(texts), len(remarks)) == (6, 5)
    assert [said(one) for one in (*texts, *remarks)] == [*texts, *remarks]
    with catalogue.rewritten(lambda entry: f"<{entry}>"):
        assert [said(one) for one in texts] == [f"<{one}>" for one in texts]
        assert said('region = ""  # empty: the first region of the evaluation\n') == (
            'region = ""  # <empty: the first region of the evaluation>\n'
        )
        assert said("# A heading of one's own\n\n  # and more") == "# A heading of one's own\n\n  # and more"
