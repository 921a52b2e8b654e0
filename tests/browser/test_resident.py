"""A resident on a phone: from the first page to the SMS, the own pages, without a network, and out again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits
from tests.messaging.provider import Provider, provider
from tests.portal.residents import numbers


@pytest.fixture
def sms(site: str) -> Iterator[Provider]:
    """A provider of SMS, and the worker that hands over to it."""
    server = urlsplit(os.environ["DATABASE_URL"])
    with provider() as here:
        environment = {
            **os.environ,
            "DATABASE_URL": urlunsplit(server._replace(path=f"/browser_{os.getpid()}")),
            "JINXIU_SMS_URL": here.url,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "jinxiu.cli", "worker", "--with-parent", "--data", os.environ["JINXIU_DATA"]],
            env=environment,
            stdin=subprocess.PIPE,
        )
        assert worker.stdin is not None
        try:
            yield here
        finally:
            worker.stdin.close()
            worker.wait(timeout=20)


def test_a_resident_signs_in_by_sms_and_out_again(window: Window, sms: Provider) -> None:
    page = window(viewport=PHONE)
    page.goto("/my/")
    assert_fits(page)
    assert_accessible(page)
    for name, value in numbers("feng").items():
        page.fill(f"[name={name}]", value)
    page.click("main .btn-primary")
    expect(page.locator("[name=code]")).to_be_focused()
    assert_accessible(page)
    for _ in range(150):
        if sms.came:
            break
        page.wait_for_timeout(100)
    assert sms.came[0]["to"] == numbers("feng")["phone"]
    found = re.search(r"\d{6}", sms.came[0]["text"])
    assert found
    page.fill("[name=code]", found[0])
    page.click("main .btn-primary")
    expect(page.locator("h1")).to_contain_text("冯明")
    expect(page.locator("a[href='tel:120']")).to_be_visible()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    assert_fits(page)
    assert_accessible(page)
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.scope)")
    page.reload()
    page.context.set_offline(True)
    page.goto("/my/")
    expect(page.locator("h1").first).to_have_text("没有网络")
    assert "冯明" not in page.content()
    page.context.set_offline(False)
    page.goto("/my/")
    page.locator("form[action='/my/sign-out/'] button").first.click()
    expect(page.locator("[name=phone]")).to_be_visible()
    page.goto("/my/")
    expect(page.locator("[name=phone]")).to_be_visible()
