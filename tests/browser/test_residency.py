"""Correcting, earlier data and resident status in a browser: by keyboard and mouse, accessible, on a telephone."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits


def look(page: Page, name: str) -> None:
    """Every page fits and is accessible; JINXIU_PICTURES names a folder in which to keep how it looked."""
    assert_fits(page)
    assert_accessible(page)
    if folder := os.environ.get("JINXIU_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def open_person(page: Page, name: str) -> str:
    page.goto("/people/")
    page.fill("[name=q]", name)
    page.click("form[role=search] button")
    page.click(f"#found a:has-text('{name}')")
    page.wait_for_url("**/people/*/")
    return page.url


@pytest.mark.parametrize(("language", "viewport"), [("en", None), ("zh-hans", PHONE)])
def test_correct_then_read_what_was_there_before(window: Window, language: str, viewport: dict | None) -> None:
    page = window("zhao", language=language, **({"viewport": viewport} if viewport else {}))
    address = open_person(page, "李秀兰")
    look(page, f"person-{language}")
    page.click("a[href$='/correct/']")
    look(page, f"correct-{language}")
    page.fill("[name=address]", f"柳巷路 {18 if viewport else 19} 号")
    page.select_option("[name=reason]", "")
    page.click("form[action$='/correct/'] button[type=submit]")
    look(page, f"correct-error-{language}")
    page.select_option("[name=reason]", "moved_within")
    page.click("form[action$='/correct/'] button[type=submit]")
    expect(page).to_have_url(address)
    page.click("a[href$='/earlier/']")
    expect(page.locator("main")).to_contain_text("柳巷路")
    look(page, f"earlier-{language}")


@pytest.mark.parametrize(("language", "viewport"), [("en", None), ("zh-hans", PHONE)])
def test_moved_away_then_a_mistake(window: Window, language: str, viewport: dict | None) -> None:
    page = window("zhao", language=language, **({"viewport": viewport} if viewport else {}))
    address = open_person(page, "郑玉梅")
    page.click("a[href$='/status/']")
    look(page, f"status-{language}")
    page.click("a[href$='/status/moved/']")
    page.fill("[name=on]", "2026-01-02")
    page.fill("[name=detail]", "太原市小店区")
    page.click("form[action$='/moved/'] button[type=submit]")
    look(page, f"moved-doubt-{language}")
    page.check("[name=sure]")
    page.click("form[action$='/moved/'] button[type=submit]")
    expect(page).to_have_url(address)
    look(page, f"gone-{language}")
    page.click("a[href$='/status/']")
    look(page, f"status-gone-{language}")
    page.click("a[href$='/status/mistake/']")
    page.fill("[name=words]", "同名")
    page.click("form[action$='/mistake/'] button[type=submit]")
    expect(page).to_have_url(address)


def test_two_at_one_time_see_both_values(window: Window) -> None:
    first, second = window("zhao", viewport=PHONE), window("wang", language="en")
    open_person(first, "吴建军")
    first.click("a[href$='/correct/']")
    first.fill("[name=name]", "吴健军")
    first.select_option("[name=reason]", "typing_mistake")
    open_person(second, "吴建军")
    second.click("a[href$='/correct/']")
    second.fill("[name=name]", "吴建君")
    second.select_option("[name=reason]", "typing_mistake")
    second.click("form[action$='/correct/'] button[type=submit]")
    first.click("form[action$='/correct/'] button[type=submit]")
    expect(first.locator(".notice.error")).to_contain_text("吴建君")
    expect(first.locator("[name=name]")).to_have_value("吴健军")
    look(first, "two")
    first.fill("[name=name]", "吴建军")  # as the town has him
    first.click("form[action$='/correct/'] button[type=submit]")
