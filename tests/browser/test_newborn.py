"""A newborn in a browser: from the mother's page, a question about a second child, a twin; on a telephone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Window
from tests.browser.test_residency import look, open_person


@pytest.mark.parametrize(("language", "viewport"), [("en", None), ("zh-hans", PHONE)])
def test_a_newborn_then_a_twin(window: Window, language: str, viewport: dict | None) -> None:
    page = window("zhao", language=language, **({"viewport": viewport} if viewport else {}))
    address = open_person(page, "李秀兰")
    page.click("a[href$='/newborn/']")
    send = page.locator("form[action$='/newborn/'] button[type=submit]")
    look(page, f"newborn-{language}")
    send.click()
    look(page, f"newborn-error-{language}")
    page.fill("[name=birth_date]", "2026-11-20")
    page.check("[name=sex][value=F]")
    page.fill("[name=name]", "安安")
    send.click()
    if page.locator("[name=besides]").count():  # the other language was here before
        page.check("[name=besides]")
        send.click()
    expect(page).not_to_have_url(f"{address}newborn/")
    expect(page.locator("main")).to_contain_text("T20261120")
    look(page, f"newborn-registered-{language}")
    page.goto(f"{address}newborn/")
    page.fill("[name=birth_date]", "2026-11-20")
    page.check("[name=sex][value=M]")
    page.fill("[name=name]", "宁宁")
    send.click()
    look(page, f"newborn-known-{language}")
    page.check("[name=besides]")
    send.click()
    expect(page.locator("main")).to_contain_text("T20261120")
