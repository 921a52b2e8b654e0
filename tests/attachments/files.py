"""Files that people bring, and files that somebody made to harm: built by the tests, none of them is anybody's."""

from __future__ import annotations

import io
import struct
import zlib

import pikepdf
from PIL import Image

from jinxiu.attachments.rules import PDF, Kept

PLACE = b"37 degrees 52 minutes north"
CAMERA_SENTENCE = b"taken by somebody's own phone"


def photo(width: int = 640, height: int = 480, colour: str = "#b5523b", rotated: bool = False) -> bytes:
    """A photo with the place where it was taken, a comment, and perhaps the mark that it lies on its side."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = PLACE.decode()
    if rotated:
        exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG", exif=exif, comment=CAMERA_SENTENCE)
    return file.getvalue()


def png(width: int = 300, height: int = 200) -> bytes:
    """A picture with a transparent ground."""
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 120, 90, 0)).save(file, "PNG")
    return file.getvalue()


def huge_png(side: int = 20_000) -> bytes:
    """A small file that says it is `side` times `side` pixels, and is: all white."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    line = b"\0" + b"\xff" * (side // 8)
    rows = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages: int = 2, *, password: str = "") -> bytes:
    """A PDF of empty pages; locked where a password is given."""
    file, made = io.BytesIO(), pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    made.save(
        file,
        deterministic_id=not password,
        encryption=pikepdf.Encryption(owner=password, user=password) if password else False,
    )
    return file.getvalue()


def pdf_with_script() -> bytes:
    """A PDF that runs something when it is opened, inside a dictionary that is nowhere by itself."""
    file, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page()
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('x')"))
    made.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return file.getvalue()


def pdf_with_file() -> bytes:
    """A PDF that carries a program."""
    file, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page()
    made.attachments["invoice.exe"] = b"MZ\x90\0"
    made.save(file)
    return file.getvalue()


def pdf_that_starts_a_program() -> bytes:
    """A PDF with a link that starts a program."""
    file, made = io.BytesIO(), pikepdf.new()
    page = made.add_blank_page()
    start = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=start)
    page.obj.Annots = pikepdf.Array([link])
    made.save(file)
    return file.getvalue()


# What comes under a good name and is something else.
DISGUISED = {
    "a program": b"MZ\x90\0\x03" + b"\0" * 400,
    "a program for Linux": b"\x7fELF\x02\x01\x01" + b"\0" * 400,
    "a page with a script": b"<!doctype html><script>fetch('/people/')</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "an archive": b"PK\x03\x04" + b"\0" * 100,
    "a picture of another kind": b"GIF89a" + b"\0" * 100,
    "a page before a PDF": b"<script>alert(1)</script>" + pdf(),
    "nothing but the name": b"\xff\xd8",
}


def as_it_is(content: bytes) -> Kept:
    """Whatever is given, as if it had been read: for tests that need many documents and no picture."""
    return Kept(PDF, content, pages=1)
