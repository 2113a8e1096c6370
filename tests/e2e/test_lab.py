"""JupyterLab in a real browser: notebooks run through, the explorer answers, nothing complains.

Debian's Chromium through playwright, no network but the loopback. Skipped, with the reason, where either is absent.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from evalkit import resources

pytestmark = pytest.mark.slow

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NOTEBOOKS = ("explore_contacts.ipynb", "region_impact.ipynb", "claim_check.ipynb")
PATIENCE = 120_000  # milliseconds, on a busy machine

# what JupyterLab itself writes to the console as an error, with the reason why it is none of ours
OWN_TO_LAB: dict[str, str] = {}

RUN = """
async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = await app.commands.execute('docmanager:open', { path, factory: 'Notebook' });
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  app.shell.activateById(panel.id);
  await app.commands.execute('notebook:run-all-cells');
  await app.commands.execute('docmanager:save');
  return panel.context.model.toJSON();
}
"""

THEME = """
async (theme) => {
  const changed = () => document.body.dataset.jpThemeName === theme;
  await window.jupyterapp.commands.execute('apputils:change-theme', { theme });
  while (!changed()) await new Promise((done) => setTimeout(done, 50));
  await new Promise((done) => setTimeout(done, 300));
}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with settings, data and notebooks of its own."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed (extra lab)")
    pytest.importorskip("playwright", reason="playwright is not installed (extra dev)")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    own = tmp_path_factory.mktemp("lab")
    folder = own / "notebooks"
    folder.mkdir()
    for name in NOTEBOOKS:
        shutil.copy(resources.path(f"notebooks/{name}"), folder / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR")
    environment = os.environ | {name: str(own / name.lower()) for name in private}
    quiet = own / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    environment |= {"JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"), "HOME": str(own)}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "IdentityProvider.token": "",
        "ServerApp.disable_check_xsrf": True,
        "ServerApp.allow_root": True,
        "LabApp.expose_app_in_browser": True,
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    log = own / "lab.log"
    with log.open("w") as file, subprocess.Popen(command, env=environment, stdout=file, stderr=file) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _await(f"{address}/api", server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def page(lab: str) -> Iterator[Any]:
    """A page with JupyterLab open; what its console says as an error is collected in ``page.said``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        opened = browser.new_page(viewport={"width": 1280, "height": 3000})
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: said.append(str(error)))
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.said, opened.asked = said, asked
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{lab}/lab?reset")
        opened.wait_for_function("() => window.jupyterapp !== undefined")
        yield opened
        browser.close()


def outputs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def complaints(page: Any) -> list[str]:
    return [text for text in page.said if not any(re.search(pattern, text) for pattern in OWN_TO_LAB)]


def violations(page: Any, part: str) -> list[tuple[str, str]]:
    """Rules of accessibility that a part of the page breaks, each with the first place; none without axe-core."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, context=part).response
    assert {rule["id"] for rule in found["passes"]} >= {"label", "select-name", "color-contrast"}, (
        "it looked at controls"
    )
    return [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found["violations"]]


def picture(shown: Any, name: str) -> None:
    """Keep what is shown as a picture, to be looked at, where EVALKIT_PICTURES names a folder."""
    if folder := os.environ.get("EVALKIT_PICTURES"):
        shown.screenshot(path=Path(folder) / f"lab-{name}.png")


@pytest.mark.parametrize("name", ["region_impact.ipynb", "claim_check.ipynb"])
def test_a_notebook_runs_through_and_shows_its_results(page: Any, name: str) -> None:
    notebook = page.evaluate(RUN, name)
    shown = outputs(notebook)
    assert [output for output in shown if output["output_type"] == "error"] == []
    assert all(cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert pictures
    assert all(output["metadata"]["image/png"]["alt"] == output["data"]["text/plain"] for output in pictures)
    assert any("text/html" in output.get("data", {}) for output in shown)
    assert complaints(page) == []
    picture(page, name.removesuffix(".ipynb"))


def test_moving_a_control_of_the_explorer_changes_figure_and_verdict(page: Any, lab: str) -> None:
    notebook = page.evaluate(RUN, "explore_contacts.ipynb")
    assert [output for output in outputs(notebook) if output["output_type"] == "error"] == []
    explorer = page.locator(".ek-explorer")
    explorer.wait_for()
    figure, verdict = explorer.locator(".ek-figure"), explorer.locator(".ek-verdict")
    before = (figure.inner_html(), verdict.inner_text(), figure.get_attribute("aria-label"))
    assert "<svg" in before[0]
    assert verdict.get_attribute("data-verdict")
    assert explorer.locator("[role=status]").get_attribute("aria-live") == "polite"

    assert violations(page, ".ek-explorer") == []
    picture(explorer, "explorer")
    slider = explorer.get_by_role("slider", name="Launch")
    slider.focus()
    number = explorer.get_attribute("data-number")
    page.keyboard.press("PageUp")
    explorer.locator(f"xpath=self::*[@data-number != '{number}']").wait_for()
    after = (figure.inner_html(), verdict.inner_text(), figure.get_attribute("aria-label"))
    assert all(new != old for new, old in zip(after, before, strict=True))

    number = explorer.get_attribute("data-number")
    explorer.get_by_label("Claim to check").fill("no such words")
    explorer.get_by_label("Claim to check").press("Tab")
    explorer.locator(f"xpath=self::*[@data-number != '{number}']").wait_for()
    assert "cannot be read" in verdict.inner_text()
    explorer.get_by_text("The same in Python").click()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(THEME, theme)
        assert violations(page, ".ek-explorer") == [], theme
        picture(explorer, f"explorer-{theme.split()[-1].lower()}")
    assert complaints(page) == []
    assert [url for url in page.asked if not url.startswith((lab, "data:", "blob:"))] == []
