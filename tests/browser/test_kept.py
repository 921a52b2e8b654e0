"""What is typed outlives a change of the language, and Back opens a page after a form that was not right."""

from playwright.sync_api import expect

from tests.browser.conftest import Window


def test_typed_values_stay_when_the_language_is_switched_and_back_finds_the_page(window: Window) -> None:
    page = window("zhao", language="en")
    page.goto("/people/new/")
    page.fill("#id_name", "王小明")
    page.fill("#id_address", "柳巷路 7 号")
    page.focus("form.language button")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#id_name")).to_have_value("王小明")
    expect(page.locator("#id_address")).to_have_value("柳巷路 7 号")
    assert page.evaluate("sessionStorage.getItem('jinxiu-typed')") is None, "kept for one reload only"

    page.click("main form:has(#id_name) button[type=submit]")
    expect(page.locator("main .notice.error").first).to_be_visible()
    page.goto("/people/")
    page.go_back()  # Chromium shows ERR_CACHE_MISS for an answer to a form that it may not keep
    expect(page.locator("#id_name")).to_have_value("")
