"""What is handed to the typesetter stands on the paper: text as it is, tables whole, the fonts inside the file."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from pypdf import PageObject, PdfReader

from jinxiu.documents import Document, Pairs, Section, Table, Words, pdf


def document(*parts: Words | Pairs | Table, title: str = "健康档案", watermark: str = "") -> Document:
    return Document("zh", title, "2026年11月25日", (Section("内容", parts),), foot="页脚", watermark=watermark)


def text_of(file: bytes) -> str:
    return "".join(map(words_of, PdfReader(io.BytesIO(file)).pages))


def words_of(page: PageObject) -> str:
    """The text without spaces: between Chinese and figures the typesetter leaves a little, and no character."""
    return "".join(page.extract_text().split())


def test_everything_said_stands_on_the_paper() -> None:
    text = text_of(
        pdf(document(Words("一段话"), Pairs((("姓名", "王秀英"),)), Table(("日期", "血压"), (("5月1日", "148/92"),))))
    )
    for said in ("健康档案", "2026年11月25日", "内容", "一段话", "姓名", "王秀英", "血压", "148/92", "页脚"):
        assert said in text


@pytest.mark.parametrize(
    "name", ["#strong[x]", "$x$", '"; #sys.inputs', "\\u{41}", "*not bold*", "<a@b>", "// no comment"]
)
def test_what_people_wrote_is_text_and_never_code(name: str) -> None:
    assert name.replace(" ", "") in text_of(pdf(document(Pairs((("姓名", name),)), title=name)))


def test_a_long_table_goes_over_pages_and_repeats_its_head() -> None:
    rows = tuple((str(n), f"第{n}行") for n in range(150))
    pages = PdfReader(io.BytesIO(pdf(document(Table(("编号", "说明"), rows))))).pages
    assert len(pages) > 2
    assert all("编号" in page.extract_text() for page in pages)
    assert "第149行" in words_of(pages[-1])


def test_the_watermark_stands_behind_every_page() -> None:
    rows = tuple((str(n),) for n in range(100))
    pages = PdfReader(io.BytesIO(pdf(document(Table(("编号",), rows), watermark="周海 2026-11-25")))).pages
    assert len(pages) > 1
    assert all("周海2026-11-25" in words_of(page) for page in pages)


def test_the_fonts_are_in_the_file() -> None:
    page = PdfReader(io.BytesIO(pdf(document(Words("汉字"))))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    files = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].keys() for font in fonts]
    assert files
    assert all({"/FontFile2", "/FontFile3"} & set(keys) for keys in files)


def test_the_same_content_gives_the_same_bytes_also_from_many_threads() -> None:
    wanted = [document(Words(f"第{n}份")) for n in range(8)]
    one_by_one = [pdf(one) for one in wanted]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pdf, wanted)) == one_by_one


def test_a_table_with_ragged_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        Table(("a", "b"), (("1",),))
