"""Every page and PDF in a pretended language, in which each text of the catalogue stands in brackets.

Run as a program it prints, by document, every piece of text that stands outside of brackets and is not given by whoever
made the evaluation. ``test_translation.py`` reads it.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from importlib import util
from pathlib import Path

from evalkit import catalogue

OPEN, SHUT = "«", "»"
LANGUAGE_CODE = "en-GB"
PDF_ABOUT = ("/Title", "/Subject", "/Keywords")
HERE = Path(__file__).parent
SPOKEN = ("alt", "title", "aria-label", "placeholder", "summary", "label")
BLOCKS = frozenset(
    [
        "title",
        "desc",
        "text",
        "p",
        "li",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "th",
        "td",
        "caption",
        "figcaption",
        "summary",
        "option",
        "label",
        "button",
        "a",
        "div",
        "nav",
        "section",
    ]
)
# what belongs to no language: hashes, the product's name, and proper names of published lists of quality
NO_LANGUAGE = re.compile(
    r"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b|\bevalkit\b|\b(?:EPOC|Ramsay|Turner|Hategeka)(?: 20\d\d)?(?: [A-H]?\d)?\b"
)


def bracketed(entry: str) -> str:
    """A text in brackets, each line by itself, as lines are drawn one by one."""
    return entry if entry == LANGUAGE_CODE else "\n".join(f"{OPEN}{line}{SHUT}" for line in entry.split("\n"))


# what is left of a quotation where the foot of a page stands in its midst
_BROKEN = re.compile(r"[^\W\d_][^.,;:()·–]{9,}")


class Pieces(HTMLParser):
    """What a page says: runs of text, drawn labels too, and what is read aloud. A bracket may hold inline elements."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent, self._depth = 0, 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self._depth = 0 if tag in BLOCKS else self._depth
        for name, value in attrs:
            if name in SPOKEN and value:
                self.found.append(outside(value)[0])

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            bare, self._depth = outside(data, self._depth)
            self.found.append(bare)


def outside(said: str, depth: int = 0, *, cut: str = "") -> tuple[str, int]:
    """What of a text stands outside of brackets, and how many are open at its end; the sign ``cut`` ends all."""
    bare = []
    for sign in said:
        depth = 0 if sign == cut else depth + (sign == OPEN) - (sign == SHUT and depth > 0)
        if not depth and sign != SHUT:
            bare.append(sign)
    return "".join(bare), depth


def bare_words(pieces: Iterable[str], given: Iterable[str]) -> list[str]:
    """The pieces that hold words of nobody's: neither of the catalogue nor given."""
    known = sorted({" ".join(word.split()) for word in given if word and len(word) > 1}, key=len, reverse=True)
    # in a PDF a line may end anywhere in a name, so spaces do not count
    names = re.compile("|".join(r"\s*".join(map(re.escape, word.replace(" ", ""))) for word in known), re.IGNORECASE)
    found = []
    for piece in pieces:
        rest = names.sub(" ", _without_shortened(NO_LANGUAGE.sub(" ", " ".join(piece.split())), known))
        rest = _BROKEN.sub(lambda part: "" if any(part[0].strip() in word for word in known) else part[0], rest)
        if re.search(r"[^\W\d_]{2}", rest):
            found.append(rest.strip())
    return sorted(set(found))


def _without_shortened(rest: str, known: Iterable[str]) -> str:
    """The text without names that were cut to fit a chart."""
    for cut in re.findall(r"[^:;(,]+…", rest):
        start = cut.strip(" …")
        if any(start in word for word in known):
            rest = rest.replace(cut, " ")
    return rest


def pdf_pieces(pdf: bytes) -> list[str]:
    """What a PDF says, in one piece, since lines end anywhere in it; names cut to fit a chart by themselves."""
    import pypdf

    read = pypdf.PdfReader(io.BytesIO(pdf))
    said = "\n".join(page.extract_text() for page in read.pages)
    assert said.count(OPEN) > 50
    lines = outside(said, cut="…")[0].splitlines()
    cut = [line for line in lines if line.rstrip().endswith("…")]
    about = [outside(str(value))[0] for name, value in (read.metadata or {}).items() if name in PDF_ABOUT]
    return [*cut, "".join(line for line in lines if line not in cut), *about]


def documents() -> Iterator[tuple[str, list[str]]]:
    """By name, what stands outside of brackets: real results of the demonstration, then made ones of every kind."""
    import evalkit as ek
    from evalkit.report import index_html, region_html, region_pdf, summary_of
    from evalkit.report.html import across_html
    from evalkit.report.pdf import summary_pdf

    inputs = ek.read_inputs(ek.resources.path("data/demo/evaluation.toml"))
    asked, given = inputs.evaluation, _given(inputs)
    campaign = next(region for region in inputs.regions if inputs.campaign_of(region))
    comparison = next(region for region in inputs.regions if not inputs.campaign_of(region))
    reports = [ek.evaluate_region(inputs, region) for region in (campaign, comparison)]
    given |= {text for one in reports for text in (one.campaign_source, one.signature.signposting)}
    yield "region", bare_words(Pieces(region_html(reports[0])).found, given)
    yield "comparison region", bare_words(Pieces(region_html(reports[1])).found, given)
    yield "region, PDF", bare_words(pdf_pieces(region_pdf(reports[0])), given)
    failed = "The analyst said why."
    summary = summary_of(reports, [("Far Vale", "error in a cell", failed)], evaluation=asked)
    given |= {"Far Vale", failed}
    yield "published notebook", bare_words(_notebook(reports[0]), given)
    yield "workbook", bare_words(_workbook(summary), given)
    yield "across", bare_words(Pieces(across_html(summary)).found, given)
    yield "index", bare_words(Pieces(index_html(summary)).found, given)
    yield "funders, PDF", bare_words(pdf_pieces(summary_pdf(summary)), given)
    yield "quality of the counts", bare_words(Pieces(_quality(inputs)).found, given)
    yield from _claims()
    yield from _made()


