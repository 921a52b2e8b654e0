"""A doctor opens a stranger's record in an emergency; the manager of that centre reviews it."""

from datetime import date

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits
from tests.town import id_card

ZHOU_NUMBER = id_card(date(1981, 2, 28), 6)  # of Liuxiang; doctor Sun works at Qiaodong


def test_a_record_out_of_reach_is_opened_seen_closed_and_reviewed(window: Window) -> None:
    doctor = window("sun", language="en")
    doctor.get_by_role("link", name="Emergency").click()
    assert_accessible(doctor)
    assert_fits(doctor)
    doctor.get_by_label("Identity number").fill(ZHOU_NUMBER)
    doctor.get_by_label("Reason").select_option("present")
    doctor.get_by_label("Why it cannot wait").fill("She fainted in our waiting room.")
    doctor.get_by_role("button", name="Open the record").click()
    expect(doctor.locator("h1")).to_contain_text("周燕")
    expect(doctor.locator(".notice.emergency")).to_contain_text("周燕")
    assert_accessible(doctor)
    doctor.set_viewport_size(PHONE)
    assert_fits(doctor)
    doctor.get_by_role("button", name="Close it now").click()
    expect(doctor.locator(".notice.emergency")).to_have_count(0)
    assert_accessible(doctor)

    manager = window("guo")
    manager.locator(".main-nav summary").last.click()
    manager.get_by_role("link", name="紧急查阅复核").click()
    expect(manager.locator("main")).to_contain_text("She fainted in our waiting room.")
    assert_accessible(manager)
    assert_fits(manager)
    manager.get_by_role("button", name="认可", exact=True).click()
    expect(manager.locator("main")).to_contain_text("郭伟已认可")
    manager.set_viewport_size(PHONE)
    assert_fits(manager)
    assert_accessible(manager)
