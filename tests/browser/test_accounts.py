"""An administrator sets up the second step, invites a doctor, and closes the door again."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits, sign_in
from tests.browser.test_day import code_of
from tests.town import PASSWORD

NEW_PASSWORD = "four other quiet words"


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def test_from_an_invitation_to_a_closed_door(window: Window) -> None:
    admin = window("hao", language="en")
    admin.goto("/staff/")
    expect(admin.locator("main")).to_contain_text("Your role needs two-step sign-in")
    looked_at(admin)
    admin.get_by_role("link", name="Switch on").click()
    looked_at(admin)
    admin.fill("input[name=password]", PASSWORD)
    admin.click("main button.btn-primary")
    admin.fill("input[name=code]", code_of(admin.inner_text(".secret"), 0))
    admin.click("main button.btn-primary")
    admin.goto("/staff/")
    looked_at(admin)

    admin.get_by_role("link", name="Invite somebody").click()
    looked_at(admin)
    admin.get_by_label("Name", exact=True).fill("高翔")
    admin.get_by_label("User name").fill("gao.xiang")
    admin.get_by_label("Role").select_option("doctor")
    admin.get_by_label("Where").select_option(label="Liuxiang Health Centre · Team 1")
    admin.get_by_role("button", name="Invite").click()
    looked_at(admin)
    link = admin.locator("#invitation").inner_text()
    admin.get_by_role("link", name="To the person's page").click()
    looked_at(admin)

    guest = window(viewport=PHONE)
    guest.goto(link)
    looked_at(guest)
    guest.fill("input[name=new_password1]", NEW_PASSWORD)
    guest.fill("input[name=new_password2]", NEW_PASSWORD)
    guest.click("main button.btn-primary")
    sign_in(guest, "gao.xiang", NEW_PASSWORD)
    expect(guest.locator("h1")).to_contain_text("高翔")
    guest.goto("/account/sessions/")
    looked_at(guest)

    admin.get_by_role("button", name="Close the account now").click()
    expect(admin.locator("main")).to_contain_text("The account is closed")
    guest.goto("/worklist/")
    expect(guest).to_have_url(re.compile("/account/login/"))


def test_the_pages_of_staff_fit_a_phone(window: Window) -> None:
    doctor = window("sun", viewport=PHONE)
    doctor.goto("/account/sessions/")
    looked_at(doctor)
