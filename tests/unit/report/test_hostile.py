"""Names that look like code, paths or nothing: shown as they are or as their codes; nothing runs, nothing escapes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from evalkit.report import pdf, summary_of, theme, write_region_report, write_summary

NAMES = {
    "typst": '#eval("1+1") #panic() @x *b* _i_ $x$ `r` [c] <l>',
    "html": "<script>alert(1)</script> & <img src=x onerror=alert(1)>",
    "latex": "\\input{/etc/passwd} $x^2$ \\write18{ls}",
    "path": "../../x",
    "formula": "=cmd()",
    "long": "Long name " * 30,
    "emoji": "🙂 Vale",
    "chinese": "東京都",
    "arabic": "مرحبا بكم",
    "turned": "evil \u202egnp.exe",
    "device": "con",
    "lines": "two\nlines",
    "nul": "nul\x00byte\x1b[31m",
    "places": "{x} {0} %s ${HOME} {{ 7*7 }} {% raw %}",
    "bar": "a|b;c,d\"e'f",
}
FAST = ("typst", "html", "nul")


class Seen(HTMLParser):
    """What a browser would show, and which elements there are."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.attributes, self._silent = "", [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self._silent = tag in ("style", "script")

    def handle_endtag(self, tag):
        self._silent = False

    def handle_data(self, data):
        self.text += "" if self._silent else data


@pytest.fixture(scope="module")
def made(make_report, make_effect):
    def _made(name: str):
        effect = replace(make_effect((1.62, 1.21, 2.14)), channel=name)
        return replace(make_report(effect, region=name), campaign_title=name, campaign_source=name, title=f"On {name}")

    return _made


def read_pdf(content: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    file = folder / "read.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def squeezed(text: str) -> str:
    return "".join(text.split())


def check(made, name: str, tmp_path: Path) -> None:
    report = made(name)
    outside = sorted(path for path in tmp_path.rglob("*"))
    paths = write_region_report(report, tmp_path / "out" / "regions")
    over_all = write_summary([report], [(name, name, name)], tmp_path / "out")
    # no path escapes
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert set(written) == {*paths.values(), *over_all.values()}
    assert outside == []
    assert all(path.name.isascii() and path.name.isprintable() and len(path.name) < 90 for path in written)
    # web pages show it and hold nothing of its making
    for page in (paths["html"], over_all["index"], over_all["across"]):
        seen = Seen(page.read_text(encoding="utf-8"))
        assert squeezed(theme.visible(name)) in squeezed(seen.text)
        assert "onerror" not in seen.attributes
        assert "script" not in seen.tags or page == over_all["index"]
        assert "img" not in seen.tags
    # PDFs too, with codes for what no font has
    for file in (paths["pdf"], over_all["funder"]):
        text = squeezed(read_pdf(file.read_bytes(), tmp_path))
        shown = squeezed(theme.drawable(name))
        assert shown in text or shown[::-1] in text or name.isascii() is False
        assert shown[:20] in text or "مرحبا" in name
    # data files have it as it is, or harmless
    assert json.loads(paths["json"].read_text(encoding="utf-8"))["region"] == name
    assert set(pd.read_parquet(over_all["parquet"])["region"]) == {name}
    cells = [
        cell
        for sheet in load_workbook(io.BytesIO(over_all["workbook"].read_bytes()))
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(cell.value == theme.visible(name) for cell in cells)
    first = pd.read_csv(over_all["results"])["region"][0]
    assert first in (theme.visible(name), f"'{theme.visible(name)}")
    assert not first.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("kind", FAST)
def test_a_hostile_name_is_shown_and_does_nothing(made, kind, tmp_path):
    check(made, NAMES[kind], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(NAMES) - set(FAST)))
def test_every_hostile_name_is_shown_and_does_nothing(made, kind, tmp_path):
    check(made, NAMES[kind], tmp_path)


def test_a_document_sees_no_file_but_its_own(made, monkeypatch):
    monkeypatch.setattr(pdf, "_template", lambda name: b'#read("/etc/hostname")')
    with pytest.raises(Exception, match="could not be set"):
        pdf.summary_pdf(summary_of([made("x")]))


def test_hidden_signs_are_shown_as_codes_and_lines_and_letters_are_kept():
    assert theme.visible("a\x00b\u202ec\ufeff") == "a[U+0000]b[U+202E]c[U+FEFF]"
    assert theme.visible("Söhne\n東京 مرحبا") == "Söhne\n東京 مرحبا"
