"""A nurse chooses who represents a household, moves somebody, records a helper: in both languages, and on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Window, assert_accessible, assert_fits

ZHENG = "郑玉梅"


def assert_good(page: Page) -> None:
    """Accessible, and nothing to scroll sideways, on a desk and on a phone."""
    before = page.viewport_size
    assert before is not None
    for size in (before, PHONE):
        page.set_viewport_size(size)
        assert_fits(page)
        assert_accessible(page)
    page.set_viewport_size(before)


def assert_record_is_good(page: Page) -> None:
    """The same of a person's page, opened anew in each size: its drawings take a moment to follow another one."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.reload()
        assert_fits(page)
        assert_accessible(page)


def open_record(page: Page, name: str) -> None:
    page.goto("/people/")
    page.fill("#id_q", name)
    page.locator("#found a.name").first.click()
    expect(page.locator("h1")).to_contain_text(name)


def test_a_household_gets_a_representative_and_somebody_keeps_house_apart(window: Window) -> None:
    nurse = window("zhao", language="en")
    open_record(nurse, ZHENG)
    assert_record_is_good(nurse)
    nurse.get_by_role("region", name="Household, guardians and helpers").get_by_role("link", name="Household").click()
    expect(nurse.locator("main")).to_contain_text("This household has no representative.")
    assert_good(nurse)
    nurse.get_by_role("radio", name=ZHENG).focus()
    nurse.keyboard.press("Space")
    nurse.keyboard.press("Tab")
    nurse.keyboard.press("Enter")
    expect(nurse.locator(".notice.success")).to_contain_text(f"{ZHENG} represents the household now.")
    assert_good(nurse)

    nurse.get_by_role("link", name=f"Move {ZHENG}").click()
    expect(nurse.locator("main")).to_contain_text("it will have no representative afterwards")
    nurse.get_by_label("A member's name").fill("周燕")
    nurse.keyboard.press("Enter")
    expect(nurse.get_by_role("list", name="Households found")).to_contain_text("One more person")
    assert_good(nurse)
    nurse.get_by_role("button", name="Move in here").click()
    expect(nurse.locator(".notice.success")).to_contain_text(f"{ZHENG} lives in this household now.")

    nurse.get_by_role("link", name=f"Move {ZHENG}").click()
    nurse.get_by_label("Community").select_option(index=1)
    nurse.get_by_label("Address", exact=True).fill("柳巷路 12 号")
    nurse.get_by_role("button", name="Move into a new household").click()
    expect(nurse.locator(".notice.success")).to_contain_text(f"{ZHENG} has a household of their own now.")


def test_a_helper_is_found_recorded_with_consent_called_and_ended(window: Window) -> None:
    nurse = window("zhao")
    open_record(nurse, ZHENG)
    nurse.get_by_role("region", name="家庭、监护人与协助人").get_by_role("link", name="添加").click()
    nurse.get_by_label("姓名、拼音、号码或地址").fill("lixiulan")
    nurse.keyboard.press("Enter")
    expect(nurse.get_by_role("list", name="找到的居民")).to_contain_text("李秀兰")
    assert_good(nurse)
    nurse.get_by_role("button", name="选择 李秀兰").click()
    expect(nurse.get_by_role("radio", name="协助人")).to_be_checked()
    nurse.get_by_label("与居民的关系").select_option("30")
    nurse.get_by_role("button", name="保存").click()
    expect(nurse.locator("main")).to_contain_text("协助人须经同意")
    assert_good(nurse)
    nurse.get_by_role("radio", name="本人").check()
    nurse.get_by_label("协助人：同意日期").fill("2026-11-20")
    nurse.get_by_label("文字说明").fill("当面签字")
    nurse.get_by_role("button", name="保存").click()
    expect(nurse.locator(".notice.success")).to_contain_text("已登记")
    expect(nurse.locator("main")).to_contain_text("协助日常事务")
    assert_good(nurse)

    nurse.get_by_role("link", name="添加").click()
    nurse.get_by_label("姓名", exact=True).fill("邻居老何")
    nurse.get_by_label("电话号码", exact=True).fill("13812340099")
    nurse.get_by_role("radio", name="联系人").check()
    nurse.get_by_label("与居民的关系").select_option("99")
    nurse.get_by_label("文字说明").fill("楼下邻居")
    nurse.get_by_role("button", name="保存").click()
    nurse.get_by_role("button", name="拨打 邻居老何").click()
    expect(nurse.get_by_role("link", name="13812340099")).to_be_visible()
    assert_good(nurse)

    open_record(nurse, ZHENG)
    expect(nurse.get_by_role("region", name="家庭、监护人与协助人")).to_contain_text("邻居老何")
    assert_record_is_good(nurse)
    nurse.get_by_role("link", name="全部，包括已结束的").click()

    nurse.get_by_role("button", name="结束 协助人 李秀兰").click()
    expect(nurse.locator(".notice.success")).to_contain_text("已结束")
    expect(nurse.locator("main")).to_contain_text("由 赵敏 结束")
    assert_good(nurse)


def test_a_clerk_sees_who_lives_at_the_address_while_registering(window: Window) -> None:
    nurse = window("zhao", language="en")
    nurse.goto("/people/new/")
    nurse.get_by_label("Community").select_option(label="Qiaodong · 桥东社区")
    nurse.get_by_label("Address").fill("桥东街 7 号")
    nurse.keyboard.press("Tab")
    expect(nurse.get_by_role("group", name="Household at this address")).to_contain_text("吴建军")
    expect(nurse.get_by_role("group", name="Household at this address")).to_contain_text("One more person")
    assert_good(nurse)
