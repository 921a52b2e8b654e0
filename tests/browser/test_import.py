"""A clerk brings a list in: chooses it, reads what would happen, says yes; on a phone and in English as well."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Window, assert_accessible, assert_fits
from tests.imports.files import HEADINGS, xlsx
from tests.imports.test_residents import LI_CARD

PICTURES = os.environ.get("JINXIU_PICTURES")


def looked_at(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_fits(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def a_list(folder: Path) -> Path:
    """A list with everything in it that can be told."""
    path = folder / "名册.xlsx"
    headings = (*HEADINGS[:-1], "签约团队（编码）", "本人手机号码一", "备注")
    rows = [
        ("杜丽", "", "女", "1990-05-05", "13900000009", "柳巷社区", "柳巷路 30 号", "lx-1"),
        ("李秀兰", LI_CARD, "女", "1968-03-01", "13812343318", "柳巷社区", "柳巷路 31 号", "lx-1"),
        ("王小明", 1.40106e17, "男", ""),
        ("周燕", "", "女", "1981-02-28", "问儿子"),
    ]
    path.write_bytes(xlsx([["2026 年居民名册"], headings, *rows]))
    return path


def test_a_list_comes_in(window: Window, tmp_path: Path) -> None:
    page = window("xu")
    page.get_by_role("link", name="导入").click()
    looked_at(page, "import")
    page.set_input_files("input[name=file]", a_list(tmp_path))
    page.get_by_role("button", name="先看结果").click()
    expect(page.locator("main")).to_contain_text("目前没有任何改动")
    expect(page.locator("main")).to_contain_text("末尾几位已丢失")
    looked_at(page, "import-look")
    with page.expect_download() as download:
        page.get_by_role("link", name="待改内容（Excel 文件）").click()
    assert download.value.suggested_filename == "to-correct.xlsx"
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("main")).to_contain_text("已导入：新增 1 人，变更 1 人")
    looked_at(page, "import-done")


def test_it_is_read_on_a_phone_and_in_english(window: Window, tmp_path: Path) -> None:
    page = window("xu", viewport=PHONE, language="en")
    page.goto("/import/")
    looked_at(page, "import-phone")
    page.set_input_files("input[name=file]", a_list(tmp_path))
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("main")).to_contain_text("Nothing has been changed yet")
    looked_at(page, "import-look-phone")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("The file was deleted")
