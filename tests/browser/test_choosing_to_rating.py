"""From choosing a team to rating it: a resident on a phone, the doctor who confirms, the nurse who comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits
from tests.browser.test_followup import open_form
from tests.browser.test_resident import sms
from tests.messaging.provider import Provider
from tests.portal.residents import numbers

__all__ = ["sms"]


def looked_at(page: Page, language: str) -> None:
    """It fits in both languages; what axe looks at is the same in both."""
    assert_fits(page)
    if language == "en":
        assert_accessible(page)


def proved(page: Page, who: str, sms: Provider) -> None:
    """Sign in where the page has led to: phone and document, then the code of the SMS."""
    for name, value in numbers(who).items():
        page.fill(f"[name={name}]", value)
    page.click("main .btn-primary")
    for _ in range(150):
        if sms.came:
            break
        page.wait_for_timeout(100)
    code = re.search(r"\d{6}", sms.came[-1]["text"])
    assert code
    page.fill("[name=code]", code[0])
    page.click("main .btn-primary")


@pytest.mark.parametrize(("who", "name", "language"), [("shang", "尚安", "zh-hans"), ("ning", "尚宁", "en")])
def test_from_choosing_a_team_to_rating_it(window: Window, sms: Provider, who: str, name: str, language: str) -> None:
    page = window(viewport=PHONE, language=language)

    # Chosen: two teams side by side, one of them read, all of it before anybody signs in.
    page.goto("/my/teams/")
    looked_at(page, language)
    for box in page.locator("[name=team]").all()[:2]:
        box.check()
    page.click(".comparing > .btn-primary")
    looked_at(page, language)
    page.get_by_role("link", name=re.compile("第二团队|Team 2")).first.click()
    expect(page.locator("h1")).to_have_text(re.compile("第二团队|Team 2"))
    page.click("main .btn-primary")
    proved(page, who, sms)

    # Signed: read, agreed to, with the own name.
    page.click("main .btn-primary")
    expect(page.locator(".terms")).to_be_visible()
    looked_at(page, language)
    page.click("form[method=post] .btn-primary")
    expect(page.locator(".notice.error, [role=alert]").first).to_be_visible()  # nothing is agreed to yet
    for box in page.locator("[name=consents]").all():
        box.check()
    page.fill("[name=name]", name)
    page.click("form[method=post] .btn-primary")
    page.wait_for_url("**/agreement/")
    expect(page.locator(".card.now")).to_be_visible()
    looked_at(page, language)

    # Confirmed by the doctor, then a visit by the nurse.
    doctor = window("sun", language=language)
    doctor.goto("/agreements/")
    doctor.get_by_label(name).check()
    doctor.click("form[action='/agreements/confirm/'] .btn-primary")
    expect(doctor.locator("main")).to_contain_text(name)
    nurse = window("qian", language=language)
    open_form(nurse, name)
    nurse.fill("#f-systolic", "128")
    nurse.fill("#f-diastolic", "78")
    nurse.keyboard.press("Control+Enter")
    nurse.wait_for_url(re.compile(r"/followups/\d+/"))

    # What was promised counts it, and it can be rated.
    page.goto("/my/")
    expect(page.locator(".promise meter[value='1']").first).to_be_visible()
    looked_at(page, language)
    page.locator(".doors a[href$='/ratings/']").click()
    page.locator("a.btn[href*='/ratings/']", has=page.locator("svg, i")).first.click()
    for question in page.locator("fieldset.question").all():
        question.locator("input[value='5']").check()
    looked_at(page, language)
    page.click("form[method=post] .btn-primary")
    page.wait_for_url("**/thanks/")
    looked_at(page, language)
    page.locator("a[href$='/ratings/']").first.click()
    expect(page.locator(".said .stars").first).to_be_visible()
