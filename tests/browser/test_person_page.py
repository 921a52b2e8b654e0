"""The person page in a browser: both languages, both sizes, by keyboard, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import town
from tests.browser.conftest import DESKTOP, PHONE, assert_accessible, assert_fits

Window = Callable[..., Page]


def open_person(page: Page, name: str) -> None:
    """Find somebody on the worklist and open the record."""
    page.goto("/worklist/")
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.locator("h1")).to_have_text(name)
    page.wait_for_load_state()  # keys work once the page's scripts have run


@pytest.mark.parametrize(("language", "viewport"), [("zh-hans", DESKTOP), ("en", PHONE)], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_fits(window: Window, language: str, viewport: dict) -> None:
    page = window("wang", viewport=viewport, language=language)
    open_person(page, "吴建军")
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_why_stands_beside_what(window: Window) -> None:
    page = window("wang", language="en")
    open_person(page, "吴建军")
    card = page.locator(".due-card", has_text="Not controlled twice in a row")
    expect(card).to_contain_text("Refer")
    expect(card).to_contain_text("152/92 mmHg")
    expect(card).to_contain_text("rule version 2017.1")


def test_n_begins_a_follow_up(window: Window) -> None:
    page = window("zhao")
    open_person(page, "李秀兰")
    page.keyboard.press("n")
    page.wait_for_url("**/followups/new/**")
    expect(page.locator("#f-systolic")).to_be_focused()


def test_the_timeline_is_filtered_in_place(window: Window) -> None:
    page = window("zhao", language="en")
    open_person(page, "吴建军")
    page.locator(".kinds").get_by_role("link", name="Programmes").click()
    expect(page.locator(".timeline > li")).to_have_count(2)
    expect(page.locator(".kinds a[aria-current]")).to_have_text("Programmes")
    expect(page.locator("h1")).to_have_text("吴建军")


def test_the_table_tells_it_all_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("input[name=login]", "wang")
    page.fill("input[name=password]", town.PASSWORD)
    page.click("main button.btn-primary")
    open_person(page, "吴建军")
    expect(page.locator(".readings").first).to_contain_text("152/92")
    page.locator(".kinds a").nth(4).click()
    expect(page.locator(".timeline > li")).to_have_count(2)
    context.close()
