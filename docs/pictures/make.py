"""Take the README's pictures anew from a generated district.

    ./jinxiu demo --data DIR --no-serve
    PYTHONPATH=src .venv/bin/python docs/pictures/make.py DIR

Needs Chromium; ImageMagick's `convert`, where it is installed, makes the files a third as large.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent


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


PICTURES = (
    Picture("sign-in", "/account/login/", role="", viewport=(900, 560)),
    Picture("home", "/"),
    Picture("home-manager", "/", role="manager", language="en"),
    Picture("worklist", "/worklist/"),
    Picture("worklist-en", "/worklist/", language="en"),
    Picture("worklist-phone", "/worklist/", viewport=(360, 720)),
    Picture("person", "/worklist/", then=first_person, full_page=True),
    Picture("person-phone", "/worklist/", role="nurse", viewport=(360, 720), then=first_person),
    Picture("follow-up", "/worklist/", role="nurse", then=first_follow_up, full_page=True),
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
    command = [sys.executable, "-m", "jinxiu.cli", "serve", "--data", str(data), "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(address: str) -> None:
    """Wait until the pages answer. Raises TimeoutError after a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address + "/health", timeout=2).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("The pages did not answer within a minute.")


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
