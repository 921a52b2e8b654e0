"""A follow-up in a browser: recorded by keyboard alone, on a phone, without script, in both languages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import town
from tests.browser.conftest import DESKTOP, PHONE, assert_accessible, assert_fits
from tests.browser.test_person_page import open_person

Window = Callable[..., Page]


def open_form(page: Page, name: str) -> None:
    """Open somebody's follow-up form from the record."""
    open_person(page, name)
    page.locator("[data-new]").first.click()
    page.wait_for_url("**/followups/new/**")


def pressed(page: Page, *keys: str) -> int:
    """Press keys one after the other; how many that was."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_a_nurse_records_by_keyboard_alone(window: Window) -> None:
    page = window("qian", language="en")
    page.goto("/worklist/?status=upcoming")
    began = time.monotonic()
    presses = pressed(page, "j", "Enter")
    expect(page.locator("h1")).to_have_text("冯明")
    page.wait_for_load_state()  # keys work once the page's script has run
    presses += pressed(page, "n")
    page.wait_for_url("**/followups/new/**")
    presses += pressed(page, *"138", "Enter", *"84")
    expect(page.locator("[data-draft-state]")).to_have_text(re.compile(r"Draft kept \d\d:\d\d"))
    page.reload()
    expect(page.locator("#f-diastolic")).to_have_value("84")  # nothing is lost
    page.locator("#f-diastolic").focus()
    presses += pressed(page, "Control+Enter")
    page.wait_for_url("**/followups/*/")
    print(f"A typical follow-up: {presses} key presses, {time.monotonic() - began:.1f} s from the worklist's row")
    assert presses < 25
    expect(page.locator("main")).to_contain_text("138/84 mmHg")
    expect(page.locator("main")).to_contain_text("is controlled")
    expect(page.locator("main")).to_contain_text("Suggested: Controlled")
    assert_accessible(page)


@pytest.mark.parametrize(("language", "viewport"), [("zh-hans", DESKTOP), ("en", PHONE)], ids=["desktop", "phone"])
def test_the_form_is_accessible_and_fits_in_every_state(window: Window, language: str, viewport: dict) -> None:
    page = window("zhao", viewport=viewport, language=language)
    open_form(page, "吴建军")
    assert_accessible(page)
    assert_fits(page)
    page.fill("#f-systolic", "500")
    page.fill("#f-diastolic", "84")
    page.fill("#f-fasting_glucose", "126")
    page.locator(".save .btn-primary").click()
    expect(page.locator(".summary")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)
    page.fill("#f-systolic", "184")
    page.locator("button[name=convert]").click()
    expect(page.locator("#f-fasting_glucose")).to_have_value("7.0")
    page.locator(".save .btn-primary").click()
    expect(page.locator("#sure-title")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)


def test_what_a_flag_means_appears_with_it(window: Window) -> None:
    page = window("zhao")
    open_form(page, "李秀兰")
    expect(page.locator("#f-danger_sign_text")).to_be_hidden()
    page.locator("#f-danger_sign").focus()
    page.keyboard.press("Space")
    expect(page.locator("#f-danger_sign_text")).to_be_visible()


def test_enter_goes_on_and_a_text_keeps_its_lines(window: Window) -> None:
    page = window("zhao")
    open_form(page, "李秀兰")
    page.locator("#f-danger_sign").check()
    page.locator("#f-danger_sign").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#f-danger_sign_text")).to_be_focused()  # what has just appeared is the next question
    page.locator("textarea").last.fill("")
    pressed(page, "a", "Enter", "b")
    expect(page.locator("textarea").last).to_have_value("a\nb")
    assert "/followups/new/" in page.url, "nothing is saved by Enter alone"


def test_the_form_works_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("input[name=login]", "zhao")
    page.fill("input[name=password]", town.PASSWORD)
    page.click("main button.btn-primary")
    open_form(page, "李秀兰")
    page.fill("#f-systolic", "80")
    page.fill("#f-diastolic", "120")
    page.locator(".save .btn-primary").click()
    expect(page.locator(".summary li")).to_have_count(1)
    expect(page.locator("#f-systolic")).to_have_value("80")
    context.close()


def test_without_connection_or_sign_in_the_page_says_so_and_goes_on_by_itself(window: Window) -> None:
    page = window("zhao", viewport=PHONE)
    open_form(page, "李秀兰")
    page.context.set_offline(True)
    page.fill("#f-systolic", "131")
    expect(page.locator("[data-draft-trouble]")).to_contain_text("网络不通")
    page.locator(".save .btn-primary").click()  # is not sent into the void
    expect(page.locator("[data-draft-trouble]")).to_contain_text("未保存")
    page.context.set_offline(False)
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保留")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="jinxiu_session")
    page.fill("#f-systolic", "132")
    expect(page.locator("[data-draft-sign-in]")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.context.add_cookies(cookies)
    expect(page.locator("[data-draft-sign-in]")).to_be_hidden()
    page.reload()
    expect(page.locator("#f-systolic")).to_have_value("132")
    page.get_by_role("button", name="清空重填").click()
    expect(page.locator("#f-systolic")).to_have_value("")
