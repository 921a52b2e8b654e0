"""A nurse adds a passkey of her device, leaves, and comes in with it; in both languages, on a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits
from tests.town import PASSWORD

WORDS = {
    "zh-hans": ("添加通行密钥", "我的通行密钥", "用通行密钥登录", "使用通行密钥", "通行密钥没有回应"),
    "en": ("Add a passkey", "My passkeys", "Sign in with a passkey", "Use a passkey", "The passkey gave no answer"),
}
# A device of its own, which keeps passkeys and has asked for the finger.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def signs_in(page: Page, username: str) -> None:
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")


def leaves(page: Page) -> None:
    page.click(".who summary")
    page.locator("form[action='/account/logout/'] button").first.click()
    expect(page.locator("input[name=login]")).to_be_visible()


@pytest.mark.parametrize(("language", "username"), [("zh-hans", "shi"), ("en", "fan")])
def test_a_passkey_instead_of_the_password(window: Window, site: str, language: str, username: str) -> None:
    add, mine, come_in, use, no_answer = WORDS[language]
    # Passkeys belong to a name: browsers refuse them for an address of numbers.
    home = f"http://localhost:{urlsplit(site).port}"
    page = window(viewport=PHONE, language=language)
    page.context.add_cookies([{"name": "jinxiu_language", "value": language, "url": home}])
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    page.goto(home + "/account/login/")
    looked_at(page)
    signs_in(page, username)
    page.goto(home + "/account/two-step/")
    looked_at(page)
    page.get_by_role("link", name=add).click()
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    expect(page.locator("h1")).to_have_text(add)
    looked_at(page)
    page.fill("input[name=name]", "Front desk")
    page.press("input[name=name]", "Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto(home + "/account/two-step/")
    page.get_by_role("link", name=mine).click()
    expect(page.locator("main")).to_contain_text("Front desk")
    looked_at(page)
    leaves(page)

    page.get_by_role("button", name=come_in).click()
    expect(page.locator("form[action='/account/logout/']").first).to_be_attached()
    leaves(page)

    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name=come_in).click()
    expect(page.locator("[data-passkey-trouble]")).to_contain_text(no_answer)
    looked_at(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    signs_in(page, username)
    expect(page.locator("input[name=code]")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name=use).click()
    expect(page.locator("form[action='/account/logout/']").first).to_be_attached()
