"""What a file is, is told by its content; a picture keeps nothing but the picture, a PDF is kept whole or refused."""

from __future__ import annotations

import hashlib
import io
import subprocess
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jinxiu.attachments import reading
from jinxiu.attachments.examine import examine
from jinxiu.attachments.reading import read
from jinxiu.attachments.rules import JPEG, LARGEST_BYTES, LONGEST_SIDE, PDF, PREVIEW_SIDE, RefusedError, file_name
from tests.attachments import files


def refused(content: bytes) -> str:
    with pytest.raises(RefusedError) as why:
        examine(content)
    return why.value.code


@pytest.mark.parametrize("name", files.DISGUISED)
def test_a_file_is_what_it_holds(name: str) -> None:
    assert refused(files.DISGUISED[name]) == "unknown"


def test_a_photo_keeps_the_picture_and_nothing_else() -> None:
    photo = files.photo(3000, 1500, rotated=True)
    assert files.PLACE in photo
    assert files.CAMERA_SENTENCE in photo
    kept = examine(photo + b"<script>alert(1)</script>PK\x03\x04")
    assert (kept.media, kept.width, kept.height) == (JPEG, LONGEST_SIDE // 2, LONGEST_SIDE)  # turned upright
    for made in (kept.content, kept.preview):
        assert not [one for one in (files.PLACE, files.CAMERA_SENTENCE, b"script", b"PK", b"Exif") if one in made]
    with Image.open(io.BytesIO(kept.preview)) as preview:
        assert max(preview.size) == PREVIEW_SIDE
        assert not preview.getexif()


def test_what_is_transparent_is_white() -> None:
    kept = examine(files.png())
    assert kept.media == JPEG
    with Image.open(io.BytesIO(kept.content)) as picture:
        assert picture.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_pictures_of_every_kind_are_painted(mode: str) -> None:
    file = io.BytesIO()
    Image.new("L" if mode == "P" else mode, (30, 20)).convert(mode).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert examine(file.getvalue()).width == 30


def test_a_picture_cut_short_is_damaged() -> None:
    photo = files.photo()
    assert {refused(photo[: len(photo) * part // 10]) for part in range(1, 10)} == {"damaged"}
    assert refused(files.png()[:-30]) == "damaged"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = files.huge_png()
    assert len(bomb) < LARGEST_BYTES
    assert refused(bomb) == "too_many_pixels"


def test_a_heic_photo_gets_its_own_word() -> None:
    assert refused(b"\0\0\0\x18ftypheic\0\0\0\0mif1") == "heic"


def test_a_pdf_is_kept_byte_for_byte() -> None:
    content = files.pdf(3)
    kept = examine(content)
    assert (kept.media, kept.pages) == (PDF, 3)
    assert hashlib.sha256(kept.content).digest() == hashlib.sha256(content).digest()


def test_a_pdf_that_does_something_is_refused() -> None:
    for content in (files.pdf_with_script(), files.pdf_with_file(), files.pdf_that_starts_a_program()):
        assert refused(content) == "pdf_active"
    assert refused(files.pdf(password="secret")) == "pdf_locked"
    assert refused(files.pdf(201)) == "pdf_too_long"


def test_a_pdf_with_something_behind_its_end_or_cut_short_is_refused() -> None:
    whole = files.pdf()
    assert refused(whole + b"PK\x03\x04 an archive of another kind") == "damaged"
    assert refused(whole[: len(whole) // 2]) == "damaged"
    assert refused(whole[: len(whole) // 2] + b"%%EOF") == "damaged"
    assert examine(whole + b"\r\n").pages == 2


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_a_file_with_any_change_is_read_or_refused_never_a_fault(data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([files.photo(60, 40), files.png(30, 20), files.pdf(1)]))
    changed = bytearray(start)
    for place, value in data.draw(st.lists(st.tuples(st.integers(8, len(start) - 1), st.integers(0, 255)), max_size=9)):
        changed[place] = value
    try:
        kept = examine(bytes(changed))
    except RefusedError:
        return
    assert kept.media in (JPEG, PDF)


def test_a_process_of_its_own_reads_it_and_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(files.photo()) == examine(files.photo())
    with pytest.raises(RefusedError, match="too_large"):
        read(b"\xff\xd8\xff" + b"\0" * LARGEST_BYTES)

    outcome, told = [-9, 1], dict[str, str]()

    def stopped(command: list[str], *, env: dict[str, str], **_rest: object) -> subprocess.CompletedProcess[bytes]:
        told.update(env)
        return subprocess.CompletedProcess(command, outcome.pop(0), b"", b"a fault of ours")

    monkeypatch.setattr(reading.subprocess, "run", stopped)
    with pytest.raises(RefusedError, match="too_much"):
        read(files.photo())
    with pytest.raises(RuntimeError, match="a fault of ours"):
        read(files.photo())
    assert told.keys() == {"PYTHONPATH"}


def test_a_name_is_safe_on_every_system() -> None:
    day = date(2026, 11, 25)
    assert file_name("出院小结", day, PDF) == "出院小结 2026-11-25.pdf"
    assert file_name('../../etc/"passwd"\r\nX: 1\u202egpj.exe', day, JPEG) == "etc passwd X 1gpj.exe 2026-11-25.jpg"
    assert file_name("...", day, JPEG) == "document 2026-11-25.jpg"