def _given(inputs: object) -> set[str]:
    asked = inputs.evaluation
    given = {asked.title, asked.commissioner, asked.description, *inputs.regions}
    given |= {text for one in inputs.campaigns for text in (one.title, one.campaign)}
    given |= {text for one in inputs.events for text in (one.title, one.event, one.source)}
    given |= {text for one in inputs.claims for text in (one.text, one.claim_id)}
    return given


def _quality(inputs: object) -> str:
    """The page on the quality of counts; what the reader of files says to the analyst is none of the catalogue's."""
    from dataclasses import replace

    from evalkit.report import data_quality_html

    return data_quality_html(replace(inputs.contacts, notes=()), events=inputs.events)


def _notebook(report: object) -> Iterator[str]:
    """What a published notebook says beside its own cells: how it was made, and the outputs."""
    from evalkit.report import pages
    from evalkit.report.notebook import published_notebook
    from evalkit.report.release import release_of

    release = release_of(report)
    _, charts = pages.region_page(release)
    cells = json.loads(published_notebook(release, charts))["cells"]
    yield from (outside("".join(cell["source"]))[0] for cell in cells if cell["cell_type"] == "markdown")
    (parameters,) = (cell for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
    yield from (outside(line.partition("  # ")[2])[0] for line in parameters["source"])
    for output in (output for cell in cells for output in cell.get("outputs", ())):
        yield outside("".join(output.get("text", "")))[0]
        yield from Pieces("".join(output.get("data", {}).get("text/html", ""))).found
        if "image/svg+xml" in output.get("data", {}):
            yield outside("".join(output["data"]["text/plain"]))[0]


def _workbook(summary: object) -> list[str]:
    """The sheets of notes and of the dictionary."""
    from evalkit.report.dictionary import dictionary_frame
    from evalkit.report.overview import notes_of, summary_page

    frame = dictionary_frame()
    return [outside(said)[0] for said in (*notes_of(summary_page(summary)), *frame["meaning"], *frame["type"])]


def _claims() -> Iterator[tuple[str, list[str]]]:
    import evalkit as ek
    from evalkit.report import write_claims_audit

    audit = ek.audit_published()
    given = set()
    for one in audit:
        claim = one.claim
        given |= {claim.text, claim.region, claim.source, claim.claim_id, claim.campaign, claim.note}
        given |= {claim.unit_text, claim.period_text, claim.baseline_text}
    with tempfile.TemporaryDirectory() as folder:
        files = write_claims_audit(audit, Path(folder))
        yield "claims", bare_words(Pieces(files["page"].read_text(encoding="utf-8")).found, given)
        yield "claims, PDF", bare_words(pdf_pieces(files["pdf"].read_bytes()), given)


def _made() -> Iterator[tuple[str, list[str]]]:
    from evalkit.report import index_html, region_html, summary_of
    from evalkit.report.html import across_html

    made, golden = _module("conftest"), _module("test_golden")
    given = {event.title for event in made.EVENTS} | {event.source or "" for event in made.EVENTS} | {*GIVEN}
    reports = []
    for name, comparison in CASES:
        ratio, total, kind = golden.CASES[name]
        effects = made.effect_with(ratio, total), made.effect_with((1.05, 0.93, 1.19), channel="webchat")
        report = made.report_with(*effects, kind=kind, region=f"Vale {len(reports)}", comparison=comparison)
        reports.append(report)
        named = f"made: {name}, {'comparison' if comparison else 'campaign'}"
        yield named, bare_words(Pieces(region_html(report)).found, {*given, "Vale"})
    summary = summary_of(reports)
    yield "made: across", bare_words(Pieces(across_html(summary)).found, {*given, "Vale"})
    yield "made: index", bare_words(Pieces(index_html(summary)).found, {*given, "Vale"})


CASES = (("negative", False), ("not estimable", False), ("inconclusive", True), ("not estimable", True))
GIVEN = (
    "Help-seeking after the Look Again campaign",
    "Example Foundation",
    "Look Again",
    "news release of 2 May 2019",
    "The campaign brought a threefold increase.",
    "3 times lies above the interval.",
    "A second reason.",
    "One month is missing.",
    "With a false launch the rate ratio is 1.40 (1.10 to 1.80).",
    "Does the same analysis find an effect where nothing was launched?",
    "quasi-Poisson",
    "latent Poisson regression",
    "webchat",
    "months before launch; needs at least 12",
    "Wait for more months",
)


def _module(name: str) -> object:
    spec = util.spec_from_file_location(f"made_{name}", HERE / f"{name}.py")
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    with catalogue.rewritten(bracketed):
        found = dict(documents())
    sys.stdout.write(json.dumps(found, ensure_ascii=False))
