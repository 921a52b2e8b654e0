"""One real server with the named town, one headless Chromium; each test gets a fresh window."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests import town

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
START_SECONDS = 60

Window = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: apt install chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    # Chromium's sandbox refuses to start as root, which is how containers run tests.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running server with a database of its own: nothing of it is seen by other tests."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"browser_{os.getpid()}"
    maintenance = urlunsplit(server._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    log = tmp_path_factory.mktemp("site") / "log.txt"
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": urlunsplit(server._replace(path=f"/{name}")),
        "JINXIU_TODAY": town.TODAY.isoformat(),
        "JINXIU_THREADS": "4",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.server", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address + "/health", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def window(browser: Browser, site: str) -> Iterator[Window]:
    """Open a window: `window("nurse name", viewport=PHONE, language="en")`, signed in when a username is given."""
    opened: list[BrowserContext] = []

    def open_window(username: str = "", *, viewport: dict = DESKTOP, language: str = "zh-hans") -> Page:
        context = browser.new_context(base_url=site, viewport=viewport, reduced_motion="reduce")
        opened.append(context)
        context.add_cookies([{"name": "jinxiu_language", "value": language, "url": site}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if _is_refusal(message.text) else None)
        page.faults = faults  # type: ignore[attr-defined]
        if username:
            sign_in(page, username)
        return page

    yield open_window
    for context in opened:
        faults = [fault for page in context.pages for fault in getattr(page, "faults", [])]
        context.close()
        assert not faults, faults


def sign_in(page: Page, username: str, password: str = town.PASSWORD) -> None:
    """Sign in through the page."""
    page.goto("/account/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", password)
    page.click("main button.btn-primary")


def assert_accessible(page: Page) -> None:
    """Fail with what axe-core finds against WCAG 2.2 AA."""
    page.wait_for_load_state()
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert found.violations_count == 0, found.generate_report()


def assert_fits(page: Page) -> None:
    """Fail when the page has to be scrolled sideways."""
    page.wait_for_load_state()  # a click returns when the next page begins: it may have no root element yet
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide at {page.viewport_size}: {_widest(page)}"


def _widest(page: Page) -> list[str]:
    return page.evaluate(
        """[...document.querySelectorAll("body *")]
             .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
             .map((e) => e.tagName + "." + e.className).slice(0, 8)"""
    )


def _is_refusal(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The site did not start:\n{log.read_text()[-4000:]}")
