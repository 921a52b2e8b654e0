"""Two records of one person in a browser: found, side by side, merged, taken apart; accessible, on a telephone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.browser.test_residency import look
from tests.town import id_card


def register(page: Page, name: str, number: str) -> None:
    page.goto("/people/new/")
    page.fill("[name=number]", number)
    page.fill("[name=name]", name)
    page.fill("[name=phone]", "13900001234")
    page.select_option("[name=place]", index=1)
    page.fill("[name=address]", "柳巷路 77 号")
    page.get_by_role("button", name="登记").or_(page.get_by_role("button", name="Register")).last.click()
    page.wait_for_url(re.compile(r"/people/\d+/$"))


@pytest.mark.parametrize(
    ("language", "viewport", "name", "born"),
    [("en", DESKTOP, "樊双喜", date(1971, 5, 6)), ("zh-hans", PHONE, "滕又一", date(1973, 8, 9))],
)
def test_found_merged_and_taken_apart(window: Window, language: str, viewport: dict, name: str, born: date) -> None:
    page = window("zhao", language=language, viewport=viewport)
    register(page, name, id_card(born, 21))
    kept = page.url
    register(page, name, id_card(born, 31))
    expect(page.locator("main a[href*='/people/duplicates/']")).to_have_count(1)
    look(page, f"alike-{language}")
    merged = page.url
    page.goto("/people/duplicates/")
    look(page, f"duplicates-{language}")
    page.locator("[data-row]", has_text=name).locator("[data-open]").click()
    look(page, f"duplicate-{language}")
    page.fill("[name=words]", "出示了身份证")
    page.click("button[value=one]")
    page.wait_for_url("**/merges/")
    look(page, f"merges-{language}")
    page.goto(merged)
    expect(page).to_have_url(kept)
    page.click("main a[href$='/merges/']")
    page.click("main details summary")
    page.fill("[name=words]", "是姐妹两人")
    page.click("form[action$='/undo/'] button")
    look(page, f"apart-{language}")
    page.goto(merged)
    expect(page).to_have_url(merged)
