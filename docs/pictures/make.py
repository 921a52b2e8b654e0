"""Take the README's pictures anew from a generated district.

    ./jinxiu demo --data DIR --no-serve
    PYTHONPATH=src .venv/bin/python docs/pictures/make.py DIR

Needs Chromium; ImageMagick's `convert`, where it is installed, makes the files a third as large.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
RESIDENT: list[str] = []  # phone and ID card that the demo prints


def first_person(page: Page) -> None:
    """Open the most urgent person of the list."""
    page.click("[data-row] [data-open]")


def first_follow_up(page: Page) -> None:
    """Open the follow-up form of the most urgent person of the list."""
    page.click("[data-row] [data-new]")


@dataclass(frozen=True)
class Picture:
    """One picture: where it is taken, by whom, and what is clicked before."""

    name: str
    path: str
    role: str = "doctor"
    language: str = "zh-hans"
    viewport: tuple[int, int] = (1200, 800)
    then: Callable[[Page], None] | None = None
    full_page: bool = False


def first_team(page: Page) -> None:
    """Open the first team of the list."""
    page.click(".team h2 a")


def as_resident(page: Page) -> None:
    """Sign in on the residents' pages as the resident whom the demo prints, with the code of the inbox page."""
    page.fill("[name=phone]", RESIDENT[0])
    page.fill("[name=number]", RESIDENT[1])
    page.click("main .btn-primary")
    page.fill("[name=code]", code_of(page))
    page.click("main .btn-primary")
    page.wait_for_selector("h1")


def code_of(page: Page) -> str:
    """The newest code that stands on the inbox page, once the worker has put it there."""
    inbox = page.context.new_page()
    for _ in range(60):
        inbox.goto("/inbox/")
        if found := re.search(r"\b\d{6}\b", inbox.inner_text("main")):
            inbox.close()
            return found[0]
        inbox.wait_for_timeout(500)
    raise TimeoutError("No code came within half a minute.")


PICTURES = (
    Picture("worklist", "/worklist/"),
    Picture("person", "/worklist/", then=first_person, full_page=True),
    Picture("follow-up", "/worklist/", role="nurse", then=first_follow_up, full_page=True),
    Picture("team-phone", "/my/teams/", role="", viewport=(360, 720), then=first_team),
    Picture("resident", "/my/", role="", viewport=(360, 720), then=as_resident),
    Picture("managing", "/managing/", role="manager", full_page=True),
)


def main() -> int:
    """Serve the district, take every picture (or those named), stop."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="data directory of a generated district")
    parser.add_argument("names", nargs="*", help="only these pictures")
    chosen = parser.parse_args()
    accounts = json.loads((chosen.data / "demo-accounts.json").read_text(encoding="utf-8"))["accounts"]
    passwords = {account["role"]: (account["username"], account["password"]) for account in accounts}
    with served(chosen.data) as address, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for picture in PICTURES:
            if not chosen.names or picture.name in chosen.names:
                take(browser, address, picture, passwords)
    return 0


@contextmanager
def served(data: Path) -> Iterator[str]:
    """Serve the data directory on a free port while inside."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jinxiu.cli", "demo", "--data", str(data), "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"with phone (\S+) and ID card (\S+)", line):
                RESIDENT[:] = found.groups()
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def take(browser: Browser, address: str, picture: Picture, passwords: dict[str, tuple[str, str]]) -> None:
    """Sign in, go there, and write the file."""
    width, height = picture.viewport
    locale = "en-GB" if picture.language == "en" else "zh-CN"  # how the browser writes dates in its own fields
    context = browser.new_context(base_url=address, viewport={"width": width, "height": height}, locale=locale)
    context.add_cookies([{"name": "jinxiu_language", "value": picture.language, "url": address}])
    page = context.new_page()
    if picture.role:
        username, password = passwords[picture.role]
        page.goto("/account/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", password)
        page.click("main .btn-primary")
    page.goto(picture.path)
    if picture.then:
        picture.then(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)  # charts draw themselves in
    file = HERE / f"{picture.name}.png"
    page.screenshot(path=file, full_page=picture.full_page)
    context.close()
    shrink(file)
    sys.stdout.write(f"{file.name}: {file.stat().st_size // 1024} KB\n")


def shrink(file: Path) -> None:
    """Reduce a picture to 128 colours, which screens of text do not show."""
    if convert := shutil.which("convert"):
        subprocess.run([convert, str(file), "+dither", "-colors", "128", "-strip", f"PNG8:{file}"], check=True)


if __name__ == "__main__":
    sys.exit(main())
