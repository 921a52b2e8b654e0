"""A nurse's morning in a real browser: sign in, find the most urgent, narrow the list, by mouse, keys and phone."""

import base64
import hmac
import re
import struct
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Window, assert_accessible, assert_fits, sign_in
from tests.town import PASSWORD

ROWS = "[data-row] [data-open]"


def test_she_signs_in_and_finds_her_most_urgent(window: Window):
    page = window("zhao")
    expect(page.locator("h1")).to_contain_text("赵敏")
    expect(page.locator(ROWS).first).to_have_text("陈志强")
    page.get_by_role("link", name="已逾期").click()
    expect(page.locator(ROWS)).to_have_text(["李秀兰"])


def test_a_wrong_password_is_answered_and_after_five_the_account_rests(window: Window):
    page = window()
    for _ in range(5):
        sign_in(page, "he", "wrong")
        expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    sign_in(page, "he")
    expect(page.get_by_role("alert")).to_contain_text("账号已锁定")
    assert_accessible(page)


def test_she_protects_her_account_and_signs_in_with_the_second_step(window: Window):
    page = window("lin")
    page.get_by_role("link", name="开启两步登录").click()
    page.fill("[name=password]", PASSWORD)
    page.click("main .btn-primary")
    assert_accessible(page)
    secret = page.inner_text(".secret")
    page.fill("[name=code]", code_of(secret, 0))
    page.click("main .btn-primary")
    expect(page.locator(".codes li")).to_have_count(10)
    assert_accessible(page)
    page.click(".who summary")
    page.get_by_role("button", name="退出").click()
    sign_in(page, "lin")
    assert_accessible(page)
    page.fill("[name=code]", "000000")
    page.click("main .btn-primary")
    expect(page.locator(".errorlist, [role=alert]").first).to_be_visible()
    page.fill("[name=code]", code_of(secret, 30))  # a code works once, and the next half minute's is accepted already
    page.click("main .btn-primary")
    expect(page.locator("h1")).to_contain_text("林涛")
    expect(page.get_by_text("保护您的账号")).to_have_count(0)


def test_filters_narrow_the_list_in_place_and_the_address_remembers(window: Window):
    page = window("wang")
    page.goto("/worklist/")
    page.select_option("[name=standard]", "diabetes")
    expect(page).to_have_url(re.compile("standard=diabetes"))
    expect(page.locator(ROWS)).to_have_text(["周燕", "吴建军"])
    page.fill("[name=name]", "zy")
    page.press("[name=name]", "Enter")
    expect(page.locator(ROWS)).to_have_text(["周燕"])
    expect(page.locator("[name=name]")).to_be_focused()
    page.go_back()
    expect(page.locator(ROWS)).to_have_text(["周燕", "吴建军"])
    page.goto("/worklist/?name=nobody")
    expect(page.get_by_text("没有符合条件的居民")).to_be_visible()
    page.get_by_role("link", name="显示全部").first.click()
    expect(page.locator(ROWS)).to_have_count(4)


def test_the_day_can_be_worked_by_keyboard(window: Window):
    page = window("zhao")
    page.goto("/worklist/")
    page.keyboard.press("j")
    expect(page.locator(ROWS).nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(ROWS).nth(1)).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("jn?")
    expect(page.locator("[name=name]")).to_have_value("jn?")
    page.fill("[name=name]", "")
    page.locator(ROWS).nth(1).focus()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(r"/followups/new/\?form=hypertension"))
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/people/\d+/$"))


def test_single_keys_can_be_switched_off(window: Window):
    page = window("zhao")
    page.goto("/worklist/")
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[name=name]")).not_to_be_focused()


def test_tab_reaches_the_content_at_once(window: Window):
    page = window("zhao")
    page.goto("/worklist/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_number_to_call_comes_on_demand(window: Window):
    page = window("zhao")
    page.goto("/worklist/")
    page.get_by_role("button", name="拨打 陈志强").click()
    expect(page.locator("a[href='tel:13812340021']")).to_be_visible()


def test_without_scripts_the_list_still_works(browser, site: str):
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    context.add_cookies([{"name": "jinxiu_language", "value": "en", "url": site}])
    sign_in(page, "wang")
    page.goto("/worklist/")
    page.select_option("[name=status]", "overdue")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(ROWS)).to_have_text(["李秀兰"])
    context.close()


def test_the_language_changes_on_the_spot_and_stays(window: Window):
    page = window("wang")
    page.goto("/worklist/?status=overdue")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("What to do today")
    assert "status=overdue" in page.url
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("who", "paths"),
    [
        ("", ["/account/login/"]),
        (
            "zhao",
            ["/", "/worklist/", "/worklist/?name=nobody", "/account/password/", "/account/two-step/", "/nowhere/"],
        ),
        ("guo", ["/", "/worklist/"]),
        ("ma", ["/", "/worklist/"]),
        ("tian", ["/", "/account/logout/"]),
    ],
)
def test_every_page_is_accessible_and_fits_any_screen(window: Window, who: str, paths: list[str], language: str):
    page = window(who, language=language)
    for path in paths:
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        assert_accessible(page)
        page.set_viewport_size(PHONE)
        assert_fits(page)
        assert_touchable(page)
        page.set_viewport_size(DESKTOP)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_fits(page)
        page.set_viewport_size({"width": 640, "height": 800})
        assert_fits(page)


def test_print_shows_the_list_and_not_the_buttons(window: Window):
    page = window("wang")
    page.goto("/worklist/")
    page.emulate_media(media="print")
    expect(page.locator(ROWS).first).to_be_visible()
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".masthead")).to_be_hidden()


def assert_touchable(page: Page) -> None:
    """Fail when a button or link that is not inside a sentence is lower than 44 px."""
    small = page.evaluate(
        """[...document.querySelectorAll("main .btn, .main-nav a, summary, .plain-button, .filters select")]
             .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44)
             .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


def code_of(secret: str, seconds_from_now: int) -> str:
    """Return the six digits that an authenticator app shows (RFC 6238: SHA-1, 30 seconds)."""
    counter = int(time.time() + seconds_from_now) // 30
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
