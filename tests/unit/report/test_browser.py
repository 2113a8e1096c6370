"""Pages in a real browser: rules of accessibility, keyboard, phone width, print, and nothing fetched from anywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from evalkit.claim import audit_published
from evalkit.effect import NotEstimable
from evalkit.report import write_claims_audit, write_region_report, write_summary
from evalkit.report.signature import CampaignCost, Signature

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
FAULTS_ALONE = {"resultTypes": ["violations"]}
PAGES = ("region", "claims", "index", "across")
PHONE = {"width": 375, "height": 720}
DESKTOP = {"width": 1200, "height": 900}


@pytest.fixture(scope="module")
def files(make_report, make_effect, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'
    signed = {
        "signature": Signature(organisation="Example", logo=svg, logo_alt="A square", signposting="Call."),
        "cost": CampaignCost(amount=12_000.0, currency="GBP"),
    }
    ratios = {"Alder": (1.62, 1.21, 2.14), "Birch": (0.8, 0.7, 0.95), "Cedar": (1.05, 0.93, 1.19), "Dogwood": None}
    reports = [
        replace(
            make_report(make_effect(ratio or NotEstimable("too short")), region=name, comparison=name == "Cedar"),
            **signed,
        )
        for name, ratio in ratios.items()
    ]
    region = write_region_report(replace(make_report(), **signed), folder / "regions")
    over_all = write_summary(reports, [("Elm", "timed out", "slow")], folder)
    claims = write_claims_audit(audit_published(), folder / "claims")
    return {
        "region": region["html"],
        "claims": claims["page"],
        "index": over_all["index"],
        "across": over_all["across"],
    }


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, files):
    """Open a page; what it fetched, what the console said and what it threw stands in ``page.heard`` (must be none)."""
    opened = []

    def _visit(name: str, size=DESKTOP):
        page = browser.new_page(viewport=size)
        page.heard = []
        page.on("request", lambda request: page.heard.append(request.url))
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.goto(files[name].as_uri())
        page.heard = [said for said in page.heard if said != files[name].as_uri() and not said.startswith("data:")]
        opened.append(page)
        return page

    yield _visit
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_rule_of_accessibility_is_broken_and_nothing_is_fetched(visit, name):
    page = visit(name)
    found = axe_api.Axe().run(page, options=FAULTS_ALONE)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found.response["violations"]] == []
    assert page.heard == []


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_needs_no_scrolling_to_the_side(visit, name):
    page = visit(name, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.querySelector('h1').getBoundingClientRect().right") <= PHONE["width"]
    found = axe_api.Axe().run(page, options=FAULTS_ALONE)
    assert [fault["id"] for fault in found.response["violations"]] == []


def test_on_a_phone_charts_show_their_launch_and_tables_their_outcome(visit):
    page = visit("region", PHONE)
    right = "nodes => nodes.map(node => node.getBoundingClientRect().right)"
    assert max(page.locator("figure svg").evaluate_all(right)) <= PHONE["width"]
    outcomes = page.locator(".toned tbody tr > :last-child").evaluate_all(right)
    assert outcomes
    assert max(outcomes) <= PHONE["width"]
    index = visit("index", PHONE)
    assert max(index.locator("#regions tbody td:nth-child(2)").evaluate_all(right)) <= PHONE["width"]


def names(page) -> list[str]:
    return page.locator("#regions tbody tr:visible th").all_inner_texts()


def test_clicking_a_heading_sorts_and_clicking_again_turns_round(visit):
    page = visit("index")
    heading = page.locator("#regions thead th", has_text="Helpline")
    heading.get_by_role("button").click()
    # what has no number stands last, whichever way
    assert names(page) == ["Birch", "Cedar", "Alder", "Dogwood"]
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    assert names(page) == ["Alder", "Cedar", "Birch", "Dogwood"]
    assert heading.get_attribute("aria-sort") == "descending"
    assert "sorted downwards by Helpline" in page.locator("#shown").inner_text()


def test_the_keyboard_sorts_and_the_focus_stays_and_is_seen(visit):
    page = visit("index")
    button = page.locator("#regions thead th", has_text="Region").get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert names(page) == ["Dogwood", "Cedar", "Birch", "Alder"]
    assert page.evaluate("document.activeElement.textContent") == "Region"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_table_is_filtered_by_name_campaign_and_verdict(visit):
    page = visit("index")
    page.get_by_label("Find a region").fill("d")
    assert names(page) == ["Alder", "Dogwood", "Cedar"]
    assert "3 of 4 regions shown" in page.locator("#shown").inner_text()
    page.get_by_label("Campaign", exact=True).select_option("Comparison region")
    assert names(page) == ["Cedar"]
    page.get_by_label("Find a region").fill("")
    page.get_by_label("Campaign", exact=True).select_option("")
    page.get_by_label("Verdict on the claim").select_option("Not supported")
    assert names(page) == ["Alder", "Birch", "Dogwood"]


def test_the_tab_key_goes_through_the_index_in_reading_order(visit):
    page = visit("index")
    tops, seen = [], []
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(() => { const e = document.activeElement; return e === document.body ? null :"
            " [e.getBoundingClientRect().top + scrollY, e.id || e.textContent.trim()]; })()"
        )
        if where is None:
            break
        tops.append(where[0])
        seen.append(where[1])
    assert seen[0] == "Skip to the content"
    assert [name for name in seen if name in {"find", "campaign", "verdict"}] == ["find", "campaign", "verdict"]
    assert all(second >= first - 40 for first, second in pairwise(tops[1:]))


def test_the_first_link_leads_to_the_content(visit):
    page = visit("region")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_charts_and_tables_can_be_reached_by_keyboard(visit):
    page = visit("region", PHONE)
    assert page.locator("figure[tabindex='0'][aria-label]").count() == page.locator("figure").count() > 0
    assert page.locator(".scroll[tabindex='0'][role='region'][aria-label]").count() > 0


def test_print_leaves_out_controls_and_keeps_the_table(visit):
    page = visit("index")
    page.emulate_media(media="print")
    assert not page.locator(".controls").is_visible()
    assert not page.locator(".links").first.is_visible()
    assert page.locator("#regions").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
    assert len(page.pdf(format="A4")) > 10_000


def test_without_scripts_the_table_is_there_and_the_controls_are_not(browser, files):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["index"].as_uri())
    assert page.locator("#regions tbody tr").count() == 4
    assert not page.locator(".controls").is_visible()
    context.close()
