"""The documentation site as it was built: links, pictures' words, and real pages in a real browser at two widths."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from website.links import Page, faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KINDS = {
    "home": "index.html",
    "a page with tables": "docs/README.html",
    "a tutorial": "docs/tutorials/own-counts.html",
    "errors": "docs/reference/errors.html",
    "a how-to": "docs/how-to/own-data.html",
    "an explanation": "docs/explanation/intervals.html",
    "a method with a figure": "docs/methods/calibration.html",
    "names": "docs/reference/python.html",
    "docstrings": "docs/reference/api/05-effects.html",
    "options": "docs/reference/options.html",
    "a notebook": "notebooks/region_impact.html",
    "the explorer": "notebooks/explore_contacts.html",
    "search": "search.html",
    "index of names": "genindex.html",
}
LONG = {"errors", "a method with a figure", "docstrings"}
"""Pages of thousands of elements, of kinds that other pages have too: axe-core reads them at one width alone."""
FAULTS_ALONE = {"resultTypes": ["violations"]}
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def site(root: Path) -> Path:
    built = root / "build" / "site"
    if not (built / "index.html").is_file():
        pytest.skip("the site is not built: make docs")
    return built


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.mark.slow
def test_no_link_is_broken_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert faults(site) == []


@pytest.mark.slow
def test_notebooks_show_their_outputs_and_no_error(site: Path, root: Path) -> None:
    for notebook in (root / "notebooks").glob("*.ipynb"):
        page = (site / "notebooks" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        assert 'class="cell_output' in page, notebook.name
        assert "Traceback" not in page


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_in_a_browser(site: Path, browser: Browser, width: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    across, down = WIDTHS[width]
    page = browser.new_context(viewport={"width": across, "height": down}).new_page()
    elsewhere: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if request.url.startswith("http") else None)
    said: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    found: list[str] = []
    for kind, name in KINDS.items():
        page.goto((site / name).as_uri())
        errors += said
        if width == "desktop" or kind not in LONG:
            found += [f"{kind}: {fault}" for fault in _violations(axe.run(page, options=FAULTS_ALONE).response)]
        if page.evaluate("document.documentElement.scrollWidth") > across:
            found.append(f"{kind}: wider than the screen")
        said.clear()  # axe asks for style sheets, which a browser refuses it for files
    assert found == []
    assert elsewhere == []
    assert errors == []


def _violations(response: dict[str, Any]) -> list[str]:
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in response["violations"]]


@pytest.mark.slow
def test_search_works_without_a_network(site: Path, browser: Browser) -> None:
    page = browser.new_context(offline=True).new_page()
    page.goto((site / "search.html").as_uri() + "?q=counterfactual")
    page.wait_for_selector("ul.search li a")
    assert page.locator("ul.search li a").count() > 3


def test_every_kind_of_fault_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="there">x</p>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">x</a> <a href="b.html#gone">x</a> <a href="c.html">x</a> <a href="#here">x</a>'
        '<script src="https://example.org/x.js"></script><a href="https://example.org">x</a>'
    )
    assert faults(tmp_path) == [
        "a.html loads https://example.org/x.js",
        "a.html -> #here: no such place",
        "a.html -> b.html#gone: no such place",
        "a.html -> c.html: no such file",
    ]
    assert Page('<a href="x">').links == {"x"}
